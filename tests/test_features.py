from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint import Emotion
from empathy_lint.features import EDGE, UNKNOWN, Sequences, Texts, Vocabulary, emotion_classes, emotion_cues, word_spans, words

WORDS = ["no", "noo", "nooo", "NOOO", "u", "im", "I’m", "don't", "dont", "...", "!!!", "12", "3rd", "ΑΣ", "a.b"]
MARKS = ".…?!²İßﬁ😢'’-_ \n\t\0\xa0\x1c\u200d\ud800"
any_text = st.text(st.characters()) | st.lists(st.sampled_from([*WORDS, *MARKS])).map("".join)
letter_texts = st.lists(st.text("abcd ", max_size=8).map(lambda text: " ".join(text)), max_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  \n", ()),
        ("The Roof LEAKS", ("the", "roof", "leaks")),
        ("dont DONT don’t don't", ("don't",) * 4),
        ("What?! No!! Why?", ("what", "?", "no", "!", "why", "?")),
        ("well... well… well.. end.", ("well", "...", "well", "...", "well", "...", "end", ".")),
        ("at 10 or 3rd or 2024", ("at", "0", "or", "0", "or", "0")),
        ("soooo niceee", ("so", "nice")),
        ("goooood", ("good",)),
        ("see all", ("see", "all")),
        ("(yes), ok", ("(", "yes", ")", ",", "ok")),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


@given(any_text)
@settings(deadline=None, max_examples=300)
def test_there_is_one_word_for_each_span(text):
    assert len(words(text)) == len(word_spans(text))


@given(any_text)
@settings(deadline=None, max_examples=300)
def test_spans_are_in_order_and_leave_out_white_space_alone(text):
    position = 0
    for start, end in word_spans(text):
        assert position <= start < end
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


@given(any_text)
@settings(deadline=None, max_examples=300)
def test_no_word_is_empty_or_holds_a_blank(text):
    assert all(word and " " not in word for word in words(text))


@pytest.mark.parametrize(
    ("before", "text", "word"),
    [
        ("no", "noooo", "no"),
        ("zzap", "zzzap", "zap"),
        ("zap", "zzzzap", "zap"),
        ("mooog", "moog", "moog"),
        ("feel", "feeeel", "feel"),
    ],
)
def test_a_word_reads_the_same_whatever_was_read_before(before, text, word):
    words(before)
    assert words(text) == (word,)


@given(st.lists(any_text, max_size=6))
@settings(deadline=None, max_examples=300)
def test_texts_hold_the_words_of_each_text(texts):
    read = Texts.read(texts)
    assert [tuple(read.of(number)) for number in range(len(texts))] == [words(text) for text in texts]
    assert len(read.edges) == len(texts) + 1


def test_a_null_character_is_no_edge():
    read = Texts.read(["one\0two", "\0", "three"])
    assert len(read.edges) == 4
    assert [read.of(number) for number in range(3)] == [list(words("one\0two")), list(words("\0")), ["three"]]


def test_a_vocabulary_learns_what_stands_often_enough():
    vocabulary = Vocabulary.learn(Texts.read(["b a b", "a c"]), 2, besides=["z"])
    assert vocabulary.words == ["a", "b", "z"]
    assert len(vocabulary) == len(vocabulary.words) + 2


def test_numbers_of_words_edges_and_strangers():
    vocabulary = Vocabulary(["a", "b"])
    assert vocabulary.numbers(Texts.read(["b stranger a", ""])).tolist() == [EDGE, 3, UNKNOWN, 2, EDGE, EDGE]


class Slow:
    """Sequences, worked out text by text with tuples."""

    def __init__(self, texts, vocabulary, longest, min_count, classes):
        self.vocabulary, self.classes, self.longest = vocabulary, classes, longest
        runs = [self.run(text) for text in texts]
        self.known = {
            length: sorted(
                seq for seq, count in Counter(s for run in runs for s in windows(run, length)).items() if count >= min_count
            )
            for length in range(2, longest + 1)
        }

    def run(self, text):
        return [EDGE, *(2 + self.vocabulary.index(w) if w in self.vocabulary else UNKNOWN for w in words(text)), EDGE]

    def features(self, text):
        """Return the set of features that begin at each word of a text, the edge before it included."""
        run, out = self.run(text), []
        for at in range(len(run) - 1):
            first = len(self.vocabulary) + 2
            found = {run[at]}
            for length, known in self.known.items():
                sequence = tuple(run[at : at + length])
                if sequence in known:
                    found.add(first + known.index(sequence))
                first += len(known)
            if len(self.classes) and self.classes[run[at]]:
                found.add(first - 1 + self.classes[run[at]])
            out.append(found)
        return out

    def count(self):
        return len(self.vocabulary) + 2 + sum(map(len, self.known.values())) + max(self.classes, default=0)


def windows(run, length):
    return [tuple(run[at : at + length]) for at in range(len(run) - length + 1)]


@given(
    learnt=letter_texts,
    read=letter_texts,
    known=st.integers(0, 4),
    longest=st.integers(1, 3),
    min_count=st.integers(1, 3),
    classes=st.none() | st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
@settings(deadline=None, max_examples=300)
def test_columns_are_what_a_slow_reading_finds(learnt, read, known, longest, min_count, classes):
    vocabulary = Vocabulary(list("abcd"[:known]))
    kinds = classes[: len(vocabulary)] if classes else []
    slow = Slow(learnt, vocabulary.words, longest, min_count, kinds)
    learnt_ids = vocabulary.numbers(Texts.read(learnt))
    sequences = Sequences.learn(learnt_ids, len(vocabulary), longest, min_count, np.array(kinds, dtype=np.int64))
    nothing = len(sequences) - 1
    columns = zip(*(kind.tolist() for kind in sequences.columns(vocabulary.numbers(Texts.read(read)))), strict=True)
    found = [set(row) - {nothing} for row in columns]
    assert nothing == slow.count()
    assert found == [features for text in read for features in slow.features(text)]


def test_a_sequence_never_runs_from_one_text_into_the_next():
    vocabulary = Vocabulary(["a", "b", "c"])
    none = np.zeros(0, dtype=np.int64)
    sequences = Sequences.learn(vocabulary.numbers(Texts.read(["a b c"])), len(vocabulary), 3, 1, none)
    nothing = len(sequences) - 1
    together, apart = (sequences.columns(vocabulary.numbers(Texts.read(texts))) for texts in (["a b c"], ["a b", "c"]))
    after_a = [kind[1] for kind in together]
    assert nothing not in after_a
    assert [kind[1] for kind in apart] == [*after_a[:2], nothing]  # "a" and "a b" stand in both, "a b c" in the first alone


def test_words_share_a_class_exactly_if_they_point_to_the_same_emotions():
    cues = emotion_cues()
    vocabulary = Vocabulary([*cues, "table"])
    classes = dict(zip(vocabulary.words, emotion_classes(vocabulary)[2:].tolist(), strict=True))
    assert classes.pop("table") == 0
    assert 0 not in classes.values()
    assert all((classes[a] == classes[b]) == (cues[a] == cues[b]) for a, b in combinations(classes, 2))


def test_every_core_emotion_has_cues():
    assert frozenset().union(*emotion_cues().values()) == set(Emotion) - {Emotion.NONE}
