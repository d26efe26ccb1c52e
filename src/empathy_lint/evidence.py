"""A verdict -> its evidence: what each word of the sentence adds to the log-odds, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .features import END, LONGEST, START, FloatArray, own_features, word_spans, words
from .records import Evidence, Sentence
from .scoring import Rows, SentenceScorer

HEARD = "(what the speaker said)"
BASELINE = "(baseline)"
NEIGHBOURS = "(the sentences beside it)"


def weigh(scorer: SentenceScorer, sentence: Sentence, rows: Rows, number: int, column: int) -> tuple[Evidence, ...]:
    """Return the evidence for one act of one sentence, the heaviest first.

    The share of a word sequence goes in equal parts to its words. The contributions add up to what
    ``scorer.log_odds`` says of this sentence and act.

    Parameters
    ----------
    rows
        Feature numbers of all sentences of the reply; ``rows[number]`` are this sentence's: its own first, then
        those of what was said before.
    column
        The act's column.
    """
    features, rest = scorer.contributions(rows, number)
    weights = features[:, column].tolist()
    own = own_features(sentence.text)
    weight_of = dict(zip(own, weights, strict=False))
    shares, frame = _share(words(sentence.text), weight_of)
    out = [
        Evidence(sentence.text[start:end], share, sentence.start + start, sentence.start + end)
        for (start, end), share in zip(word_spans(sentence.text), shares.tolist(), strict=True)
    ]
    out.append(Evidence(HEARD, sum(weights[len(own) :])))
    out.append(Evidence(BASELINE, float(rest[0, column]) + frame))
    out.append(Evidence(NEIGHBOURS, float(rest[1, column])))
    return tuple(sorted(out, key=lambda item: -abs(item.contribution)))


def _share(row: Sequence[str], weight_of: dict[str, float]) -> tuple[FloatArray, float]:
    """Return what each word adds, and what belongs to no word (the mere edges of the sentence)."""
    framed = [START, *row, END]
    places: dict[str, list[int]] = {}
    for length in range(1, LONGEST + 1):
        for start in range(len(framed) - length + 1):
            covered = [at for at in range(start, start + length) if 0 < at < len(framed) - 1]
            places.setdefault(" ".join(framed[start : start + length]), []).extend(covered)
    shares = np.zeros(len(framed))
    frame = 0.0
    for feature, covered in places.items():
        weight = weight_of.get(feature, 0.0)
        if covered:
            np.add.at(shares, covered, weight / len(covered))
        else:
            frame += weight
    return shares[1:-1], frame
