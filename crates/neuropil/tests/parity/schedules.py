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
    given = {key: value for key, value in settings.items() if isinstance(value, list)}
    settings = {key: value for key, value in settings.items() if key not in given}
    family.case(name, label, settings=settings, given=given, expected={"rates": rates})


lr = torch.optim.lr_scheduler


def cosine(optimizer, s):
    return lr.CosineAnnealingLR(optimizer, T_max=s["steps"], eta_min=s.get("floor", 0.0))


def constant(optimizer, s):
    return lr.ConstantLR(optimizer, factor=1.0)


def one_cycle(optimizer, s):
    return lr.OneCycleLR(
        optimizer,
        max_lr=s["rate"],
        total_steps=s["steps"],
        pct_start=s.get("warm_up", 0.3),
        anneal_strategy=s.get("anneal", "cos"),
        div_factor=s.get("div", 25.0),
        final_div_factor=s.get("final_div", 1e4),
        three_phase=s.get("phases", 2) == 3,
        cycle_momentum=False,
    )


def cyclic(optimizer, s):
    return lr.CyclicLR(
        optimizer,
        base_lr=s["base"],
        max_lr=s["rate"],
        step_size_up=s.get("up", 2000),
        step_size_down=s.get("down"),
        mode=s.get("mode", "triangular"),
        gamma=s.get("gamma", 1.0),
        cycle_momentum=False,
    )


def linear(optimizer, s):
    options = {"start": "start_factor", "end": "end_factor", "steps": "total_iters"}
    return lr.LinearLR(optimizer, **{options[k]: v for k, v in s.items() if k in options})


def of_formula(formula):
    """PyTorch has no such schedule: a formula of settings and step."""
    return lambda optimizer, s: lr.LambdaLR(optimizer, lambda t: formula(s, t) / s["rate"])


schedule("Constant", constant, 20, rate=0.03)
# PyTorch's rises again after the last step, ours stays.
schedule("Cosine", cosine, 51, rate=0.1, steps=50)
schedule("Cosine", cosine, 41, rate=2.0, steps=40, floor=0.25)
schedule("Cosine", cosine, 2, rate=0.5, steps=1)

schedule("LinearRamp", linear, 20, rate=0.3)
schedule("LinearRamp", linear, 120, rate=0.3, start=1.0, end=0.0, steps=100)
schedule("LinearRamp", linear, 40, rate=0.3, start=0.125, end=0.5, steps=33)

step_decay = lambda o, s: lr.StepLR(o, s["period"], gamma=s.get("gamma", 0.1))  # noqa: E731
schedule("StepDecay", step_decay, 100, rate=0.3, period=30)
schedule("StepDecay", step_decay, 20, rate=0.3, period=1, gamma=0.75)

multi_step = lambda o, s: lr.MultiStepLR(o, s["milestones"], gamma=s.get("gamma", 0.1))  # noqa: E731
schedule("MultiStepDecay", multi_step, 120, rate=0.3, milestones=[30, 80])
schedule("MultiStepDecay", multi_step, 20, rate=0.3, milestones=[1, 2, 9], gamma=0.5)

exponential = lambda o, s: lr.ExponentialLR(o, s["gamma"])  # noqa: E731
schedule("ExponentialDecay", exponential, 200, rate=0.3, gamma=0.95)

polynomial = lambda o, s: lr.PolynomialLR(o, s["steps"], s.get("power", 1.0))  # noqa: E731
schedule("PolynomialDecay", polynomial, 120, rate=0.3, steps=100)
schedule("PolynomialDecay", polynomial, 120, rate=0.3, steps=100, power=2.0)
schedule("PolynomialDecay", polynomial, 60, rate=0.3, steps=50, power=0.5)

restarts = lambda o, s: lr.CosineAnnealingWarmRestarts(  # noqa: E731
    o, s["period"], s.get("growth", 1), s.get("floor", 0.0)
)
schedule("CosineRestarts", restarts, 200, rate=0.3, period=30)
schedule("CosineRestarts", restarts, 300, rate=0.3, period=10, growth=2, floor=0.05)
schedule("CosineRestarts", restarts, 200, rate=0.3, period=2, growth=3)

schedule("Cyclic", cyclic, 300, rate=0.5, base=0.1)
schedule("Cyclic", cyclic, 200, rate=0.5, base=0.1, up=20)
schedule("Cyclic", cyclic, 200, rate=0.5, base=0.1, up=20, down=12, mode="triangular2")
schedule("Cyclic", cyclic, 200, rate=0.5, base=0.1, up=7, down=20, mode="exp_range", gamma=0.99)

