"""The deep engine on a tiny network: each token votes for acts by itself, so what comes out can be told by hand."""

import json
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from empathy_lint import Draft, Linter
from empathy_lint.context import FACTS
from empathy_lint.encoding import CONTEXT_TOKENS, END, LISTENER, REPLY_TOKENS, SENTENCE, SENTENCE_TOKENS, SPEAKER, START, Encoder
from empathy_lint.errors import ModelError
from empathy_lint.reading import read
from empathy_lint.store import load_engine, save_folder
from empathy_lint.taxonomy import ACTS, Act, Trap
from empathy_lint.transformer import NETWORK, REST, TOKENIZER, TransformerEngine

SPECIAL = ["[PAD]", "[S]", "[L]", "[M]"]
WORDS = ["you", "should", "just", "quit", ".", "!", ",", "sorry", "so", "i", "am", "help", "me", "sad", "boss", "yelled"]
SIZE = 128
VOCABULARY = {word: number for number, word in enumerate([*SPECIAL, *WORDS, "[UNK]"])}
VOTES = {"should": (Trap.FIXING, 4.0), "quit": (Trap.FIXING, 3.0), "sorry": (Act.VALIDATING, 6.0)}
TOLD = {"sad": ("sad", 3.0), "yelled": ("mad", 3.0), "help": ("advice_requested", 6.0)}
DOWN = -2.0  # what the mark of a sentence votes for every act
THRESHOLDS = {**{act.value: 0.5 for act in ACTS}, "sharing": 0.5, "advice_requested": 0.5, "crisis": 0.5}
EVEN = {"scale": [1.0] * (len(ACTS) + len(FACTS)), "shift": [0.0] * (len(ACTS) + len(FACTS))}


def tokenizer():
    made = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = Lowercase(), Whitespace()
    return made


