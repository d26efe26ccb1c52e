"""The fast engine: two linear models on words and word sequences."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .context import FACTS
from .evidence import weigh
from .features import FloatArray, Texts
from .reading import Reading
from .records import Evidence
from .scoring import Model, Sums, probability


@dataclass(frozen=True)
class LinearScored:
    """What the model says of a reading; ``heard`` holds the sums of what each reply answers."""

    model: Model
    reading: Reading
    heard: Sums
    log_odds: FloatArray
    facts: FloatArray

    def parts(self, parts: Sequence[tuple[int, str]]) -> FloatArray:
        """Return the probability that each part of a reply, ``(draft, text)``, does each act by itself, shape (parts, acts)."""
        ids = self.model.vocabulary.numbers(Texts.read([text for _, text in parts]))
        heard = self.heard.of([draft for draft, _ in parts])
        return probability(self.model.sentences.log_odds(ids, heard, [1] * len(parts)))

    def weigh(self, sentence: int, column: int) -> tuple[Evidence, ...]:
        """Return what each word of this sentence adds to the act of this column, the heaviest first."""
        reply = self.reading.reply_of[sentence]
        number = sentence - bisect_left(self.reading.reply_of, reply)
        return weigh(self.model, self.reading.sentences_of(reply), self.heard.of([reply]), number, column)


@dataclass(frozen=True)
class LinearEngine:
    """Scores with a linear model; what :func:`empathy_lint.store.load_model` reads."""

    model: Model

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The least confidence of each act and fact."""
        return self.model.thresholds

    def score(self, reading: Reading) -> LinearScored:
        """Return what the model says of these drafts."""
        model, numbers = self.model, self.model.vocabulary.numbers
        lengths = [len(turns) for turns in reading.said]
        spoken = numbers(reading.spoken)
        last = np.where(np.array(lengths) > 0, np.cumsum(lengths) - 1, -1)
        heard = model.sentences.heard.sums(spoken).of(last)
        log_odds = model.sentences.log_odds(numbers(reading.words), heard, reading.counts)
        facts = np.zeros((len(lengths), len(FACTS)))
        facts[np.flatnonzero(lengths)] = probability(model.context.log_odds(spoken, [length for length in lengths if length]))
        return LinearScored(model, reading, heard, log_odds, facts)
