#!/usr/bin/env python3
"""Prints the coefficient tables of src/math with the error that each achieves.

Needs mpmath (`pip install mpmath`).
"""

from minimax import fit, mp, mpf, print_table, rounded, table


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
