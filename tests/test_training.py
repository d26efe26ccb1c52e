from pathlib import Path

import numpy as np
import pytest

from empathy_lint import Emotion
from empathy_lint.corpus import parse_item, read_items
from empathy_lint.evaluation import drafts_of
from empathy_lint.linear import LinearEngine
from empathy_lint.linter import Linter
from empathy_lint.store import load_model
from empathy_lint.taxonomy import ACTS, Trap
from empathy_lint.training import best_threshold, describe, fact_matrix, train

DATA = Path(__file__).parents[1] / "data" / "replies"
SLICE = 120


@pytest.fixture(scope="module")
def items():
    return read_items(DATA)


@pytest.fixture(scope="module")
def some(items):
    """A little of every file."""
    return items[:: len(items) // SLICE][:SLICE]


@pytest.fixture(scope="module")
def trained(some):
    return train(some)


def arrays_of(model):
    """Return every array of a model."""
    sentences, context = model.sentences, model.context
    second = sentences.second
    parts = [sentences.bias, sentences.unknown, sentences.expects.bias, context.bias]
    parts += [second.hidden, second.hidden_bias, second.out, second.out_bias]
    for words in (sentences.said, sentences.heard, sentences.expects.said, context.said):
        parts += [words.rarity, words.weights, words.sequences.pairs, words.sequences.triples, words.sequences.classes]
    return parts


@pytest.mark.parametrize(
    ("truth", "probability", "beta", "threshold"),
    [
        ([1, 0], [0.5, 0.46], 1.0, 0.5),  # 0.48 and 0.50 part them: the upper one of two
        ([1, 1, 0, 0], [0.9, 0.6, 0.54, 0.1], 1.0, 0.58),  # 0.56, 0.58, 0.60 part them
        ([1, 0, 0, 1], [0.9, 0.7, 0.7, 0.3], 0.5, 0.82),  # precision first: give the last one up, 0.72 ... 0.90
        ([1, 0, 0, 1], [0.9, 0.7, 0.7, 0.3], 2.0, 0.2),  # recall first: catch all, 0.10 ... 0.30
        ([0, 0], [0.3, 0.9], 1.0, 0.5),  # nothing to find, all tie
    ],
)
def test_the_best_threshold_by_hand(truth, probability, beta, threshold):
    assert best_threshold(np.array(truth, dtype=float), np.array(probability), beta) == pytest.approx(threshold)


def test_facts_of_items_as_numbers():
    row = {"id": 1, "context": [], "reply": "Oh.", "sentences": ["Oh."], "labels": [["NO"]], "emotion": "glad"}
    item = parse_item({**row, "sharing": True, "advice_requested": False, "crisis": True})
    assert fact_matrix([item]).tolist() == [[1, 0, 1, *(float(emotion is Emotion.GLAD) for emotion in Emotion)]]


def test_training_twice_gives_the_same_model(some, trained):
    again = train(some)
    assert all(map(np.array_equal, arrays_of(trained), arrays_of(again)))
    assert trained.thresholds == again.thresholds
    assert trained.about == again.about
    assert trained.vocabulary.words == again.vocabulary.words


def test_there_is_a_threshold_for_every_act_and_fact(trained):
    assert set(trained.thresholds) == {act.value for act in ACTS} | {"sharing", "advice_requested", "crisis"}
    assert all(0 < threshold < 1 for threshold in trained.thresholds.values())


def test_a_trained_model_lints(some, trained):
    reports = list(Linter(LinearEngine(trained)).lint_many(drafts_of(some)))
    assert [report.id for report in reports] == [item.id for item in some]
    assert any(report.findings for report in reports)


def test_a_model_tells_how_much_it_was_trained_on(some, trained):
    about = trained.about["data"]
    used = [item for item in some if item.split != "test"]
    assert about == describe(used)
    assert (about["items"], about["sentences"]) == (len(used), sum(len(item.sentences) for item in used))
    assert set(about["labels"]) == {act.label for act in ACTS}


@pytest.mark.parametrize("change", [{"id": 2}, {"reply": "Oh. "}, {"labels": [["NO"]]}])
def test_the_fingerprint_changes_with_the_labelled_text(change):
    row = {"id": 1, "context": [], "reply": "Oh.", "sentences": ["Oh."], "labels": [["VA"]], "emotion": "sad"}
    row |= {"sharing": True, "advice_requested": False}
    assert describe([parse_item(row)])["sha256"] != describe([parse_item({**row, **change})])["sha256"]


def test_the_shipped_model_was_trained_on_the_shipped_data(items):
    assert load_model().about["data"] == describe([item for item in items if item.split != "test"])


@pytest.mark.rebuild
def test_the_shipped_model_can_be_rebuilt_from_the_shipped_data(items):
    shipped, rebuilt = load_model(), train(items)
    assert rebuilt.thresholds == shipped.thresholds
    assert rebuilt.vocabulary.words == shipped.vocabulary.words
    drafts = list(drafts_of(items[:: len(items) // 200][:200]))
    ours, theirs = ([*Linter(LinearEngine(model)).lint_many(drafts)] for model in (shipped, rebuilt))
    assert [[(f.trap, f.start, f.end) for f in report.findings] for report in ours] == [
        [(f.trap, f.start, f.end) for f in report.findings] for report in theirs
    ]
    scores = [[[report.scores[trap.value] for trap in Trap] for report in reports] for reports in (ours, theirs)]
    # bit by bit on the versions it was trained with; others stop at slightly other weights
    np.testing.assert_allclose(*scores, atol=5e-3)
