"""Clipping of gradients, a function a file.

PyTorch divides by the norm plus 10^-6, ours by the norm: the cases that clip have norms above 1,
and the test allows for 10^-6."""

from golden import Family, nn, spread, torch

family = Family("clipping")

for label, parts, largest in [
    ("shortened", [spread(3, 4), spread(4, start=1)], 1.0),
    ("short enough", [spread(3, 4), spread(4, start=1)], 100.0),
    ("one tensor", [spread(5, start=2)], 2.0),
    ("to nothing", [spread(5, start=2)], 0.0),
    ("all zero", [torch.zeros(3), torch.zeros(2)], 1.0),
    ("large", [torch.full((3,), 2.0**60), torch.full((2,), -(2.0**61))], 0.5),
]:
    weights = [torch.zeros_like(part).requires_grad_() for part in parts]
    for weight, part in zip(weights, parts):
        weight.grad = part.clone()
    norm = nn.utils.clip_grad_norm_(weights, largest)
    family.case(
        "clip_global_norm",
        label,
        settings={"max": largest},
        given={"parts": [part.flatten().tolist() for part in parts]},
        expected={
            "norm": norm,
            "clipped": torch.cat([weight.grad.flatten() for weight in weights]),
        },
    )

family.write()
