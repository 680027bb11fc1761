"""Cases of recurrent layers and their cells; a part of layers.py."""

import torch

from golden import nn, spread
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

INPUTS, HIDDEN, STEPS, ROWS = 2, 3, 4, 3
LENGTHS = torch.tensor([2, 4, 1])


class ResetBefore(nn.GRU):
    """The GRU of the paper, whose reset gate stands before the product: PyTorch has only the other
    one. The names and the layouts are PyTorch's."""

    def one(self, x, h, suffix, backwards):
        """A sequence in one direction: h of each step, and of the end."""
        named = dict(self.named_parameters())
        w, u = named[f"weight_ih_{suffix}"], named[f"weight_hh_{suffix}"]
        b, d = (named.get(f"bias_{of}_{suffix}", torch.zeros(len(w))) for of in ("ih", "hh"))
        u_gates, u_new = u.split([2 * self.hidden_size, self.hidden_size])
        d_gates, d_new = d.split([2 * self.hidden_size, self.hidden_size])
        steps = [None] * len(x)
        for at in reversed(range(len(x))) if backwards else range(len(x)):
            of_x = w @ x[at] + b
            gates, of_new = of_x.split([2 * self.hidden_size, self.hidden_size])
            r, z = torch.sigmoid(gates + u_gates @ h + d_gates).chunk(2)
            n = torch.tanh(of_new + u_new @ (r * h) + d_new)
            h = steps[at] = (1 - z) * n + z * h
        return torch.stack(steps), h

    def sequences(self, x, begin, lengths):
        """Row by row: all steps, zeros behind a sequence's end, and the states at the ends."""
        ways = ["", "_reverse"] if self.bidirectional else [""]
        rows, ends = [], []
        for row, length in enumerate(lengths.tolist()):
            y, end = x[row, :length], []
            for layer in range(self.num_layers):
                of_layer = []
                for way in ways:
                    h = begin[len(end), row] if begin is not None else torch.zeros(HIDDEN)
                    steps, h = self.one(y, h, f"l{layer}{way}", bool(way))
                    of_layer.append(steps)
                    end.append(h)
                y = torch.cat(of_layer, dim=1)
            rows.append(nn.functional.pad(y, (0, 0, 0, x.shape[1] - length)))
            ends.append(torch.stack(end))
        return torch.stack(rows), torch.stack(ends, dim=1)


def run(module, x, begin, lengths):
    """The output and the list of the last states, h and an LSTM's c."""
    if isinstance(module, ResetBefore):
        all_of = torch.full((len(x),), x.shape[1]) if lengths is None else lengths
        y, h = module.sequences(x, begin and begin[0], all_of)
        return y, [h]
    states = None if begin is None else tuple(begin) if len(begin) > 1 else begin[0]
    if lengths is None:
        y, end = module(x, states)
    else:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, end = module(packed, states)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    return y, list(end) if isinstance(end, tuple) else [end]


def with_known_weights(module):
    """The weights set to known numbers, and what is given of them."""
    for i, weight in enumerate(module.parameters()):
        weight.data = spread(*weight.shape, low=-1, high=1, start=20 + i)
    return {f"weight {key}": value.clone() for key, value in module.state_dict().items()}


def backward(cost_of, inputs, outputs, weights):
    """Leads numbers back to all inputs and all weights: what is given and what is expected."""
    slopes = {
        f"d{key}": spread(*y.shape, low=-2, high=2, start=7 + i)
        for i, (key, y) in enumerate(outputs.items())
    }
    sum((y * slopes[f"d{key}"]).sum() for key, y in outputs.items()).backward()
    gradients = {f"d{key}": x.grad for key, x in inputs.items()}
    gradients |= {f"gradient {key}": value.grad for key, value in cost_of.named_parameters()}
    return inputs | slopes | weights, outputs | gradients


def options(is_lstm):
    """Each option by itself, then several: keywords of PyTorch, whether states are given and taken,
    lengths, and whether the last state alone is."""
    none = {}
    two, both = {"num_layers": 2}, {"bidirectional": True}
    yield "plain", none, False, None, False
    yield "no bias", {"bias": False}, False, None, False
    yield "two layers", two, False, None, False
    yield "both directions", both, False, None, False
    yield "states", none, True, None, False
    yield "lengths", none, False, LENGTHS, False
    yield "last", none, False, None, True
    yield "both directions, last, lengths", both, False, LENGTHS, True
    yield "no bias, two layers, both directions", two | both | {"bias": False}, False, None, False
    yield "two layers, both directions, states, lengths", two | both, True, LENGTHS, False
    yield "no bias, states, last, lengths", {"bias": False}, True, LENGTHS, True
    if is_lstm:
        projection = {"proj_size": 2}
        yield "projection", projection, False, None, False
        yield "projection, no bias, lengths", projection | {"bias": False}, False, LENGTHS, False
        yield "projection, everything", projection | two | both, True, LENGTHS, False
        yield "projection, both directions, last", projection | both, False, None, True


