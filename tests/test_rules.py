import shutil
from itertools import product
from pathlib import Path

import pytest

from empathy_lint import Act, Emotion, Trap, rulebook
from empathy_lint.errors import RuleError
from empathy_lint.features import words
from empathy_lint.rulebook import WordingMatcher, load_feelings, load_rules
from empathy_lint.suggestions import fill

RULES = load_rules()
FEELINGS = load_feelings()
FOLDER = Path(rulebook.__file__).parent / "rules"
CORE = [Emotion.MAD, Emotion.SAD, Emotion.FEAR, Emotion.GLAD]
TOLD = {
    Emotion.MAD: "My brother lied to me again and I am furious.",
    Emotion.SAD: "My best friend moved away and I cry every night.",
    Emotion.FEAR: "The surgery is on Monday and I'm so scared.",
    Emotion.GLAD: "I got the job and I'm so happy!",
    Emotion.NONE: "The train stops in Leeds and then in York.",
}


def examples(kind):
    return [
        pytest.param(trap, example, id=f"{trap}-{number}")
        for trap, rule in RULES.items()
        for number, example in enumerate(getattr(rule, kind))
    ]


def frames():
    return [pytest.param(frame, id=f"{trap}-{number}") for trap, rule in RULES.items() for number, frame in enumerate(rule.frames)]


def wordings():
    return [pytest.param(trap, wording, id=f"{trap}-{wording.name}") for trap, rule in RULES.items() for wording in rule.wordings]


def phrases(wording):
    """Every phrase of a wording, and every text that its patterns describe word by word."""
    texts = list(wording.phrases)
    for pattern in wording.patterns:
        lower = [token["LOWER"] for token in pattern]
        texts += map(" ".join, product(*(token["IN"] if isinstance(token, dict) else [token] for token in lower)))
    return texts


# Examples


@pytest.mark.parametrize(("trap", "example"), examples("flags"))
def test_what_a_rule_flags_is_flagged(linter, trap, example):
    found = [finding.text for finding in linter.lint(example.reply, example.context).findings if finding.trap is trap]
    assert found == [example.text] if example.text else found


@pytest.mark.parametrize(("trap", "example"), examples("passes"))
def test_what_a_rule_passes_is_not_flagged(linter, trap, example):
    assert trap not in [finding.trap for finding in linter.lint(example.reply, example.context).findings]


@pytest.mark.parametrize(("trap", "rule"), RULES.items(), ids=str)
def test_every_rule_is_whole(trap, rule):
    assert rule.trap is trap
    assert all([rule.title, rule.message, rule.why, rule.fine_when, rule.flags, rule.passes, rule.wordings])
    assert all(example.text is None or example.text in example.reply for example in rule.flags)


# Suggestions


@pytest.mark.parametrize(("emotion", "context"), TOLD.items(), ids=str)
def test_the_contexts_of_these_tests_share_the_emotion_they_stand_for(linter, emotion, context):
    facts = linter.lint("Hm, ok", context).context
    assert (facts.advice_requested, facts.emotion) == (False, emotion)
    assert facts.sharing or emotion is Emotion.NONE


@pytest.mark.parametrize("frame", frames())
def test_a_suggestion_lints_clean_with_every_feeling_in_it(linter, frame):
    drafts = [
        {"reply": fill(frame, feeling), "context": context}
        for emotion in frame.emotions or Emotion
        for feeling in [feeling for feeling in FEELINGS.values() if feeling.emotion is emotion] or [None]
        for context in (TOLD[emotion], None)
    ]
    flagged = [(report.reply, report.findings) for report in linter.lint_many(drafts) if report.findings]
    assert flagged == []


@pytest.mark.parametrize("frame", frames())
def test_a_frame_has_no_gap_where_there_is_no_feeling_to_fill_it(frame):
    has_gap = "{" in frame.text
    assert not (has_gap and Emotion.NONE in (frame.emotions or Emotion))


@pytest.mark.parametrize("trap", Trap)
@pytest.mark.parametrize("emotion", Emotion)
def test_every_trap_has_two_suggestions_for_every_emotion(trap, emotion):
    fitting = [frame for frame in RULES[trap].frames if not frame.emotions or emotion in frame.emotions]
    assert len({frame.text for frame in fitting}) >= 2


@pytest.mark.parametrize("trap", Trap)
def test_every_trap_has_both_good_moves_to_offer(trap):
    assert {frame.act for frame in RULES[trap].frames} == set(Act)


