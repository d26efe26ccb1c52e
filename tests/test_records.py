import dataclasses
import json

import pytest

from empathy_lint import Act, Draft, Emotion, EmpathyLintError, Facts, Finding, Report, Suggestion, Trap, Turn
from empathy_lint.errors import InputError
from empathy_lint.records import Evidence, Sentence, Strength, as_turns

TOLD = Turn("speaker", "The van broke down again.")
ASKED = Turn("listener", "Where are you now?")

FINDING = Finding(
    trap=Trap.FIXING,
    start=0,
    end=11,
    text="Sell it now",
    confidence=0.8,
    severity="warning",
    message="This solves before it listens.",
    suggestions=(Suggestion("That sounds like a lot.", Act.VALIDATING),),
    evidence=(Evidence("Sell", 1.5, 0, 4), Evidence("(baseline)", -0.5)),
    log_odds=1.0,
)
REPORT = Report(
    reply="Sell it now. Oh no!",
    findings=(FINDING,),
    scores={trap.value: 0.5 for trap in Trap},
    strengths=(Strength(Act.VALIDATING, 13, 19, "Oh no!", 0.7),),
    context=Facts(emotion=Emotion.MAD),
    id="van-1",
)


@pytest.mark.parametrize(
    "context",
    [
        [TOLD, ASKED],
        (TOLD, ASKED),
        iter([TOLD, ASKED]),
        [("speaker", TOLD.text), ("listener", ASKED.text)],
        [["speaker", TOLD.text], ["listener", ASKED.text]],
        [{"role": "speaker", "text": TOLD.text}, {"role": "listener", "text": ASKED.text, "at": "noon"}],
        [TOLD, {"role": "listener", "text": ASKED.text}],
    ],
)
def test_as_turns_takes_turns_pairs_and_objects(context):
    assert as_turns(context) == (TOLD, ASKED)


def test_a_string_is_the_speakers_last_turn():
    assert as_turns(TOLD.text) == (TOLD,)


@pytest.mark.parametrize("context", [None, "", "  \n\t", [], ()])
def test_no_context_is_no_turns(context):
    assert as_turns(context) == ()


@pytest.mark.parametrize("context", [7, 1.5, True, b"The van", {"role": "speaker", "text": "The van"}])
def test_what_is_no_list_of_turns_is_refused(context):
    with pytest.raises(InputError, match=f"context must be .*, not {type(context).__name__}"):
        as_turns(context)


@pytest.mark.parametrize(
    "turn", [None, 7, "Hello", b"ab", ("speaker",), ("speaker", "a", "b"), {"role": "speaker"}, {"text": "Hello"}]
)
@pytest.mark.parametrize("place", [1, 3])
def test_a_turn_without_role_or_text_is_refused_by_its_number(turn, place):
    turns = [TOLD, ASKED, TOLD]
    turns[place - 1] = turn
    with pytest.raises(InputError, match=f"context turn {place} "):
        as_turns(turns)


@pytest.mark.parametrize("role", ["", "Speaker", "user", None, 1, ["speaker"]])
def test_an_unknown_role_is_refused(role):
    with pytest.raises(InputError, match="role"):
        Turn(role, "Hello")


@pytest.mark.parametrize("text", [None, 1, b"Hello", ["Hello"]])
def test_a_turn_without_words_is_refused(text):
    with pytest.raises(InputError, match="text must be a string"):
        Turn("speaker", text)


def test_a_draft_from_a_string_is_a_reply():
    assert Draft.of("Oh no!") == Draft("Oh no!", context=(), id=None)


def test_a_draft_from_a_draft_is_itself():
    draft = Draft("Oh no!", TOLD.text, 3)
    assert Draft.of(draft) is draft


def test_a_draft_from_an_object_keeps_reply_context_and_id():
    row = {"id": "a", "context": [{"role": "speaker", "text": TOLD.text}], "reply": "Oh no!", "source": "chat"}
    assert Draft.of(row) == Draft("Oh no!", (TOLD,), "a")


