"""What the documentation says must run."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from empathy_lint.cli import main
from empathy_lint.settings import parse_settings
from empathy_lint.taxonomy import Trap

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_readme_runs(code, capsys):
    exec(compile(code, "README.md", "exec"), {})
    assert "EL101" in capsys.readouterr().out


def commands():
    lines = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("empathy-lint check") and "draft.txt" not in line]


@pytest.mark.parametrize("line", commands())
def test_commands_in_the_readme_run(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as stopped:
        main(shlex.split(line)[1:])
    assert stopped.value.code in (0, 1)
    assert capsys.readouterr().out


def test_the_readme_opens_with_what_the_command_really_prints(capsys):
    line = blocks("console")[0].removeprefix("$ ").strip()
    with pytest.raises(SystemExit):
        main(shlex.split(line)[1:])
    shown = blocks("text")[0].rstrip().splitlines()
    printed = capsys.readouterr().out.rstrip().splitlines()
    without_confidence = [[re.sub(r"0\.\d\d", "", row) for row in rows] for rows in (shown, printed)]
    assert without_confidence[0] == without_confidence[1]


def test_settings_in_the_readme_are_known():
    assert parse_settings(tomllib.loads(blocks("toml")[0])["tool"]["empathy_lint"], "README.md")


def test_every_trap_stands_in_the_readme():
    assert [code for code in (trap.code for trap in Trap) if code not in README] == []
