import io
import json

import pytest

from empathy_lint import batch
from empathy_lint.batch import rejects_path, run_batch
from empathy_lint.errors import InputError, ModelError
from empathy_lint.settings import Settings

HURT = "My manager shouted at me in front of the whole team today."
ADVICE = "You need to tell HR about this tomorrow."
KIND = "That sounds so humiliating."
BAD = [b"{", b"not json", b'["a"]', b'{"text": "no reply"}', b'{"reply": 3}', b'{"reply": "a", "context": 4}', b'{"reply": "\xff"}']
PLAIN = Settings(fail_on="never")


def line(reply, **more):
    return json.dumps({"reply": reply, **more}).encode()


def read(path):
    return [json.loads(row) for row in path.read_text("utf-8").split("\n") if row]


@pytest.fixture
def run(tmp_path):
    """Lint lines; return the rows written, the rejects, and the summary."""

    def call(lines, settings=PLAIN, end=b"\n", **options):
        output = tmp_path / "out.jsonl"
        summary = run_batch(io.BytesIO(end.join(lines)), output, settings, **options)
        rejects = rejects_path(output)
        return read(output), read(rejects) if rejects.exists() else None, summary

    return call


# What is written


@pytest.mark.parametrize("part", [1, 3, 1024])
def test_one_line_in_one_line_out_in_order_with_its_id(run, monkeypatch, part):
    monkeypatch.setattr(batch, "PART", part)
    names = [3, "b", None, 0, "", "b", -1]
    rows, rejects, summary = run([line(f"Oh no, {number}!", id=name) for number, name in enumerate(names)])
    assert [row["id"] for row in rows] == names
    assert rejects is None
    assert (summary.drafts, summary.rejects) == (len(names), 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n \n"])
def test_line_ends_and_blank_lines_change_nothing(run, end):
    lines = [line(ADVICE, id=1), line(KIND, id=2)]
    assert run([*lines, b""], end=end) == run(lines)


def test_a_byte_order_mark_at_the_start_is_dropped(run):
    rows, rejects, _ = run([b"\xef\xbb\xbf" + line(ADVICE), line(KIND)])
    assert (len(rows), rejects) == (2, None)


def test_nothing_in_nothing_out(run):
    rows, rejects, summary = run([])
    assert (rows, rejects, summary) == ([], None, batch.Summary())


def test_a_row_is_the_report_without_its_evidence(run, linter):
    drafts = [{"id": 1, "reply": f"{KIND} {ADVICE}", "context": HURT}, {"id": 2, "reply": ""}, {"reply": KIND}]
    rows, _, _ = run([json.dumps(draft).encode() for draft in drafts])
    assert rows == [report.to_dict() for report in linter.lint_many(drafts, evidence=False)]


def test_rows_have_the_promised_keys_and_no_others(run):
    (row, crisis), _, _ = run([line(f"{KIND} {ADVICE}", context=HURT), line(KIND, context="I want to die.")])
    keys = {"id", "findings", "scores", "strengths", "context", "abstained"}
    assert set(row) == keys
    assert set(crisis) == {*keys, "notice"}
    (finding,), (strength,) = row["findings"], row["strengths"]
    assert set(finding) == {"trap", "code", "start", "end", "text", "confidence", "severity", "message", "suggestions"}
    assert {key for suggestion in finding["suggestions"] for key in suggestion} == {"text", "act"}
    assert set(strength) == {"act", "start", "end", "text", "confidence"}
    assert set(row["context"]) == {"sharing", "advice_requested", "emotion", "crisis"}


def test_letters_are_written_as_they_are_and_half_an_emoji_is_escaped(run, tmp_path):
    half = f"{KIND[:-1]} \ud83d"
    rows, rejects, _ = run([line(half, context=HURT), line(KIND, id="José 😢")])
    text = (tmp_path / "out.jsonl").read_text("utf-8")
    assert rejects is None
    assert [strength["text"] for strength in rows[0]["strengths"]] == [half]
    assert "\\ud83d" in text
    assert '"José 😢"' in text


def test_settings_choose_the_findings_that_are_written_and_counted(run):
    lines = [line(f"{ADVICE} I know exactly how you feel.", context=HURT), line(KIND)]
    (row, _), _, summary = run(lines, Settings(select=("EL102",)))
    assert [finding["code"] for finding in row["findings"]] == ["EL102"]
    assert (summary.flagged, summary.findings, summary.failed) == (1, 1, True)
    (row, _), _, summary = run(lines, Settings(ignore=("EL101", "EL102")))
    assert row["findings"] == []
    assert row["scores"]["fixing"] > 0
    assert (summary.flagged, summary.findings, summary.failed) == (0, 0, False)


@pytest.mark.parametrize(("fail_on", "failed"), [("never", False), ("info", True)])
def test_failing_is_up_to_the_settings(run, fail_on, failed):
    assert run([line(ADVICE, context=HURT)], Settings(fail_on=fail_on))[2].failed is failed


# Rejects


@pytest.mark.parametrize("part", [1, 2, 1024])
def test_every_bad_line_is_rejected_with_number_and_reason_and_the_rest_is_done(run, monkeypatch, part):
    monkeypatch.setattr(batch, "PART", part)
    lines = [entry for number, bad in enumerate(BAD) for entry in (line(KIND, id=number), bad, b"")]
    rows, rejects, summary = run(lines)
    assert [row["id"] for row in rows] == list(range(len(BAD)))
    assert [reject["line"] for reject in rejects] == [2 + 3 * number for number in range(len(BAD))]
    assert [reject["text"] for reject in rejects] == [bad.decode("utf-8", "replace") for bad in BAD]
    assert all(set(reject) == {"line", "reason", "text"} and reject["reason"] for reject in rejects)
    assert (summary.drafts, summary.rejects) == (len(BAD), len(BAD))


def test_rejects_alone_leave_an_empty_output(run):
    rows, rejects, summary = run(BAD)
    assert (rows, len(rejects), summary.drafts) == ([], len(BAD), 0)


def test_rejects_of_an_earlier_run_do_not_stay(run):
    assert len(run(BAD)[1]) == len(BAD)
    assert len(run(BAD[:1])[1]) == 1
    assert run([line(KIND)])[1] is None


# Side by side


def test_two_processes_write_what_one_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "PART", 5)
    replies = [ADVICE, KIND, "I know exactly how you feel.", ""]
    lines = [line(replies[number % 4], id=number, context=[HURT, None][number % 2]) for number in range(23)]
    lines[4:4] = lines[17:17] = BAD
    outputs = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    done: list[list[int]] = [[], []]
    summaries = [
        run_batch(io.BytesIO(b"\n".join(lines)), output, PLAIN, jobs=jobs, progress=done[jobs - 1].append)
        for jobs, output in enumerate(outputs, start=1)
    ]
    assert summaries[0] == summaries[1]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert rejects_path(outputs[0]).read_bytes() == rejects_path(outputs[1]).read_bytes()
    assert done[0] == done[1]
    assert sum(done[0]) == len(b"\n".join(lines))