# Feelings


@pytest.mark.parametrize("feeling", FEELINGS.values(), ids=lambda feeling: feeling.word)
def test_every_feeling_belongs_to_a_core_emotion(feeling):
    assert feeling.emotion in CORE
    assert feeling.situation.strip()
    assert " ".join(words(feeling.word)) == feeling.word  # it is found in what the speaker says


@pytest.mark.parametrize("emotion", CORE)
def test_every_core_emotion_has_feelings(emotion):
    assert emotion in {feeling.emotion for feeling in FEELINGS.values()}


# Wordings


@pytest.fixture(scope="module")
def matcher():
    return WordingMatcher(RULES)


@pytest.mark.parametrize(("trap", "wording"), wordings())
def test_every_phrase_of_a_wording_is_found_and_gives_a_note(matcher, trap, wording):
    notes = {phrase: matcher.note(trap, words(f"Oh well, {phrase} then.")) for phrase in phrases(wording)}
    assert wording.note in notes.values()
    assert [phrase for phrase, note in notes.items() if note is None] == []


def test_the_first_wording_in_the_sentence_gives_the_note(matcher):
    notes = [matcher.note(Trap.FIXING, words(text)) for text in ("you should calm down", "calm down, you should go", "calm down")]
    assert notes[0] != notes[1] == notes[2]


@pytest.mark.parametrize("text", ["", "...", "That sounds so humiliating.", "shouldyou need"])
@pytest.mark.parametrize("trap", Trap)
def test_no_wording_no_note(matcher, trap, text):
    assert matcher.note(trap, words(text)) is None


def test_a_note_sharpens_the_message_of_a_finding(linter):
    (finding,) = linter.lint("Have you tried talking to him?", TOLD[Emotion.MAD]).findings
    rule = RULES[Trap.PROBLEM_SOLVING_QUESTION]
    assert finding.message.startswith(rule.message)
    assert finding.message.endswith(next(wording.note for wording in rule.wordings if wording.name == "have_you_tried"))


# Broken rule files


@pytest.fixture
def load_changed(tmp_path, monkeypatch):
    """Load the rules with something in fixing.toml replaced, past the cache."""
    shutil.copytree(FOLDER, tmp_path / "rules")
    monkeypatch.setattr(rulebook, "files", lambda package: tmp_path)
    path = tmp_path / "rules" / "fixing.toml"

    def load(old, new):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return load_rules.__wrapped__()

    return load


def test_an_edited_rule_file_is_what_is_loaded(load_changed):
    rule = load_changed('title = "Fixing"', 'title = "Repairing"')[Trap.FIXING]
    assert rule.title == "Repairing"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('trap = "fixing"', "", "trap"),
        ('title = "Fixing"', "", "title"),
        ("message =", "masage =", "message"),
        ("why =", "because =", "why"),
        ("fine_when =", "fine =", "fine_when"),
        ('name = "should"', "", "name"),
        ("note =", "notes =", "note"),
        ('act = "validating"', "", "act"),
        ('trap = "fixing"', 'trap = "fixing_it"', "fixing_it"),
        ('act = "validating"', 'act = "nodding"', "nodding"),
        ('emotions = ["mad", "sad", "fear"]', 'emotions = ["hungry"]', "hungry"),
        ('reply = "You should ask', 'answer = "You should ask', "answer"),
        ('trap = "fixing"', "trap = fixing", "line 1"),
    ],
)
def test_a_broken_rule_is_refused_by_file_and_cause(load_changed, old, new, named):
    with pytest.raises(RuleError, match=rf"rules/fixing\.toml: .*{named}"):
        load_changed(old, new)


@pytest.mark.parametrize("section", ["wordings", "suggestions", "flags", "passes"])
def test_a_rule_without_a_section_is_refused(section):
    whole = {"trap": "fixing", "title": "T", "message": "M", "why": "W", "fine_when": "F"}
    whole |= {name: [] for name in ("wordings", "suggestions", "flags", "passes") if name != section}
    with pytest.raises(RuleError, match=rf"mine\.toml: a rule has no key '{section}'"):
        rulebook._parse_rule("mine.toml", whole)


def test_a_trap_without_a_rule_is_named(load_changed):
    with pytest.raises(RuleError, match="no rule for fixing"):
        load_changed('trap = "fixing"', 'trap = "hijacking"')
