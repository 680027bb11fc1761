"""Regularizers: penalties with their gradients and as PyTorch's weight decay; dropout's scale; layer
normalization."""

import regularizers_noise
import regularizers_penalties
from golden import F, Family, spread, torch

family = Family("regularizers")


def penalty(name, function, **settings):
    """A case of a penalty on one tensor."""
    for label, w in [
        ("a matrix", spread(3, 7)),
        ("zeros of both signs", torch.tensor([0.0, -0.0, 1.0, -2.0])),
    ]:
        w = w.clone().requires_grad_()
        value = function(w, **settings)
        value.backward()
        family.case(
            name,
            f"{label}, {settings}",
            settings=settings,
            given={"w": w},
            expected={"penalty": value, "dw": w.grad},
        )


def as_weight_decay(name, rate, steps=10, **settings):
    """A case of a penalty that is what plain SGD calls `weight_decay`: the weights after some steps
    with a gradient of the loss that stays the same."""
    start, loss_gradient = spread(2, 3), spread(2, 3, low=-1, high=1, start=1)
    w = start.clone().requires_grad_()
    sgd = torch.optim.SGD([w], lr=rate, weight_decay=settings["lambda"])
    w.grad = loss_gradient.clone()
    for _ in range(steps):
        sgd.step()
    family.case(
        name,
        f"weight decay of SGD, {settings}",
        settings={"rate": rate, "steps": steps} | settings,
        given={"start": start, "loss gradient": loss_gradient},
        expected={"w": w},
    )


l2 = lambda w, **s: s["lambda"] / 2 * (w**2).sum()  # noqa: E731
penalty("L2", l2, **{"lambda": 0.25})
penalty("L2", l2, **{"lambda": 0.0})
as_weight_decay("L2", 0.1, **{"lambda": 0.25})
regularizers_penalties.members(family)

# PyTorch's mask is random, so only what does not depend on it is kept: what a unit that stays
# becomes, and what it hands back.
for rate in (0.0, 0.25, 0.5, 0.9, 1.0):
    torch.manual_seed(1)
    x = torch.full((4000,), 1.5).requires_grad_()
    y = F.dropout(x, rate, training=True)
    y.backward(torch.full_like(y, 0.5))
    kept = y != 0
    assert abs(kept.double().mean() - (1 - rate)) < 0.03, rate
    [unit] = y[kept].unique().tolist() or [0.0]
    [gradient] = x.grad[kept].unique().tolist() or [0.0]
    assert not x.grad[~kept].any()
    inference = F.dropout(x, rate, training=False)
    family.case(
        "Dropout",
        f"rate {rate}",
        settings={"rate": rate},
        given={"unit": 1.5, "dy": 0.5},
        expected={"kept unit": unit, "kept gradient": gradient, "in inference": inference[0]},
    )


def layer_norm(label, x, epsilon=1e-5):
    """A case of rows, `[rows, width]`, with a gain and a shift and without."""
    width = x.shape[-1]
    x = x.clone().requires_grad_()
    gain = spread(width, low=0.5, high=2, start=2).requires_grad_()
    shift = spread(width, start=3).requires_grad_()
    dy = spread(*x.shape, low=-2, high=2, start=7)
    given = {"x": x, "dy": dy}
    for affine in (False, True):
        x.grad = None
        if affine:
            given |= {"gain": gain, "shift": shift}
        y = F.layer_norm(x, [width], *([gain, shift] if affine else []), eps=epsilon)
        y.backward(dy)
        expected = {"y": y, "dx": x.grad.clone()}
        if affine:
            expected |= {"dgain": gain.grad, "dshift": shift.grad}
        family.case(
            "LayerNorm",
            f"{label}, {'with' if affine else 'without'} gain and shift",
            settings={"epsilon": epsilon},
            given=given,
            expected=expected,
        )


layer_norm("ordinary rows", spread(3, 5))
layer_norm("longer than any vector", spread(3, 37, low=-8, high=8))
layer_norm("another epsilon", spread(2, 4), epsilon=0.25)
# A larger one costs PyTorch more digits than the comparison allows.
layer_norm("a mean of many deviations", 64.0 + torch.arange(60).reshape(2, 30) % 2)
layer_norm("equal numbers", torch.tensor([[30000.125] * 10, [0.0] * 10]))

regularizers_noise.cases(family)

family.write()
