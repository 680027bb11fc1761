"""Polynomials of least error, and how they are printed for Rust; for scripts that make tables.

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
