"""Texts -> features: which words and word sequences stand where.

Texts become numbers: each word its number in a :class:`Vocabulary`, each text a run of them with an edge
before and after. Which runs of two and three words are features, :class:`Sequences` knows. All of it works
on whole batches at once and needs numpy alone, as scoring must not wait for scikit-learn to be imported.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from .taxonomy import Emotion

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EDGE, UNKNOWN = 0, 1
"""Numbers of every vocabulary: the edge of a text, and any word that it lacks."""

_EDGE_MARK = "\0"
_TOKEN = re.compile(r"\w+(?:['’]\w+)*|[?!]+|\.+|[^\w\s]")
_STRETCHED = re.compile(r"(.)\1{2,}")
_REMEMBERED, _LONGEST_REMEMBERED = 100_000, 40  # what stands between two spaces, and its characters


class _Reader(dict[str, tuple[str, ...]]):
    """Maps what stands between two spaces to the words that are meant; remembers what it has worked out."""

    def __init__(self, spellings: Mapping[str, str]) -> None:
        super().__init__()
        self._spellings = spellings

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        read = tuple(self._read(token.lower().replace("’", "'")) for token in _TOKEN.findall(chunk))
        if len(self) < _REMEMBERED and len(chunk) <= _LONGEST_REMEMBERED:
            self[chunk] = read
        return read

    def _read(self, token: str) -> str:
        if token in self._spellings:
            return self._spellings[token]
        if token[0] in "?!":
            return "?" if "?" in token else "!"
        if token == "…" or (token[0] == "." and len(token) > 1):
            return "..."
        if token[0].isdigit():
            return "0"
        if _STRETCHED.search(token):
            twice, once = _STRETCHED.sub(r"\1\1", token), _STRETCHED.sub(r"\1", token)
            return self._spellings.get(twice) or self._spellings.get(once) or once
        return token


@lru_cache(maxsize=1)
def _reader() -> _Reader:
    return _Reader(tomllib.loads((files(__package__) / "lexicon" / "spellings.toml").read_text("utf-8"))["spellings"])


def _read_words(text: str) -> list[str]:
    return list(chain.from_iterable(map(_reader().__getitem__, text.split())))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words and marks of a text as the classifier reads them.

    Lower case, usual spellings, runs of ``?`` and ``!`` as one mark, numbers as ``0``. There is exactly one
    entry for each span of :func:`word_spans`.

    >>> words("u SHOULDNT have to... 3 times?!")
    ('you', "shouldn't", 'have', 'to', '...', '0', 'times', '?')
    """
    return tuple(_read_words(text.replace(_EDGE_MARK, ".")))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the half-open span of each of :func:`words` in the text."""
    return [match.span() for match in _TOKEN.finditer(text.replace(_EDGE_MARK, "."))]


@dataclass(frozen=True)
class Texts:
    """The words of several texts, one after another, with an edge mark before each and after the last."""

    words: list[str]

    @classmethod
    def read(cls, texts: Sequence[str]) -> Texts:
        """Return the words of these texts.

        >>> Texts.read(["Oh no.", ""]).of(0)
        ['oh', 'no', '.']
        """
        joined = f" {_EDGE_MARK} ".join(["", *(text.replace(_EDGE_MARK, ".") for text in texts), ""])
        return cls(_read_words(joined))

    @cached_property
    def edges(self) -> list[int]:
        """Where the edge marks stand: one more than there are texts."""
        return [at for at, word in enumerate(self.words) if word == _EDGE_MARK]

    def of(self, number: int) -> list[str]:
        """Return the words of one text."""
        return self.words[self.edges[number] + 1 : self.edges[number + 1]]


class Vocabulary:
    """The words that a model knows.

    Parameters
    ----------
    words
        In the order of their numbers, which begin after EDGE and UNKNOWN.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self._numbers = {_EDGE_MARK: EDGE, **{word: number for number, word in enumerate(self.words, start=2)}}

    def __len__(self) -> int:
        return len(self.words) + 2

    @classmethod
    def learn(cls, texts: Texts, min_count: int, besides: Iterable[str] = ()) -> Vocabulary:
        """Return the words that stand ``min_count`` times or more, and those of ``besides``."""
        counts = Counter(texts.words)
        del counts[_EDGE_MARK]
        return cls(sorted({word for word, count in counts.items() if count >= min_count} | set(besides)))

    def numbers(self, texts: Texts) -> IntArray:
        """Return the words as numbers, shape (words and edges,)."""
        return np.fromiter(map(self._numbers.get, texts.words, repeat(UNKNOWN)), np.int64, len(texts.words))


