"""Mixtures for given shares and places: the formulas of torchvision's `v2.MixUp` and `v2.CutMix`."""

import math

from golden import Family, spread, torch

family = Family("mixtures")

a, b = spread(3, 2, 5, 7), spread(3, 2, 5, 7, start=1)
targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.25, 0.5, 0.25]])
others = targets.roll(1, 0)

for share in (0.0, 0.3125, 0.75, 1.0):
    family.case(
        "Mixup",
        f"a share of {share}",
        settings={"share": share},
        given={"x": a, "partner": b, "t": targets, "other t": others},
        expected={
            "x": a.mul(share).add(b.mul(1.0 - share)),
            "t": targets.mul(share).add(others.mul(1.0 - share)),
        },
    )

height, width = a.shape[-2:]
for share, row, column in [(0.5, 2, 3), (0.9, 0, 6), (0.0, 2, 3), (0.0, 0, 0), (1.0, 4, 6), (0.3, 4, 0)]:
    ratio = 0.5 * math.sqrt(1.0 - share)
    half_width, half_height = int(ratio * width), int(ratio * height)
    left, right = max(column - half_width, 0), min(column + half_width, width)
    top, bottom = max(row - half_height, 0), min(row + half_height, height)
    mixed = a.clone()
    mixed[..., top:bottom, left:right] = b[..., top:bottom, left:right]
    exact = 1.0 - (right - left) * (bottom - top) / (width * height)
    family.case(
        "CutMix",
        f"a share of {share} around {row}, {column}",
        settings={"share": share, "row": row, "column": column},
        given={"x": a, "partner": b, "t": targets, "other t": others},
        expected={
            "share": exact,
            "x": mixed,
            "t": targets.mul(exact).add(others.mul(1.0 - exact)),
        },
    )

family.write()
