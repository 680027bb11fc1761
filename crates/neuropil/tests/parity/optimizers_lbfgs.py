"""L-BFGS: where so many iterations lead, of Rosenbrock's function and of a steep quadratic."""

from golden import spread, torch

ITERATIONS = [1, 2, 3, 5, 8, 12, 20, 30, 45]
N = 6
START = spread(N, low=-2, high=2, start=3)
CURVATURE = torch.tensor([0.03125, 0.5, 1.0, 4.0, 16.0, 64.0])
MINIMUM = spread(N, low=-2, high=2, start=4)


def quadratic(x):
    return (CURVATURE * (x - MINIMUM) ** 2).sum() / 2


def valley(x):
    """Rosenbrock's function of neighbours."""
    a, b = x[:-1], x[1:]
    return ((1 - a) ** 2 + 100 * (b - a * a) ** 2).sum()


def cases(family):
    def case(f, searches=True, **settings):
        xs, costs = [], []
        for iterations in ITERATIONS:
            x = START.clone().requires_grad_()
            search = "strong_wolfe" if searches else None
            lbfgs = torch.optim.LBFGS(
                [x], max_iter=iterations, line_search_fn=search, **settings
            )

            def closure():
                lbfgs.zero_grad()
                cost = f(x)
                cost.backward()
                return cost

            lbfgs.step(closure)
            xs.append(x.detach().clone())
            costs.append(f(x).detach())
        named = {"history_size": "history", "lr": "rate", "max_eval": "evaluations"}
        words = [f.__name__] + [f"{key} {value}" for key, value in settings.items()]
        family.case(
            "Lbfgs",
            ", ".join(words + ["no line search"] * (not searches)),
            settings={"function": f.__name__}
            | {named.get(key, key): value for key, value in settings.items()}
            | ({} if searches else {"without_line_search": True}),
            given={"start": START, "iterations": ITERATIONS}
            | ({"curvature": CURVATURE, "minimum": MINIMUM} if f is quadratic else {}),
            expected={"x": torch.stack(xs), "cost": torch.stack(costs)},
        )

    case(quadratic)
    case(quadratic, history_size=2)
    case(quadratic, searches=False, lr=0.5)
    case(valley)
    case(valley, history_size=3)
    case(valley, max_eval=10)
    case(valley, tolerance_grad=1.0)
    case(valley, tolerance_change=1e-2)
