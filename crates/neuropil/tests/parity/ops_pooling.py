"""Cases of ops that pool and upsample; a part of ops.py."""

from golden import F, spread


def cases(op):
    """Adds all cases, each by `op(type, name, function, rows)`."""
    x = spread(2, 2, 5, 21)
    for kernel, stride, padding in [(2, 2, 0), (3, 2, 1)]:
        name = f"kernel {kernel}, stride {stride}, padding {padding}"
        settings = {"kernel": kernel, "stride": stride, "padding": padding}
        keywords = {"kernel_size": kernel, "stride": stride, "padding": padding}
        op("MaxPoolOp", name, lambda x: F.max_pool2d(x, **keywords), [x], settings=settings)
        op("AvgPoolOp", name, lambda x: F.avg_pool2d(x, **keywords), [x], settings=settings)
    op("ChannelsLastOp", "pictures", lambda x: x.movedim(1, -1), [x])
    for p in (2.0, 3.0):
        op(
            "LpPoolOp",
            f"p {p}",
            lambda x: F.lp_pool2d(x, p, 2),
            [x.abs() + 0.5],
            settings={"p": p},
        )
    for output in (1, 4):
        op(
            "AdaptiveAvgPoolOp",
            f"to {output}",
            lambda x: F.adaptive_avg_pool2d(x, output),
            [x],
            settings={"output": output},
        )
        op(
            "AdaptiveMaxPoolOp",
            f"to {output}",
            lambda x: F.adaptive_max_pool2d(x, output),
            [x],
            settings={"output": output},
        )
    small = spread(2, 2, 3, 4)
    op("UpsampleOp", "nearest", lambda x: F.interpolate(x, (6, 9)), [small])
    op(
        "UpsampleOp",
        "linear",
        lambda x: F.interpolate(x, (6, 9), mode="bilinear", align_corners=True),
        [small],
        settings={"linear": True},
    )
