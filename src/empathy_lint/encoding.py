"""Drafts -> token ids: what the deep engine reads.

::

    [CLS] (S turn | L turn)… [SEP] (M sentence)… [SEP]

S, L and M are marks for a speaker's turn, a listener's turn and a sentence of the reply. The turns come from the end of
the conversation, as many as have room; a long reply is cut into windows between two sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .features import IntArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START, END = 101, 102
SPEAKER, LISTENER, SENTENCE = 1, 2, 3
"""Tokens that the vocabulary leaves unused."""

CONTEXT_TOKENS, REPLY_TOKENS, SENTENCE_TOKENS = 96, 256, 96
"""The most tokens of the turns, of one window of the reply, and of one sentence."""

_LEAST_OF_A_TURN = 8


@dataclass(frozen=True)
class Window:
    """A part of a reply with what was said before it, one row for the transformer.

    ``sentence`` numbers the tokens' sentences from 1, 0 for tokens of none. ``first`` and ``after`` tell which of the
    reply's sentences the window holds; none if the reply has none. Arrays have the shape (tokens,).
    """

    ids: IntArray
    types: IntArray
    sentence: IntArray
    first: int
    after: int


class Encoder:
    """Turns texts into windows.

    Parameters
    ----------
    tokenizer
        The transformer's own, without truncation and padding.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def windows(self, turns: Sequence[tuple[str, str]], sentences: Sequence[str]) -> list[Window]:
        """Return one reply as windows, at least one.

        Parameters
        ----------
        turns
            Role and text of what was said before, oldest first.
        sentences
            Of the reply, in order; may be empty.
        """
        texts = [*(text for _, text in turns), *sentences]
        encoded = [entry.ids for entry in self._tokenizer.encode_batch(texts, add_special_tokens=False)]
        context = _context([(role, ids) for (role, _), ids in zip(turns, encoded, strict=False)])
        rows = [[SENTENCE, *ids[:SENTENCE_TOKENS]] for ids in encoded[len(turns) :]]
        return [_window(context, rows, first, after) for first, after in _cuts(rows)]


def _context(turns: Sequence[tuple[str, list[int]]]) -> list[int]:
    """Return the last turns that have room, each behind its mark."""
    row: list[int] = []
    for role, ids in reversed(turns):
        room = CONTEXT_TOKENS - len(row) - 1
        if len(ids) > room:
            if room >= _LEAST_OF_A_TURN:
                row = [SPEAKER if role == "speaker" else LISTENER, *ids[-room:], *row]
            break
        row = [SPEAKER if role == "speaker" else LISTENER, *ids, *row]
    return [START, *row, END]


def _cuts(rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    first, tokens = 0, 0
    for number, row in enumerate(rows):
        if tokens + len(row) > REPLY_TOKENS:
            yield first, number
            first, tokens = number, 0
        tokens += len(row)
    yield first, len(rows)


def _window(context: Sequence[int], rows: Sequence[Sequence[int]], first: int, after: int) -> Window:
    held = rows[first:after]
    ids = [*context, *(token for row in held for token in row), END]
    sentence = [0] * len(context) + [number for number, row in enumerate(held, start=1) for _ in row] + [0]
    types = [0] * len(context) + [1] * (len(ids) - len(context))
    arrays = np.array([ids, types, sentence], dtype=np.int64)
    return Window(arrays[0], arrays[1], arrays[2], first, after)
