"""Activations: values, and gradients for a given dy."""

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

family.write()
