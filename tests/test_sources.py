import io
import json
import re

import pytest

from empathy_lint import Draft
from empathy_lint.errors import InputError
from empathy_lint.sources import STDIN, Reject, Source, parse_lines, read_source, read_text

BOM = b"\xef\xbb\xbf"
TWO = b'{"id": 1, "reply": "Oh no!"}\n{"id": "b", "context": "I lost my keys.", "reply": "Where?"}\n'


@pytest.fixture
def read(tmp_path):
    """Write a file and read it as sources."""

    def read_file(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content)
        return read_source(str(path), io.BytesIO(), **options)

    return read_file


def replies(sources):
    return [source.draft.reply for source in sources]


# Plain text


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"Oh no!", "Oh no!"),
        (b"Oh no!\n", "Oh no!"),
        (b"Oh no!\r\n\r\n", "Oh no!"),
        (b"  Oh\n\n no! \n", "  Oh\n\n no! "),
        (b"Oh\r\nno!", "Oh\r\nno!"),
        (BOM + b"Oh no!", "Oh no!"),
        ("Oh nö 😢".encode(), "Oh nö 😢"),
        (b"", ""),
    ],
)
def test_plain_text_is_one_draft_kept_as_it_is_but_for_the_last_line_break(read, tmp_path, content, reply):
    assert read("a.txt", content) == [Source(Draft(reply), str(tmp_path / "a.txt"), 1)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_by_line_every_line_that_is_not_blank_is_a_draft_with_its_number(read, end):
    sources = read("a.txt", BOM + end.join([b"one", b"", b"  ", b" four", b"five", b""]), by_line=True)
    assert replies(sources) == ["one", " four", "five"]
    assert [source.line for source in sources] == [1, 4, 5]


def test_by_line_an_empty_file_holds_no_draft(read):
    assert read("a.txt", b"\n\n", by_line=True) == []


# JSON lines


@pytest.mark.parametrize("content", [TWO, TWO.rstrip(), BOM + TWO, TWO.replace(b"\n", b"\r\n")])
@pytest.mark.parametrize("by_line", [True, False])
def test_jsonl_is_one_draft_a_line(read, content, by_line):
    sources = read("a.jsonl", content, by_line=by_line)
    assert [source.draft for source in sources] == [Draft("Oh no!", id=1), Draft("Where?", "I lost my keys.", "b")]
    assert [source.line for source in sources] == [1, 2]


def test_blank_lines_of_jsonl_are_counted_but_no_drafts(read):
    assert [source.line for source in read("a.jsonl", b"\n\n" + TWO.replace(b"\n", b"\n \n"))] == [3, 5]


@pytest.mark.parametrize("bad", [b"{", b"[]", b'{"text": "Oh"}', b'{"reply": "\xff"}', BOM + b'{"reply": "Oh"}'])
def test_a_bad_line_of_jsonl_is_refused_by_path_and_number(read, bad):
    with pytest.raises(InputError, match=r"a\.jsonl, line 3: "):
        read("a.jsonl", TWO + bad + b"\n")


# Standard input


def test_a_dash_reads_standard_input_as_plain_text():
    assert read_source(STDIN, io.BytesIO(b"Oh no!\n")) == [Source(Draft("Oh no!"), STDIN, 1)]
    assert replies(read_source(STDIN, io.BytesIO(b"one\ntwo\n"), by_line=True)) == ["one", "two"]


@pytest.mark.parametrize(("content", "reason"), [(b"a\0b", "- is a binary file"), (b"ab\xff", "- is no UTF-8 text: byte 3")])
def test_standard_input_that_is_no_text_is_refused(content, reason):
    with pytest.raises(InputError, match=reason):
        read_source(STDIN, io.BytesIO(content))


# What cannot be read


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\x89PNG\0\0", r"a\.txt is a binary file"), (b"caf\xe9 noir", r"a\.txt is no UTF-8 text: byte 4")],
)
def test_a_file_that_is_no_text_is_refused(read, content, reason):
    with pytest.raises(InputError, match=reason):
        read("a.txt", content)


@pytest.mark.parametrize("name", ["missing.txt", "missing.jsonl", "missing/too.txt", "."])
def test_a_missing_file_or_a_folder_is_refused_by_name(tmp_path, name):
    path = str(tmp_path / name)
    with pytest.raises(InputError, match="cannot read"):
        read_source(path, io.BytesIO())
    with pytest.raises(InputError, match="cannot read"):
        read_text(path)


def test_read_text_drops_a_byte_order_mark_and_nothing_else(tmp_path):
    (tmp_path / "a.txt").write_bytes(BOM + b" Oh\r\n\n")
    assert read_text(str(tmp_path / "a.txt")) == " Oh\r\n\n"


# Lines for the batch


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "broken JSON: "),
        (b"Oh no!", "broken JSON: .* at column 1"),
        (b'{"reply": "a"} {"reply": "b"}', "broken JSON: Extra data at column 16"),
        (b"[" * 100_000, "broken JSON: nested too deeply"),
        (b'{"reply": "\xff"}', "invalid UTF-8 at byte 12"),
        (BOM + b'{"reply": "a"}', "broken JSON: "),
        (b'["Oh no!"]', "must be an object, not list"),
        (b'"Oh no!"', "must be an object, not str"),
        (b"null", "must be an object, not NoneType"),
        (b"{}", "needs a 'reply'"),
        (b'{"reply": null}', "reply must be a string, not NoneType"),
        (b'{"reply": "a", "id": 1.5}', "id must be a string or a whole number, not float"),
        (b'{"reply": "a", "id": true}', "id must be a string or a whole number, not bool"),
        (b'{"reply": "a", "context": 1}', "context must be a string or a list of turns, not int"),
        (b'{"reply": "a", "context": {"role": "speaker", "text": "b"}}', "context must be a string or a list of turns, not dict"),
        (b'{"reply": "a", "context": [{"role": "speaker"}]}', "context turn 1 has no 'text'"),
        (b'{"reply": "a", "context": [{"text": "b"}]}', "context turn 1 has no 'role'"),
        (b'{"reply": "a", "context": ["b"]}', "context turn 1 must be"),
        (b'{"reply": "a", "context": [{"role": "boss", "text": "b"}]}', "role must be 'speaker' or 'listener', not 'boss'"),
        (b'{"reply": "a", "context": [{"role": "speaker", "text": 3}]}', "text must be a string, not int"),
    ],
)
def test_a_line_that_is_no_draft_becomes_a_reject_with_number_and_reason(line, reason):
    good, reject, last = parse_lines([b'{"reply": "first"}\n', line + b"\r\n", b'{"reply": "last"}\n'], first=7)
    assert (good, last) == (Draft("first"), Draft("last"))
    assert isinstance(reject, Reject)
    assert (reject.line, reject.text) == (8, line.decode("utf-8", "replace"))
    assert re.search(reason, reject.reason)


def test_unknown_keys_of_a_draft_are_passed_over():
    line = json.dumps({"reply": "Oh no!", "id": 1, "labels": ["x"]}).encode()
    assert list(parse_lines([line])) == [Draft("Oh no!", id=1)]


def test_a_byte_order_mark_is_dropped_on_the_first_line_alone():
    line = BOM + b'{"reply": "Oh no!"}'
    assert [type(entry) for entry in parse_lines([line, line])] == [Draft, Reject]
