"""Cases of connectionist temporal classification; a part of joint_losses.py."""

import torch

from golden import F, spread


def by_alignments(x, labels, blank):
    """The loss of a row of log-probabilities `[steps, classes]`, as a formula to be led back through:
    PyTorch's own gradient is that behind a log-softmax."""
    p = x.exp()
    states = [blank]
    for label in labels:
        states += [label, blank]
    if len(p) == 0:
        return -torch.log(torch.tensor(1.0 if len(states) == 1 else 0.0))
    zero = p[0, 0] * 0
    alpha = [p[0, state] if s < 2 else zero for s, state in enumerate(states)]
    for step in p[1:]:
        after = []
        for s, state in enumerate(states):
            ways = alpha[s] + (alpha[s - 1] if s > 0 else 0)
            if s > 1 and state != blank and state != states[s - 2]:
                ways = ways + alpha[s - 2]
            after.append(ways * step[state])
        alpha = after
    return -torch.log(alpha[-1] + (alpha[-2] if len(alpha) > 1 else 0))


def batch(x, labels, steps, blank, reduction, zero_infinity):
    """PyTorch's, of x `[rows, time, classes]` and a list of labels for each row."""
    flat = torch.tensor([label for row in labels for label in row], dtype=torch.long)
    return F.ctc_loss(
        x.transpose(0, 1),
        flat,
        torch.tensor(steps),
        torch.tensor([len(row) for row in labels]),
        blank=blank,
        reduction=reduction,
        zero_infinity=zero_infinity,
    )


def case(family, label, x, labels, *, steps=None, blank=0, zero_infinity=False):
    """A case for each reduction, of log-probabilities as they are, and of logits."""
    rows, time, _ = x.shape
    counted = steps or [time] * rows
    for reduction in ("mean", "sum"):
        settings = {"reduction": reduction, "blank": blank, "zero infinity": zero_infinity}
        given = {
            "labels": [label for row in labels for label in row],
            "counts": [len(row) for row in labels],
        }
        if steps:
            given["steps"] = steps
        options = (counted, blank)

        logs = x.clone().requires_grad_()
        losses = [
            by_alignments(logs[row, : counted[row]], labels[row], blank) for row in range(rows)
        ]
        if reduction == "mean":
            shares = [
                loss / max(len(row), 1) / rows for loss, row in zip(losses, labels, strict=True)
            ]
        else:
            shares = losses
        finite = [torch.isfinite(share) for share in shares]
        kept = [share for share, is_kept in zip(shares, finite) if is_kept or not zero_infinity]
        value = batch(x, labels, *options, reduction, zero_infinity)
        if kept:
            total = torch.stack(kept).sum()
            assert torch.allclose(value, total, rtol=1e-13, atol=0.0), (label, value, total)
            total.backward()
        dx = torch.zeros_like(x) if logs.grad is None else logs.grad
        if not zero_infinity:
            # All of a row that cannot be is undefined, but the steps that do not count.
            for row in range(rows):
                if not finite[row]:
                    dx[row, : counted[row]] = float("nan")
        family.case(
            "Ctc",
            f"{label}, {reduction}",
            settings=settings,
            given={"x": x} | given,
            expected={
                "rows": batch(x, labels, *options, "none", zero_infinity),
                "value": value,
                "dx": dx,
            },
        )

        logits = x.clone().requires_grad_()
        value = batch(F.log_softmax(logits, -1), labels, *options, reduction, zero_infinity)
        value.backward()
        family.case(
            "Ctc",
            f"{label}, logits, {reduction}",
            settings=settings,
            given={"logits": x} | given,
            expected={"value": value, "dx": logits.grad},
        )


def cases(family):
    """Adds all cases."""
    case(family, "rows", spread(3, 6, 4), [[1, 2], [3], [2, 1, 3]])
    case(family, "repetitions", spread(2, 7, 3, start=1), [[1, 1, 2], [2, 2, 2, 2]])
    case(family, "fewer steps", spread(3, 6, 4, start=2), [[1], [3, 3], [2]], steps=[6, 4, 1])
    case(family, "another blank", spread(2, 5, 4, start=3), [[0, 1], [2]], blank=3)
    case(family, "no labels", spread(2, 4, 3, start=4), [[], [1, 2]])
    case(family, "as many labels as steps", spread(1, 3, 4, start=5), [[1, 2, 3]])
    labels = [1 + (7 * i + i // 3) % 5 for i in range(20)]
    case(family, "longer than any vector", spread(1, 50, 6, start=6), [labels])
    for zero in (False, True):
        label = "what cannot be" + (", zero" if zero else "")
        case(family, label, spread(3, 3, 3, start=7), [[1, 1], [2, 2, 1], [1]], zero_infinity=zero)
    far = spread(1, 4, 3, start=8) * 64
    case(family, "far apart", far, [[1, 2]])
