"""Files -> drafts: the only room that knows file formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from .errors import InputError
from .records import Draft

STDIN = "-"


@dataclass(frozen=True)
class Source:
    """A draft and where it stands: a file (or ``-``), and the line it begins on.

    ``verbatim`` tells whether the reply stands there as it is; in JSON lines it does not, so that only the line counts.
    """

    draft: Draft
    path: str | None = None
    line: int = 1
    verbatim: bool = True


@dataclass(frozen=True)
class Reject:
    """A line that is no draft: its number, why, and what stands there."""

    line: int
    reason: str
    text: str


def read_source(path: str, stdin: IO[bytes], *, by_line: bool = False) -> list[Source]:
    """Return the drafts of a file: ``.jsonl`` holds one a line, any other is one draft of plain text.

    Parameters
    ----------
    path
        A file, or ``-`` for ``stdin``.
    by_line
        Whether each line of plain text that is not blank is a draft of its own.

    Raises
    ------
    InputError
        If the file is missing, unreadable, binary or no UTF-8, or a line of ``.jsonl`` is no draft.
    """
    content = stdin.read() if path == STDIN else read_bytes(Path(path))
    if path.endswith(".jsonl"):
        return [_jsonl_source(path, number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    text = _decode(content, path)
    if by_line:
        lines = text.split("\n")
        return [Source(Draft(line.rstrip("\r")), path, number) for number, line in enumerate(lines, start=1) if line.strip()]
    return [Source(Draft(text.rstrip("\r\n")), path)]


def read_text(path: str) -> str:
    """Return a text file's content.

    Raises
    ------
    InputError
        If the file is missing, unreadable, binary or no UTF-8.
    """
    return _decode(read_bytes(Path(path)), path)


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, or raise an InputError that names it."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def parse_lines(lines: Iterable[bytes], first: int = 1) -> Iterator[Draft | Reject]:
    """Yield a Draft or a Reject for each of these JSON lines that is not blank; ``first`` is the first one's number."""
    for number, line in enumerate(lines, start=first):
        if not line.strip():
            continue
        try:
            yield Draft.of(_object(line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf") if number == 1 else line))
        except (ValueError, RecursionError) as error:
            yield Reject(number, _reason(error), line.decode("utf-8", "replace").rstrip("\r\n"))


def _object(line: bytes) -> dict[str, object]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:  # the standard library says what is wrong more plainly, and reads half an emoji
        row = json.loads(line.decode("utf-8"))
    if not isinstance(row, dict):
        raise InputError(f"a draft must be an object, not {type(row).__name__}")
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"invalid UTF-8 at byte {error.start + 1}"
    if isinstance(error, RecursionError):
        return "broken JSON: nested too deeply"
    return str(error)


def _jsonl_source(path: str, number: int, line: bytes) -> Source:
    parsed = next(parse_lines([line], number))
    if isinstance(parsed, Reject):
        raise InputError(f"{path}, line {number}: {parsed.reason}")
    return Source(parsed, path, number, verbatim=False)


def _decode(content: bytes, path: str) -> str:
    if b"\0" in content:
        raise InputError(f"{path} is a binary file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no UTF-8 text: byte {error.start + 1}") from error
