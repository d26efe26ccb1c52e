"""Labelled replies -> fitted scorers: the scikit-learn estimators.

They are trained with scikit-learn and score through :mod:`empathy_lint.scoring`, so that a fitted
estimator and a loaded model folder give the same numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from .context import FACTS, last_said, speaker_turns
from .features import EDGE, FloatArray, IntArray, Sequences, Texts, Vocabulary, emotion_classes, emotion_cues, word_kinds
from .records import Turn
from .scoring import (
    Answered,
    ContextScorer,
    Layers,
    SentenceScorer,
    WordWeights,
    held_kinds,
    probability,
    surroundings,
)
from .taxonomy import ACTS, LABELS

Context = Sequence[Turn]
_ITERATIONS = 1000
_TOLERANCE = 1e-6
_LONGEST = 3
_LONGEST_IN_CONTEXT = 2
_PENALTY, _BATCH, _EPOCHS, _LEAST_STEPS = 1e-2, 256, 12, 300
_CONSTANT = 1e-6  # an input that varies less is one that does not vary


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
        out, out_bias = _as_stored(second.out * scale), _as_stored(second.out_bias * scale + shift)
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
        said_rows = _count_matrix(said, said_ids, sentences.edges)
        heard_rows = _count_matrix(answered, heard_ids, heard.edges)[reply_of]
        (said_weights, heard_weights), bias = _fit_words(
            [(said, said_rows, 1.0), (answered, heard_rows, self.heard_weight)], targets, self.C
        )
        expects = fit_context([passage.context for passage in passages], done, vocabulary, self.min_count, self.C)
        base = done.mean(axis=0)
        unknown = _as_stored(np.log((base + 1e-3) / (1 - base + 1e-3)))
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
        turns, _ = _read_turns(X)
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
        said = replace(raw.said, weights=_as_stored(raw.said.weights * scale))
        self.scorer_ = ContextScorer(said, _as_stored(raw.bias * scale + shift))
        self.classes_ = np.array(FACTS)
        return self

    def _log_odds(self, scorer: ContextScorer, contexts: Sequence[Context]) -> FloatArray:
        turns, counts = _read_turns(contexts)
        return scorer.log_odds(self.vocabulary_.numbers(turns), counts)

    def predict_proba(self, X: Sequence[Context]) -> FloatArray:  # noqa: N803
        """Return calibrated probabilities, shape (contexts, facts)."""
        check_is_fitted(self)
        return probability(self._log_odds(self.scorer_, X))


def fit_context(
    contexts: Sequence[Context],
    targets: FloatArray,
    vocabulary: Vocabulary,
    min_count: int,
    strength: float,
) -> ContextScorer:
    """Fit one logistic regression a target, shape (contexts, targets), on the words of the speaker's turns."""
    turns, counts = _read_turns(contexts)
    ids = vocabulary.numbers(turns)
    said = Sequences.learn(ids, len(vocabulary), _LONGEST_IN_CONTEXT, min_count, emotion_classes(vocabulary))
    ends = np.cumsum([0, *counts])
    rows = _count_matrix(said, ids, [turns.edges[end] for end in ends])
    (weights,), bias = _fit_words([(said, rows, 1.0)], targets, strength)
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
    return Layers(*map(_as_stored, (hidden, hidden_bias, out, np.mean([part.intercepts_[1] for part in parts], axis=0))))


def act_matrix(labels: Iterable[Sequence[Sequence[str]]]) -> FloatArray:
    """Return the labels of all sentences, reply after reply, as zeros and ones, shape (sentences, acts)."""
    return np.array([[float(act.label in codes) for act in ACTS] for reply in labels for codes in reply]).reshape(-1, len(ACTS))


def learn_vocabulary(passages: Sequence[Passage], min_count: int) -> Vocabulary:
    """Return the words of sentences and speaker's turns that stand ``min_count`` times or more, and the emotion cues."""
    sentences, _, _ = _read(passages)
    turns, _ = _read_turns([passage.context for passage in passages])
    return Vocabulary.learn(Texts(sentences.words + turns.words), min_count, besides=emotion_cues())


def _read(passages: Sequence[Passage]) -> tuple[Texts, Texts, IntArray]:
    """Return all sentences, what each reply answers, and the reply of each sentence."""
    sentences = Texts.read([sentence for passage in passages for sentence in passage.sentences])
    heard = Texts.read([last_said(passage.context) for passage in passages])
    return sentences, heard, np.repeat(np.arange(len(passages)), [len(passage.sentences) for passage in passages])


def _read_turns(contexts: Sequence[Context]) -> tuple[Texts, list[int]]:
    """Return all turns of the speaker, and how many each context has; one without any gets an empty one."""
    said = [speaker_turns(context) or [""] for context in contexts]
    return Texts.read([text for texts in said for text in texts]), [len(texts) for texts in said]


def _count_matrix(sequences: Sequences, ids: IntArray, edges: Sequence[int]) -> sparse.csr_matrix:
    """Return how often each feature stands between one edge and the next, shape (texts, features)."""
    columns = np.stack(sequences.columns(ids), axis=1)
    kinds = columns.shape[1]
    numbers = columns.ravel()
    shape = (len(edges) - 1, len(sequences))
    counts = sparse.csr_matrix((np.ones(len(numbers)), numbers, np.array(edges) * kinds), shape=shape)
    counts.sum_duplicates()
    return counts


def _fit_words(
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
        WordWeights(sequences, _as_stored(part_rarity), _as_stored(part))
        for (sequences, _, _), part_rarity, part in zip(parts, rarities, split, strict=True)
    ]
    return fitted, _as_stored(bias)


def _rarity(sequences: Sequences, counts: sparse.csr_matrix) -> FloatArray:
    """Return the inverse document frequency of each feature; 0 for edges and for what is none."""
    texts = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log((1 + counts.shape[0]) / (1 + texts)) + 1
    rarity[[EDGE, len(sequences) - 1]] = 0.0
    return np.asarray(rarity * (texts > 0))


def _as_stored(array: FloatArray) -> FloatArray:
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
