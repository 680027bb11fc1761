"""Cases of ops that are activations with weights or noise; a part of ops.py."""

import torch
from layers_activation import snake, swish

from golden import F, spread


def cases(op, family):
    """Adds all cases."""
    for label, x, p in (
        ("one for all", spread(3, 5), spread(1, low=0.5, high=2, start=2)),
        ("columns", spread(70, 5), spread(5, low=0.5, high=2, start=2)),
        ("planes", spread(2, 3, 4), spread(3, low=0.5, high=2, start=2)),
    ):
        along = lambda p, x=x: p if len(p) == 1 else p.reshape(-1, *[1] * (x.dim() - 2))  # noqa: E731
        op("PReluOp", label, F.prelu, [x], [p])
        op("SnakeOp", label, lambda x, p: snake(x, along(p)), [x], [p])
        op("SwishOp", label, lambda x, p: swish(x, along(p)), [x], [p])
    # At a frequency of zero, where the limits are given.
    x, dy = spread(2, 3), spread(2, 3, low=-2, high=2, start=7)
    given = {"0 rows": x, "1 single": torch.zeros(1), "dy": dy}
    expected = {"y": x, "dx 0": dy, "dx 1": (dy * x * x).sum().reshape(1)}
    family.case("SnakeOp", "no frequency", given=given, expected=expected)
    op("OverAxisOp", "softmax of columns", lambda x: F.softmax(x, dim=1), [spread(3, 4, 5)])
