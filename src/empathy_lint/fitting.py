"""Counts of words and labels -> weights: the fits that the estimators are made of.

Logistic regressions on word sequences, and small networks on what these say. Each is fitted with scikit-learn and
returned as what :mod:`empathy_lint.scoring` scores with.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from .context import speaker_turns
from .features import EDGE, FloatArray, IntArray, Sequences, Texts, Vocabulary, emotion_classes
from .records import Turn
from .scoring import ContextScorer, Layers, WordWeights

Context = Sequence[Turn]
_ITERATIONS = 1000
_TOLERANCE = 1e-6
_LONGEST_IN_CONTEXT = 2
_PENALTY, _BATCH, _EPOCHS, _LEAST_STEPS = 1e-2, 256, 12, 300
_CONSTANT = 1e-6  # an input that varies less is one that does not vary


def fit_context(
    contexts: Sequence[Context],
    targets: FloatArray,
    vocabulary: Vocabulary,
    min_count: int,
    strength: float,
) -> ContextScorer:
    """Fit one logistic regression a target, shape (contexts, targets), on the words of the speaker's turns."""
    turns, counts = read_turns(contexts)
    ids = vocabulary.numbers(turns)
    said = Sequences.learn(ids, len(vocabulary), _LONGEST_IN_CONTEXT, min_count, emotion_classes(vocabulary))
    ends = np.cumsum([0, *counts])
    rows = count_matrix(said, ids, [turns.edges[end] for end in ends])
    (weights,), bias = fit_words([(said, rows, 1.0)], targets, strength)
    return ContextScorer(weights, bias)


def fit_layers(inputs: FloatArray, targets: FloatArray, units: int, networks: int) -> Layers:
    """Fit several small networks and return them as one: its outputs are the mean of theirs, log-odds."""
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.where(spread < _CONSTANT, 1.0, spread)
    batch = min(_BATCH, len(inputs))
    epochs = max(_EPOCHS, -(-_LEAST_STEPS * batch // len(inputs)))
    parts = []
    for seed in range(networks):
        network = MLPClassifier((units,), alpha=_PENALTY, batch_size=batch, max_iter=epochs, tol=0.0, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are few on purpose: more of them fit noise
            parts.append(network.fit((inputs - mean) / spread, targets))
    hidden = np.hstack([part.coefs_[0] for part in parts]) / spread[:, None]
    hidden_bias = np.concatenate([part.intercepts_[0] for part in parts]) - mean @ hidden
    out = np.vstack([part.coefs_[1] for part in parts]) / networks
    return Layers(*map(as_stored, (hidden, hidden_bias, out, np.mean([part.intercepts_[1] for part in parts], axis=0))))


def read_turns(contexts: Sequence[Context]) -> tuple[Texts, list[int]]:
    """Return all turns of the speaker, and how many each context has; one without any gets an empty one."""
    said = [speaker_turns(context) or [""] for context in contexts]
    return Texts.read([text for texts in said for text in texts]), [len(texts) for texts in said]


def count_matrix(sequences: Sequences, ids: IntArray, edges: Sequence[int]) -> sparse.csr_matrix:
    """Return how often each feature stands between one edge and the next, shape (texts, features)."""
    columns = np.stack(sequences.columns(ids), axis=1)
    kinds = columns.shape[1]
    numbers = columns.ravel()
    shape = (len(edges) - 1, len(sequences))
    counts = sparse.csr_matrix((np.ones(len(numbers)), numbers, np.array(edges) * kinds), shape=shape)
    counts.sum_duplicates()
    return counts


def fit_words(
    parts: Sequence[tuple[Sequences, sparse.csr_matrix, float]], targets: FloatArray, strength: float
) -> tuple[list[WordWeights], FloatArray]:
    """Fit one logistic regression a target on several kinds of features side by side, each kind with its weight."""
    rarities = [weight * _rarity(sequences, counts) for sequences, counts, weight in parts]
    counts = sparse.hstack([part for _, part, _ in parts]).tocsr()
    rarity = np.concatenate(rarities)
    lengths = np.sqrt(counts @ rarity**2)
    matrix = sparse.diags(1.0 / np.maximum(lengths, 1e-9)) @ counts @ sparse.diags(rarity)
    weights, bias = _fit_logistic(matrix.tocsr(), targets, strength)
    split = np.split(weights * rarity[:, None], np.cumsum([len(r) for r in rarities])[:-1])
    fitted = [
        WordWeights(sequences, as_stored(part_rarity), as_stored(part))
        for (sequences, _, _), part_rarity, part in zip(parts, rarities, split, strict=True)
    ]
    return fitted, as_stored(bias)


def _rarity(sequences: Sequences, counts: sparse.csr_matrix) -> FloatArray:
    """Return the inverse document frequency of each feature; 0 for edges and for what is none."""
    texts = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log((1 + counts.shape[0]) / (1 + texts)) + 1
    rarity[[EDGE, len(sequences) - 1]] = 0.0
    return np.asarray(rarity * (texts > 0))


def as_stored(array: FloatArray) -> FloatArray:
    """Round to what a model folder holds, so that a reloaded model gives identical scores."""
    return array.astype(np.float32).astype(np.float64)


def calibrate(log_odds: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return scale and shift of each column that make log-odds calibrated: Platt's method. Both have the shape (columns,)."""
    fits = [_fit_logistic(log_odds[:, [k]], targets[:, [k]], 1.0) for k in range(targets.shape[1])]
    return np.array([weights[0, 0] for weights, _ in fits]), np.array([bias[0] for _, bias in fits])


def _fit_logistic(matrix: Any, targets: FloatArray, strength: float) -> tuple[FloatArray, FloatArray]:
    """Return weights of shape (features, targets) and biases of shape (targets,).

    Newton's method: on word counts it is faster than L-BFGS here and stops closer to the optimum, so that another
    version or machine finds the same weights.
    """
    weights = np.zeros((matrix.shape[1], targets.shape[1]))
    bias = np.zeros(targets.shape[1])
    for column, target in enumerate(targets.T):
        if target.min() == target.max():
            bias[column] = np.log((target.sum() + 0.5) / (len(target) - target.sum() + 0.5))
            continue
        model = LogisticRegression(C=strength, solver="newton-cg", tol=_TOLERANCE, max_iter=_ITERATIONS)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "(The )?line search|Rounding errors")  # no step is left to take: this is the optimum
            model.fit(matrix, target)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return weights, bias
