from dataclasses import replace

import numpy as np
import pytest

from empathy_lint import Act, Emotion, Facts, Finding, Report, Trap
from empathy_lint.corpus import parse_item
from empathy_lint.evaluation import Miss, Tally, calibration_error, drafts_of, evaluate, render, traps_found, traps_to_flag

FX, IU, HJ, PQ, AY = Trap
ITEM = parse_item(
    {
        "id": "raft-1",
        "context": [{"role": "speaker", "text": "Our raft sank."}],
        "reply": "Buy a boat! Poor you. Mine sank too.",
        "sentences": ["Buy a boat!", "Poor you.", "Mine sank too."],
        "labels": [["FX", "PQ"], ["VA"], ["HJ"]],
        "sharing": True,
        "advice_requested": False,
        "emotion": "sad",
    }
)


def report(*found, context=None, **scores):
    """Return a report with findings (trap, start, end) and scores, 0 for what is not named."""
    findings = tuple(Finding(trap, start, end, ITEM.reply[start:end], 0.9, "warning", "") for trap, start, end in found)
    everything = {trap.value: scores.get(trap.value, 0.0) for trap in Trap}
    return Report(ITEM.reply, findings, everything, context=context or Facts(emotion=Emotion.SAD))


RIGHT = report((FX, 0, 11), (PQ, 0, 11), (HJ, 22, 36))


@pytest.mark.parametrize(
    ("tally", "precision", "recall", "f1"),
    [
        (Tally(3, 1, 2), 3 / 4, 3 / 5, 2 / 3),
        (Tally(0, 0, 0), 0, 0, 0),
        (Tally(0, 4, 0), 0, 0, 0),
        (Tally(0, 0, 4), 0, 0, 0),
        (Tally(5, 0, 0), 1, 1, 1),
    ],
)
def test_tallies_by_hand(tally, precision, recall, f1):
    assert (tally.precision, tally.recall, tally.f1) == pytest.approx((precision, recall, f1))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, [{FX, PQ}, set(), {HJ}]),
        ({"advice_requested": True}, [set(), set(), {HJ}]),
        ({"sharing": False}, [set(), set(), set()]),
        ({"sharing": False, "advice_requested": True}, [set(), set(), set()]),
        ({"crisis": True}, [{FX, PQ}, set(), {HJ}]),
    ],
)
def test_what_was_asked_for_or_not_shared_is_not_to_be_flagged(changes, wanted):
    assert traps_to_flag(replace(ITEM, **changes)) == wanted


@pytest.mark.parametrize(
    ("start", "end", "sentences"),
    [
        (0, 11, [0]),
        (4, 10, [0]),  # within
        (0, 36, [0, 1, 2]),  # all around
        (5, 17, [0, 1]),  # 6 of the 11 of the first, 5 of the 9 of the second
        (6, 16, [0]),  # 5 of its own 10 in the first, 4 of the 9 of the second
        (10, 14, [1]),  # of 4: 1 in the first, 2 in the second
        (11, 12, []),  # between
        (0, 0, []),  # empty
        (20, 26, [2]),  # of 6: 1 in the second, 4 in the third
    ],
)
def test_a_finding_counts_where_half_of_the_shorter_overlaps(start, end, sentences):
    found = traps_found(ITEM, report((AY, start, end)))
    assert [number for number, traps in enumerate(found) if traps] == sentences


def test_two_traps_of_one_sentence_are_both_found():
    assert traps_found(ITEM, RIGHT) == [{FX, PQ}, set(), {HJ}]


def test_reports_that_agree_have_no_misses():
    result = evaluate([ITEM, ITEM], [RIGHT, RIGHT])
    assert (result.items, result.misses) == (2, ())
    assert (
        result.sentence
        == result.reply
        == {FX: Tally(2, 0, 0), IU: Tally(0, 0, 0), HJ: Tally(2, 0, 0), PQ: Tally(2, 0, 0), AY: Tally(0, 0, 0)}
    )
    assert result.reply_macro_f1 == result.sentence_macro_f1 == pytest.approx(3 / 5)


