"""What all cases of losses share: a case for each reduction; a part of losses.py."""

import torch

from golden import spread

WEIGHTS = torch.tensor([0.5, 0.0, 2.0, 1.25])
SIGNS = torch.tensor([[1.0, -1.0, 1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0, 1.0]]).repeat(2, 1)


def of(formula):
    """A formula of each number, or of each row, as a function with PyTorch's reductions."""

    def function(x, target, reduction):
        losses = formula(x, target)
        return {"none": lambda: losses, "mean": losses.mean, "sum": losses.sum}[reduction]()

    return function


def add(
    family,
    name,
    label,
    function,
    x,
    target,
    *,
    weights=None,
    counts=None,
    settings=None,
    given=None,
    precision="float64",
    reductions=("mean", "sum", "batch_mean"),
):
    """A case for each reduction. `function(x, target, reduction=...)` is PyTorch's. `weights` count the
    rows; with them, or by the mean over the batch, the value is worked out from the losses of the rows.
    `counts` says what the rows count beside their weights, if it is not 1."""
    dtype = getattr(torch, precision)
    for reduction in reductions:
        x = x.detach().to(dtype).requires_grad_()
        numbers = target.to(dtype) if target.is_floating_point() else target
        losses = function(x, numbers, reduction="none")
        rows = losses.mean(-1) if losses.dim() == 2 else losses
        if weights is None and reduction != "batch_mean":
            value = function(x, numbers, reduction=reduction)
        else:
            w = torch.ones(len(rows), dtype=dtype) if weights is None else weights.to(dtype)
            counted = w if counts is None else w * counts.to(dtype)
            sums = rows if reduction == "mean" or losses.dim() == 1 else losses.sum(-1)
            value = (w * sums).sum() / (1 if reduction == "sum" else counted.sum())
        value.backward()
        all_given = {"x": x, "target" if target.is_floating_point() else "labels": target}
        if weights is not None:
            all_given["weights"] = weights
        family.case(
            name,
            f"{label}, {reduction}",
            settings={"reduction": reduction} | (settings or {}),
            given=all_given | (given or {}),
            expected={"rows": rows, "value": value, "dx": x.grad},
            precision=precision,
        )


def ordinary(family, name, function, x, target, *, settings=None, label="", **options):
    """Ordinary rows, with weights, a single number, and rows longer than any vector, for a loss that
    looks at each number alone. `x` and `target` make numbers of a shape and a start."""
    prefix = f"{label}, " if label else ""
    for name_of_case, shape, weights in [
        ("ordinary rows", (4, 5), None),
        ("weights", (4, 5), WEIGHTS),
        ("one number", (1, 1), None),
        ("rows of one number, weights", (4, 1), WEIGHTS),
        ("longer than any vector", (2, 37), None),
    ]:
        add(
            family,
            name,
            prefix + name_of_case,
            function,
            x(*shape, start=0),
            target(*shape, start=1),
            weights=weights,
            settings=settings,
            **options,
        )


def signs(*shape, start=0):
    """1 and -1."""
    return torch.where(spread(*shape, start=start) < 0, -1.0, 1.0)


def units(*shape, start=0):
    """Numbers in (0, 1)."""
    return spread(*shape, low=1 / 32, high=31 / 32, start=start)
