"""The conductor: the only file that knows the order of the steps. One draft is a batch of one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from . import findings as judgement
from .context import CRISIS_NOTICE, decide_facts, speaker_turns
from .errors import InputError
from .evidence import weigh
from .features import FloatArray, Texts
from .records import ContextLike, Draft, DraftLike, Evidence, Facts, Finding, Report, Sentence, Strength
from .rulebook import load_rules, shipped_wordings
from .scoring import Model, probability
from .sentences import split_clauses, split_sentences
from .store import load_model
from .suggestions import suggest
from .taxonomy import COLUMN, Act, Trap

BATCH_SIZE = 256
_DECIMALS = 4
_LOG_ODDS_DECIMALS = 9  # the last bits of a sum depend on what else is in the batch
_TRAP_NAMES = [trap.value for trap in Trap]
_place = attrgetter("start", "end")


@dataclass(frozen=True)
class _Batch:
    """Drafts on their way: the sentences of all of them, what was said before each, what is known and scored."""

    drafts: Sequence[Draft]
    sentences: list[Sentence]
    reply_of: list[int]
    words: Texts
    said: list[list[list[str]]]
    log_odds: FloatArray
    facts: list[Facts]


Span = tuple[int, int]


class Linter:
    """Reads drafts and says where they fall into a trap, and what to say instead.

    Parameters
    ----------
    model
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

    def __init__(self, model: Model) -> None:
        self.model = model
        self._rules = load_rules()

    @classmethod
    def load(cls, path: str | Path = "default") -> Linter:
        """Return a linter with the shipped model, or with the one in folder ``path``.

        Raises
        ------
        ModelError
            If the folder is missing, altered, or not a model of this version.
        """
        return cls(load_model(path))

    def lint(self, reply: DraftLike, context: ContextLike = None) -> Report:
        """Return the report on one draft.

        Parameters
        ----------
        reply
            The text, or a whole draft.
        context
            What was said before: the speaker's last turn as a string, or turns in order. Not together with
            a draft that has its own.

        Raises
        ------
        InputError
            If reply or context are not what they should be.
        """
        if context is not None and not isinstance(reply, str):
            raise InputError("a draft brings its own context; give one or the other")
        draft = Draft(reply, context) if isinstance(reply, str) else Draft.of(reply)
        return next(self.lint_many([draft]))

    def lint_many(self, drafts: Iterable[DraftLike], *, evidence: bool = True, batch_size: int = BATCH_SIZE) -> Iterator[Report]:
        """Yield one report a draft, in order.

        Parameters
        ----------
        drafts
            Any iterable; it is read ``batch_size`` drafts ahead, so that memory stays flat.
        evidence
            Whether findings carry their evidence; without it a batch is faster.
        batch_size
            Drafts that are scored together; the reports do not depend on it.

        Raises
        ------
        InputError
            At the first draft that is none, after the reports on all before it.
        """
        for batch in _batches(drafts, batch_size):
            yield from self._lint_batch(batch, evidence)

    def _lint_batch(self, drafts: Sequence[Draft], evidence: bool) -> Iterator[Report]:
        reasons = [_abstention(draft.reply) for draft in drafts]
        texts = [[] if reason else split_sentences(draft.reply) for draft, reason in zip(drafts, reasons, strict=True)]
        counts = [len(text) for text in texts]
        sentences = [sentence for text in texts for sentence in text]
        words = Texts.read([sentence.text for sentence in sentences])
        said = _said(drafts)
        log_odds = self.model.sentences.log_odds(words, Texts.of_words(_last(turns) for turns in said), counts)
        facts = self._facts(said)
        reply_of = [number for number, count in enumerate(counts) for _ in range(count)]
        batch = _Batch(drafts, sentences, reply_of, words, said, log_odds, facts)

        probabilities = probability(log_odds)
        verdicts = judgement.judge(judgement.confidences(probabilities, counts, facts), self.model.thresholds)
        findings: list[list[Finding]] = [[] for _ in drafts]
        for verdict, span in zip(verdicts, self._spans(batch, verdicts), strict=True):
            findings[reply_of[verdict.sentence]].append(self._finding(batch, verdict, span, evidence))
        flagged = {verdict.sentence for verdict in verdicts}
        strengths: list[list[Strength]] = [[] for _ in drafts]
        for verdict in judgement.praise(probabilities, self.model.thresholds):
            if verdict.sentence not in flagged:
                strengths[reply_of[verdict.sentence]].append(_strength(sentences[verdict.sentence], verdict))
        scores = judgement.reply_scores(probabilities, counts, facts).round(_DECIMALS).tolist()
        for number, draft in enumerate(drafts):
            yield Report(
                reply=draft.reply,
                findings=tuple(sorted(findings[number], key=_place)),
                scores=dict(zip(_TRAP_NAMES, scores[number], strict=True)),
                strengths=tuple(strengths[number]),
                context=facts[number],
                abstained=reasons[number],
                notice=CRISIS_NOTICE if facts[number].crisis else None,
                id=draft.id,
            )

    def _facts(self, said: Sequence[Sequence[Sequence[str]]]) -> list[Facts]:
        known = [turns for turns in said if turns]
        texts = Texts.of_words(turn for turns in known for turn in turns)
        rows = iter(probability(self.model.context.log_odds(texts, [len(turns) for turns in known])).tolist())
        return [decide_facts(turns, next(rows) if turns else (), self.model.thresholds) for turns in said]

    def _finding(self, batch: _Batch, verdict: judgement.Verdict, span: Span, evidence: bool) -> Finding:
        number, trap = verdict.sentence, Trap(verdict.act)
        reply = batch.reply_of[number]
        start, end = span
        text, said = batch.drafts[reply].reply, batch.said[reply]
        rule = self._rules[trap]
        note = shipped_wordings().note(trap, batch.words.of(number))
        return Finding(
            trap=trap,
            start=start,
            end=end,
            text=text[start:end],
            confidence=round(verdict.confidence, _DECIMALS),
            severity=judgement.severity(verdict.confidence),
            message=f"{rule.message} {note}" if note else rule.message,
            suggestions=suggest(trap, said, batch.facts[reply].emotion, text[:end]),
            evidence=self._evidence(batch, verdict) if evidence else (),
            log_odds=round(float(batch.log_odds[number, COLUMN[trap]]), _LOG_ODDS_DECIMALS),
        )

    def _evidence(self, batch: _Batch, verdict: judgement.Verdict) -> tuple[Evidence, ...]:
        reply = batch.reply_of[verdict.sentence]
        first, after = batch.reply_of.index(reply), bisect_right(batch.reply_of, reply)
        said = _last(batch.said[reply])
        return weigh(self.model.sentences, batch.sentences[first:after], said, verdict.sentence - first, COLUMN[verdict.act])

    def _spans(self, batch: _Batch, verdicts: Sequence[judgement.Verdict]) -> Iterator[Span]:
        """Yield for each verdict the part of its sentence that carries the trap, as offsets into the reply."""
        clauses = [split_clauses(batch.sentences[verdict.sentence].text) for verdict in verdicts]
        split = [
            (batch.sentences[verdict.sentence].text[start:end], _last(batch.said[batch.reply_of[verdict.sentence]]))
            for verdict, parts in zip(verdicts, clauses, strict=True)
            if len(parts) > 1
            for start, end in parts
        ]
        texts, heard = Texts.read([text for text, _ in split]), Texts.of_words(last for _, last in split)
        scores = iter(probability(self.model.sentences.log_odds(texts, heard, [1] * len(split))).tolist())
        for verdict, parts in zip(verdicts, clauses, strict=True):
            sentence = batch.sentences[verdict.sentence]
            if len(parts) == 1:
                yield sentence.start, sentence.end
                continue
            column = COLUMN[verdict.act]
            first, last = judgement.narrow([next(scores)[column] for _ in parts])
            if last - first == len(parts):
                yield sentence.start, sentence.end
            else:
                yield sentence.start + parts[first][0], sentence.start + parts[last - 1][1]


def _said(drafts: Sequence[Draft]) -> list[list[list[str]]]:
    """Return for each draft the words of each of the speaker's turns."""
    turns = [speaker_turns(draft.context) for draft in drafts]
    texts = Texts.read([turn for each in turns for turn in each])
    numbers = iter(range(sum(map(len, turns))))
    return [[texts.of(next(numbers)) for _ in each] for each in turns]


def _last(said: Sequence[list[str]]) -> list[str]:
    return said[-1] if said else []


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
            yield batch
            raise
        if len(batch) >= size:
            yield batch
            batch = []
    yield batch


def _abstention(reply: str) -> str | None:
    """Return why a reply is not judged, or None."""
    if not reply.strip():
        return "empty reply"
    if not any(map(str.isalnum, reply)):
        return "no words in the reply"
    return None


def _strength(sentence: Sentence, verdict: judgement.Verdict) -> Strength:
    return Strength(Act(verdict.act), sentence.start, sentence.end, sentence.text, round(verdict.confidence, _DECIMALS))
