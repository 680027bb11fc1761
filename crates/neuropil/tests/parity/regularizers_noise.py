"""Cases of rules that draw; a part of regularizers.py. Masks and normal draws are made here from their
definition, and PyTorch computes values and gradients."""

from golden import alpha_dropped, dropped, mask, normals, spread, stream

SEED = 42


def cases(family):
    """Adds all cases to the family."""

    def rule(name, label, function, settings, width=1, units=9, offset=0):
        x = spread(units * width, start=1).requires_grad_()
        dy = spread(units * width, low=-2, high=2, start=7)
        y = function(x)
        y.backward(dy)
        family.case(
            name,
            label,
            settings=settings | {"seed": SEED, "offset": offset, "width": width},
            given={"x": x, "dy": dy},
            expected={"y": y, "dx": x.grad},
        )

    key = stream(SEED)
    for rate in (0.0, 0.25, 0.5, 0.9, 1.0):
        settings = {"rate": rate}
        for offset, units in ((0, 150), (7, 9)):
            label = f"rate {rate}, from place {offset}"
            of_all = mask(rate, key, units, offset)
            rule(
                "AlphaDropout",
                label,
                lambda x, m=of_all: alpha_dropped(x, m, rate),
                settings,
                units=units,
                offset=offset,
            )
            for name, formula in (
                ("ChannelDropout", dropped),
                ("FeatureAlphaDropout", alpha_dropped),
            ):
                of_units = of_all[:9].repeat_interleave(4)
                rule(
                    name,
                    label,
                    lambda x, m=of_units, f=formula: f(x, m, rate),
                    settings,
                    width=4,
                    offset=offset,
                )
    for offset, units in ((0, 300), (7, 9)):
        z = normals(key, units, offset)
        keywords = {"units": units, "offset": offset}
        for rate in (0.0, 0.25, 0.9):
            deviation = (rate / (1 - rate)) ** 0.5
            label = f"rate {rate}, from place {offset}"
            rule(
                "GaussianDropout",
                label,
                lambda x, d=deviation: x * (1 + d * z),
                {"rate": rate},
                **keywords,
            )
        for deviation in (0.0, 0.5):
            label = f"deviation {deviation}, from place {offset}"
            rule(
                "GaussianNoise",
                label,
                lambda x, d=deviation: x + d * z,
                {"deviation": deviation},
                **keywords,
            )
