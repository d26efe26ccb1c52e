import subprocess
import sys

import pytest

import empathy_lint

PUBLIC = [
    "Act",
    "Draft",
    "Emotion",
    "EmpathyLintError",
    "Facts",
    "Finding",
    "Linter",
    "Report",
    "Suggestion",
    "Trap",
    "Turn",
    "__version__",
]
HEAVY = ("pandas", "sklearn", "scipy", "spacy")


def test_the_door_holds_these_names_sorted():
    assert empathy_lint.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_importable(name):
    assert hasattr(empathy_lint, name)


@pytest.mark.parametrize("module", ["empathy_lint", "empathy_lint.cli"])
def test_importing_imports_nothing_heavy(module):
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_all_errors_have_one_base():
    from empathy_lint import errors

    raised = [error for error in vars(errors).values() if isinstance(error, type)]
    assert len(raised) > 1
    assert all(issubclass(error, empathy_lint.EmpathyLintError) for error in raised)
