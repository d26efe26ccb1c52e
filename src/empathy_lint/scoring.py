"""Features -> scores: linear models on numpy alone, and exactly what each word adds to a score.

A sentence is scored in two steps. First each sentence by itself: a weighted sum of its word sequences and of
the words it answers. Then the sums of the sentence's own seven acts and the probabilities of the sentences
beside it are weighed again, which makes the result calibrated: a story that runs on, a question after advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .features import EDGE, FloatArray, IntArray, Sequences, Vocabulary


def probability(log_odds: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-log_odds)), elementwise."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.maximum(log_odds, -700.0))))


class Sums(NamedTuple):
    """What the words of each text weigh together: ``weights``, shape (texts, outputs), and squared rarities, shape (texts,)."""

    weights: FloatArray
    squares: FloatArray

    def of(self, texts: Sequence[int] | IntArray) -> Sums:
        """Return the sums of these texts, in this order; -1 is a text without words."""
        nothing = Sums(np.zeros((1, self.weights.shape[1])), np.zeros(1))
        rows = np.asarray(texts, dtype=np.int64)
        return Sums(np.vstack([self.weights, nothing.weights])[rows], np.append(self.squares, 0.0)[rows])


@dataclass(frozen=True)
class WordWeights:
    """What word sequences weigh.

    Parameters
    ----------
    sequences
        Which sequences are features.
    rarity
        Inverse document frequency of each feature, shape (features,); 0 for what is none.
    weights
        Shape (features, outputs), already multiplied by ``rarity``.
    """

    sequences: Sequences
    rarity: FloatArray
    weights: FloatArray

    def sums(self, ids: IntArray) -> Sums:
        """Return the sums of each text.

        ``ids`` holds the words of all texts as numbers, an EDGE before each text and after the last.
        """
        each = np.zeros((len(ids) - 1, self.weights.shape[1]))
        squares = np.zeros(len(ids) - 1)
        for column in self.sequences.columns(ids).T:
            each += self.weights.take(column, axis=0)
            squares += self.rarity.take(column) ** 2
        starts = np.flatnonzero(ids == EDGE)[:-1]
        if not len(starts):
            return Sums(np.zeros((0, self.weights.shape[1])), np.zeros(0))
        return Sums(np.add.reduceat(each, starts, axis=0), np.add.reduceat(squares, starts))


@dataclass(frozen=True)
class SentenceScorer:
    """Scores the sentences of replies, each in sight of its neighbours and of what it answers.

    Parameters
    ----------
    said, heard
        Weights of the sentence, and of the speaker's last turn; outputs are the acts of the taxonomy.
    bias
        Shape (acts,).
    own, before, after
        Shape (acts, acts): how the sentence's own log-odds, and the probabilities of the sentence before
        and after it, weigh in each act's final log-odds.
    shift
        Shape (acts,), added to the final log-odds.
    """

    said: WordWeights
    heard: WordWeights
    bias: FloatArray
    own: FloatArray
    before: FloatArray
    after: FloatArray
    shift: FloatArray

    def alone(self, sentences: IntArray, heard: Sums) -> FloatArray:
        """Return the log-odds of each sentence by itself, shape (sentences, acts).

        ``heard`` holds, for each sentence, the sums of what the speaker said last.
        """
        said = self.said.sums(sentences)
        length = np.sqrt(said.squares + heard.squares)
        return np.asarray((said.weights + heard.weights) / np.maximum(length, 1e-9)[:, None] + self.bias)

    def log_odds(self, sentences: IntArray, heard: Sums, counts: Sequence[int]) -> FloatArray:
        """Return calibrated log-odds, shape (sentences, acts).

        Parameters
        ----------
        sentences
            The words of the sentences of all replies, in order, as numbers.
        heard
            What the speaker said last, one text a reply.
        counts
            How many sentences each reply has.
        """
        alone = self.alone(sentences, heard.of(np.repeat(np.arange(len(counts)), counts)))
        previous, following = beside(probability(alone), counts)
        return alone @ self.own + previous @ self.before + following @ self.after + self.shift


@dataclass(frozen=True)
class ContextScorer:
    """Scores what the speaker said: all turns together, calibrated.

    Parameters
    ----------
    said
        Weights of the speaker's words.
    bias
        Shape (outputs,).
    """

    said: WordWeights
    bias: FloatArray

    def log_odds(self, turns: IntArray, counts: Sequence[int]) -> FloatArray:
        """Return log-odds, shape (contexts, outputs); ``counts`` tells how many turns each has, at least one."""
        if not len(counts):
            return np.zeros((0, len(self.bias)))
        sums, squares = self.said.sums(turns)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        length = np.sqrt(np.add.reduceat(squares, starts))
        together = np.add.reduceat(sums, starts, axis=0)
        return np.asarray(together / np.maximum(length, 1e-9)[:, None] + self.bias)


@dataclass(frozen=True)
class Model:
    """All that was learnt: the words, a scorer for sentences, one for contexts, and the least confidence of each verdict.

    ``context`` has the outputs of :data:`empathy_lint.context.FACTS`. ``thresholds`` has a key for every act and
    for sharing, advice_requested and crisis. ``about`` says what the model was trained on.
    """

    vocabulary: Vocabulary
    sentences: SentenceScorer
    context: ContextScorer
    thresholds: Mapping[str, float]
    about: Mapping[str, Any] = field(default_factory=dict)


def beside(probabilities: FloatArray, counts: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    """Return the rows before and after each row within its reply, zeros where there is none."""
    previous = np.zeros_like(probabilities)
    following = np.zeros_like(probabilities)
    previous[1:] = probabilities[:-1]
    following[:-1] = probabilities[1:]
    ends = np.cumsum(np.asarray(counts, dtype=np.int64))
    previous[ends[ends < len(probabilities)]] = 0.0
    following[ends[ends > 0] - 1] = 0.0
    return previous, following
