"""The rules: what is said about each trap, as data that a coach can read and edit.

One TOML file a trap in ``rules/``. ``wordings`` name telling phrases and what each does to the other
person; they sharpen a finding's message and never make one. spaCy's matchers read them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .errors import RuleError
from .features import words
from .taxonomy import Act, Emotion, Trap, find_trap

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.vocab import Vocab

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Wording:
    """A telling phrase and what it does: phrases in plain words, or patterns for spaCy's Matcher."""

    name: str
    note: str
    phrases: tuple[str, ...] = ()
    patterns: tuple[tuple[Mapping[str, Any], ...], ...] = ()


@dataclass(frozen=True)
class Frame:
    """A suggestion before it is filled in; for these emotions, or for all if there are none."""

    text: str
    act: Act
    emotions: frozenset[Emotion]


@dataclass(frozen=True)
class Example:
    """A reply, in its context, that the rule flags or passes."""

    reply: str
    context: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Rule:
    """All that is said about one trap."""

    trap: Trap
    title: str
    message: str
    why: str
    fine_when: str
    wordings: tuple[Wording, ...]
    frames: tuple[Frame, ...]
    flags: tuple[Example, ...]
    passes: tuple[Example, ...]


@dataclass(frozen=True)
class Feeling:
    """A feeling word: what the person feels ("hurt") and what the situation is ("painful")."""

    word: str
    emotion: Emotion
    situation: str


@lru_cache(maxsize=1)
def load_rules() -> Mapping[Trap, Rule]:
    """Return the rule of every trap.

    Raises
    ------
    RuleError
        If a file cannot be read, lacks a key, has an unknown one, or a trap has no rule.
    """
    rules: dict[Trap, Rule] = {}
    for name, data in _read_folder("rules"):
        rule = _parse_rule(name, data)
        rules[rule.trap] = rule
    missing = [trap.value for trap in Trap if trap not in rules]
    if missing:
        raise RuleError(f"no rule for {', '.join(missing)}")
    return {trap: rules[trap] for trap in Trap}


@lru_cache(maxsize=1)
def load_feelings() -> Mapping[str, Feeling]:
    """Return the feeling words by word."""
    data = tomllib.loads((files(__package__) / "lexicon" / "feelings.toml").read_text("utf-8"))
    return {
        word: Feeling(word, Emotion(emotion), situation) for emotion, entries in data.items() for word, situation in entries.items()
    }


def explanation(name: str) -> str:
    """Return what a trap is, in Markdown.

    Raises
    ------
    RuleError
        If there is no such trap; the message names the nearest one.

    Examples
    --------
    >>> explanation("EL101").splitlines()[0]
    '# EL101 fixing: Fixing'
    """
    trap = find_trap(name)
    if trap is None:
        known = [known for each in Trap for known in (each.code, each.value)]
        close = get_close_matches(name, known, n=1, cutoff=0.0)[0]
        raise RuleError(f"unknown trap {name!r}; did you mean {close!r}?")
    rule = load_rules()[trap]
    before = [f"- {_quoted(example)}" for example in rule.flags]
    after = [f"- {_quoted(example)}" for example in rule.passes]
    instead = [f"- {frame.text.format(feeling='hurt', situation='painful')}" for frame in rule.frames]
    parts = [
        f"# {trap.code} {trap.value}: {rule.title}",
        rule.message,
        "**Why it hurts.** " + " ".join(rule.why.split()),
        "**When it is fine.** " + " ".join(rule.fine_when.split()),
        "\n".join(["**Flagged**", "", *before]),
        "\n".join(["**Not flagged**", "", *after]),
        "\n".join(["**Say instead**", "", *dict.fromkeys(instead)]),
    ]
    return "\n\n".join(parts) + "\n"


def _quoted(example: Example) -> str:
    said = f"“{example.context}” → " if example.context else ""
    return f"{said}“{example.reply}”"


