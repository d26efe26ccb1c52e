"""Findings + facts -> suggestions: kinder words for the span, in the speaker's own feeling words where there are any."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

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
    by_first_word = _by_first_word(emotion)
    for turn in reversed(said):
        if by_first_word.keys().isdisjoint(turn):
            continue
        for at, word in enumerate(turn):
            for feeling in by_first_word.get(word, ()):
                named = feeling.word.split(" ")
                if [*turn[at : at + len(named)]] == named and _is_own(turn[max(0, at - _REACH) : at]):
                    return feeling
    return _plain(emotion)


@lru_cache(maxsize=8)
def _plain(emotion: Emotion) -> Feeling:
    """Return the feeling that stands for an emotion where the speaker named none: the first one listed."""
    return next(feeling for feeling in load_feelings().values() if feeling.emotion is emotion)


def _is_own(before: Sequence[str]) -> bool:
    """Tell from the words before a feeling whether the speaker has it: neither someone else, nor denied."""
    return not _SELF.isdisjoint(before) and _OTHERS.isdisjoint(before) and _NEGATION.isdisjoint(before)


_REACH = 4
_SELF = frozenset({"i", "i'm", "i've", "me", "feel", "feeling", "felt"})
_OTHERS = frozenset({"he", "she", "they", "he's", "she's", "they're", "is", "are", "you", "you're"})
_NEGATION = frozenset(
    {"not", "never", "no", "hardly", "barely", "cannot"}
    | {"don't", "isn't", "wasn't", "ain't", "didn't", "can't", "couldn't", "wouldn't", "won't", "doesn't", "haven't"}
)


@lru_cache(maxsize=8)
def _by_first_word(emotion: Emotion) -> Mapping[str, Sequence[Feeling]]:
    """Return the feelings of this emotion by their first word, the longer ones first."""
    found: dict[str, list[Feeling]] = {}
    for feeling in sorted(load_feelings().values(), key=lambda feeling: -len(feeling.word.split())):
        if feeling.emotion is emotion:
            found.setdefault(feeling.word.split()[0], []).append(feeling)
    return found
