"""Cases of ops that normalize; a part of ops.py."""

from golden import F, spread, torch


def cases(op):
    """Adds all cases, each by `op(type, name, function, rows, singles, settings)`."""
    x, gain, shift = spread(3, 4, 5), spread(5, start=2), spread(5, start=3)
    op("LayerNormOp", "plain", lambda x: F.layer_norm(x, [5]), [x])
    op("LayerNormOp", "gain", lambda x, g: F.layer_norm(x, [5], g), [x], [gain])
    both = lambda x, g, b: F.layer_norm(x, [5], g, b)  # noqa: E731
    op("LayerNormOp", "gain and shift", both, [x], [gain, shift])
    op("RmsNormOp", "plain", lambda x: F.rms_norm(x, [5]), [x])
    op("RmsNormOp", "gain", lambda x, g: F.rms_norm(x, [5], g), [x], [gain])
    for label, shape in (
        ("channels alone", (3, 6)),
        ("short planes", (2, 6, 3)),
        ("images", (2, 6, 5, 9)),
    ):
        x, gain, shift = spread(*shape), spread(6, start=2), spread(6, start=3)
        # The gradient of a group of one number is 0, of which PyTorch gives rounding errors.
        for groups in (1, 2) if len(shape) == 2 else (1, 2, 6):
            settings = {"groups": groups, "channels": 6}
            name = f"{label}, {groups} groups"
            op(
                "GroupNormOp",
                name,
                lambda x, g, b: F.group_norm(x, groups, g, b),
                [x],
                [gain, shift],
                settings=settings,
            )
        settings, name = {"groups": 2, "channels": 6}, f"{label}, plain"
        op("GroupNormOp", name, lambda x: F.group_norm(x, 2), [x], settings=settings)
        if len(shape) > 2:
            settings = {"channels": 6}
            op("InstanceNormOp", f"{label}, plain", F.instance_norm, [x], settings=settings)
            op(
                "InstanceNormOp",
                label,
                lambda x, g, b: F.instance_norm(x, weight=g, bias=b),
                [x],
                [gain, shift],
                settings=settings,
            )
            for size in (1, 2, 3, 9):
                settings = {"size": size, "alpha": 0.5, "beta": 0.6, "k": 1.5}
                op(
                    "LocalResponseNormOp",
                    f"{label}, size {size}",
                    lambda x: F.local_response_norm(x, size, 0.5, 0.6, 1.5),
                    [x],
                    settings=settings,
                )
    # A weight alone is no case of rows, so rows are multiplied with it.
    for axis in (None, 0, 1):
        n = 1 if axis is None else (4, 3)[axis]
        op(
            "WeightNormOp",
            f"axis {axis}",
            lambda x, v, g: x @ weight_norm(v, g, axis),
            [spread(5, 4)],
            [spread(4, 3, start=5), spread(n, start=6)],
            settings={} if axis is None else {"axis": axis},
        )
    for axis in (0, 1):
        op(
            "SpectralNormOp",
            f"axis {axis}",
            lambda x, w: x @ spectral_norm(w, axis),
            [spread(5, 4)],
            [spread(4, 3, start=5)],
            settings={"axis": axis},
        )


def weight_norm(v, g, axis):
    """With a length and a norm for each place of an axis, or of all."""
    if axis is None:
        return torch._weight_norm(v, g.reshape(()), -1)
    return torch._weight_norm(v, g.reshape(-1, 1) if axis == 0 else g.reshape(1, -1), axis)


def spectral_norm(w, axis):
    """After an iteration in training from a v of halves."""
    matrix = w if axis == 0 else w.T
    with torch.no_grad():
        v = torch.full((matrix.shape[1],), 0.5)
        u = F.normalize(matrix @ v, dim=0, eps=1e-12)
        v = F.normalize(matrix.T @ u, dim=0, eps=1e-12)
    return w / (u @ matrix @ v)
