"""Cases of layers that draw; a part of layers.py. Masks and normal draws are made here from their
definition, and PyTorch computes values and gradients."""

from golden import F, alpha_dropped, dropped, mask, normals, spread, stream_of_op

ROWS, CHANNELS, INNER = 4, 6, 5


def cases(family):
    """Adds all cases to the family."""

    def noise(name, label, function, settings, shape=(ROWS, CHANNELS, INNER), weights=None, scale=1):
        """Training and inference of a layer; `function` is the training's."""
        x = spread(*shape, start=1).requires_grad_()
        weights = {key: value.requires_grad_() for key, value in (weights or {}).items()}
        y = function(x, **weights)
        dy = spread(*y.shape, low=-2, high=2, start=7)
        y.backward(dy)
        inference = F.linear(x, *weights.values()) if weights else x * scale
        family.case(
            name,
            label,
            settings=settings,
            given={"x": x, "dy": dy} | {f"weight {key}": w for key, w in weights.items()},
            expected={"y": y, "dx": x.grad, "inference": inference}
            | {f"gradient {key}": w.grad for key, w in weights.items()},
        )

    key = stream_of_op()
    each = lambda rate: mask(rate, key, ROWS * CHANNELS * INNER).reshape(ROWS, CHANNELS, INNER)  # noqa: E731
    for rate in (0.0, 0.3, 0.5, 1.0):
        settings, label = {"rate": rate}, f"rate {rate}"
        of_channels = mask(rate, key, ROWS * CHANNELS).reshape(ROWS, CHANNELS, 1)
        of_features = mask(rate, key, ROWS * INNER).reshape(ROWS, 1, INNER)
        of_rows = mask(rate, key, ROWS).reshape(ROWS, 1, 1)
        of_weight = mask(rate, key, 4 * 3).reshape(4, 3).T  # drawn for [inputs, outputs]
        noise("AlphaDropout", label, lambda x: alpha_dropped(x, each(rate), rate), settings)
        noise("ChannelDropout", label, lambda x: dropped(x, of_channels, rate), settings)
        noise("FeatureAlphaDropout", label, lambda x: alpha_dropped(x, of_channels, rate), settings)
        noise("VariationalDropout", label, lambda x: dropped(x, of_features, rate), settings)
        noise("DropPath", label, lambda x: dropped(x, of_rows, rate), settings)
        noise(
            "DropPath",
            f"{label}, whole batch",
            lambda x: dropped(x, mask(rate, key, 1), rate),
            settings | {"whole batch": True},
        )
        noise(
            "DropConnect",
            label,
            lambda x, weight, bias: F.linear(x, dropped(weight, of_weight, rate), bias),
            settings,
            shape=(5, 4),
            weights={"weight": spread(3, 4, start=2), "bias": spread(3, start=3)},
        )
        noise(
            "Dropout",
            f"{label}, classic",
            lambda x: x * each(rate),
            settings | {"classic": True},
            scale=1 - rate,
        )
    z = normals(key, ROWS * CHANNELS * INNER).reshape(ROWS, CHANNELS, INNER)
    for rate in (0.0, 0.5):
        deviation = (rate / (1 - rate)) ** 0.5
        noise("GaussianDropout", f"rate {rate}", lambda x: x * (1 + deviation * z), {"rate": rate})
    for deviation in (0.0, 0.25):
        label = f"deviation {deviation}"
        noise("GaussianNoise", label, lambda x: x + deviation * z, {"deviation": deviation})
