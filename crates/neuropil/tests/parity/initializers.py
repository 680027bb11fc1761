"""Initializers: what PyTorch draws from. Its random numbers are not ours, but a draw from
U(low, high) is low + (high - low) u, and one from N(mean, std²) is mean + std z, so the two numbers
say it all.

Shapes are given as ours, `[.., inputs, outputs]`; PyTorch's have the outputs first."""

from unittest import mock

from golden import Family, nn, torch

family = Family("initializers")


def drawn_from(fill, shape):
    """What `fill` asks PyTorch's generator for: the calls of `uniform_` and `normal_`."""
    calls = []

    def uniform_(tensor, a=0.0, b=1.0, **_):
        calls.append({"low": a, "high": b})
        return tensor

    def normal_(tensor, mean=0.0, std=1.0, **_):
        calls.append({"mean": mean, "std": std})
        return tensor

    *field, inputs, outputs = shape
    weight = torch.empty(outputs, inputs, *field)
    with (
        mock.patch.object(torch.Tensor, "uniform_", uniform_),
        mock.patch.object(torch.Tensor, "normal_", normal_),
    ):
        fill(weight)
    return weight, calls


def random(name, fill, settings=None, shapes=((3, 5), (48, 32), (3, 3, 8, 16))):
    """A case for each shape. `fill(weight, **settings)` draws once."""
    for shape in shapes:
        _, [expected] = drawn_from(lambda w: fill(w, **(settings or {})), shape)
        label = ", ".join([str(list(shape))] + [f"{k} {v}" for k, v in (settings or {}).items()])
        family.case(name, label, settings=settings, given={"shape": list(shape)}, expected=expected)


def constant(name, fill, settings=None):
    """A case of an initializer that draws nothing."""
    weight = fill(torch.empty(3, 2))
    family.case(
        name,
        "three to two",
        settings=settings,
        given={"shape": [2, 3]},
        expected={"w": weight.T.contiguous()},
    )


constant("Zeros", nn.init.zeros_)
constant("Ones", nn.init.ones_)
constant("Constant", lambda w: nn.init.constant_(w, -0.25), {"value": -0.25})

random("Uniform", lambda w, low, high: nn.init.uniform_(w, low, high), {"low": -0.5, "high": 0.25})
random("Normal", lambda w, mean, std: nn.init.normal_(w, mean, std), {"mean": 0.5, "std": 0.125})

for settings in ({}, {"gain": 1.5}):
    random("XavierUniform", nn.init.xavier_uniform_, settings)
    random("XavierNormal", nn.init.xavier_normal_, settings)
NONLINEARITIES = ["linear", "sigmoid", "tanh", "relu", "selu"]


def kaiming(fill):
    """PyTorch's `a` is the slope of a leaky ReLU; by default that is 0, which makes it a ReLU."""

    def with_settings(weight, mode="fan_in", nonlinearity="leaky_relu", slope=0.0):
        return fill(weight, a=slope, mode=mode, nonlinearity=nonlinearity)

    return with_settings


for name, fill in [
    ("KaimingUniform", nn.init.kaiming_uniform_),
    ("KaimingNormal", nn.init.kaiming_normal_),
]:
    random(name, kaiming(fill))
    random(name, kaiming(fill), {"mode": "fan_out", "nonlinearity": "relu"})
    random(name, kaiming(fill), {"nonlinearity": "leaky_relu", "slope": 0.2})
    for nonlinearity in NONLINEARITIES:
        random(name, kaiming(fill), {"nonlinearity": nonlinearity}, [(7, 11)])


# What is drawn is another matrix, but its rows or columns are as orthogonal as ours. The first axis is the
# rows, here and there.
for shape in ([3, 5], [5, 3], [4, 4], [6, 2, 3, 3], [40, 2, 3, 3]):
    for settings in ({}, {"gain": -1.5}):
        torch.manual_seed(1)
        w = nn.init.orthogonal_(torch.empty(shape), **settings).flatten(1)
        products = w @ w.T if len(w) < w.shape[1] else w.T @ w
        family.case(
            "Orthogonal",
            ", ".join([str(shape)] + [f"{k} {v}" for k, v in settings.items()]),
            settings=settings,
            given={"shape": shape},
            # Zeros without a sign.
            expected={"products": products.round(decimals=13) + 0.0},
        )


