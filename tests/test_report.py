import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from empathy_lint import Act, Draft, Finding, Report, Suggestion, Trap
from empathy_lint.records import Strength
from empathy_lint.report import Full, concise, dump_json, github, position, sarif
from empathy_lint.rulebook import load_rules
from empathy_lint.sources import STDIN, Source

ADVICE = "You need to tell HR."


def linted(
    reply, path=None, line=1, *, marked=ADVICE, severity="warning", message="This solves.", suggestions=("Oh no.", "Tell me.")
):
    """Return a source and a report with one finding, where ``marked`` stands."""
    start = reply.index(marked)
    better = tuple(Suggestion(text, Act.VALIDATING) for text in suggestions)
    finding = Finding(Trap.FIXING, start, start + len(marked), marked, 0.874, severity, message, better)
    return Source(Draft(reply), path, line), Report(reply, (finding,))


def full(source, report, width=80):
    console = Console(file=io.StringIO(), width=width)
    console.print(Full(source, report), highlight=False, soft_wrap=True)
    return console.file.getvalue()


# Position and JSON


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, (1, 1)),
        ("one", 0, (1, 1)),
        ("one", 3, (1, 4)),
        ("one\ntwo", 3, (1, 4)),
        ("one\ntwo", 4, (2, 1)),
        ("one\r\ntwo", 6, (2, 2)),
        ("\n\nx", 2, (3, 1)),
        ("😢 x", 2, (1, 3)),
    ],
)
def test_position_counts_lines_and_columns_from_one(text, offset, place):
    assert position(text, offset) == place


@given(text=st.text(st.sampled_from("ab \n\r😢"), max_size=30), data=st.data())
def test_position_leads_back_to_the_offset(text, data):
    offset = data.draw(st.integers(0, len(text)))
    line, column = position(text, offset)
    assert sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column - 1 == offset


@example("half an emoji: \ud83d")
@given(value=st.text(st.characters()))
def test_json_can_be_encoded_and_read_back_whatever_the_text(value):
    assert json.loads(dump_json([value]).encode("utf-8")) == [value]


def test_json_keeps_letters_as_they_are():
    assert dump_json({"text": "für José 😢"}) == '{"text":"für José 😢"}'


# Concise


@pytest.mark.parametrize(
    ("path", "where"), [(None, ""), (STDIN, "<stdin>:5:4: "), ("notes/a.txt", "notes/a.txt:5:4: ")], ids=["text", "stdin", "file"]
)
def test_concise_is_one_line_a_finding(path, where):
    source, report = linted(f"Oh.\nOk {ADVICE}", path, 4)
    assert concise(source, report) == [f"{where}EL101 fixing (0.87) {ADVICE}"]


def test_concise_puts_a_broken_span_on_one_line():
    (line,) = concise(*linted("Oh. You\r\nneed\tto go.", marked="You\r\nneed\tto go."))
    assert line.endswith("You  need to go.")


@pytest.mark.parametrize("form", [concise, github])
def test_no_findings_no_lines(form):
    assert form(Source(Draft("Oh.")), Report("Oh.")) == []


# GitHub


@pytest.mark.parametrize(("severity", "level"), [("warning", "warning"), ("info", "notice")])
def test_github_gives_a_command_with_place_title_and_words(severity, level):
    (line,) = github(*linted(f"Oh.\nOk {ADVICE}", "a.txt", 4, severity=severity))
    assert line == f"::{level} file=a.txt,line=5,col=4,title=EL101 fixing::This solves. Instead: Oh no. / Tell me."


def test_github_gives_no_place_for_a_text_without_a_file():
    (line,) = github(*linted(ADVICE))
    assert line.startswith("::warning title=EL101 fixing::")


def test_github_escapes_what_would_end_a_property_or_the_command():
    (line,) = github(*linted(ADVICE, "100%,\r\nC:/a.txt", message="50%\r\n::error::no", suggestions=("a, b: c",)))
    properties, _, words = line.removeprefix("::warning ").partition("::")
    assert properties == "file=100%25%2C%0D%0AC%3A/a.txt,line=1,col=1,title=EL101 fixing"
    assert words == "50%25%0D%0A::error::no Instead: a, b: c"


# SARIF


