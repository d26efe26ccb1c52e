"""Labelled items: one JSON object a line, read and checked.

The schema is the datasheet's (``data/README.md``); the gold's files keep to it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import DataError, InputError
from .records import Turn, as_turns
from .taxonomy import LABELS, NOTHING, Emotion, Trap

DOMAINS = frozenset(["partner", "friend", "family", "work", "peer_support", "forum", "service", "care", "school", "other"])
REGISTERS = frozenset(["casual", "plain", "formal", "texting", "spoken", "forum"])
SPLITS = frozenset(["train", "validation", "test"])


@dataclass(frozen=True)
class Item:
    """A labelled reply.

    ``labels`` holds the codebook's codes for each sentence, ``resembles`` the traps that a sentence looks
    like and is none. ``split`` tells what the item may be used for: what is "test" is never trained on. ``domain``,
    ``register`` and ``split`` are empty where a file (the gold) does not tell.
    """

    id: str
    context: tuple[Turn, ...]
    reply: str
    sentences: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    sharing: bool
    advice_requested: bool
    emotion: Emotion
    crisis: bool = False
    resembles: tuple[tuple[str, ...], ...] = ()
    domain: str = ""
    register: str = ""
    split: str = ""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Half-open offsets of the sentences in the reply."""
        spans, position = [], 0
        for sentence in self.sentences:
            start = self.reply.find(sentence, position)
            position = start + len(sentence)
            spans.append((start, position))
        return spans


def read_items(path: Path | str) -> list[Item]:
    """Return the items of a ``.jsonl`` file, or of all such files below a folder, in the order of their names.

    Raises
    ------
    InputError
        If there is no such file or folder, or it holds no item.
    DataError
        If an item breaks the schema; the message names file and line.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"no such file or folder: {path}")
    files = sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]
    items = [item for file in files for item in _read_file(file)]
    if not items:
        raise InputError(f"no labelled items (*.jsonl) in {path}")
    return items


def _read_file(path: Path) -> Iterator[Item]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield parse_item(json.loads(line.decode("utf-8")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else error
            raise DataError(f"{path}, line {number}: {reason}") from error


def parse_item(row: Mapping[str, Any]) -> Item:
    """Return one JSON object as an Item.

    Raises
    ------
    DataError, KeyError
        If a field is missing or wrong, or sentences, labels and reply do not agree.
    """
    if not isinstance(row, Mapping):
        raise DataError(f"an item must be an object, not {type(row).__name__}")
    if not isinstance(row["reply"], str) or not isinstance(row["sentences"], list):
        raise DataError("reply must be a string and sentences a list")
    if not all(isinstance(text, str) and text.strip() for text in row["sentences"]):
        raise DataError("each sentence must be a string that is not blank")
    if isinstance(row["id"], bool) or not isinstance(row["id"], (str, int)):
        raise DataError(f"id must be a string or a whole number, not {row['id']!r}")
    item = Item(
        id=str(row["id"]),
        context=as_turns(row["context"]),
        reply=row["reply"],
        sentences=tuple(row["sentences"]),
        labels=tuple(tuple(codes) for codes in row["labels"]),
        sharing=_flag(row, "sharing"),
        advice_requested=_flag(row, "advice_requested"),
        emotion=Emotion(row["emotion"]),
        crisis=_flag(row, "crisis") if "crisis" in row else False,
        resembles=tuple(tuple(codes) for codes in row.get("resembles", ())),
        domain=row.get("domain") or "",
        register=row.get("register") or "",
        split=row.get("split") or "",
    )
    for problem in _problems(item):
        raise DataError(f"item {item.id}: {problem}")
    return item


def _flag(row: Mapping[str, Any], key: str) -> bool:
    if not isinstance(row[key], bool):
        raise DataError(f"{key} must be true or false, not {row[key]!r}")
    return bool(row[key])


def _problems(item: Item) -> Iterator[str]:
    if not item.sentences or any(start < 0 for start, _ in item.spans):
        yield "the sentences do not stand in the reply in this order"
    if len(item.labels) != len(item.sentences):
        yield f"{len(item.sentences)} sentences but {len(item.labels)} lists of labels"
    if item.resembles and len(item.resembles) != len(item.sentences):
        yield f"{len(item.sentences)} sentences but {len(item.resembles)} lists in resembles"
    for codes in item.labels:
        if problem := _code_problem(codes):
            yield problem
    traps = {trap.label for trap in Trap}
    for codes, looks in zip(item.labels, item.resembles, strict=False):
        if not set(looks) <= traps - set(codes):
            yield f"a sentence labelled {list(codes)} cannot resemble {list(looks)}"
    for value, allowed in ((item.domain, DOMAINS), (item.register, REGISTERS), (item.split, SPLITS)):
        if value and value not in allowed:
            yield f"{value!r} is none of {sorted(allowed)}"


def _code_problem(codes: Sequence[str]) -> str | None:
    if not codes or len(set(codes)) < len(codes) or not set(codes) <= set(LABELS):
        return f"labels {list(codes)} are not distinct codes of {list(LABELS)}"
    if NOTHING in codes and len(codes) > 1:
        return f"{NOTHING} stands alone, not in {list(codes)}"
    return None
