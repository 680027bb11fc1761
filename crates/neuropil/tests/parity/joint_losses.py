"""Losses of several inputs: the loss of each row, the reduced value, the gradient of each input."""

import joint_losses_ctc
from golden import F, Family, plain, spread, torch

family = Family("joint_losses")
inf = float("inf")
nan = float("nan")


def loss(
    name, label, function, inputs, gradients, *, weights=None, settings=None, each=False,
    precision="float64",
):
    """A case for each reduction. `function(*inputs, reduction=...)` is PyTorch's; `weights` count the
    rows; `gradients` are the inputs that have one. With `each`, the losses are of single numbers, of
    which a row has the mean."""
    dtype = getattr(torch, precision)
    for reduction in ("mean", "sum"):
        x = [x.detach().to(dtype) for x in inputs]
        for i in gradients:
            x[i].requires_grad_()
        rows = function(*x, reduction="none")
        numbers = rows.shape[-1] if each else 1
        rows = rows.mean(-1) if each else rows
        if weights is None:
            value = function(*x, reduction=reduction)
        else:
            w = weights.to(dtype)
            value = (w * rows).sum() / w.sum() if reduction == "mean" else (w * rows).sum() * numbers
        value.backward()
        given = {f"{i}": x for i, x in enumerate(inputs)}
        if weights is not None:
            given["weights"] = weights
        family.case(
            name,
            f"{label}, {reduction}",
            settings={"reduction": reduction} | (settings or {}),
            given=given,
            expected={"rows": rows, "value": value} | {f"d {i}": x[i].grad for i in gradients},
            precision=precision,
        )


WEIGHTS = torch.tensor([0.5, 0.0, 2.0, 1.25])


def signs(*shape, start=5):
    """1 and -1."""
    return torch.where(spread(*shape, start=start) > 0, 1.0, -1.0)


for margin in (0.0, 0.5, -0.25):
    def ranking(x1, x2, y, reduction):
        return F.margin_ranking_loss(x1, x2, y, margin=margin, reduction=reduction)

    for label, inputs, weights in [
        ("rows", [spread(4, 5), spread(4, 5, start=1), signs(4, 5)], None),
        ("weights", [spread(4, 5), spread(4, 5, start=1), signs(4, 5)], WEIGHTS),
        ("one number a row", [spread(6, 1), spread(6, 1, start=1), signs(6, 1)], None),
        ("longer than any vector", [spread(2, 37), spread(2, 37, start=1), signs(2, 37)], None),
        ("ties", [spread(2, 3), spread(2, 3), signs(2, 3)], None),
        (
            "at the margin",
            [torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[1.5, 1.5, 3.0]]), torch.ones(1, 3)],
            None,
        ),
        ("infinite", [torch.tensor([[inf, 1.0]]), torch.tensor([[0.0, inf]]), torch.ones(1, 2)], None),
    ]:
        loss(
            "MarginRanking", f"{label}, margin {margin}", ranking, inputs, (0, 1),
            weights=weights, settings={"margin": margin}, each=True,
        )

for margin in (0.0, 0.25, -0.5):
    def cosine(x1, x2, y, reduction):
        return F.cosine_embedding_loss(x1, x2, y, margin=margin, reduction=reduction)

    for label, inputs, weights in [
        ("rows", [spread(4, 5), spread(4, 5, start=1), signs(4)], None),
        ("all different", [spread(4, 5), spread(4, 5, start=3), -torch.ones(4)], WEIGHTS),
        ("all the same", [spread(4, 5), spread(4, 5, start=3), torch.ones(4)], WEIGHTS),
        ("longer than any vector", [spread(2, 37), spread(2, 37, start=1), signs(2)], None),
        ("two numbers", [spread(3, 2), spread(3, 2, start=1), signs(3)], None),
        ("right angles", [torch.eye(3), torch.eye(3).roll(1, 0), signs(3)], None),
    ]:
        loss(
            "CosineEmbedding", f"{label}, margin {margin}", cosine, inputs, (0, 1),
            weights=weights, settings={"margin": margin},
        )

POINTS = [spread(4, 5), spread(4, 5, start=1), spread(4, 5, start=2)]
LONG = [spread(2, 37), spread(2, 37, start=1), spread(2, 37, start=2)]
NEAR = [x / 8 for x in POINTS]
# The anchor is the positive, so that both distances from the negative are equal.
TIED = [spread(3, 4), spread(3, 4), spread(3, 4, start=2)]