def test_hits_alarms_and_misses_are_counted_by_sentence_and_by_reply():
    result = evaluate([ITEM], [report((FX, 0, 11), (HJ, 0, 11), (AY, 12, 21))])
    assert (result.sentence[FX], result.reply[FX]) == (Tally(1, 0, 0), Tally(1, 0, 0))
    assert (result.sentence[PQ], result.reply[PQ]) == (Tally(0, 0, 1), Tally(0, 0, 1))
    assert (result.sentence[HJ], result.reply[HJ]) == (Tally(0, 1, 1), Tally(1, 0, 0))  # the wrong place, yet in the reply
    assert (result.sentence[AY], result.reply[AY]) == (Tally(0, 1, 0), Tally(0, 1, 0))


def test_each_sentence_that_differs_is_listed():
    result = evaluate([ITEM], [report((FX, 0, 11), (AY, 12, 21), (HJ, 22, 36))])
    assert result.misses == (
        Miss("raft-1", "Buy a boat!", missed=frozenset({PQ}), wrong=frozenset()),
        Miss("raft-1", "Poor you.", missed=frozenset(), wrong=frozenset({AY})),
    )


def test_the_share_of_clean_replies_that_were_flagged():
    clean = replace(ITEM, sharing=False)
    reports = [RIGHT, report((FX, 0, 11)), report(), report(), report()]
    assert evaluate([ITEM, clean, clean, clean, clean], reports).clean_flagged == pytest.approx(1 / 4)


def test_without_a_clean_reply_none_was_flagged():
    assert evaluate([ITEM], [RIGHT]).clean_flagged == 0.0


def test_brier_and_calibration_are_of_the_reply_scores():
    result = evaluate([ITEM], [report(fixing=0.9, hijacking=0.6, about_you=0.2)])
    assert result.brier == pytest.approx((0.1**2 + 0.4**2 + 0.2**2 + 1**2 + 0) / 5)
    assert result.ece == pytest.approx((0.1 + 0.4 + 0.2 + 1.0) / 5)


def test_reports_must_be_as_many_as_items():
    with pytest.raises(ValueError, match="zip"):
        evaluate([ITEM, ITEM], [RIGHT])


@pytest.mark.parametrize(
    ("truth", "score", "error"),
    [
        ([1, 0], [1.0, 0.0], 0.0),
        ([1, 1, 0, 0], [0.5, 0.5, 0.5, 0.5], 0.0),
        ([0, 0], [0.95, 1.0], 0.975),  # one bin: both ends belong to it
        ([1, 0, 1, 0], [0.8, 0.8, 0.2, 0.2], 0.3),  # two bins, each 0.3 off
        ([1, 0], [0.44, 0.46], 0.05),  # one bin: 1 against 0.9
    ],
)
def test_calibration_error_by_hand(truth, score, error):
    assert calibration_error(np.array(truth, dtype=float), np.array(score)) == pytest.approx(error)


def test_agreement_on_facts_by_hand():
    heard = [Facts(sharing=True, emotion=Emotion.SAD), Facts(sharing=False, emotion=Emotion.MAD)]
    items = [ITEM, replace(ITEM, emotion=Emotion.MAD), replace(ITEM, emotion=Emotion.MAD)]
    result = evaluate(items, [report(context=heard[0]), report(context=heard[1]), report(context=heard[0])])
    assert result.facts["sharing"] == pytest.approx((2 / 3, (0.8 + 0.0) / 2))
    assert result.facts["emotion"] == pytest.approx((2 / 3, (2 / 3 + 2 / 3) / 2))
    assert result.facts["advice_requested"] == (1.0, 1.0)


@pytest.mark.parametrize("crisis", [True, False])
def test_crisis_is_judged_only_where_it_is_labelled(crisis):
    assert ("crisis" in evaluate([replace(ITEM, crisis=crisis)], [RIGHT]).facts) is crisis


def test_items_become_drafts_with_their_context_and_id():
    (draft,) = drafts_of([ITEM])
    assert (draft.reply, draft.context, draft.id) == (ITEM.reply, ITEM.context, ITEM.id)


def test_the_table_names_every_trap_and_as_many_errors_as_wanted():
    result = evaluate([ITEM], [report((Trap(AY), 12, 21))])
    table = render(result, 2)
    assert all(trap.value in table for trap in Trap)
    assert "raft-1: missed fixing problem_solving_question: 'Buy a boat!'" in table
    assert "raft-1: wrong about_you: 'Poor you.'" in table
    assert "Mine sank too." not in table
    assert not any(act.value in table for act in Act)
