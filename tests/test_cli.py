import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from empathy_lint import Trap, __version__
from empathy_lint.cli import main

DATA = Path(__file__).parents[1] / "data" / "replies"
HURT = "My manager shouted at me in front of the whole team today."
ADVICE = "You need to tell HR about this tomorrow."
CLAIM = "I know exactly how you feel."
KIND = "That sounds so humiliating."
CLEAN, FOUND, FAILED = 0, 1, 2


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        return end.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def write(tmp_path):
    def write_file(name, *lines):
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return name

    return write_file


def draft(reply, **more):
    return json.dumps({"reply": reply, **more})


def codes(out):
    """Return the codes in the order in which they stand in the output."""
    return re.findall(r"EL10\d", out)


def is_complaint(err, *words):
    """Tell whether this is one line that says who complains, with these words in it."""
    (line,) = err.splitlines()
    return line.startswith("empathy-lint: ") and all(word in line for word in words)


# check: what is read


def test_a_text_is_one_reply(run):
    assert run("check", KIND)[0] == CLEAN
    code, out, err = run("check", f"{KIND} {ADVICE}")
    assert (code, codes(out), err) == (FOUND, ["EL101"], "")


@pytest.mark.parametrize("arguments", [("check",), ("check", "-")])
def test_standard_input_is_one_reply(run, arguments):
    code, out, _ = run(*arguments, "--format", "concise", stdin=f"{KIND}\n{ADVICE}\n".encode())
    assert code == FOUND
    assert out.startswith("<stdin>:2:1: EL101 ")
    assert run(*arguments, stdin=KIND.encode())[0] == CLEAN


def test_lines_makes_each_line_a_reply(run, write):
    told = f"{HURT} What should I do?"
    lines = [KIND, "", CLAIM, ADVICE]
    code, out, _ = run("check", "--lines", "--format", "jsonl", "-", stdin="\n".join(lines).encode())
    assert code == FOUND
    assert [[f["code"] for f in json.loads(row)["findings"]] for row in out.splitlines()] == [[], ["EL102"], ["EL101"]]
    code, out, _ = run("check", "--lines", "--format", "concise", "--context", told, write("a.txt", *lines))
    assert out.startswith("a.txt:3:1: EL102 ")
    assert codes(out) == ["EL102"]


def test_several_paths_are_read_in_their_order(run, write):
    paths = [write("b.txt", ADVICE), write("a.jsonl", draft(KIND), draft(CLAIM)), "-"]
    code, out, _ = run("check", "--format", "concise", *paths, stdin=ADVICE.encode())
    assert code == FOUND
    assert [line.split(" ")[:2] for line in out.splitlines()] == [
        ["b.txt:1:1:", "EL101"],
        ["a.jsonl:2:", "EL102"],
        ["<stdin>:1:1:", "EL101"],
    ]


def test_a_file_is_read_even_if_its_name_could_be_a_reply(run, write):
    write("Oh dear", ADVICE)
    assert run("check", "Oh dear")[0] == FOUND


@pytest.mark.parametrize("reply", ["   ", "...", "😢"])
def test_what_cannot_be_judged_is_clean_and_says_why(run, reply):
    code, out, _ = run("check", reply)
    assert code == CLEAN
    assert "nothing judged" in out


@pytest.mark.parametrize("name", ["missing.txt", "missing.jsonl", "missing.md", "folder"])
def test_a_path_that_cannot_be_read_is_an_error(run, tmp_path, name):
    (tmp_path / "folder").mkdir()
    code, out, err = run("check", name)
    assert (code, out) == (FAILED, "")
    assert is_complaint(err, "cannot read", name)


def test_one_unreadable_path_of_several_is_an_error(run, write):
    code, _, err = run("check", write("a.txt", KIND), "missing")
    assert code == FAILED
    assert is_complaint(err, "missing")


def test_a_bad_line_of_jsonl_is_an_error(run, write):
    code, _, err = run("check", write("a.jsonl", draft(ADVICE), "{"))
    assert code == FAILED
    assert is_complaint(err, "a.jsonl, line 2")