schedule("OneCycle", one_cycle, 100, rate=0.5, steps=100)
schedule("OneCycle", one_cycle, 250, rate=0.5, steps=250, anneal="linear")
schedule("OneCycle", one_cycle, 200, rate=0.5, steps=200, phases=3)
schedule("OneCycle", one_cycle, 150, rate=0.5, steps=150, phases=3, anneal="linear", warm_up=0.4)
schedule("OneCycle", one_cycle, 40, rate=0.5, steps=40, warm_up=0.1, div=10.0, final_div=50.0)
schedule("OneCycle", one_cycle, 20, rate=0.5, steps=20, warm_up=0.0)

schedule("Lambda", lambda o, s: lr.LambdaLR(o, lambda t: 0.95 ** (t // 3)), 100, rate=0.3)
schedule(
    "Multiplicative",
    lambda o, s: lr.MultiplicativeLR(o, lambda t: 1 - 1 / (t + 2)),
    101,
    rate=0.3,
    steps=100,
)


def sequential(optimizer, s):
    parts = [
        lr.LinearLR(optimizer, start_factor=0.25, total_iters=20),
        lr.CosineAnnealingLR(optimizer, T_max=60),
        lr.ExponentialLR(optimizer, gamma=0.9),
    ]
    return lr.SequentialLR(optimizer, parts, milestones=[20, 70])


schedule("Sequence", sequential, 100, rate=0.3)


def chained(optimizer, s):
    parts = [
        lr.LinearLR(optimizer, total_iters=20),
        lr.ExponentialLR(optimizer, gamma=0.95),
        lr.StepLR(optimizer, 30, gamma=0.5),
    ]
    return lr.ChainedScheduler(parts)


schedule("Chained", chained, 100, rate=0.3)


class SwaBehind:
    """A schedule until step `start`, then PyTorch's of weights that are averaged."""

    def __init__(self, optimizer, s):
        self.before = lr.CosineAnnealingLR(optimizer, T_max=100)
        self.optimizer, self.s, self.count, self.after = optimizer, s, 0, None

    def step(self):
        self.count += 1
        if self.count <= self.s["start"]:
            self.before.step()
            if self.count < self.s["start"]:
                return
        if self.after is None:
            options = {"swa_lr": self.s["swa"], "anneal_epochs": self.s.get("steps", 10)}
            options["anneal_strategy"] = self.s.get("anneal", "cos")
            self.after = torch.optim.swa_utils.SWALR(self.optimizer, **options)
        else:
            self.after.step()


schedule("SwaRate", SwaBehind, 100, rate=0.3, start=50, swa=0.05)
schedule("SwaRate", SwaBehind, 100, rate=0.3, start=30, swa=0.2, steps=25, anneal="linear")

# Beyond PyTorch, by the papers' and Keras's formulas.
schedule(
    "Noam",
    of_formula(lambda s, t: s["width"] ** -0.5 * min((t + 1) ** -0.5, (t + 1) * s["warm_up"] ** -1.5)),
    200,
    rate=1.0,
    width=512,
    warm_up=40,
)
schedule(
    "InverseTimeDecay",
    of_formula(lambda s, t: s["rate"] / (1 + s["decay"] * t / s["steps"])),
    200,
    rate=0.3,
    decay=0.5,
    steps=10,
)


def warm(s, t, behind):
    begin = s.get("start", 0.0)
    if t < s["warm_up"]:
        return s["rate"] * (begin + (1 - begin) * t / s["warm_up"])
    return behind(t - s["warm_up"])


def falling(s, t, steps):
    return s["rate"] * (1 + torch.cos(torch.tensor(torch.pi * min(t / steps, 1.0))).item()) / 2


for settings in ({"warm_up": 20}, {"warm_up": 7, "start": 0.25}):
    schedule(
        "Warmup",
        of_formula(lambda s, t: warm(s, t, lambda t: falling(s, t, 80))),
        120,
        rate=0.3,
        **settings,
    )
schedule(
    "WarmupStableDecay",
    of_formula(lambda s, t: warm(s, t, lambda t: falling(s, max(t - s["stable"], 0), s["decay"]))),
    150,
    rate=0.3,
    warm_up=20,
    stable=60,
    decay=40,
)

family.write()
