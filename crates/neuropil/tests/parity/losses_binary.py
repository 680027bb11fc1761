"""Losses of yes or no, and of sets; a part of losses.py."""

import torch

from golden import F, spread
from losses_reduced import WEIGHTS, add, of, ordinary, signs, units

inf = float("inf")
POS_WEIGHT = torch.tensor([1.0, 0.25, 3.0, 0.0, 2.0])


def smooth(t, epsilon):
    return t * (1 - epsilon) + epsilon / 2


def cases(family):
    for epsilon in (0.0, 0.25):
        settings = {"label_smoothing": epsilon}
        label = f"smoothing {epsilon}"
        function = lambda x, t, reduction: F.binary_cross_entropy(
            x, smooth(t, epsilon), reduction=reduction
        )
        ordinary(family, "BinaryCrossEntropy", function, units, units, settings=settings, label=label)
        x = torch.tensor([[0.0, 1.0, 0.0, 1.0, 0.5, 2.0**-60]])
        target = torch.tensor([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]])
        add(family, "BinaryCrossEntropy", f"{label}, certain", function, x, target, settings=settings)
        # The bound of the denominator decides.
        logits(family, epsilon, settings, label)

    for name, formula in [
        ("Hinge", lambda x, t: (1 - t * x).clamp(min=0)),
        ("SquaredHinge", lambda x, t: (1 - t * x).clamp(min=0) ** 2),
        ("PerceptronCriterion", lambda x, t: (-t * x).clamp(min=0)),
    ]:
        ordinary(family, name, of(formula), spread, signs)
    soft = lambda x, t, reduction: F.soft_margin_loss(x, t, reduction=reduction)
    ordinary(family, "SoftMargin", soft, spread, signs)
    # Where PyTorch's exponential overflows.
    far = of(lambda x, t: F.softplus(-t * x, threshold=1e9))
    x = torch.tensor([[0.0, 30.0, -30.0, 700.0, -700.0]])
    add(family, "SoftMargin", "far", far, x, torch.tensor([[1.0, 1.0, 1.0, 1.0, -1.0]]))

    focal(family)
    margins(family)
    sets(family)


def logits(family, epsilon, settings, label):
    name = "BinaryCrossEntropyWithLogits"
    plain = lambda x, t, reduction: F.binary_cross_entropy_with_logits(
        x, smooth(t, epsilon), reduction=reduction
    )
    ordinary(family, name, plain, spread, units, settings=settings, label=label)
    x = torch.tensor([[0.0, 0.0, 30.0, -30.0, 900.0, -900.0, 900.0, -900.0]])
    target = torch.tensor([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0]])
    add(family, name, f"{label}, far", plain, x, target, settings=settings)
    weighted = lambda x, t, reduction: F.binary_cross_entropy_with_logits(
        x, smooth(t, epsilon), pos_weight=POS_WEIGHT.to(x.dtype), reduction=reduction
    )
    for of_rows, weights in [("", None), (", weights", WEIGHTS)]:
        add(
            family,
            name,
            f"{label}, pos_weight{of_rows}",
            weighted,
            spread(4, 5),
            units(4, 5, start=1),
            weights=weights,
            settings=settings,
            given={"pos_weight": POS_WEIGHT},
        )


def focal(family):
    for alpha, gamma in [(0.25, 2.0), (0.75, 0.0), (-1.0, 1.0), (0.25, 0.5), (0.5, 3.5)]:

        def formula(x, t):
            p = x.sigmoid()
            c = F.binary_cross_entropy_with_logits(x, t, reduction="none")
            p_t = p * t + (1 - p) * (1 - t)
            balance = alpha * t + (1 - alpha) * (1 - t) if alpha >= 0 else 1
            return balance * c * (1 - p_t) ** gamma

        settings = {"gamma": gamma} | ({"alpha": alpha} if alpha >= 0 else {})
        label = f"alpha {alpha}, gamma {gamma}"
        yes = lambda *shape, start=0: (signs(*shape, start=start) + 1) / 2
        ordinary(family, "BinaryFocal", of(formula), spread, yes, settings=settings, label=label)
        soft = f"{label}, soft targets"
        ordinary(family, "BinaryFocal", of(formula), spread, units, settings=settings, label=soft)


