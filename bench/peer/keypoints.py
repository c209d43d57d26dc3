"""scikit-learn's MLPClassifier on keypoint features: one frame a row, five folds, the mean over a sequence's frames.
Task: features (a file of float32), table (JSON: sequence, mirrored, label, fold of each row), width, classes. Needs sklearn, numpy."""

import json

import numpy
import sklearn
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import rounds

task = rounds.task()
features = numpy.fromfile(task["features"], dtype="<f4").reshape(-1, task["width"])
with open(task["table"]) as file:
    table = {name: numpy.array(values) for name, values in json.load(file).items()}


def work():
    losses, right = [], 0
    for fold in numpy.unique(table["fold"]):
        train = table["fold"] != fold
        asked = (table["fold"] == fold) & ~table["mirrored"]
        model = make_pipeline(StandardScaler(), MLPClassifier((128,), random_state=42)).fit(features[train], table["label"][train])
        probabilities = numpy.full((asked.sum(), task["classes"]), 0.001 / task["classes"])
        probabilities[:, model.classes_] += 0.999 * model.predict_proba(features[asked])
        for sequence in numpy.unique(table["sequence"][asked]):
            rows = table["sequence"][asked] == sequence
            mean = probabilities[rows].mean(axis=0)
            label = table["label"][asked][rows][0]
            losses.append(-numpy.log(mean[label] / mean.sum()))
            right += mean.argmax() == label
    with open(task["table"] + ".scores", "w") as file:
        json.dump({"log_loss": round(float(numpy.mean(losses)), 4), "accuracy": round(right / len(losses), 4)}, file)
    return len(features)


rounds.serve({"sklearn": sklearn.__version__}, work)
