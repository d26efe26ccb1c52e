"""Labelled replies -> fitted scorers: the scikit-learn estimators.

They are trained with scikit-learn and score through :mod:`empathy_lint.scoring`, so that a fitted
estimator and a loaded model folder give the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import normalize
from sklearn.utils.validation import check_is_fitted

from .context import FACTS
from .features import FloatArray, context_row, heard_features, look_up, own_features, stack
from .records import Turn
from .scoring import LinearScorer, SentenceScorer, beside, probability
from .taxonomy import ACTS

Context = Sequence[Turn]
Rows = Sequence[Sequence[str]]
_ITERATIONS = 1000


@dataclass(frozen=True)
class Passage:
    """One sample of :class:`TrapClassifier`: a reply in sentences, and the turns before it."""

    sentences: tuple[str, ...]
    context: tuple[Turn, ...] = ()


class TrapClassifier(BaseEstimator):  # type: ignore[misc]
    """Tells for each sentence of a reply which acts it does: five traps and two good moves.

    Word sequences of the sentence and words of the speaker's last turn go into one logistic regression an
    act; a second one, fitted on held-out predictions of the first, adds the sentences beside it and makes the
    probabilities calibrated.

    Parameters
    ----------
    C
        Inverse strength of the penalty on the weights.
    min_count
        A feature must stand in as many sentences of the training data to be used.
    folds
        Parts that the replies are cut into for the held-out predictions. No reply is ever cut.

    Attributes
    ----------
    scorer_ : SentenceScorer
        What was learnt, without scikit-learn.
    held_out_ : ndarray of shape (sentences, acts)
        Probabilities of the training sentences, each from a model that never saw its reply.

    Examples
    --------
    >>> from empathy_lint.records import Turn
    >>> told = (Turn("speaker", "My boss yelled at me."),)
    >>> X = [Passage(("You should quit.", f"I got fired in {year} too."), told) for year in "abcdefgh"]
    >>> y = [[["FX"], ["HJ"]]] * 8
    >>> TrapClassifier(folds=2).fit(X, y).predict(X[:1])[:, [0, 2]].tolist()
    [[True, False], [False, True]]
    """

    def __init__(self, *, C: float = 6.0, min_count: int = 2, folds: int = 5) -> None:  # noqa: N803
        self.C = C
        self.min_count = min_count
        self.folds = folds

    def fit(self, X: Sequence[Passage], y: Sequence[Sequence[Sequence[str]]]) -> TrapClassifier:  # noqa: N803
        """Learn from replies ``X`` and, for each sentence of each, the codebook's labels in ``y``.

        Raises
        ------
        ValueError
            If ``X`` and ``y`` differ in length, or a reply and its labels do.
        """
        if len(X) != len(y) or any(len(x.sentences) != len(codes) for x, codes in zip(X, y, strict=True)):
            raise ValueError("each sentence of each reply needs a list of labels")
        targets = act_matrix(y)
        counts = [len(passage.sentences) for passage in X]
        rows = _sentence_rows(X)
        reply_of = np.repeat(np.arange(len(X)), counts)
        parts = list(KFold(self.folds, shuffle=True, random_state=0).split(np.arange(len(X))))
        splits = [(np.isin(reply_of, train), np.isin(reply_of, test)) for train, test in parts]

        alone = np.zeros(targets.shape)
        for train, test in splits:
            part = _fit_linear(_pick(rows, train), targets[train], self.C, self.min_count)
            alone[test] = part.log_odds(_numbers(part, _pick(rows, test)))
        inputs = np.hstack([alone, *beside(probability(alone), counts)])

        self.held_out_ = np.zeros(targets.shape)
        for train, test in splits:
            weights, bias = _fit_dense(inputs[train], targets[train])
            self.held_out_[test] = probability(inputs[test] @ weights + bias)
        weights, bias = map(_as_stored, _fit_dense(inputs, targets))
        acts = len(ACTS)
        self.scorer_ = SentenceScorer(
            alone=_fit_linear(rows, targets, self.C, self.min_count),
            own=weights[:acts],
            before=weights[acts : 2 * acts],
            after=weights[2 * acts :],
            bias=bias,
        )
        self.classes_ = np.array([act.value for act in ACTS])
        return self

    def decision_function(self, X: Sequence[Passage]) -> FloatArray:  # noqa: N803
        """Return the log-odds of every sentence, reply after reply, shape (sentences, acts)."""
        check_is_fitted(self)
        rows = _numbers(self.scorer_.alone, _sentence_rows(X))
        return self.scorer_.log_odds(rows, [len(passage.sentences) for passage in X])

    def predict_proba(self, X: Sequence[Passage]) -> FloatArray:  # noqa: N803
        """Return calibrated probabilities of every sentence, shape (sentences, acts)."""
        return probability(self.decision_function(X))

    def predict(self, X: Sequence[Passage]) -> np.ndarray[Any, np.dtype[np.bool_]]:  # noqa: N803
        """Return which acts are likelier than not, shape (sentences, acts)."""
        return self.predict_proba(X) > 0.5


class ContextClassifier(BaseEstimator):  # type: ignore[misc]
    """Tells from the turns before the draft what :data:`~empathy_lint.context.FACTS` names.

    Parameters and attributes are those of :class:`TrapClassifier`, with outputs in the order of FACTS. A
    fact that the training data never shows (or always) keeps its base rate.
    """

    def __init__(self, *, C: float = 6.0, min_count: int = 2, folds: int = 5) -> None:  # noqa: N803
        self.C = C
        self.min_count = min_count
        self.folds = folds

    def fit(self, X: Sequence[Context], y: FloatArray) -> ContextClassifier:  # noqa: N803
        """Learn from contexts ``X`` and the facts ``y``, zeros and ones, shape (contexts, facts)."""
        rows = [context_row(context) for context in X]
        alone = np.zeros(y.shape)
        splits = list(KFold(self.folds, shuffle=True, random_state=0).split(np.arange(len(X))))
        for train, test in splits:
            part = _fit_linear([rows[i] for i in train], y[train], self.C, self.min_count)
            alone[test] = part.log_odds(_numbers(part, [rows[i] for i in test]))
        scale, shift = _fit_each(alone, y)
        self.held_out_ = np.zeros(y.shape)
        for train, test in splits:
            part_scale, part_shift = _fit_each(alone[train], y[train])
            self.held_out_[test] = probability(alone[test] * part_scale + part_shift)
        linear = _fit_linear(rows, y, self.C, self.min_count)
        self.scorer_ = LinearScorer(
            linear.vocabulary, linear.rarity, _as_stored(linear.weights * scale), _as_stored(linear.bias * scale + shift)
        )
        self.classes_ = np.array(FACTS)
        return self

    def predict_proba(self, X: Sequence[Context]) -> FloatArray:  # noqa: N803
        """Return calibrated probabilities, shape (contexts, facts)."""
        check_is_fitted(self)
        return probability(self.scorer_.log_odds(_numbers(self.scorer_, [context_row(context) for context in X])))


def act_matrix(labels: Iterable[Sequence[Sequence[str]]]) -> FloatArray:
    """Return the labels of all sentences, reply after reply, as zeros and ones, shape (sentences, acts)."""
    return np.array([[float(act.label in codes) for act in ACTS] for reply in labels for codes in reply]).reshape(-1, len(ACTS))


def _sentence_rows(passages: Sequence[Passage]) -> Rows:
    """Return the features of all sentences, reply after reply."""
    return [
        [*own_features(sentence), *heard]
        for passage in passages
        for heard in [heard_features(passage.context)]
        for sentence in passage.sentences
    ]


def _numbers(scorer: LinearScorer, rows: Rows) -> list[list[int]]:
    return [scorer.numbers(row) for row in rows]


def _pick(rows: Rows, chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> Rows:
    return [row for row, wanted in zip(rows, chosen, strict=True) if wanted]


def _fit_linear(rows: Rows, targets: FloatArray, strength: float, min_count: int) -> LinearScorer:
    counts = Counter(feature for row in rows for feature in row)
    kept = sorted(feature for feature, count in counts.items() if count >= min_count)
    vocabulary = {feature: number for number, feature in enumerate(kept, start=1)}
    rarity = np.array([0.0, *(np.log((1 + len(rows)) / (1 + counts[feature])) + 1 for feature in kept)])
    numbers, starts = stack([look_up(row, vocabulary) for row in rows])
    shape = (len(rows), len(rarity))
    matrix = sparse.csr_matrix((rarity[numbers], numbers, [*starts, len(numbers)]), shape=shape)
    weights, bias = _fit_logistic(normalize(matrix), targets, strength)
    return LinearScorer(vocabulary, _as_stored(rarity), _as_stored(weights * rarity[:, None]), _as_stored(bias))


def _as_stored(array: FloatArray) -> FloatArray:
    """Round to what a model folder holds, so that a reloaded model gives identical scores."""
    return array.astype(np.float32).astype(np.float64)


def _fit_dense(inputs: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    return _fit_logistic(inputs, targets, 1.0)


def _fit_each(log_odds: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit target ``k`` on column ``k`` alone: Platt's calibration."""
    fits = [_fit_logistic(log_odds[:, [k]], targets[:, [k]], 1.0) for k in range(targets.shape[1])]
    return np.array([weights[0, 0] for weights, _ in fits]), np.array([bias[0] for _, bias in fits])


def _fit_logistic(matrix: Any, targets: FloatArray, strength: float) -> tuple[FloatArray, FloatArray]:
    """Return weights of shape (features, targets) and biases of shape (targets,)."""
    weights = np.zeros((matrix.shape[1], targets.shape[1]))
    bias = np.zeros(targets.shape[1])
    for column, target in enumerate(targets.T):
        if target.min() == target.max():
            bias[column] = np.log((target.sum() + 0.5) / (len(target) - target.sum() + 0.5))
            continue
        model = LogisticRegression(C=strength, max_iter=_ITERATIONS).fit(matrix, target)
        weights[:, column], bias[column] = model.coef_[0], model.intercept_[0]
    return weights, bias
