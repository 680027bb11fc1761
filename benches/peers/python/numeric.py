"""NumPy, with the BLAS that it was built with. Threads come from the environment."""

# First: see there.
import protocol

import os
import sys

import numpy

THREADS = sys.argv[1]
VARIABLES = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]

MAPS = {
    "relu": lambda x, y: numpy.maximum(x, 0, out=y),
    "exp": lambda x, y: numpy.exp(x, out=y),
    "ln": lambda x, y: numpy.log(x, out=y),
    "tanh": lambda x, y: numpy.tanh(x, out=y),
}


def prepare(work, arrays):
    if work["kind"] == "product":
        m, k, n = work["m"], work["k"], work["n"]
        a, b = arrays
        a = a.reshape(k, m).T if work["form"] == "TN" else a.reshape(m, k)
        b = b.reshape(n, k).T if work["form"] == "NT" else b.reshape(k, n)
        c = numpy.matmul(a, b)
        return c, lambda: numpy.matmul(a, b, out=c)
    if work["kind"] != "map":
        raise protocol.Lacks
    x, function = arrays[0], work["function"]
    if function == "sum":
        return numpy.array([x.sum()]), x.sum
    if function == "dot":
        y = arrays[1]
        return numpy.array([x.dot(y)]), lambda: x.dot(y)
    if function not in MAPS:
        raise protocol.Lacks
    y = MAPS[function](x, numpy.empty_like(x))
    return y.copy(), lambda: MAPS[function](x, y)


BLAS = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
LABEL = f"{numpy.__version__}, {BLAS.get('name')} {BLAS.get('version')}"
HELD = all(os.environ.get(name) == THREADS for name in VARIABLES)
protocol.serve(LABEL, "OMP_, MKL_ and OPENBLAS_NUM_THREADS=n" if HELD else "", prepare)
