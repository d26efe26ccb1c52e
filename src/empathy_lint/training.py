"""Labelled items -> a model: fit, choose thresholds on held-out predictions, note what it was made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from . import findings as judgement
from .classifier import ContextClassifier, Passage, TrapClassifier, act_matrix, learn_vocabulary
from .context import FACTS, decide_facts, speaker_turns
from .corpus import Item
from .errors import DataError
from .evaluation import traps_to_flag
from .features import FloatArray, words
from .scoring import Model
from .taxonomy import ACTS, Trap

BETA = 0.8
"""How much recall weighs against precision when a threshold is chosen (the beta of F-beta): better quiet and right."""

LEAST = 0.25
"""The least threshold of an act: what is less likely than one in four is not worth a person's attention."""

AS_GOOD = 0.003
"""How far below the best F-beta is still as good."""

MIN_COUNT = 2
"""How often a word or sequence must stand in the training data to be used."""

FOLDS = 5

_GRID = np.round(np.arange(0.10, 0.91, 0.02), 2)
_FACT_BETAS = {"sharing": BETA, "advice_requested": BETA, "crisis": 0.5}
"""The beta for each fact. A false crisis frightens, and silences findings; the plain ones are known by their wording."""


def train(items: Sequence[Item]) -> Model:
    """Return a model fitted to the items.

    Nothing is random: the same items, in the same order, give the same model.

    Parameters
    ----------
    items
        Labelled replies; at least :data:`FOLDS` besides those whose split is "test", which are left out.

    Raises
    ------
    DataError
        If there are fewer.
    """
    items = [item for item in items if item.split != "test"]
    if len(items) < FOLDS:
        raise DataError(f"training needs at least {FOLDS} items outside the test split, there are {len(items)}")
    passages = [Passage(item.sentences, item.context) for item in items]
    vocabulary = learn_vocabulary(passages, MIN_COUNT)
    traps = TrapClassifier(min_count=MIN_COUNT, folds=FOLDS, vocabulary=vocabulary)
    facts = ContextClassifier(min_count=MIN_COUNT, folds=FOLDS, vocabulary=vocabulary)
    traps.fit(passages, [item.labels for item in items])
    facts.fit([item.context for item in items], fact_matrix(items))

    thresholds = choose_thresholds(items, traps.held_out_, facts.held_out_)
    return Model(vocabulary, traps.scorer_, facts.scorer_, thresholds, {"data": describe(items)})


def fact_matrix(items: Sequence[Item]) -> FloatArray:
    """Return the items' facts as zeros and ones, shape (items, facts), columns as in FACTS."""
    flags = [[item.sharing, item.advice_requested, item.crisis] for item in items]
    emotions = [[item.emotion.value == name for name in FACTS[3:]] for item in items]
    return np.hstack([np.array(flags, dtype=float), np.array(emotions, dtype=float)])


def best_threshold(truth: FloatArray, probability: FloatArray, beta: float, least: float = 0.0) -> float:
    """Return the threshold, ``least`` or more, with the best F-beta; the middle one of all that are as good.

    The curve is flat at its top and chance shapes it, so all within :data:`AS_GOOD` of the best are as good.
    """
    grid = _GRID[least <= _GRID]
    scores = [_f_beta(truth, probability >= threshold, beta) for threshold in grid]
    best = [threshold for threshold, score in zip(grid, scores, strict=True) if score >= max(scores) - AS_GOOD]
    return float(best[len(best) // 2])


def describe(items: Sequence[Item]) -> dict[str, object]:
    """Return what a model was trained on: how much, and a fingerprint of the items."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(json.dumps(asdict(item), sort_keys=True).encode())
    return {
        "items": len(items),
        "sentences": sum(len(item.sentences) for item in items),
        "labels": {act.label: sum(act.label in codes for item in items for codes in item.labels) for act in ACTS},
        "sha256": digest.hexdigest(),
    }


def choose_thresholds(items: Sequence[Item], acts: FloatArray, facts: FloatArray) -> dict[str, float]:
    """Return the threshold of each act and fact, chosen on what the whole pipeline would say of items it has not seen.

    Parameters
    ----------
    acts
        Probabilities of all items' sentences, in order, shape (sentences, acts).
    facts
        Probabilities of the items' facts, shape (items, facts).
    """
    truth = fact_matrix(items)
    thresholds = {
        name: best_threshold(truth[:, FACTS.index(name)], facts[:, FACTS.index(name)], beta) for name, beta in _FACT_BETAS.items()
    }
    known = [
        decide_facts([words(turn) for turn in speaker_turns(item.context)], [float(p) for p in row], thresholds)
        for item, row in zip(items, facts, strict=True)
    ]
    confidence = judgement.confidences(acts, [len(item.sentences) for item in items], known)
    wanted = [traps for item in items for traps in traps_to_flag(item)]
    done = act_matrix(item.labels for item in items)
    for column, act in enumerate(ACTS):
        if isinstance(act, Trap):
            flagged = np.array([act in traps for traps in wanted], dtype=float)
            thresholds[act.value] = best_threshold(flagged, confidence[:, column], BETA, LEAST)
        else:
            thresholds[act.value] = best_threshold(done[:, column], acts[:, column], BETA, LEAST)
    return thresholds


def _f_beta(truth: FloatArray, guess: FloatArray, beta: float) -> float:
    hits = float((truth * guess).sum())
    return (1 + beta**2) * hits / max(beta**2 * float(truth.sum()) + float(guess.sum()), 1e-9)