def test_sarif_lists_every_rule_and_finding():
    rules = load_rules().values()
    log = sarif([linted(ADVICE, "a.txt"), linted(ADVICE, "b.txt", severity="info")], rules, "1.2.3")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("empathy_lint", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == [trap.code for trap in Trap]
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] for rule in driver["rules"])
    assert [result["level"] for result in run["results"]] == ["warning", "note"]
    assert {result["ruleId"] for result in run["results"]} <= {rule["id"] for rule in driver["rules"]}
    assert run["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(("path", "uri"), [("a/b.txt", "a/b.txt"), (STDIN, "stdin"), (None, "stdin")])
def test_sarif_gives_place_words_and_confidence(path, uri):
    reply = "Oh 😢.\nOk You need\r\nto go. Bye."
    log = sarif([linted(reply, path, 4, marked="You need\r\nto go.")], [], "1")
    (result,) = log["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": uri}
    assert location["physicalLocation"]["region"] == {
        "startLine": 5,
        "startColumn": 4,
        "endLine": 6,
        "endColumn": 7,
        "snippet": {"text": "You need\r\nto go."},
    }
    assert result["message"] == {"text": "This solves."}
    assert result["properties"] == {"confidence": 0.874, "suggestions": ["Oh no.", "Tell me."]}


def test_sarif_columns_are_one_based_and_end_after_the_span():
    log = sarif([linted(ADVICE)], [], "1")
    region = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (1, 1, len(ADVICE) + 1)


def test_sarif_without_findings_is_still_a_log():
    assert sarif([], [], "1")["runs"][0]["results"] == []


# Full


@pytest.mark.parametrize(
    "before", ["", "Oh. ", "😢👍🏽 ", "你好。", "cafe\u0301 ", "Oh\tno\n", "👩‍👩‍👧 ", "x" * 200 + " "], ids=ascii
)
@pytest.mark.parametrize("marked", ["Just go.", "你應該去。", "Just 😢 go.", "Just\ngo."], ids=ascii)
@pytest.mark.parametrize("after", ["", " Ok 😢", " y" * 100], ids=["none", "short", "long"])
def test_full_puts_the_carets_under_the_span(before, marked, after):
    lines = full(*linted(before + marked + after, marked=marked)).split("\n")
    at = next(number for number, line in enumerate(lines) if line.strip() and not line.strip(" ^"))
    excerpt, carets = lines[at - 1 : at + 1]
    shown = marked.replace("\n", " ")
    left = excerpt.index(shown)
    assert carets == " " * cell_len(excerpt[:left]) + "^" * cell_len(shown)


@pytest.mark.parametrize("width", [30, 80, 200])
def test_full_keeps_the_excerpt_of_a_long_reply_within_the_width(width):
    advice = "You need to " + "go on and on " * 30 + "now."
    for reply, marked in ((f"{'Oh. ' * 100}{ADVICE}{' Ok.' * 100}", ADVICE), (advice, advice), (f"{'Oh. ' * 100}{advice}", advice)):
        excerpt, carets = full(*linted(reply, marked=marked), width=width).split("\n")[1:3]
        assert cell_len(excerpt) <= width
        assert len(carets) <= cell_len(excerpt)
        assert "^" in carets


def test_full_says_where_what_why_and_what_instead():
    text = full(*linted(f"Oh.\nOk {ADVICE}", "a.txt", 4))
    assert text.startswith("a.txt:5:4: EL101 fixing  warning, confidence 0.87\n")
    assert "This solves." in text
    assert "→ Oh no." in text
    assert "→ Tell me." in text


def test_full_reads_markup_in_a_reply_as_plain_text():
    text = full(*linted("[bold]Oh[/bold] :smile: [/] You need to tell HR.", message="[red]This[/]"))
    assert "[bold]Oh[/bold] :smile: [/] You need" in text
    assert "[red]This[/]" in text


def test_full_praises_warns_of_a_crisis_and_tells_what_was_not_judged():
    source = Source(Draft("Oh no."), "a.txt", 3)
    praised = full(source, Report("Oh no.", strengths=(Strength(Act.OPENING_QUESTION, 0, 6, "Oh no.", 0.9),)))
    assert "+ opening question: Oh no." in praised
    assert "a.txt:3:1: no traps found" in praised
    assert "Notice: Call for help." in full(source, Report("Oh no.", notice="Call for help."))
    unjudged = full(source, Report("Oh no.", abstained="empty reply"))
    assert unjudged == "a.txt:3:1: nothing judged: empty reply\n"


def test_full_writes_no_escape_codes_where_there_is_no_terminal():
    assert "\x1b" not in full(*linted(ADVICE))
