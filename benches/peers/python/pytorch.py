"""PyTorch on the CPU, eager, with the fastest setting of each optimizer."""

# First: see there.
import protocol

import contextlib
import sys

import torch
from torch.nn import functional

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)
torch.set_num_interop_threads(1)

# Each with its form that writes into a buffer, as ours do.
MAPS = {
    "relu": lambda x, y: torch.clamp_min(x, 0.0, out=y),
    "exp": lambda x, y: torch.exp(x, out=y),
    "ln": lambda x, y: torch.log(x, out=y),
    "sigmoid": lambda x, y: torch.sigmoid(x, out=y),
    "tanh": lambda x, y: torch.tanh(x, out=y),
    "gelu": lambda x, y: torch._C._nn.gelu(x, out=y),
    "silu": lambda x, y: torch._C._nn.silu(x, out=y),
    "softplus": lambda x, y: torch._C._nn.softplus(x, out=y),
    "softmax": lambda x, y: torch.softmax(x, 1, out=y),
    "log_softmax": lambda x, y: torch.log_softmax(x, 1, out=y),
}


def product(work, a, b):
    m, k, n = work["m"], work["k"], work["n"]
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    a = a.view(k, m).t() if work["form"] == "TN" else a.view(m, k)
    b = b.view(n, k).t() if work["form"] == "NT" else b.view(k, n)
    c = torch.mm(a, b)
    return c.numpy(), lambda: torch.mm(a, b, out=c)


def elementwise(work, arrays):
    x = torch.from_numpy(arrays[0])
    if work["function"] == "sum":
        return x.sum().reshape(1).numpy(), lambda: torch.sum(x)
    if work["function"] == "dot":
        y = torch.from_numpy(arrays[1])
        return torch.dot(x, y).reshape(1).numpy(), lambda: torch.dot(x, y)
    if work["function"] not in MAPS:
        raise protocol.Lacks
    function = MAPS[work["function"]]
    x = x.view(-1, work["width"])
    y = torch.empty_like(x)
    function(x, y)
    return y.numpy(), lambda: function(x, y)


def network(widths, arrays, classes):
    """A perceptron of those weights: rectifiers, or tanh and a sigmoid at the end."""
    modules = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(arrays[2 * i]).view(inputs, outputs).t())
            layer.bias.copy_(torch.from_numpy(arrays[2 * i + 1]))
        modules.append(layer)
        last = i + 2 == len(widths)
        if classes and not last:
            modules.append(torch.nn.ReLU())
        elif not classes:
            modules.append(torch.nn.Sigmoid() if last else torch.nn.Tanh())
    return torch.nn.Sequential(*modules)


def infer(work, arrays):
    x = torch.from_numpy(arrays[0]).view(1, -1)
    model = network(work["widths"], arrays[1:], True).eval()
    return model(x).numpy(), lambda: model(x)


def step(work, arrays):
    widths, batch = work["widths"], work["batch"]
    samples = torch.from_numpy(arrays[0]).view(-1, widths[0]).split(batch)
    if work["classes"]:
        targets = torch.from_numpy(arrays[1].astype("int64")).split(batch)
        loss = functional.cross_entropy
    else:
        targets = torch.from_numpy(arrays[1]).view(-1, widths[-1]).split(batch)
        loss = functional.mse_loss
    model = network(widths, arrays[2:], work["classes"])
    rule = torch.optim.Adam if work["adam"] else torch.optim.SGD
    optimizer = rule(model.parameters(), lr=work["rate"], fused=True)
    batches = list(zip(samples, targets))
    count = 0

    def run():
        nonlocal count
        x, target = batches[count % len(batches)]
        count += 1
        cost = loss(model(x), target)
        optimizer.zero_grad(set_to_none=True)
        cost.backward()
        optimizer.step()
        return cost

    costs = torch.stack([run().detach() for _ in range(work["losses"])])
    return costs.numpy(), run


MODE = contextlib.ExitStack()


def prepare(work, arrays):
    kind = work["kind"]
    # Entered once, as a program that only asks for answers does, and left before the next work.
    MODE.close()
    if kind != "step":
        MODE.enter_context(torch.inference_mode())
    if kind == "product":
        return product(work, *arrays)
    if kind == "map":
        return elementwise(work, arrays)
    return {"infer": infer, "step": step}[kind](work, arrays)


LABEL = f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, fused optimizers"
HELD = torch.get_num_threads() == THREADS and torch.get_num_interop_threads() == 1
protocol.serve(LABEL, "torch.set_num_threads(n)" if HELD else "", prepare)
