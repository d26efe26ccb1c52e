"""Predictions + labelled items -> tables of figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .corpus import Item
from .features import FloatArray
from .records import Draft, Report
from .taxonomy import PARDONED_BY_REQUEST, Trap

Traps = frozenset[Trap]
BINS = 10


@dataclass(frozen=True)
class Tally:
    """Hits, false alarms and misses of one trap."""

    hits: int
    alarms: int
    misses: int

    @property
    def precision(self) -> float:
        """Share of the flagged that are right; 0 where nothing was flagged."""
        return self.hits / (self.hits + self.alarms) if self.hits + self.alarms else 0.0

    @property
    def recall(self) -> float:
        """Share of the right ones that were flagged; 0 where there are none."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.hits + self.alarms + self.misses
        return 2 * self.hits / total if total else 0.0


@dataclass(frozen=True)
class Miss:
    """A sentence where labels and findings differ."""

    id: str
    sentence: str
    missed: Traps
    wrong: Traps


@dataclass(frozen=True)
class Evaluation:
    """How well reports agree with labels.

    ``reply`` and ``sentence`` hold a Tally a trap; ``clean_flagged`` is the share of replies without any trap
    that were flagged; ``ece`` and ``brier`` are of the reply scores, all traps together; ``facts`` maps each
    fact to its accuracy and macro F1.
    """

    items: int
    reply: Mapping[Trap, Tally]
    sentence: Mapping[Trap, Tally]
    clean_flagged: float
    ece: float
    brier: float
    facts: Mapping[str, tuple[float, float]]
    misses: tuple[Miss, ...]

    @property
    def reply_macro_f1(self) -> float:
        """Mean F1 of the traps, reply level."""
        return float(np.mean([tally.f1 for tally in self.reply.values()]))

    @property
    def sentence_macro_f1(self) -> float:
        """Mean F1 of the traps, sentence level."""
        return float(np.mean([tally.f1 for tally in self.sentence.values()]))


def drafts_of(items: Iterable[Item]) -> Iterator[Draft]:
    """Yield the items as drafts."""
    return (Draft(item.reply, item.context, item.id) for item in items)


def traps_to_flag(item: Item) -> list[Traps]:
    """Return for each sentence the traps that are to be flagged: none that was asked for, none where nothing is shared."""
    by_label = {trap.label: trap for trap in Trap}
    excused = frozenset(Trap) if not item.sharing else PARDONED_BY_REQUEST if item.advice_requested else frozenset()
    return [frozenset(by_label[code] for code in codes if code in by_label) - excused for codes in item.labels]


def traps_found(item: Item, report: Report) -> list[Traps]:
    """Return for each sentence the traps that were found; a finding counts where half of the shorter one overlaps."""
    return [
        frozenset(
            finding.trap
            for finding in report.findings
            if 2 * (min(end, finding.end) - max(start, finding.start)) >= max(1, min(end - start, finding.end - finding.start))
        )
        for start, end in item.spans
    ]


def evaluate(items: Sequence[Item], reports: Iterable[Report]) -> Evaluation:
    """Return how well the reports on these items, in the same order, agree with their labels."""
    sentence_rows: list[tuple[Traps, Traps]] = []
    reply_rows: list[tuple[Traps, Traps]] = []
    misses: list[Miss] = []
    scores: list[tuple[bool, float]] = []
    facts: list[tuple[Item, Report]] = []
    for item, report in zip(items, reports, strict=True):
        wanted, found = traps_to_flag(item), traps_found(item, report)
        sentence_rows += zip(wanted, found, strict=True)
        everything = frozenset[Trap]().union(*wanted)
        reply_rows.append((everything, frozenset(finding.trap for finding in report.findings)))
        misses += [
            Miss(item.id, text, right - got, got - right)
            for text, right, got in zip(item.sentences, wanted, found, strict=True)
            if right != got
        ]
        scores += [(trap in everything, report.scores[trap.value]) for trap in Trap]
        facts.append((item, report))
    clean = [bool(found) for wanted, found in reply_rows if not wanted]
    truth, score = (np.array(column, dtype=float) for column in zip(*scores, strict=True))
    return Evaluation(
        items=len(items),
        reply=_tally(reply_rows),
        sentence=_tally(sentence_rows),
        clean_flagged=float(np.mean(clean)) if clean else 0.0,
        ece=calibration_error(truth, score),
        brier=float(np.mean((truth - score) ** 2)),
        facts={name: _agreement(pairs) for name, pairs in _fact_pairs(facts).items()},
        misses=tuple(misses),
    )


def calibration_error(truth: FloatArray, score: FloatArray) -> float:
    """Return the expected calibration error over ten equal bins, in [0, 1]."""
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    gaps = [abs(truth[bins == number].sum() - score[bins == number].sum()) for number in range(BINS)]
    return float(sum(gaps) / len(truth))


def _tally(rows: Sequence[tuple[Traps, Traps]]) -> dict[Trap, Tally]:
    return {
        trap: Tally(
            hits=sum(trap in right and trap in got for right, got in rows),
            alarms=sum(trap not in right and trap in got for right, got in rows),
            misses=sum(trap in right and trap not in got for right, got in rows),
        )
        for trap in Trap
    }


def _fact_pairs(facts: Sequence[tuple[Item, Report]]) -> dict[str, list[tuple[object, object]]]:
    names = ["sharing", "advice_requested", "emotion"]
    if any(item.crisis for item, _ in facts):  # files that do not label it have none
        names.append("crisis")
    return {name: [(getattr(item, name), getattr(report.context, name)) for item, report in facts] for name in names}


def _agreement(pairs: Sequence[tuple[object, object]]) -> tuple[float, float]:
    """Return accuracy and macro F1."""
    values = {value for pair in pairs for value in pair}
    f1 = [
        Tally(
            sum(right == got == value for right, got in pairs),
            sum(right != value == got for right, got in pairs),
            sum(right == value != got for right, got in pairs),
        ).f1
        for value in values
    ]
    return float(np.mean([right == got for right, got in pairs])), float(np.mean(f1))


def render(result: Evaluation, errors: int = 0) -> str:
    """Return the evaluation as a table in plain text, with up to ``errors`` wrong sentences."""
    lines = [f"{result.items} replies", f"{'':26} reply: P     R     F1     n   sentence: P     R     F1     n"]
    for trap in Trap:
        lines.append(f"{trap.value:26} {_row(result.reply[trap])}            {_row(result.sentence[trap])}")
    lines += [
        f"macro F1: reply {result.reply_macro_f1:.3f}, sentence {result.sentence_macro_f1:.3f}",
        f"clean replies flagged: {result.clean_flagged:.3f}",
        f"calibration of the reply scores: ECE {result.ece:.3f}, Brier {result.brier:.4f}",
        *(f"{name}: accuracy {accuracy:.3f}, macro F1 {f1:.3f}" for name, (accuracy, f1) in result.facts.items()),
    ]
    for miss in result.misses[:errors]:
        verdicts = [f"missed {_names(miss.missed)}" if miss.missed else "", f"wrong {_names(miss.wrong)}" if miss.wrong else ""]
        lines.append(f"{miss.id}: {', '.join(filter(None, verdicts))}: {miss.sentence!r}")
    return "\n".join(lines)


def _row(tally: Tally) -> str:
    return f"{tally.precision:5.3f} {tally.recall:5.3f} {tally.f1:5.3f} {tally.hits + tally.misses:5}"


def _names(traps: Traps) -> str:
    return " ".join(sorted(trap.value for trap in traps))
