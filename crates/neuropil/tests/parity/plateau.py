"""Reducing the rate on a plateau: the rate after each number that is measured."""

from golden import Family, spread, torch

family = Family("plateau")

RATE = 0.5
STEPS = 80

# Falls in stairs, with noise on each.
STAIRS = (40 * 0.5 ** torch.arange(STEPS).div(16).floor() * 64).round() / 64
NOISE = spread(STEPS, low=-0.5, high=0.5)
COSTS = STAIRS + NOISE
FLAT = torch.ones(STEPS)
ODD = COSTS.clone()
ODD[3], ODD[20], ODD[21] = float("nan"), float("inf"), float("-inf")


def case(name, numbers, **settings):
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=RATE)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for number in numbers.tolist():
        schedule.step(number)
        rates.append(optimizer.param_groups[0]["lr"])
    ours = {}
    for key, value in settings.items():
        match key:
            case "mode":
                ours["maximize"] = value == "max"
            case "threshold_mode":
                ours["absolute"] = value == "abs"
            case "min_lr":
                ours["floor"] = value
            case _:
                ours[key] = value
    family.case(
        "ReduceOnPlateau",
        ", ".join([name] + [f"{key} {value}" for key, value in settings.items()]),
        settings=ours,
        given={"rate": RATE, "numbers": numbers},
        expected={"rates": torch.tensor(rates)},
    )


case("stairs", COSTS)
case("stairs", COSTS, patience=2)
case("stairs", COSTS, patience=0, factor=0.75)
case("stairs", COSTS, patience=2, factor=0.5, cooldown=5)
case("stairs", COSTS, patience=2, threshold=0.25)
case("stairs", COSTS, patience=2, threshold=0.25, threshold_mode="abs")
case("stairs", COSTS, patience=2, factor=0.5, min_lr=0.05)
case("stairs", -COSTS, patience=2, mode="max")
case("stairs", 40 - COSTS, patience=2, factor=0.5, mode="max", threshold=0.125)
case("stairs", -COSTS, patience=3, mode="max", threshold=0.125, threshold_mode="abs")
case("flat", FLAT, patience=1, factor=0.25)
case("flat, down to where the rate changes no more", FLAT, patience=0)
case("flat", FLAT, patience=0, factor=0.0)
case("not all numbers", ODD, patience=2, factor=0.5)

family.write()