def network():
    """Return a network whose acts are the votes of a sentence's tokens, and whose facts those of the context's."""
    acts, facts = np.zeros((SIZE, len(ACTS)), np.float32), np.zeros((SIZE, len(FACTS)), np.float32)
    acts[SENTENCE] = DOWN
    for word, (act, vote) in VOTES.items():
        acts[VOCABULARY[word], ACTS.index(act)] = vote
    for word, (fact, vote) in TOLD.items():
        facts[VOCABULARY[word], FACTS.index(fact)] = vote
    facts[START, FACTS.index("sharing")] = 2.0
    facts[START, [FACTS.index("advice_requested"), FACTS.index("crisis")]] = -3.0
    most = REPLY_TOKENS // 2
    constants = [
        helper.make_tensor("votes", TensorProto.FLOAT, acts.shape, acts.ravel()),
        helper.make_tensor("tells", TensorProto.FLOAT, facts.shape, facts.ravel()),
        helper.make_tensor("numbers", TensorProto.INT64, (1, most, 1), range(1, most + 1)),
        helper.make_tensor("one", TensorProto.INT64, (1,), [1]),
        helper.make_tensor("zero", TensorProto.INT64, (1,), [0]),
    ]
    nodes = [
        helper.make_node("Unsqueeze", ["sentence", "one"], ["row"]),
        helper.make_node("Equal", ["row", "numbers"], ["belongs"]),
        helper.make_node("Cast", ["belongs"], ["member"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["votes", "ids"], ["vote"]),
        helper.make_node("MatMul", ["member", "vote"], ["acts"]),
        helper.make_node("Unsqueeze", ["types", "one"], ["typed"]),
        helper.make_node("Equal", ["typed", "zero"], ["told"]),
        helper.make_node("Cast", ["told"], ["said"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["tells", "ids"], ["tell"]),
        helper.make_node("MatMul", ["said", "tell"], ["sums"]),
        helper.make_node("Squeeze", ["sums", "one"], ["facts"]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, (1, "tokens")) for name in ("ids", "types", "sentence")]
    outputs = [
        helper.make_tensor_value_info("acts", TensorProto.FLOAT, (1, most, len(ACTS))),
        helper.make_tensor_value_info("facts", TensorProto.FLOAT, (1, len(FACTS))),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def write(folder, calibration=EVEN, **changes):
    files = {NETWORK: network(), TOKENIZER: tokenizer().to_str().encode(), **changes}
    save_folder(folder, "transformer", THRESHOLDS, {}, files, calibration=calibration)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("deep") / "tiny")


@pytest.fixture(scope="module")
def deep(folder):
    return Linter.load(folder)


@pytest.fixture(scope="module")
def encoder():
    return Encoder(tokenizer())


# Encoding


def test_a_window_by_hand(encoder):
    (window,) = encoder.windows([("speaker", "I am sad"), ("listener", "so"), ("speaker", "help")], ["sorry .", "quit"])
    v = VOCABULARY
    context = [START, SPEAKER, v["i"], v["am"], v["sad"], LISTENER, v["so"], SPEAKER, v["help"], END]
    assert window.ids.tolist() == [*context, SENTENCE, v["sorry"], v["."], SENTENCE, v["quit"], END]
    assert window.types.tolist() == [0] * 10 + [1] * 6
    assert window.sentence.tolist() == [0] * 10 + [1, 1, 1, 2, 2, 0]
    assert (window.first, window.after) == (0, 2)


def test_without_turns_and_sentences_there_is_one_bare_window(encoder):
    (window,) = encoder.windows([], [])
    assert (window.ids.tolist(), window.first, window.after) == ([START, END, END], 0, 0)


def test_the_last_turns_have_the_room(encoder):
    turns = [("speaker", "i " * 50), ("listener", "so " * 60), ("speaker", "sad " * 40)]
    (window,) = encoder.windows(turns, ["sorry"])
    held = Counter(window.ids[window.types == 0].tolist())
    assert (held[VOCABULARY["sad"]], held[VOCABULARY["i"]]) == (40, 0)
    assert sum(held.values()) == CONTEXT_TOKENS + 2
    assert held[VOCABULARY["so"]] == CONTEXT_TOKENS - 40 - 2


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40))
@settings(max_examples=50)
def test_a_long_reply_is_cut_between_sentences_and_none_is_lost(lengths):
    windows = Encoder(tokenizer()).windows([("speaker", "sad")], ["so " * length for length in lengths])
    assert [window.first for window in windows] == [0, *(window.after for window in windows[:-1])]
    assert windows[-1].after == len(lengths)
    for window in windows:
        assert (window.types == 1).sum() <= REPLY_TOKENS + 1
        held = Counter(window.sentence.tolist())
        wanted = [min(length, SENTENCE_TOKENS) + 1 for length in lengths[window.first : window.after]]
        assert [held[number] for number in range(1, len(wanted) + 1)] == wanted


# Scoring


def test_log_odds_by_hand(deep):
    scored = deep.engine.score(read([Draft("So sorry. You should just quit.", "I am sad")]))
    wanted = np.full((2, len(ACTS)), DOWN)
    wanted[0, ACTS.index(Act.VALIDATING)] += 6
    wanted[1, ACTS.index(Trap.FIXING)] += 7
    assert scored.log_odds.tolist() == wanted.tolist()


def test_facts_by_hand(deep):
    (facts,) = deep.engine.score(read([Draft("So sorry.", [("speaker", "Help me"), ("listener", "yelled")])])).facts
    assert facts[:3].tolist() == pytest.approx([1 / (1 + np.exp(-x)) for x in (2.0, 3.0, -3.0)])
    assert facts[3:].tolist() == pytest.approx([np.exp(3) / (np.exp(3) + 4), *[1 / (np.exp(3) + 4)] * 4])


def test_calibration_is_applied(tmp_path):
    calibration = {"scale": [2.0] * len(EVEN["scale"]), "shift": [1.0] * len(EVEN["shift"])}
    engine = load_engine(write(tmp_path / "scaled", calibration))
    assert engine.score(read([Draft("So sorry.")])).log_odds[0, ACTS.index(Act.VALIDATING)] == 2 * (DOWN + 6) + 1


def test_a_draft_is_linted(deep):
    report = deep.lint("I am so sorry, but you should just quit.", "My boss yelled. I am sad.")
    assert [(f.code, f.text) for f in report.findings] == [("EL101", "you should just quit.")]
    assert [(s.act, s.text) for s in report.strengths] == [(Act.VALIDATING, "I am so sorry, but")]
    assert report.findings[0].suggestions


