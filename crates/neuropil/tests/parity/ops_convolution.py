"""Cases of ops that convolve and pad; a part of ops.py."""

from golden import F, spread


def cases(op):
    """Adds all cases, each by `op(type, name, function, rows, singles)`."""
    x = spread(2, 4, 4, 5)
    for stride, padding, dilation, groups in [(1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 4)]:
        name = f"stride {stride}, padding {padding}, dilation {dilation}, groups {groups}"
        keywords = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        for bias in (False, True):
            w = spread(8, 4 // groups, 3, 2, start=2)
            op(
                "ConvOp",
                f"{name}, bias" if bias else name,
                lambda *x: F.conv2d(*x, **keywords),
                [x],
                [w, spread(8, start=3)] if bias else [w],
                settings=keywords,
            )
            w = spread(4, 8 // groups, 3, 2, start=2)
            op(
                "ConvTransposeOp",
                f"{name}, bias" if bias else name,
                lambda *x: F.conv_transpose2d(*x, **keywords),
                [x],
                [w, spread(8, start=3)] if bias else [w],
                settings=keywords,
            )
    for mode in ("constant", "reflect", "replicate", "circular"):
        op("PadOp", mode, lambda x: F.pad(x, (0, 3, 2, 1), mode=mode), [x], settings={"mode": mode})
