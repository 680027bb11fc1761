"""Cases of losses of several inputs; a part of ops.py."""

import torch

from golden import F, spread


def cases(op, family):
    """Adds all cases."""
    points = [spread(4, 5) / 8, spread(4, 5, start=1) / 8, spread(4, 5, start=2) / 8]
    op("JointLossOp", "triplets", F.triplet_margin_loss, points)

    for label, rows, features, classes in (
        ("few classes", 4, 5, 3),
        ("longer than any vector", 3, 4, 37),
        ("two blocks of classes", 2, 3, 1100),
    ):
        labels = torch.tensor([(7 * i + 2) % classes for i in range(rows)])
        x, w = spread(rows, features), spread(features, classes, start=2)
        b = spread(classes, start=3)
        for settings, options in (
            ({}, {}),
            ({"label smoothing": 0.25}, {"label_smoothing": 0.25}),
            ({"ignored": int(labels[0])}, {"ignore_index": int(labels[0])}),
            ({"sum": True}, {"reduction": "sum"}),
        ):
            if classes > 1000 and settings.keys() & {"sum", "ignored"}:
                continue
            op(
                "LinearCrossEntropyOp",
                f"{label}, {' '.join(settings) or 'as it is'}",
                lambda x, w, b: F.linear_cross_entropy(x, w.T, labels, linear_bias=b, **options),
                [x],
                [w, b],
                labels=labels,
                settings=settings,
            )
        op(
            "LinearCrossEntropyOp",
            f"{label}, no bias",
            lambda x, w: F.linear_cross_entropy(x, w.T, labels),
            [x],
            [w],
            labels=labels,
            settings={"no bias": True},
        ) if classes < 1000 else None

    for reduction in ("mean", "sum"):
        logits = spread(3, 6, 4).requires_grad_()
        labels = torch.tensor([[1, 2, 2], [3, 0, 0], [2, 1, 0]])
        counts, steps = torch.tensor([3, 1, 2]), torch.tensor([6, 3, 5])
        y = F.ctc_loss(
            F.log_softmax(logits, -1).transpose(0, 1), labels, steps, counts, reduction=reduction
        )
        y.backward()
        family.case(
            "CtcOp",
            reduction,
            settings={"reduction": reduction},
            given={
                "logits": logits,
                "labels": labels.flatten(),
                "counts": counts,
                "steps": steps,
            },
            expected={"y": y, "dx": logits.grad},
        )