def of_linear(which):
    """What `Linear` draws its weight or its bias from."""
    for inputs, outputs in [(3, 5), (784, 128)]:
        layer = torch.nn.Linear(inputs, outputs, device="meta")
        _, calls = drawn_from(lambda _: layer.reset_parameters(), (1, 1))
        yield [inputs, outputs], calls[which]


for shape, expected in of_linear(0):
    settings = {"default of": "Linear"}
    family.case(
        "KaimingUniform",
        f"weight of Linear, {shape}",
        settings=settings,
        given={"shape": shape},
        expected=expected,
    )
for shape, expected in of_linear(1):
    family.case(
        "UniformFanIn", f"bias of Linear, {shape}", given={"shape": shape}, expected=expected
    )

for nonlinearity in NONLINEARITIES:
    expected = {"gain": nn.init.calculate_gain(nonlinearity)}
    family.case(
        "Nonlinearity",
        nonlinearity,
        settings={"nonlinearity": nonlinearity},
        given={},
        expected=expected,
    )
for slope in (0.0, 0.01, 0.2, 5.0**0.5):
    settings = {"nonlinearity": "leaky_relu", "slope": slope}
    expected = {"gain": nn.init.calculate_gain("leaky_relu", slope)}
    family.case(
        "Nonlinearity", f"leaky_relu {slope}", settings=settings, given={}, expected=expected
    )

for shape in [(3, 5), (784, 128), (3, 3, 16, 32), (7, 4, 6)]:
    *field, inputs, outputs = shape
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(torch.empty(outputs, inputs, *field))
    family.case(
        "Fan",
        str(list(shape)),
        given={"shape": list(shape)},
        expected={"input": fan_in, "output": fan_out},
    )

# Patterns. A matrix of ours is [inputs, outputs], a convolution's weight is PyTorch's.
for rows, columns in [(3, 3), (2, 5), (6, 4)]:
    family.case(
        "Eye",
        f"{rows} to {columns}",
        given={"shape": [rows, columns]},
        expected={"w": nn.init.eye_(torch.empty(columns, rows)).T.contiguous()},
    )
family.case(
    "Eye",
    "gain",
    settings={"gain": -0.5},
    given={"shape": [2, 3]},
    expected={"w": -0.5 * nn.init.eye_(torch.empty(3, 2)).T},
)
for shape, groups in [
    ([2, 2, 3], 1),
    ([3, 5, 4], 1),
    ([5, 3, 3, 2], 1),
    ([2, 3, 2, 3, 3], 1),
    ([6, 2, 3], 3),
    ([4, 1, 3, 3], 4),
    ([4, 5, 1, 2], 2),
]:
    family.case(
        "Dirac",
        f"{shape}, groups {groups}",
        settings={"groups": groups},
        given={"shape": shape},
        expected={"w": nn.init.dirac_(torch.empty(shape), groups)},
    )

# Truncated normal distributions: how much lies below which number. Its own way to draw is not ours.
STANDARD = torch.distributions.Normal(0.0, 1.0)


def quantiles(mean, std, low, high):
    probabilities = torch.linspace(0.0, 1.0, 21)[1:-1]
    below, above = (STANDARD.cdf(torch.tensor((x - mean) / std)) for x in (low, high))
    z = STANDARD.icdf(below + probabilities * (above - below))
    return {"probabilities": probabilities, "quantiles": mean + std * z}


for mean, std, low, high in [
    (0.0, 1.0, -2.0, 2.0),
    (0.25, 0.5, -0.25, 2.0),
    (0.0, 1.0, -0.5, 0.25),
    (-1.0, 1.0, 0.5, 4.0),
    (2.0, 0.5, 0.0, 0.25),
]:
    settings = {"mean": mean, "std": std, "low": low, "high": high}
    # What PyTorch draws with a seed agrees with the formula.
    torch.manual_seed(1)
    drawn = nn.init.trunc_normal_(torch.empty(100_000), mean, std, low, high).sort().values
    expected = quantiles(mean, std, low, high)
    ours = torch.searchsorted(drawn, expected["quantiles"]) / 100_000
    assert (ours - expected["probabilities"]).abs().max() < 0.01, settings
    label = ", ".join(f"{key} {value}" for key, value in settings.items())
    given = {"shape": [300, 300]}
    family.case("TruncatedNormal", label, settings=settings, given=given, expected=expected)