# check: what was said before


def test_context_decides(run):
    assert run("check", ADVICE, "--context", HURT)[0] == FOUND
    assert run("check", ADVICE, "--context", f"{HURT} What should I do?")[0] == CLEAN


def test_context_may_be_given_turn_by_turn(run):
    turns = ("--context", HURT, "--context", "What should I do?")
    _, out, _ = run("check", ADVICE, *turns, "--format", "json")
    (report,) = json.loads(out)
    assert report["context"]["sharing"]
    assert report["context"]["advice_requested"]
    assert report["findings"] == []


def test_context_may_come_from_a_file_and_stands_before_the_turns_given(run, write):
    path = write("said.txt", "I lost my job and I'm so scared. What should I do?")
    assert run("check", ADVICE, "--context-file", path)[0] == CLEAN
    _, both, _ = run("check", CLAIM, "--context-file", path, "--context", HURT, "--format", "json")
    _, listed, _ = run("check", CLAIM, "--context", Path(path).read_text("utf-8"), "--context", HURT, "--format", "json")
    assert both == listed


def test_a_draft_keeps_its_own_context(run, write):
    path = write("a.jsonl", draft(ADVICE), draft(ADVICE, context=HURT), draft(ADVICE, context=[]))
    _, out, _ = run("check", path, "--context", "What time does the bus leave?", "--format", "concise")
    assert [line.split()[0] for line in out.splitlines()] == ["a.jsonl:2:"]


def test_blank_context_is_none(run):
    assert run("check", ADVICE, "--context", " ", "--format", "json") == run("check", ADVICE, "--format", "json")


def test_a_missing_context_file_is_an_error(run):
    code, _, err = run("check", KIND, "--context-file", "missing.txt")
    assert code == FAILED
    assert is_complaint(err, "missing.txt")


def test_a_crisis_gives_a_notice(run):
    code, out, _ = run("check", "You should call a crisis line right now.", "--context", "I want to die.")
    assert code == CLEAN
    assert "Notice: " in out


# check: how it is shown


def test_json_is_a_list_of_reports_even_of_one(run, linter):
    _, out, _ = run("check", ADVICE, "--context", HURT, "--format", "json")
    assert json.loads(out) == [linter.lint(ADVICE, HURT).to_dict()]


def test_jsonl_is_a_report_a_line(run, write, linter):
    _, out, _ = run("check", write("a.jsonl", draft(ADVICE, id=7), draft("")), "--format", "jsonl")
    assert [json.loads(line) for line in out.splitlines()] == [
        linter.lint({"reply": ADVICE, "id": 7}).to_dict(),
        linter.lint("").to_dict(),
    ]


def test_sarif_is_a_log(run, write):
    _, out, _ = run("check", write("a.txt", ADVICE), "--format", "sarif")
    log = json.loads(out)
    (sarif,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert sarif["tool"]["driver"]["version"] == __version__
    assert [result["ruleId"] for result in sarif["results"]] == ["EL101"]


def test_github_is_commands(run, write):
    _, out, _ = run("check", write("a.txt", KIND, ADVICE), "--format", "github")
    assert re.fullmatch(r"::(warning|notice) file=a\.txt,line=2,col=1,title=EL101 fixing::.+\n", out)


def test_full_shows_span_reason_and_better_words(run, linter):
    _, out, _ = run("check", ADVICE)
    (finding,) = linter.lint(ADVICE).findings
    assert all(words in out for words in (ADVICE, "^" * len(ADVICE), finding.message, finding.suggestions[0].text))


@pytest.mark.parametrize("form", ["full", "concise", "json", "jsonl", "github", "sarif"])
@pytest.mark.parametrize("reply", [ADVICE, KIND, ""], ids=["trap", "clean", "nothing"])
def test_every_format_keeps_the_exit_code_and_writes_no_escape_codes(run, write, form, reply):
    code, out, err = run("check", write("a.txt", reply), "--format", form)
    assert (code, err) == (FOUND if reply == ADVICE else CLEAN, "")
    assert "\x1b" not in out


def test_colours_are_for_terminals_that_want_them(run, monkeypatch):
    colour = re.compile(r"\x1b\[(?:\d+;)*[349][0-7][;m]")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colour.search(run("check", ADVICE)[1])
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(run("check", ADVICE)[1])


# check: what is chosen, and what fails


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["EL101", "EL102"]),
        (("--select", "EL102"), ["EL102"]),
        (("--select", "fixing,i_understand"), ["EL101", "EL102"]),
        (("--select", "fx", "--select", "iu"), ["EL101", "EL102"]),
        (("--select", "EL103, EL104"), []),
        (("--ignore", "EL102"), ["EL101"]),
        (("--ignore", "EL101,EL102"), []),
        (("--select", "EL101,EL102", "--ignore", "EL101"), ["EL102"]),
        (("--min-confidence", "0"), ["EL101", "EL102"]),
        (("--min-confidence", "1"), []),
    ],
)
def test_options_choose_the_findings_and_so_the_exit_code(run, options, expected):
    code, out, _ = run("check", f"{ADVICE} {CLAIM}", "--format", "concise", *options)
    assert codes(out) == expected
    assert code == (FOUND if expected else CLEAN)


