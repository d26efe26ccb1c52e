import json
import re
from collections import Counter
from pathlib import Path

import pytest

from empathy_lint import Emotion, Trap, Turn
from empathy_lint.corpus import DOMAINS, REGISTERS, SPLITS, parse_item, read_items
from empathy_lint.errors import DataError, InputError

DATA = Path(__file__).parents[1] / "data" / "replies"
ROW = {
    "id": "kiln-1",
    "context": [{"role": "speaker", "text": "The kiln cracked and took all my pots with it."}],
    "reply": "Oh no.  You should fire slower!",
    "sentences": ["Oh no.", "You should fire slower!"],
    "labels": [["VA"], ["FX", "AY"]],
    "resembles": [["IU"], []],
    "sharing": True,
    "advice_requested": False,
    "emotion": "sad",
    "crisis": False,
    "domain": "friend",
    "register": "plain",
    "split": "train",
}


@pytest.fixture(scope="module")
def items():
    return read_items(DATA)


def write(path, *rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def without(key):
    return {name: value for name, value in ROW.items() if name != key}


# the shipped data


def test_the_data_is_large_enough(items):
    assert len(items) >= 1500
    assert sum(len(item.sentences) for item in items) >= 3500


@pytest.mark.parametrize("trap", Trap)
def test_each_trap_is_shown_often_enough(items, trap):
    assert sum(trap.label in codes for item in items for codes in item.labels) >= 450


def test_look_alikes_are_shown_often_enough(items):
    assert sum(bool(codes) for item in items for codes in item.resembles) >= 600


def test_ids_are_unique(items):
    assert [name for name, count in Counter(item.id for item in items).items() if count > 1] == []


def test_no_reply_stands_twice_unless_it_is_very_short(items):
    replies = Counter(" ".join(re.findall(r"\w+", item.reply.lower())) for item in items)
    assert [reply for reply, count in replies.items() if count > 1 and len(reply.split()) > 3] == []


def test_the_sentences_are_the_whole_reply(items):
    assert [item.id for item in items if "".join(item.reply.split()) != "".join("".join(item.sentences).split())] == []


def test_every_sentence_is_labelled(items):
    assert [item.id for item in items if not len(item.sentences) == len(item.labels) == len(item.resembles)] == []


def test_every_item_tells_domain_register_and_what_was_said(items):
    assert [item.id for item in items if not (item.domain and item.register and item.context)] == []


@pytest.mark.parametrize(("name", "allowed"), [("domain", DOMAINS), ("register", REGISTERS), ("split", SPLITS)])
def test_every_domain_register_and_split_is_shown(items, name, allowed):
    assert {getattr(item, name) for item in items} == allowed


def test_a_situation_stands_in_one_split_only(items):
    splits = {}
    for item in items:
        splits.setdefault(tuple(turn.text for turn in item.context), set()).add(item.split)
    assert [said for said, found in splits.items() if len(found) > 1] == []


# reading


def test_a_row_becomes_an_item():
    item = parse_item(ROW)
    assert item.context == (Turn("speaker", ROW["context"][0]["text"]),)
    assert (item.sentences, item.labels, item.resembles) == (tuple(ROW["sentences"]), (("VA",), ("FX", "AY")), (("IU",), ()))
    assert (item.emotion, item.sharing, item.advice_requested, item.crisis) == (Emotion.SAD, True, False, False)


def test_spans_find_each_sentence_in_order():
    row = {**ROW, "reply": "No. No. No", "sentences": ["No.", "No.", "No"], "labels": [["NO"]] * 3, "resembles": []}
    assert parse_item(row).spans == [(0, 3), (4, 7), (8, 10)]


@pytest.mark.parametrize("key", ["resembles", "crisis", "domain", "register", "split"])
def test_a_gold_item_need_not_tell(key):
    assert not getattr(parse_item(without(key)), key)


def test_blank_lines_are_passed_over(tmp_path):
    (tmp_path / "items.jsonl").write_text(f"\n{json.dumps(ROW)}\n  \n", "utf-8")
    assert [item.id for item in read_items(tmp_path / "items.jsonl")] == ["kiln-1"]


def test_line_separators_within_a_reply_do_not_end_a_line(tmp_path):
    row = {**ROW, "reply": "Oh no.\u2028You should fire slower!"}
    assert read_items(write(tmp_path / "items.jsonl", row))[0].reply == row["reply"]


def test_a_folder_is_read_in_the_order_of_names_and_subfolders_too(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("c.jsonl", "a.jsonl", "b/x.jsonl"):
        write(tmp_path / name, {**ROW, "id": name})
    write(tmp_path / "notes.json", {})
    assert [item.id for item in read_items(tmp_path)] == ["a.jsonl", "b/x.jsonl", "c.jsonl"]


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no such file or folder: .*nowhere"):
        read_items(tmp_path / "nowhere")


def test_a_folder_without_items_is_named(tmp_path):
    with pytest.raises(InputError, match=f"no labelled items .*{re.escape(str(tmp_path))}"):
        read_items(tmp_path)


BROKEN = {
    **{
        f"no {key}": (without(key), key)
        for key in ("id", "context", "reply", "sentences", "labels", "sharing", "advice_requested", "emotion")
    },
    "no object": ([1, 2], ""),
    "turn without text": ({**ROW, "context": [{"role": "speaker"}]}, "text"),
    "unknown role": ({**ROW, "context": [["author", "Hello."]]}, "author"),
    "context is a number": ({**ROW, "context": 5}, "int"),
    "no sentence": ({**ROW, "sentences": [], "labels": [], "resembles": []}, "sentences"),
    "a sentence of other words": ({**ROW, "sentences": ["Oh no.", "You should fire faster!"]}, "sentences"),
    "sentences out of order": ({**ROW, "sentences": ROW["sentences"][::-1]}, "sentences"),
    "one sentence twice": ({**ROW, "sentences": ["Oh no.", "Oh no."]}, "sentences"),
    "too few labels": ({**ROW, "labels": [["VA"]]}, "2 sentences but 1"),
    "too many labels": ({**ROW, "labels": [["VA"]] * 3}, "2 sentences but 3"),
    "no label": ({**ROW, "labels": [["VA"], []]}, "labels"),
    "unknown label": ({**ROW, "labels": [["VA"], ["XX"]]}, "XX"),
    "lower-case label": ({**ROW, "labels": [["VA"], ["fx"]]}, "fx"),
    "a label twice": ({**ROW, "labels": [["VA"], ["FX", "FX"]]}, "FX"),
    "nothing and something": ({**ROW, "labels": [["VA"], ["NO", "FX"]]}, "NO"),
    "labels not in lists": ({**ROW, "labels": ["VA", "FX"]}, "labels"),
    "too few look-alikes": ({**ROW, "resembles": [[]]}, "resembles"),
    "resembles what it is": ({**ROW, "resembles": [[], ["FX"]]}, "resemble"),
    "resembles a good move": ({**ROW, "resembles": [["OQ"], []]}, "resemble"),
    "flag is a word": ({**ROW, "sharing": "yes"}, "sharing"),
    "flag is a number": ({**ROW, "advice_requested": 1}, "advice_requested"),
    "crisis is null": ({**ROW, "crisis": None}, "crisis"),
    "unknown emotion": ({**ROW, "emotion": "bored"}, "bored"),
    "unknown domain": ({**ROW, "domain": "space"}, "space"),
    "unknown register": ({**ROW, "register": "loud"}, "loud"),
}


@pytest.mark.parametrize(("row", "named"), BROKEN.values(), ids=BROKEN)
def test_a_broken_item_is_refused_with_file_and_line(tmp_path, row, named):
    path = write(tmp_path / "items.jsonl", ROW, row)
    with pytest.raises(DataError, match=rf"{re.escape(str(path))}, line 2: .*{named}"):
        read_items(path)


@pytest.mark.parametrize("line", ["{", "no json", '{"id": 1} {"id": 2}'])
def test_a_line_that_is_no_json_is_refused_with_file_and_line(tmp_path, line):
    path = write(tmp_path / "items.jsonl", ROW)
    path.write_text(path.read_text("utf-8") + "\n" + line, "utf-8")
    with pytest.raises(DataError, match=f"{re.escape(str(path))}, line 3: "):
        read_items(path)
