#!/usr/bin/env python3
"""Makes review.json: log loss, accuracy, confusion matrix, reliability diagram and Brier score by scikit-learn, label issues and label quality by
cleanlab, average linkage by scipy; of two runs the Jensen-Shannon divergence, and the scores and label issues of their mean. Probabilities are float32 values,
so that a database that keeps float32 gives them back as they are.
Usage: make_review.py OUT.json    Needs: pip install "scikit-learn>=1.7" cleanlab scipy
"""
import json, sys, warnings
import numpy as np, scipy, sklearn, cleanlab
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import jensenshannon, squareform
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, brier_score_loss, confusion_matrix, log_loss

warnings.simplefilter("ignore")
random = np.random.default_rng(20261126)


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)


def noisy(labels, classes, sharpness, noise):
    """Probabilities of a model that often sees what the rows are, and labels of which some are wrong."""
    truth = labels.copy()
    wrong = random.random(len(labels)) < noise
    labels = np.where(wrong, random.integers(0, classes, len(labels)), labels)
    return softmax(random.normal(0, 1, (len(labels), classes)) + sharpness * np.eye(classes)[truth]), labels


def scores(rows, answers, bins):
    classes = list(range(rows.shape[1]))
    predicted, confidence = rows.argmax(axis=1), rows.max(axis=1)
    right = predicted == answers
    true, mean = calibration_curve(right, confidence, n_bins=bins, strategy="uniform")
    count = np.bincount(np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], confidence), minlength=bins)
    count = count[count > 0]
    return dict(
        bins=bins, logLoss=log_loss(answers, rows, labels=classes), accuracy=accuracy_score(answers, predicted),
        confusion=confusion_matrix(answers, predicted, labels=classes).tolist(), curve=dict(accuracy=true.tolist(), confidence=mean.tolist(), count=count.tolist()),
        expectedCalibrationError=float((count / len(rows) * np.abs(true - mean)).sum()), brier=brier_score_loss(answers, rows, labels=classes, scale_by_half=False),
    )


def issues(rows, labels):
    """cleanlab's issues, but for two kinds of rows, listed apart: `shortcut`, where it counts a row that reaches two thresholds to its most probable
    class though that one's is not reached (the paper takes the most probable of those reached); `unsure`, where the class it is counted to is less probable than its label."""
    thresholds = get_confident_thresholds(labels, rows)
    _, off = compute_confident_joint(labels, rows, calibrate=False, return_indices_of_off_diagonals=True)
    reached = rows >= thresholds - 1e-6
    most = rows.argmax(axis=1)
    shortcut = (reached.sum(axis=1) > 1) & ~reached[np.arange(len(rows)), most]
    guess = np.where(reached.sum(axis=1) > 1, most, reached.argmax(axis=1))
    found = find_label_issues(labels, rows, filter_by="confident_learning", n_jobs=1)
    assert set(np.flatnonzero(found)) <= set(off)
    unsure = found & (rows[np.arange(len(rows)), guess] <= rows[np.arange(len(rows)), labels])
    return dict(
        thresholds=thresholds.tolist(), quality=get_label_quality_scores(labels, rows, method="normalized_margin").tolist(),
        suggested=np.where(found & ~unsure, guess, -1).tolist(), shortcut=np.flatnonzero(shortcut).tolist(), unsure=np.flatnonzero(unsure).tolist(),
    )


def case(name, rows, labels, bins):
    return dict(name=name, rows=rows.tolist(), answers=labels.tolist(), **scores(rows, labels, bins), issues=issues(rows, labels))


few = np.repeat(np.arange(19), random.integers(1, 7, 19))
few[few == 7] = 3
few = np.append(few, 7)
cases = [
    case("four classes, labels in doubt", *noisy(random.integers(0, 4, 60), 4, 3, 0.2), 10),
    case("twenty classes of few sequences, one of them without any", *noisy(few, 20, 2.5, 0.05), 15),
    case("an unsure model", *noisy(random.integers(0, 5, 50), 5, 0.7, 0), 10),
    case("confidences on the edges of bins", np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0], [1, 0, 0], [0.5, 0.5, 0], [0.375, 0.375, 0.25], [0.25, 0.25, 0.5]]), np.array([0, 1, 1, 1, 2, 2]), 4),
]


def clustering(items, cut):
    distances = random.random((items, items))
    distances = np.round((distances + distances.T) / 2, 6)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances), "average")
    return dict(distances=distances.tolist(), merges=tree[:, :3].tolist(), cut=cut, flat=fcluster(tree, cut, "distance").tolist())


def pair(name, own_ids, other_ids, count, own_silent, other_silent, missing):
    """Two runs over classes of their own, of which each can say nothing of some rows (`silent`), and one has not predicted some (`missing`)."""
    truth = random.integers(0, len(own_ids), count)
    labels = np.where(random.random(count) < 0.4, random.integers(0, len(own_ids), count), truth)
    answers = np.array(own_ids)[labels]

    def run(ids, sharpness, silent):
        rows = softmax(random.normal(0, 1, (count, len(ids))) + sharpness * (np.array(ids) == np.array(own_ids)[truth][:, None]))
        rows[silent] = np.float32(1 / len(ids))
        return rows

    def over(ids, rows):
        return np.stack([rows[:, ids.index(id)] if id in ids else np.zeros(count) for id in union], axis=1)

    def score(rows):
        return dict(logLoss=log_loss(answers[common], rows[common], labels=union), accuracy=accuracy_score(answers[common], np.array(union)[rows[common].argmax(axis=1)]), count=len(common))

    own, other = run(own_ids, 2, own_silent), run(other_ids, 3, other_silent)
    union = sorted({*own_ids, *other_ids})
    common = np.setdiff1d(np.arange(count), missing)
    a, b = over(own_ids, own), over(other_ids, other)
    spoken = np.setdiff1d(common, [*own_silent, *other_silent])
    disagreement = [0 if row not in spoken else jensenshannon(a[row], b[row], base=2) ** 2 for row in common]
    differ = [int(row) for row in spoken if a[row].argmax() != b[row].argmax()]
    shared = b[:, [union.index(id) for id in own_ids]]
    mean = (own + shared) / 2
    mean[own_silent] = shared[own_silent]
    mean[other_silent], mean[missing] = own[other_silent], own[missing]
    return dict(
        name=name, ownIds=own_ids, otherIds=other_ids, own=own.tolist(), other=other.tolist(), answers=answers.tolist(), common=common.tolist(), disagreement=disagreement, differ=differ,
        scores=dict(own=score(a), other=score(b), both=score((a + b) / 2)), issues=issues(mean, labels),
    )


linkages = [clustering(9, 0.35), clustering(40, 0.3)]
pairs = [
    pair("the same classes, some rows without a word from one of them", [2, 5, 7, 11], [2, 5, 7, 11], 40, [3, 17], [4, 17, 30], []),
    pair("other classes, some rows of one run only", [2, 5, 7, 11], [2, 5, 9, 11], 40, [], [6], [0, 20, 21]),
]
versions = {module.__name__: module.__version__ for module in (np, scipy, sklearn, cleanlab)}
with open(sys.argv[1], "w") as file:
    json.dump(dict(versions=versions, cases=cases, linkage=linkages, pairs=pairs), file, separators=(",", ":"))
for each in cases:
    print(each["name"], len(each["rows"]), {key: len(each["issues"][key]) for key in ("shortcut", "unsure")}, sum(s >= 0 for s in each["issues"]["suggested"]))