SETTINGS = {"num_layers": "layers", "proj_size": "projection", "bidirectional": "bidirectional"}


def layer(family, make, ours, sizes, option):
    label, keywords, has_states, lengths, is_last = option
    inputs, hidden, steps, rows = sizes
    module = make(inputs, hidden, batch_first=True, **keywords)
    weights = with_known_weights(module)
    given = {"x": spread(rows, steps, inputs, low=-2, high=2).requires_grad_()}
    begin = None
    if has_states:
        count = module.num_layers * (2 if module.bidirectional else 1)
        widths = {"h": module.proj_size or hidden}
        if module.mode == "LSTM":
            widths["c"] = hidden
        for i in range(count):
            for j, (of, width) in enumerate(widths.items()):
                state = spread(rows, width, low=-1, high=1, start=40 + 2 * i + j)
                given[f"{of} {i}"] = state.requires_grad_()
        begin = [torch.stack([given[f"{of} {i}"] for i in range(count)]) for of in widths]
    y, end = run(module, given["x"], begin, lengths)
    if is_last:
        ways = 2 if module.bidirectional else 1
        y = torch.cat(tuple(end[0][-ways:]), dim=1)
    outputs = {"y": y}
    if has_states:
        for of, states in zip("hc", end):
            outputs |= {f"end {of} {i}": state for i, state in enumerate(states)}
    given, expected = backward(module, given, outputs, weights)
    if lengths is not None:
        given["lengths"] = lengths
    settings = {"inputs": inputs, "hidden": hidden} | ours
    settings |= {SETTINGS[key]: value for key, value in keywords.items() if key != "bias"}
    settings |= {"without bias": True} if "bias" in keywords else {}
    settings |= {"states": True} if has_states else {}
    settings |= {"last": True} if is_last else {}
    words = ", ".join(str(value) for value in ours.values() if value is not True)
    words += "".join(f", {key}" for key, value in ours.items() if value is True)
    family.case("Recurrent", f"{words}, {label}", settings=settings, given=given, expected=expected)


def relu(*sizes, **keywords):
    return nn.RNN(*sizes, nonlinearity="relu", **keywords)


def cell(family, label, module, ours):
    """A single step."""
    weights = with_known_weights(module)
    given = {
        "x": spread(ROWS, INPUTS, low=-2, high=2).requires_grad_(),
        "h 0": spread(ROWS, HIDDEN, low=-1, high=1, start=40).requires_grad_(),
    }
    if isinstance(module, nn.LSTMCell):
        given["c 0"] = spread(ROWS, HIDDEN, low=-1, high=1, start=41).requires_grad_()
        h, c = module(given["x"], (given["h 0"], given["c 0"]))
        outputs = {"end h 0": h, "end c 0": c}
    else:
        outputs = {"end h 0": module(given["x"], given["h 0"])}
    given, expected = backward(module, given, outputs, weights)
    settings = {"inputs": INPUTS, "hidden": HIDDEN} | ours
    family.case("RecurrentCell", label, settings=settings, given=given, expected=expected)


def cases(family):
    """Adds all cases."""
    sizes, wide = (INPUTS, HIDDEN, STEPS, ROWS), (5, 17, 3, 2)
    for make, ours in [
        (nn.RNN, {"cell": "RNN"}),
        (relu, {"cell": "RNN", "relu": True}),
        (nn.GRU, {"cell": "GRU"}),
        (ResetBefore, {"cell": "GRU", "reset before": True}),
        (nn.LSTM, {"cell": "LSTM"}),
    ]:
        for option in options(make is nn.LSTM):
            layer(family, make, ours, sizes, option)
    for make, ours in [(nn.GRU, {"cell": "GRU"}), (nn.LSTM, {"cell": "LSTM"})]:
        layer(family, make, ours, wide, ("wide", {}, False, None, False))

    for label, bias in (("", {}), (", no bias", {"bias": False})):
        for make, ours in [
            (nn.RNNCell, {"cell": "RNN"}),
            (nn.GRUCell, {"cell": "GRU"}),
            (nn.LSTMCell, {"cell": "LSTM"}),
        ]:
            module = make(INPUTS, HIDDEN, **bias)
            without = {"without bias": True} if bias else {}
            cell(family, f"{ours['cell']}{label}", module, ours | without)
        module = nn.RNNCell(INPUTS, HIDDEN, nonlinearity="relu", **bias)
        without = {"without bias": True} if bias else {}
        cell(family, f"RNN, relu{label}", module, {"cell": "RNN", "relu": True} | without)
