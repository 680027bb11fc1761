"""Optimizers: the weights along 100 steps, and the state after them.

The gradient at step t is curvature (w - minimum) + noise[t modulo its rows], so a deviation would
feed on itself; the steepest weight is 128 times as steep as the flattest, and one has no gradient at
all. In a valley, the first two columns are the numbers of Rosenbrock's function instead, of a
steepness. What PyTorch lacks is in `optimizers_beyond.py`."""

from contextlib import contextmanager

import optimizers_beyond as beyond
import optimizers_lbfgs
from golden import Family, spread, torch

family = Family("optimizers")

RECORDED = [1, 2, 3, 5, 10, 20, 35, 50, 75, 100]
SHAPE = (2, 3)
START = spread(*SHAPE, low=-2, high=2)
CURVATURE = torch.tensor([[1.0, 4.0, 0.25], [0.5, 0.03125, 0.0]])
MINIMUM = spread(*SHAPE, low=-2, high=2, start=1)
NOISE = spread(7, *SHAPE, low=-1, high=1, start=2) * (CURVATURE > 0)

# Ours, of PyTorch's names of settings.
NAMES = {
    "eps": "epsilon",
    "lr_decay": "rate_decay",
    "initial_accumulator_value": "initial_accumulator",
    "lambd": "lambda",
    "t0": "start",
    "d": "threshold",
    "ns_steps": "iterations",
    "decoupled_weight_decay": "decoupled",
}
PAIRS = {
    "betas": ("beta1", "beta2", "beta3"),
    "etas": ("shrink", "grow"),
    "step_sizes": ("smallest", "largest"),
    "ns_coefficients": ("a", "b", "c"),
}


def rosenbrock(w, steepness):
    """The gradient of (1 - a)^2 + steepness (b - a^2)^2, a and b being the first two columns."""
    gradient = torch.zeros_like(w)
    a, b = w[:, 0], w[:, 1]
    beside = b - a * a
    gradient[:, 0] = -4 * steepness * a * beside - 2 * (1 - a)
    gradient[:, 1] = 2 * steepness * beside
    return gradient


def ours(settings):
    """Settings under our names."""
    named = {}
    for key, value in settings.items():
        match key:
            case "eps" if isinstance(value, tuple):
                named |= {"epsilon1": value[0], "epsilon2": value[1]}
            case "adjust_lr_fn":
                named[value] = True
            case "nesterov" if not value:
                named["without_nesterov"] = True
            case _ if key in PAIRS:
                named |= dict(zip(PAIRS[key], value))
            case _:
                named[NAMES.get(key, key)] = value
    return named


def states(state, shape, untouched):
    """The state as our slots hold it."""
    state = {k: v for k, v in state.items() if torch.is_tensor(v) and v.numel() > 1}
    if "row_var" in state:
        means = torch.cat([state.pop("row_var").flatten(), state.pop("col_var").flatten()])
        rest = torch.zeros(torch.Size(shape).numel() - means.numel())
        state["variance"] = torch.cat([means, rest])
    # A state that begins at another number than zero begins with the first gradient here.
    for key in ("sum", "exp_inf", "step_size", "accumulator"):
        if key in state:
            state[key] = torch.where(untouched, torch.zeros(()), state[key])
    return {f"state {key}": value for key, value in state.items()}


def optimizer(
    name, make, rate=None, *, valley=None, flat=False, turned=False, **settings
):
    """A case: `make([w], lr=rate, **settings)` with PyTorch's names of settings. Without a rate it is
    PyTorch's default. A `flat` case is of a vector, a `turned` one of matrices that PyTorch has the
    other way round."""
    shape = (6,) if flat else SHAPE
    turn = (lambda x: x.T.contiguous()) if turned else (lambda x: x)
    w = turn(START.reshape(shape)).clone().requires_grad_()
    rates = {} if rate is None else {"lr": rate}
    torch_optimizer = make([w], **rates, **settings)
    recorded = []
    for t in range(RECORDED[-1]):
        at = turn(w.detach())
        if valley is None:
            noise = NOISE[t % len(NOISE)].reshape(shape)
            gradient = CURVATURE.reshape(shape) * (at - MINIMUM.reshape(shape)) + noise
        else:
            gradient = rosenbrock(at, valley)
        w.grad = turn(gradient)
        torch_optimizer.step()
        if t + 1 in RECORDED:
            recorded.append(turn(w.detach().clone()))
    state = {
        key: turn(value) if turned and torch.is_tensor(value) and value.dim() == 2 else value
        for key, value in torch_optimizer.state[w].items()
    }
    still = CURVATURE == 0 if valley is None else torch.tensor([[False, False, True]] * 2)
    decays = settings.get("weight_decay", 0) != 0
    untouched = (still & ((START == 0) | (not decays))).reshape(shape)
    given = {"start": START.reshape(shape), "recorded": RECORDED}
    if valley is None:
        given |= {
            "curvature": CURVATURE.reshape(shape),
            "minimum": MINIMUM.reshape(shape),
            "noise": NOISE.reshape(7, *shape),
        }
    else:
        given["steepness"] = valley
    expected = {"default rate": make([w]).defaults["lr"], "w": torch.stack(recorded)}
    if hasattr(torch_optimizer, "evaluation"):
        expected["evaluation"] = torch_optimizer.evaluation(w)
    words = [f"{key} {value}" for key, value in (rates | settings).items()]
    words += ["of a vector"] * flat + ["in a valley"] * (valley is not None)
    family.case(
        name,
        ", ".join(words) or "as it comes",
        settings=ours(settings) if rate is None else {"rate": rate} | ours(settings),
        given=given,
        expected=expected | states(state, shape, untouched),
    )