def margins(family):
    multi = lambda x, t, reduction: F.multilabel_soft_margin_loss(x, t, reduction=reduction)
    rows = lambda x, t, reduction: F.multilabel_soft_margin_loss(
        x, t, weight=POS_WEIGHT.to(x.dtype), reduction=reduction
    )
    yes = (signs(4, 5) + 1) / 2
    name = "MultiLabelSoftMargin"
    for of_rows, weights in [("ordinary rows", None), ("weights", WEIGHTS)]:
        add(family, name, of_rows, multi, spread(4, 5), yes, weights=weights)
        given = {"class_weights": POS_WEIGHT}
        label = f"{of_rows}, weights of classes"
        add(family, name, label, rows, spread(4, 5), yes, weights=weights, given=given)
    long = (signs(2, 37) + 1) / 2
    add(family, name, "longer than any vector", multi, spread(2, 37), long)

    def multi_label_margin(x, t, reduction):
        """PyTorch takes the right classes as a list."""
        lists = torch.full(t.shape, -1, dtype=torch.long)
        for row, right in enumerate(t):
            places = right.nonzero().flatten()
            lists[row, : len(places)] = places
        return F.multilabel_margin_loss(x, lists, reduction=reduction)

    name = "MultiLabelMargin"
    for label, x, target, weights in [
        ("ordinary rows", spread(4, 5), yes, None),
        ("weights", spread(4, 5), yes, WEIGHTS),
        ("longer than any vector", spread(2, 37), long, None),
        ("none right", spread(2, 5), torch.zeros(2, 5), None),
        ("all right", spread(2, 5), torch.ones(2, 5), None),
        ("ties", torch.ones(1, 4), torch.tensor([[1.0, 0.0, 1.0, 0.0]]), None),
    ]:
        add(family, name, label, multi_label_margin, x, target, weights=weights)


def sets(family):
    masks = (signs(4, 5, start=1) + 1) / 2
    long = (signs(2, 37) + 1) / 2

    def dice(epsilon):
        def formula(x, t):
            return 1 - (2 * (x * t).sum(-1) + epsilon) / (x.sum(-1) + t.sum(-1) + epsilon)

        return of(formula)

    def tversky(alpha, beta, epsilon):
        def formula(x, t):
            shared = (x * t).sum(-1)
            too_much, missing = (x * (1 - t)).sum(-1), ((1 - x) * t).sum(-1)
            return 1 - (shared + epsilon) / (shared + alpha * too_much + beta * missing + epsilon)

        return of(formula)

    functions = [("Dice", {"epsilon": epsilon}, dice(epsilon)) for epsilon in (1e-7, 1.0)]
    for alpha, beta, epsilon in [(0.5, 0.5, 1e-7), (0.25, 0.75, 1e-7), (1.0, 1.0, 0.5), (0.0, 2.0, 1.0)]:
        settings = {"alpha": alpha, "beta": beta, "epsilon": epsilon}
        functions.append(("Tversky", settings, tversky(alpha, beta, epsilon)))
    for name, settings, function in functions:
        label = ", ".join(f"{key} {value}" for key, value in settings.items())
        for case, x, target, weights in [
            ("masks", units(4, 5), masks, None),
            ("weights", units(4, 5), masks, WEIGHTS),
            ("soft targets", units(4, 5), units(4, 5, start=1), None),
            ("longer than any vector", units(2, 37), long, None),
            ("nothing there", units(1, 5), torch.zeros(1, 5), None),
        ]:
            options = {"weights": weights, "settings": settings}
            add(family, name, f"{label}, {case}", function, x, target, **options)
