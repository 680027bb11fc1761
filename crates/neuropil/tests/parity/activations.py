"""Activations: values, and gradients for a given dy."""

import activations_beyond
from golden import F, Family, spread, torch

family = Family("activations")
inf, nan = float("inf"), float("nan")

ORDINARY = ("ordinary numbers", spread(4, 6, low=-6, high=6))
EDGES = (
    "zeros, tiny, large, infinite",
    torch.tensor(
        [[0.0, -0.0, 2.0**-40, -(2.0**-40)], [20.0, -20.0, 88.5, -88.5], [100.0, -100.0, inf, -inf]]
        + [[2.0**100, -(2.0**100), 1.0, -1.0]]
    ),
)
NOT_A_NUMBER = ("a NaN", torch.tensor([[1.0, nan]]))
ONE_BY_ONE = [ORDINARY, EDGES, NOT_A_NUMBER]


def activation(name, function, inputs=ONE_BY_ONE, settings=None, differentiable=True):
    """A case for each input, `[rows, width]`."""
    for label, x in inputs:
        x = x.clone().requires_grad_(differentiable)
        y = function(x, **(settings or {}))
        given, expected = {"x": x}, {"y": y}
        if differentiable:
            dy = spread(*y.shape, low=-2, high=2, start=7)
            y.backward(dy)
            given["dy"], expected["dx"] = dy, x.grad
        family.case(name, label, settings=settings, given=given, expected=expected)


activation("Identity", torch.nn.Identity())
activation("Relu", F.relu)
activation("Sigmoid", torch.sigmoid)
activation("Tanh", torch.tanh)
# A NaN is nothing to PyTorch's step; ours hands it on.
step = lambda x: torch.heaviside(x, torch.tensor(1.0))  # noqa: E731
activation("Step", step, [ORDINARY, EDGES], differentiable=False)

# At minus infinity PyTorch multiplies it with zero; ours gives the limit.
LIMITED = [
    ORDINARY,
    (
        "zeros, tiny, large",
        torch.tensor([[0.0, -0.0, 2.0**-40, -(2.0**-40)], [20.0, -20.0, 88.5, -88.5]]),
    ),
    NOT_A_NUMBER,
]
# PyTorch's own gelu adds 1 and erf, which cancel far left of zero.
activation("Gelu", lambda x: x * torch.erfc(-x * 0.5**0.5) / 2, LIMITED)
activation("Silu", F.silu, LIMITED)
# PyTorch's threshold cuts off what ours computes.
activation("Softplus", lambda x: F.softplus(x, threshold=1000.0))

# What lies around zero and around the kinks of the functions of straight lines.
KINKS = ("kinks", torch.tensor([[-3.0, 3.0, -1.0, 1.0], [-0.5, 0.5, 6.0, 0.25], [-6.0, 2.0, 0.0, 4.0]]))
LINES = [*ONE_BY_ONE, KINKS]
BENT = [*LIMITED, KINKS]


def surrogate(f, smooth):
    """f with the gradient of another function."""
    return lambda x: f(x).detach() + (smooth(x) - smooth(x).detach())


# A NaN is nothing to PyTorch's sign; ours hands it on.
activation("Sign", torch.sign, [ORDINARY, EDGES, KINKS], differentiable=False)
activation(
    "StraightThrough",
    surrogate(step, lambda x: x),
    [ORDINARY, KINKS],
)
activation(
    "StraightThrough",
    lambda x, bound: surrogate(step, lambda x: torch.where(x.abs() <= bound, x, 0.0))(x),
    [ORDINARY, EDGES, KINKS],
    {"bound": 1.0},
)
activation(
    "SigmoidSurrogate",
    lambda x, steepness: surrogate(step, lambda x: torch.sigmoid(steepness * x))(x),
    [ORDINARY, EDGES, KINKS],
    {"steepness": 2.0},
)
activation("Threshold", F.threshold, LINES, {"threshold": 0.5, "value": -2.0})
activation("Threshold", F.threshold, LINES, {"threshold": -3.0, "value": 4.0})
activation("ThresholdedRelu", lambda x: F.threshold(x, 1.0, 0.0), LINES)
activation("ThresholdedRelu", lambda x, theta: F.threshold(x, theta, 0.0), LINES, {"theta": 0.25})
activation("Relu6", F.relu6, LINES)
activation("Hardtanh", F.hardtanh, LINES)
activation("Hardtanh", lambda x, low, high: F.hardtanh(x, low, high), LINES, {"low": -3.0, "high": 0.5})
activation("LeakyRelu", F.leaky_relu, LINES)
for a in (0.0, 0.25, 2.0):
    activation("LeakyRelu", F.leaky_relu, LINES, {"negative_slope": a})
