"""Cases of layers that take tokens; a part of layers.py."""

import torch

from golden import F, nn, spread


def bounded(table, tokens, most):
    """Rows of at most this norm, with the gradient of that formula: PyTorch's own `max_norm` changes
    the table instead, and gives no gradient of the change."""
    return F.embedding(tokens, table * (most / table.norm(dim=1, keepdim=True)).clamp(max=1))


def cases(family):
    """Adds all cases."""
    tokens = {"one": torch.tensor([3, 0, 3, 1]), "several": torch.tensor([[4, 2, 4], [0, 4, 1]])}
    for count, x in tokens.items():
        plain = nn.Embedding(5, 3)
        case(family, f"{count} a row", plain, plain.forward, x)
        padded = nn.Embedding(5, 3, padding_idx=4)
        case(family, f"padding, {count} a row", padded, padded.forward, x, {"padding index": 4})
        table = nn.Embedding(5, 3)
        case(
            family,
            f"max norm, {count} a row",
            table,
            lambda x, table=table: bounded(table.weight, x, 2.5),
            x,
            {"max norm": 2.5},
        )


def case(family, name, module, function, x, settings=None):
    """A case of tokens `[rows, ..]`."""
    module.weight.data = spread(5, 3, start=20)
    y = function(x)
    dy = spread(*y.shape, low=-2, high=2, start=7)
    y.backward(dy)
    family.case(
        "Embedding",
        name,
        settings=(settings or {}) | {"tokens": 5, "width": 3},
        given={"x": x, "dy": dy, "weight weight": module.weight},
        expected={"y": y, "gradient weight": module.weight.grad},
    )
