"""Layers: output and gradients of input and weights, under PyTorch's names and in its layouts."""

import layers_pooling
from golden import Family, nn, spread

family = Family("layers")


class Residual(nn.Sequential):
    """y = x + f(x), with the names of f."""

    def forward(self, x):
        return x + super().forward(x)


def layer(name, label, module, x, settings=None):
    """A case: x is `[rows, ...]`. The weights are set to known numbers."""
    for i, weight in enumerate(module.parameters()):
        weight.data = spread(*weight.shape, low=-1, high=1, start=20 + i)
    weights = {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
    x = x.clone().requires_grad_()
    y = module(x)
    dy = spread(*y.shape, low=-2, high=2, start=7)
    y.backward(dy)
    gradients = {f"gradient {key}": value.grad for key, value in module.named_parameters()}
    family.case(
        name,
        label,
        settings=settings,
        given={"x": x, "dy": dy} | weights,
        expected={"y": y, "dx": x.grad} | gradients,
    )


for rows in (1, 5):
    layer("Linear", f"{rows} rows", nn.Linear(4, 3), spread(rows, 4), {"inputs": 4, "outputs": 3})
layer(
    "Linear",
    "no bias",
    nn.Linear(3, 5, bias=False),
    spread(2, 3),
    {"inputs": 3, "outputs": 5, "without bias": True},
)
layer("Linear", "square, wide", nn.Linear(19, 19), spread(3, 19), {"inputs": 19, "outputs": 19})
layer("Linear", "rows within rows", nn.Linear(2, 3), spread(2, 4, 2), {"inputs": 2, "outputs": 3})

layer("Residual", "around Linear, Tanh", Residual(nn.Linear(4, 4), nn.Tanh()), spread(3, 4))
layer(
    "Sequential",
    "Linear, ReLU, Linear, Softmax",
    nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3), nn.Softmax(dim=-1)),
    spread(5, 4),
)

for rate in (0.0, 0.5, 1.0):
    x = spread(3, 4)
    dropout = nn.Dropout(rate).eval()
    family.case(
        "Dropout",
        f"inference, rate {rate}",
        settings={"rate": rate},
        given={"x": x},
        expected={"y": dropout(x)},
    )

layers_pooling.cases(layer)

family.write()
