"""Optimizers: the weights along 50 steps, and the state after them.

The gradient at step t is curvature (w - minimum) + noise[t modulo its rows], so a deviation would
feed on itself. One weight has no gradient at all."""

from golden import Family, spread, torch

family = Family("optimizers")

RECORDED = [1, 2, 3, 5, 10, 20, 35, 50]
SHAPE = (2, 3)
START = spread(*SHAPE, low=-2, high=2)
CURVATURE = torch.tensor([[1.0, 4.0, 0.25], [0.5, 2.0, 0.0]])
MINIMUM = spread(*SHAPE, low=-2, high=2, start=1)
NOISE = spread(7, *SHAPE, low=-1, high=1, start=2) * (CURVATURE > 0)


def optimizer(name, make, rate=None, **settings):
    """A case: `make([w], lr=rate, **settings)` with PyTorch's names of settings, which become ours
    below. Without a rate it is PyTorch's default."""
    w = START.clone().requires_grad_()
    rates = {} if rate is None else {"lr": rate}
    torch_optimizer = make([w], **rates, **settings)
    recorded = []
    for t in range(RECORDED[-1]):
        w.grad = CURVATURE * (w.detach() - MINIMUM) + NOISE[t % len(NOISE)]
        torch_optimizer.step()
        if t + 1 in RECORDED:
            recorded.append(w.detach().clone())
    state = {
        f"state {key}": value
        for key, value in torch_optimizer.state[w].items()
        if key != "step" and value is not None
    }
    ours = {}
    for key, value in settings.items():
        match key:
            case "betas":
                ours |= {"beta1": value[0], "beta2": value[1]}
            case "eps":
                ours["epsilon"] = value
            case _:
                ours[key] = value
    label = (
        ", ".join(f"{key} {value}" for key, value in (rates | settings).items()) or "as it comes"
    )
    family.case(
        name,
        label,
        settings=ours if rate is None else {"rate": rate} | ours,
        given={
            "start": START,
            "curvature": CURVATURE,
            "minimum": MINIMUM,
            "noise": NOISE,
            "recorded": RECORDED,
        },
        expected={"default rate": make([w]).defaults["lr"], "w": torch.stack(recorded)} | state,
    )


sgd, adam = torch.optim.SGD, torch.optim.Adam

optimizer("Sgd", sgd)
optimizer("Sgd", sgd, 0.1)
optimizer("Sgd", sgd, 0.1, weight_decay=0.25)
optimizer("Sgd", sgd, 0.05, momentum=0.9)
optimizer("Sgd", sgd, 0.05, momentum=0.9, dampening=0.5)
optimizer("Sgd", sgd, 0.05, momentum=0.9, nesterov=True)
optimizer("Sgd", sgd, 0.05, momentum=0.75, dampening=0.25, weight_decay=0.1)
optimizer("Sgd", sgd, 0.05, momentum=0.75, weight_decay=0.1, nesterov=True)

optimizer("Adam", adam)
optimizer("Adam", adam, 0.1)
optimizer("Adam", adam, 0.1, betas=(0.5, 0.75))
optimizer("Adam", adam, 0.1, betas=(0.0, 0.0), eps=0.5)
optimizer("Adam", adam, 0.1, eps=1e-3, weight_decay=0.25)

family.write()
