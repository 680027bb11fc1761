"""Cases of layers that normalize; a part of layers.py."""

from torch.nn.utils import parametrizations

from golden import nn, spread, torch


def by(numbers):
    """`[2, 3]` as in `2x3`."""
    return "x".join(str(number) for number in numbers)


def edges(width):
    """Rows of equal numbers, of zeros, of a large mean, of huge and of tiny numbers."""
    i = torch.arange(width)
    equal, zeros = torch.full((width,), 30000.125), torch.zeros(width)
    return torch.stack(
        [equal, zeros, 64.0 + i % 2, 2.0**40 * (i % 3 - 1.0), 2.0**-70 * (i % 5 + 1.0)]
    )


def cases(layer, family):
    """Adds all cases: `layer(type, name, module, x, settings)`, or of several batches to the family."""
    for shape, x in (
        ([5], spread(3, 5)),
        ([37], spread(2, 4, 37, low=-8)),
        ([3, 4], spread(3, 2, 3, 4)),
    ):
        settings = {"shape": by(shape)}
        for name, of in (("LayerNorm", nn.LayerNorm), ("RmsNorm", nn.RMSNorm)):
            layer(name, f"last axes {shape}", of(shape), x, settings)
            plain = of(shape, elementwise_affine=False)
            layer(name, f"{shape}, plain", plain, x, settings | {"without affine": True})
            other = of(shape, eps=0.25)
            layer(name, f"{shape}, another epsilon", other, x, settings | {"epsilon": 0.25})
        without = nn.LayerNorm(shape, bias=False)
        layer("LayerNorm", f"{shape}, no bias", without, x, settings | {"without bias": True})
    for name, of in (("LayerNorm", nn.LayerNorm), ("RmsNorm", nn.RMSNorm)):
        for label, row in zip(("equal", "zeros", "large mean", "huge", "tiny"), edges(20)):
            x = row.reshape(1, 20)
            settings = {"shape": "20", "epsilon": 1e-5}
            layer(name, f"an edge: {label}", of(20, eps=1e-5), x, settings)

    for label, shape in (
        ("channels alone", (3, 6)),
        ("short planes", (2, 6, 3)),
        ("images", (2, 6, 5, 9)),
        ("a batch of 1", (1, 6, 2, 4)),
    ):
        x = spread(*shape)
        # The gradient of a group of one number is 0, of which PyTorch gives rounding errors.
        for groups in (1, 2) if len(shape) == 2 else (1, 2, 6):
            settings = {"groups": groups, "channels": 6}
            name = f"{label}, {groups} groups"
            layer("GroupNorm", name, nn.GroupNorm(groups, 6), x, settings)
        settings = {"groups": 2, "channels": 6}
        plain = nn.GroupNorm(2, 6, affine=False)
        layer("GroupNorm", f"{label}, plain", plain, x, settings | {"without affine": True})
        other = nn.GroupNorm(2, 6, eps=0.25)
        layer("GroupNorm", f"{label}, another epsilon", other, x, settings | {"epsilon": 0.25})
    for label, row in zip(("equal", "zeros", "large mean", "huge", "tiny"), edges(20)):
        x = row.reshape(1, 4, 5)
        settings = {"groups": 2, "channels": 4}
        layer("GroupNorm", f"an edge: {label}", nn.GroupNorm(2, 4), x, settings)

    for size, settings in ((1, {}), (2, {}), (5, {"k": 2.0}), (3, {"alpha": 0.5, "beta": 0.6})):
        for shape in ((2, 7, 4), (2, 3, 3, 11), (1, 2, 1)):
            module = nn.LocalResponseNorm(size, **settings)
            label = f"size {size}, {settings}, {list(shape)}"
            layer("LocalResponseNorm", label, module, spread(*shape), settings | {"size": size})
    tiny, huge = 2.0**-70 * torch.ones(1, 3, 2), 2.0**30 * torch.ones(1, 3, 2)
    for label, x in (("zeros", tiny * 0), ("tiny", tiny), ("huge", huge)):
        layer("LocalResponseNorm", f"an edge: {label}", nn.LocalResponseNorm(2), x, {"size": 2})

    weight_norm = parametrizations.weight_norm
    for label, module, x, settings in (
        ("Linear", weight_norm(nn.Linear(4, 3)), spread(5, 4), {"linear": "4x3"}),
        ("rows within rows", weight_norm(nn.Linear(4, 3)), spread(2, 3, 4), {"linear": "4x3"}),
        ("one output", weight_norm(nn.Linear(4, 1)), spread(5, 4), {"linear": "4x1"}),
        ("dim 1", weight_norm(nn.Linear(4, 3), dim=1), spread(5, 4), {"linear": "4x3", "dim": 1}),
        ("all", weight_norm(nn.Linear(4, 3), dim=None), spread(5, 4), {"linear": "4x3", "all": True}),
        ("Conv2d", weight_norm(nn.Conv2d(2, 3, 3)), spread(2, 2, 5, 4), {"convolution": "2x3x3"}),
    ):
        layer("WeightNorm", label, module, x, settings)

    def batches(*shape):
        """Three batches of 4, 2 and 6 rows."""
        return [spread(rows, *shape, start=40 + rows) for rows in (4, 2, 6)]

    def by_batches(name, label, module, batches, settings):
        """Several batches in training, then one in inference: output and gradients of the last batch,
        states after all."""
        for i, weight in enumerate(module.parameters()):
            weight.data = spread(*weight.shape, low=-1, high=1, start=20 + i)
        for i, (key, state) in enumerate(module.named_buffers()):
            if state.is_floating_point():
                least = 0.5 if "var" in key else -1
                state.copy_(spread(*state.shape, low=least, high=4, start=31 + i))
        given = {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
        given |= {f"batch {i}": x for i, x in enumerate(batches)}
        x = batches[-1].clone().requires_grad_()
        for earlier in batches[:-1]:
            module(earlier)
        y = module(x)
        given["dy"] = dy = spread(*y.shape, low=-2, high=2, start=7)
        y.backward(dy)
        expected = {"y": y, "dx": x.grad}
        expected |= {f"gradient {key}": value.grad for key, value in module.named_parameters()}
        expected |= {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
        expected["inference"] = module.eval()(batches[0])
        family.case(name, label, settings=settings, given=given, expected=expected)

    for label, of, shape in (
        ("a length", nn.InstanceNorm1d, (3, 5)),
        ("images", nn.InstanceNorm2d, (3, 4, 9)),
        ("volumes", nn.InstanceNorm3d, (2, 2, 3, 2)),
    ):
        for affine in (False, True):
            for tracks in (False, True):
                settings = {"channels": shape[0], "affine": affine, "running statistics": tracks}
                module = of(shape[0], affine=affine, track_running_stats=tracks)
                label_of = f"{label}, {settings}"
                by_batches("InstanceNorm", label_of, module, batches(*shape), settings)
    module = nn.InstanceNorm1d(3, eps=0.25, momentum=0.5, affine=True, track_running_stats=True)
    settings = {"channels": 3, "affine": True, "running statistics": True}
    settings |= {"epsilon": 0.25, "momentum": 0.5}
    by_batches("InstanceNorm", "other settings", module, batches(3, 5), settings)
    equal = [torch.full((4, 2, 3), 30000.125), batches(2, 3)[0]]
    settings = {"channels": 2, "affine": False, "running statistics": True}
    module = nn.InstanceNorm1d(2, track_running_stats=True)
    by_batches("InstanceNorm", "equal numbers", module, equal, settings)

    spectral_norm = parametrizations.spectral_norm
    for label, module, x, settings in (
        ("Linear", spectral_norm(nn.Linear(4, 3)), (4,), {"linear": "4x3"}),
        ("one output", spectral_norm(nn.Linear(4, 1)), (4,), {"linear": "4x1"}),
        ("dim 1", spectral_norm(nn.Linear(4, 3), dim=1), (4,), {"linear": "4x3", "dim": 1}),
        (
            "three iterations",
            spectral_norm(nn.Linear(4, 3), n_power_iterations=3, eps=1e-6),
            (4,),
            {"linear": "4x3", "iterations": 3, "epsilon": 1e-6},
        ),
        ("Conv2d", spectral_norm(nn.Conv2d(2, 3, 3)), (2, 5, 4), {"convolution": "2x3x3"}),
    ):
        by_batches("SpectralNorm", label, module, batches(*x), settings)
