from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empathy_lint import Draft, Trap, Turn
from empathy_lint.errors import InputError
from empathy_lint.taxonomy import PARDONED_BY_REQUEST

HURT = "My manager shouted at me in front of the whole team today."
ADVICE = "You need to tell HR about this tomorrow."
KIND = "That sounds so humiliating."
TRAPPED = {
    Trap.FIXING: ADVICE,
    Trap.I_UNDERSTAND: "I know exactly how you feel.",
    Trap.HIJACKING: "The same thing happened to me last year.",
    Trap.PROBLEM_SOLVING_QUESTION: "Have you tried talking to him?",
    Trap.ABOUT_YOU: "It's not my fault that you never said anything.",
}
CONTEXTS = [None, HURT, "What time does the bus leave?", "The landlord gave us notice. What should I do?"]

lines = st.one_of(st.sampled_from([*TRAPPED.values(), KIND]), st.text(max_size=20))
replies = st.one_of(st.text(max_size=60), st.lists(lines, max_size=5).map("\n".join))
contexts = st.one_of(st.sampled_from(CONTEXTS), st.text(max_size=40))
drafts = st.builds(Draft, replies, contexts)


def traps(report):
    return [finding.trap for finding in report.findings]


def dicts(reports):
    return [report.to_dict() for report in reports]


# What a report promises, whatever is read


@settings(max_examples=150)
@given(reply=replies, context=contexts)
def test_every_finding_and_strength_stands_where_it_says_and_in_order(linter, reply, context):
    report = linter.lint(reply, context)
    for part in (*report.findings, *report.strengths):
        assert part.text
        assert reply[part.start : part.end] == part.text
    for parts in (report.findings, report.strengths):
        assert [part.start for part in parts] == sorted(part.start for part in parts)


@settings(max_examples=100)
@given(reply=replies, context=contexts)
def test_scores_and_confidences_are_probabilities_and_no_finding_outdoes_its_score(linter, reply, context):
    report = linter.lint(reply, context)
    assert set(report.scores) == {trap.value for trap in Trap}
    assert all(0.0 <= score <= 1.0 for score in report.scores.values())
    assert all(0.0 < finding.confidence <= report.scores[finding.trap] for finding in report.findings)


@settings(max_examples=60)
@given(reply=replies, context=contexts)
def test_evidence_adds_up_and_names_words_of_the_reply(linter, reply, context):
    for finding in linter.lint(reply, context).findings:
        assert sum(item.contribution for item in finding.evidence) == pytest.approx(finding.log_odds, abs=1e-6)
        assert all(reply[item.start : item.end] == item.text for item in finding.evidence if item.start is not None)


@pytest.mark.parametrize(("trap", "reply"), TRAPPED.items(), ids=str)
@pytest.mark.parametrize("context", [None, HURT])
def test_each_trap_is_found_with_words_to_say_instead(linter, trap, reply, context):
    report = linter.lint(reply, context)
    assert traps(report) == [trap]
    assert len(report.findings[0].suggestions) >= 2
    assert report.findings[0].message


def test_a_trap_among_kind_words_is_found_and_the_kind_words_are_praised(linter):
    report = linter.lint(f"{KIND} {ADVICE}", HURT)
    assert [finding.text for finding in report.findings] == [ADVICE]
    assert [strength.text for strength in report.strengths] == [KIND]


def test_only_the_clause_that_carries_the_trap_is_marked(linter):
    (finding,) = linter.lint(f"{KIND} Oh wow, I know exactly how you feel. Oh no.", HURT).findings
    assert finding.text == "I know exactly how you feel."


def test_evidence_is_left_out_on_request(linter):
    (report,) = linter.lint_many([ADVICE], evidence=False)
    assert [finding.evidence for finding in report.findings] == [()]


# Hard texts


