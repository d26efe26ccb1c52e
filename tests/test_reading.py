import pytest
from hypothesis import given
from hypothesis import strategies as st

from empathy_lint import Draft
from empathy_lint.reading import abstention, read

TOLD = [("speaker", "I lost my keys."), ("listener", "Oh no."), ("speaker", " "), ("speaker", "And my phone.")]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "empty reply"),
        (" \n", "empty reply"),
        ("?!", "no words in the reply"),
        ("😢", "no words in the reply"),
        ("Same.", "fewer than two words"),
        ("ok 👍", "fewer than two words"),
        ("Das tut mir leid.", "not English"),
        ("oh no", None),
        ("Me too!", None),
        ("3 times?", None),
    ],
)
def test_what_is_not_judged_and_why(reply, reason):
    assert abstention(reply) == reason


def test_sentences_of_all_drafts_stand_in_one_row():
    reading = read([Draft("Oh no. You too?"), Draft(""), Draft("Me too.\nWhen?")])
    assert [sentence.text for sentence in reading.sentences] == ["Oh no.", "You too?", "Me too.", "When?"]
    assert (reading.reply_of, reading.counts) == ([0, 0, 2, 2], [2, 0, 2])
    assert [[s.text for s in reading.sentences_of(number)] for number in range(3)] == [
        ["Oh no.", "You too?"],
        [],
        ["Me too.", "When?"],
    ]


def test_the_words_of_the_speakers_turns_alone_are_what_was_said():
    reading = read([Draft("Oh no.", TOLD), Draft("Oh dear.")])
    assert reading.said == [[["i", "lost", "my", "keys", "."], ["and", "my", "phone", "."]], []]
    assert [reading.spoken.of(number) for number in range(2)] == reading.said[0]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_every_draft_is_read_or_gets_a_reason(replies):
    reading = read([Draft(reply) for reply in replies])
    assert [bool(count) for count in reading.counts] == [reason is None for reason in reading.reasons]
    for sentence, number in zip(reading.sentences, reading.reply_of, strict=True):
        assert replies[number][sentence.start : sentence.end] == sentence.text
