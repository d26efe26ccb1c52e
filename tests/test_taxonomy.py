from pathlib import Path

import pytest

from empathy_lint import Act, Emotion, Trap
from empathy_lint.corpus import read_items
from empathy_lint.taxonomy import ACTS, LABELS, NOTHING, PARDONED_BY_REQUEST, find_trap

DATA = Path(__file__).parents[1] / "data" / "replies"


@pytest.fixture(scope="module")
def items():
    return read_items(DATA)


@pytest.mark.parametrize("names", [[t.code for t in Trap], [*LABELS], [a.value for a in ACTS], [e.value for e in Emotion]])
def test_names_are_unique(names):
    assert len(set(names)) == len(names)


def test_names_codes_and_labels_of_traps_are_never_confused():
    names = [name.lower() for trap in Trap for name in (trap.code, trap.value, trap.label)]
    assert len(set(names)) == 3 * len(Trap)


def test_acts_are_the_traps_and_then_the_good_moves():
    assert (*Trap, *Act) == ACTS


def test_labels_are_those_of_the_acts_and_nothing():
    assert (*(act.label for act in ACTS), NOTHING) == LABELS


@pytest.mark.parametrize("trap", Trap)
@pytest.mark.parametrize("spelling", [str.upper, str.lower, str.title, " {} ".format, lambda name: name.replace("_", "-")])
def test_find_trap_round_trips(trap, spelling):
    assert {find_trap(spelling(name)) for name in (trap.code, trap.value, trap.label)} == {trap}


@pytest.mark.parametrize("name", ["", "EL1", "EL999", "validating", "VA", "NO", "fix ing"])
def test_find_trap_finds_nothing_else(name):
    assert find_trap(name) is None


@pytest.mark.parametrize("member", [*ACTS, *Emotion])
def test_members_print_as_their_plain_names(member):
    assert str(member) == f"{member}" == member.value


def test_only_advice_and_questions_are_pardoned_by_a_request():
    assert {Trap.FIXING, Trap.PROBLEM_SOLVING_QUESTION} == PARDONED_BY_REQUEST


def test_the_corpus_uses_every_label_and_no_other(items):
    assert {code for item in items for codes in item.labels for code in codes} == set(LABELS)


def test_the_corpus_has_look_alikes_of_every_trap_and_of_nothing_else(items):
    assert {code for item in items for codes in item.resembles for code in codes} == {trap.label for trap in Trap}


def test_the_corpus_shows_every_emotion(items):
    assert {item.emotion for item in items} == set(Emotion)
