import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empathy_lint import Act, Facts, Trap
from empathy_lint.findings import (
    CARRIES_FROM,
    WARNING_FROM,
    allowances,
    confidences,
    judge,
    narrow,
    praise,
    reply_scores,
    severity,
)
from empathy_lint.taxonomy import ACTS

HALF = dict.fromkeys([act.value for act in ACTS], 0.5)
ASKED_FOR = {Trap.FIXING, Trap.PROBLEM_SOLVING_QUESTION}
chances = st.floats(0, 1)


def row(**probabilities):
    """Return one sentence's probabilities, 0 for what is not named."""
    return [probabilities.get(act.value, 0.0) for act in ACTS]


def table(rows):
    return np.array(rows, dtype=float).reshape(-1, len(ACTS))


def verdicts_on(rows, facts, thresholds):
    """Judge the sentences of one reply."""
    return judge(confidences(table(rows), [len(rows)], [facts]), thresholds)


def scores_of(rows, facts):
    (scores,) = reply_scores(table(rows), [len(rows)], [facts]).tolist()
    return dict(zip(Trap, scores, strict=True))


@pytest.mark.parametrize("trap", Trap)
@pytest.mark.parametrize(("probability", "found"), [(0.5, True), (0.4999, False), (1.0, True), (0.0, False)])
def test_a_trap_is_found_from_its_threshold_on(trap, probability, found):
    verdicts = verdicts_on([row(**{trap.value: probability})], Facts(), HALF)
    assert [(v.sentence, v.act, v.confidence) for v in verdicts] == ([(0, trap, probability)] if found else [])


def test_each_trap_has_its_own_threshold():
    verdicts = verdicts_on([row(fixing=0.6, hijacking=0.6)], Facts(), {**HALF, "fixing": 0.7})
    assert [v.act for v in verdicts] == [Trap.HIJACKING]


def test_verdicts_come_sentence_by_sentence():
    verdicts = verdicts_on([row(about_you=0.9), row(), row(fixing=0.8, i_understand=0.7)], Facts(), HALF)
    assert [(v.sentence, v.act) for v in verdicts] == [(0, Trap.ABOUT_YOU), (2, Trap.FIXING), (2, Trap.I_UNDERSTAND)]


def test_no_sentence_no_verdict():
    assert verdicts_on([], Facts(), HALF) == praise(table([]), HALF) == []


def test_good_moves_are_no_traps():
    assert verdicts_on([row(validating=1.0, opening_question=1.0)], Facts(), HALF) == []


@pytest.mark.parametrize(
    ("facts", "pardoned"),
    [
        (Facts(), set()),
        (Facts(sharing=False), set(Trap)),
        (Facts(advice_requested=True), ASKED_FOR),
        (Facts(crisis=True), ASKED_FOR),
        (Facts(advice_requested=True, crisis=True), ASKED_FOR),
        (Facts(sharing=False, advice_requested=True), set(Trap)),
    ],
)
def test_pardons(facts, pardoned):
    found = verdicts_on([row(**{trap.value: 1.0}) for trap in Trap], facts, HALF)
    assert {verdict.act for verdict in found} == set(Trap) - pardoned


@pytest.mark.parametrize(("story", "self_interest", "left"), [(0.9, 0.8, Trap.HIJACKING), (0.8, 0.9, None)])
def test_a_sentence_that_is_rather_a_story_is_not_about_you_as_well(story, self_interest, left):
    found = [verdict.act for verdict in verdicts_on([row(hijacking=story, about_you=self_interest)], Facts(), HALF)]
    assert found == ([left] if left else [Trap.HIJACKING, Trap.ABOUT_YOU])


def test_allowance_is_the_chance_of_sharing_without_a_request():
    (allowed,) = allowances([Facts(p_sharing=0.8, p_advice_requested=0.25)]).tolist()
    assert dict(zip(Trap, allowed, strict=True)) == pytest.approx({trap: 0.6 if trap in ASKED_FOR else 0.8 for trap in Trap})


def test_nothing_is_taken_off_where_nothing_is_known():
    assert allowances([Facts()]).tolist() == [[1.0] * len(Trap)]


