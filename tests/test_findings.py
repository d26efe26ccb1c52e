import pytest
from hypothesis import given
from hypothesis import strategies as st

from empathy_lint import Act, Facts, Trap
from empathy_lint.findings import CARRIES_FROM, WARNING_FROM, allowance, is_pardoned, judge, narrow, praise, reply_scores, severity
from empathy_lint.taxonomy import ACTS

HALF = dict.fromkeys([act.value for act in ACTS], 0.5)
ASKED_FOR = {Trap.FIXING, Trap.PROBLEM_SOLVING_QUESTION}
chances = st.floats(0, 1)


def row(**probabilities):
    """Return one sentence's probabilities, 0 for what is not named."""
    return [probabilities.get(act.value, 0.0) for act in ACTS]


@pytest.mark.parametrize("trap", Trap)
@pytest.mark.parametrize(("probability", "found"), [(0.5, True), (0.4999, False), (1.0, True), (0.0, False)])
def test_a_trap_is_found_from_its_threshold_on(trap, probability, found):
    verdicts = judge([row(**{trap.value: probability})], Facts(), HALF)
    assert [(v.sentence, v.act, v.confidence) for v in verdicts] == ([(0, trap, probability)] if found else [])


def test_each_trap_has_its_own_threshold():
    verdicts = judge([row(fixing=0.6, hijacking=0.6)], Facts(), {**HALF, "fixing": 0.7})
    assert [v.act for v in verdicts] == [Trap.HIJACKING]


def test_verdicts_come_sentence_by_sentence():
    verdicts = judge([row(about_you=0.9), row(), row(fixing=0.8, i_understand=0.7)], Facts(), HALF)
    assert [(v.sentence, v.act) for v in verdicts] == [(0, Trap.ABOUT_YOU), (2, Trap.FIXING), (2, Trap.I_UNDERSTAND)]


def test_no_sentence_no_verdict():
    assert judge([], Facts(), HALF) == praise([], HALF) == []


def test_good_moves_are_no_traps():
    assert judge([row(validating=1.0, opening_question=1.0)], Facts(), HALF) == []


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
    assert {trap for trap in Trap if is_pardoned(trap, facts)} == pardoned
    found = judge([row(**{trap.value: 1.0}) for trap in Trap], facts, HALF)
    assert {verdict.act for verdict in found} == set(Trap) - pardoned


@pytest.mark.parametrize(("story", "self_interest", "left"), [(0.9, 0.8, Trap.HIJACKING), (0.8, 0.9, None)])
def test_a_sentence_that_is_rather_a_story_is_not_about_you_as_well(story, self_interest, left):
    found = [verdict.act for verdict in judge([row(hijacking=story, about_you=self_interest)], Facts(), HALF)]
    assert found == ([left] if left else [Trap.HIJACKING, Trap.ABOUT_YOU])


@pytest.mark.parametrize("trap", Trap)
def test_allowance_is_the_chance_of_sharing_without_a_request(trap):
    facts = Facts(p_sharing=0.8, p_advice_requested=0.25)
    assert allowance(trap, facts) == pytest.approx(0.6 if trap in ASKED_FOR else 0.8)


def test_nothing_is_taken_off_where_nothing_is_known():
    assert [allowance(trap, Facts()) for trap in Trap] == [1.0] * len(Trap)


def test_the_threshold_is_held_against_what_the_context_leaves():
    facts = Facts(p_sharing=0.6)
    assert judge([row(hijacking=0.8)], facts, HALF) == []
    (verdict,) = judge([row(hijacking=0.9)], facts, HALF)
    assert verdict.confidence == pytest.approx(0.54)


@given(chances, chances, chances)
def test_confidence_is_a_probability_and_never_above_the_classifiers(probability, p_sharing, p_asked):
    facts = Facts(p_sharing=p_sharing, p_advice_requested=p_asked)
    for verdict in judge([row(**dict.fromkeys(Trap, probability))], facts, dict.fromkeys(HALF, 0.0)):
        assert 0 <= verdict.confidence <= probability


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize(("probability", "found"), [(0.5, True), (0.4999, False)])
def test_a_good_move_is_praised_from_its_threshold_on(act, probability, found):
    verdicts = praise([row(), row(**{act.value: probability})], HALF)
    assert [(v.sentence, v.act, v.confidence) for v in verdicts] == ([(1, act, probability)] if found else [])


def test_traps_are_not_praised():
    assert praise([row(**dict.fromkeys(Trap, 1.0))], HALF) == []


def test_a_reply_falls_into_a_trap_if_any_sentence_does():
    scores = reply_scores([row(fixing=0.5), row(fixing=0.2, hijacking=0.3)], Facts())
    assert scores == pytest.approx(
        {"fixing": 0.6, "hijacking": 0.3, "i_understand": 0, "problem_solving_question": 0, "about_you": 0}
    )


def test_reply_scores_are_weighed_with_the_context():
    scores = reply_scores([row(fixing=0.5, hijacking=0.5)], Facts(p_sharing=0.8, p_advice_requested=0.5))
    assert (scores["fixing"], scores["hijacking"]) == pytest.approx((0.2, 0.4))


def test_a_reply_without_sentences_scores_nothing():
    assert reply_scores([], Facts()) == dict.fromkeys([trap.value for trap in Trap], 0.0)


@given(st.lists(st.lists(chances, min_size=len(ACTS), max_size=len(ACTS)), max_size=5), chances, chances)
def test_reply_scores_are_probabilities(rows, p_sharing, p_asked):
    scores = reply_scores(rows, Facts(p_sharing=p_sharing, p_advice_requested=p_asked))
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
