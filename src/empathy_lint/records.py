"""The nouns that travel: frozen values, no behaviour beyond reading and writing themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from .errors import InputError
from .taxonomy import Act, Emotion, Trap

Role = Literal["speaker", "listener"]
Severity = Literal["info", "warning"]
ROLES: tuple[Role, ...] = ("speaker", "listener")


@dataclass(frozen=True)
class Turn:
    """One thing that was said before the draft.

    The *speaker* is the person who shares, the *listener* the one who writes the draft.

    >>> Turn("speaker", "My boss yelled at me.")
    Turn(role='speaker', text='My boss yelled at me.')
    """

    role: Role
    text: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise InputError(f"a turn's role must be 'speaker' or 'listener', not {self.role!r}")
        if not isinstance(self.text, str):
            raise InputError(f"a turn's text must be a string, not {type(self.text).__name__}")


ContextLike = Union[str, Iterable[Union[Turn, "tuple[str, str]", Mapping[str, Any]]], None]
"""The speaker's last turn, or turns in order: Turn, (role, text), or {"role", "text"}."""


def as_turns(context: ContextLike) -> tuple[Turn, ...]:
    """Return the context as turns, oldest first.

    A string is the speaker's last turn; a blank one is no context.

    Raises
    ------
    InputError
        If a turn has no role or text, or the role is unknown.

    Examples
    --------
    >>> as_turns([("speaker", "I lost my job."), ("listener", "Oh no.")])[1].role
    'listener'
    """
    if context is None:
        return ()
    if isinstance(context, str):
        return (Turn("speaker", context),) if context.strip() else ()
    if isinstance(context, (Mapping, bytes)) or not isinstance(context, Iterable):
        raise InputError(f"context must be a string or a list of turns, not {type(context).__name__}")
    return tuple(_as_turn(entry, number) for number, entry in enumerate(context, start=1))


def _as_turn(entry: object, number: int) -> Turn:
    if isinstance(entry, Turn):
        return entry
    if isinstance(entry, Mapping):
        missing = [key for key in ("role", "text") if key not in entry]
        if missing:
            raise InputError(f"context turn {number} has no {missing[0]!r}")
        role, text = entry["role"], entry["text"]
    elif isinstance(entry, Sequence) and not isinstance(entry, (str, bytes)) and len(entry) == 2:
        role, text = entry
    else:
        raise InputError(f"context turn {number} must be a Turn, (role, text) or an object with role and text, not {entry!r:.60}")
    try:
        return Turn(role, text)
    except InputError as error:
        raise InputError(f"context turn {number}: {error}") from error


@dataclass(frozen=True)
class Draft:
    """A reply before it is sent, with what was said before it.

    Parameters
    ----------
    reply
        The text to lint; offsets of findings count its code points.
    context
        What :func:`as_turns` takes; kept as a tuple of :class:`Turn`. Empty: it is assumed that
        something was shared and no advice asked for.
    id
        Comes back unchanged in the report.

    Examples
    --------
    >>> Draft("Oh no!", context="My cat died.").context
    (Turn(role='speaker', text='My cat died.'),)
    """

    reply: str
    context: tuple[Turn, ...] = ()
    id: str | int | None = None

    def __init__(self, reply: str, context: ContextLike = None, id: str | int | None = None) -> None:  # noqa: A002
        if not isinstance(reply, str):
            raise InputError(f"a reply must be a string, not {type(reply).__name__}")
        if id is not None and (isinstance(id, bool) or not isinstance(id, (str, int))):
            raise InputError(f"a draft's id must be a string or a whole number, not {type(id).__name__}")
        object.__setattr__(self, "reply", reply)
        object.__setattr__(self, "context", as_turns(context))
        object.__setattr__(self, "id", id)

    @classmethod
    def of(cls, draft: DraftLike) -> Draft:
        """Return ``draft`` as a Draft: a string is a reply, a mapping holds reply, context and id.

        >>> Draft.of({"id": 7, "reply": "Oh no!", "context": []}).id
        7
        """
        if isinstance(draft, Draft):
            return draft
        if isinstance(draft, str):
            return cls(draft)
        if not isinstance(draft, Mapping):
            raise InputError(f"a draft must be a string, a Draft or an object, not {type(draft).__name__}")
        if "reply" not in draft:
            raise InputError("a draft needs a 'reply'")
        return cls(draft["reply"], draft.get("context"), draft.get("id"))


