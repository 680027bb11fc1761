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

family.write()