def _read_folder(folder: str) -> Iterable[tuple[str, dict[str, Any]]]:
    for entry in sorted((files(__package__) / folder).iterdir(), key=lambda path: path.name):
        if entry.name.endswith(".toml"):
            try:
                yield f"{folder}/{entry.name}", tomllib.loads(entry.read_text("utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise RuleError(f"{folder}/{entry.name}: {error}") from error


def _parse_rule(name: str, data: Mapping[str, Any]) -> Rule:
    try:
        _allow(data, "a rule", required=_TEXTS | _LISTS, optional=frozenset())
        for key in _TEXTS:
            if not isinstance(data[key], str):
                raise ValueError(f"{key} must be a text, not {data[key]!r}")
        return Rule(
            trap=Trap(data["trap"]),
            title=data["title"],
            message=data["message"],
            why=data["why"].strip(),
            fine_when=data["fine_when"].strip(),
            wordings=tuple(_parse_wording(entry) for entry in data["wordings"]),
            frames=tuple(_parse_frame(entry) for entry in data["suggestions"]),
            flags=tuple(Example(**entry) for entry in data["flags"]),
            passes=tuple(Example(**entry) for entry in data["passes"]),
        )
    except (TypeError, ValueError) as error:
        raise RuleError(f"{name}: {error}") from error


_TEXTS = frozenset({"trap", "title", "message", "why", "fine_when"})
_LISTS = frozenset({"wordings", "suggestions", "flags", "passes"})


def _allow(entry: Mapping[str, Any], what: str, *, required: frozenset[str], optional: frozenset[str]) -> None:
    for key in sorted(required - set(entry)):
        raise ValueError(f"{what} has no key {key!r}")
    for key in sorted(set(entry) - required - optional):
        raise ValueError(f"{what} has an unknown key {key!r}")


def _parse_wording(entry: Mapping[str, Any]) -> Wording:
    _allow(entry, "a wording", required=frozenset({"name", "note"}), optional=frozenset({"phrases", "patterns"}))
    return Wording(
        name=entry["name"],
        note=entry["note"],
        phrases=tuple(entry.get("phrases", ())),
        patterns=tuple(tuple(pattern) for pattern in entry.get("patterns", ())),
    )


def _parse_frame(entry: Mapping[str, Any]) -> Frame:
    _allow(entry, "a suggestion", required=frozenset({"text", "act"}), optional=frozenset({"emotions"}))
    try:
        filled = entry["text"].format(feeling="hurt", situation="painful")
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"the suggestion {entry['text']!r} has a gap that is neither {{feeling}} nor {{situation}}") from error
    frame = Frame(entry["text"], Act(entry["act"]), frozenset(map(Emotion, entry.get("emotions", ()))))
    if filled != frame.text and (not frame.emotions or Emotion.NONE in frame.emotions):
        raise ValueError(f"the suggestion {frame.text!r} names a feeling and must say for which emotions it fits")
    return frame


@lru_cache(maxsize=1)
def shipped_wordings() -> WordingMatcher:
    """Return the matcher for the shipped rules; spaCy is loaded at the first call."""
    return WordingMatcher(load_rules())


class WordingMatcher:
    """Finds the wordings of every rule in the words of a sentence."""

    def __init__(self, rules: Mapping[Trap, Rule]) -> None:
        from spacy.attrs import LOWER
        from spacy.matcher import Matcher, PhraseMatcher
        from spacy.vocab import Vocab

        self._vocab: Vocab = Vocab(lex_attr_getters={LOWER: str.lower})
        self._matchers: dict[Trap, tuple[PhraseMatcher | Matcher, ...]] = {}
        self._anchors: dict[Trap, frozenset[str]] = {}  # words of patterns, and
        self._likely: dict[Trap, re.Pattern[str]] = {}  # phrases: a cheap look before a Doc is made
        self._notes: dict[tuple[Trap, str], str] = {}
        self._known: dict[tuple[Trap, str], str | None] = {}
        for trap, rule in rules.items():
            phrases, patterns = PhraseMatcher(self._vocab), Matcher(self._vocab)
            for wording in rule.wordings:
                self._notes[trap, wording.name] = wording.note
                if wording.phrases:
                    phrases.add(wording.name, [self._doc(words(phrase)) for phrase in wording.phrases])
                if wording.patterns:
                    patterns.add(wording.name, [[dict(token) for token in pattern] for pattern in wording.patterns])
            self._matchers[trap] = tuple(matcher for matcher in (phrases, patterns) if len(matcher))
            self._anchors[trap] = _anchors(rule.wordings)
            self._likely[trap] = _likely(rule.wordings)

    def _doc(self, row: Sequence[str]) -> Any:
        from spacy.tokens import Doc

        return Doc(self._vocab, words=[word.encode("utf-8", "replace").decode() for word in row])

    def note(self, trap: Trap, row: Sequence[str]) -> str | None:
        """Return what the first telling phrase of this trap in these words does, or None."""
        if not self._anchors[trap].isdisjoint(row):
            return self._read(trap, row)
        phrase = self._likely[trap].search(f" {' '.join(row)} ")
        return self._of_phrase(trap, phrase[0]) if phrase else None

    def _of_phrase(self, trap: Trap, phrase: str) -> str | None:
        """Return what one of the listed phrases does; remembers it, as the same few come again and again."""
        key = trap, phrase
        if key not in self._known:
            self._known[key] = self._read(trap, phrase.split())
        return self._known[key]

    def _read(self, trap: Trap, row: Sequence[str]) -> str | None:
        doc = self._doc(row)
        matches = [match for matcher in self._matchers[trap] for match in matcher(doc)]
        if not matches:
            return None
        first = min(matches, key=lambda match: (match[1], -match[2]))
        return self._notes[trap, self._vocab.strings[first[0]]]


def _likely(wordings: Iterable[Wording]) -> re.Pattern[str]:
    """Return a pattern that finds every text with one of the phrases in it."""
    listed = {" ".join(words(phrase)) for wording in wordings for phrase in wording.phrases}
    phrases = [re.escape(phrase) for phrase in sorted(listed, key=lambda phrase: (-len(phrase), phrase))]
    return re.compile(" (?:" + "|".join(phrases) + ") " if phrases else "(?!)")


def _anchors(wordings: Iterable[Wording]) -> frozenset[str]:
    """Return words of which each match of a pattern holds at least one."""
    anchors: set[str] = set()
    for wording in wordings:
        for pattern in wording.patterns:
            named = [token["LOWER"] for token in pattern if "LOWER" in token and token.get("OP", "1") in ("1", "+")]
            listed = [token["IN"] if isinstance(token, dict) else [token] for token in named]
            anchors.update(min(listed, key=lambda options: -min(map(len, options))))
    return frozenset(anchors)