# What goes wrong


def test_an_output_in_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot write"):
        run_batch(io.BytesIO(line(KIND)), tmp_path / "missing" / "out.jsonl", PLAIN)


def test_an_output_that_is_a_folder_is_refused_and_left_alone(tmp_path):
    output = tmp_path / "out.jsonl"
    output.mkdir()
    with pytest.raises(InputError, match="cannot write"):
        run_batch(io.BytesIO(line(KIND)), output, PLAIN)
    assert list(output.iterdir()) == []


@pytest.mark.parametrize("before", [None, "an earlier run\n"])
def test_a_run_that_breaks_off_leaves_no_half_output(tmp_path, monkeypatch, before):
    def breaking_off():
        yield line(KIND)
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "PART", 1)
    output = tmp_path / "out.jsonl"
    if before:
        output.write_text(before)
    with pytest.raises(KeyboardInterrupt):
        run_batch(breaking_off(), output, PLAIN)
    assert (output.read_text() if output.exists() else None) == before


def test_a_model_that_cannot_be_loaded_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(ModelError):
        run_batch(io.BytesIO(line(KIND)), tmp_path / "out.jsonl", Settings(model="no_such_model"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "rejects"),
    [
        ("out.jsonl", "out.rejects.jsonl"),
        ("out", "out.rejects.jsonl"),
        ("a.b.jsonl", "a.b.rejects.jsonl"),
        ("x.json", "x.json.rejects.jsonl"),
    ],
)
def test_rejects_lie_beside_the_output(tmp_path, output, rejects):
    assert rejects_path(tmp_path / output) == tmp_path / rejects
