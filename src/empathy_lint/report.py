"""Reports -> text, JSON, GitHub annotations, SARIF: they translate, and decide nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any
from unicodedata import category
from urllib.parse import quote

import orjson
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from .records import Finding, Report
from .rulebook import Rule
from .sources import STDIN, Source

_SARIF_LEVELS = {"info": "note", "warning": "warning"}
_INDENT = "  "

Linted = tuple[Source, Report]


def dump_json(value: Any, *, indent: bool = False) -> str:
    """Return JSON with its letters as they are; text that is no valid Unicode is escaped."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, indent=2 if indent else None)


def position(text: str, offset: int) -> tuple[int, int]:
    r"""Return line and column, both from 1, of an offset into the text.

    >>> position("one\ntwo", 5)
    (2, 2)
    """
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


class Full:
    """What a person reads: excerpt with the span marked, why, better words, what was good."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source = source
        self.report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the parts, finding after finding."""
        report = self.report
        if report.abstained:
            yield Text(f"{_where(self.source)}nothing judged: {report.abstained}", style="dim")
        for finding in report.findings:
            yield from self._finding(finding, options.max_width)
        if report.notice:
            yield Text(f"Notice: {report.notice}", style="bold red")
        for strength in report.strengths:
            line = Text("+ ", style="green").append(strength.act.value.replace("_", " "), style="bold green")
            yield line.append(f": {_one_line(strength.text)}", style="default")
        if not report.findings and not report.abstained:
            yield Text(f"{_where(self.source)}no traps found", style="green")

    def _finding(self, finding: Finding, width: int) -> Iterable[Text]:
        colour = "yellow" if finding.severity == "warning" else "cyan"
        head = Text(_where(self.source, self.report.reply, finding.start), style="dim")
        head.append(f"{finding.code} {finding.trap.value}", style=f"bold {colour}")
        head.append(f"  {finding.severity}, confidence {finding.confidence:.2f}", style="dim")
        yield head
        before, marked, after = _excerpt(self.report.reply, finding, width - len(_INDENT))
        yield Text(_INDENT + before).append(marked, style=f"bold {colour}").append(after)
        yield Text(_INDENT + " " * cell_len(before) + "^" * max(1, cell_len(marked)), style=colour)
        yield Text(_INDENT + finding.message)
        for suggestion in finding.suggestions:
            yield Text(_INDENT + "→ ").append(suggestion.text, style="green")
        yield Text()


def _excerpt(reply: str, finding: Finding, width: int) -> tuple[str, str, str]:
    """Return the span and what stands around it, in one line of at most ``width`` cells; a long span keeps its ends."""
    marked = _one_line(finding.text)
    if cell_len(marked) > width:
        half = (width - 3) // 2
        marked = f"{_head(marked, half).rstrip()} … {_tail(marked, half).lstrip()}"
    room = max(0, width - cell_len(marked)) // 2
    before, after = _one_line(reply[: finding.start]), _one_line(reply[finding.end :])
    if cell_len(before) > room:
        before = "…" + _tail(before, room - 1) if room > 1 else ""
    if cell_len(after) > room:
        after = _head(after, room - 1) + "…" if room > 1 else ""
    return before, marked, after


def _head(text: str, cells: int) -> str:
    text = text[:cells]
    while cell_len(text) > cells:
        text = text[:-1]
    return text


def _tail(text: str, cells: int) -> str:
    text = text[-cells:]
    while cell_len(text) > cells:
        text = text[1:]
    return text


def _one_line(text: str) -> str:
    """Return the text without line breaks, and without what would steer a terminal."""
    return "".join(" " if char.isspace() or category(char) in ("Cc", "Cs") else char for char in text)


def _where(source: Source, reply: str = "", offset: int = 0) -> str:
    if source.path is None:
        return ""
    name = "<stdin>" if source.path == STDIN else source.path
    return f"{name}:{':'.join(map(str, _place(source, reply, offset)))}: "


def _place(source: Source, reply: str, offset: int) -> tuple[int, ...]:
    """Return line and column in the file; the line alone where the reply does not stand there as it is."""
    if not source.verbatim:
        return (source.line,)
    line, column = position(reply, offset)
    return source.line + line - 1, column


def concise(source: Source, report: Report) -> list[str]:
    """Return one line a finding: path:line:column: code name (confidence) text."""
    return [
        f"{_where(source, report.reply, f.start)}{f.code} {f.trap.value} ({f.confidence:.2f}) {_one_line(f.text)}"
        for f in report.findings
    ]


def github(source: Source, report: Report) -> list[str]:
    """Return GitHub workflow commands, one a finding."""
    lines = []
    for finding in report.findings:
        level = "warning" if finding.severity == "warning" else "notice"
        names = ("line", "col")
        at = [f"{name}={number}," for name, number in zip(names, _place(source, report.reply, finding.start), strict=False)]
        place = f"file={_property(source.path)},{''.join(at)}" if source.path else ""
        words = f"{finding.message} Instead: {' / '.join(s.text for s in finding.suggestions)}"
        lines.append(f"::{level} {place}title={_property(f'{finding.code} {finding.trap.value}')}::{_data(words)}")
    return lines


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str | None) -> str:
    return _data(text or "").replace(":", "%3A").replace(",", "%2C")


def sarif(linted: Sequence[Linted], rules: Iterable[Rule], version: str) -> dict[str, Any]:
    """Return a SARIF 2.1.0 log of all findings."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "empathy_lint",
                        "version": version,
                        "rules": [
                            {
                                "id": rule.trap.code,
                                "name": rule.trap.value,
                                "shortDescription": {"text": rule.message},
                                "fullDescription": {"text": " ".join(rule.why.split())},
                            }
                            for rule in rules
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(source, report, f) for source, report in linted for f in report.findings],
            }
        ],
    }


def _sarif_result(source: Source, report: Report, finding: Finding) -> dict[str, Any]:
    starts = zip(("startLine", "startColumn"), _place(source, report.reply, finding.start), strict=False)
    ends = zip(("endLine", "endColumn"), _place(source, report.reply, finding.end), strict=False)
    region = {**dict(starts), **dict(ends), "snippet": {"text": finding.text}}
    uri = quote(PurePath(source.path).as_posix()) if source.path and source.path != STDIN else "stdin"
    return {
        "ruleId": finding.code,
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "properties": {
            "confidence": finding.confidence,
            "suggestions": [suggestion.text for suggestion in finding.suggestions],
        },
    }
