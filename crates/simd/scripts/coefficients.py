#!/usr/bin/env python3
"""Prints the coefficient tables of src/math with the error that each achieves.

Needs mpmath (`pip install mpmath`). Each polynomial is the weighted minimax fit of Remez's exchange
algorithm, its coefficients rounded to f32 or f64. On an interval that begins at zero they are
rounded from the lowest power up, and after each rounding the rest is fitted again, so that it makes
up for what the rounding lost; on one that holds zero inside, the rest would have no unique best fit.
"""

from mpmath import mp, mpf
import struct

mp.dps = 70


def rounded(c, single):
    """c to the nearest f32 or f64, as mpf."""
    x = float(c)
    return mpf(struct.unpack("<f", struct.pack("<f", x))[0] if single else x)


def horner(coefficients, x):
    sum = mpf(0)
    for c in reversed(coefficients):
        sum = sum * x + c
    return sum


def remez(f, weight, low, high, degree):
    """The polynomial p of a degree that minimizes max |weight (p - f)| on [low, high]."""
    middle, half = (low + high) / 2, (high - low) / 2
    count = degree + 2
    points = [middle - half * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    grid = [middle - half * mp.cos(mp.pi * i / 600) for i in range(601)]
    f_grid = [f(x) for x in grid]
    w_grid = [weight(x) for x in grid]
    coefficients = None
    for _ in range(12):
        # A reference point where the weight vanishes says nothing: move it into the interval.
        points = [x if weight(x) > mpf(10) ** -40 else x + half / 50 for x in points]
        a = mp.matrix(count, count)
        b = mp.matrix(count, 1)
        for i, x in enumerate(points):
            for j in range(degree + 1):
                a[i, j] = x**j
            a[i, degree + 1] = (-1) ** i / weight(x)
            b[i] = f(x)
        solution = mp.lu_solve(a, b)
        coefficients = [solution[j] for j in range(degree + 1)]
        level = abs(solution[degree + 1])
        error = [w * (horner(coefficients, x) - y) for x, y, w in zip(grid, f_grid, w_grid)]
        # The extrema, one of each run of equal sign.
        extrema = []
        for i, e in enumerate(error):
            if not extrema or (e > 0) != (error[extrema[-1]] > 0):
                extrema.append(i)
            elif abs(e) > abs(error[extrema[-1]]):
                extrema[-1] = i
        while len(extrema) > count:
            ends = (abs(error[extrema[0]]), abs(error[extrema[-1]]))
            extrema.pop(0 if ends[0] < ends[1] else -1)
        if len(extrema) < count:
            break
        points = [grid[i] for i in extrema]
        if max(abs(e) for e in error) < level * mpf("1.001"):
            break
    return coefficients


def fit(f, weight, low, high, degree, single):
    """The rounded coefficients and their largest weighted error."""
    if low < 0:
        coefficients = [rounded(c, single) for c in remez(f, weight, low, high, degree)]
    else:
        coefficients = []
        g, w = f, weight
        for d in range(degree, -1, -1):
            c = rounded(remez(g, w, low, high, d)[0], single)
            coefficients.append(c)
            g = lambda x, g=g, c=c: (g(x) - c) / x
            w = lambda x, w=w: w(x) * x
    grid = [low + (high - low) * mpf(2 * i + 1) / 4002 for i in range(2001)]
    error = max(abs(weight(x) * (horner(coefficients, x) - f(x))) for x in grid)
    return coefficients, error


def print_table(name, what, kind, degree, single, coefficients, error):
    print(f"// {name}: {what}")
    print(f"// degree {degree}, error 2^{float(mp.log(error, 2)):.1f} of the result")
    print(f"const {kind}: [f64; {degree + 1}] = [")
    for c in coefficients:
        digits = repr(float(c))
        if single:
            digits = next(s for s in (f"{float(c):.{n}g}" for n in range(6, 10)) if rounded(s, True) == c)
        print(f"    {digits},")
    print("];")
    print()


def table(name, what, f, weight, low, high, degrees):
    for kind, single, degree in (("SINGLE", True, degrees[0]), ("DOUBLE", False, degrees[1])):
        print_table(name, what, kind, degree, single, *fit(f, weight, mpf(low), mpf(high), degree, single))


def logarithm_rest(z):
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


# A hair more than the interval of the argument, whose reduction rounds.
HALF_LN2 = mp.log(2) / 2 * mpf("1.0001")
table(
    "exp", "(e^r - 1 - r) / r^2 for |r| <= ln(2)/2",
    lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.exp(r),
    -HALF_LN2 * mpf("1.0000001"), HALF_LN2, (4, 9),
)
S = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mpf("1.0001")
table(
    "ln", "(ln((1 + s) / (1 - s)) - 2 s) / s^3 as a polynomial of s^2, for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1)",
    logarithm_rest, lambda z: z / 2, mpf(10) ** -12, S**2, (2, 6),
)
table(
    "tanh", "(tanh(x) - x) / x^3 as a polynomial of x^2, for |x| <= 0.625",
    lambda u: (mp.tanh(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, lambda u: u * mp.sqrt(u) / mp.tanh(mp.sqrt(u)),
    mpf(10) ** -12, mpf("0.625") ** 2, (4, 11),
)
for single, bits in ((True, 16), (False, 33)):
    high = mp.floor(mp.log(2) * 2**bits) / 2**bits
    low = rounded(mp.log(2) - high, single)
    print(f"// ln(2) {'SINGLE' if single else 'DOUBLE'}: {float(high)!r}, {float(low)!r}")

# The weight vanishes at zero, where the error of e^r - 1 is that of r.
table(
    "expm1", "(e^r - 1 - r) / r^2 for |r| <= ln(2)/2, but the error is that of e^r - 1",
    lambda r: (mp.expm1(r) - r) / r**2 if r else mpf("0.5"), lambda r: abs(r**2 / mp.expm1(r)) if r else mpf(0),
    -HALF_LN2 * mpf("1.0000001"), HALF_LN2, (5, 10),
)
EIGHTH = (mp.pi / 4 * mpf("1.0001")) ** 2
table(
    "sin", "(sin(r) - r) / r^3 as a polynomial of r^2, for |r| <= pi/4",
    lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)),
    mpf(10) ** -12, EIGHTH, (2, 5),
)
table(
    "cos", "(cos(r) - 1 + r^2/2) / r^4 as a polynomial of r^2, for |r| <= pi/4",
    lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2 / mp.cos(mp.sqrt(z)),
    mpf(10) ** -9, EIGHTH, (2, 5),
)
table(
    "erf", "erf(x) / x - 1 as a polynomial of x^2, for |x| <= 1",
    lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)),
    mpf(10) ** -12, mpf("1.0001"), (6, 11),
)


