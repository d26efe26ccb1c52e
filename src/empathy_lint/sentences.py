"""Text -> sentences, with offsets into the text exactly as given.

A rule-based splitter of our own: spaCy's sentencizer ends no sentence at a line break and needs a
tokenised Doc first, which costs more than the rest of a batch run (``benchmarks/sentences.py`` has the
figures, speed and agreement both).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .records import Sentence

_BOUNDARY = re.compile(
    r"""
    (?P<line>[\n\r\u2028\u2029\x0b\x0c\x85]\s*)             # a line break
  | (?P<mark>[.!?…。！？]+) (?:["'”’)\]}*_]* (?P<gap>\s+|$))?  # an end mark, perhaps inside a quotation
    """,
    re.VERBOSE,
)
_GLUED = re.compile(r"(?:[A-Z][a-z']|I\b)")  # what starts anew without a space: "gone.I miss"
_TAIL = re.compile(  # what hangs on to the sentence before it: emoji and emoticons
    r"""(?: [^\w\s"'“‘(\[@#*$£€<>\-–—/\\~+.!?&%…]+ | [:;=8][-']?[)(\]\[dDpPoO/\\|*3]+ | <3+ | [xX]D )(?:\s+|$)""",
    re.VERBOSE,
)
_TURN = re.compile(r"(?:;|(?<=\s)[-–—]+|(?<=\s)but)\s+", re.IGNORECASE)  # "; …", " – …", " but …": the turn ends the part before
_TURN_SIGNS = (";", "-", "–", "—", "but")
_LONGEST_WORD = 12  # how far back to look for an abbreviation
_ABBREVIATIONS = frozenset(["mr", "mrs", "ms", "dr", "st", "vs", "eg", "ie", "approx", "prof", "e.g", "i.e", "p.s"])
_ENDING_ABBREVIATIONS = frozenset(["a.m", "p.m", "etc"])  # these may close a sentence


def split_sentences(text: str) -> list[Sentence]:
    r"""Return the sentences of a text, in order.

    Parameters
    ----------
    text
        Any Unicode text.

    Returns
    -------
    list of Sentence
        Non-empty and not overlapping, ``text[s.start:s.end] == s.text``; nothing but white space lies
        between them. Empty for a text of white space alone.

    Examples
    --------
    >>> [s.text for s in split_sentences("Oh no!! 😢 I'm sorry.\nhave you told Dr. Wu")]
    ['Oh no!! 😢', "I'm sorry.", 'have you told Dr. Wu']
    >>> [s.text for s in split_sentences("I'm so sorry, but you should quit.")]
    ["I'm so sorry, but", 'you should quit.']
    """
    sentences: list[Sentence] = []
    for start, end in _pieces(text):
        piece = text[start:end]
        held = piece.strip()
        if not held:
            continue
        left = start + len(piece) - len(piece.lstrip())
        right = left + len(held)
        if sentences and not any(map(str.isalnum, held)):  # marks alone belong to what came before
            left = sentences.pop().start
        sentences.append(Sentence(left, right, text[left:right]))
    if not any(map(text.lower().__contains__, _TURN_SIGNS)):  # a cheap look before the search
        return sentences
    return [part for sentence in sentences for part in _at_turns(sentence)]


def _at_turns(sentence: Sentence) -> Iterator[Sentence]:
    """Yield the sentence in parts where it turns: kind words before a "but" must not outvote what follows."""
    text, start = sentence.text, 0
    for turn in _TURN.finditer(text):
        before, after = text[start : turn.end()].rstrip(), text[turn.end() :]
        if _holds_words(before) and _holds_words(after):
            yield Sentence(sentence.start + start, sentence.start + start + len(before), before)
            start = turn.end()
    yield Sentence(sentence.start + start, sentence.end, text[start:]) if start else sentence


def _holds_words(text: str) -> bool:
    """Tell whether a part can stand by itself: two words or more."""
    return sum(any(map(str.isalnum, word)) for word in text.split()) > 1


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield consecutive spans that cover the text."""
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        position = boundary.end()
        if position <= start:  # inside the tail of the sentence before
            continue
        if boundary["mark"]:
            if _goes_on(text, start, boundary):
                continue
            while tail := _TAIL.match(text, position):
                position = tail.end()
        yield start, position
        start = position
    yield start, len(text)


def _goes_on(text: str, start: int, boundary: re.Match[str]) -> bool:
    """Tell whether the sentence goes on after this end mark: inside a word or number, an abbreviation, a pause."""
    mark, end = boundary["mark"], boundary.end()
    if boundary["gap"] is None:
        return not (text[max(start, boundary.start() - 2) : boundary.start()].isalpha() and _GLUED.match(text, end))
    if mark[0] not in ".…":
        return False
    after = text[end : end + 1]
    if len(mark) > 1 or mark == "…":
        return after.islower()
    before = text[max(start, boundary.start() - _LONGEST_WORD) : boundary.start()].split()
    word = before[-1].lstrip("([\"'“‘").lower() if before else ""
    if word in _ENDING_ABBREVIATIONS:
        return after.islower()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i" and after.isupper())


_CLAUSE_BREAK = re.compile(r"(?:[,;:]|\s[-–—]+|(?<!\.)\.\.+|…)\s+|\s(?=but\s)", re.IGNORECASE)
_JOINT = re.compile(r"(?:but|and|so|though|because|or|then)\s+", re.IGNORECASE)


def split_clauses(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of the clauses of a sentence, without the word that joins them.

    >>> text = "I'm so sorry, but you should tell HR."
    >>> [text[start:end] for start, end in split_clauses(text)]
    ["I'm so sorry", 'you should tell HR.']
    """
    starts, ends = [0], []
    for gap in _CLAUSE_BREAK.finditer(text):
        ends.append(gap.start())
        joint = _JOINT.match(text, gap.end())
        starts.append(joint.end() if joint else gap.end())
    ends.append(len(text))
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]
