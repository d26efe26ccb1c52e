import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint.features import Sequences, Texts, Vocabulary, word_kinds
from empathy_lint.scoring import ContextScorer, Layers, SentenceScorer, WordWeights, beside, probability
from empathy_lint.store import load_model
from empathy_lint.taxonomy import ACTS

SENTENCES = [
    "You should ask for a refund.",
    "I know how that feels.",
    "My aunt had the very same thing.",
    "what are you gonna do now?",
    "So you won't come on Sunday?",
    "That sounds so lonely.",
    "What was it like for you?",
    "The bus is late.",
    "Qwrtz!",
    "...",
    "",
    "😢",
]
TOLD = ["", "My tent was stolen.", "I'm so proud of my daughter.", "Can you help me decide?", "xyzzy"]
replies = st.lists(st.tuples(st.lists(st.sampled_from(SENTENCES), max_size=4), st.sampled_from(TOLD)), max_size=8)
contexts = st.lists(st.lists(st.sampled_from(TOLD), min_size=1, max_size=3), max_size=8)


@pytest.fixture(scope="module")
def model():
    return load_model()


def score(model, batch):
    """Return the log-odds of each reply's sentences."""
    counts = [len(sentences) for sentences, _ in batch]
    said = numbers(model.vocabulary, [sentence for sentences, _ in batch for sentence in sentences])
    answered = model.sentences.answered(
        numbers(model.vocabulary, [heard for _, heard in batch if heard]), [bool(h) for _, h in batch]
    )
    rows = model.sentences.log_odds(said, answered, counts)
    return np.split(rows, np.cumsum(counts)[:-1]) if batch else []


def score_contexts(model, batch):
    turns = numbers(model.vocabulary, [turn for turns in batch for turn in turns])
    return model.context.log_odds(turns, [len(turns) for turns in batch])


def numbers(vocabulary, texts):
    return vocabulary.numbers(Texts.read(texts))


@pytest.mark.parametrize(
    ("counts", "before", "after"),
    [
        ([3], [0, 1, 2], [2, 3, 0]),
        ([1, 2], [0, 0, 2], [0, 3, 0]),
        ([2, 1], [0, 1, 0], [2, 0, 0]),
        ([1, 1, 1], [0, 0, 0], [0, 0, 0]),
        ([0, 3, 0], [0, 1, 2], [2, 3, 0]),
        ([0, 1, 0, 2], [0, 0, 2], [0, 3, 0]),
    ],
)
def test_neighbours_end_at_the_edges_of_a_reply(counts, before, after):
    rows = np.array([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]])
    previous, following = beside(rows, counts)
    assert previous.tolist() == [[n, -n] for n in before]
    assert following.tolist() == [[n, -n] for n in after]


@pytest.mark.parametrize("counts", [[], [0], [0, 0]])
def test_no_sentences_have_no_neighbours(counts):
    previous, following = beside(np.zeros((0, 7)), counts)
    assert previous.shape == following.shape == (0, 7)


def test_probability_holds_at_the_ends():
    assert probability(np.array([-1e6, 0.0, 1e6])).tolist() == pytest.approx([0.0, 0.5, 1.0])


