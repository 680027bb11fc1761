"""Losses of classes; a part of losses.py."""

import torch

from golden import F, spread
from losses_reduced import WEIGHTS, add, of

inf = float("inf")
LABELS = torch.tensor([0, 4, 2, 2])
CLASSES = torch.tensor([1.0, 0.25, 3.0, 0.0, 0.5])


def cases(family):
    cross_entropy(family)
    combinations(family)
    nll(family)
    multi_margin(family)
    of_cross_entropy(family)
    hinge(family)


def cross_entropy(family):
    probabilities = F.softmax(spread(4, 5, start=2), dim=-1).mul(256).round().div(256)
    for label, x, target, options in [
        ("labels", spread(4, 5), LABELS, {}),
        ("labels and weights", spread(4, 5), LABELS, {"weights": WEIGHTS}),
        ("probabilities", spread(4, 5), probabilities, {}),
        ("probabilities and weights", spread(4, 5), probabilities, {"weights": WEIGHTS}),
        (
            "probabilities that sum to other than 1",
            spread(2, 3),
            spread(2, 3, low=0, high=1, start=3),
            {},
        ),
        ("one class", spread(2, 1), torch.tensor([0, 0]), {}),
        ("longer than any vector", spread(2, 37, low=-8, high=8), torch.tensor([36, 5]), {}),
        ("ties", torch.tensor([[1.5, 1.5, 1.5], [-2.0, 4.0, 4.0]]), torch.tensor([1, 2]), {}),
        (
            "far apart",
            torch.tensor([[1000.0, -1000.0], [88.5, 0.0], [0.0, 120.0]]),
            torch.tensor([1, 0, 1]),
            {},
        ),
        (
            "a class ruled out",
            torch.tensor([[-inf, 0.5, 1.0], [2.0, -inf, -inf]]),
            torch.tensor([1, 0]),
            {},
        ),
        ("the label's class ruled out", torch.tensor([[-inf, 0.5, 1.0]]), torch.tensor([0]), {}),
    ]:
        add(family, "CrossEntropy", label, F.cross_entropy, x, target, **options)
    far = torch.tensor([[1.5 * 2.0**127, -1.5 * 2.0**127]])
    add(
        family,
        "CrossEntropy",
        "a distance beyond float32",
        F.cross_entropy,
        far,
        torch.tensor([1]),
        precision="float32",
    )


def combinations(family):
    """Every combination of smoothing, weights of classes, ignored label and weights of rows."""
    x = spread(4, 5)
    probabilities = F.softmax(spread(4, 5, start=2), dim=-1).mul(256).round().div(256)
    for smoothing in (0.0, 0.125, 1.0):
        for classes in (None, CLASSES):
            for ignored in (None, 2, 9):
                for weights in (None, WEIGHTS):
                    for soft in (False, True):
                        if soft and ignored is not None:
                            continue
                        target = probabilities if soft else LABELS.clone()
                        if ignored == 9:
                            target[1] = 9
                        options = {"label_smoothing": smoothing, "weight": classes}
                        if ignored is not None:
                            options["ignore_index"] = ignored
                        counts = torch.ones(4)
                        if not soft:
                            counts = (target != ignored).double() if ignored else counts
                            if classes is not None:
                                counts = counts * CLASSES[target.clamp(max=4)]
                        parts = [
                            f"smoothing {smoothing}",
                            "weights of classes" if classes is not None else "",
                            f"{ignored} ignored" if ignored is not None else "",
                            "weights" if weights is not None else "",
                            "probabilities" if soft else "labels",
                        ]
                        settings = {"label_smoothing": smoothing}
                        if ignored is not None:
                            settings["ignore_index"] = ignored

                        def function(x, t, reduction):
                            return F.cross_entropy(x, t, reduction=reduction, **options)

                        add(
                            family,
                            "CrossEntropy",
                            "options: " + ", ".join(part for part in parts if part),
                            function,
                            x,
                            target,
                            weights=weights,
                            counts=counts,
                            settings=settings,
                            given={"class_weights": classes} if classes is not None else None,
                            reductions=("mean", "sum") if weights is None else ("mean", "batch_mean"),
                        )
    # PyTorch's [N, C, d] is rows of the positions, which here stand in [N, d, C].
    spatial = spread(2, 5, 3).requires_grad_()
    labels = torch.tensor([[0, 4, 9], [2, 9, 1]])
    value = F.cross_entropy(spatial, labels, weight=CLASSES, label_smoothing=0.125, ignore_index=9)
    value.backward()
    family.case(
        "CrossEntropy",
        "several labels a row",
        settings={"reduction": "mean", "label_smoothing": 0.125, "ignore_index": 9},
        given={
            "x": spatial.detach().movedim(1, 2).reshape(6, 5),
            "labels": labels.flatten(),
            "class_weights": CLASSES,
        },
        expected={
            "rows": F.cross_entropy(
                spatial, labels, weight=CLASSES, label_smoothing=0.125, ignore_index=9, reduction="none"
            ).flatten(),
            "value": value,
            "dx": spatial.grad.movedim(1, 2).reshape(6, 5),
        },
    )


