"""Schedules: the rate of each step, from the first on."""

from golden import Family, torch

family = Family("schedules")


def schedule(name, make, count, **settings):
    """A case: the rates of the first `count` updates under `make(optimizer, settings)`."""
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=settings["rate"])
    scheduler = make(optimizer, settings)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    label = ", ".join(f"{key} {value}" for key, value in settings.items())
    family.case(name, label, settings=settings, given={}, expected={"rates": rates})


def cosine(optimizer, s):
    return torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=s["steps"], eta_min=s.get("floor", 0.0)
    )


def constant(optimizer, s):
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)


schedule("Constant", constant, 20, rate=0.03)
# PyTorch's rises again after the last step, ours stays.
schedule("Cosine", cosine, 51, rate=0.1, steps=50)
schedule("Cosine", cosine, 41, rate=2.0, steps=40, floor=0.25)
schedule("Cosine", cosine, 2, rate=0.5, steps=1)

family.write()
