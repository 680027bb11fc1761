"""Averages of weights over some updates, by `torch.optim.swa_utils`."""

from golden import Family, nn, spread, torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

family = Family("averages")


def average(name, label, decays=None, every=1, start=1, steps=12, **settings):
    """A case: the weights after each update, and the average after the last."""
    model = nn.Linear(5, 3, bias=False)
    weights = [spread(3, 5, low=-4, high=4, start=step) for step in range(steps)]
    weights[3][0, 0] = 0.0
    averaged = None
    averages = []
    for step, w in enumerate(weights, 1):
        model.weight.data = w.clone()
        if step >= start and (step - start) % every == 0:
            decay = decays(step - 1) if decays else None
            if averaged is None:
                averaged = AveragedModel(model)
            averaged.multi_avg_fn = get_ema_multi_avg_fn(decay) if decays else None
            averaged.update_parameters(model)
            averages.append(averaged.module.weight.detach().clone())
    family.case(
        name,
        label,
        settings={"every": every, "start": start} | settings,
        given={"weights": [w.flatten().tolist() for w in weights]},
        expected={f"average {i}": w.flatten() for i, w in enumerate(averages)},
    )


for decay in (0.999, 0.75, 0.0, 1.0):
    average("Ema", f"decay {decay}", lambda t, decay=decay: decay, decay=decay, kind="plain")
average(
    "Ema",
    "a warm-up, as TensorFlow's num_updates",
    lambda t: min(0.5, (1 + t) / (10 + t)),
    decay=0.5,
    kind="warm-up",
)
# From zero and divided by 1 - decay^t, as Adam's moments, is this decay.
average(
    "Ema",
    "without bias",
    lambda t: 1 - (1 - 0.75) / (1 - 0.75 ** (t + 1)),
    decay=0.75,
    kind="bias-corrected",
)
average("Swa", "each update")
average("Swa", "some updates", every=3, start=4)

family.write()
