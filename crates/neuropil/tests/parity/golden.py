"""Golden files: what PyTorch makes of given numbers, for tests that need no Python.

A script here makes one family, `golden/<family>/<Type>.json`, a file a type. A file is a list of
cases; a case has a name, the settings of the type, what is given, and what is expected of it.
`cargo xtask parity --python PATH` runs all scripts and then the tests.

Numbers are computed in float64, from inputs that float32 holds exactly, so that one case serves
both types; a case with `precision` float32 is about the limits of float32 and serves that alone.
Nothing is random: a second run changes no byte.
"""

import json
import os
import sys
from pathlib import Path

# The plainest kernels, so that the last digits do not depend on the processor.
os.environ["ATEN_CPU_CAPABILITY"] = "default"
os.environ["MKL_CBWR"] = "COMPATIBLE"

import torch  # noqa: E402  the variables above must be set before
import torch.nn.functional as F  # noqa: E402, F401  for the scripts, which take torch from here
from torch import nn  # noqa: E402, F401

assert torch.backends.cpu.get_cpu_capability() == "DEFAULT", "torch was imported before golden"

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_default_dtype(torch.float64)

FOLDER = Path(__file__).resolve().parent / "golden"


def spread(*shape, low=-3.0, high=3.0, start=0):
    """Numbers between `low` and `high`, multiples of 1/64, that look random and are not.

    The golden ratio times i (i + start), modulo 1: other numbers for each `start`.
    """
    i = torch.arange(1, torch.Size(shape).numel() + 1)
    places = i * (i + 13 * start + 6) * 0.6180339887498949
    fractions = places - places.floor()
    return ((low + (high - low) * fractions) * 64).round().div(64).reshape(shape)


class Family:
    """The cases of one family, by type, until they are written."""

    def __init__(self, name):
        self.name = name
        self.types = {}

    def case(self, type_name, name, *, settings=None, given, expected, precision="float64"):
        """Adds a case: dictionaries of tensors or numbers."""
        for key, value in given.items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                exact = torch.equal(
                    value.float().double().nan_to_num(0.5), value.double().nan_to_num(0.5)
                )
                assert exact, f"{type_name}, {name}: float32 does not hold {key}"
        parts = {"name": name, "precision": precision, "settings": settings or {}}
        parts |= {"given": plain(given), "expected": plain(expected)}
        self.types.setdefault(type_name, []).append(parts)

    def write(self):
        """Writes a file a type, and removes those of types that there are no more."""
        folder = FOLDER / self.name
        for old in folder.glob("*.json"):
            if old.stem not in self.types:
                old.unlink()
        for type_name, cases in self.types.items():
            write(folder / f"{type_name}.json", text(cases).encode())


def plain(value):
    """Tensors as nested lists, and what JSON has no number for as a string."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, torch.Tensor):
        return plain(value.detach().tolist())
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float) and not float("-inf") < value < float("inf"):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def text(cases):
    """A JSON document, an array of numbers a line."""
    version = torch.__version__.split("+")[0]
    script = Path(sys.argv[0]).name
    lines = [
        "{",
        f'"made by": {json.dumps(script)},',
        f'"PyTorch": {json.dumps(version)},',
        '"cases": [',
    ]
    for i, case in enumerate(cases):
        body = []
        for key, value in case.items():
            if key in ("given", "expected"):
                parts = ",\n    ".join(
                    f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()
                )
                body.append(f'"{key}": {{\n    {parts}\n  }}')
            else:
                body.append(f'"{key}": {json.dumps(value)}')
        comma = "," if i + 1 < len(cases) else ""
        lines.append("{\n  " + ",\n  ".join(body) + "\n}" + comma)
    lines.append("]\n}\n")
    return "\n".join(lines)


def write(path, content):
    """Replaces a file as a whole with these bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(content)
    os.replace(temporary, path)


# Counter-based draws, from their definition: SplitMix64.
GOLDEN = 0x9E3779B97F4A7C15
LIMIT = 1 << 64


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % LIMIT
    z = (z ^ z >> 27) * 0x94D049BB133111EB % LIMIT
    return z ^ z >> 31


def bits(key, index):
    """Draw number `index` of a stream."""
    return mix((key + (index + 1) * GOLDEN) % LIMIT)


def stream(*parts):
    """The name of a stream from its parts."""
    result = mix(len(parts))
    for part in parts:
        result = mix((result + mix((part + GOLDEN) % LIMIT)) % LIMIT)
    return result


def stream_of_op():
    """The stream of the first op of a graph without layers, in a run whose key is 0."""
    return stream(0, stream(0))


def mask(rate, key, length, offset=0):
    """Dropout's mask: 0 where a unit is dropped, else 1."""
    places = range(offset, offset + length)
    draws = [bits(key, i // 2) >> 32 * (i % 2) & 0xFFFFFFFF for i in places]
    return torch.tensor([0.0 if draw < round(rate * 2**32) else 1.0 for draw in draws])


def normals(key, length, offset=0):
    """Normal draws by Box and Muller's formula."""
    numbers = []
    for i in range(offset, offset + length):
        draw = bits(key, i // 2)
        u, v = ((half + 0.5) / 2**32 for half in (draw >> 32, draw & 0xFFFFFFFF))
        angle = torch.tensor(2 * torch.pi * v)
        turned = angle.sin() if i % 2 else angle.cos()
        numbers.append((-2 * torch.tensor(u).log()).sqrt() * turned)
    return torch.stack(numbers)


def alpha_dropped(x, mask, rate):
    """PyTorch's formula of alpha dropout, for a given mask."""
    if rate == 1:
        return x * 0
    alpha = 1.7580993408473766
    a = 1 / ((alpha**2 * rate + 1) * (1 - rate)) ** 0.5
    return x * (mask * a) + ((mask - 1) * (alpha * a) + alpha * a * rate)


def dropped(x, mask, rate):
    """Dropout's formula, for a given mask."""
    return x * 0 if rate == 1 else x * mask / (1 - rate)
