"""Losses: the loss of each row, the reduced value, its gradient."""

from golden import F, Family, spread, torch

family = Family("losses")
inf = float("inf")


def loss(
    name, label, function, x, target, *, weights=None, settings=None, precision="float64", **options
):
    """A case for each reduction. `function(x, target, reduction=...)` is PyTorch's; `weights` count
    the rows. `options` go to the reduced calls alone: a class's weight is that of its rows."""
    dtype = getattr(torch, precision)
    for reduction in ("mean", "sum"):
        x = x.detach().to(dtype).requires_grad_()
        numbers = target.to(dtype) if target.is_floating_point() else target
        rows = function(x, numbers, reduction="none")
        if weights is not None and not options:
            w = weights.to(dtype)
            value = (w * rows).sum() / (w.sum() if reduction == "mean" else 1)
        else:
            value = function(x, numbers, reduction=reduction, **options)
        value.backward()
        given = {"x": x, "target" if target.is_floating_point() else "labels": target}
        if weights is not None:
            given["weights"] = weights
        family.case(
            name,
            f"{label}, {reduction}",
            settings={"reduction": reduction} | (settings or {}),
            given=given,
            expected={"rows": rows, "value": value, "dx": x.grad},
            precision=precision,
        )


def mean_squared_error(x, target, reduction):
    """A row's loss is its mean here; PyTorch's sum is over all numbers."""
    if reduction == "none":
        return F.mse_loss(x, target, reduction="none").mean(-1)
    return F.mse_loss(x, target, reduction=reduction) / (x.shape[-1] if reduction == "sum" else 1)


WEIGHTS = torch.tensor([0.5, 0.0, 2.0, 1.25])

mse = ("MeanSquaredError", mean_squared_error)
for label, x, target, weights in [
    ("ordinary rows", spread(4, 5), spread(4, 5, start=1), None),
    ("weights", spread(4, 5), spread(4, 5, start=1), WEIGHTS),
    ("one number", spread(1, 1), spread(1, 1, start=1), None),
    ("longer than any vector", spread(2, 37), spread(2, 37, start=1), None),
    ("met exactly", spread(3, 2), spread(3, 2), None),
]:
    loss(mse[0], label, mse[1], x, target, weights=weights)
loss(
    mse[0],
    "squares overflow",
    mse[1],
    torch.tensor([[2.0**70, 0.0]]),
    torch.zeros(1, 2),
    precision="float32",
)


def cross_entropy(x, target, **options):
    return F.cross_entropy(x, target, **options)


LABELS = torch.tensor([0, 4, 2, 2])
CLASSES = torch.tensor([1.0, 0.25, 3.0, 0.0, 0.5])
probabilities = F.softmax(spread(4, 5, start=2), dim=-1).mul(256).round().div(256)

for label, x, target, options in [
    ("labels", spread(4, 5), LABELS, {}),
    ("labels and weights", spread(4, 5), LABELS, {"weights": WEIGHTS}),
    ("weights of classes", spread(4, 5), LABELS, {"weights": CLASSES[LABELS], "weight": CLASSES}),
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
    loss("CrossEntropy", label, cross_entropy, x, target, **options)
far = torch.tensor([[1.5 * 2.0**127, -1.5 * 2.0**127]])
loss(
    "CrossEntropy",
    "a distance beyond float32",
    cross_entropy,
    far,
    torch.tensor([1]),
    precision="float32",
)

family.write()
