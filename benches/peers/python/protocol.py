"""The other side of `cargo xtask compare` in Python: messages, and how runs are timed.

A message is a line of JSON, and behind it the numbers of the arrays that it lists, little-endian:
what `benches/src/compare/message.rs` is in Rust. A peer gives `serve` a function that prepares work:
it returns the result, an array, and a function that runs the work once.

A peer imports this before any other library: what those print goes to standard error from here on,
also what is printed below Python, such as MKL's warnings. A line between messages would end it.
"""

import os

OUTPUT = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)

import json
import statistics
import sys
import time

import numpy

TYPES = {"f32": numpy.float32, "f64": numpy.float64, "u32": numpy.uint32}

# As in `benches/src/stopwatch.rs`.
TOGETHER = 500e-6
FEWEST = 3


class Lacks(Exception):
    """The peer has nothing of the kind."""


def read(stream):
    """The next message with its arrays, or None where the other side has closed."""
    line = stream.readline()
    if not line:
        return None
    head = json.loads(line)
    arrays = []
    for description in head["arrays"]:
        number = numpy.dtype(TYPES[description["type"]]).newbyteorder("<")
        content = stream.read(description["len"] * number.itemsize)
        # A copy, since what lies over bytes cannot be written, and is not aligned.
        arrays.append(numpy.frombuffer(content, number).astype(TYPES[description["type"]]))
    return head, arrays


def write(stream, head, arrays):
    names = {numpy.dtype(number): name for name, number in TYPES.items()}
    flat = [numpy.ascontiguousarray(array).reshape(-1) for array in arrays]
    head["arrays"] = [{"type": names[array.dtype], "len": array.size} for array in flat]
    stream.write(json.dumps(head).encode() + b"\n")
    for array in flat:
        stream.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    stream.flush()


def elapsed(run, repeats):
    rounds = range(repeats)
    start = time.perf_counter()
    for _ in rounds:
        run()
    return time.perf_counter() - start


def seconds(run, least):
    """Seconds of a run: the median of samples that take `least` together."""
    run()
    repeats = 1
    while elapsed(run, repeats) < TOGETHER:
        repeats *= 2
    samples = []
    start = time.perf_counter()
    while len(samples) < FEWEST or time.perf_counter() - start < least:
        samples.append(elapsed(run, repeats) / repeats)
    return statistics.median(samples)


def serve(label, held, prepare):
    """Answers until the input ends."""
    run = None
    while (message := read(sys.stdin.buffer)) is not None:
        head, arrays = message
        result = []
        try:
            if head["do"] == "hello":
                reply = {"held": held, "version": label}
            elif head["do"] == "prepare":
                run = None
                value, run = prepare(head["work"], arrays)
                reply, result = {}, [value]
            elif head["do"] == "time":
                reply = {"seconds": seconds(run, head["seconds"])}
            else:
                reply = {"error": f"unknown: {head['do']}"}
        except Lacks:
            reply = {"lacks": True}
        except Exception as error:  # Whatever a peer raises is its answer.
            reply = {"error": f"{type(error).__name__}: {error}"}
        write(OUTPUT, reply, result)