def test_the_span_is_the_clause_that_carries_the_trap(deep):
    (finding,) = deep.lint("So, you should just quit, me, i am", "I am sad").findings
    assert finding.text == "you should just quit"


def test_advice_that_was_asked_for_is_no_trap(deep):
    assert deep.lint("You should just quit.", "Boss yelled. Help me.").findings == ()


@pytest.mark.parametrize("context", [None, "I am sad", [("listener", "So?")]])
def test_replies_that_are_not_judged_have_no_scores(deep, context):
    reports = list(deep.lint_many([Draft("", context), Draft("You should quit.", context), Draft("...", context)]))
    assert [bool(report.findings) for report in reports] == [False, True, False]
    assert set(reports[0].scores.values()) == {0.0}


replies = st.lists(st.sampled_from(["You should quit.", "So sorry!", "Just me, i am sad.", "Help me help.", ""]), max_size=4).map(
    " ".join
)
contexts = st.sampled_from([None, "I am sad", "Boss yelled.", [("speaker", "sad"), ("listener", "so"), ("speaker", "help me")]])
drafts = st.builds(Draft, replies, contexts)


@given(batch=st.lists(drafts, max_size=6), order=st.randoms())
@settings(max_examples=30)
def test_a_report_depends_on_its_own_draft_alone(deep, batch, order):
    alone = [deep.lint(draft).to_dict() for draft in batch]
    assert [report.to_dict() for report in deep.lint_many(batch)] == alone
    places = list(range(len(batch)))
    order.shuffle(places)
    assert [report.to_dict() for report in deep.lint_many([batch[place] for place in places])] == [alone[place] for place in places]


# Evidence


def test_evidence_is_given_when_asked_for(deep):
    (unasked,) = deep.lint("You should just quit.", "I am sad").findings
    (asked,) = deep.lint("You should just quit.", "I am sad", evidence=True).findings
    assert unasked.evidence == ()
    assert [(item.text, item.contribution) for item in asked.evidence[:3]] == [("should", 4.0), ("quit", 3.0), (REST, DOWN)]


@given(reply=replies)
@settings(max_examples=30)
def test_evidence_adds_up_to_the_log_odds(deep, reply):
    for finding in deep.lint(reply, "I am sad", evidence=True).findings:
        assert sum(item.contribution for item in finding.evidence) == pytest.approx(finding.log_odds, abs=1e-6)
        for item in finding.evidence:
            assert item.start is None or reply[item.start : item.end] == item.text


# The folder


def test_what_loads_is_the_deep_engine(folder):
    assert isinstance(load_engine(folder), TransformerEngine)


def test_a_missing_library_is_named_with_its_cure(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"pip install 'empathy_lint\[deep\]'"):
        load_engine(folder)


def test_an_altered_network_is_refused(tmp_path):
    made = write(tmp_path / "altered")
    (made / NETWORK).write_bytes((made / NETWORK).read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"network.onnx was altered"):
        load_engine(made)


@pytest.mark.parametrize("change", [{NETWORK: b"no network"}, {TOKENIZER: b"{}"}])
def test_files_that_do_not_fit_are_refused_in_one_line(tmp_path, change):
    with pytest.raises(ModelError, match="do not fit together") as refusal:
        load_engine(write(tmp_path / "broken", **change))
    assert str(tmp_path / "broken") in str(refusal.value)


def test_a_calibration_of_another_size_is_refused(tmp_path):
    with pytest.raises(ModelError, match="calibration"):
        load_engine(write(tmp_path / "short", {"scale": [1.0], "shift": [0.0]}))


def test_an_unknown_engine_is_refused_by_name(tmp_path):
    made = write(tmp_path / "other")
    manifest = json.loads((made / "manifest.json").read_text())
    (made / "manifest.json").write_text(json.dumps({**manifest, "engine": "oracle"}))
    with pytest.raises(ModelError, match=r"engine is 'oracle', this version has linear, transformer"):
        load_engine(made)
