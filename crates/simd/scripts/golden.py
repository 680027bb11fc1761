#!/usr/bin/env python3
"""Writes tests/golden/*.bin: correctly rounded values of the functions of src/math in f64.

Needs mpmath (`pip install mpmath`). A file, little endian: the number of segments (u64); for each the
bits of its two ends and its number of points n (3 u64); then for each point of each segment the
correctly rounded value (f64) and what the rounding took away, in 1/250 of a unit in the last place
of the exact value (i8). Point i of a segment has the bits
low + (high - low) * (i * 0x9E3779B97F4A7C15 mod 2^64) / 2^64, rounded down.
"""

import os
import struct
from mpmath import mp, mpf

mp.dps = 60
GOLDEN = 0x9E3779B97F4A7C15


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def number(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def rounded(v):
    """The nearest f64 and the rest in units in the last place."""
    unit = max(mp.frexp(v)[1] - 1, -1022) - 52
    scaled = mp.ldexp(v, -unit)
    n = int(mp.nint(scaled))
    return float(n) * 2.0 ** (unit // 2) * 2.0 ** (unit - unit // 2), float(scaled - n)


def write(name, f, segments):
    head, body = struct.pack("<Q", len(segments)), b""
    for low, high, count in segments:
        low, high = bits(low), bits(high)
        head += struct.pack("<QQQ", low, high, count)
        for i in range(count):
            x = number(low + ((high - low) * (i * GOLDEN % 2**64) >> 64))
            y, rest = rounded(f(mpf(x)))
            body += struct.pack("<db", y, round(rest * 250))
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "golden")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".bin"), "wb") as file:
        file.write(head + body)
    print(name, sum(count for _, _, count in segments), "points,", len(head + body), "bytes")


def both(low, high, count):
    return [(low, high, count), (-low, -high, count)]


MAX, NORMAL, DENORMAL = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324

write("exp", mp.exp, [
    *both(1e-20, 1e-3, 500), *both(1e-3, 0.35, 1500), *both(0.35, 708.0, 2000),
    (709.0, 709.782712893384, 500), (-708.0, -745.133219101941, 1500),
])
write("ln", mp.log, [
    (DENORMAL, NORMAL, 1000), (NORMAL, 0.5, 2000), (0.5, 1.0, 2500), (0.999, 1.0, 500),
    (1.0, 1.001, 500), (1.0, 2.0, 2500), (2.0, MAX, 1000),
])
write("sigmoid", lambda x: 1 / (1 + mp.exp(-x)), [
    *both(1e-20, 1e-3, 500), *both(1e-3, 1.0, 1500), *both(1.0, 30.0, 2000), *both(30.0, 708.0, 500),
    (-708.0, -745.133219101941, 1000),
])
write("tanh", mp.tanh, [
    *both(DENORMAL, 1e-3, 500), *both(1e-3, 0.625, 2000), *both(0.625, 20.0, 2500), *both(20.0, 1e300, 100),
])