for label, inputs, weights, options in [
    ("rows", POINTS, None, {}),
    ("near", NEAR, None, {}),
    ("weights", NEAR, WEIGHTS, {}),
    ("longer than any vector", LONG, None, {}),
    ("swap", NEAR, None, {"swap": True}),
    ("swap, far", POINTS, WEIGHTS, {"swap": True}),
    ("swap, ties", TIED, None, {"swap": True, "margin": 8.0}),
    ("p 1", NEAR, None, {"p": 1.0, "margin": 2.0}),
    ("p 3, swap", POINTS, None, {"p": 3.0, "margin": 4.0, "swap": True}),
    ("p 1.5", LONG, None, {"p": 1.5, "margin": 20.0}),
    ("p infinite", NEAR, None, {"p": inf, "margin": 0.5}),
    ("a large epsilon", NEAR, None, {"eps": 0.25}),
    ("equal points", [spread(2, 3)] * 3, None, {}),
    (
        "at the margin",
        [torch.zeros(1, 2), torch.tensor([[3.0, 4.0]]), torch.tensor([[6.0, 0.0]])],
        None,
        {"eps": 0.0},
    ),
]:
    def triplet(a, p, n, reduction):
        return F.triplet_margin_loss(a, p, n, reduction=reduction, **options)

    given = {"epsilon" if key == "eps" else key: plain(value) for key, value in options.items()}
    loss(
        "TripletMargin", label, triplet, [x.clone() for x in inputs], (0, 1, 2),
        weights=weights, settings=given,
    )


def cosine_distance(a, b):
    return 1 - F.cosine_similarity(a, b)


for distance, function in (("euclidean", None), ("cosine", cosine_distance)):
    for label, inputs, weights, options in [
        ("rows", POINTS, None, {}),
        ("weights", NEAR, WEIGHTS, {}),
        ("longer than any vector", LONG, None, {"margin": 2.0}),
        ("swap", POINTS, None, {"swap": True, "margin": 0.5}),
        ("ties", TIED, None, {"swap": True, "margin": 8.0}),
    ]:
        def triplet(a, p, n, reduction):
            return F.triplet_margin_with_distance_loss(
                a, p, n, distance_function=function, reduction=reduction, **options
            )

        loss(
            "TripletMarginWithDistance", f"{distance}, {label}", triplet, inputs, (0, 1, 2),
            weights=weights, settings={"distance": distance} | options,
        )


VARIANCES = spread(4, 5, low=0.125, high=4, start=4)
for label, inputs, weights, options in [
    ("rows", [spread(4, 5), spread(4, 5, start=1), VARIANCES], None, {}),
    ("weights", [spread(4, 5), spread(4, 5, start=1), VARIANCES], WEIGHTS, {}),
    ("full", [spread(4, 5), spread(4, 5, start=1), VARIANCES], None, {"full": True}),
    ("a large epsilon", [spread(4, 5), spread(4, 5, start=1), VARIANCES], None, {"eps": 1.0}),
    (
        "longer than any vector",
        [spread(2, 37), spread(2, 37, start=1), spread(2, 37, low=0.5, high=2, start=2)],
        None,
        {"full": True},
    ),
    ("no variance", [spread(2, 3), spread(2, 3), torch.zeros(2, 3)], None, {}),
    (
        "one variance a row",
        [spread(4, 5), spread(4, 5, start=1), VARIANCES[:, 0].clone()],
        WEIGHTS,
        {"full": True, "shared": True},
    ),
    (
        "one variance a row, below epsilon",
        [spread(2, 3), spread(2, 3, start=1), torch.tensor([0.125, 2.0])],
        None,
        {"eps": 0.5, "shared": True},
    ),
    (
        "infinite",
        [torch.tensor([[inf, 0.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, inf]])],
        None,
        {},
    ),
]:
    def gaussian(mean, target, variance, reduction):
        shared = options.get("shared", False)
        chosen = {key: value for key, value in options.items() if key != "shared"}
        variance = variance.unsqueeze(-1) if shared else variance
        return F.gaussian_nll_loss(mean, target, variance, reduction=reduction, **chosen)

    given = {"epsilon" if key == "eps" else key: value for key, value in options.items()}
    loss(
        "GaussianNll", label, gaussian, inputs, (0, 1, 2),
        weights=weights, settings=given, each=True,
    )

joint_losses_ctc.cases(family)

family.write()
