import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint.sentences import split_clauses, split_sentences

WORDS = ["Dr.", "e.g.", "a.m.", "etc.", "P.S.", "3.5", ":)", "<3", "xD", "...", "?!", "but", "and", "I", "no.", "gone.I", "a.org"]
MARKS = ".!?…。\"'”)*,;:-—$%@😢❤️ß本 \n\r\t\u2028\x0b\x1c\x85\xa0\u200b\0\ud800"
pieces = st.lists(st.sampled_from([*WORDS, *MARKS]))
any_text = st.text(st.characters()) | pieces.map("".join) | pieces.map(" ".join)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\t ", []),
        ("ok", ["ok"]),
        ("The roof leaks. I am cold.", ["The roof leaks.", "I am cold."]),
        ("  The roof leaks.  ", ["The roof leaks."]),
        ("What? No! Really?!", ["What?", "No!", "Really?!"]),
        ("no end mark\nnor here", ["no end mark", "nor here"]),
        ("First line.\r\nSecond line\r\n\r\nThird", ["First line.", "Second line", "Third"]),
        ("One line\u2028another", ["One line", "another"]),
        ("Oh no 😢 poor you. 😢 Call me!! ❤️❤️ Bye", ["Oh no 😢 poor you. 😢", "Call me!! ❤️❤️", "Bye"]),
        ("That is great! :) Well done. <3", ["That is great! :)", "Well done. <3"]),
        ("Dr. Wu and Mrs. Hill left.", ["Dr. Wu and Mrs. Hill left."]),
        ("Take fruit, e.g. Apples, and tea.", ["Take fruit, e.g. Apples, and tea."]),
        ("It was 3 a.m. and dark.", ["It was 3 a.m. and dark."]),
        ("It was 3 a.m. The dog barked.", ["It was 3 a.m.", "The dog barked."]),
        ("Pens, paper, etc. We have it all.", ["Pens, paper, etc.", "We have it all."]),
        ("J. Hill wrote it.", ["J. Hill wrote it."]),
        ("So am I. We wait.", ["So am I.", "We wait."]),
        ("Well... that is hard.", ["Well... that is hard."]),
        ("Well… that is hard.", ["Well… that is hard."]),
        ("Well... That is hard.", ["Well...", "That is hard."]),
        ("The cat is gone.I miss her.", ["The cat is gone.", "I miss her."]),
        ("It cost 3.50 on shop.example.org today.", ["It cost 3.50 on shop.example.org today."]),
        ('She said "Go." Then she left.', ['She said "Go."', "Then she left."]),
        ("(I waited.) You came.", ["(I waited.)", "You came."]),
        ("I waited. !!! You came.", ["I waited. !!!", "You came."]),
        ("それはつらい。 本当に。", ["それはつらい。", "本当に。"]),
    ],
)
def test_sentences(text, sentences):
    assert [sentence.text for sentence in split_sentences(text)] == sentences


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_offsets_are_exact(text):
    assert all(text[s.start : s.end] == s.text for s in split_sentences(text))


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_sentences_are_in_order_and_only_white_space_lies_between(text):
    position = 0
    for sentence in split_sentences(text):
        assert position <= sentence.start < sentence.end
        assert not text[position : sentence.start].strip()
        position = sentence.end
    assert not text[position:].strip()


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_sentences_begin_and_end_in_what_is_no_white_space(text):
    assert all(s.text and s.text == s.text.strip() for s in split_sentences(text))


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_only_a_text_without_letters_has_a_sentence_without(text):
    sentences = split_sentences(text)
    assert all(any(map(str.isalnum, s.text)) for s in sentences[1:])


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("I hear you.", ["I hear you."]),
        ("I hear you, but you must go.", ["I hear you", "you must go."]),
        ("I hear you but you must go.", ["I hear you", "you must go."]),
        ("It hurts; then sleep", ["It hurts", "sleep"]),
        ("It hurts — try tea", ["It hurts", "try tea"]),
        ("It hurts... try tea", ["It hurts", "try tea"]),
        ("one, two and three", ["one", "two and three"]),
        ("At 10:30, or later", ["At 10:30", "later"]),
        ("A well-known thing", ["A well-known thing"]),
        ("a butter knife", ["a butter knife"]),
    ],
)
def test_clauses(sentence, clauses):
    assert [sentence[start:end] for start, end in split_clauses(sentence)] == clauses


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_clauses_are_in_order_and_within_bounds(text):
    position = 0
    for start, end in split_clauses(text):
        assert position <= start < end <= len(text)
        position = end


@given(any_text)
@settings(deadline=None, max_examples=400)
def test_every_sentence_has_a_clause(text):
    assert all(split_clauses(sentence.text) for sentence in split_sentences(text))