@pytest.mark.parametrize(
    "before",
    [
        "",
        "   ",
        "\n\n\t",
        "😢 👍🏽\n",
        "👩‍👩‍👧 oh no!\r\n\r\n",
        "e\u0301\u0323 oh. ",
        "你好。",
        "\ufeff",
        "Oh no...\u2028",
        "\0 oh\0\n",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("after", ["", "\r\n", " 😢", "\n\u0301"], ids=ascii)
@pytest.mark.parametrize("advice", [ADVICE, ADVICE.rstrip(".")], ids=["full stop", "none"])
def test_what_stands_around_a_trap_does_not_shift_its_span(linter, before, advice, after):
    reply = before + advice + after
    (finding,) = linter.lint(reply, HURT).findings
    assert finding.trap is Trap.FIXING
    assert reply[finding.start : finding.end] == finding.text
    assert advice in finding.text


def test_a_reply_of_ten_thousand_characters_is_read_to_its_end(linter):
    reply = (KIND + " ") * 400 + ADVICE
    (finding,) = linter.lint(reply, HURT).findings
    assert len(reply) > 10_000
    assert (finding.start, finding.end) == (len(reply) - len(ADVICE), len(reply))


@pytest.mark.parametrize("character", ["a", ".", "!", " ", "\n", "😢", "\u0301", ","], ids=ascii)
def test_ten_thousand_times_one_character_gives_no_finding(linter, character):
    assert linter.lint(character * 10_000, HURT).findings == ()


@pytest.mark.parametrize("reply", ["", " ", "\t\r\n", "\u2003", "...", "?!", "—", "😢😢", "\u0301", "\0"], ids=ascii)
def test_a_reply_without_words_is_not_judged(linter, reply):
    report = linter.lint(reply, HURT)
    assert report.abstained
    assert (report.findings, report.strengths) == ((), ())
    assert set(report.scores.values()) == {0.0}


@settings(max_examples=50)
@given(reply=st.text(st.characters(categories=("P", "S", "Z", "Cc")), max_size=30))
def test_marks_and_blanks_alone_are_never_judged(linter, reply):
    report = linter.lint(reply, HURT)
    assert report.abstained
    assert report.findings == ()


def test_a_judged_reply_has_no_reason_to_abstain(linter):
    assert linter.lint(KIND, HURT).abstained is None


# What the context changes


@pytest.mark.parametrize(
    "asking",
    [
        "The landlord wants us out by spring. What should I do?",
        "My daughter refuses to go to school. Any advice?",
        "I can't choose between the two jobs. Can you help me decide?",
        "my roommate stole from me, what would you do",
    ],
)
@pytest.mark.parametrize("trap", sorted(PARDONED_BY_REQUEST))
def test_advice_that_was_asked_for_is_no_trap(linter, asking, trap):
    report = linter.lint(TRAPPED[trap], asking)
    assert report.context.advice_requested
    assert trap not in traps(report)


@pytest.mark.parametrize("trap", [Trap.I_UNDERSTAND, Trap.HIJACKING])
def test_asking_for_advice_excuses_no_other_trap(linter, trap):
    assert traps(linter.lint(TRAPPED[trap], f"{HURT} What should I do?")) == [trap]


@pytest.mark.parametrize("matter", ["What time does the bus leave?", "Is the shop still open?", "The meeting moved to room four."])
@pytest.mark.parametrize(("trap", "reply"), TRAPPED.items(), ids=str)
def test_nothing_is_a_trap_where_nothing_was_shared(linter, matter, trap, reply):
    report = linter.lint(reply, matter)
    assert not report.context.sharing
    assert report.findings == ()


@pytest.mark.parametrize(
    "crisis",
    [
        "I want to die and nobody would notice.",
        "I keep thinking about killing myself.",
        "He hit me again last night and I locked myself in the bathroom.",
        "Last night I took all my pills.",
    ],
)
@pytest.mark.parametrize("trap", sorted(PARDONED_BY_REQUEST))
def test_a_crisis_gives_a_notice_and_blames_nobody_for_sending_to_help(linter, crisis, trap):
    report = linter.lint(f"You should call a crisis line right now. {TRAPPED[trap]}", crisis)
    assert report.context.crisis
    assert report.notice
    assert not PARDONED_BY_REQUEST & set(traps(report))


@pytest.mark.parametrize("context", [None, HURT, "I nearly hurt myself laughing at your mail."])
def test_there_is_no_notice_without_a_crisis(linter, context):
    report = linter.lint(KIND, context)
    assert not report.context.crisis
    assert report.notice is None


# Forms of a draft


@pytest.mark.parametrize(
    "context",
    [
        Turn("speaker", HURT),
        ("speaker", HURT),
        ["speaker", HURT],
        {"role": "speaker", "text": HURT},
        {"role": "speaker", "text": HURT, "at": "noon"},
    ],
)
def test_every_form_of_context_says_the_same(linter, context):
    reply = " ".join(TRAPPED.values())
    assert linter.lint(reply, [context]) == linter.lint(reply, HURT)
    assert linter.lint(Draft(reply, [context])) == linter.lint(reply, HURT)
    assert linter.lint({"reply": reply, "context": [context]}) == linter.lint(reply, HURT)


@pytest.mark.parametrize("nothing", [None, "", "  \n", [], ()])
def test_blank_context_is_no_context(linter, nothing):
    assert linter.lint(ADVICE, nothing) == linter.lint(ADVICE)


@pytest.mark.parametrize("draft", [Draft(ADVICE, HURT), Draft(ADVICE), {"reply": ADVICE}])
def test_a_whole_draft_takes_no_second_context(linter, draft):
    with pytest.raises(InputError, match="own context"):
        linter.lint(draft, context=HURT)


@pytest.mark.parametrize("name", [7, 0, "seven", "", None])
def test_the_id_comes_back_unchanged(linter, name):
    assert linter.lint(Draft(ADVICE, id=name)).id == name


@pytest.mark.parametrize("draft", [None, 5, b"bytes", [ADVICE], {"context": []}, {"reply": None}, {"reply": "Oh.", "id": 1.5}])
def test_what_is_no_draft_is_refused(linter, draft):
    with pytest.raises(InputError):
        linter.lint(draft)


# Many drafts


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_list_of_drafts_gives_as_many_reports(linter, count):
    assert len(list(linter.lint_many([KIND] * count, batch_size=3))) == count


@settings(max_examples=60)
@given(batch=st.lists(drafts, max_size=8), size=st.integers(1, 5))
def test_a_report_depends_on_its_own_draft_alone(linter, batch, size):
    alone = dicts(map(linter.lint, batch))
    assert dicts(linter.lint_many(batch)) == alone
    assert dicts(linter.lint_many(batch, batch_size=size)) == alone
    assert dicts(linter.lint_many(batch[::-1], batch_size=size)) == alone[::-1]


@pytest.mark.parametrize("bad", [None, 5, {"text": "no reply"}, {"reply": "Oh.", "context": [("boss", "Hi.")]}])
@pytest.mark.parametrize("size", [1, 2, 3, 256])
def test_a_bad_draft_raises_after_the_reports_on_all_before_it(linter, bad, size):
    good = [f"Oh no, number {number}!" for number in range(5)]
    reports = linter.lint_many([*good, bad, KIND], batch_size=size)
    assert [next(reports).reply for _ in good] == good
    with pytest.raises(InputError):
        next(reports)


@pytest.mark.parametrize("size", [1, 4])
def test_drafts_are_taken_only_one_batch_ahead(linter, size):
    taken = []
    source = (taken.append(number) or KIND for number in range(20))
    reports = linter.lint_many(source, batch_size=size)
    assert taken == []
    for done in range(1, 13):
        next(reports)
        assert len(taken) == -(-done // size) * size


def test_threads_may_share_a_linter(linter):
    batch = [Draft(reply, context, number) for number, reply in enumerate(TRAPPED.values()) for context in CONTEXTS] * 5
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(linter.lint, batch)) == list(map(linter.lint, batch))
