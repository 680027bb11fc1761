"""Cases of layers that convolve and pad; a part of layers.py."""

from golden import F, nn, spread
from layers_pooling import Function, by

SHAPES = {1: (2, 4, 9), 2: (1, 4, 5, 6), 3: (1, 4, 3, 5, 3)}
SMALL = {1: (2, 4, 5), 2: (1, 4, 3, 4), 3: (1, 4, 2, 3, 2)}


def settings(keywords):
    """PyTorch's keywords as our settings."""
    ours = {}
    for key, value in keywords.items():
        if key == "bias":
            ours["without bias"] = not value
        else:
            ours[key.replace("_", " ")] = by(value) if isinstance(value, list) else value
    return ours


def forward(axes):
    """Convolutions: name, outputs, keywords."""
    kernel, stride = [2, 3, 2][-axes:], [2, 1, 3][:axes]
    three, one = [3] * axes, [1] * axes
    yield "kernel", 3, {"kernel_size": kernel}
    yield "kernel of 1", 3, {"kernel_size": one}
    yield "stride", 3, {"kernel_size": three, "stride": stride}
    yield "padding", 3, {"kernel_size": kernel, "padding": [1, 2, 0][:axes]}
    yield "dilation", 3, {"kernel_size": kernel, "dilation": [1, 2, 2][-axes:]}
    yield "stride, padding, dilation", 3, {
        "kernel_size": kernel,
        "stride": stride,
        "padding": one,
        "dilation": [2, 1, 2][-axes:],
    }
    yield "groups", 6, {"kernel_size": kernel, "padding": one, "groups": 2}
    yield "depthwise", 4, {"kernel_size": three, "padding": one, "groups": 4}
    yield "depthwise, twice as many", 8, {"kernel_size": kernel, "groups": 4}
    yield "no bias", 2, {"kernel_size": three, "padding": one, "bias": False}
    yield "valid", 2, {"kernel_size": kernel, "padding": "valid"}
    yield "same", 2, {"kernel_size": three, "padding": "same"}
    yield "same, even, dilation", 2, {
        "kernel_size": [2, 3, 4][-axes:],
        "padding": "same",
        "dilation": [1, 1, 3][-axes:],
    }
    for mode in ("reflect", "replicate", "circular"):
        keywords = {"kernel_size": three, "padding_mode": mode}
        yield mode, 2, keywords | {"padding": [1, 2, 1][:axes]}
        yield f"{mode}, stride", 2, keywords | {"padding": one, "stride": stride}
    even = {"kernel_size": [2] * axes, "padding": "same", "padding_mode": "replicate"}
    yield "replicate, same, even", 2, even


def transposed(axes):
    """Transposed convolutions: name, outputs, keywords."""
    kernel, stride = [2, 3, 2][-axes:], [2, 1, 3][:axes]
    three, one, two = [3] * axes, [1] * axes, [2] * axes
    yield "kernel", 3, {"kernel_size": kernel}
    yield "halves", 3, {"kernel_size": two, "stride": two}
    yield "stride beyond the kernel", 3, {"kernel_size": one, "stride": stride}
    yield "stride, padding", 3, {"kernel_size": three, "stride": stride, "padding": one}
    yield "output padding", 3, {
        "kernel_size": three,
        "stride": stride,
        "padding": one,
        "output_padding": [number - 1 for number in stride],
    }
    yield "dilation", 3, {
        "kernel_size": kernel,
        "stride": stride,
        "dilation": [2, 1, 2][-axes:],
        "padding": one,
    }
    yield "groups", 6, {"kernel_size": kernel, "stride": two, "groups": 2}
    yield "depthwise", 4, {"kernel_size": three, "padding": one, "groups": 4}
    yield "no bias", 2, {"kernel_size": three, "stride": two, "bias": False}


def cases(layer):
    """Adds all cases, each by `layer(type, name, module, x, settings)`."""
    for axes, shape in SHAPES.items():
        convolution = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[axes]
        transpose = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}[axes]
        for type_name, module, all_of, x in [
            ("Conv", convolution, forward(axes), spread(*shape)),
            ("ConvTranspose", transpose, transposed(axes), spread(*SMALL[axes])),
        ]:
            for name, outputs, keywords in all_of:
                ours = {"inputs": 4, "outputs": outputs} | settings(keywords)
                layer(type_name, f"{axes}d, {name}", module(4, outputs, **keywords), x, ours)

        x = spread(shape[0], 2, *shape[2:])
        before, after = [2, 0, 1][:axes], [1, 2, 2][:axes]
        # PyTorch has the innermost axis first.
        sides = [side for pair in zip(before[::-1], after[::-1]) for side in pair]
        for mode in ("zeros", "reflect", "replicate", "circular"):
            word = "constant" if mode == "zeros" else mode
            pad = Function(lambda x, sides=sides, word=word: F.pad(x, sides, mode=word))
            ours = {"before": by(before), "after": by(after), "mode": mode}
            layer("Pad", f"{axes}d, {mode}", pad, x, ours)

    # More channels than a tile has, and more places than vectors.
    wide = {"kernel_size": [3, 3], "padding": [1, 1]}
    ours = {"inputs": 2, "outputs": 13} | settings(wide)
    layer("Conv", "2d, wide", nn.Conv2d(2, 13, **wide), spread(1, 2, 5, 19), ours)
