"""The speaker's turns -> facts: whether something is shared, advice asked for, which emotion, a crisis."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from .features import words
from .records import Facts, Turn
from .taxonomy import Emotion

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS: tuple[str, ...] = ("sharing", "advice_requested", "crisis", *(emotion.value for emotion in Emotion))
"""What the context model puts out, in the order of its columns."""

_EMOTIONS = tuple(Emotion)

CERTAIN = 0.97
"""Probability of a fact that the wording alone decides."""

CRISIS_NOTICE = (
    "This sounds like a crisis. Stay with them, take it seriously, ask plainly whether they are safe, and help them "
    "reach the local emergency number or a crisis line. Sending them to help is never flagged here."
)


def speaker_turns(context: Sequence[Turn]) -> list[str]:
    """Return what the speaker says in these turns, oldest first; blank turns are left out."""
    return [turn.text for turn in context if turn.role == "speaker" and turn.text.strip()]


def last_said(context: Sequence[Turn]) -> str:
    """Return the speaker's last turn, or an empty text."""
    return next(reversed(speaker_turns(context)), "")


def decide_facts(said: Sequence[Sequence[str]], probabilities: Sequence[float], thresholds: Mapping[str, float]) -> Facts:
    """Return what the speaker's turns say.

    Parameters
    ----------
    said
        The words of each of the speaker's turns. Without any nothing is known: something is taken to be
        shared and nothing asked for.
    probabilities
        What the context model says, in the order of :data:`FACTS`.
    thresholds
        Fact name -> least probability, for sharing, advice_requested and crisis.

    Examples
    --------
    >>> from empathy_lint.features import words
    >>> sure = {"sharing": 0.5, "advice_requested": 0.5, "crisis": 0.5}
    >>> decide_facts([words("I'm lost. Any advice?")], [0.9, 0.1, 0, 0, 0.1, 0, 0.8, 0], sure).to_dict()
    {'sharing': True, 'advice_requested': True, 'emotion': 'fear', 'crisis': False}
    """
    if not said:
        return Facts()
    sharing, asked, crisis, *emotions = probabilities
    if _says("advice_requested", said):
        asked = max(asked, CERTAIN)
    if _says("crisis", said):
        sharing, crisis = max(sharing, CERTAIN), max(crisis, CERTAIN)
    return Facts(
        sharing=sharing >= thresholds["sharing"],
        advice_requested=asked >= thresholds["advice_requested"],
        emotion=_EMOTIONS[emotions.index(max(emotions))],
        crisis=crisis >= thresholds["crisis"],
        p_sharing=sharing,
        p_advice_requested=asked,
        p_crisis=crisis,
    )


def _says(fact: str, said: Sequence[Sequence[str]]) -> bool:
    """Tell whether one of the wordings that decide this fact stands in one of the turns."""
    keywords, wording, look_alike = _wordings(fact)
    for turn in said:
        if not keywords.isdisjoint(turn):
            text = look_alike.sub(" ", f" {_JOINED.sub(' ', ' '.join(turn))} ")
            if wording.search(text):
                return True
    return False


_JOINED = re.compile(r"(?<=\w)-(?=\w)")  # "wanna" is read as "want-to"


@lru_cache(maxsize=8)
def _wordings(fact: str) -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str]]:
    """Return words of which each wording has one (a cheap look before the search), the wordings, and their look-alikes."""
    data = tomllib.loads((files(__package__) / "lexicon" / "context.toml").read_text("utf-8"))
    phrases = [words(phrase) for phrase in data[fact]]
    look_alikes = [words(phrase) for phrase in data["look_alikes"].get(fact, ())]
    keywords = frozenset(max(phrase, key=len) for phrase in phrases)
    return (
        keywords | {"want-to", "going-to"},
        _any_of(phrases),
        _any_of(look_alikes),
    )


def _any_of(phrases: Sequence[Sequence[str]]) -> re.Pattern[str]:
    return re.compile(" (?:" + "|".join(re.escape(" ".join(phrase)) for phrase in phrases) + ") " if phrases else "(?!)")