o = torch.optim

optimizer("Sgd", o.SGD)
optimizer("Sgd", o.SGD, 0.1)
optimizer("Sgd", o.SGD, 0.1, weight_decay=0.25)
optimizer("Sgd", o.SGD, 0.05, momentum=0.9)
optimizer("Sgd", o.SGD, 0.05, momentum=0.9, dampening=0.5)
optimizer("Sgd", o.SGD, 0.05, momentum=0.9, nesterov=True)
optimizer("Sgd", o.SGD, 0.05, momentum=0.75, dampening=0.25, weight_decay=0.1)
optimizer("Sgd", o.SGD, 0.05, momentum=0.75, weight_decay=0.1, nesterov=True)
optimizer("Sgd", o.SGD, 0.01, valley=1.0, momentum=0.5)

optimizer("Adam", o.Adam)
optimizer("Adam", o.Adam, 0.1)
optimizer("Adam", o.Adam, 0.1, betas=(0.5, 0.75))
optimizer("Adam", o.Adam, 0.1, betas=(0.0, 0.0), eps=0.5)
optimizer("Adam", o.Adam, 0.1, eps=1e-3, weight_decay=0.25)
optimizer("Adam", o.Adam, 0.1, amsgrad=True)
optimizer("Adam", o.Adam, 0.1, betas=(0.9, 0.5), amsgrad=True, weight_decay=0.25)
optimizer("Adam", o.Adam, 0.02, valley=8.0)

optimizer("AdamW", o.AdamW)
optimizer("AdamW", o.AdamW, 0.1)
optimizer("AdamW", o.AdamW, 0.1, betas=(0.5, 0.75), weight_decay=0.5)
optimizer("AdamW", o.AdamW, 0.1, eps=1e-3, weight_decay=0.0)
optimizer("AdamW", o.AdamW, 0.1, betas=(0.9, 0.5), amsgrad=True, weight_decay=0.25)
optimizer("AdamW", o.AdamW, 0.02, valley=8.0)

optimizer("NAdam", o.NAdam)
optimizer("NAdam", o.NAdam, 0.1)
optimizer("NAdam", o.NAdam, 0.1, betas=(0.5, 0.75), eps=1e-3)
optimizer("NAdam", o.NAdam, 0.1, momentum_decay=0.5)
optimizer("NAdam", o.NAdam, 0.1, weight_decay=0.25)
optimizer("NAdam", o.NAdam, 0.1, weight_decay=0.25, decoupled_weight_decay=True)
optimizer("NAdam", o.NAdam, 0.02, valley=8.0)

optimizer("RAdam", o.RAdam)
optimizer("RAdam", o.RAdam, 0.1)
optimizer("RAdam", o.RAdam, 0.1, betas=(0.5, 0.95), eps=1e-3)
optimizer("RAdam", o.RAdam, 0.1, betas=(0.9, 0.5))
optimizer("RAdam", o.RAdam, 0.1, weight_decay=0.25)
optimizer("RAdam", o.RAdam, 0.1, weight_decay=0.25, decoupled_weight_decay=True)
optimizer("RAdam", o.RAdam, 0.02, valley=1.0)

optimizer("Adamax", o.Adamax)
optimizer("Adamax", o.Adamax, 0.1)
optimizer("Adamax", o.Adamax, 0.1, betas=(0.5, 0.75), eps=1e-3)
optimizer("Adamax", o.Adamax, 0.1, weight_decay=0.25)
optimizer("Adamax", o.Adamax, 0.02, valley=8.0)

optimizer("Adagrad", o.Adagrad)
optimizer("Adagrad", o.Adagrad, 0.5)
optimizer("Adagrad", o.Adagrad, 0.5, lr_decay=0.1, eps=1e-3)
optimizer("Adagrad", o.Adagrad, 0.5, initial_accumulator_value=0.75)
optimizer("Adagrad", o.Adagrad, 0.5, weight_decay=0.25)
optimizer("Adagrad", o.Adagrad, 0.25, valley=8.0)

