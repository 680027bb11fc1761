"""Cases of ops that draw; a part of ops.py. Masks are made here from their definition."""

from golden import alpha_dropped, dropped, mask, normals, spread, stream_of_op


def cases(op):
    """Adds all cases, each by `op(type, name, function, rows)`."""
    key, x = stream_of_op(), spread(4, 3, 5)
    z = normals(key, x.numel()).reshape(x.shape)
    op("NoiseOp", "Gaussian noise", lambda x: x + 0.5 * z, [x], settings={"deviation": 0.5})
    for rate in (0.25, 1.0):
        settings, label = {"rate": rate}, f"rate {rate}"
        each = mask(rate, key, x.numel()).reshape(x.shape)
        of_channels = mask(rate, key, 12).reshape(4, 3, 1)
        of_rows = mask(rate, key, 4).reshape(4, 1, 1)
        of_features = mask(rate, key, 20).reshape(4, 1, 5)
        op("NoiseOp", label, lambda x: alpha_dropped(x, each, rate), [x], settings=settings)
        for unit, of_units in (
            ("channel", of_channels),
            ("row", of_rows),
            ("batch", mask(rate, key, 1)),
        ):
            op(
                "UnitNoiseOp",
                f"{label}, {unit}",
                lambda x: dropped(x, of_units, rate),
                [x],
                settings=settings | {"unit": unit},
            )
        op(
            "VariationalDropoutOp",
            label,
            lambda x: dropped(x, of_features, rate),
            [x],
            settings=settings,
        )
