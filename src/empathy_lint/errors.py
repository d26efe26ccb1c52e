"""Everything this library raises on purpose.

::

    EmpathyLintError
    ├── InputError      a draft, a file or an option that cannot be used
    ├── DataError       a labelled item that breaks the schema
    ├── ModelError      a model folder that is missing, altered or foreign
    ├── RuleError       a rule file that cannot be used
    └── SettingsError   [tool.empathy_lint] holds something unknown

Each message is one line that names what is wrong and where.
"""


class EmpathyLintError(Exception):
    """Base of all errors of this library."""


class InputError(EmpathyLintError, ValueError):
    """A draft, a file or an option cannot be used."""


class DataError(EmpathyLintError, ValueError):
    """A labelled item breaks the schema."""


class ModelError(EmpathyLintError):
    """A model folder is missing, altered or not one of ours."""


class RuleError(EmpathyLintError):
    """A rule file cannot be used."""


class SettingsError(EmpathyLintError):
    """The settings hold something unknown."""