activation("Elu", F.elu, LINES)
activation("Elu", F.elu, LINES, {"alpha": 1.5})
activation("Elu", F.elu, LINES, {"alpha": 0.0})
activation("Celu", F.celu, LINES)
activation("Celu", F.celu, LINES, {"alpha": 0.5})
activation("Selu", F.selu, LINES)
activation("Mish", F.mish, LIMITED)
activation("Hardswish", F.hardswish, BENT)
# PyTorch's own has a slope of 1/6 as float32 holds it.
activation("Hardsigmoid", lambda x: F.relu6(x + 3) / 6, [ORDINARY, EDGES, KINKS])
activation("Hardsigmoid", F.hardsigmoid, [NOT_A_NUMBER], differentiable=False)
activation("LogSigmoid", F.logsigmoid, ONE_BY_ONE)
activation("Softsign", F.softsign, LIMITED)
activation("Hardshrink", F.hardshrink, LINES)
activation("Hardshrink", F.hardshrink, LINES, {"lambd": 1.0})
activation("Softshrink", F.softshrink, LINES)
activation("Softshrink", F.softshrink, LINES, {"lambd": 1.0})
activation("Softshrink", F.softshrink, LINES, {"lambd": 0.0})
for beta, threshold in ((2.0, 20.0), (0.5, 20.0), (1.0, 1.0), (4.0, -2.0)):
    settings = {"beta": beta, "threshold": threshold}
    activation("ScaledSoftplus", F.softplus, LINES, settings)
activation("ScaledSoftplus", lambda x, beta: F.softplus(x, beta, 1e6), ONE_BY_ONE, {"beta": 2.0})
# Where x is small, PyTorch's takes two nearly equal numbers from each other.
WIDE = ("large", torch.tensor([[2.0, -2.0, 20.0, -20.0], [1.5, -1.5, 1024.0, -1024.0]]))
activation("Tanhshrink", F.tanhshrink, [WIDE, NOT_A_NUMBER])
# Left of zero PyTorch's own adds 1 and a tanh near -1.
activation(
    "GeluTanh",
    lambda x: x * torch.sigmoid((8 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)),
    [ORDINARY, NOT_A_NUMBER],
)
activation(
    "GeluTanh",
    lambda x: F.gelu(x, approximate="tanh"),
    [("right of zero", torch.tensor([[0.0, 0.5, 1.0, 2.0], [4.0, 20.0, 100.0, 2.0**-20]]))],
)

ROWS = [
    ("ordinary rows", spread(3, 5)),
    ("rows of one", spread(3, 1)),
    ("longer than any vector", spread(2, 37, low=-8, high=8)),
    ("ties", torch.tensor([[2.5, 2.5, 2.5, 2.5], [3.0, -1.0, 3.0, -1.0]])),
    ("far apart", torch.tensor([[1000.0, 1001.5, 0.0], [-1000.0, -1000.0, -1001.0]])),
    ("a class ruled out", torch.tensor([[-inf, 0.5, -0.5], [0.25, -inf, -inf]])),
    ("infinite and NaN", torch.tensor([[inf, 0.0, 1.0], [nan, 0.0, 1.0], [0.0, 0.0, 1.0]])),
]
activation("Softmax", lambda x: F.softmax(x, dim=-1), ROWS)
activation("LogSoftmax", lambda x: F.log_softmax(x, dim=-1), ROWS)
activation("Softmin", lambda x: F.softmin(x, dim=-1), ROWS[:5])
activation("Softmin", lambda x: F.softmin(x, dim=-1), [("a NaN", torch.tensor([[nan, 1.0], [1.0, 2.0]]))])

HALVES = [
    ("ordinary rows", spread(3, 6)),
    ("rows of two", spread(4, 2)),
    ("longer than any vector", spread(2, 70, low=-8, high=8)),
    (
        "gates open and closed",
        torch.tensor([[1.5, -2.0, 0.0, 100.0, -100.0, inf], [3.0, 2.0, 1.0, 0.0, -0.0, -inf]]),
    ),
]
activation("Glu", lambda x: F.glu(x, dim=-1), HALVES)

activations_beyond.cases(activation, ORDINARY, LIMITED, KINKS, ROWS, HALVES)

family.write()
