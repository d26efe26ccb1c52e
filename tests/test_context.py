import sys
from importlib.resources import files

import pytest

from empathy_lint import Emotion, Facts, Turn
from empathy_lint.context import CERTAIN, FACTS, decide_facts, last_said, speaker_turns
from empathy_lint.features import words

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LISTED = tomllib.loads((files("empathy_lint") / "lexicon" / "context.toml").read_text("utf-8"))
SURE = {"sharing": 0.5, "advice_requested": 0.5, "crisis": 0.5}


def decide(*turns, **probabilities):
    """Decide with these probabilities, 0 for what is not named."""
    return decide_facts([words(turn) for turn in turns], [probabilities.get(fact, 0.0) for fact in FACTS], SURE)


def test_facts_are_three_questions_and_the_emotions():
    assert ("sharing", "advice_requested", "crisis", *(emotion.value for emotion in Emotion)) == FACTS


TALK = (
    Turn("listener", "How was the trip?"),
    Turn("speaker", "We missed the ferry."),
    Turn("speaker", " \n"),
    Turn("listener", "Oh no."),
    Turn("speaker", "Twice."),
    Turn("speaker", ""),
    Turn("listener", "Twice?"),
)


def test_only_what_the_speaker_says_counts_and_no_blank_turn():
    assert speaker_turns(TALK) == ["We missed the ferry.", "Twice."]


@pytest.mark.parametrize(("turns", "said"), [(TALK, "Twice."), (TALK[:1], ""), ((), "")])
def test_last_said(turns, said):
    assert last_said(turns) == said


def test_without_the_speaker_nothing_is_known():
    assert decide(**dict.fromkeys(FACTS, 0.99)) == Facts()


@pytest.mark.parametrize("fact", ["sharing", "advice_requested", "crisis"])
@pytest.mark.parametrize(("probability", "holds"), [(0.5, True), (0.4999, False)])
def test_a_fact_holds_from_its_threshold_on(fact, probability, holds):
    facts = decide("We missed the ferry.", **{fact: probability})
    assert getattr(facts, fact) is holds
    assert getattr(facts, f"p_{fact}") == probability


@pytest.mark.parametrize("emotion", Emotion)
def test_the_likeliest_emotion_is_told(emotion):
    others = dict.fromkeys([other.value for other in Emotion], 0.3)
    assert decide("We missed the ferry.", **{**others, emotion.value: 0.4}).emotion is emotion


@pytest.mark.parametrize("wording", LISTED["advice_requested"])
def test_each_listed_request_decides_by_itself(wording):
    facts = decide("We missed the ferry.", f"So, {wording.upper()}, now?", "Thanks.")
    assert (facts.advice_requested, facts.p_advice_requested) == (True, CERTAIN)


@pytest.mark.parametrize("wording", LISTED["crisis"])
def test_each_listed_crisis_decides_by_itself(wording):
    facts = decide("We missed the ferry.", f"Well, {wording.upper()}, again.", "Thanks.")
    assert (facts.crisis, facts.p_crisis, facts.sharing) == (True, CERTAIN, True)


@pytest.mark.parametrize(
    "turn",
    [
        "What should I do about the landlord?",
        "idk... any tips??",
        "PLS HELP",
        "Im lost, what would you do",
        "Can you help me decide between the two?",
    ],
)
def test_requests_are_heard_however_they_are_typed(turn):
    assert decide(turn).advice_requested


@pytest.mark.parametrize(
    "turn",
    [
        "Last night I thought I want to die.",
        "i dont want to live",
        "I keep HURTING MYSELF",
        "We're all better off dead, I think.",
        "He hits me.",
    ],
)
def test_a_crisis_is_heard_however_it_is_typed(turn):
    assert decide(turn).crisis


@pytest.mark.parametrize("wording", LISTED["look_alikes"]["crisis"])
def test_each_listed_look_alike_is_no_crisis(wording):
    assert not decide(f"With him I {wording} every time.").crisis


@pytest.mark.parametrize(
    "turn",
    [
        "I could kill myself laughing. But honestly I want to end my life.",
        "I wanna die",
        "i dont wanna live anymore",
        "HE HITS ME and then he brings flowers.",
    ],
)
def test_a_look_alike_or_a_spelling_hides_no_crisis(turn):
    assert decide(turn).crisis


@pytest.mark.parametrize(
    "turn",
    [
        "I nearly died laughing at the vet's.",
        "I could kill myself laughing at that clip.",
        "I hurt myself baking on Monday.",
        "He hit me up for a coffee.",
        "My plants want to diet, they look so thin.",
        "That deadline is killing me.",
        "He hit methodically on every key.",
    ],
)
def test_look_alikes_of_a_crisis_decide_nothing(turn):
    facts = decide(turn)
    assert (facts.crisis, facts.p_crisis) == (False, 0.0)


@pytest.mark.parametrize("turn", ["He gave me advice I never wanted.", "What should I have done?", "My sister asked for tips."])
def test_look_alikes_of_a_request_decide_nothing(turn):
    facts = decide(turn)
    assert (facts.advice_requested, facts.p_advice_requested) == (False, 0.0)


def test_a_wording_never_runs_over_two_turns():
    assert not decide("I saw what should", "i do now").advice_requested


def test_a_look_alike_leaves_the_models_own_belief():
    assert decide("I could kill myself laughing.", crisis=0.9).crisis


@pytest.mark.parametrize("fact", ["advice_requested", "crisis"])
def test_a_certain_wording_never_lowers_what_the_model_believes(fact):
    facts = decide("I want to die. Any advice?", **{fact: 0.99})
    assert getattr(facts, f"p_{fact}") == 0.99
