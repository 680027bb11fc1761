"""Cases of recurrent layers as ops, and of vectors in parts; a part of ops.py."""

import torch

from golden import spread

STEPS, INPUTS, HIDDEN, ROWS = 4, 2, 3, 3
VF = torch._VF


def forward(of, bidirectional, projection):
    """PyTorch's layer on weights in our layouts, transposed: all steps."""

    def run(x, *weights):
        weights = [w.T if w.dim() == 2 else w for w in weights]
        ways = 2 if bidirectional else 1
        each = len(weights) // ways
        if projection:
            # W, U, R, b and d are W, U, b, d and R there.
            ordered = []
            for way in range(ways):
                w, u, r, *biases = weights[way * each : (way + 1) * each]
                ordered += [w, u, *biases, r]
            weights = ordered
        h = torch.zeros(ways, len(x), projection or HIDDEN)
        begin = (h, torch.zeros(ways, len(x), HIDDEN)) if of == "lstm" else h
        has_bias = any(w.dim() == 1 for w in weights)
        options = (has_bias, 1, 0.0, False, bidirectional, True)
        return getattr(VF, of)(x, begin, weights, *options)[0]

    return run


def cases(op):
    """Adds all cases, each by `op(type, name, function, rows, singles, settings)`."""
    gates = {"rnn_tanh": 1, "rnn_relu": 1, "gru": 3, "lstm": 4}
    for of, count in gates.items():
        for bidirectional in (False, True):
            for bias in (True, False):
                for projection in (None, 2) if of == "lstm" else (None,):
                    columns, state = count * HIDDEN, projection or HIDDEN
                    shapes = [(INPUTS, columns), (state, columns)]
                    shapes += [(HIDDEN, state)] if projection else []
                    shapes += [(columns,), (columns,)] if bias else []
                    shapes *= 2 if bidirectional else 1
                    singles = [
                        spread(*shape, low=-1, high=1, start=20 + i)
                        for i, shape in enumerate(shapes)
                    ]
                    settings = {"cell": of, "steps": STEPS, "inputs": INPUTS, "hidden": HIDDEN}
                    settings |= {"bidirectional": True} if bidirectional else {}
                    settings |= {"projection": projection} if projection else {}
                    settings |= {} if bias else {"without bias": True}
                    words = [of] + [key for key in settings if key in LABELS]
                    op(
                        "RecurrentOp",
                        ", ".join(words),
                        forward(of, bidirectional, projection),
                        [spread(ROWS, STEPS, INPUTS, low=-2, high=2)],
                        singles,
                        settings=settings,
                    )

    a, b, c = spread(3, 2), spread(3, 4, start=1), spread(3, 1, start=2)
    op("ConcatOp", "two", lambda *x: torch.cat(x, dim=-1), [a, b])
    op("ConcatOp", "three", lambda *x: torch.cat(x, dim=-1), [a, b, c])
    rows = [spread(2, 3, 2), spread(2, 3, 4, start=1)]
    op("ConcatOp", "rows within rows", lambda *x: torch.cat(x, dim=-1), rows)
    for name, x in (("rows", spread(3, 5)), ("rows within rows", spread(2, 3, 5))):
        settings = {"first": 1, "len": 3}
        op("PartOp", name, lambda x: x.narrow(-1, 1, 3), [x], settings=settings)


LABELS = ("bidirectional", "projection", "without bias")
