"""The one list of words: traps, good moves, emotions. Every other list derives from it."""

from __future__ import annotations

from enum import Enum


class Trap(str, Enum):
    """A way of answering that makes the other person feel unheard.

    Members are strings, so ``finding.trap == "fixing"`` holds; ``code`` is the linter code and
    ``label`` the codebook's two letters.

    >>> Trap.FIXING.code, Trap.FIXING.label, str(Trap.FIXING)
    ('EL101', 'FX', 'fixing')
    """

    FIXING = "fixing"
    I_UNDERSTAND = "i_understand"
    HIJACKING = "hijacking"
    PROBLEM_SOLVING_QUESTION = "problem_solving_question"
    ABOUT_YOU = "about_you"

    @property
    def code(self) -> str:
        """The linter code, such as EL101."""
        return _CODES[self]

    @property
    def label(self) -> str:
        """The codebook's two letters."""
        return _LABELS[self]

    def __str__(self) -> str:
        return str(self.value)


class Act(str, Enum):
    """A good move: what a reply does that helps the other person feel heard.

    >>> Act("validating").label
    'VA'
    """

    VALIDATING = "validating"
    OPENING_QUESTION = "opening_question"

    @property
    def label(self) -> str:
        """The codebook's two letters."""
        return _LABELS[self]

    def __str__(self) -> str:
        return str(self.value)


class Emotion(str, Enum):
    """The four core emotions, and none."""

    MAD = "mad"
    SAD = "sad"
    GLAD = "glad"
    FEAR = "fear"
    NONE = "none"

    def __str__(self) -> str:
        return str(self.value)


_CODES = {
    Trap.FIXING: "EL101",
    Trap.I_UNDERSTAND: "EL102",
    Trap.HIJACKING: "EL103",
    Trap.PROBLEM_SOLVING_QUESTION: "EL104",
    Trap.ABOUT_YOU: "EL105",
}

_LABELS: dict[Trap | Act, str] = {
    Trap.FIXING: "FX",
    Trap.I_UNDERSTAND: "IU",
    Trap.HIJACKING: "HJ",
    Trap.PROBLEM_SOLVING_QUESTION: "PQ",
    Trap.ABOUT_YOU: "AY",
    Act.VALIDATING: "VA",
    Act.OPENING_QUESTION: "OQ",
}

ACTS: tuple[Trap | Act, ...] = (*Trap, *Act)
"""What a sentence can do, in the order of every score array's columns."""

COLUMN: dict[Trap | Act, int] = {act: column for column, act in enumerate(ACTS)}
"""Where each act stands in :data:`ACTS`."""

NOTHING = "NO"
"""The codebook's label for a sentence that does none of :data:`ACTS`."""

LABELS: tuple[str, ...] = (*(act.label for act in ACTS), NOTHING)

PARDONED_BY_REQUEST = frozenset({Trap.FIXING, Trap.PROBLEM_SOLVING_QUESTION})
"""The traps that are none where the speaker asked for advice."""


def find_trap(name: str) -> Trap | None:
    """Return the trap with this code, name or label (case ignored), or None.

    >>> find_trap("el103")
    <Trap.HIJACKING: 'hijacking'>
    """
    wanted = name.strip().lower().replace("-", "_")
    return next((t for t in Trap if wanted in (t.value, t.code.lower(), t.label.lower())), None)
