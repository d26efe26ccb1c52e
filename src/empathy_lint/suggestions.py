"""Findings + facts -> suggestions: kinder words for the span, in the speaker's own feeling words where there are any."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from .records import Suggestion
from .rulebook import Feeling, Frame, load_feelings, load_rules
from .taxonomy import Emotion, Trap

COUNT = 3
"""How many suggestions a finding gets, where the rule has as many that fit."""

_TURNS = 60  # a multiple of every likely number of frames, so that each comes first equally often


def suggest(trap: Trap, said: Sequence[Sequence[str]], emotion: Emotion, seed: str) -> tuple[Suggestion, ...]:
    """Return suggestions for one finding, at least two.

    Parameters
    ----------
    said
        The words of each of the speaker's turns, oldest first.
    seed
        The same seed gives the same words; different seeds vary them.

    Examples
    --------
    >>> from empathy_lint.features import words
    >>> texts = [s.text for s in suggest(Trap.FIXING, [words("I feel so overwhelmed.")], Emotion.FEAR, "")]
    >>> any("overwhelm" in text for text in texts)
    True
    """
    feeling = feeling_of(said, emotion)
    return _fitting(trap, emotion, feeling, zlib.crc32(seed.encode("utf-8", "surrogatepass")) % _TURNS)


@lru_cache(maxsize=4096)
def _fitting(trap: Trap, emotion: Emotion, feeling: Feeling | None, turn: int) -> tuple[Suggestion, ...]:
    frames = [frame for frame in load_rules()[trap].frames if not frame.emotions or emotion in frame.emotions]
    turn %= len(frames)
    chosen = [*frames[turn:], *frames[:turn]][:COUNT]
    return tuple(Suggestion(fill(frame, feeling), frame.act) for frame in chosen)


def fill(frame: Frame, feeling: Feeling | None) -> str:
    """Return the frame's text with the feeling in it."""
    return frame.text.format(feeling=feeling.word, situation=feeling.situation) if feeling else frame.text


def feeling_of(said: Sequence[Sequence[str]], emotion: Emotion) -> Feeling | None:
    """Return the speaker's own word for this emotion, or the plain one; None where there is no emotion."""
    if emotion is Emotion.NONE:
        return None
    known = _by_emotion()[emotion]
    for turn in reversed(said):
        named = known.keys() & {*turn, *map(" ".join, pairwise(turn))}
        for word in sorted(named, key=lambda word: (-len(word.split()), word)):
            if _feels(turn, word.split()):
                return known[word]
    return next(iter(known.values()))


def _feels(said: Sequence[str], feeling: Sequence[str]) -> bool:
    """Tell whether the speaker says somewhere that they feel this, and not that they do not."""
    for at in range(len(said)):
        if list(said[at : at + len(feeling)]) == feeling:
            before = set(said[max(0, at - _REACH) : at])
            if before & _SELF and not before & (_NEGATION | _OTHERS):
                return True
    return False


_REACH = 4
_SELF = frozenset({"i", "i'm", "i've", "me", "feel", "feeling", "felt"})
_OTHERS = frozenset({"he", "she", "they", "he's", "she's", "they're", "is", "are", "you", "you're"})
_NEGATION = frozenset(
    {"not", "never", "no", "hardly", "barely", "cannot"}
    | {"don't", "isn't", "wasn't", "ain't", "didn't", "can't", "couldn't", "wouldn't", "won't", "doesn't", "haven't"}
)


@lru_cache(maxsize=1)
def _by_emotion() -> Mapping[Emotion, Mapping[str, Feeling]]:
    feelings = load_feelings().values()
    return {emotion: {f.word: f for f in feelings if f.emotion is emotion} for emotion in Emotion}
