"""PyTorch on the CPU, eager, with the fastest setting of each optimizer, and images and sequences laid
out in the way that is faster for the work."""

# First: see there.
import protocol

import contextlib
import sys

import torch
from torch.nn import functional

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)
torch.set_num_interop_threads(1)

# Runs of each layout, of which the faster is taken.
TRIALS = 5

# Sequences in a batch: [batch, steps, numbers] or [steps, batch, numbers].
BATCH_FIRST, TIME_FIRST = "batch first", "time first"

# What there is to try for samples of so many axes.
LAYOUTS = {
    2: [BATCH_FIRST, TIME_FIRST],
    3: [torch.contiguous_format, torch.channels_last],
}

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


RECURRENT = {
    "rnn": (torch.nn.RNN, torch.nn.RNNCell),
    "gru": (torch.nn.GRU, torch.nn.GRUCell),
    "lstm": (torch.nn.LSTM, torch.nn.LSTMCell),
}


class Outputs(torch.nn.Module):
    """A recurrent layer without its last state."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


def recurrent(made, weights):
    """A recurrent layer or cell, whose weights are the next ones."""
    with torch.no_grad():
        # Those of x and of the state, and a bias of each: ours are [in, gates], with the same gates in
        # the same order.
        for parameter in made.parameters():
            weight = torch.from_numpy(next(weights))
            parameter.copy_(weight.view(parameter.shape[::-1]).t() if parameter.dim() > 1 else weight)
    return made


def module(layer, weights, layout):
    """A layer; its weights, if it has any, are the next ones."""
    kind = layer["layer"]
    if kind in RECURRENT:
        sizes, batch_first = (layer["inputs"], layer["hidden"]), layout != TIME_FIRST
        made = RECURRENT[kind][0](*sizes, batch_first=batch_first)
        return Outputs(recurrent(made, weights))
    if kind == "linear":
        inputs, outputs = layer["inputs"], layer["outputs"]
        made = torch.nn.Linear(inputs, outputs)
        weight = torch.from_numpy(next(weights)).view(inputs, outputs).t()
    elif kind == "conv":
        names = ["stride", "padding", "groups"]
        settings = {name: layer[name] for name in names}
        made = torch.nn.Conv2d(layer["inputs"], layer["outputs"], layer["kernel"], **settings)
        weight = torch.from_numpy(next(weights)).view_as(made.weight)
    elif kind == "batch_norm":
        made = torch.nn.BatchNorm2d(layer["channels"])
        weight = torch.from_numpy(next(weights))
    else:
        plain = {
            "max_pool": lambda: torch.nn.MaxPool2d(layer["kernel"]),
            "flatten": torch.nn.Flatten,
            "relu": torch.nn.ReLU,
            "tanh": torch.nn.Tanh,
            "sigmoid": torch.nn.Sigmoid,
        }
        if kind not in plain:
            raise protocol.Lacks
        return plain[kind]()
    with torch.no_grad():
        made.weight.copy_(weight)
        made.bias.copy_(torch.from_numpy(next(weights)))
    return made


def network(work, weights, layout):
    """The layers of those weights."""
    weights = iter(weights)
    made = torch.nn.Sequential(*[module(layer, weights, layout) for layer in work["layers"]])
    return made.to(memory_format=layout) if isinstance(layout, torch.memory_format) else made


def faster(prepare, choices, together=1):
    """What is prepared for one of two choices, whichever runs faster here. Both are tried in turn,
    since a machine that slows down for a while slows both."""
    prepared = [prepare(choice) for choice in choices]
    times = [[protocol.elapsed(run, together) for _, run in prepared] for _ in range(TRIALS)]
    first, last = (sorted(each)[TRIALS // 2] for each in zip(*times))
    return prepared[last < first]


def laid_out(layout, tensor):
    """Images, filters or sequences in that layout; anything else as it is."""
    if tensor.dim() == 4:
        return tensor.contiguous(memory_format=layout)
    return tensor.transpose(0, 1).contiguous() if layout == TIME_FIRST else tensor


def infer(work, arrays, layout):
    x = laid_out(layout, torch.from_numpy(arrays[0]).view(1, *work["sample"]))
    model = network(work, arrays[1:], layout).eval()
    return model(x).numpy(), lambda: model(x)


def stream(work, arrays, of):
    """A step of one sequence at a time, by a module over one step or by a cell."""
    first, *rest = work["layers"]
    if first["layer"] not in RECURRENT:
        raise protocol.Lacks
    steps, weights = torch.from_numpy(arrays[0]).view(-1, 1, work["inputs"]), iter(arrays[1:])
    layer, cell = (make(first["inputs"], first["hidden"]) for make in RECURRENT[first["layer"]])
    if of == "cell":
        cell, is_lstm = recurrent(cell, weights), first["layer"] == "lstm"
    else:
        layer = recurrent(layer, weights).eval()
        steps = steps.unsqueeze(1)
    head = [module(layer, weights, BATCH_FIRST) for layer in rest]
    steps = list(steps)
    count, state = 0, None

    def run():
        nonlocal count, state
        x = steps[count % len(steps)]
        count += 1
        if of == "module":
            y, state = layer(x, state)
        else:
            state = cell(x, state)
            y = state[0] if is_lstm else state
        for each in head:
            y = each(y)
        return y

    answers = torch.cat([run().reshape(-1) for _ in steps])
    return answers.numpy(), run


def layer_pass(work, arrays, layout):
    """A layer by itself; `of` says whether y, dx or dw is computed."""
    layer, of, images = work["layer"], work["of"], work["images"]
    arrays = [torch.from_numpy(array) for array in arrays]
    shape = (images, *work["sample"])
    run = {"conv": convolve, "max_pool": pool, "batch_norm": normalize}.get(layer["layer"])
    if run is None:
        raise protocol.Lacks
    run = run(layer, of, shape, arrays, lambda tensor: laid_out(layout, tensor))
    results = run()
    results = results if isinstance(results, (tuple, list)) else [results]
    return torch.cat([result.reshape(-1) for result in results if result is not None]).numpy(), run


def convolve(layer, of, shape, arrays, laid):
    stride, padding, groups = ([layer[name]] * 2 for name in ("stride", "padding", "groups"))
    groups, kernel, outputs = groups[0], layer["kernel"], layer["outputs"]
    filters = (outputs, layer["inputs"] // groups, kernel, kernel)
    places = [(n + 2 * padding[0] - kernel) // stride[0] + 1 for n in shape[2:]]
    if of == "y":
        x, weight, bias = arrays
        x, weight = laid(x.view(shape)), laid(weight.view(filters))
        return lambda: functional.conv2d(x, weight, bias, stride, padding, 1, groups)
    if of == "dx":
        # Of the input its shape alone is read.
        (dy, weight), x = arrays, torch.zeros(shape)
        wanted = [True, False, False]
    else:
        (x, dy), weight = arrays, torch.zeros(filters)
        wanted = [False, True, True]
    dy = laid(dy.view(shape[0], outputs, *places))
    x, weight = laid(x.view(shape)), laid(weight.view(filters))
    backward = torch.ops.aten.convolution_backward
    settings = [[outputs], stride, padding, [1, 1], False, [0, 0], groups, wanted]
    return lambda: backward(dy, x, weight, *settings)


def pool(layer, of, shape, arrays, laid):
    x, kernel = laid(arrays[0].view(shape)), layer["kernel"]
    windows = [[kernel, kernel], [kernel, kernel], [0, 0], [1, 1], False]
    if of == "y":
        # With the places that training needs.
        forward = torch.ops.aten.max_pool2d_with_indices
        return lambda: forward(x, *windows)[0]
    y, places = torch.ops.aten.max_pool2d_with_indices(x, *windows)
    dy = laid(arrays[1].view_as(y))
    backward = torch.ops.aten.max_pool2d_with_indices_backward
    return lambda: backward(dy, x, *windows, places)


def normalize(layer, of, shape, arrays, laid):
    x, (gain, shift) = laid(arrays[0].view(shape)), arrays[-2:]
    forward = torch.ops.aten.native_batch_norm
    settings = [None, None, True, 0.1, 1e-5]
    if of == "y":
        return lambda: forward(x, gain, shift, *settings)[0]
    _, mean, rstd = forward(x, gain, shift, *settings)
    dy = laid(arrays[1].view(shape))
    backward = torch.ops.aten.native_batch_norm_backward
    wanted = [True, True, True]
    return lambda: backward(dy, x, gain, None, None, mean, rstd, True, 1e-5, wanted)


def step(work, arrays, layout):
    batch = work["batch"]
    samples = torch.from_numpy(arrays[0]).view(-1, *work["sample"]).split(batch)
    rows = len(samples) * batch
    samples = [laid_out(layout, x) for x in samples]
    model = network(work, arrays[2:], layout)
    if work["classes"]:
        # A label for each row, or for each step of a sequence.
        targets = torch.from_numpy(arrays[1].astype("int64")).view(rows, -1).split(batch)
        targets = [laid_out(layout, target).flatten() for target in targets]
        loss = functional.cross_entropy
        if len(work["sample"]) == 2:
            loss = lambda y, target: functional.cross_entropy(y.flatten(0, 1), target)
    else:
        targets = torch.from_numpy(arrays[1]).view(rows, -1).split(batch)
        loss = functional.mse_loss
    rule, settings = {
        "sgd": (torch.optim.SGD, {}),
        "momentum": (torch.optim.SGD, {"momentum": 0.9}),
        "adam": (torch.optim.Adam, {}),
    }[work["rule"]]
    optimizer = rule(model.parameters(), lr=work["rate"], fused=True, **settings)
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
    if kind == "stream":
        return faster(lambda of: stream(work, arrays, of), ["module", "cell"], together=32)
    prepare = {"infer": infer, "step": step, "pass": layer_pass}[kind]
    layouts = LAYOUTS.get(len(work["sample"]))
    if layouts is None:
        return prepare(work, arrays, None)
    return faster(lambda layout: prepare(work, arrays, layout), layouts)


LABEL = f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, fused optimizers, \
the faster layout"
HELD = torch.get_num_threads() == THREADS and torch.get_num_interop_threads() == 1
protocol.serve(LABEL, "torch.set_num_threads(n)" if HELD else "", prepare)
