"""Whole trainings from given weights: the cost of each of 50 batches, and the last weights."""

from golden import F, Family, nn, spread, torch
from torch.nn.utils.rnn import pack_padded_sequence

family = Family("trainings")

STEPS, ROWS = 50, 6
BATCHES = 5


class LastOfLstm(nn.Sequential):
    """An LSTM over sequences of these lengths, and a layer on what it ends with."""

    def forward(self, x, lengths):
        lstm, linear = self
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return linear(lstm(packed)[1][0][-1])


def train(
    name,
    module,
    target,
    cost,
    make_optimizer,
    *,
    sample=None,
    lengths=None,
    schedule=None,
    penalty=None,
    clip=None,
):
    """A case: the five batches come round ten times. A penalty, `penalty(module)`, is part of the
    objective and not of the cost."""
    sample = sample or [module[0].in_features]
    for i, weight in enumerate(module.parameters()):
        weight.data = spread(*weight.shape, low=-0.75, high=0.75, start=40 + i)
    start = {f"weight {key}": value.clone() for key, value in module.state_dict().items()}
    x = spread(BATCHES * ROWS, *sample, low=-2, high=2)
    optimizer = make_optimizer(module.parameters())
    scheduler = schedule(optimizer) if schedule else None
    costs = []
    for step in range(STEPS):
        rows = slice(step % BATCHES * ROWS, (step % BATCHES + 1) * ROWS)
        optimizer.zero_grad()
        y = module(x[rows]) if lengths is None else module(x[rows], lengths[rows])
        value = cost(y, target[rows])
        (value + penalty(module) if penalty else value).backward()
        if clip:
            # Without the 10^-6 that `clip_grad_norm_` adds to the norm: it would be the largest
            # difference by far.
            norm = nn.utils.get_total_norm([weight.grad for weight in module.parameters()])
            for weight in module.parameters():
                weight.grad *= min(1.0, clip / norm.item())
        optimizer.step()
        if scheduler:
            scheduler.step()
        costs.append(value.item())
    last = {f"weight {key}": value for key, value in module.state_dict().items()}
    kind = "target" if target.is_floating_point() else "labels"
    family.case(
        name,
        f"{STEPS} steps",
        given={"rows": ROWS, "x": x, kind: target}
        | ({} if lengths is None else {"lengths": lengths})
        | start,
        expected={"costs": costs} | last,
    )


classes = spread(BATCHES * ROWS, low=0, high=2.99, start=3).floor().long()
train(
    "ReluAdamCrossEntropy",
    nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 3)),
    classes,
    F.cross_entropy,
    lambda weights: torch.optim.Adam(weights, lr=0.02),
    schedule=lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=STEPS, eta_min=0.001
    ),
    penalty=lambda module: (
        0.02 / 2 * sum((layer.weight**2).sum() for layer in module if isinstance(layer, nn.Linear))
    ),
)
train(
    "TanhMomentumMeanSquaredError",
    nn.Sequential(nn.Linear(3, 7), nn.Tanh(), nn.Linear(7, 2)),
    spread(BATCHES * ROWS, 2, low=-1, high=1, start=4),
    F.mse_loss,
    lambda weights: torch.optim.SGD(
        weights, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    clip=0.5,
)
train(
    "LstmAdamLengths",
    LastOfLstm(nn.LSTM(2, 5, batch_first=True), nn.Linear(5, 3)),
    classes,
    F.cross_entropy,
    lambda weights: torch.optim.Adam(weights, lr=0.02),
    sample=[4, 2],
    lengths=spread(BATCHES * ROWS, low=1, high=4.99, start=5).floor().long(),
    clip=1.0,
)

family.write()