def nll(family):
    x = spread(4, 5, low=-6, high=0)
    for classes in (None, CLASSES):
        for ignored in (None, 2, 9):
            for weights in (None, WEIGHTS):
                target = LABELS.clone()
                if ignored == 9:
                    target[1] = 9
                options = {"weight": classes}
                if ignored is not None:
                    options["ignore_index"] = ignored
                counts = (target != ignored).double() if ignored else torch.ones(4)
                if classes is not None:
                    counts = counts * CLASSES[target.clamp(max=4)]
                parts = [
                    "labels",
                    "weights of classes" if classes is not None else "",
                    f"{ignored} ignored" if ignored is not None else "",
                    "weights" if weights is not None else "",
                ]

                def function(x, t, reduction):
                    return F.nll_loss(x, t, reduction=reduction, **options)

                add(
                    family,
                    "Nll",
                    ", ".join(part for part in parts if part),
                    function,
                    x,
                    target,
                    weights=weights,
                    counts=counts,
                    settings={"ignore_index": ignored} if ignored is not None else None,
                    given={"class_weights": classes} if classes is not None else None,
                )


def multi_margin(family):
    for p in (1, 2):
        for margin in (1.0, 0.25, -0.5):
            for classes in (None, CLASSES):
                for weights in (None, WEIGHTS):

                    def function(x, t, reduction):
                        return F.multi_margin_loss(
                            x, t, p=p, margin=margin, weight=classes, reduction=reduction
                        )

                    parts = [
                        f"p {p}, margin {margin}",
                        "weights of classes" if classes is not None else "",
                        "weights" if weights is not None else "",
                    ]
                    add(
                        family,
                        "MultiMargin",
                        ", ".join(part for part in parts if part),
                        function,
                        spread(4, 5),
                        LABELS,
                        weights=weights,
                        settings={"p": p, "margin": margin},
                        given={"class_weights": classes} if classes is not None else None,
                    )
        function = lambda x, t, reduction: F.multi_margin_loss(x, t, p=p, reduction=reduction)
        settings = {"p": p, "margin": 1.0}
        for label, x, labels in [
            ("ties", torch.ones(2, 3), [1, 0]),
            ("one class", spread(2, 1), [0, 0]),
            ("longer than any vector", spread(2, 37), [36, 5]),
        ]:
            label = f"p {p}, {label}"
            add(family, "MultiMargin", label, function, x, torch.tensor(labels), settings=settings)


def of_cross_entropy(family):
    """Functions of the probability of the label, by PyTorch's own cross entropy."""
    kinds = [
        ("GeneralizedCrossEntropy", {"q": q}, lambda p, c, q=q: (1 - p**q) / q)
        for q in (0.7, 0.25, 1.0)
    ] + [
        (
            "CategoricalFocal",
            {"alpha": alpha, "gamma": gamma},
            lambda p, c, a=alpha, g=gamma: a * (1 - p) ** g * c,
        )
        for alpha, gamma in [(0.25, 2.0), (1.0, 0.0), (0.5, 1.0), (0.25, 0.5), (2.0, 3.5)]
    ]
    for name, settings, f in kinds:

        def formula(x, t):
            known = t != 9
            c = F.cross_entropy(x, torch.where(known, t, 0), reduction="none")
            return torch.where(known, f((-c).exp(), c), 0.0)

        label = ", ".join(f"{key} {value}" for key, value in settings.items())
        for case, x, labels, weights in [
            ("labels", spread(4, 5), LABELS, None),
            ("weights", spread(4, 5), LABELS, WEIGHTS),
            ("longer than any vector", spread(2, 37), torch.tensor([36, 5]), None),
            ("far apart", torch.tensor([[30.0, 0.0], [0.0, 30.0]]), torch.tensor([1, 1]), None),
        ]:
            function = of(formula)
            options = {"weights": weights, "settings": settings}
            if case == "far apart":
                # Beside 1, what is left of the probability has few digits.
                x, labels = x[:1], labels[:1]
            add(family, name, f"{label}, {case}", function, x, labels, **options)
        ignoring = torch.tensor([0, 9, 2, 2])
        add(
            family,
            name,
            f"{label}, 9 ignored",
            of(formula),
            spread(4, 5),
            ignoring,
            weights=torch.ones(4),
            counts=(ignoring != 9).double(),
            settings=settings | {"ignore_index": 9},
        )


def hinge(family):
    def formula(x, t):
        others = x.scatter(1, t[:, None], -inf).amax(1)
        return (1 - x.gather(1, t[:, None]).squeeze(1) + others).clamp(min=0)

    for label, x, labels, weights in [
        ("labels", spread(4, 5), LABELS, None),
        ("weights", spread(4, 5), LABELS, WEIGHTS),
        ("longer than any vector", spread(2, 37), torch.tensor([36, 5]), None),
        ("right by far", torch.tensor([[9.0, 0.0, 1.0]]), torch.tensor([0]), None),
    ]:
        add(family, "CategoricalHinge", label, of(formula), x, labels, weights=weights)
