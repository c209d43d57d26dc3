#!/usr/bin/env python3
"""Makes blend.json: temperatures, weights and weights of single classes of a blend as scipy.optimize finds them, on seeded predictions of three runs of
which one says nothing of some rows. Objectives are written out here from their formulas.
Usage: make_blend.py OUT.json    Needs: pip install numpy scipy
"""
import json, sys
import numpy as np, scipy
from scipy.optimize import minimize, minimize_scalar

random = np.random.default_rng(20261127)
ROWS, CLASSES = 120, 5
answers = np.repeat(np.arange(CLASSES), ROWS // CLASSES)


def softmax(logits, axis=-1):
    e = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def run(sharpness, over, good=()):
    """A run whose logits are `over` times what they should be; it is better at the classes `good`."""
    edge = np.array([sharpness * (2.5 if c in good else 1) for c in range(CLASSES)])
    logits = random.normal(0, 1, (ROWS, CLASSES)) + edge[answers][:, None] * np.eye(CLASSES)[answers]
    return np.round(softmax(over * logits), 9)


members = [run(1.2, 2.5, good=(0, 1)), run(1.2, 0.6, good=(3, 4)), run(0.9, 1.0)]
members = [np.maximum(m, 1e-9) / np.maximum(m, 1e-9).sum(axis=1, keepdims=True) for m in members]
silent = np.zeros((3, ROWS), bool)
silent[1, ::9] = True


def temperature(p, y, prior):
    logs = np.log(np.maximum(p, 1e-15))

    def loss(inverse):
        q = np.log(softmax(logs * inverse))
        made_up = -(softmax(logs) * q).sum(axis=1).mean()
        return -q[np.arange(len(y)), y].sum() + prior * made_up

    found = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options=dict(xatol=1e-12))
    return 1 / found.x


def weights(p, heard, prior):
    """p, heard: [rows, members]."""

    def loss(w):
        own = np.where(heard, w, 0)
        return -(np.log((own * p).sum(axis=1)) - np.log(own.sum(axis=1))).sum() - prior * np.log(np.maximum(w, 1e-300)).sum()

    k = p.shape[1]
    best = None
    for start in [np.full(k, 1 / k), *(np.eye(k) * 0.8 + 0.2 / k)]:
        found = minimize(loss, start / start.sum(), method="SLSQP", bounds=[(1e-12, 1)] * k, constraints=dict(type="eq", fun=lambda w: w.sum() - 1), options=dict(ftol=1e-15, maxiter=2000))
        best = found if best is None or found.fun < best.fun else best
    # SLSQP stops near the optimum; a last search over logits of the weights ends on it.
    fine = minimize(lambda z: loss(softmax(z)), np.log(np.maximum(best.x, 1e-12)), method="BFGS", options=dict(gtol=1e-9))
    return softmax(fine.x) if fine.fun <= best.fun else best.x


def mixed(q, heard, w):
    """q: [members, rows, classes]; w: [members, classes]."""
    own = np.where(heard.T[:, :, None], w[:, None, :], 0)
    p = (own / own.sum(axis=0) * q).sum(axis=0)
    return p / p.sum(axis=1, keepdims=True)


def class_weights(q, heard, shared, classes):
    origin = np.log(shared)

    def all_of(z):
        w = np.tile(shared[:, None], (1, CLASSES))
        w[:, classes] = softmax(z.reshape(len(shared), len(classes)), axis=0)
        return w

    def loss(z):
        own = mixed(q, heard, all_of(z))
        return -np.log(own[np.arange(ROWS), answers]).sum() + ((z.reshape(len(shared), -1) - origin[:, None]) ** 2).sum() / 2

    found = minimize(loss, np.tile(origin[:, None], (1, len(classes))).ravel(), method="BFGS", options=dict(gtol=1e-8))
    return all_of(found.x)


def loss_of(p):
    return float(-np.log(p[np.arange(ROWS), answers]).mean())


cases = []
for prior in (0, 1):
    temperatures = [temperature(m[~s], answers[~s], prior) for m, s in zip(members, silent)]
    q = np.stack([softmax(np.log(m) / t) for m, t in zip(members, temperatures)])
    heard = ~silent.T
    w = weights(q[:, np.arange(ROWS), answers].T, heard, prior)
    case = dict(prior=prior, temperatures=temperatures, weights=w.tolist(), logLoss=loss_of(mixed(q, heard, np.tile(w[:, None], (1, CLASSES)))))
    if prior:
        own = class_weights(q, heard, w, [0, 3, 4])
        case |= dict(classes=[0, 3, 4], perClass=own[:, [0, 3, 4]].T.tolist(), logLossPerClass=loss_of(mixed(q, heard, own)))
    cases.append(case)

out = dict(
    made_with=dict(numpy=np.__version__, scipy=scipy.__version__), answers=answers.tolist(),
    members=[[None if s else row.tolist() for row, s in zip(m, quiet)] for m, quiet in zip(members, silent)], cases=cases,
)
with open(sys.argv[1], "w") as file:
    json.dump(out, file)
print([{k: v for k, v in c.items()} for c in cases])
