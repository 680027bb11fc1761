"""Cases of ops that take tokens; a part of ops.py."""

import torch

from golden import F, spread


def cases(family):
    """Adds all cases."""
    for name, tokens in (
        ("one a row", torch.tensor([3, 0, 3])),
        ("several a row", torch.tensor([[1, 2], [2, 2]])),
    ):
        table = spread(4, 5, start=2).requires_grad_()
        y = F.embedding(tokens, table)
        dy = spread(*y.shape, low=-2, high=2, start=7)
        y.backward(dy)
        family.case(
            "EmbeddingOp",
            name,
            given={"tokens": tokens, "table": table, "dy": dy},
            expected={"y": y, "dx 1": table.grad},
        )
