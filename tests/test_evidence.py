import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint import Linter
from empathy_lint.evidence import BASELINE, HEARD, NEIGHBOURS, weigh
from empathy_lint.features import Texts, word_spans
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


def test_the_sentences_below_give_findings(linter):
    assert any(linter.lint(text, TOLD[1]).findings for text in SENTENCES)


@given(reply=replies, context=contexts)
@settings(deadline=None, max_examples=60)
def test_the_evidence_of_every_finding_adds_up_to_its_log_odds(linter, reply, context):
    for finding in linter.lint(reply, context).findings:
        assert sum(item.contribution for item in finding.evidence) == pytest.approx(finding.log_odds, abs=1e-6)


@given(reply=replies, heard=contexts)
@settings(deadline=None, max_examples=60)
def test_the_evidence_of_every_act_of_every_sentence_adds_up(linter, reply, heard):
    model, sentences = linter.engine.model, split_sentences(reply)
    said = heard_by(linter, heard or "")
    numbers = model.vocabulary.numbers(Texts.read([s.text for s in sentences]))
    rows = model.sentences.log_odds(numbers, said, [len(sentences)])
    sums = [
        [sum(item.contribution for item in weigh(model, sentences, said, number, column)) for column in range(len(ACTS))]
        for number in range(len(sentences))
    ]
    np.testing.assert_allclose(sums, rows, atol=1e-6)


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


@pytest.mark.parametrize("number", range(3))
def test_each_word_of_the_sentence_is_weighed_once(linter, number):
    sentences = split_sentences("You should rest. Rest, rest! And call me.")
    sentence = sentences[number]
    evidence = weigh(linter.engine.model, sentences, heard_by(linter), number, 0)
    spans = [(item.start, item.end) for item in evidence if item.start is not None]
    assert sorted(spans) == [(sentence.start + start, sentence.start + end) for start, end in word_spans(sentence.text)]


def test_what_is_no_word_is_named_once(linter):
    evidence = weigh(linter.engine.model, split_sentences("You should rest."), heard_by(linter, "I'm tired"), 0, 0)
    assert sorted(item.text for item in evidence if item.start is None) == sorted([HEARD, BASELINE, NEIGHBOURS])
    assert all((item.start is None) == (item.end is None) for item in evidence)


def test_a_sentence_by_itself_has_no_neighbours(linter):
    evidence = weigh(linter.engine.model, split_sentences("You should rest."), heard_by(linter), 0, 0)
    assert {item.text: item.contribution for item in evidence}[NEIGHBOURS] == 0.0


def test_without_a_speaker_nothing_was_heard(linter):
    evidence = weigh(linter.engine.model, split_sentences("You should rest."), heard_by(linter), 0, 0)
    assert {item.text: item.contribution for item in evidence}[HEARD] == 0.0
