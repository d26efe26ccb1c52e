"""Drafts -> sentences and words: what every engine reads, and which replies are not to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .context import speaker_turns
from .features import Texts, words
from .language import is_foreign
from .records import Draft, Sentence
from .sentences import split_sentences


@dataclass(frozen=True)
class Reading:
    """Drafts that have been read, all together.

    ``reasons`` holds for each draft why it is not to be judged, or None; such a draft has no sentences here.
    ``sentences`` are those of all replies, ``reply_of`` tells the reply of each, ``counts`` how many each reply has,
    ``words`` their words. ``said`` holds the words of each of the speaker's turns, draft by draft, ``spoken`` the same
    in one.
    """

    drafts: Sequence[Draft]
    reasons: list[str | None]
    sentences: list[Sentence]
    reply_of: list[int]
    counts: list[int]
    words: Texts
    said: list[list[list[str]]]
    spoken: Texts

    def sentences_of(self, reply: int) -> list[Sentence]:
        """Return the sentences of one reply."""
        start = sum(self.counts[:reply])
        return self.sentences[start : start + self.counts[reply]]


def read(drafts: Sequence[Draft]) -> Reading:
    """Return what stands in the drafts.

    >>> reading = read([Draft("Oh no. You too?"), Draft("..."), Draft("Das tut mir leid.")])
    >>> reading.counts, reading.reasons
    ([2, 0, 0], [None, 'no words in the reply', 'not English'])
    """
    reasons = [abstention(draft.reply) for draft in drafts]
    texts = [[] if reason else split_sentences(draft.reply) for draft, reason in zip(drafts, reasons, strict=True)]
    counts = [len(text) for text in texts]
    sentences = [sentence for text in texts for sentence in text]
    reply_of = [number for number, count in enumerate(counts) for _ in range(count)]
    turns = [speaker_turns(draft.context) for draft in drafts]
    spoken = Texts.read([turn for each in turns for turn in each])
    numbers = iter(range(sum(map(len, turns))))
    said = [[spoken.of(next(numbers)) for _ in each] for each in turns]
    return Reading(
        drafts, reasons, sentences, reply_of, counts, Texts.read([sentence.text for sentence in sentences]), said, spoken
    )


def abstention(reply: str) -> str | None:
    """Return why a reply is not to be judged, or None.

    >>> [abstention(reply) for reply in (" ", "?!", "ok 👍", "oh no")]
    ['empty reply', 'no words in the reply', 'fewer than two words', None]
    """
    if not reply.strip():
        return "empty reply"
    row = words(reply)
    spelt = sum(word[0].isalnum() for word in row)
    if spelt < 2:
        return "fewer than two words" if spelt else "no words in the reply"
    return "not English" if is_foreign(reply, row) else None