def test_log_odds_by_hand():
    vocabulary = Vocabulary(["oh", "no", "?"])
    none = np.zeros(0, dtype=np.int64)
    sequences = Sequences(len(vocabulary), none, none, none)
    said = WordWeights(sequences, np.array([0.0, 0, 3, 4, 0, 0]), np.array([[0.0], [0], [6], [8], [0], [0]]))
    heard = WordWeights(sequences, np.array([0.0, 0, 12, 0, 0, 0]), np.array([[0.0], [0], [24], [0], [0], [0]]))
    expects = ContextScorer(said, np.array([-1.0]))
    # inputs: alone, its probability, expected, before, after, question mark, first person, second person
    second = Layers(np.diag([1.0, 1, 1, 10, 100, 1000, 0, 0]), np.full(8, 5.0), np.ones((8, 1)), np.array([-40.0]))
    scorer = SentenceScorer(said, heard, np.array([0.5]), expects, np.array([-3.0]), word_kinds(vocabulary), second)
    sentences = numbers(vocabulary, ["oh no", "no stranger ?"])
    answered = scorer.answered(numbers(vocabulary, ["no", "oh"]), [2, 0])
    first, later = (6 + 8 + 24) / 13 + 0.5, (8 + 24) / np.sqrt(16 + 144) + 0.5
    assert scorer.alone(sentences, answered.heard.of([0, 0])).tolist() == [[pytest.approx(first)], [pytest.approx(later)]]
    expected = (6 + 8) / 5 - 1
    assert answered.expected.tolist() == [[pytest.approx(expected)], [-3.0]]
    rows = scorer.log_odds(sentences, answered.of([0]), [2])
    assert rows[0, 0] == pytest.approx(first + probability(first) + expected + 100 * probability(later))
    assert rows[1, 0] == pytest.approx(later + probability(later) + expected + 10 * probability(first) + 1000)


def test_a_layer_cuts_what_is_below_zero():
    layers = Layers(np.array([[1.0, -1.0]]), np.array([0.0, 0.0]), np.array([[2.0], [3.0]]), np.array([0.5]))
    assert layers(np.array([[4.0], [-4.0]])).tolist() == [[8.5], [12.5]]


def test_a_contexts_turns_are_weighed_together():
    vocabulary = Vocabulary(["oh", "no"])
    none = np.zeros(0, dtype=np.int64)
    said = WordWeights(
        Sequences(len(vocabulary), none, none, none), np.array([0.0, 0, 3, 4, 0]), np.array([[0.0], [0], [6], [8], [0]])
    )
    scorer = ContextScorer(said, np.array([0.5]))
    rows = scorer.log_odds(numbers(vocabulary, ["oh", "no", "no"]), [2, 1])
    assert rows.tolist() == [[pytest.approx((6 + 8) / 5 + 0.5)], [pytest.approx(8 / 4 + 0.5)]]


def test_words_without_weight_leave_the_bias():
    vocabulary = Vocabulary([])
    none = np.zeros(0, dtype=np.int64)
    said = WordWeights(Sequences(len(vocabulary), none, none, none), np.zeros(3), np.zeros((3, 1)))
    assert ContextScorer(said, np.array([0.5])).log_odds(numbers(vocabulary, ["stranger"]), [1]).tolist() == [[0.5]]


@given(batch=replies)
@settings(deadline=None, max_examples=100)
def test_a_reply_scores_the_same_alone_and_in_any_batch(model, batch):
    for reply, rows in zip(batch, score(model, batch), strict=True):
        np.testing.assert_allclose(rows, score(model, [reply])[0], atol=1e-9)


@given(batch=replies)
@settings(deadline=None, max_examples=100)
def test_replies_score_the_same_in_any_order(model, batch):
    for rows, same in zip(score(model, batch), score(model, batch[::-1])[::-1], strict=True):
        np.testing.assert_allclose(rows, same, atol=1e-9)


@given(batch=contexts)
@settings(deadline=None, max_examples=100)
def test_a_context_scores_the_same_alone_and_in_any_batch(model, batch):
    rows = score_contexts(model, batch)
    for turns, row in zip(batch, rows, strict=True):
        np.testing.assert_allclose(row, score_contexts(model, [turns])[0], atol=1e-9)


@given(batch=replies)
@settings(deadline=None, max_examples=50)
def test_every_sentence_gets_a_finite_score_for_every_act(model, batch):
    for (sentences, _), rows in zip(batch, score(model, batch), strict=True):
        assert rows.shape == (len(sentences), len(ACTS))
        assert np.isfinite(rows).all()


def test_what_was_said_before_and_after_counts(model):
    alone, together = score(model, [(SENTENCES[:1], TOLD[1]), (SENTENCES[:3], TOLD[1])])
    assert not np.allclose(alone[0], together[0])


def test_what_the_speaker_said_counts(model):
    one, other = score(model, [(SENTENCES[:1], TOLD[1]), (SENTENCES[:1], TOLD[2])])
    assert not np.allclose(one, other)