def test_each_reply_is_judged_in_its_own_context():
    rows = table([row(fixing=0.9)] * 4)
    sure = confidences(rows, [1, 0, 2, 1], [Facts(), Facts(), Facts(sharing=False), Facts(p_sharing=0.5)])
    assert sure[:, 0].tolist() == pytest.approx([0.9, 0, 0, 0.45])
    assert [verdict.sentence for verdict in judge(sure, HALF)] == [0]


def test_the_threshold_is_held_against_what_the_context_leaves():
    facts = Facts(p_sharing=0.6)
    assert verdicts_on([row(hijacking=0.8)], facts, HALF) == []
    (verdict,) = verdicts_on([row(hijacking=0.9)], facts, HALF)
    assert verdict.confidence == pytest.approx(0.54)


@given(chances, chances, chances)
def test_confidence_is_a_probability_and_never_above_the_classifiers(probability, p_sharing, p_asked):
    facts = Facts(p_sharing=p_sharing, p_advice_requested=p_asked)
    for verdict in verdicts_on([row(**dict.fromkeys(Trap, probability))], facts, dict.fromkeys(HALF, 0.0)):
        assert 0 <= verdict.confidence <= probability


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize(("probability", "found"), [(0.5, True), (0.4999, False)])
def test_a_good_move_is_praised_from_its_threshold_on(act, probability, found):
    verdicts = praise(table([row(), row(**{act.value: probability})]), HALF)
    assert [(v.sentence, v.act, v.confidence) for v in verdicts] == ([(1, act, probability)] if found else [])


def test_traps_are_not_praised():
    assert praise(table([row(**dict.fromkeys(Trap, 1.0))]), HALF) == []


def test_a_reply_falls_into_a_trap_if_any_sentence_does():
    scores = scores_of([row(fixing=0.5), row(fixing=0.2, hijacking=0.3)], Facts())
    assert scores == pytest.approx(
        {"fixing": 0.6, "hijacking": 0.3, "i_understand": 0, "problem_solving_question": 0, "about_you": 0}
    )


def test_reply_scores_are_weighed_with_the_context():
    scores = scores_of([row(fixing=0.5, hijacking=0.5)], Facts(p_sharing=0.8, p_advice_requested=0.5))
    assert (scores["fixing"], scores["hijacking"]) == pytest.approx((0.2, 0.4))


def test_a_reply_without_sentences_scores_nothing():
    assert scores_of([], Facts()) == dict.fromkeys(Trap, 0.0)


def test_replies_are_scored_apart():
    scores = reply_scores(table([row(fixing=0.5), row(fixing=0.5), row(fixing=0.1)]), [0, 2, 0, 1], [Facts()] * 4)
    assert scores[:, 0].tolist() == pytest.approx([0, 0.75, 0, 0.1])


@given(st.lists(st.lists(chances, min_size=len(ACTS), max_size=len(ACTS)), max_size=5), chances, chances)
def test_reply_scores_are_probabilities(rows, p_sharing, p_asked):
    scores = scores_of(rows, Facts(p_sharing=p_sharing, p_advice_requested=p_asked))
    assert all(0 <= score <= 1 for score in scores.values())


@pytest.mark.parametrize(
    ("clauses", "span"),
    [
        ([0.9], (0, 1)),
        ([0.1], (0, 1)),
        ([0.9, 0.1], (0, 1)),
        ([0.1, 0.9], (1, 2)),
        ([0.1, 0.9, 0.2, 0.8, 0.1], (1, 4)),
        ([0.1, 0.2, 0.3], (0, 3)),
        ([CARRIES_FROM, 0.0], (0, 1)),
        ([], (0, 0)),
    ],
)
def test_narrow_keeps_from_the_first_to_the_last_clause_that_carries(clauses, span):
    assert narrow(clauses) == span


@pytest.mark.parametrize(
    ("confidence", "level"), [(0.0, "info"), (WARNING_FROM - 1e-9, "info"), (WARNING_FROM, "warning"), (1.0, "warning")]
)
def test_severity(confidence, level):
    assert severity(confidence) == level
