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
write("expm1", mp.expm1, [
    *both(DENORMAL, 1e-3, 500), *both(1e-3, 0.35, 1500), (0.35, 708.0, 2000), (709.0, 709.782712893384, 500),
    (-0.35, -2.0, 1500), (-2.0, -40.0, 1500), (-40.0, -800.0, 500),
])
write("log1p", mp.log1p, [
    *both(DENORMAL, 1e-3, 500), (1e-3, 0.5, 1500), (0.5, 1.0, 1500), (1.0, 10.0, 1500), (10.0, MAX, 1000),
    (-1e-3, -0.25, 1000), (-0.25, -0.5, 1500), (-0.5, -0.9375, 1000), (-0.9375, -0.9999999999999999, 1000),
])
write("softplus", lambda x: x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x)), [
    *both(1e-20, 1e-3, 500), *both(1e-3, 1.0, 2000), *both(1.0, 30.0, 2000), *both(30.0, 708.0, 500),
    (-708.0, -745.133219101941, 1000),
])
write("erf", mp.erf, [
    *both(DENORMAL, 1e-3, 500), *both(1e-3, 1.0, 2000), *both(1.0, 6.0, 2500), *both(6.0, 1e300, 100),
])
write("erfc", mp.erfc, [
    *both(1e-20, 0.25, 500), *both(0.25, 0.5, 500), (0.5, 1.0, 2000), (1.0, 2.5, 2000), (2.5, 26.5, 2500),
    (26.5, 27.226017111108362, 1000), (-0.5, -1.0, 1000), (-1.0, -7.0, 500),
])
# Angles of every size, those at which the reduction changes its way, and those near a multiple of
# pi/2, down to the f64 that is the nearest of all.


def near(x, width):
    return (x * (1 - width), x * (1 + width), 100)


def nearest(limit, count):
    """The f64 below a limit that come nearest to a multiple of pi/2, for their size."""
    bits = 160
    half_pi = int(mp.floor(mp.ldexp(mp.pi / 2, bits)))
    found = []
    for n in range(2, int(limit / HALF_PI)):
        exact = n * half_pi
        unit = exact.bit_length() - 53
        x = (exact + (1 << unit - 1)) >> unit
        found.append((abs((x << unit) - exact) / n, float(x) * 2.0 ** (unit - bits)))
    return [x for _, x in sorted(found)[:count]]


HALF_PI = 1.5707963267948966
WORST = 6381956970095103 * 2.0**797
ANGLES = [
    *both(DENORMAL, 1e-3, 250), *both(1e-3, 0.78, 1000), *both(0.78, 2.4, 1500), *both(2.4, 1000.0, 1000),
    *both(1000.0, 1.6e6, 500), *both(1.5e6, 1.7e6, 250), *both(1.7e6, 1e22, 250), *both(1e22, MAX, 500),
    *(near(n * HALF_PI, width) for n in (1, 2, 3, 100, 1001, 1e6) for width in (1e-6, 1e-9, 1e-12, 2.0**-50)),
    near(WORST, 2.0**-50), *((x, x, 1) for x in nearest(1.6e6, 50)),
]
write("sin", mp.sin, ANGLES)
write("cos", mp.cos, ANGLES)
