"""A text -> whether it is English: the traps are known in no other language.

Most texts are told by their common words. What is left goes to py3langid, which costs a thousand times more.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ENGLISH_FROM = 0.5
"""Share of common English words from which a text is taken to be English."""

FOREIGN_FROM = 2.0
"""How far ahead of English another language must be: difference of py3langid's scores over the root of the text's bytes."""


def is_foreign(text: str, words: Sequence[str]) -> bool:
    """Tell whether a text is surely not English.

    Parameters
    ----------
    words
        The text's words and marks, from :func:`empathy_lint.features.words`.

    Examples
    --------
    >>> from empathy_lint.features import words
    >>> [is_foreign(text, words(text)) for text in ("lol same tbh", "tut mir leid für dich", "なるほどね、大変だ")]
    [False, True, True]
    """
    common = sum(map(_common_words().__contains__, words))
    if common >= ENGLISH_FROM * len(words):  # marks count as words here: a cheap look that is on the safe side
        return False
    spelt = sum(word[0].isalpha() for word in words)
    if not spelt or common >= ENGLISH_FROM * spelt:
        return False
    from py3langid import rank

    scores = dict(rank(text))
    return bool(max(scores.values()) - scores["en"] >= FOREIGN_FROM * len(text.encode("utf-8", "surrogatepass")) ** 0.5)


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    data = tomllib.loads((files(__package__) / "lexicon" / "english.toml").read_text("utf-8"))
    return frozenset(data["words"].split())
