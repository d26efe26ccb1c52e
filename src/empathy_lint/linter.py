"""The conductor: the only file that knows the order of the steps. One draft is a batch of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from . import findings as judgement
from .context import CRISIS_NOTICE, decide_facts
from .engine import Engine, Scored
from .errors import InputError
from .reading import Reading, read
from .records import ContextLike, Draft, DraftLike, Facts, Finding, Report, Sentence, Strength
from .rulebook import load_rules, shipped_wordings
from .scoring import probability
from .sentences import split_clauses
from .store import load_engine
from .suggestions import suggest
from .taxonomy import COLUMN, Act, Trap

BATCH_SIZE = 256
_DECIMALS = 4
_LOG_ODDS_DECIMALS = 9  # the last bits of a sum depend on what else is in the batch
_TRAP_NAMES = [trap.value for trap in Trap]
_place = attrgetter("start", "end")


Span = tuple[int, int]


class Linter:
    """Reads drafts and says where they fall into a trap, and what to say instead.

    Parameters
    ----------
    engine
        What :meth:`load` reads.

    Notes
    -----
    A linter never changes after it is made; threads may share it.

    Examples
    --------
    >>> linter = Linter.load()
    >>> report = linter.lint("You should just talk to HR.", context="My boss yelled at me in front of everyone.")
    >>> [(f.code, f.text) for f in report.findings]
    [('EL101', 'You should just talk to HR.')]
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._rules = load_rules()

    @classmethod
    def load(cls, path: str | Path = "default") -> Linter:
        """Return a linter with the shipped model, or with the one in folder ``path``.

        Raises
        ------
        ModelError
            If the folder is missing, altered, or not a model of this version.
        """
        return cls(load_engine(path))

    def lint(self, reply: DraftLike, context: ContextLike = None, *, evidence: bool | None = None) -> Report:
        """Return the report on one draft.

        Parameters
        ----------
        reply
            The text, or a whole draft.
        context
            What was said before: the speaker's last turn as a string, or turns in order. Not together with
            a draft that has its own.
        evidence
            As for :meth:`lint_many`.

        Raises
        ------
        InputError
            If reply or context are not what they should be.
        """
        if context is not None and not isinstance(reply, str):
            raise InputError("a draft brings its own context; give one or the other")
        draft = Draft(reply, context) if isinstance(reply, str) else Draft.of(reply)
        return next(self.lint_many([draft], evidence=evidence))

    def lint_many(
        self, drafts: Iterable[DraftLike], *, evidence: bool | None = None, batch_size: int = BATCH_SIZE
    ) -> Iterator[Report]:
        """Yield one report a draft, in order.

        Parameters
        ----------
        drafts
            Any iterable; it is read ``batch_size`` drafts ahead, so that memory stays flat.
        evidence
            Whether findings carry their evidence; without it a batch is faster. Unasked, the fast engine gives it
            and the deep one, which takes some tenths of a second for it, does not.
        batch_size
            Drafts that are scored together; the reports do not depend on it.

        Raises
        ------
        InputError
            At the first draft that is none, after the reports on all before it.
        """
        weighs = self.engine.explains_quickly if evidence is None else evidence
        for batch in _batches(drafts, batch_size):
            yield from self._lint_batch(batch, weighs)

    def _lint_batch(self, drafts: Sequence[Draft], evidence: bool) -> Iterator[Report]:
        reading = read(drafts)
        scored, thresholds = self.engine.score(reading), self.engine.thresholds
        counts, reply_of = reading.counts, reading.reply_of
        facts = [decide_facts(said, row, thresholds) for said, row in zip(reading.said, scored.facts.tolist(), strict=True)]
        probabilities = probability(scored.log_odds)
        verdicts = judgement.judge(judgement.confidences(probabilities, counts, facts), thresholds)
        findings: list[list[Finding]] = [[] for _ in drafts]
        for verdict, span in zip(verdicts, self._spans(reading, scored, verdicts), strict=True):
            findings[reply_of[verdict.sentence]].append(self._finding(reading, scored, facts, verdict, span, evidence))
        flagged = {verdict.sentence for verdict in verdicts}
        strengths: list[list[Strength]] = [[] for _ in drafts]
        for verdict in judgement.praise(probabilities, thresholds):
            if verdict.sentence not in flagged:
                strengths[reply_of[verdict.sentence]].append(_strength(reading.sentences[verdict.sentence], verdict))
        scores = judgement.reply_scores(probabilities, counts, facts).round(_DECIMALS).tolist()
        for number, draft in enumerate(drafts):
            yield Report(
                reply=draft.reply,
                findings=tuple(sorted(findings[number], key=_place)),
                scores=dict(zip(_TRAP_NAMES, scores[number], strict=True)),
                strengths=tuple(strengths[number]),
                context=facts[number],
                abstained=reading.reasons[number],
                notice=CRISIS_NOTICE if facts[number].crisis else None,
                id=draft.id,
            )

    def _finding(
        self, reading: Reading, scored: Scored, facts: Sequence[Facts], verdict: judgement.Verdict, span: Span, evidence: bool
    ) -> Finding:
        number, trap = verdict.sentence, Trap(verdict.act)
        reply = reading.reply_of[number]
        start, end = span
        text, said = reading.drafts[reply].reply, reading.said[reply]
        rule = self._rules[trap]
        note = shipped_wordings().note(trap, reading.words.of(number))
        return Finding(
            trap=trap,
            start=start,
            end=end,
            text=text[start:end],
            confidence=round(verdict.confidence, _DECIMALS),
            severity=judgement.severity(verdict.confidence),
            message=f"{rule.message} {note}" if note else rule.message,
            suggestions=suggest(trap, said, facts[reply].emotion, text[:end]),
            evidence=scored.weigh(number, COLUMN[trap]) if evidence else (),
            log_odds=round(float(scored.log_odds[number, COLUMN[trap]]), _LOG_ODDS_DECIMALS),
        )

    def _spans(self, reading: Reading, scored: Scored, verdicts: Sequence[judgement.Verdict]) -> Iterator[Span]:
        """Yield for each verdict the part of its sentence that carries the trap, as offsets into the reply."""
        clauses = [split_clauses(reading.sentences[verdict.sentence].text) for verdict in verdicts]
        split = [
            (reading.reply_of[verdict.sentence], reading.sentences[verdict.sentence].text[start:end])
            for verdict, parts in zip(verdicts, clauses, strict=True)
            if len(parts) > 1
            for start, end in parts
        ]
        scores = iter(scored.parts(split).tolist() if split else ())
        for verdict, parts in zip(verdicts, clauses, strict=True):
            sentence = reading.sentences[verdict.sentence]
            if len(parts) == 1:
                yield sentence.start, sentence.end
                continue
            column = COLUMN[verdict.act]
            first, last = judgement.narrow([next(scores)[column] for _ in parts])
            if last - first == len(parts):
                yield sentence.start, sentence.end
            else:
                yield sentence.start + parts[first][0], sentence.start + parts[last - 1][1]


def _batches(drafts: Iterable[DraftLike], size: int) -> Iterator[list[Draft]]:
    """Yield the drafts in batches; one that cannot be read raises after the batch before it."""
    batch: list[Draft] = []
    source = iter(drafts)
    while True:
        try:
            batch.append(Draft.of(next(source)))
        except StopIteration:
            break
        except InputError:
            if batch:
                yield batch
            raise
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _strength(sentence: Sentence, verdict: judgement.Verdict) -> Strength:
    return Strength(Act(verdict.act), sentence.start, sentence.end, sentence.text, round(verdict.confidence, _DECIMALS))