DraftLike = Union[str, Draft, Mapping[str, Any]]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the reply: ``reply[start:end] == text``, code points, half-open."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Evidence:
    """What one word of the reply, or one other thing, adds to a finding's log-odds.

    ``start`` and ``end`` are offsets into the reply; both are None for what is no word of the sentence
    (the baseline, the neighbouring sentences, what the speaker said).
    """

    text: str
    contribution: float
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Suggestion:
    """Words that could stand instead of the span, and the good move they make."""

    text: str
    act: Act


@dataclass(frozen=True)
class Finding:
    """One trap at one place: ``reply[start:end] == text``, code points, half-open.

    ``confidence`` is a calibrated probability in [0, 1] that a careful reader would mark this sentence.
    ``log_odds`` is the classifier's belief that the sentence does this act, before what is known of the
    context is weighed; the contributions in ``evidence`` (the heaviest first) add up to it.
    """

    trap: Trap
    start: int
    end: int
    text: str
    confidence: float
    severity: Severity
    message: str
    suggestions: tuple[Suggestion, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    log_odds: float = 0.0

    @property
    def code(self) -> str:
        """The linter code, such as EL101."""
        return self.trap.code


@dataclass(frozen=True)
class Strength:
    """A good move the reply makes: ``reply[start:end] == text``."""

    act: Act
    start: int
    end: int
    text: str
    confidence: float


@dataclass(frozen=True)
class Facts:
    """What the speaker's turns say, with the probabilities behind it.

    Without any context nothing is known: ``sharing`` is assumed, a request is not.
    """

    sharing: bool = True
    advice_requested: bool = False
    emotion: Emotion = Emotion.NONE
    crisis: bool = False
    p_sharing: float = 1.0
    p_advice_requested: float = 0.0
    p_crisis: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the four facts as plain values."""
        return {
            "sharing": self.sharing,
            "advice_requested": self.advice_requested,
            "emotion": self.emotion.value,
            "crisis": self.crisis,
        }


@dataclass(frozen=True)
class Report:
    """All that is said about one draft.

    ``scores`` maps each trap's name to the calibrated probability that the reply falls into it
    anywhere; ``abstained`` is None, or the reason why nothing was judged; ``notice`` is a plain word on
    a context that needs more than kind words (a crisis), else None.
    """

    reply: str
    findings: tuple[Finding, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    strengths: tuple[Strength, ...] = ()
    context: Facts = Facts()
    abstained: str | None = None
    notice: str | None = None
    id: str | int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values: the line that ``batch`` writes, plus code and evidence."""
        out: dict[str, Any] = {
            "id": self.id,
            "findings": [_finding_dict(f) for f in self.findings],
            "scores": self.scores,
            "strengths": [
                {"act": s.act.value, "start": s.start, "end": s.end, "text": s.text, "confidence": s.confidence}
                for s in self.strengths
            ],
            "context": self.context.to_dict(),
            "abstained": self.abstained,
        }
        if self.notice:
            out["notice"] = self.notice
        return out


def _finding_dict(finding: Finding) -> dict[str, Any]:
    out: dict[str, Any] = {
        "trap": finding.trap.value,
        "code": finding.code,
        "start": finding.start,
        "end": finding.end,
        "text": finding.text,
        "confidence": finding.confidence,
        "severity": finding.severity,
        "message": finding.message,
        "suggestions": [{"text": s.text, "act": s.act.value} for s in finding.suggestions],
    }
    if finding.evidence:
        out["evidence"] = [
            {"text": e.text, "contribution": e.contribution, "start": e.start, "end": e.end} for e in finding.evidence
        ]
    return out
