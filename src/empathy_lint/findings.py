"""Scores + facts -> findings: the one place where anything is judged.

Pure: probabilities and facts go in, verdicts come out. Four rules stand above the numbers. Nothing is a
trap where nothing was shared. Advice, and questions that look for a solution, are none where they were
asked for. In a crisis nobody is blamed for sending the person to help. And a sentence that is rather a story
of the listener's own is hijacking, not making it about you.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .features import FloatArray
from .records import Facts, Severity
from .taxonomy import COLUMN, PARDONED_BY_REQUEST, Act, Trap

WARNING_FROM = 0.75
"""Confidence from which a finding is a warning; below it is an info."""

CARRIES_FROM = 0.5
"""Probability from which a clause is a trap by itself."""

_TRAPS, _GOOD = tuple(Trap), tuple(Act)
_TRAP_COLUMNS, _GOOD_COLUMNS = [COLUMN[trap] for trap in _TRAPS], [COLUMN[act] for act in _GOOD]
_ON_REQUEST = np.array([trap in PARDONED_BY_REQUEST for trap in _TRAPS])
_PARDON = _ON_REQUEST.astype(int)


class Verdict(NamedTuple):
    """Sentence number ``sentence`` does ``act`` with this confidence."""

    sentence: int
    act: Trap | Act
    confidence: float


def allowances(facts: Sequence[Facts]) -> FloatArray:
    """Return the probability in [0, 1] that each act, if done, is a trap in each context, shape (replies, traps)."""
    shared = np.array([known.p_sharing for known in facts])
    unasked = shared * (1.0 - np.array([known.p_advice_requested for known in facts]))
    return np.where(_ON_REQUEST, unasked[:, None], shared[:, None])


def confidences(probabilities: FloatArray, counts: Sequence[int], facts: Sequence[Facts]) -> FloatArray:
    """Return how sure it is that each sentence falls into each trap, shape (sentences, traps); 0 where it is pardoned.

    Parameters
    ----------
    probabilities
        Of the sentences of all replies, in order, shape (sentences, acts), columns as in ``ACTS``.
    counts
        How many sentences each reply has.
    facts
        What is known of each reply's context.

    Examples
    --------
    >>> confidences(np.full((1, 7), 0.8), [1], [Facts(advice_requested=True)]).tolist()
    [[0.0, 0.8, 0.8, 0.0, 0.8]]
    """
    rows = [[not known.sharing, not known.sharing or known.advice_requested or known.crisis] for known in facts]
    pardoned = np.array(rows, dtype=bool).reshape(-1, 2)
    factors = np.where(pardoned[:, _PARDON], 0.0, allowances(facts))
    return np.asarray(probabilities[:, _TRAP_COLUMNS] * np.repeat(factors, counts, axis=0))


def judge(confidence: FloatArray, thresholds: Mapping[str, float]) -> list[Verdict]:
    """Return the traps, sentence by sentence.

    Parameters
    ----------
    confidence
        From :func:`confidences`, shape (sentences, traps).
    thresholds
        Act name -> least confidence, in (0, 1].

    Examples
    --------
    >>> judge(np.array([[0.9, 0, 0, 0, 0]]), {trap.value: 0.5 for trap in Trap})
    [Verdict(sentence=0, act=<Trap.FIXING: 'fixing'>, confidence=0.9)]
    """
    verdicts = _reaching(confidence, _TRAPS, thresholds)
    stories = {verdict.sentence: verdict.confidence for verdict in verdicts if verdict.act is Trap.HIJACKING}
    return [v for v in verdicts if v.act is not Trap.ABOUT_YOU or v.confidence > stories.get(v.sentence, 0.0)]


def praise(probabilities: FloatArray, thresholds: Mapping[str, float]) -> list[Verdict]:
    """Return the good moves, sentence by sentence."""
    return _reaching(probabilities[:, _GOOD_COLUMNS], _GOOD, thresholds)


def _reaching(confidence: FloatArray, acts: Sequence[Trap | Act], thresholds: Mapping[str, float]) -> list[Verdict]:
    reached = np.nonzero(confidence >= np.array([thresholds[act.value] for act in acts]))
    return [
        Verdict(number, acts[column], sure)
        for number, column, sure in zip(reached[0].tolist(), reached[1].tolist(), confidence[reached].tolist(), strict=True)
    ]


def reply_scores(probabilities: FloatArray, counts: Sequence[int], facts: Sequence[Facts]) -> FloatArray:
    """Return the probability that each trap stands anywhere in each reply, shape (replies, traps).

    Parameters
    ----------
    probabilities
        Of the sentences of all replies, in order, shape (sentences, acts).
    counts
        How many sentences each reply has; one without any scores 0.
    facts
        Of each reply's context.
    """
    scores = np.zeros((len(counts), len(Trap)))
    spoken = np.flatnonzero(counts)
    if len(spoken):
        starts = np.cumsum([0, *counts[:-1]])[spoken]
        scores[spoken] = 1.0 - np.multiply.reduceat(1.0 - probabilities[:, _TRAP_COLUMNS], starts, axis=0)
    return scores * allowances(facts)


def narrow(clause_probabilities: Sequence[float]) -> tuple[int, int]:
    """Return which clauses of a flagged sentence carry the trap, as a half-open range.

    From the first to the last clause that is a trap by itself; all of them where none is.

    >>> narrow([0.1, 0.9, 0.2, 0.8, 0.1])
    (1, 4)
    """
    carrying = [number for number, p in enumerate(clause_probabilities) if p >= CARRIES_FROM]
    return (carrying[0], carrying[-1] + 1) if carrying else (0, len(clause_probabilities))


def severity(confidence: float) -> Severity:
    """Return how loud a finding of this confidence is."""
    return "warning" if confidence >= WARNING_FROM else "info"
