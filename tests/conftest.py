import pytest
from hypothesis import settings

from empathy_lint import Linter

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def linter():
    return Linter.load()


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch):
    """Keep the colours and the width that the user's terminal asks for out of the tests."""
    for variable in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"):
        monkeypatch.delenv(variable, raising=False)
