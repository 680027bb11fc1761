"""Cases of layers that pool and upsample; a part of layers.py."""

import torch

from golden import F, nn, spread

SHAPES = {1: (2, 3, 11), 2: (2, 2, 6, 7), 3: (2, 1, 5, 4, 6)}


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def by(numbers):
    """`[2, 3]` as in `2x3`."""
    return "x".join(str(number) for number in numbers)


def windows(axes):
    """The settings that all windows share: name, PyTorch's keywords, ours."""
    kernel = [3, 2, 3][-axes:]
    other = [2, 1, 2][:axes]
    plain = {"kernel_size": kernel}, {"kernel": by(kernel)}
    yield "kernel", *plain
    yield "stride", plain[0] | {"stride": other}, plain[1] | {"stride": by(other)}
    yield "ceil mode", plain[0] | {"ceil_mode": True}, plain[1] | {"ceil mode": True}


def padded(axes):
    """The same with padding."""
    kernel, padding = [3] * axes, [1, 0, 1][:axes]
    torchs = {"kernel_size": kernel, "stride": 2, "padding": padding}
    ours = {"kernel": by(kernel), "stride": by([2] * axes), "padding": by(padding)}
    yield "padding", torchs, ours
    yield "padding, ceil mode", torchs | {"ceil_mode": True}, ours | {"ceil mode": True}


def pairs(axes):
    """Squares of two, in which vectors are filled."""
    yield "halves", {"kernel_size": [2] * axes}, {"kernel": by([2] * axes)}


def cases(layer):
    """Adds all cases, each by `layer(type, name, module, x, settings)`."""
    for axes, shape in SHAPES.items():
        x = spread(*shape)
        maximum = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[axes]
        mean = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[axes]
        norm = {1: F.lp_pool1d, 2: F.lp_pool2d, 3: F.lp_pool3d}[axes]
        adaptive_mean = {
            1: nn.AdaptiveAvgPool1d,
            2: nn.AdaptiveAvgPool2d,
            3: nn.AdaptiveAvgPool3d,
        }[axes]
        adaptive_max = {
            1: nn.AdaptiveMaxPool1d,
            2: nn.AdaptiveMaxPool2d,
            3: nn.AdaptiveMaxPool3d,
        }[axes]

        def pool(type_name, name, function, keywords, settings, x=x, axes=axes):
            if axes == 1:  # Some take no list of one number.
                single = {k: v[0] for k, v in keywords.items() if isinstance(v, list)}
                keywords = keywords | single
            module = Function(lambda x: function(x, **keywords))
            layer(type_name, f"{axes}d, {name}", module, x, settings)

        wide = spread(1, 1, *[4] * (axes - 1), 37)
        dilation = [2, 1, 2][:axes]
        for name, torchs, ours in [*windows(axes), *padded(axes), *pairs(axes)]:
            pool("MaxPool", name, maximum, torchs, ours)
            pool("AvgPool", name, mean, torchs, ours)
            if "padding" in torchs:
                pool(
                    "MaxPool",
                    f"{name}, dilation",
                    maximum,
                    torchs | {"kernel_size": [2] * axes, "dilation": dilation},
                    ours | {"kernel": by([2] * axes), "dilation": by(dilation)},
                )
                pool(
                    "AvgPool",
                    f"{name}, excluding it",
                    mean,
                    torchs | {"count_include_pad": False},
                    ours | {"excluding padding": True},
                )
                if axes > 1:
                    pool(
                        "AvgPool",
                        f"{name}, divisor",
                        mean,
                        torchs | {"divisor_override": 5},
                        ours | {"divisor": 5},
                    )
            else:
                # PyTorch leaves the absolute value out, and has no gradient at 0.
                powers = {"kernel": (1.0, 3.5), "ceil mode": (2.0, 3.5)}.get(name, (2.0,))
                for p, x_p in [*((p, x.abs()) for p in powers), (2.0, -x.abs())]:
                    x_p = x_p + 0.5 * (1 if x_p.max() > 0 else -1)
                    sign = "negative, " if x_p.max() < 0 else ""
                    keywords = {"norm_type": p} | torchs
                    pool("LpPool", f"{sign}p {p}, {name}", norm, keywords, ours | {"p": p}, x_p)
        for name, torchs, ours in pairs(axes):
            pool("MaxPool", f"{name}, wide", maximum, torchs, ours, wide)
            pool("AvgPool", f"{name}, wide", mean, torchs, ours, wide)

        for output in ([1] * axes, [3, 2, 4][:axes], list(shape[2:])):
            settings = {"output": by(output)}
            name = f"{axes}d to {by(output)}"
            layer("AdaptiveAvgPool", name, adaptive_mean(output), x, settings)
            layer("AdaptiveMaxPool", name, adaptive_max(output), x, settings)
        ones = nn.Sequential(adaptive_mean(1), nn.Flatten())
        layer("GlobalAvgPool", f"{axes}d", ones, x)
        layer("GlobalMaxPool", f"{axes}d", nn.Sequential(adaptive_max(1), nn.Flatten()), x)

        linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]
        size, factor = [7, 9, 5][:axes], [2, 3, 2][:axes]
        small = spread(1, 2, *[3, 4, 2][:axes])
        for name, keywords, settings in [
            ("by a factor", {"scale_factor": factor}, {"factor": by(factor)}),
            ("by 2", {"scale_factor": [2] * axes}, {"factor": by([2] * axes)}),
            ("to a size", {"size": size}, {"size": by(size)}),
            ("to less", {"size": [2] * axes}, {"size": by([2] * axes)}),
        ]:
            for mode, more, word in [
                ("nearest", {}, {"interpolation": "nearest"}),
                (linear, {"align_corners": False}, {"interpolation": "linear"}),
                (
                    linear,
                    {"align_corners": True},
                    {"interpolation": "linear", "align corners": True},
                ),
            ]:
                corners = ", corners aligned" if more.get("align_corners") else ""
                pool(
                    "Upsample",
                    f"{mode}{corners} {name}",
                    F.interpolate,
                    {"mode": mode} | keywords | more,
                    settings | word,
                    small,
                )
    # The first of equals, and none of padding.
    ties = torch.zeros(1, 1, 5, 5)
    keywords = {"kernel_size": 3, "padding": 1, "stride": 2}
    settings = {"kernel": "3x3", "padding": "1x1", "stride": "2x2"}
    pool("MaxPool", "ties", F.max_pool2d, keywords, settings, ties, 2)

    for shape in [(2, 3, 5), (2, 2, 3, 4)]:
        last = Function(lambda x: x.movedim(1, -1))
        layer("ChannelsLast", f"{len(shape) - 2}d", last, spread(*shape))
    layer("Flatten", "channels", nn.Flatten(), spread(2, 3, 2, 2))
    layer("Reshape", "to 2x6", nn.Unflatten(1, (2, 6)), spread(3, 12), {"shape": "2x6"})
