"""Features -> scores: linear models on numpy alone, and exactly what each feature adds to a score.

A sentence is scored in two steps. First each sentence by itself, a weighted sum of its features. Then
the sums of the sentence's own seven acts and the probabilities of the sentences beside it are weighed
again, which makes the result calibrated: a story that runs on, a question after advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .features import FloatArray, look_up, stack

Rows = Sequence[Sequence[int]]
"""Rows of feature numbers: what :meth:`LinearScorer.numbers` returns."""


def probability(log_odds: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-log_odds)), elementwise."""
    return 1.0 / (1.0 + np.exp(-np.maximum(log_odds, -700.0)))


@dataclass(frozen=True)
class LinearScorer:
    """A linear model over features that are either there or not.

    A row's features weigh by ``rarity`` (inverse document frequency) and are scaled to unit length.

    Parameters
    ----------
    vocabulary
        Feature -> number; number 0 is kept for unknown features.
    rarity
        Shape (features,), 0 for number 0.
    weights
        Shape (features, outputs), already multiplied by ``rarity``.
    bias
        Shape (outputs,).
    """

    vocabulary: Mapping[str, int]
    rarity: FloatArray
    weights: FloatArray
    bias: FloatArray

    def numbers(self, row: Iterable[str]) -> list[int]:
        """Return a row of features as numbers."""
        return look_up(row, self.vocabulary)

    def log_odds(self, rows: Rows) -> FloatArray:
        """Return the log-odds of each row, shape (rows, outputs)."""
        if not rows:
            return np.zeros((0, len(self.bias)))
        numbers, starts = stack(rows)
        length = np.sqrt(np.add.reduceat(self.rarity[numbers] ** 2, starts))
        sums = np.add.reduceat(self.weights[numbers], starts, axis=0)
        return np.asarray(sums / np.maximum(length, 1e-9)[:, None] + self.bias, dtype=np.float64)

    def contributions(self, row: Sequence[int]) -> FloatArray:
        """Return what each feature of one row adds, shape (features of the row, outputs); the rest is ``bias``."""
        numbers = np.array(row, dtype=np.intp)
        length = max(float(np.sqrt((self.rarity[numbers] ** 2).sum())), 1e-9)
        return np.asarray(self.weights[numbers] / length, dtype=np.float64)


@dataclass(frozen=True)
class SentenceScorer:
    """Scores the sentences of replies, each in sight of its neighbours.

    Parameters
    ----------
    alone
        Scores a sentence by itself; outputs are the acts of the taxonomy.
    own, before, after
        Shape (acts, acts): how the sentence's own log-odds, and the probabilities of the sentence before
        and after it, weigh in each act's final log-odds.
    bias
        Shape (acts,).
    """

    alone: LinearScorer
    own: FloatArray
    before: FloatArray
    after: FloatArray
    bias: FloatArray

    def log_odds(self, rows: Rows, counts: Sequence[int]) -> FloatArray:
        """Return calibrated log-odds, shape (rows, acts).

        ``rows`` are the sentences of all replies in order; ``counts`` tells how many each reply has.
        """
        alone = self.alone.log_odds(rows)
        previous, following = beside(probability(alone), counts)
        return alone @ self.own + previous @ self.before + following @ self.after + self.bias

    def contributions(self, rows: Rows, number: int) -> tuple[FloatArray, FloatArray]:
        """Return what each feature of sentence ``number`` adds, and what all else adds.

        ``rows`` are the sentences of one reply. The shapes are (features of the row, acts) and (2, acts):
        the baseline, then the sentences beside it. All of it adds up to :meth:`log_odds`.
        """
        near = rows[max(0, number - 1) : number + 2]
        at = min(number, 1)
        previous, following = beside(probability(self.alone.log_odds(near)), [len(near)])
        features = self.alone.contributions(rows[number]) @ self.own
        baseline = self.alone.bias @ self.own + self.bias
        neighbours = previous[at] @ self.before + following[at] @ self.after
        return features, np.stack([baseline, neighbours])


def beside(probabilities: FloatArray, counts: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return the rows before and after each row within its reply, zeros where there is none."""
    previous = np.zeros_like(probabilities)
    following = np.zeros_like(probabilities)
    previous[1:] = probabilities[:-1]
    following[:-1] = probabilities[1:]
    ends = np.cumsum(np.asarray(counts, dtype=np.intp))
    previous[(ends[:-1])[ends[:-1] < len(probabilities)]] = 0.0
    following[(ends - 1)[ends > 0]] = 0.0
    return previous, following


@dataclass(frozen=True)
class Model:
    """All that was learnt: a scorer for sentences, one for contexts, and the least confidence of each verdict.

    ``facts`` has the outputs of :data:`empathy_lint.context.FACTS`, calibrated. ``thresholds`` has a key for
    every act and for sharing, advice_requested and crisis. ``about`` says what it was trained on, and how well
    it does.
    """

    sentences: SentenceScorer
    facts: LinearScorer
    thresholds: Mapping[str, float]
    about: Mapping[str, Any] = field(default_factory=dict)