# What PyTorch calls Kaiming without an activation is LeCun's.
random("LecunUniform", lambda w: nn.init.kaiming_uniform_(w, nonlinearity="linear"))
random("LecunNormal", lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"))

# Keras's variance scaling, as its documentation has it. The 0.8796 is the deviation of a Gaussian that
# is cut at two deviations.
CUT = (1 - 4 * STANDARD.log_prob(torch.tensor(2.0)).exp() / torch.erf(torch.tensor(2.0**0.5))).sqrt()
for scale, mode, shape in [(1.0, "fan_in", [300, 200]), (2.0, "fan_avg", [100, 400]), (0.5, "fan_out", [250, 400])]:
    fan = {"fan_in": shape[0], "fan_out": shape[1], "fan_avg": sum(shape) / 2}[mode]
    std = (scale / fan) ** 0.5
    cut = std / CUT.item()
    for distribution, expected in [
        ("truncated_normal", quantiles(0.0, cut, -2 * cut, 2 * cut)),
        ("untruncated_normal", {"mean": 0.0, "std": std}),
        ("uniform", {"low": -((3 * scale / fan) ** 0.5), "high": (3 * scale / fan) ** 0.5}),
    ]:
        settings = {"scale": scale, "mode": mode, "distribution": distribution}
        given = {"shape": shape}
        family.case("VarianceScaling", f"{distribution}, {mode}", settings=settings, given=given, expected=expected)

for sparsity, inputs, outputs in [(0.0, 3, 4), (0.1, 5, 7), (0.5, 4, 9), (0.9, 6, 10), (1.0, 3, 5)]:
    w = nn.init.sparse_(torch.empty(outputs, inputs), sparsity)
    family.case(
        "Sparse",
        f"{sparsity} of {inputs} to {outputs}",
        settings={"sparsity": sparsity},
        given={"shape": [inputs, outputs]},
        expected={"zeros": (w == 0).sum(0)},
    )

# Beyond PyTorch: the papers' formulas.
for shape in ([4, 3, 3], [3, 3, 2, 4], [2, 5, 3, 3]):
    w = torch.zeros(shape)
    middle = tuple(axis // 2 for axis in shape[2:])
    torch.manual_seed(1)
    w[(slice(None), slice(None), *middle)] = nn.init.orthogonal_(torch.empty(shape[:2]))
    h = w.flatten(1)
    products = h @ h.T if shape[0] < shape[1] else w.transpose(0, 1).flatten(1) @ w.transpose(0, 1).flatten(1).T
    family.case(
        "DeltaOrthogonal",
        str(shape),
        given={"shape": shape},
        expected={
            "products": products.round(decimals=13) + 0.0,
            "zeros": (w.abs().sum((0, 1)) == 0).flatten().long(),
        },
    )

for scale, channels in [(2, 3), (3, 2)]:
    outputs = scale * scale * channels
    numbers = torch.arange(outputs * 1.0).reshape(1, outputs, 1, 1)
    shuffled = torch.pixel_shuffle(numbers, scale)[0]
    # Which channel of the image each output goes to.
    channel = torch.empty(outputs)
    for c in range(channels):
        channel[shuffled[c].flatten().long()] = c
    family.case(
        "Icnr",
        f"{channels} channels, scale {scale}",
        settings={"scale": scale},
        given={"shape": [outputs, 2, 1, 1]},
        expected={"channel": channel.long()},
    )

for longest in (2, 28, 784):
    family.case(
        "Chrono",
        f"up to {longest} steps",
        settings={"longest": longest},
        given={"shape": [4000]},
        expected={"low": 1.0, "high": longest - 1.0},
    )
family.case(
    "ForgetBias", "1", given={"shape": [12]}, expected={"w": [0.0] * 3 + [1.0] * 3 + [0.0] * 6}
)
family.case(
    "ForgetBias",
    "-2.5",
    settings={"value": -2.5},
    given={"shape": [4]},
    expected={"w": [0.0, -2.5, 0.0, 0.0]},
)

for shape, omega in [([2, 256], 30.0), ([256, 128], 30.0), ([256, 3], 5.0)]:
    bounds = {"first": 1 / shape[0], "hidden": (6 / shape[0]) ** 0.5 / omega}
    for layer, bound in bounds.items():
        family.case(
            "Siren",
            f"{layer} {shape}, {omega}",
            settings={"layer": layer, "omega": omega},
            given={"shape": shape},
            expected={"low": -bound, "high": bound},
        )

for probability in (0.01, 0.5, 0.9):
    family.case(
        "ClassPrior",
        str(probability),
        settings={"probability": probability},
        given={"shape": [3]},
        expected={"w": torch.logit(torch.tensor([probability] * 3))},
    )

family.write()
