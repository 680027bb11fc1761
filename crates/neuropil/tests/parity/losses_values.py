"""Losses of the differences of numbers, and of counts; a part of losses.py."""

import torch

from golden import F, spread
from losses_reduced import add, of, ordinary, signs, units

inf, nan = float("inf"), float("nan")


def cases(family):
    native = {
        "MeanSquaredError": [({}, F.mse_loss)],
        "MeanAbsoluteError": [({}, F.l1_loss)],
        "SmoothL1": [
            ({"beta": beta}, lambda x, t, reduction, b=beta: F.smooth_l1_loss(x, t, reduction=reduction, beta=b))
            for beta in (1.0, 0.25, 3.0)
        ],
        "Huber": [
            ({"delta": delta}, lambda x, t, reduction, d=delta: F.huber_loss(x, t, reduction=reduction, delta=d))
            for delta in (1.0, 0.25, 3.0)
        ],
        # Not PyTorch's: formulas, differentiated by it.
        "LogCosh": [({}, of(lambda x, t: (x - t).cosh().log()))],
        "MeanAbsolutePercentageError": [
            ({}, of(lambda x, t: 100 * (x - t).abs() / t.abs().clamp(min=1e-7)))
        ],
        "Lp": [
            ({"p": p}, of(lambda x, t, p=p: (x - t).abs() ** p))
            for p in (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
        ],
        "Quantile": [
            ({"tau": q}, of(lambda x, t, q=q: torch.maximum(q * (t - x), (q - 1) * (t - x))))
            for q in (0.0, 0.1, 0.5, 0.9, 1.0)
        ],
    }
    for name, settings in native.items():
        for setting, function in settings:
            label = ", ".join(f"{key} {value}" for key, value in setting.items())
            ordinary(family, name, function, spread, spread, settings=setting, label=label)

    # Edges.
    edges = torch.tensor([[0.0, 1.0, -1.0, 0.25, -0.25, 3.0, -3.0, 700.0, -700.0]])
    for name in ("MeanAbsoluteError", "SmoothL1", "Huber", "MeanSquaredError"):
        setting, function = native[name][0]
        add(family, name, "kinks and far apart", function, edges, torch.zeros(1, 9), settings=setting)
        infinite = torch.tensor([[inf, 1.0], [-inf, 1.0], [nan, 1.0]])
        for row in range(3):
            x = infinite[row : row + 1]
            label = f"infinite, {row}" if row < 2 else "NaN"
            # PyTorch gives no gradient for the NaN of an absolute value, and we a NaN.
            if row < 2 or name == "MeanSquaredError":
                add(family, name, label, function, x, torch.zeros(1, 2), settings=setting)
    add(
        family,
        "MeanSquaredError",
        "squares overflow",
        F.mse_loss,
        torch.tensor([[2.0**70, 0.0]]),
        torch.zeros(1, 2),
        precision="float32",
    )
    for name in ("MeanSquaredError", "MeanAbsoluteError"):
        add(family, name, "met exactly", native[name][0][1], spread(3, 2), spread(3, 2))
    tiny = torch.tensor([[2.0**-20, -(2.0**-30), 0.0, 2.0**-3]])
    # ln cosh d by its series, which the formula has no digits for.
    series = of(lambda x, t: sum_of_series(x - t))
    add(family, "LogCosh", "tiny", series, tiny, torch.zeros(1, 4))
    far = of(lambda x, t: (x - t).abs() - torch.tensor(2.0).log())
    add(family, "LogCosh", "far apart", far, torch.tensor([[900.0, -900.0, 88.0]]), torch.zeros(1, 3))

    log_error = of(lambda x, t: (torch.log1p(x.clamp(min=0)) - torch.log1p(t.clamp(min=0))) ** 2)
    positive = lambda *shape, start=0: spread(*shape, low=0.125, high=9, start=start)
    ordinary(family, "MeanSquaredLogError", log_error, positive, positive)
    below = torch.tensor([[-1.0, -0.5, 4.0]])
    add(family, "MeanSquaredLogError", "below 0", log_error, below, torch.tensor([[1.0, 0.5, -2.0]]))

    poisson(family)
    divergence(family)

    embedding = lambda margin: lambda x, t, reduction: F.hinge_embedding_loss(
        x, t, margin=margin, reduction=reduction
    )
    for margin in (1.0, 0.25, 2.5):
        ordinary(
            family,
            "HingeEmbedding",
            embedding(margin),
            lambda *shape, start=0: spread(*shape, low=0, high=3, start=start),
            signs,
            settings={"margin": margin},
            label=f"margin {margin}",
        )
    target = torch.tensor([[0.0, 0.5, 1.0, -1.0]])
    x = torch.tensor([[0.5, 2.0, -1.0, -2.0]])
    add(family, "HingeEmbedding", "other targets", embedding(1.0), x, target, settings={"margin": 1.0})


def sum_of_series(d):
    """d²/2 - d⁴/12 + d⁶/45 - 17 d⁸/2520 + 31 d¹⁰/14175 - 691 d¹²/935550"""
    terms = [1 / 2, -1 / 12, 1 / 45, -17 / 2520, 31 / 14175, -691 / 935550]
    return sum(c * d ** (2 * k + 2) for k, c in enumerate(terms))


def poisson(family):
    counts = lambda *shape, start=0: spread(*shape, low=0, high=6, start=start).round()
    positive = lambda *shape, start=0: spread(*shape, low=0.25, high=9, start=start)
    for rates, full, epsilon in [
        (False, False, 1e-8),
        (False, True, 1e-8),
        (True, False, 1e-8),
        (True, True, 0.125),
    ]:
        function = lambda x, t, reduction: F.poisson_nll_loss(
            x, t, log_input=not rates, full=full, eps=epsilon, reduction=reduction
        )
        settings = {"rates": rates, "full": full, "epsilon": epsilon}
        x = positive if rates else spread
        label = f"rates {rates}, full {full}"
        ordinary(family, "PoissonNll", function, x, counts, settings=settings, label=label)
        zeros = torch.zeros(1, 3)
        target = torch.tensor([[0.0, 1.0, 2.0]])
        add(family, "PoissonNll", f"{label}, zeros", function, zeros, target, settings=settings)


def divergence(family):
    log_softmax = lambda *shape, start=0: spread(*shape, low=-5, high=0, start=start)
    for log_target in (False, True):
        function = lambda x, t, reduction: F.kl_div(x, t, log_target=log_target, reduction=reduction)
        settings = {"log_target": log_target}
        target = log_softmax if log_target else units
        label = f"log_target {log_target}"
        ordinary(family, "KlDivergence", function, log_softmax, target, settings=settings, label=label)
    # PyTorch's own word for the mean over the rows.
    x, target = log_softmax(4, 5), units(4, 5, start=1)
    value = F.kl_div(x, target, reduction="batchmean")
    by_hand = F.kl_div(x, target, reduction="none").sum(-1).mean()
    assert torch.allclose(value, by_hand)
    zeros = torch.tensor([[0.0, 1.0, 0.5]])
    function = lambda x, t, reduction: F.kl_div(x, t, reduction=reduction)
    settings = {"log_target": False}
    add(family, "KlDivergence", "zeros", function, log_softmax(1, 3), zeros, settings=settings)
