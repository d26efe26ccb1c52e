"""A verdict -> its evidence: what each word of the sentence adds to the log-odds, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .features import EDGE, FloatArray, IntArray, Texts, word_spans
from .records import Evidence, Sentence
from .scoring import SentenceScorer, beside, probability

HEARD = "(what the speaker said)"
BASELINE = "(baseline)"
NEIGHBOURS = "(the sentences beside it)"


def weigh(
    scorer: SentenceScorer, sentences: Sequence[Sentence], heard: Sequence[str], number: int, column: int
) -> tuple[Evidence, ...]:
    """Return the evidence for one act of one sentence, the heaviest first.

    The share of a word sequence goes in equal parts to its words. The contributions add up to what
    ``scorer.log_odds`` says of this sentence and act.

    Parameters
    ----------
    sentences
        Of the whole reply; the evidence is for ``sentences[number]``.
    heard
        The words of the speaker's last turn.
    column
        The act's column.
    """
    near = sentences[max(0, number - 1) : number + 2]
    at = min(number, 1)
    alone = scorer.alone(Texts.read([s.text for s in near]), Texts.of_words([heard]), np.zeros(len(near), dtype=np.int64))
    previous, following = beside(probability(alone), [len(near)])
    sentence = sentences[number]
    shares, answered = _own_shares(scorer, sentence.text, heard, scorer.own[:, column])
    out = [
        Evidence(sentence.text[start:end], share, sentence.start + start, sentence.start + end)
        for (start, end), share in zip(word_spans(sentence.text), shares.tolist(), strict=True)
    ]
    out.append(Evidence(HEARD, answered))
    out.append(Evidence(BASELINE, float(scorer.bias @ scorer.own[:, column] + scorer.shift[column])))
    out.append(Evidence(NEIGHBOURS, float(previous[at] @ scorer.before[:, column] + following[at] @ scorer.after[:, column])))
    return tuple(sorted(out, key=lambda item: -abs(item.contribution)))


def _own_shares(scorer: SentenceScorer, text: str, heard: Sequence[str], mix: FloatArray) -> tuple[FloatArray, float]:
    """Return what each word adds, and what the words it answers add together."""
    ids, heard_ids = map(scorer.vocabulary.numbers, (Texts.read([text]), Texts.of_words([heard])))
    first = np.zeros(1, dtype=np.int64)
    heard_sums, heard_squares = scorer.heard.sums(heard_ids, first)
    _, squares = scorer.said.sums(ids, first)
    length = max(float(np.sqrt(squares[0] + heard_squares[0])), 1e-9)
    weights = scorer.said.weights[scorer.said.sequences.columns(ids)] @ mix / length
    return _spread(weights, ids)[1:-1], float(heard_sums[0] @ mix) / length


def _spread(weights: FloatArray, ids: IntArray) -> FloatArray:
    """Spread the weight of each sequence, shape (start, length - 1), evenly over its words; an edge by itself weighs nothing."""
    shares = np.zeros(len(ids))
    for start, row in enumerate(weights):
        for length, weight in enumerate(row.tolist(), start=1):
            covered = [at for at in range(start, min(start + length, len(ids))) if ids[at] != EDGE]
            if covered:
                shares[covered] += weight / len(covered)
    return shares
