"""Rounds of opening a table of the worst predictions with pandas and NumPy, or of filtering and sorting one that is open. Task: files probabilities (float32),
answers, sequences and folds (int32), a row a frame, sequence by sequence; classes, level (sequence or frame), opened, rows of a page. Needs pandas, numpy."""

import itertools

import numpy
import pandas

import rounds

task = rounds.task()


def load():
    """The table with the score of every row, and how far its sequence's label is to be doubted (confident learning), as it is read from the files."""
    answers, sequences, folds = (numpy.fromfile(task[name], dtype="<i4") for name in ("answers", "sequences", "folds"))
    probabilities = numpy.fromfile(task["probabilities"], dtype="<f4").reshape(-1, task["classes"])
    starts = numpy.flatnonzero(numpy.diff(sequences, prepend=-1))
    counts = numpy.diff(starts, append=len(sequences))
    frames = numpy.arange(len(sequences)) - numpy.repeat(starts, counts)
    means = numpy.add.reduceat(probabilities, starts, axis=0, dtype="<f8") / counts[:, None]
    quality, doubted = label_issues(means, answers[starts])
    if task["level"] == "sequence":
        probabilities, answers, sequences, folds, frames = means, answers[starts], sequences[starts], folds[starts], numpy.full(len(starts), -1)
    else:
        quality, doubted = numpy.repeat(quality, counts), numpy.repeat(doubted, counts)
    predicted = probabilities.argmax(axis=1)
    row = numpy.arange(len(answers))
    answer_probability = probabilities[row, answers].astype("<f8")
    epsilon = numpy.finfo("<f8").eps
    loss = -numpy.log(numpy.clip(answer_probability, epsilon, 1 - epsilon))
    return pandas.DataFrame({
        "sequence": sequences, "frame": frames, "answer": answers, "predicted": predicted, "fold": folds, "confidence": probabilities[row, predicted],
        "answer_probability": answer_probability, "log_loss": loss, "share": loss / loss.sum(), "quality": quality, "doubted": doubted,
    })


def label_issues(means, answers):
    """Normalised margins, and the class that the confident joint counts a sequence to where that is more probable than its label, else -1."""
    row = numpy.arange(len(means))
    given = means[row, answers]
    counts = numpy.bincount(answers, minlength=means.shape[1])
    thresholds = numpy.where(counts > 0, numpy.bincount(answers, given, minlength=means.shape[1]) / numpy.maximum(counts, 1), 2)
    counted = numpy.where(means >= thresholds - 1e-6, means, -1)
    other = means.copy()
    other[row, answers] = 0
    most = counted.argmax(axis=1)
    return (given - other.max(axis=1) + 1) / 2, numpy.where(counted[row, most] > given, most, -1)


def page(table, by="log_loss", ascending=False):
    """The first rows in an order, for a page to show."""
    return table.sort_values(by, ascending=ascending, kind="stable").head(task["rows"]).to_dict("records")


CHANGES = [
    lambda table: page(table[table.answer != table.predicted]),
    lambda table: page(table, "confidence"),
    lambda table: page(table, "predicted", True),
    lambda table: page(table[table.fold == 2]),
    lambda table: page(table, "sequence", True),
    lambda table: page(table[(table.answer == 5) | (table.predicted == 5)]),
    lambda table: page(table[(table.fold == 1) & (table.answer % 2 == 0)]),
    lambda table: page(table),
]

opened = load() if task["opened"] else None
worst = [[each["sequence"], None if each["frame"] < 0 else each["frame"]] for each in page(opened)[:50]] if task["opened"] else []
turns = itertools.cycle(CHANGES)


def work():
    if task["opened"]:
        return len(next(turns)(opened))
    return len(page(load()))


rounds.serve({"pandas": pandas.__version__, "numpy": numpy.__version__, "worst": worst}, work)
