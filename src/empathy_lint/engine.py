"""What an engine is: it scores drafts that have been read, and nothing more.

The linter judges what any engine scores; the engines know nothing of findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .features import FloatArray
from .reading import Reading
from .records import Evidence


class Scored(Protocol):
    """What an engine says of drafts."""

    @property
    def log_odds(self) -> FloatArray:
        """How likely each sentence does each act, shape (sentences, acts)."""

    @property
    def facts(self) -> FloatArray:
        """The probability of each of :data:`~empathy_lint.context.FACTS` in each context, shape (drafts, facts).

        Where the speaker has said nothing the row means nothing.
        """

    def parts(self, parts: Sequence[tuple[int, str]]) -> FloatArray:
        """Return the probability that each part of a reply, ``(draft, text)``, does each act by itself, shape (parts, acts)."""

    def weigh(self, sentence: int, column: int) -> tuple[Evidence, ...]:
        """Return what speaks for and against the act of this column in this sentence, the heaviest first."""


class Engine(Protocol):
    """Scores drafts."""

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The least confidence of each act and fact."""

    @property
    def explains_quickly(self) -> bool:
        """Whether evidence costs so little that it is given unasked."""

    def score(self, reading: Reading) -> Scored:
        """Return what the engine says of these drafts; a draft's scores do not depend on the others."""
