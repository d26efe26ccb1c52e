"""Sentences and turns -> features: which word sequences stand where.

A feature is a string: a sequence of up to three words of the sentence itself, or, with a prefix, of what
was said before it. Through a vocabulary the strings become numbers, and rows of numbers a pair of numpy
arrays: scoring must not wait for scikit-learn to be imported.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise, repeat

import numpy as np
import numpy.typing as npt

from .records import Turn
from .taxonomy import Emotion

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
UNKNOWN = 0
"""Row of the vocabulary that stands for every feature never seen in training; it weighs nothing."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[?!]+|\.+|[^\w\s]")
_STRETCHED = re.compile(r"(.)\1{2,}")
_REMEMBERED_WORDS = 50_000


class _Normaliser(dict[str, str]):
    """Maps a lower-case token to the word that is meant; remembers what it has seen."""

    def __missing__(self, token: str) -> str:
        word = self._read(token)
        if len(self) < _REMEMBERED_WORDS:
            self[token] = word
        return word

    def _read(self, token: str) -> str:
        if token[0] in "?!":
            return "?" if "?" in token else "!"
        if token == "…" or (token[0] == "." and len(token) > 1):
            return "..."
        if token[0].isdigit():
            return "0"
        if not _STRETCHED.search(token):
            return token
        squeezed = _STRETCHED.sub(r"\1\1", token)
        once = _STRETCHED.sub(r"\1", token)
        return self.get(squeezed) or self.get(once) or squeezed


@lru_cache(maxsize=1)
def _normaliser() -> _Normaliser:
    data = tomllib.loads((files(__package__) / "lexicon" / "spellings.toml").read_text("utf-8"))
    return _Normaliser({**data["spellings"], **{word: word for word in data["spellings"].values()}})


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words and marks of a text as the classifier reads them.

    Lower case, usual spellings, runs of ``?`` and ``!`` as one mark, numbers as ``0``. There is exactly one
    entry for each span of :func:`word_spans`.

    >>> words("u SHOULDNT have to... 3 times?!")
    ('you', "shouldn't", 'have', 'to', '...', '0', 'times', '?')
    """
    tokens = _TOKEN.findall(text)
    if not tokens:
        return ()
    normal = _normaliser()
    return tuple([normal[token] for token in " ".join(tokens).lower().replace("’", "'").split(" ")])


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the half-open span of each of :func:`words` in the text."""
    return [match.span() for match in _TOKEN.finditer(text)]


def sequences(row: Sequence[str], longest: int) -> list[str]:
    """Return the word sequences of up to ``longest`` words, three at most.

    >>> sequences(["i", "see"], 2)
    ['i', 'see', 'i see']
    """
    found = list(row)
    if longest > 1:
        found += map(" ".join, pairwise(row))
    if longest > 2:
        found += map(" ".join, zip(row, row[1:], row[2:], strict=False))
    return found


START, END = "<s>", "</s>"
LONGEST = 3
HEARD = "c:"
_EMOTIONS = tuple(emotion.value for emotion in Emotion)


def own_features(sentence: str) -> list[str]:
    """Return the features of a sentence by itself: its word sequences, edges included.

    >>> own_features("Oh no")[:5]
    ['<s>', 'oh', 'no', '</s>', '<s> oh']
    """
    return list(dict.fromkeys(sequences([START, *words(sentence), END], LONGEST)))


def heard_features(context: Sequence[Turn]) -> list[str]:
    """Return the features that each sentence of a reply gets from what it answers: the words of the speaker's last turn."""
    heard = next((turn.text for turn in reversed(context) if turn.role == "speaker"), "")
    return [HEARD + word for word in dict.fromkeys(words(heard))]


def context_row(context: Sequence[Turn]) -> list[str]:
    """Return the features of what the speaker said: word pairs of all turns, and which emotions their words point to.

    >>> [feature for feature in context_row([Turn("speaker", "I cried.")]) if feature.startswith("emotion")]
    ['emotion:sad']
    """
    cues = _cues()
    row: list[str] = []
    for turn in context:
        if turn.role == "speaker":
            said = words(turn.text)
            row += sequences([START, *said, END], 2)
            pointed = sorted(emotion for word in cues.keys() & said for emotion in cues[word])
            if pointed:
                row += [f"emotion:{emotion}" for emotion in pointed]
                row += [f"emotion:{emotion}+" for emotion in _EMOTIONS if pointed.count(emotion) > 1]
    return list(dict.fromkeys(row))


@lru_cache(maxsize=1)
def _cues() -> Mapping[str, tuple[str, ...]]:
    """Return the emotions that each word points to."""
    folder = files(__package__) / "lexicon"
    cues: dict[str, tuple[str, ...]] = {}
    for name in ("cues.toml", "feelings.toml"):
        for emotion, listed in tomllib.loads((folder / name).read_text("utf-8")).items():
            for word in listed.split() if isinstance(listed, str) else listed:
                cues[word] = tuple(dict.fromkeys((*cues.get(word, ()), emotion)))
    return cues


def look_up(row: Iterable[str], vocabulary: Mapping[str, int]) -> list[int]:
    """Return a row's features as numbers; what the vocabulary lacks becomes :data:`UNKNOWN`."""
    return list(map(vocabulary.get, row, repeat(UNKNOWN)))


def stack(rows: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Return rows of numbers as one array, and where each row starts in it.

    Each row begins with an :data:`UNKNOWN`, so that none is empty.

    >>> [array.tolist() for array in stack([[5, 6], [7]])]
    [[0, 5, 6, 0, 7], [0, 3]]
    """
    numbers: list[int] = []
    starts: list[int] = []
    for row in rows:
        starts.append(len(numbers))
        numbers.append(UNKNOWN)
        numbers += row
    return np.array(numbers, dtype=np.intp), np.array(starts, dtype=np.intp)
