from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint import Emotion, Trap
from empathy_lint.features import words
from empathy_lint.suggestions import COUNT, feeling_of, suggest

FELT = [emotion for emotion in Emotion if emotion is not Emotion.NONE]
SEEDS = [str(number) for number in range(200)]


def told(*texts):
    """Return the words of the speaker's turns."""
    return [words(text) for text in texts]


def texts_of(trap, emotion, said=(), seed=""):
    return [suggestion.text for suggestion in suggest(trap, said, emotion, seed)]


@pytest.mark.parametrize(("trap", "emotion"), [*product(Trap, Emotion)])
def test_there_are_at_least_two_and_no_two_alike(trap, emotion):
    for seed in SEEDS:
        texts = texts_of(trap, emotion, seed=seed)
        assert 2 <= len(texts) == len(set(texts)) <= COUNT


@pytest.mark.parametrize(("trap", "emotion"), [*product(Trap, Emotion)])
def test_every_placeholder_is_filled(trap, emotion):
    texts = {text for seed in SEEDS for text in texts_of(trap, emotion, told("The shed burnt down."), seed)}
    assert not any(mark in text for text in texts for mark in "{}")


@given(st.sampled_from(Trap), st.sampled_from(Emotion), st.text(st.characters()))
@settings(deadline=None)
def test_the_same_seed_gives_the_same_words(trap, emotion, seed):
    assert texts_of(trap, emotion, seed=seed) == texts_of(trap, emotion, seed=seed)


@pytest.mark.parametrize("trap", Trap)
def test_different_seeds_vary_what_comes_first(trap):
    assert len({texts_of(trap, Emotion.SAD, seed=seed)[0] for seed in SEEDS}) > 1


@pytest.mark.parametrize(
    ("emotion", "text", "word"),
    [
        (Emotion.SAD, "I feel so lonely since the move.", "lonely"),
        (Emotion.SAD, "im HEARTBROKEN", "heartbroken"),
        (Emotion.SAD, "I'm left out of everything.", "left out"),
        (Emotion.MAD, "I was really furious, and then I left.", "furious"),
        (Emotion.MAD, "I'm fed up with this printer.", "fed up"),
        (Emotion.FEAR, "Honestly it left me terrified.", "terrified"),
        (Emotion.GLAD, "I felt proud.", "proud"),
    ],
)
def test_the_speakers_own_word_is_reused(emotion, text, word):
    assert feeling_of(told(text), emotion).word == word
    suggested = {each for trap in Trap for seed in SEEDS for each in texts_of(trap, emotion, told(text), seed)}
    assert any(word in each for each in suggested)


@pytest.mark.parametrize(
    ("emotion", "text", "word"),
    [
        (Emotion.SAD, "I'm not lonely.", "lonely"),
        (Emotion.SAD, "I never feel lonely.", "lonely"),
        (Emotion.MAD, "i dont feel furious", "furious"),
        (Emotion.FEAR, "I wasn't even terrified.", "terrified"),
        (Emotion.GLAD, "I'm not exactly proud.", "proud"),
    ],
)
def test_a_feeling_that_the_speaker_denies_is_not_reused(emotion, text, word):
    assert feeling_of(told(text), emotion).word != word


@pytest.mark.parametrize("text", ["My dog is old.", "The lonely planet guide is on the shelf.", "I am angry."])
def test_a_word_that_is_no_feeling_of_theirs_is_not_used(text):
    assert feeling_of(told(text), Emotion.SAD) == feeling_of((), Emotion.SAD)


@pytest.mark.parametrize("emotion", FELT)
def test_without_an_own_word_the_plain_one_of_the_emotion_is_used(emotion):
    assert feeling_of((), emotion).emotion is emotion


def test_without_an_emotion_no_feeling_is_named():
    assert feeling_of(told("I feel so lonely."), Emotion.NONE) is None


def test_the_latest_word_of_the_speaker_comes_first():
    assert feeling_of(told("I feel lonely.", "I feel ashamed."), Emotion.SAD).word == "ashamed"


def test_an_earlier_turn_counts_where_the_last_names_no_feeling():
    assert feeling_of(told("I feel ashamed.", "It was on Monday."), Emotion.SAD).word == "ashamed"
