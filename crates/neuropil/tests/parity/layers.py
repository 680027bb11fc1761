"""Layers: output and gradients of input and weights, under PyTorch's names and in its layouts."""

import layers_activation
import layers_convolution
import layers_embedding
import layers_noise
import layers_normalization
import layers_pooling
import layers_recurrent
from golden import Family, nn, spread, torch

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


class Pair(nn.Bilinear):
    """Both inputs beside each other."""

    def forward(self, x):
        return super().forward(x[..., : self.in1_features], x[..., self.in1_features :])


layer(
    "Bilinear",
    "3 and 2 to 4",
    Pair(3, 2, 4),
    spread(5, 5),
    {"first": 3, "second": 2, "outputs": 4},
)
layer(
    "Bilinear",
    "rows within rows",
    Pair(2, 6, 3),
    spread(2, 3, 8),
    {"first": 2, "second": 6, "outputs": 3},
)


class Branches(nn.ModuleList):
    """Branches over one input, joined."""

    def __init__(self, join, *branches):
        super().__init__(branches)
        self.join = join

    def forward(self, x):
        return self.join([branch(x) for branch in self])


JOINS = {
    "concatenate": lambda y: torch.cat(y, -1),
    "add": sum,
    "multiply": lambda y: y[0] * y[1],
}
for join, function in JOINS.items():
    layer(
        "Parallel",
        join,
        Branches(function, nn.Linear(4, 3), nn.Sequential(nn.Linear(4, 3), nn.Tanh())),
        spread(5, 4),
        {"join": join},
    )

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


def batch_norm(label, module, batches, settings=None):
    """A case of several batches in training, then one in inference: output and gradients of the last
    batch, states after all."""
    for i, weight in enumerate(module.parameters()):
        weight.data = spread(*weight.shape, low=-1, high=1, start=20 + i)
    if module.running_mean is not None:
        module.running_mean.copy_(spread(*module.running_mean.shape, start=31))
        module.running_var.copy_(spread(*module.running_var.shape, low=0.5, high=4, start=32))
    given = {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
    given |= {f"batch {i}": x for i, x in enumerate(batches)}
    x = batches[-1].clone().requires_grad_()
    given["dy"] = dy = spread(*x.shape, low=-2, high=2, start=7)
    for earlier in batches[:-1]:
        module(earlier)
    y = module(x)
    y.backward(dy)
    expected = {"y": y, "dx": x.grad}
    expected |= {f"gradient {key}": value.grad for key, value in module.named_parameters()}
    expected |= {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
    expected["inference"] = module.eval()(batches[0])
    settings = {"channels": module.num_features} | (settings or {})
    family.case("BatchNorm", label, settings=settings, given=given, expected=expected)


def batches(*shape):
    """Three batches of 4, 2 and 6 rows."""
    return [spread(rows, *shape, start=40 + rows) for rows in (4, 2, 6)]


batch_norm("channels alone", nn.BatchNorm1d(5), batches(5))
batch_norm("many channels", nn.BatchNorm1d(19), batches(19))
batch_norm("a length", nn.BatchNorm1d(3), batches(3, 5))
batch_norm("images", nn.BatchNorm2d(3), batches(3, 2, 3))
batch_norm("planes longer than vectors", nn.BatchNorm2d(2), batches(2, 6, 7))
batch_norm("volumes", nn.BatchNorm3d(2), batches(2, 2, 3, 2))
batch_norm(
    "another epsilon and momentum",
    nn.BatchNorm2d(3, eps=0.25, momentum=0.5),
    batches(3, 2, 2),
    {"epsilon": 0.25, "momentum": 0.5},
)
batch_norm(
    "the mean of all batches", nn.BatchNorm1d(4, momentum=None), batches(4), {"cumulative": True}
)
batch_norm(
    "no weights", nn.BatchNorm2d(3, affine=False), batches(3, 2, 2), {"without affine": True}
)
batch_norm(
    "no states",
    nn.BatchNorm2d(3, track_running_stats=False),
    batches(3, 2, 2),
    {"without running statistics": True},
)
batch_norm(
    "equal numbers", nn.BatchNorm1d(2), [torch.full((4, 2, 3), 30000.125), batches(2, 3)[0]]
)

layers_activation.cases(family, layer)
layers_convolution.cases(layer)
layers_embedding.cases(family)
layers_noise.cases(family)
layers_normalization.cases(layer, family)
layers_pooling.cases(layer)
layers_recurrent.cases(family)

family.write()
