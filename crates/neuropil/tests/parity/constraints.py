"""Constraints: arrays [outer, count, inner], whose middle axis counts the units, and what becomes of
them. PyTorch's `renorm` adds 10^-7 to norms, as Keras does; ours do not, so formulas stand here."""

from golden import F, Family, spread, torch

family = Family("constraints")


def constraint(name, label, w, projected, **settings):
    """A case of a constraint on an array."""
    outer, count, inner = w.shape
    family.case(
        name,
        f"{label}, {settings}",
        settings={"outer": outer, "count": count, "inner": inner} | settings,
        given={"w": w.flatten()},
        expected={"w": projected.flatten()},
    )


for outer, count, inner in [(1, 4, 6), (6, 4, 1), (2, 3, 4), (5, 35, 1), (1, 1, 40)]:
    w = spread(outer, count, inner, low=-2, high=2, start=count)
    w[:, 0] = 0.0  # a unit without weights
    if count > 1:
        w[:, 1] = 0.0
        w[0, 1, 0] = 2.0  # one that lies on a bound
    label = f"{outer}, {count}, {inner}"
    norms = (w**2).sum((0, 2), keepdim=True).sqrt()
    safe = torch.where(norms > 0, norms, 1)
    constraint("NonNeg", label, w, w.clamp(min=0))
    constraint("UnitNorm", label, w, F.normalize(w, dim=(0, 2)))
    for largest in (2.0, 0.5, 0.0):
        constraint("MaxNorm", label, w, w * (largest / safe).clamp(max=1), max=largest)
    for low, high, rate in [(0.0, 1.0, 1.0), (2.5, 4.0, 1.0), (1.0, 2.0, 0.25), (1.0, 1.0, 0.0)]:
        wanted = rate * norms.clamp(low, high) + (1 - rate) * norms
        constraint("MinMaxNorm", label, w, w * wanted / safe, min=low, max=high, rate=rate)

beyond = torch.tensor([[[0.0, -0.0], [-1.0, float("inf")], [float("-inf"), float("nan")]]])
constraint("NonNeg", "beyond all bounds", beyond, beyond.clamp(min=0))
nan = torch.tensor([[[3.0, 4.0], [1.0, float("nan")]]])
for name, settings in [
    ("MaxNorm", {"max": 2.5}),
    ("UnitNorm", {}),
    ("MinMaxNorm", {"min": 0.0, "max": 2.5, "rate": 1.0}),
]:
    length = settings.get("max", 1.0)
    first = torch.tensor([[0.6 * length, 0.8 * length], [float("nan")] * 2])
    constraint(name, "a unit with a NaN", nan, first[None], **settings)

family.write()
