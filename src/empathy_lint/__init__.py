"""Read a reply before it is sent: where it makes the other person feel unheard, and what to say instead.

>>> from empathy_lint import Linter
>>> report = Linter.load().lint("I know exactly how you feel.", context="I failed the exam.")
>>> report.findings[0].code
'EL102'
"""

from importlib.metadata import version as _version

from .errors import EmpathyLintError
from .linter import Linter
from .records import Draft, Facts, Finding, Report, Suggestion, Turn
from .taxonomy import Act, Emotion, Trap

__version__ = _version("empathy_lint")

__all__ = [
    "Act",
    "Draft",
    "Emotion",
    "EmpathyLintError",
    "Facts",
    "Finding",
    "Linter",
    "Report",
    "Suggestion",
    "Trap",
    "Turn",
    "__version__",
]
