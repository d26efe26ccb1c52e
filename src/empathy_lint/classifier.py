"""Labelled replies -> fitted scorers: the scikit-learn estimators.

They are trained with scikit-learn and score through :mod:`empathy_lint.scoring`, so that a fitted
estimator and a loaded model folder give the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from .context import FACTS, last_said, speaker_turns
from .features import FloatArray, IntArray, Sequences, Texts, Vocabulary, emotion_cues, word_kinds
from .fitting import Context, as_stored, calibrate, count_matrix, fit_context, fit_layers, fit_words, read_turns
from .records import Turn
from .scoring import (
    Answered,
    ContextScorer,
    Layers,
    SentenceScorer,
    held_kinds,
    probability,
    surroundings,
)
from .taxonomy import ACTS, LABELS

_LONGEST = 3


@dataclass(frozen=True)
class Passage:
    """One sample of :class:`TrapClassifier`: a reply in sentences, and the turns before it."""

    sentences: tuple[str, ...]
    context: tuple[Turn, ...] = ()


class TrapClassifier(BaseEstimator):  # type: ignore[misc]
    """Tells for each sentence of a reply which acts it does: five traps and two good moves.

    Word sequences of the sentence and words of the speaker's last turn go into one logistic regression an
    act. Small networks, fitted on held-out predictions of these, add the sentences beside it and what replies to such a
    context tend to do; their mean is calibrated.

    Parameters
    ----------
    C
        Inverse strength of the penalty on the weights.
    heard_weight
        How much the words of the speaker's last turn count beside the sentence's own.
    min_count
        A feature must stand in as many sentences of the training data to be used.
    folds
        Parts that the replies are cut into for the held-out predictions. No reply is ever cut.
    units, networks
        Hidden units of each small network of the second step, and how many of them are averaged.
    vocabulary
        The words to use; None for those that stand ``min_count`` times or more.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The words that are used.
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

    def __init__(
        self,
        *,
        C: float = 6.0,  # noqa: N803
        heard_weight: float = 0.7,
        min_count: int = 2,
        folds: int = 5,
        units: int = 48,
        networks: int = 3,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.C = C
        self.heard_weight = heard_weight
        self.min_count = min_count
        self.folds = folds
        self.units = units
        self.networks = networks
        self.vocabulary = vocabulary

    def fit(self, X: Sequence[Passage], y: Sequence[Sequence[Sequence[str]]]) -> TrapClassifier:  # noqa: N803
        """Learn from replies ``X`` and, for each sentence of each, the codebook's labels in ``y``.

        Raises
        ------
        ValueError
            If ``X`` and ``y`` differ in length, or a reply and its labels do, or a label is unknown.
        """
        if len(X) != len(y) or any(len(x.sentences) != len(codes) for x, codes in zip(X, y, strict=True)):
            raise ValueError("each sentence of each reply needs a list of labels")
        unknown = {code for reply in y for codes in reply for code in codes} - set(LABELS)
        if unknown:
            raise ValueError(f"unknown labels: {', '.join(sorted(unknown))}")
        sentences, heard, _ = _read(X)
        self.vocabulary_ = self.vocabulary or Vocabulary.learn(Texts(sentences.words + heard.words), self.min_count)
        targets = act_matrix(y)
        counts = [len(passage.sentences) for passage in X]
        reply_of = np.repeat(np.arange(len(X)), counts)
        splits = list(KFold(self.folds, shuffle=True, random_state=0).split(np.arange(len(X))))
        masks = [(np.isin(reply_of, train), np.isin(reply_of, test)) for train, test in splits]

        alone, expected = np.zeros(targets.shape), np.zeros((len(X), len(ACTS)))
        done = np.array([act_matrix([reply]).max(axis=0, initial=0.0) for reply in y])
        for (train, test), (in_train, in_test) in zip(splits, masks, strict=True):
            part = self._fit_alone([X[i] for i in train], targets[in_train], done[train])
            sums = self._answered(part, [X[i] for i in test])
            alone[in_test] = self._alone(part, [X[i] for i in test], sums)
            expected[test] = sums.expected
        whole = self._fit_alone(X, targets, done)
        kinds = held_kinds(whole.kinds, self.vocabulary_.numbers(sentences))
        inputs = surroundings(alone, counts, expected, kinds)

        raw = np.zeros(targets.shape)
        for in_train, in_test in masks:
            raw[in_test] = fit_layers(inputs[in_train], targets[in_train], self.units, self.networks)(inputs[in_test])
        scale, shift = calibrate(raw, targets)
        self.held_out_ = probability(raw * scale + shift)
        second = fit_layers(inputs, targets, self.units, self.networks)
        out, out_bias = as_stored(second.out * scale), as_stored(second.out_bias * scale + shift)
        second = replace(second, out=out, out_bias=out_bias)
        self.scorer_ = replace(whole, second=second)
        self.classes_ = np.array([act.value for act in ACTS])
        return self

    def _fit_alone(self, passages: Sequence[Passage], targets: FloatArray, done: FloatArray) -> SentenceScorer:
        """Fit the first step: each sentence by itself, and what replies to a context tend to do."""
        sentences, heard, reply_of = _read(passages)
        vocabulary = self.vocabulary_
        no_classes = np.zeros(0, dtype=np.int64)
        said_ids, heard_ids = vocabulary.numbers(sentences), vocabulary.numbers(heard)
        said = Sequences.learn(said_ids, len(vocabulary), _LONGEST, self.min_count, no_classes)
        answered = Sequences.learn(heard_ids, len(vocabulary), 1, self.min_count, no_classes)
        said_rows = count_matrix(said, said_ids, sentences.edges)
        heard_rows = count_matrix(answered, heard_ids, heard.edges)[reply_of]
        (said_weights, heard_weights), bias = fit_words(
            [(said, said_rows, 1.0), (answered, heard_rows, self.heard_weight)], targets, self.C
        )
        expects = fit_context([passage.context for passage in passages], done, vocabulary, self.min_count, self.C)
        base = done.mean(axis=0)
        unknown = as_stored(np.log((base + 1e-3) / (1 - base + 1e-3)))
        nothing = np.zeros((0, 0))
        no_layers = Layers(nothing, nothing, nothing, nothing)
        return SentenceScorer(said_weights, heard_weights, bias, expects, unknown, word_kinds(vocabulary), no_layers)

    def _answered(self, scorer: SentenceScorer, passages: Sequence[Passage]) -> Answered:
        turns = [speaker_turns(passage.context) for passage in passages]
        ids = self.vocabulary_.numbers(Texts.read([turn for each in turns for turn in each]))
        return scorer.answered(ids, [len(each) for each in turns])

    def _alone(self, scorer: SentenceScorer, passages: Sequence[Passage], answered: Answered) -> FloatArray:
        sentences, _, reply_of = _read(passages)
        return scorer.alone(self.vocabulary_.numbers(sentences), answered.heard.of(reply_of))

    def decision_function(self, X: Sequence[Passage]) -> FloatArray:  # noqa: N803
        """Return the log-odds of every sentence, reply after reply, shape (sentences, acts)."""
        check_is_fitted(self)
        ids = self.vocabulary_.numbers(_read(X)[0])
        return self.scorer_.log_odds(ids, self._answered(self.scorer_, X), [len(passage.sentences) for passage in X])

    def predict_proba(self, X: Sequence[Passage]) -> FloatArray:  # noqa: N803
        """Return calibrated probabilities of every sentence, shape (sentences, acts)."""
        return probability(self.decision_function(X))

    def predict(self, X: Sequence[Passage]) -> np.ndarray[Any, np.dtype[np.bool_]]:  # noqa: N803
        """Return which acts are likelier than not, shape (sentences, acts)."""
        return self.predict_proba(X) > 0.5


class ContextClassifier(BaseEstimator):  # type: ignore[misc]
    """Tells from the turns before the draft what :data:`~empathy_lint.context.FACTS` names.

    C, min_count, folds, vocabulary and the attributes are those of :class:`TrapClassifier`, with outputs in the order of FACTS. A
    fact that the training data never shows (or always) keeps its base rate.
    """

    def __init__(
        self,
        *,
        C: float = 6.0,  # noqa: N803
        min_count: int = 2,
        folds: int = 5,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.C = C
        self.min_count = min_count
        self.folds = folds
        self.vocabulary = vocabulary

    def fit(self, X: Sequence[Context], y: FloatArray) -> ContextClassifier:  # noqa: N803
        """Learn from contexts ``X`` and the facts ``y``, zeros and ones, shape (contexts, facts).

        Raises
        ------
        ValueError
            If ``y`` has another shape.
        """
        if y.shape != (len(X), len(FACTS)):
            raise ValueError(f"y has shape {y.shape}, not {(len(X), len(FACTS))}")
        turns, _ = read_turns(X)
        self.vocabulary_ = self.vocabulary or Vocabulary.learn(turns, self.min_count, besides=emotion_cues())
        splits = list(KFold(self.folds, shuffle=True, random_state=0).split(np.arange(len(X))))
        alone = np.zeros(y.shape)
        for train, test in splits:
            part = fit_context([X[i] for i in train], y[train], self.vocabulary_, self.min_count, self.C)
            alone[test] = self._log_odds(part, [X[i] for i in test])
        scale, shift = calibrate(alone, y)
        self.held_out_ = np.zeros(y.shape)
        for train, test in splits:
            part_scale, part_shift = calibrate(alone[train], y[train])
            self.held_out_[test] = probability(alone[test] * part_scale + part_shift)
        raw = fit_context(X, y, self.vocabulary_, self.min_count, self.C)
        said = replace(raw.said, weights=as_stored(raw.said.weights * scale))
        self.scorer_ = ContextScorer(said, as_stored(raw.bias * scale + shift))
        self.classes_ = np.array(FACTS)
        return self

    def _log_odds(self, scorer: ContextScorer, contexts: Sequence[Context]) -> FloatArray:
        turns, counts = read_turns(contexts)
        return scorer.log_odds(self.vocabulary_.numbers(turns), counts)

    def predict_proba(self, X: Sequence[Context]) -> FloatArray:  # noqa: N803
        """Return calibrated probabilities, shape (contexts, facts)."""
        check_is_fitted(self)
        return probability(self._log_odds(self.scorer_, X))


def act_matrix(labels: Iterable[Sequence[Sequence[str]]]) -> FloatArray:
    """Return the labels of all sentences, reply after reply, as zeros and ones, shape (sentences, acts)."""
    return np.array([[float(act.label in codes) for act in ACTS] for reply in labels for codes in reply]).reshape(-1, len(ACTS))


def learn_vocabulary(passages: Sequence[Passage], min_count: int) -> Vocabulary:
    """Return the words of sentences and speaker's turns that stand ``min_count`` times or more, and the emotion cues."""
    sentences, _, _ = _read(passages)
    turns, _ = read_turns([passage.context for passage in passages])
    return Vocabulary.learn(Texts(sentences.words + turns.words), min_count, besides=emotion_cues())


def _read(passages: Sequence[Passage]) -> tuple[Texts, Texts, IntArray]:
    """Return all sentences, what each reply answers, and the reply of each sentence."""
    sentences = Texts.read([sentence for passage in passages for sentence in passage.sentences])
    heard = Texts.read([last_said(passage.context) for passage in passages])
    return sentences, heard, np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])