def test_min_confidence_drops_what_lies_below(run, linter):
    first, second = (finding.confidence for finding in linter.lint(f"{ADVICE} {CLAIM}").findings)
    assert first != second
    _, out, _ = run("check", f"{ADVICE} {CLAIM}", "--format", "concise", "--min-confidence", max(first, second))
    assert len(codes(out)) == 1


def test_fail_on_sets_what_exits_one(run, linter):
    loud = linter.lint(CLAIM).findings[0]
    assert loud.severity == "warning"
    assert run("check", CLAIM, "--fail-on", "warning")[0] == FOUND
    assert run("check", CLAIM, "--fail-on", "info")[0] == FOUND
    code, out, _ = run("check", CLAIM, "--fail-on", "never")
    assert (code, codes(out)) == (CLEAN, ["EL102"])


def test_exit_zero_shows_findings_and_exits_zero(run):
    code, out, _ = run("check", CLAIM, "--exit-zero")
    assert (code, codes(out)) == (CLEAN, ["EL102"])


def test_exit_zero_hides_no_error(run):
    assert run("check", "missing.txt", "--exit-zero")[0] == FAILED


def test_settings_of_the_project_hold_and_options_outdo_them(run, write):
    write("pyproject.toml", "[tool.empathy_lint]", 'ignore = ["EL102"]', 'format = "concise"', 'fail-on = "never"')
    reply = f"{ADVICE} {CLAIM}"
    code, out, _ = run("check", reply)
    assert (code, codes(out), len(out.splitlines())) == (CLEAN, ["EL101"], 1)
    code, out, _ = run("check", reply, "--ignore", "EL101", "--fail-on", "info", "--format", "json")
    assert code == FOUND
    assert [finding["code"] for finding in json.loads(out)[0]["findings"]] == ["EL102"]


def test_settings_that_are_wrong_are_an_error(run, write):
    write("pyproject.toml", "[tool.empathy_lint]", "ignored = []")
    code, _, err = run("check", KIND)
    assert code == FAILED
    assert is_complaint(err, "pyproject.toml", "'ignored'", "did you mean 'ignore'")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "--formt", "json"), ["--formt"]),
        (("check", "--format", "jsno", KIND), ["jsno", "json"]),
        (("check", "--select", "EL999", KIND), ["EL999"]),
        (("check", "--min-confidence", "high", KIND), ["high"]),
        (("check", "--min-confidence", "2", KIND), ["[0, 1]"]),
        (("check", "--fail-on", "always", KIND), ["always"]),
        (("check", "--model", "no_such_model", KIND), ["no_such_model"]),
        (("check", "--context"), ["--context"]),
        (("chekc", KIND), ["chekc"]),
        (("--verison",), ["--verison"]),
        (("batch", "in.jsonl"), ["--output"]),
        (("train", "data"), ["--output"]),
        (("evaluate",), ["GOLD"]),
        (("explain",), ["CODE"]),
    ],
)
def test_a_wrong_option_is_one_line_on_stderr(run, arguments, words):
    code, out, err = run(*arguments)
    assert (code, out) == (FAILED, "")
    assert is_complaint(err, *words)


