"""Makes embeddings.json: principal components by scikit-learn (1.5 or later: the largest loading is positive) and nearest rows by cosine.

    python make_embeddings.py > embeddings.json
"""
import json

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

random = np.random.default_rng(20261126)


def case(name, rows):
    rows = np.asarray(rows, dtype=np.float32).round(3)
    exact = rows.astype(np.float64)
    pca = PCA(n_components=2, svd_solver="full")
    scores = pca.fit_transform(exact)
    distances, others = NearestNeighbors(n_neighbors=4, metric="cosine", algorithm="brute").fit(exact).kneighbors()
    return {
        "name": name,
        "rows": [[float(f"{value:.3f}") for value in row] for row in rows],
        "scores": scores.round(8).tolist(),
        "explained": pca.explained_variance_ratio_.tolist(),
        "nearest": others.tolist(),
        "distances": distances.round(8).tolist(),
    }


centres = np.abs(random.normal(0, 1, (5, 16)))
cases = [
    case("more rows than columns", random.normal(0, 1, (40, 8)) * np.linspace(3, 0.5, 8) + 1),
    case("more columns than rows", np.abs(random.normal(0, 1, (10, 30)))),
    case("clusters of features that are not negative", np.abs(np.repeat(centres, 7, axis=0) + random.normal(0, 0.2, (35, 16)))),
    case("close eigenvalues", random.normal(0, 1, (60, 12))),
    case("far from the origin", random.normal(0, 1, (25, 6)) * [5, 3, 1, 1, 1, 1] + 100),
]
print(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}))
