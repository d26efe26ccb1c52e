import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint import Draft, Linter
from empathy_lint.evidence import BASELINE, HEARD, REST, weigh
from empathy_lint.features import Texts, word_spans
from empathy_lint.reading import read
from empathy_lint.sentences import split_sentences
from empathy_lint.taxonomy import ACTS

SENTENCES = [
    "You should change the locks.",
    "I know exactly what you mean!",
    "When my barn flooded I cried for a week",
    "Have you called the plumber?",
    "So who is going to feed my cat, then?",
    "That sounds frightening.",
    "How are you holding up?",
    "The soup is cold…",
    "Just breathe, and try again, but slowly.",
    "u should reallllly sleep 😢",
    "Zxqv, blorp.",
    "e.g. 12\0 apples",
]
TOLD = [None, "My flat was broken into.", "I'm scared of Monday. I can't sleep.", "Blorp."]

replies = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4).map("\n".join)
contexts = st.sampled_from(TOLD)


@pytest.fixture(scope="module")
def linter():
    return Linter.load()


def heard_by(linter, said=""):
    return linter.engine.model.sentences.heard.sums(linter.engine.model.vocabulary.numbers(Texts.read([said])))


def weighed(linter, reply, said=""):
    """Return the evidence for fixing in a reply of one sentence, as if its log-odds were 1."""
    (sentence,) = split_sentences(reply)
    return weigh(linter.engine.model, sentence, heard_by(linter, said), 0, 1.0)


def test_the_sentences_below_give_findings(linter):
    assert any(linter.lint(text, TOLD[1]).findings for text in SENTENCES)


@given(reply=replies, context=contexts)
@settings(deadline=None, max_examples=60)
def test_the_evidence_of_every_finding_adds_up_to_its_log_odds(linter, reply, context):
    for finding in linter.lint(reply, context).findings:
        assert sum(item.contribution for item in finding.evidence) == pytest.approx(finding.log_odds, abs=1e-6)


@given(reply=replies, told=contexts)
@settings(deadline=None, max_examples=60)
def test_the_evidence_of_every_act_of_every_sentence_adds_up(linter, reply, told):
    scored = linter.engine.score(read([Draft(reply, told)]))
    sums = [
        [sum(item.contribution for item in scored.weigh(number, column)) for column in range(len(ACTS))]
        for number in range(len(scored.log_odds))
    ]
    np.testing.assert_allclose(np.reshape(sums, scored.log_odds.shape), scored.log_odds, atol=1e-6)


@given(sentence=st.sampled_from(SENTENCES), told=st.sampled_from(TOLD[1:]))
@settings(deadline=None, max_examples=40)
def test_words_and_baseline_are_what_the_first_step_says(linter, sentence, told):
    model, heard = linter.engine.model, heard_by(linter, told)
    (first, *_) = split_sentences(sentence)
    alone = model.sentences.alone(model.vocabulary.numbers(Texts.read([first.text])), heard)
    for column in range(len(ACTS)):
        evidence = weigh(model, first, heard, column, 0.0)
        assert sum(item.contribution for item in evidence if item.text != REST) == pytest.approx(alone[0, column], abs=1e-6)


@given(reply=replies, context=contexts)
@settings(deadline=None, max_examples=60)
def test_spans_match_the_reply(linter, reply, context):
    for finding in linter.lint(reply, context).findings:
        weighed = [item for item in finding.evidence if item.start is not None]
        assert weighed
        assert all(reply[item.start : item.end] == item.text for item in weighed)


@given(reply=replies, context=contexts)
@settings(deadline=None, max_examples=60)
def test_the_heaviest_comes_first(linter, reply, context):
    for finding in linter.lint(reply, context).findings:
        weights = [abs(item.contribution) for item in finding.evidence]
        assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("text", ["You should rest.", "Rest, rest!", "And call me 😢"])
def test_each_word_of_the_sentence_is_weighed_once(linter, text):
    spans = [(item.start, item.end) for item in weighed(linter, text) if item.start is not None]
    assert sorted(spans) == word_spans(text)


def test_what_is_no_word_is_named_once(linter):
    evidence = weighed(linter, "You should rest.", "I'm tired.")
    assert sorted(item.text for item in evidence if item.start is None) == sorted([HEARD, BASELINE, REST])
    assert all((item.start is None) == (item.end is None) for item in evidence)


def test_without_a_speaker_nothing_was_heard(linter):
    assert {item.text: item.contribution for item in weighed(linter, "You should rest.")}[HEARD] == 0.0
