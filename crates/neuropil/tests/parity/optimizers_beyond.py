"""Optimizers that PyTorch lacks, from their papers' formulas, with PyTorch's faces."""

from golden import torch


class Optimizer:
    """One tensor, its state, and the number of the step."""

    def __init__(self, params, lr):
        (self.w,) = params
        self.defaults = {"lr": lr}
        self.rate = lr
        self.t = 0
        self.state = {self.w: {}}

    def slot(self, name, start=0.0):
        """A tensor of the state, full of a number or equal to a tensor at first."""
        slots = self.state[self.w]
        if name not in slots:
            slots[name] = torch.zeros_like(self.w.detach()) + start
        return slots[name]

    def keep(self, **slots):
        self.state[self.w] |= slots

    def step(self):
        self.t += 1
        with torch.no_grad():
            self.w.copy_(self.moved(self.w.detach().clone(), self.w.grad))


class Lion(Optimizer):
    """Chen et al. (2023), algorithm 2."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, lr)
        self.betas, self.decay = betas, weight_decay

    def moved(self, w, g):
        (b1, b2), m = self.betas, self.slot("exp_avg")
        self.keep(exp_avg=b2 * m + (1 - b2) * g)
        return w - self.rate * (torch.sign(b1 * m + (1 - b1) * g) + self.decay * w)


class Lamb(Optimizer):
    """You et al. (2020), algorithm 2 with phi(z) = z."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(params, lr)
        self.betas, self.eps, self.decay = betas, eps, weight_decay

    def moved(self, w, g):
        b1, b2 = self.betas
        m = b1 * self.slot("exp_avg") + (1 - b1) * g
        v = b2 * self.slot("exp_avg_sq") + (1 - b2) * g**2
        self.keep(exp_avg=m, exp_avg_sq=v)
        r = m / (1 - b1**self.t) / ((v / (1 - b2**self.t)).sqrt() + self.eps)
        u = r + self.decay * w
        trust = w.norm() / u.norm() if w.norm() > 0 and u.norm() > 0 else 1.0
        return w - self.rate * trust * u


class Adan(Optimizer):
    """Xie et al. (2022), algorithm 1, the betas being what is kept."""

    def __init__(self, params, lr=1e-3, betas=(0.98, 0.92, 0.99), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr)
        self.betas, self.eps, self.decay = betas, eps, weight_decay

    def moved(self, w, g):
        b1, b2, b3 = self.betas
        difference = g + self.slot("neg_pre_grad", -g)
        m = b1 * self.slot("exp_avg") + (1 - b1) * g
        n = b2 * self.slot("exp_avg_diff") + (1 - b2) * difference
        v = b3 * self.slot("exp_avg_sq") + (1 - b3) * (g + b2 * difference) ** 2
        self.keep(exp_avg=m, exp_avg_diff=n, exp_avg_sq=v, neg_pre_grad=-g)
        t = self.t
        ahead = m / (1 - b1**t) + b2 * n / (1 - b2**t)
        eta = self.rate / ((v / (1 - b3**t)).sqrt() + self.eps)
        return (w - eta * ahead) / (1 + self.rate * self.decay)


class Ftrl(Optimizer):
    """McMahan et al. (2013), algorithm 1 with lambda_2 = 2 l2, as Keras has it."""

    def __init__(self, params, lr=1e-3, initial_accumulator=0.1, beta=0.0, l1=0.0, l2=0.0):
        super().__init__(params, lr)
        self.initial, self.beta, self.l1, self.l2 = initial_accumulator, beta, l1, l2

    def moved(self, w, g):
        n, z = self.slot("accumulator", self.initial), self.slot("linear")
        sigma = ((n + g**2).sqrt() - n.sqrt()) / self.rate
        z, n = z + g - sigma * w, n + g**2
        self.keep(accumulator=n, linear=z)
        curvature = (self.beta + n.sqrt()) / self.rate + 2 * self.l2
        moved = -(z - torch.sign(z) * self.l1) / curvature
        return torch.where(z.abs() <= self.l1, torch.zeros(()), moved)


class ScheduleFreeAdamW(Optimizer):
    """Defazio et al. (2024): the weights in training are y = (1 - beta1) z + beta1 x; x is kept beside
    them here, and shares are counted by the squares of the rates."""

    def __init__(self, params, lr=2.5e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, warmup=0):
        super().__init__(params, lr)
        self.betas, self.eps, self.decay, self.warmup = betas, eps, weight_decay, warmup
        self.x = self.w.detach().clone()
        self.weights = 0.0

    def moved(self, y, g):
        b1, b2 = self.betas
        rate = self.rate * min(1.0, self.t / max(1, self.warmup))
        v = b2 * self.slot("exp_avg_sq") + (1 - b2) * g**2
        d = g / ((v / (1 - b2**self.t)).sqrt() + self.eps) + self.decay * y
        z = self.slot("z", y) - rate * d
        self.weights += rate**2
        c = rate**2 / self.weights
        self.x = (1 - c) * self.x + c * z
        self.keep(z=z, exp_avg_sq=v)
        return (1 - b1) * z + b1 * self.x

    def evaluation(self, _w):
        return self.x
