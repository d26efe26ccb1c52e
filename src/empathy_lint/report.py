"""Reports -> text, JSON, GitHub annotations, SARIF: they translate, and decide nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.text import Text

from .records import Finding, Report
from .rulebook import Rule
from .sources import STDIN, Source

_SARIF_LEVELS = {"info": "note", "warning": "warning"}
_CONTEXT_WIDTH = 30

Linted = tuple[Source, Report]


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON with its letters as they are; what is no valid Unicode is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text if text.isascii() or _encodable(text) else json.dumps(value, indent=indent)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


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
            yield from self._finding(finding)
        if report.notice:
            yield Text(f"Notice: {report.notice}", style="bold red")
        for strength in report.strengths:
            line = Text("+ ", style="green").append(strength.act.value.replace("_", " "), style="bold green")
            yield line.append(f": {_one_line(strength.text)}", style="default")
        if not report.findings and not report.abstained:
            yield Text(f"{_where(self.source)}no traps found", style="green")

    def _finding(self, finding: Finding) -> Iterable[Text | Padding]:
        colour = "yellow" if finding.severity == "warning" else "cyan"
        head = Text(_where(self.source, self.report.reply, finding.start), style="dim")
        head.append(f"{finding.code} {finding.trap.value}", style=f"bold {colour}")
        head.append(f"  {finding.severity}, confidence {finding.confidence:.2f}", style="dim")
        yield head
        before, marked, after = _excerpt(self.report.reply, finding)
        yield Padding(Text(before).append(marked, style=f"bold underline {colour}").append(after), (0, 0, 0, 2), expand=False)
        carets = " " * Text(before).cell_len + "^" * max(1, Text(marked).cell_len)
        yield Padding(Text(carets, style=colour, no_wrap=True, overflow="crop"), (0, 0, 0, 2), expand=False)
        yield Padding(Text(finding.message), (0, 0, 0, 2), expand=False)
        for suggestion in finding.suggestions:
            yield Padding(Text("→ ").append(suggestion.text, style="green"), (0, 0, 0, 2), expand=False)
        yield Text()


def _excerpt(reply: str, finding: Finding) -> tuple[str, str, str]:
    """Return the span in one line, with a little of what stands around it."""
    left, right = max(0, finding.start - _CONTEXT_WIDTH), finding.end + _CONTEXT_WIDTH
    before = ("…" if left else "") + reply[left : finding.start]
    after = reply[finding.end : right] + ("…" if right < len(reply) else "")
    return _one_line(before, keep_edges=True), _one_line(finding.text), _one_line(after, keep_edges=True)


def _one_line(text: str, *, keep_edges: bool = False) -> str:
    flat = "".join(" " if char.isspace() else char for char in text)
    return flat if keep_edges else flat.strip()


def _where(source: Source, reply: str = "", offset: int = 0) -> str:
    if source.path is None:
        return ""
    line, column = position(reply, offset)
    return f"{'<stdin>' if source.path == STDIN else source.path}:{source.line + line - 1}:{column}: "


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
        line, column = position(report.reply, finding.start)
        place = f"file={_property(source.path)},line={source.line + line - 1},col={column}," if source.path else ""
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
    (line, column), (end_line, end_column) = (position(report.reply, at) for at in (finding.start, finding.end))
    region = {
        "startLine": source.line + line - 1,
        "startColumn": column,
        "endLine": source.line + end_line - 1,
        "endColumn": end_column,
        "snippet": {"text": finding.text},
    }
    uri = PurePath(source.path).as_posix() if source.path and source.path != STDIN else "stdin"
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
