"""Cases of layers that are activations with weights or noise; a part of layers.py."""

import torch

from golden import F, nn, spread


class Learned(nn.Module):
    """y = f(x, p) with a parameter for each channel, or one."""

    def __init__(self, name, function, channels):
        super().__init__()
        self.register_parameter(name, nn.Parameter(torch.ones(channels)))
        self.name, self.function = name, function

    def forward(self, x):
        p = getattr(self, self.name)
        p = p if len(p) == 1 else p.reshape(-1, *[1] * (x.dim() - 2))
        return self.function(x, p)


def snake(x, a):
    """x + sin^2(a x)/a"""
    return x + (a * x).sin() ** 2 / a


def swish(x, beta):
    """x sigma(beta x)"""
    return x * torch.sigmoid(beta * x)


def learned(layer):
    """Cases with weights."""
    for label, channels, shape in (
        ("one for all", 1, (3, 5)),
        ("channels alone", 5, (4, 5)),
        ("many channels", 37, (2, 37)),
        ("more rows than a block", 3, (130, 3)),
        ("images", 3, (2, 3, 4, 5)),
        ("one for all, of images", 1, (2, 3, 4, 5)),
    ):
        x, settings = spread(*shape), {"channels": channels}
        layer("PRelu", label, nn.PReLU(channels), x, settings)
        layer("LearnedSnake", label, Learned("alpha", snake, channels), x, settings)
        layer("LearnedSwish", label, Learned("beta", swish, channels), x, settings)
    x = torch.tensor([[0.0, -0.0, 2.0**-40, -(2.0**-40), 100.0, -100.0]])
    layer("PRelu", "zeros, tiny, large", nn.PReLU(), x, {"channels": 1})


def cases(family, layer):
    """Adds all cases."""
    learned(layer)
    layer("Softmax2d", "images", nn.Softmax2d(), spread(2, 3, 4, 5))
    layer("Softmax2d", "one place", nn.Softmax2d(), spread(2, 3, 1, 1))
    for axis in (0, 1, 2):
        for name, module in (
            ("softmax", nn.Softmax(axis + 1)),
            ("log-softmax", nn.LogSoftmax(axis + 1)),
            ("softmin", nn.Softmin(axis + 1)),
            ("glu", nn.GLU(axis + 1)),
        ):
            settings = {"axis": axis, "activation": name}
            layer("OverAxis", f"{name} over axis {axis}", module, spread(3, 4, 6, 8), settings)

    # In inference: noise is random.
    x = torch.tensor([[-6.0, -0.5, 0.0, 0.5], [6.0, -(2.0**-40), -100.0, 100.0]])
    for settings in ({}, {"lower": 0.25, "upper": 0.5}):
        module = nn.RReLU(**settings).eval()
        family.case("RRelu", f"inference {settings}", settings=settings, given={"x": x}, expected={"y": module(x)})
    x = spread(3, 5)
    for tau in (1.0, 0.5):
        soft = F.softmax(x / tau, dim=-1)
        hard = F.one_hot(soft.argmax(dim=-1), 5).double()
        for name, y in (("soft", soft), ("hard", hard)):
            family.case(
                "GumbelSoftmax",
                f"inference, {name}, {tau}",
                settings={"tau": tau, "hard": name == "hard"},
                given={"x": x},
                expected={"y": y},
            )
