"""Ops: output, and the gradient of each input, in our own layouts.

The inputs are numbered, and belong to each row of the batch or exist once: `0 rows`, `1 single`."""

import ops_activation
import ops_convolution
import ops_embedding
import ops_losses
import ops_noise
import ops_normalization
import ops_pooling
import ops_recurrent
from golden import F, Family, spread, torch

family = Family("ops")


def op(name, label, function, rows=(), singles=(), labels=None, settings=None):
    """A case of an op with inputs of which each row has one, then inputs that exist once."""
    inputs = [x.clone().requires_grad_() for x in (*rows, *singles)]
    y = function(*inputs)
    dy = spread(*y.shape, low=-2, high=2, start=7) if y.shape else torch.tensor(1.0)
    y.backward(dy)
    kinds = ["rows"] * len(rows) + ["single"] * len(singles)
    given = {f"{i} {kind}": x for i, (kind, x) in enumerate(zip(kinds, inputs))} | {"dy": dy}
    if labels is not None:
        given["labels"] = labels
    expected = {"y": y} | {f"dx {i}": x.grad for i, x in enumerate(inputs)}
    family.case(name, label, settings=settings, given=given, expected=expected)


a, b = spread(3, 4), spread(3, 4, start=1)
op("Add", "rows", torch.add, [a, b])
op("Multiply", "rows", torch.mul, [a, b])
op("Copy", "rows", torch.clone, [a])
op("Activate", "tanh", torch.tanh, [a])
op("LinearOp", "no bias", torch.matmul, [a], [spread(4, 5, start=2)])
op("LinearOp", "bias", lambda x, w, b: x @ w + b, [a], [spread(4, 5, start=2), spread(5, start=3)])
second, weight = spread(*a.shape[:-1], 5, start=4), spread(3, a.shape[-1], 5, start=2)
op("BilinearOp", "no bias", F.bilinear, [a, second], [weight])
op("BilinearOp", "bias", F.bilinear, [a, second], [weight, spread(3, start=3)])
labels = torch.tensor([3, 0, 1])
op("LossOp", "cross entropy of labels", lambda x: F.cross_entropy(x, labels), [a], labels=labels)
for label, x in (("a row of each", a), ("edges", torch.tensor([[0.0, -0.0], [-2.0, 0.5]]))):
    op("PenaltyOp", label, lambda x: 0.25 * x.abs().sum() / len(x), [x])
# Between these rates PyTorch's mask is random.
for rate in (0.0, 1.0):
    op(
        "DropoutOp",
        f"rate {rate}",
        lambda x: F.dropout(x, rate, training=True),
        [a],
        settings={"rate": rate},
    )

for label, shape in (("channels alone", (4, 5)), ("images", (3, 2, 3, 4))):
    channels = shape[1]
    op(
        "BatchNormOp",
        f"training, {label}",
        lambda x, gain, shift: F.batch_norm(x, None, None, gain, shift, training=True),
        [spread(*shape)],
        [spread(channels, start=2), spread(channels, start=3)],
        settings={"channels": channels},
    )

ops_activation.cases(op, family)
ops_convolution.cases(op)
ops_embedding.cases(family)
ops_losses.cases(op, family)
ops_noise.cases(op)
ops_normalization.cases(op)
ops_pooling.cases(op)
ops_recurrent.cases(op)

family.write()
