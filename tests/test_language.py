import pytest
from hypothesis import given
from hypothesis import strategies as st

from empathy_lint.features import words
from empathy_lint.language import is_foreign

FOREIGN = [
    "lo siento mucho, debe ser durísimo",
    "a mi me paso lo mismo el año pasado",
    "Je suis vraiment désolé pour toi.",
    "t'inquiète pas trop",
    "Du solltest mal mit ihm reden.",
    "wird schon wieder",
    "anche a me è successo",
    "você devia falar com ela",
    "je moet gewoon met hem praten",
    "bardzo mi przykro z tego powodu",
    "мне очень жаль, держись",
    "أنا آسف جدا لما حدث",
    "我真的很难过听到这个",
    "それは本当に大変だったね",
    "정말 힘들었겠다",
    "mujhe bhi aisa hi laga tha",
    "onunla konuşman lazım bence",
    "du borde prata med henne",
    "kamu harus bicara sama dia",
    "dapat kausapin mo siya",
]
ENGLISH = [
    "lol same tbh",
    "omg nooo wtf",
    "u shld prolly call ur landlord",
    "Nah, cheers mate.",
    "I'm sorry, mija. Qué lástima, that sounds awful.",
    "Chin up, chick!",
    "penguins obviously",
    "Turkey please, no onions.",
    "brb dinner",
    "Ach, ye poor wee thing",
    "😢😢 hugs",
    "3 2 1",
    "Kubernetes pods crashlooping?",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_told(text):
    assert is_foreign(text, words(text))


@pytest.mark.parametrize("text", ENGLISH)
def test_english_of_every_kind_is_english(text):
    assert not is_foreign(text, words(text))


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text):
    assert is_foreign(text, words(text)) in (True, False)
