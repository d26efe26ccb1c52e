import pytest

from empathy_lint import Finding, Trap
from empathy_lint.errors import SettingsError
from empathy_lint.settings import FAIL_ON, FORMATS, Settings, load_settings, parse_settings


def finding(trap=Trap.FIXING, confidence=0.6, severity="info"):
    return Finding(trap, 0, 2, "Oh", confidence, severity, "Why.")


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


# Which file


def test_the_nearest_file_with_settings_wins(tmp_path):
    write(tmp_path, "[tool.empathy_lint]\nmin_confidence = 0.1")
    inner = write(tmp_path / "a" / "b", "[tool.empathy_lint]\nmin_confidence = 0.2")
    write(inner / "c", "[tool.other]\nkey = 1")
    (inner / "c" / "d").mkdir()
    assert load_settings(tmp_path / "a").min_confidence == 0.1
    assert load_settings(inner).min_confidence == 0.2
    assert load_settings(inner / "c" / "d").min_confidence == 0.2


def test_an_empty_table_ends_the_search(tmp_path):
    write(tmp_path, "[tool.empathy_lint]\nmin_confidence = 0.1")
    assert load_settings(write(tmp_path / "a", "[tool.empathy_lint]")) == Settings()


def test_without_any_file_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize("text", ["[tool", "[tool.empathy_lint]\nselect = ", "a = 1\na = 2"])
def test_broken_toml_is_refused_by_file(tmp_path, text):
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        load_settings(tmp_path)


def test_a_file_that_is_no_utf8_is_refused_by_file(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        load_settings(tmp_path)


def test_what_is_wrong_in_a_file_is_told_with_its_path(tmp_path):
    write(tmp_path, "[tool.empathy_lint]\nfail_on = 'always'")
    with pytest.raises(SettingsError) as refusal:
        load_settings(tmp_path)
    assert str(tmp_path / "pyproject.toml") in str(refusal.value)


# Which keys and values


def test_every_key_is_read():
    table = {
        "model": "models/ours",
        "select": ["EL101", "hijacking"],
        "ignore": ["PQ"],
        "min-confidence": 0.4,
        "fail_on": "warning",
        "format": "github",
    }
    assert parse_settings(table, "here") == Settings("models/ours", ("EL101", "hijacking"), ("PQ",), 0.4, "warning", "github")


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("selct", "select"), ("ignored", "ignore"), ("min_confidense", "min_confidence"), ("failon", "fail_on"), ("fmt", "format")],
)
def test_an_unknown_key_is_refused_with_the_nearest(key, nearest):
    with pytest.raises(SettingsError, match=f"here: unknown key '{key}'.* did you mean '{nearest}'"):
        parse_settings({key: 1}, "here")


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("select", "EL101", "a list of strings"),
        ("ignore", [101], "a list of strings"),
        ("ignore", {}, "a list of strings"),
        ("min_confidence", "0.5", "a number"),
        ("min_confidence", True, "a number"),
        ("fail_on", False, "a string"),
        ("format", ["json"], "a string"),
        ("model", 1, "a string"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(key, value, kind):
    with pytest.raises(SettingsError, match=f"here: {key} must be {kind}"):
        parse_settings({key: value}, "here")


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("select", ["EL110"], "unknown trap 'EL110'; did you mean 'EL10"),
        ("ignore", ["hijaking"], "unknown trap 'hijaking'; did you mean 'hijacking'"),
        ("ignore", [""], "unknown trap ''"),
        ("min_confidence", 1.01, r"min_confidence must lie in \[0, 1\], not 1.01"),
        ("min_confidence", -1, r"min_confidence must lie in \[0, 1\]"),
        ("min_confidence", float("nan"), r"min_confidence must lie in \[0, 1\]"),
        ("fail_on", "warnings", "'warnings' is none of never, info, warning; did you mean 'warning'"),
        ("format", "sariff", "'sariff' is none of .*; did you mean 'sarif'"),
    ],
)
def test_an_impossible_value_is_refused_with_a_hint(key, value, hint):
    with pytest.raises(SettingsError, match=f"here: {hint}"):
        parse_settings({key: value}, "here")


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_min_confidence_takes_whole_numbers_too(value):
    assert parse_settings({"min_confidence": value}, "here").min_confidence == value


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("fail_on", FAIL_ON)
def test_every_listed_choice_is_taken(form, fail_on):
    assert Settings(format=form, fail_on=fail_on).format == form


# Which findings


@pytest.mark.parametrize("name", ["EL101", "el101", "fixing", "FX", "Fixing"])
def test_a_trap_is_chosen_by_code_name_or_label(name):
    assert Settings(select=(name,)).keeps(finding(Trap.FIXING))
    assert not Settings(select=(name,)).keeps(finding(Trap.HIJACKING))
    assert not Settings(ignore=(name,)).keeps(finding(Trap.FIXING))
    assert Settings(ignore=(name,)).keeps(finding(Trap.HIJACKING))


@pytest.mark.parametrize("trap", Trap)
def test_without_a_choice_every_trap_is_kept(trap):
    assert Settings().keeps(finding(trap, confidence=0.0))


def test_ignore_outdoes_select():
    assert not Settings(select=("EL101",), ignore=("fixing",)).keeps(finding(Trap.FIXING))


@pytest.mark.parametrize(("confidence", "kept"), [(0.59, False), (0.6, True), (0.61, True)])
def test_min_confidence_is_the_least_that_is_kept(confidence, kept):
    assert Settings(min_confidence=0.6).keeps(finding(confidence=confidence)) is kept


@pytest.mark.parametrize(
    ("fail_on", "severities", "fails"),
    [
        ("never", ["info", "warning"], False),
        ("info", ["info"], True),
        ("info", ["warning"], True),
        ("info", [], False),
        ("warning", ["info", "info"], False),
        ("warning", ["info", "warning"], True),
    ],
)
def test_fail_on_is_the_least_severity_that_fails(fail_on, severities, fails):
    assert Settings(fail_on=fail_on).fails(finding(severity=severity) for severity in severities) is fails