optimizer("Adadelta", o.Adadelta)
optimizer("Adadelta", o.Adadelta, 0.5, rho=0.75, eps=1e-3)
optimizer("Adadelta", o.Adadelta, weight_decay=0.25)
optimizer("Adadelta", o.Adadelta, 0.1, valley=8.0, eps=1e-3)

optimizer("RmsProp", o.RMSprop)
optimizer("RmsProp", o.RMSprop, 0.05, alpha=0.75, eps=1e-3)
optimizer("RmsProp", o.RMSprop, momentum=0.5)
optimizer("RmsProp", o.RMSprop, centered=True)
optimizer("RmsProp", o.RMSprop, alpha=0.9, momentum=0.75, centered=True, weight_decay=0.25)
optimizer("RmsProp", o.RMSprop, valley=8.0)

optimizer("Rprop", o.Rprop)
optimizer("Rprop", o.Rprop, 0.1, etas=(0.25, 1.5))
optimizer("Rprop", o.Rprop, 0.1, step_sizes=(0.01, 0.05))
optimizer("Rprop", o.Rprop, 0.003, valley=8.0, step_sizes=(1e-6, 0.02))

optimizer("Asgd", o.ASGD)
optimizer("Asgd", o.ASGD, 0.1, lambd=0.1, alpha=0.5, t0=10)
optimizer("Asgd", o.ASGD, 0.1, t0=0, weight_decay=0.25)
optimizer("Asgd", o.ASGD, 0.01, valley=1.0, t0=20)

optimizer("Adafactor", o.Adafactor)
optimizer("Adafactor", o.Adafactor, flat=True)
optimizer("Adafactor", o.Adafactor, 0.1, beta2_decay=-0.5, eps=(1e-2, 0.5))
optimizer("Adafactor", o.Adafactor, 0.1, d=2.0, weight_decay=0.25)
optimizer("Adafactor", o.Adafactor, 0.1, d=2.0, weight_decay=0.25, flat=True)
optimizer("Adafactor", o.Adafactor, 0.03, valley=8.0, eps=(0.1, 1e-3))


@contextmanager
def doubled():
    """Lets Muon iterate in double precision, where it names another type."""
    half = torch.bfloat16
    torch.bfloat16 = torch.float64
    try:
        yield
    finally:
        torch.bfloat16 = half


with doubled():
    optimizer("Muon", o.Muon, turned=True)
    optimizer("Muon", o.Muon, 0.05, turned=True, momentum=0.5, nesterov=False, weight_decay=0.0)
    optimizer("Muon", o.Muon, 0.05, turned=True, ns_steps=3, adjust_lr_fn="match_rms_adamw")
    optimizer("Muon", o.Muon, 0.05, turned=True, ns_coefficients=(2.0, -1.5, 0.5), eps=0.5)
    optimizer("Muon", o.Muon, 0.02, turned=True, valley=2.0)

optimizer("Lion", beyond.Lion)
optimizer("Lion", beyond.Lion, 0.05)
optimizer("Lion", beyond.Lion, 0.05, betas=(0.5, 0.75), weight_decay=0.25)
optimizer("Lion", beyond.Lion, 0.01, valley=8.0)

optimizer("Lamb", beyond.Lamb)
optimizer("Lamb", beyond.Lamb, 0.05)
optimizer("Lamb", beyond.Lamb, 0.05, betas=(0.5, 0.75), eps=0.25, weight_decay=0.25)
optimizer("Lamb", beyond.Lamb, 0.02, valley=8.0)

optimizer("Adan", beyond.Adan)
optimizer("Adan", beyond.Adan, 0.05)
optimizer("Adan", beyond.Adan, 0.05, betas=(0.5, 0.75, 0.875), eps=0.25, weight_decay=0.25)
optimizer("Adan", beyond.Adan, 0.02, valley=8.0)

optimizer("Ftrl", beyond.Ftrl)
optimizer("Ftrl", beyond.Ftrl, 0.5)
optimizer("Ftrl", beyond.Ftrl, 0.5, initial_accumulator=2.0, beta=1.0, l1=0.5, l2=0.25)
optimizer("Ftrl", beyond.Ftrl, 0.25, valley=1.0)

optimizer("ScheduleFreeAdamW", beyond.ScheduleFreeAdamW)
optimizer("ScheduleFreeAdamW", beyond.ScheduleFreeAdamW, 0.1)
optimizer("ScheduleFreeAdamW", beyond.ScheduleFreeAdamW, 0.1, warmup=30)
optimizer("ScheduleFreeAdamW", beyond.ScheduleFreeAdamW, 0.1, betas=(0.5, 0.75), weight_decay=0.25)
optimizer("ScheduleFreeAdamW", beyond.ScheduleFreeAdamW, 0.05, valley=8.0)

optimizers_lbfgs.cases(family)

family.write()