# batch


def test_batch_writes_a_line_a_draft_and_sums_up(run, write, tmp_path):
    path = write("in.jsonl", draft(ADVICE, id=1), draft(KIND, id=2))
    code, out, err = run("batch", path, "--output", "out.jsonl")
    assert (code, out, err) == (CLEAN, "", "2 drafts, 1 with findings, 1 findings\n")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [(row["id"], [finding["code"] for finding in row["findings"]]) for row in rows] == [(1, ["EL101"]), (2, [])]


def test_batch_reads_standard_input(run, tmp_path):
    code, _, err = run("batch", "-", "-o", "out.jsonl", stdin=draft(KIND).encode())
    assert (code, err) == (CLEAN, "1 drafts, 0 with findings, 0 findings\n")
    assert (tmp_path / "out.jsonl").exists()


def test_batch_with_rejects_does_the_rest_and_exits_two(run, write, tmp_path):
    path = write("in.jsonl", "{", draft(ADVICE))
    code, _, err = run("batch", path, "-o", "out.jsonl", "--fail-on", "info")
    assert code == FAILED
    assert "1 rejected (see out.rejects.jsonl)" in err
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 1
    assert json.loads((tmp_path / "out.rejects.jsonl").read_text("utf-8"))["line"] == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), CLEAN),
        (("--fail-on", "info"), FOUND),
        (("--fail-on", "warning"), FOUND),
        (("--fail-on", "never"), CLEAN),
        (("--fail-on", "info", "--ignore", "EL102"), CLEAN),
        (("--fail-on", "info", "--min-confidence", "1"), CLEAN),
    ],
)
def test_batch_exits_one_only_if_told_to_fail(run, write, options, expected):
    assert run("batch", write("in.jsonl", draft(CLAIM)), "-o", "out.jsonl", *options)[0] == expected


def test_batch_fails_on_nothing_whatever_the_project_sets(run, write):
    write("pyproject.toml", "[tool.empathy_lint]", 'fail_on = "info"')
    assert run("batch", write("in.jsonl", draft(CLAIM)), "-o", "out.jsonl")[0] == CLEAN


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.jsonl", "-o", "out.jsonl"), ["cannot read", "missing.jsonl"]),
        ((".", "-o", "out.jsonl"), ["cannot read"]),
        (("in.jsonl", "-o", "missing/out.jsonl"), ["cannot write", "missing/out.jsonl"]),
        (("in.jsonl", "-o", "in.jsonl"), ["in.jsonl is the input"]),
        (("in.jsonl", "-o", "./in.jsonl"), ["is the input"]),
        (("in.jsonl", "-o", "out.jsonl", "--jobs", "0"), ["--jobs", "0"]),
        (("in.jsonl", "-o", "out.jsonl", "--jobs", "-2"), ["--jobs", "-2"]),
        (("in.jsonl", "-o", "out.jsonl", "--jobs", "two"), ["--jobs", "two"]),
        (("in.jsonl", "-o", "out.jsonl", "--fail-on", "always"), ["always"]),
        (("in.jsonl", "-o", "out.jsonl", "--model", "no_such_model"), ["no_such_model"]),
    ],
)
def test_batch_that_cannot_run_is_an_error_and_spoils_nothing(run, write, tmp_path, arguments, words):
    write("in.jsonl", draft(KIND))
    code, _, err = run("batch", *arguments)
    assert code == FAILED
    assert is_complaint(err, *words)
    assert (tmp_path / "in.jsonl").read_text("utf-8") == draft(KIND) + "\n"
    assert not (tmp_path / "out.jsonl").exists()


# explain and rules


