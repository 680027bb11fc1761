"""Writes scikit_learn.json: rows made at random, and what scikit-learn says of them.

    python crates/nn/tests/metrics/scikit_learn.py

Needs numpy and scikit-learn.
"""

import json
import pathlib
import warnings

import numpy
from sklearn import __version__, metrics

RANDOM = numpy.random.default_rng(42)
ROWS = 40
AVERAGES = ["macro", "micro", "weighted"]


def scores(target, predicted, weights, averages=AVERAGES):
    """Precision, recall, F1 and F0.5 by each average."""
    found = {}
    for average in averages:
        options = dict(average=average, sample_weight=weights, zero_division=0)
        found[f"precision {average}"] = metrics.precision_score(target, predicted, **options)
        found[f"recall {average}"] = metrics.recall_score(target, predicted, **options)
        found[f"f1 {average}"] = metrics.f1_score(target, predicted, **options)
        found[f"f0.5 {average}"] = metrics.fbeta_score(target, predicted, beta=0.5, **options)
    return found


def softmax(y):
    """Probabilities; those of the same logits in another order, or all shifted, are equal."""
    powers = numpy.exp(y - y.max(axis=1, keepdims=True))
    return powers / numpy.sort(powers, axis=1).sum(axis=1, keepdims=True)


def of_areas(y, labels, weights):
    # scikit-learn wants probabilities, and of two classes those of the second.
    probabilities = softmax(y)
    return {
        "area of softmax": metrics.roc_auc_score(
            labels, probabilities[:, 1] if y.shape[1] == 2 else probabilities, multi_class="ovr",
            average="macro", labels=range(y.shape[1]), sample_weight=weights,
        )
    }


def of_classes(y, labels, weights):
    classes = range(y.shape[1])
    found = scores(labels, y.argmax(axis=1), weights)
    found["accuracy"] = metrics.accuracy_score(labels, y.argmax(axis=1), sample_weight=weights)
    found["confusion"] = metrics.confusion_matrix(
        labels, y.argmax(axis=1), labels=classes, sample_weight=weights
    ).tolist()
    found["top 2"] = metrics.top_k_accuracy_score(
        labels, y, k=2, labels=classes, sample_weight=weights
    )
    found["cross entropy"] = metrics.log_loss(
        labels, softmax(y), labels=classes, sample_weight=weights
    )
    return found | of_areas(y, labels, weights)


def of_decisions(y, target, weights):
    found = scores(target, y > 0, weights)
    found["area"] = metrics.roc_auc_score(target, y, average="macro", sample_weight=weights)
    return found


def of_binary(y, labels, weights):
    found = scores(labels, y > 0, weights, ["binary"])
    found["accuracy"] = metrics.accuracy_score(labels, y > 0, sample_weight=weights)
    found["area"] = metrics.roc_auc_score(labels, y, sample_weight=weights)
    return found


def of_values(y, target, weights):
    return {
        "absolute": metrics.mean_absolute_error(target, y, sample_weight=weights),
        "squared": metrics.mean_squared_error(target, y, sample_weight=weights),
        "r2": metrics.r2_score(target, y, sample_weight=weights),
    }


def case(of, y, target):
    """One kind of rows: numbers as lists, and the scores without weights and with them."""
    weights = RANDOM.integers(0, 9, ROWS) / 4
    return {
        "width": 1 if y.ndim == 1 else y.shape[1],
        "y": y.ravel().tolist(),
        "target": target.ravel().tolist(),
        "weights": weights.tolist(),
        "plain": of(y, target, None),
        "weighted": of(y, target, weights),
    }


def main():
    # Eighths have ties, but no row has its largest number twice: which one counts is not the
    # matter here.
    def logits(*shape):
        return RANDOM.integers(-16, 17, shape) / 8

    # A network may add the same number to all logits of a row.
    def shifted(width):
        return logits(ROWS, width) + 4 * logits(ROWS, 1)

    y = numpy.stack([RANDOM.permutation(33)[:4] / 8 - 2 for _ in range(ROWS)])
    cases = {
        "classes": case(of_classes, y, RANDOM.integers(0, 4, ROWS)),
        "binary": case(of_binary, logits(ROWS), RANDOM.integers(0, 2, ROWS)),
        "decisions": case(of_decisions, logits(ROWS, 3), RANDOM.integers(0, 2, (ROWS, 3))),
        "values": case(of_values, logits(ROWS, 2), logits(ROWS, 2)),
        "two classes": case(of_areas, shifted(2), RANDOM.integers(0, 2, ROWS)),
        "shifted": case(of_areas, shifted(4), RANDOM.integers(0, 4, ROWS)),
    }
    cases["made by"] = f"scikit_learn.py with scikit-learn {__version__}"
    path = pathlib.Path(__file__).with_suffix(".json")
    # One case a line.
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in cases.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
