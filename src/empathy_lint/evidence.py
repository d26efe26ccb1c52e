"""A verdict -> its evidence: what each word of the sentence adds to the log-odds, exactly."""

from __future__ import annotations

import numpy as np

from .features import EDGE, FloatArray, IntArray, Texts, word_spans
from .records import Evidence, Sentence
from .scoring import Model, Sums

HEARD = "(what the speaker said)"
BASELINE = "(baseline)"
_DECIMALS = 9  # the last bits of a sum depend on what else is in the batch
REST = "(the sentences beside it, and the context as a whole)"


def weigh(model: Model, sentence: Sentence, heard: Sums, column: int, log_odds: float) -> tuple[Evidence, ...]:
    """Return the evidence for one act of one sentence, the heaviest first.

    The share of a word sequence goes in equal parts to its words. What the second step makes of these sums stands in
    one entry, so that the contributions add up to ``log_odds``.

    Parameters
    ----------
    heard
        The sums of the speaker's last turn.
    column
        The act's column.
    log_odds
        What the model says of this sentence and act.
    """
    shares, answered = _own_shares(model, sentence.text, heard, column)
    out = [
        Evidence(sentence.text[start:end], round(share, _DECIMALS), sentence.start + start, sentence.start + end)
        for (start, end), share in zip(word_spans(sentence.text), shares.tolist(), strict=True)
    ]
    baseline = float(model.sentences.bias[column])
    out.append(Evidence(HEARD, round(answered, _DECIMALS)))
    out.append(Evidence(BASELINE, round(baseline, _DECIMALS)))
    out.append(Evidence(REST, round(log_odds - sum(shares.tolist()) - answered - baseline, _DECIMALS)))
    return tuple(sorted(out, key=lambda item: -abs(item.contribution)))


def _own_shares(model: Model, text: str, heard: Sums, column: int) -> tuple[FloatArray, float]:
    """Return what each word adds, and what the words it answers add together."""
    ids, said = model.vocabulary.numbers(Texts.read([text])), model.sentences.said
    kinds = said.sequences.columns(ids)
    squares = sum(float((said.rarity[kind] ** 2).sum()) for kind in kinds) + float(heard.squares[0])
    length = max(squares**0.5, 1e-9)
    shares = np.zeros(len(ids))
    for words, kind in enumerate(kinds, start=1):
        shares += _spread(said.weights[kind, column] / length, ids, words)
    return shares[1:-1], float(heard.weights[0, column]) / length


def _spread(weights: FloatArray, ids: IntArray, words: int) -> FloatArray:
    """Spread the weight of each sequence of so many words evenly over them; an edge takes nothing, its words take all."""
    spoken = np.append(ids != EDGE, np.zeros(words, dtype=bool)).astype(np.float64)
    starts = len(weights)
    covered = sum(spoken[at : at + starts] for at in range(words))
    each = weights / np.maximum(covered, 1.0)
    shares = np.zeros(len(spoken))
    for at in range(words):
        shares[at : at + starts] += each * spoken[at : at + starts]
    return shares[: len(ids)]
