#!/usr/bin/env python3
"""Prints the coefficient tables of src/gelu.rs and src/tanhshrink.rs with the error that each achieves.

Needs mpmath (`pip install mpmath`) and the fit of crates/simd/scripts.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "simd" / "scripts"))

from minimax import fit, mp, mpf, print_table  # noqa: E402


def normal_tail(k, end, degree, single):
    """The table for x = K (1 + q) / (1 - q), and its error."""
    f = lambda q: (1 + q) * k / (1 - q)
    tail = lambda a: mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2
    weight = mp.memoize(lambda q: 1 / ((f(q) + k) * tail(f(q))))
    low, high = ((mpf(end) - k) / (mpf(end) + k) for end in ("0", end))
    return fit(lambda q: 1 / weight(q), weight, low, high, degree, single)


# The best of the multiples of 1/64 and of 1/2 around.
for single, k, end, degree in ((True, "2.78125", "14.5", 10), (False, "3.5", "39", 24)):
    print_table(
        "gelu", f"(a + {k}) e^(a^2/2) Phi(-a) as a polynomial of (a - {k}) / (a + {k}), for 0 <= a <= {end}",
        "SINGLE" if single else "DOUBLE", degree, single, *normal_tail(mpf(k), end, degree, single),
    )


def shrink(z):
    """(x - tanh x) / x^3 for z = x^2."""
    x = mp.sqrt(z)
    return (x - mp.tanh(x)) / (x * z)


# At 0 it is 1/3; from a little above, where the quotient still has all digits that are needed.
for single, degree in ((True, 7), (False, 15)):
    print_table(
        "tanhshrink", "(x - tanh x) / x^3 as a polynomial of x^2, for |x| <= 1",
        "SINGLE" if single else "DOUBLE", degree, single,
        *fit(shrink, lambda z: 1 / shrink(z), mpf("1e-5"), mpf(1), degree, single),
    )
