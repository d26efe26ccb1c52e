"""Features -> scores, on numpy alone, and exactly what each word adds to a score.

A sentence is scored in two steps. First each sentence by itself: a weighted sum of its word sequences and of
the words it answers. Then a small network weighs these sums again together with the sentences beside it, with what
replies to such a context tend to do, and with a few plain marks of the sentence; its output is calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .features import EDGE, FloatArray, IntArray, Sequences, Vocabulary

_FAR = 6.0  # log-odds of a context beyond this are as good as certain


def probability(log_odds: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-log_odds)), elementwise."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.maximum(log_odds, -700.0))))


class Sums(NamedTuple):
    """What the words of each text weigh together: ``weights``, shape (texts, outputs), and squared rarities, shape (texts,)."""

    weights: FloatArray
    squares: FloatArray

    def of(self, texts: Sequence[int] | IntArray) -> Sums:
        """Return the sums of these texts, in this order; -1 is a text without words."""
        rows = np.asarray(texts, dtype=np.int64)
        if not len(rows) or rows.min() >= 0:
            return Sums(self.weights[rows], self.squares[rows])
        return Sums(np.vstack([self.weights, np.zeros((1, self.weights.shape[1]))])[rows], np.append(self.squares, 0.0)[rows])


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

    @cached_property
    def _table(self) -> FloatArray:
        """Weights, and squared rarities in the last column: one look-up for both."""
        return np.column_stack([self.weights, self.rarity**2])

    def sums(self, ids: IntArray) -> Sums:
        """Return the sums of each text.

        ``ids`` holds the words of all texts as numbers, an EDGE before each text and after the last.
        """
        first, *others = self.sequences.columns(ids)
        each = self._table.take(first, axis=0)
        for column in others:
            each += self._table.take(column, axis=0)
        starts = np.flatnonzero(ids == EDGE)[:-1]
        sums = np.add.reduceat(each, starts, axis=0) if len(starts) else each[:0]
        return Sums(sums[:, :-1], sums[:, -1])


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

    def beside(self, other: ContextScorer) -> ContextScorer:
        """Return a scorer with the outputs of both, these first. Both must have learnt from the same contexts.

        Raises
        ------
        ValueError
            If they use other features.
        """
        if not self.said.sequences.same_as(other.said.sequences) or not np.array_equal(self.said.rarity, other.said.rarity):
            raise ValueError("the scorers use other features")
        weights = np.hstack([self.said.weights, other.said.weights])
        return ContextScorer(WordWeights(self.said.sequences, self.said.rarity, weights), np.append(self.bias, other.bias))

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
class Layers:
    """A network with one hidden layer of rectified units: ``inputs @ hidden + hidden_bias``, cut at 0, ``@ out + out_bias``."""

    hidden: FloatArray
    hidden_bias: FloatArray
    out: FloatArray
    out_bias: FloatArray

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Return the outputs, shape (rows, outputs)."""
        return np.asarray(np.maximum(inputs @ self.hidden + self.hidden_bias, 0.0) @ self.out + self.out_bias)


@dataclass(frozen=True)
class Answered:
    """What replies answer.

    ``heard`` holds the sums of the speaker's last turn, ``expected`` what replies to such a context tend to do, log-odds,
    shape (replies, acts).
    """

    heard: Sums
    expected: FloatArray

    def of(self, replies: Sequence[int] | IntArray) -> Answered:
        """Return the rows of these replies, in this order."""
        return Answered(self.heard.of(replies), self.expected[np.asarray(replies, dtype=np.int64)])


@dataclass(frozen=True)
class SentenceScorer:
    """Scores the sentences of replies, each in sight of its neighbours and of what it answers.

    Parameters
    ----------
    said, heard
        Weights of the sentence, and of the speaker's last turn; outputs are the acts of the taxonomy.
    bias
        Shape (acts,).
    expects
        What replies to a context tend to do: does any sentence do this act?
    unknown
        The same where nothing was said before, log-odds, shape (acts,).
    kinds
        Which words are marks of a sentence, from :func:`~empathy_lint.features.word_kinds`, shape (words, kinds).
    second
        The second step; its inputs are those of :func:`surroundings`.
    """

    said: WordWeights
    heard: WordWeights
    bias: FloatArray
    expects: ContextScorer
    unknown: FloatArray
    kinds: FloatArray
    second: Layers

    def answered(self, turns: IntArray, counts: Sequence[int], expected: FloatArray | None = None) -> Answered:
        """Return what replies answer.

        Parameters
        ----------
        turns
            The words of the speaker's turns of all contexts, in order, as numbers.
        counts
            How many turns each context has; 0 where the speaker has said nothing.
        expected
            What ``expects`` says of the contexts with turns, if that is known already.
        """
        told = np.array(counts, dtype=np.int64)
        spoken = told > 0
        rows = np.tile(self.unknown, (len(told), 1))
        if spoken.any():
            rows[spoken] = self.expects.log_odds(turns, told[spoken].tolist()) if expected is None else expected
        return Answered(self.heard.sums(turns).of(np.where(spoken, np.cumsum(told) - 1, -1)), rows)

    def alone(self, sentences: IntArray, heard: Sums) -> FloatArray:
        """Return the log-odds of each sentence by itself, shape (sentences, acts).

        ``heard`` holds, for each sentence, the sums of what the speaker said last.
        """
        said = self.said.sums(sentences)
        length = np.sqrt(said.squares + heard.squares)
        return np.asarray((said.weights + heard.weights) / np.maximum(length, 1e-9)[:, None] + self.bias)

    def log_odds(self, sentences: IntArray, answered: Answered, counts: Sequence[int]) -> FloatArray:
        """Return calibrated log-odds, shape (sentences, acts).

        Parameters
        ----------
        sentences
            The words of the sentences of all replies, in order, as numbers.
        answered
            What each reply answers.
        counts
            How many sentences each reply has.
        """
        reply_of = np.repeat(np.arange(len(counts)), counts)
        alone = self.alone(sentences, answered.heard.of(reply_of))
        return self.second(surroundings(alone, counts, answered.expected, held_kinds(self.kinds, sentences)))


def held_kinds(kinds: FloatArray, sentences: IntArray) -> FloatArray:
    """Return which kinds of words each sentence holds, ones and zeros, shape (sentences, kinds)."""
    starts = np.flatnonzero(sentences == EDGE)[:-1]
    if not len(starts):
        return np.zeros((0, kinds.shape[1]))
    return np.maximum.reduceat(kinds.take(sentences[:-1], axis=0), starts, axis=0)


def surroundings(alone: FloatArray, counts: Sequence[int], expected: FloatArray, kinds: FloatArray) -> FloatArray:
    """Return the inputs of the second step, shape (sentences, inputs).

    Parameters
    ----------
    alone
        Log-odds of each sentence by itself, shape (sentences, acts).
    counts
        How many sentences each reply has.
    expected
        Log-odds of what replies to such a context do, shape (replies, acts).
    kinds
        Which kinds of words each sentence holds, shape (sentences, kinds).
    """
    chance = probability(alone)
    previous, following = beside(chance, counts)
    reply_of = np.repeat(np.arange(len(counts)), counts)
    return np.hstack([alone, chance, np.clip(expected, -_FAR, _FAR)[reply_of], previous, following, kinds])


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