@pytest.mark.parametrize("draft", [None, 7, b"Oh no!", ["Oh no!"]])
def test_what_is_no_draft_is_refused(draft):
    with pytest.raises(InputError, match=f"a draft must be .*, not {type(draft).__name__}"):
        Draft.of(draft)


def test_a_draft_without_a_reply_is_refused():
    with pytest.raises(InputError, match="'reply'"):
        Draft.of({"id": 1})


@pytest.mark.parametrize("reply", [None, 7, b"Oh no!", ["Oh no!"]])
@pytest.mark.parametrize("make", [Draft, lambda reply: Draft.of({"reply": reply})])
def test_a_reply_that_is_no_string_is_refused(make, reply):
    with pytest.raises(InputError, match="reply must be a string"):
        make(reply)


@pytest.mark.parametrize("identity", [None, 0, 7, "", "a-7"])
def test_an_id_comes_back_unchanged(identity):
    assert Draft.of({"reply": "Oh no!", "id": identity}).id == identity


@pytest.mark.parametrize("identity", [True, 1.5, ["a"], {"a": 1}])
def test_an_id_that_is_no_string_and_no_whole_number_is_refused(identity):
    with pytest.raises(InputError, match="id must be a string or a whole number"):
        Draft.of({"reply": "Oh no!", "id": identity})


def test_input_errors_are_value_errors_of_this_library():
    assert issubclass(InputError, ValueError)
    assert issubclass(InputError, EmpathyLintError)


@pytest.mark.parametrize("record", [TOLD, Draft("Oh no!"), Sentence(0, 6, "Oh no!"), FINDING, Facts(), REPORT])
def test_records_are_frozen(record):
    name = dataclasses.fields(record)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, name, None)


def test_a_finding_has_the_code_of_its_trap():
    assert FINDING.code == Trap.FIXING.code


def test_without_context_something_is_shared_and_nothing_asked_for():
    assert Facts().to_dict() == {"sharing": True, "advice_requested": False, "emotion": "none", "crisis": False}


def test_a_report_becomes_the_documented_object():
    assert REPORT.to_dict() == {
        "id": "van-1",
        "findings": [
            {
                "trap": "fixing",
                "code": "EL101",
                "start": 0,
                "end": 11,
                "text": "Sell it now",
                "confidence": 0.8,
                "severity": "warning",
                "message": "This solves before it listens.",
                "suggestions": [{"text": "That sounds like a lot.", "act": "validating"}],
                "evidence": [
                    {"text": "Sell", "contribution": 1.5, "start": 0, "end": 4},
                    {"text": "(baseline)", "contribution": -0.5, "start": None, "end": None},
                ],
            }
        ],
        "scores": dict.fromkeys([trap.value for trap in Trap], 0.5),
        "strengths": [{"act": "validating", "start": 13, "end": 19, "text": "Oh no!", "confidence": 0.7}],
        "context": {"sharing": True, "advice_requested": False, "emotion": "mad", "crisis": False},
        "abstained": None,
    }


def test_a_report_survives_json():
    assert json.loads(json.dumps(REPORT.to_dict())) == REPORT.to_dict()


def test_json_holds_plain_strings_and_no_members():
    assert {type(value) for value in _leaves(REPORT.to_dict())} <= {str, int, float, bool, type(None)}


def _leaves(value):
    if isinstance(value, (dict, list)):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _leaves(entry)
    else:
        yield value


def test_a_notice_is_told_only_where_there_is_one():
    assert "notice" not in REPORT.to_dict()
    assert dataclasses.replace(REPORT, notice="Stay with them.").to_dict()["notice"] == "Stay with them."


def test_evidence_is_told_only_where_there_is_some():
    bare = dataclasses.replace(REPORT, findings=(dataclasses.replace(FINDING, evidence=()),))
    assert "evidence" not in bare.to_dict()["findings"][0]