def erfcx(a):
    return mp.exp(a * a) * mp.erfc(a)


def tail(k, end, degree, single):
    """The table for x = K (1 + q) / (1 - q), and its error."""
    f = lambda q: (1 + q) * k / (1 - q)
    weight = mp.memoize(lambda q: 1 / ((f(q) + k) * erfcx(f(q))))
    low, high = ((mpf(end) - k) / (mpf(end) + k) for end in ("0.499", end))
    return fit(lambda q: 1 / weight(q), weight, low, high, degree, single)


# Which K makes the error of the rounded coefficients least is a matter of luck.
for single, near, end, degree in ((True, "2.25", "10.25", 9), (False, "2.75", "27.25", 22)):
    k = min((mpf(near) + mpf(i) / 64 for i in range(-16, 17)), key=lambda k: tail(k, end, degree, single)[1])
    print(f"// K = {float(k)!r}")
    print_table(
        "erfc", f"(x + K) e^(x^2) erfc(x) as a polynomial of (x - K) / (x + K), for 1/2 <= x <= {end}",
        "SINGLE" if single else "DOUBLE", degree, single, *tail(k, end, degree, single),
    )



def normal_tail(k, end, degree, single):
    """The table for x = K (1 + q) / (1 - q), and its error."""
    f = lambda q: (1 + q) * k / (1 - q)
    tail = lambda a: mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2
    weight = mp.memoize(lambda q: 1 / ((f(q) + k) * tail(f(q))))
    low, high = ((mpf(end) - k) / (mpf(end) + k) for end in ("0", end))
    return fit(lambda q: 1 / weight(q), weight, low, high, degree, single)


# Of crates/activations/src/gelu.rs; the best of the multiples of 1/64 and of 1/2 around.
for single, k, end, degree in ((True, "2.78125", "14.5", 10), (False, "3.5", "39", 24)):
    print_table(
        "gelu", f"(a + {k}) e^(a^2/2) Phi(-a) as a polynomial of (a - {k}) / (a + {k}), for 0 <= a <= {end}",
        "SINGLE" if single else "DOUBLE", degree, single, *normal_tail(mpf(k), end, degree, single),
    )

for kind, single, bits in (("SINGLE", True, 14), ("DOUBLE", False, 33)):
    rest, parts = mp.pi / 2, []
    for _ in range(2):
        unit = mpf(2) ** (mp.frexp(rest)[1] - bits)
        parts.append(mp.floor(rest / unit) * unit)
        rest -= parts[-1]
    parts.append(rounded(rest, single))
    print(f"// pi/2 {kind}: {[float(part) for part in parts]!r}, error 2^{float(mp.log(abs(rest - parts[-1]), 2)):.1f}")
mp.prec = 1400
digits = int(mp.floor(2 / mp.pi * mpf(2) ** 1216))
print("// 2/pi, 64 bits a word")
for i in range(19):
    print(f"    {digits >> 64 * (18 - i) & (2**64 - 1):#018x},")
mp.prec = 240
high = float(mp.pi / 2)
print(f"// pi/2: {high!r} + {float(mp.pi / 2 - mpf(high))!r}")
