"""Scores + facts -> findings: the one place where anything is judged.

Pure: probabilities and facts go in, verdicts come out. Four rules stand above the numbers. Nothing is a
trap where nothing was shared. Advice, and questions that look for a solution, are none where they were
asked for. In a crisis nobody is blamed for sending the person to help. And a sentence that is rather a story
of the listener's own is hijacking, not making it about you.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .records import Facts, Severity
from .taxonomy import ACTS, PARDONED_BY_REQUEST, Act, Trap

WARNING_FROM = 0.75
"""Confidence from which a finding is a warning; below it is an info."""

CARRIES_FROM = 0.5
"""Probability from which a clause is a trap by itself."""

_TRAP_COLUMNS = tuple((trap, trap.value, ACTS.index(trap)) for trap in Trap)
_GOOD_COLUMNS = tuple((act, act.value, ACTS.index(act)) for act in Act)


@dataclass(frozen=True)
class Verdict:
    """Sentence number ``sentence`` does ``act`` with this confidence."""

    sentence: int
    act: Trap | Act
    confidence: float


def allowance(trap: Trap, facts: Facts) -> float:
    """Return the probability in [0, 1] that the act, if done, is a trap in this context."""
    asked = facts.p_advice_requested if trap in PARDONED_BY_REQUEST else 0.0
    return facts.p_sharing * (1.0 - asked)


def is_pardoned(trap: Trap, facts: Facts) -> bool:
    """Tell whether this act is no trap in this context.

    >>> is_pardoned(Trap.FIXING, Facts(advice_requested=True))
    True
    >>> is_pardoned(Trap.HIJACKING, Facts(advice_requested=True))
    False
    """
    return not facts.sharing or (trap in PARDONED_BY_REQUEST and (facts.advice_requested or facts.crisis))


def judge(probabilities: Sequence[Sequence[float]], facts: Facts, thresholds: Mapping[str, float]) -> list[Verdict]:
    """Return the traps of one reply, sentence by sentence.

    Parameters
    ----------
    probabilities
        One row a sentence, one column an act, in the order of :data:`~empathy_lint.taxonomy.ACTS`.
    facts
        What is known of the context.
    thresholds
        Act name -> least confidence, in (0, 1].

    Examples
    --------
    >>> judge([[0.9, 0, 0, 0, 0, 0, 0]], Facts(), {trap.value: 0.5 for trap in Trap})
    [Verdict(sentence=0, act=<Trap.FIXING: 'fixing'>, confidence=0.9)]
    """
    open_traps = [
        (trap, column, allowance(trap, facts), thresholds[name])
        for trap, name, column in _TRAP_COLUMNS
        if not is_pardoned(trap, facts)
    ]
    verdicts = [
        Verdict(number, trap, row[column] * factor)
        for number, row in enumerate(probabilities)
        for trap, column, factor, threshold in open_traps
        if row[column] * factor >= threshold
    ]
    stories = {verdict.sentence: verdict.confidence for verdict in verdicts if verdict.act is Trap.HIJACKING}
    return [v for v in verdicts if v.act is not Trap.ABOUT_YOU or v.confidence > stories.get(v.sentence, 0.0)]


def praise(probabilities: Sequence[Sequence[float]], thresholds: Mapping[str, float]) -> list[Verdict]:
    """Return the good moves of one reply, sentence by sentence."""
    return [
        Verdict(number, act, row[column])
        for number, row in enumerate(probabilities)
        for act, name, column in _GOOD_COLUMNS
        if row[column] >= thresholds[name]
    ]


def reply_scores(probabilities: Sequence[Sequence[float]], facts: Facts) -> dict[str, float]:
    """Return for each trap the probability that it stands anywhere in the reply."""
    return {
        name: allowance(trap, facts) * (1.0 - math.prod([1.0 - row[column] for row in probabilities]))
        for trap, name, column in _TRAP_COLUMNS
    }


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
