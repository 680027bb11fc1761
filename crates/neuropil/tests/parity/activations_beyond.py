"""Cases of activations that PyTorch lacks, by their formulas; a part of activations.py."""

import torch

from golden import F, spread

inf, nan = float("inf"), float("nan")


def gated(g):
    """a g(b) of the halves of a row."""

    def function(x):
        a, b = x.chunk(2, dim=-1)
        return a * g(b)

    return function


def tanhshrink(x):
    """x - tanh x for small x: with tanh x = x/(1 + c), c as a continued fraction."""
    c = torch.zeros_like(x)
    for k in range(60, 0, -1):
        c = x * x / (2 * k + 1 + c)
    return x * c / (1 + c)


def squareplus(x, b=4.0):
    """(x + sqrt(x^2 + b))/2, in the form in which nothing cancels."""
    root = (x * x + b).sqrt()
    return torch.where(x < 0, b / 2 / (root + x.abs()), (x + root) / 2)


def sparse_plus(x):
    """(x + 1)^2/4 between -1 and 1, then x."""
    return torch.where(x <= -1, 0.0, torch.where(x < 1, (x + 1) ** 2 / 4, x))


def sparsemax(x):
    """By sorting."""
    ordered = x.sort(dim=-1, descending=True).values
    sums = ordered.cumsum(dim=-1)
    k = torch.arange(1, x.shape[-1] + 1)
    count = (1 + k * ordered > sums).sum(dim=-1, keepdim=True)
    return F.relu(x - (sums.gather(-1, count - 1) - 1) / count)


def maxout(x, pieces):
    """The largest of the blocks of a row."""
    return x.unflatten(-1, (int(pieces), -1)).max(dim=-2).values


def quiet(x):
    """Softmax beside a logit of zero."""
    zero = torch.zeros_like(x[..., :1])
    return torch.cat([x, zero], dim=-1).softmax(dim=-1)[..., :-1]


def cases(activation, ordinary, limited, kinks, rows, halves):
    """Adds all cases."""
    around = ("around zero", torch.tensor([[0.0, -0.0, 2.0**-20, -(2.0**-20)], [0.5, -0.5, 1.0, -1.0]]))
    small = ("small", torch.tensor([[2.0**-10, -(2.0**-20), 0.25, -0.25], [0.5, -0.5, 0.875, -0.875]]))
    not_a_number = limited[2]
    activation("Tanhshrink", tanhshrink, [small])
    for beta in (1.5, -0.5, 0.0):
        swish = lambda x, beta: x * torch.sigmoid(beta * x)  # noqa: E731
        activation("Swish", swish, [ordinary, around, not_a_number], {"beta": beta})
    activation("Squareplus", squareplus, [*limited, kinks])
    activation("Squareplus", squareplus, [ordinary, kinks], {"b": 0.25})
    activation("SparsePlus", sparse_plus, [*limited[:2], kinks])
    # With PyTorch's slopes of 0 at both kinks.
    activation("SparseSigmoid", lambda x: (F.hardtanh(x) + 1) / 2, [*limited[:2], kinks])
    unbounded = torch.tensor([[0.0, -0.0, 20.0, -20.0], [inf, -inf, 2.0**-30, -(2.0**-30)]])
    activation("Exponential", torch.exp, [ordinary, ("edges", unbounded), not_a_number])
    activation("ReluSquared", lambda x: F.relu(x) ** 2, [*limited, kinks])
    activation("Snake", lambda x: x + x.sin() ** 2, [ordinary, around, not_a_number])
    snake = lambda x, frequency: x + (frequency * x).sin() ** 2 / frequency  # noqa: E731
    activation("Snake", snake, [ordinary, around], {"frequency": 0.5})
    # Multiples of 1/64, of which the products are exact.
    activation("Sine", lambda x: (30 * x).sin(), [ordinary, not_a_number])
    activation("Sine", lambda x, frequency: (frequency * x).sin(), [ordinary, around], {"frequency": 1.0})
    activation("Gaussian", lambda x: (-x * x).exp(), [*limited, kinks])
    bent = lambda x: x + x * x / ((x * x + 1).sqrt() + 1) / 2  # noqa: E731
    activation("BentIdentity", bent, [*limited, kinks])

    for name, g in (("ReGlu", F.relu), ("GeGlu", lambda b: b * torch.erfc(-b * 0.5**0.5) / 2), ("SwiGlu", F.silu)):
        activation(name, gated(g), halves[:3])
    activation("Sparsemax", sparsemax, rows[:5])
    one = torch.tensor([[1.0, 0.0, -1.0], [0.75, 0.5, 0.25], [0.5, 0.5, -8.0]])
    activation("Sparsemax", sparsemax, [("one alone, all, at the border", one)])
    activation("SoftmaxPlusOne", quiet, rows)
    activation("SoftmaxPlusOne", quiet, [("nothing at all", torch.tensor([[-200.0, -300.0], [-inf, -inf]]))])
    for pieces in (1, 2, 3):
        activation("Maxout", maxout, [("ordinary rows", spread(3, 6)), ("more than any vector", spread(2, 120))], {"pieces": pieces})
    ties = torch.tensor([[2.0, 1.0, 2.0, 3.0, 2.0, 3.0], [-inf, nan, -inf, 1.0, 0.0, inf]])
    activation("Maxout", maxout, [("ties, infinite, NaN", ties)], {"pieces": 3})
