"""``[tool.empathy_lint]`` in pyproject.toml: what a project sets once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .errors import SettingsError
from .records import Finding
from .taxonomy import Trap, find_trap

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FAIL_ON = ("never", "info", "warning")
FORMATS = ("full", "concise", "json", "jsonl", "github", "sarif")


@dataclass(frozen=True)
class Settings:
    """How findings are chosen and shown.

    Attributes
    ----------
    model
        A shipped model's name, or a folder.
    select, ignore
        Codes, names or labels of traps; an empty ``select`` means all.
    min_confidence
        Least confidence of a finding, in [0, 1].
    fail_on
        The least severity that makes ``check`` exit 1: never, info or warning.
    format
        One of :data:`FORMATS`.
    """

    model: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: float = 0.0
    fail_on: str = "info"
    format: str = "full"

    def __post_init__(self) -> None:
        for name in (*self.select, *self.ignore):
            if find_trap(name) is None:
                raise SettingsError(f"unknown trap {name!r}{_nearest(name, [*(t.code for t in Trap), *(t.value for t in Trap)])}")
        if not 0.0 <= self.min_confidence <= 1.0:
            raise SettingsError(f"min_confidence must lie in [0, 1], not {self.min_confidence}")
        for value, allowed in ((self.fail_on, FAIL_ON), (self.format, FORMATS)):
            if value not in allowed:
                raise SettingsError(f"{value!r} is none of {', '.join(allowed)}{_nearest(value, allowed)}")

    def keeps(self, finding: Finding) -> bool:
        """Tell whether this finding is to be shown."""
        selected, ignored = ({find_trap(name) for name in names} for names in (self.select, self.ignore))
        return (
            (not selected or finding.trap in selected) and finding.trap not in ignored and finding.confidence >= self.min_confidence
        )

    def fails(self, findings: Iterable[Finding]) -> bool:
        """Tell whether these findings make the run fail."""
        if self.fail_on == "never":
            return False
        return any(self.fail_on == "info" or finding.severity == "warning" for finding in findings)


def load_settings(start: Path) -> Settings:
    """Return the settings of the project that ``start`` lies in: the nearest pyproject.toml upwards that has any.

    Raises
    ------
    SettingsError
        If a key is unknown, a value has the wrong type, or the file is no TOML.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            try:
                data = tomllib.loads(path.read_text("utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise SettingsError(f"{path}: {error}") from error
            tools = data.get("tool", {})
            table = tools.get("empathy_lint") if isinstance(tools, dict) else None
            if table is not None:
                if not isinstance(table, dict):
                    raise SettingsError(f"{path}: [tool.empathy_lint] must be a table, not {table!r}")
                return parse_settings(table, str(path))
    return Settings()


def parse_settings(table: Mapping[str, Any], where: str) -> Settings:
    """Return settings from a TOML table.

    >>> parse_settings({"ignore": ["EL104"]}, "pyproject.toml").ignore
    ('EL104',)
    """
    defaults = Settings()
    known = {field.name.replace("_", "-"): field.name for field in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = known.get(key.replace("_", "-"))
        if name is None:
            raise SettingsError(f"{where}: unknown key {key!r} in [tool.empathy_lint]{_nearest(key, [*known.values()])}")
        default = getattr(defaults, name)
        if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            values[name] = tuple(value)
        elif isinstance(default, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
            values[name] = float(value)
        elif isinstance(default, str) and isinstance(value, str):
            values[name] = value
        else:
            kind = "a list of strings" if isinstance(default, tuple) else "a number" if isinstance(default, float) else "a string"
            raise SettingsError(f"{where}: {key} must be {kind}, not {value!r}")
    try:
        return replace(defaults, **values)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]!r}?" if close else ""
