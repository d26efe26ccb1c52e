"""A verdict -> its evidence: what each word of the sentence adds to the log-odds, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .features import EDGE, FloatArray, IntArray, Texts, word_spans
from .records import Evidence, Sentence
from .scoring import Model, Sums, beside, probability

HEARD = "(what the speaker said)"
BASELINE = "(baseline)"
NEIGHBOURS = "(the sentences beside it)"


def weigh(model: Model, sentences: Sequence[Sentence], heard: Sums, number: int, column: int) -> tuple[Evidence, ...]:
    """Return the evidence for one act of one sentence, the heaviest first.

    The share of a word sequence goes in equal parts to its words. The contributions add up to what
    ``model.sentences.log_odds`` says of this sentence and act.

    Parameters
    ----------
    sentences
        Of the whole reply; the evidence is for ``sentences[number]``.
    heard
        The sums of the speaker's last turn.
    column
        The act's column.
    """
    scorer = model.sentences
    near = sentences[max(0, number - 1) : number + 2]
    at = min(number, 1)
    ids = model.vocabulary.numbers(Texts.read([s.text for s in near]))
    alone = scorer.alone(ids, heard.of([0] * len(near)))
    previous, following = beside(probability(alone), [len(near)])
    sentence = sentences[number]
    shares, answered = _own_shares(model, sentence.text, heard, scorer.own[:, column])
    out = [
        Evidence(sentence.text[start:end], share, sentence.start + start, sentence.start + end)
        for (start, end), share in zip(word_spans(sentence.text), shares.tolist(), strict=True)
    ]
    out.append(Evidence(HEARD, answered))
    out.append(Evidence(BASELINE, float(scorer.bias @ scorer.own[:, column] + scorer.shift[column])))
    out.append(Evidence(NEIGHBOURS, float(previous[at] @ scorer.before[:, column] + following[at] @ scorer.after[:, column])))
    return tuple(sorted(out, key=lambda item: -abs(item.contribution)))


def _own_shares(model: Model, text: str, heard: Sums, mix: FloatArray) -> tuple[FloatArray, float]:
    """Return what each word adds, and what the words it answers add together."""
    ids, said = model.vocabulary.numbers(Texts.read([text])), model.sentences.said
    length = max(float(np.sqrt(said.sums(ids).squares[0] + heard.squares[0])), 1e-9)
    weights = said.weights[said.sequences.columns(ids)] @ mix / length
    return _spread(weights, ids)[1:-1], float(heard.weights[0] @ mix) / length


def _spread(weights: FloatArray, ids: IntArray) -> FloatArray:
    """Spread the weight of each sequence, shape (start, length - 1), evenly over its words; an edge by itself weighs nothing."""
    shares = np.zeros(len(ids))
    for start, row in enumerate(weights):
        for length, weight in enumerate(row.tolist(), start=1):
            covered = [at for at in range(start, min(start + length, len(ids))) if ids[at] != EDGE]
            if covered:
                shares[covered] += weight / len(covered)
    return shares
