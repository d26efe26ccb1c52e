"""JSON lines of drafts -> JSON lines of reports: any number of them, in order, and no line is lost."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO

from .errors import InputError
from .linter import Linter
from .records import Draft, Report
from .report import dump_json
from .settings import Settings
from .sources import Reject, parse_lines

PART = 1024
"""Lines that are worked on together."""

_GC_THRESHOLD = 200_000
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Summary:
    """What a batch run did.

    ``drafts`` were judged, ``flagged`` of them have findings, ``findings`` in all; ``rejects`` lines were no
    drafts. ``failed`` tells whether a finding is as severe as the settings' ``fail_on``.
    """

    drafts: int = 0
    flagged: int = 0
    findings: int = 0
    rejects: int = 0
    failed: bool = False

    def __add__(self, other: Summary) -> Summary:
        """Return both together."""
        return Summary(
            self.drafts + other.drafts,
            self.flagged + other.flagged,
            self.findings + other.findings,
            self.rejects + other.rejects,
            self.failed or other.failed,
        )


@dataclass(frozen=True)
class _Result:
    lines: str
    rejects: str
    summary: Summary
    size: int


def rejects_path(output: Path) -> Path:
    """Return where the lines go that are no drafts.

    >>> rejects_path(Path("out.jsonl")).name
    'out.rejects.jsonl'
    """
    return output.with_name(output.name.removesuffix(".jsonl") + ".rejects.jsonl")


def run_batch(source: IO[bytes], output: Path, settings: Settings, *, jobs: int = 1, progress: Progress | None = None) -> Summary:
    """Lint every line of ``source`` and write one line each to ``output``.

    The output appears under its name when it is whole. Lines that are no drafts go to :func:`rejects_path`,
    with number and reason.

    Parameters
    ----------
    source
        JSON lines: id, context, reply.
    jobs
        Processes that work side by side; the output does not depend on it.
    progress
        Called with the number of bytes done, part after part.

    Raises
    ------
    InputError
        If the output cannot be written.
    ModelError
        If the model cannot be loaded.
    """
    _linter(settings.model)  # a model that cannot be loaded is told before anything is written
    if output.exists() and not output.is_file():
        raise InputError(f"cannot write {output}: it is no regular file")
    total = Summary()
    unfinished = output.with_name(output.name + ".part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as lines, _lazily(rejects_path(output)) as rejected:
            for result in _results(_parts(source), settings, jobs):
                lines.write(result.lines)
                if result.rejects:
                    rejected().write(result.rejects)
                total += result.summary
                if progress:
                    progress(result.size)
        os.replace(unfinished, output)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise InputError(f"cannot write {output}: {error.strerror}") from error
    return total


@contextmanager
def _lazily(path: Path) -> Iterator[Callable[[], IO[str]]]:
    """Give a function that opens the file when it is first called; without a call there is no such file afterwards."""
    opened: list[IO[str]] = []

    def file() -> IO[str]:
        if not opened:
            opened.append(path.open("w", encoding="utf-8", newline="\n"))
        return opened[0]

    try:
        yield file
    finally:
        for handle in opened:
            handle.close()
    if not opened:
        path.unlink(missing_ok=True)


def _parts(source: Iterable[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield parts of the lines, each with the number of its first line."""
    lines, first = iter(source), 1
    while part := list(islice(lines, PART)):
        yield first, part
        first += len(part)


def _results(parts: Iterator[tuple[int, list[bytes]]], settings: Settings, jobs: int) -> Iterator[_Result]:
    if jobs == 1:
        with _rare_collection():
            yield from (_work(first, lines, settings) for first, lines in parts)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(_work)(first, lines, settings) for first, lines in parts)


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Let the garbage collector run seldom: reports hold no cycles, and looking for some takes a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_GC_THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@lru_cache(maxsize=4)
def _linter(model: str) -> Linter:
    return Linter.load(model)


def _work(first: int, lines: list[bytes], settings: Settings) -> _Result:
    parsed = list(parse_lines(lines, first))
    drafts = [entry for entry in parsed if isinstance(entry, Draft)]
    rejects = [entry for entry in parsed if isinstance(entry, Reject)]
    with _rare_collection():
        reports = [chosen(report, settings) for report in _linter(settings.model).lint_many(drafts, evidence=False)]
        summary = Summary(
            drafts=len(drafts),
            flagged=sum(bool(report.findings) for report in reports),
            findings=sum(len(report.findings) for report in reports),
            rejects=len(rejects),
            failed=any(settings.fails(report.findings) for report in reports),
        )
        return _Result(
            "".join([dump_json(report.to_dict()) + "\n" for report in reports]),
            "".join([dump_json({"line": r.line, "reason": r.reason, "text": r.text}) + "\n" for r in rejects]),
            summary,
            sum(map(len, lines)),
        )


def chosen(report: Report, settings: Settings) -> Report:
    """Return the report with only the findings that the settings keep."""
    if not (settings.select or settings.ignore or settings.min_confidence):
        return report
    return replace(report, findings=tuple(finding for finding in report.findings if settings.keeps(finding)))