@dataclass(frozen=True)
class Sequences:
    """Which words, pairs and triples are features, and their numbers.

    A word's number is its number in the vocabulary; then come the pairs, the triples, and the classes of words;
    the last number stands for no feature at all.

    Parameters
    ----------
    vocabulary
        How many words there are, V.
    pairs, triples
        Sorted keys: ``first * V + second`` and ``(first * V + second) * V + third``.
    classes
        A class for each word, shape (V,), 0 for none; empty if words have no classes.
    """

    vocabulary: int
    pairs: IntArray
    triples: IntArray
    classes: IntArray

    @classmethod
    def learn(cls, ids: IntArray, vocabulary: int, longest: int, min_count: int, classes: IntArray) -> Sequences:
        """Return the sequences of up to ``longest`` words that stand ``min_count`` times or more."""
        pairs, triples = _keys(ids, vocabulary)
        none = np.zeros(0, dtype=np.int64)
        return cls(
            vocabulary,
            _frequent(pairs, min_count) if longest > 1 else none,
            _frequent(triples, min_count) if longest > 2 else none,
            classes,
        )

    def same_as(self, other: Sequences) -> bool:
        """Tell whether both have the same features under the same numbers."""
        mine, others = ((s.pairs, s.triples, s.classes) for s in (self, other))
        return self.vocabulary == other.vocabulary and all(map(np.array_equal, mine, others))

    def __len__(self) -> int:
        return self.vocabulary + len(self.pairs) + len(self.triples) + self._class_count + 1

    @cached_property
    def _class_count(self) -> int:
        return int(self.classes.max()) if len(self.classes) else 0

    def columns(self, ids: IntArray) -> list[IntArray]:
        """Return the features that begin at each word, one array a kind: the word itself, the pair, the triple, the class.

        ``ids`` begins and ends with EDGE; at the closing edge no feature begins, so the arrays are one shorter.
        """
        pair_keys, triple_keys = _keys(ids, self.vocabulary)
        nothing = len(self) - 1
        first_triple = self.vocabulary + len(self.pairs)
        columns = [ids[:-1]]
        if len(self.pairs):
            columns.append(_positions(pair_keys, self.pairs, self.vocabulary, nothing))
        if len(self.triples):
            columns.append(_positions(triple_keys, self.triples, first_triple, nothing))
        if len(self.classes):
            belongs = self.classes[ids[:-1]]
            columns.append(np.where(belongs > 0, first_triple + len(self.triples) - 1 + belongs, nothing))
        return columns


def _keys(ids: IntArray, vocabulary: int) -> tuple[IntArray, IntArray]:
    """Return the key of the pair and of the triple that begin at each word; -1 for what would cross an edge."""
    pairs = ids[:-1] * vocabulary + ids[1:]
    triples = np.full(len(pairs), -1, dtype=np.int64)
    triples[:-1] = np.where(ids[1:-1] == EDGE, -1, pairs[:-1] * vocabulary + ids[2:])
    return pairs, triples


def _frequent(keys: IntArray, min_count: int) -> IntArray:
    found, counts = np.unique(keys[keys >= 0], return_counts=True)
    return found[counts >= min_count]


def _positions(keys: IntArray, known: IntArray, first: int, nothing: int) -> IntArray:
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, at + first, nothing)


@lru_cache(maxsize=1)
def emotion_cues() -> Mapping[str, frozenset[Emotion]]:
    """Return the core emotions that a word points to, for each word that points to any."""
    folder = files(__package__) / "lexicon"
    cues: dict[str, frozenset[Emotion]] = {}
    for name in ("cues.toml", "feelings.toml"):
        for emotion, listed in tomllib.loads((folder / name).read_text("utf-8")).items():
            for word in listed.split() if isinstance(listed, str) else listed:
                cues[word] = cues.get(word, frozenset()) | {Emotion(emotion)}
    return cues


def emotion_classes(vocabulary: Vocabulary) -> IntArray:
    """Return a class for each word by the emotions it points to, shape (V,), 0 for none."""
    cues = emotion_cues()
    kinds = sorted({tuple(sorted(emotions)) for emotions in cues.values()})
    classes = np.zeros(len(vocabulary), dtype=np.int64)
    for number, word in enumerate(vocabulary.words, start=2):
        if word in cues:
            classes[number] = 1 + kinds.index(tuple(sorted(cues[word])))
    return classes


_FIRST_PERSON = frozenset(["i", "i'm", "i've", "i'd", "i'll", "my", "me", "mine", "myself"])
_SECOND_PERSON = frozenset(["you", "you're", "you've", "you'd", "you'll", "your", "yours", "yourself"])


def word_kinds(vocabulary: Vocabulary) -> FloatArray:
    """Return which words are a question mark, of the first, and of the second person, ones and zeros, shape (V, 3).

    >>> word_kinds(Vocabulary(["?", "my"])).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    known = ["", "", *vocabulary.words]  # the edge and the unknown word are of no kind
    return np.array([[word == "?", word in _FIRST_PERSON, word in _SECOND_PERSON] for word in known], dtype=np.float64)
