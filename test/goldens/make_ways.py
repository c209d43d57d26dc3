#!/usr/bin/env python3
"""Makes ways.json: frames put together as scipy.stats and numpy do it, on seeded predictions of 1 to 23 frames; and weights of folds from the log loss of what they validate.
Usage: make_ways.py OUT.json    Needs: pip install numpy scipy
"""
import json, sys
import numpy as np, scipy
from scipy.special import softmax
from scipy.stats import gmean, trim_mean

random = np.random.default_rng(20261127)
CLASSES = 5


def normalised(values):
    return (values / values.sum()).tolist()


def trimmed(rows):
    count = len(rows)
    cut = 0 if count < 5 else int(np.ceil(count / 10))
    # scipy rounds the share times the count down: half a frame more than a whole number of them is that number.
    return trim_mean(rows, (cut + 0.5) / count, axis=0) if cut else rows.mean(axis=0)


cases = []
for frames in (1, 2, 3, 4, 5, 9, 10, 11, 20, 23):
    rows = softmax(random.normal(0, 3, (frames, CLASSES)), axis=1)
    if frames > 2:
        rows[1] = np.eye(CLASSES)[2]  # sure of one class: the others have nothing
    weights = np.round(random.uniform(0, 1, frames), 3)
    cases.append(dict(
        rows=rows.tolist(), weights=weights.tolist(),
        mean=normalised(rows.mean(axis=0)), median=normalised(np.median(rows, axis=0)), geometric=normalised(gmean(np.maximum(rows, 1e-15), axis=0)),
        trimmed=normalised(trimmed(rows)), quality=normalised(np.average(rows, axis=0, weights=weights)),
    ))

losses = [np.round(random.exponential(scale, count), 6) for scale, count in ((0.4, 9), (1.3, 7), (0.2, 8))]
weights = softmax([-own.mean() for own in losses])

with open(sys.argv[1], "w") as file:
    json.dump(dict(made_with=dict(numpy=np.__version__, scipy=scipy.__version__), cases=cases, folds=dict(losses=[own.tolist() for own in losses], weights=weights.tolist())), file)