@pytest.mark.parametrize("trap", Trap)
def test_a_trap_is_explained_by_code_and_by_name(run, trap):
    code, out, err = run("explain", trap.code)
    assert (code, err) == (CLEAN, "")
    assert all(words in out for words in (trap.code, trap.value, "Why it hurts.", "When it is fine.", "Say instead"))
    assert run("explain", trap.value) == run("explain", trap.code.lower()) == (code, out, err)


@pytest.mark.parametrize(("name", "nearest"), [("EL011", "EL101"), ("hijack", "hijacking"), ("fixin", "fixing")])
def test_an_unknown_trap_is_refused_with_the_nearest(run, name, nearest):
    code, out, err = run("explain", name)
    assert (code, out) == (FAILED, "")
    assert is_complaint(err, name, f"did you mean '{nearest}'")


def test_rules_lists_every_trap(run):
    code, out, _ = run("rules")
    assert code == CLEAN
    assert codes(out) == [trap.code for trap in Trap]
    assert all(trap.value in out for trap in Trap)


# train and evaluate


@pytest.fixture(scope="module")
def items():
    """A small slice of the training data."""
    return [line for path in sorted(DATA.glob("*.jsonl"))[:4] for line in path.read_text("utf-8").splitlines()[:10]]


def test_a_trained_model_can_be_evaluated_and_used(run, write, items):
    path = write("items.jsonl", *items)
    code, out, err = run("train", path, "--output", "model")
    assert (code, out, err) == (
        CLEAN,
        f"trained on {sum(json.loads(item)['split'] != 'test' for item in items)} items; model in model\n",
        "",
    )
    code, out, _ = run("evaluate", path, "--model", "model", "--errors", "0")
    assert code == CLEAN
    assert out.startswith(f"{len(items)} replies\n")
    assert all(trap.value in out for trap in Trap)
    code, out, _ = run("check", CLAIM, "--model", "model", "--format", "json")
    assert code in (CLEAN, FOUND)
    assert set(json.loads(out)[0]["scores"]) == {trap.value for trap in Trap}


def test_the_same_data_gives_the_same_model(run, write, tmp_path, items):
    path = write("items.jsonl", *items[:15])
    for name in ("one", "two"):
        assert run("train", path, "-o", name)[0] == CLEAN
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_evaluate_lists_as_many_wrong_sentences_as_asked_for(run, write, items):
    paths = [write("one.jsonl", *items[:20]), write("two.jsonl", *items[20:])]
    _, without, _ = run("evaluate", *paths, "--errors", "0")
    code, out, _ = run("evaluate", *paths, "--errors", "1")
    assert code == CLEAN
    assert out.startswith(f"{len(items)} replies\n{without.splitlines()[1]}")
    assert len(out.splitlines()) <= len(without.splitlines()) + 1


@pytest.mark.parametrize("command", [("evaluate",), ("train", "-o", "model")])
def test_labelled_items_that_cannot_be_read_are_an_error(run, write, tmp_path, command, items):
    (tmp_path / "empty").mkdir()
    bad = write("bad.jsonl", items[0], '{"id": 1}')
    for path, word in (("missing", "missing"), ("empty", "no labelled items"), (bad, "bad.jsonl, line 2")):
        code, _, err = run(*command, path)
        assert code == FAILED
        assert is_complaint(err, word)
    assert not (tmp_path / "model").exists()


# The program itself


def test_version(run):
    assert run("--version") == (CLEAN, f"empathy-lint {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("check", "--help"), ("batch", "-h")])
def test_help(run, arguments):
    code, out, err = run(*arguments)
    assert (code, err) == (CLEAN, "")
    assert out.startswith("Usage: empathy-lint ")


@pytest.mark.parametrize(("reply", "expected"), [(KIND, CLEAN), (CLAIM, FOUND), ("missing.txt", FAILED)])
def test_the_module_runs_as_a_program(tmp_path, reply, expected):
    command = [sys.executable, "-W", "error", "-m", "empathy_lint", "check", "--format", "concise", reply]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == expected
    assert (codes(done.stdout), bool(done.stderr)) == (["EL102"] if expected == FOUND else [], expected == FAILED)
