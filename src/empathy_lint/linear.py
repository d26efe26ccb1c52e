"""The fast engine: linear models on words and word sequences, and a small network over their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .context import FACTS
from .evidence import weigh
from .features import FloatArray, Texts
from .reading import Reading
from .records import Evidence
from .scoring import Answered, ContextScorer, Model, probability


@dataclass(frozen=True)
class LinearScored:
    """What the model says of a reading; ``answered`` is what each reply answers."""

    model: Model
    reading: Reading
    answered: Answered
    log_odds: FloatArray
    facts: FloatArray

    def parts(self, parts: Sequence[tuple[int, str]]) -> FloatArray:
        """Return the probability that each part of a reply, ``(draft, text)``, does each act by itself, shape (parts, acts)."""
        ids = self.model.vocabulary.numbers(Texts.read([text for _, text in parts]))
        answered = self.answered.of([draft for draft, _ in parts])
        return probability(self.model.sentences.log_odds(ids, answered, [1] * len(parts)))

    def weigh(self, sentence: int, column: int) -> tuple[Evidence, ...]:
        """Return what each word of this sentence adds to the act of this column, the heaviest first."""
        answered = self.answered.of([self.reading.reply_of[sentence]])
        return weigh(self.model, self.reading.sentences[sentence], answered.heard, column, float(self.log_odds[sentence, column]))


@dataclass(frozen=True)
class LinearEngine:
    """Scores with a linear model; what :func:`empathy_lint.store.load_model` reads."""

    model: Model
    explains_quickly = True

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The least confidence of each act and fact."""
        return self.model.thresholds

    @cached_property
    def _contexts(self) -> ContextScorer:
        """The facts and what replies tend to do, read off together."""
        return self.model.context.beside(self.model.sentences.expects)

    def score(self, reading: Reading) -> LinearScored:
        """Return what the model says of these drafts."""
        model, numbers = self.model, self.model.vocabulary.numbers
        lengths = [len(turns) for turns in reading.said]
        spoken = numbers(reading.spoken)
        rows = self._contexts.log_odds(spoken, [length for length in lengths if length])
        answered = model.sentences.answered(spoken, lengths, rows[:, len(FACTS) :])
        log_odds = model.sentences.log_odds(numbers(reading.words), answered, reading.counts)
        facts = np.zeros((len(lengths), len(FACTS)))
        facts[np.flatnonzero(lengths)] = probability(rows[:, : len(FACTS)])
        return LinearScored(model, reading, answered, log_odds, facts)
