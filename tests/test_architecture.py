import ast
from importlib.util import resolve_name
from pathlib import Path

import pytest

import empathy_lint

PACKAGE = "empathy_lint"
FOLDER = Path(empathy_lint.__file__).parent
ORDER = (
    "taxonomy",
    "errors",
    "records",
    "sentences",
    "features",
    "language",
    "scoring",
    "context",
    "reading",
    "findings",
    "engine",
    "evidence",
    "linear",
    "encoding",
    "transformer",
    "rulebook",
    "suggestions",
    "store",
    "linter",
    "__init__",
    "corpus",
    "fitting",
    "classifier",
    "evaluation",
    "training",
    "finetuning",
    "settings",
    "sources",
    "report",
    "batch",
    "cli",
    "__main__",
)
"""The architecture: each module imports only what stands above it."""


def module_names() -> set[str]:
    return {".".join(path.relative_to(FOLDER).with_suffix("").parts) for path in FOLDER.rglob("*.py")}


def tree_of(module: str) -> ast.Module:
    return ast.parse((FOLDER / Path(*module.split("."))).with_suffix(".py").read_text("utf-8"))


def own_imports(module: str) -> set[str]:
    """Return the modules of the package that this one imports, anywhere in its code."""
    package = f"{PACKAGE}.{module}".rpartition(".")[0]
    targets = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            targets += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            targets += [f"{base}.{alias.name}" for alias in node.names]
    return {_module_of(target) for target in targets if target.split(".")[0] == PACKAGE}


def _module_of(target: str) -> str:
    """Return the longest module name that the dotted target begins with."""
    parts = target.split(".")[1:]
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((prefix for prefix in prefixes if prefix in module_names()), "__init__")


def prints(module: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "print" for node in ast.walk(tree_of(module)))


def test_every_module_has_one_place_in_the_order():
    assert sorted(ORDER) == sorted(module_names())


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_what_stands_above_it(module):
    assert own_imports(module) <= set(ORDER[: ORDER.index(module)])


def test_function_level_and_module_imports_are_seen():
    assert {"findings", "store"} <= own_imports("linter")  # `from . import findings as judgement`
    assert "linter" in own_imports("cli")  # inside a function
    assert "__init__" in own_imports("cli")  # `from . import __version__`


def test_only_the_command_line_prints():
    assert {module for module in ORDER if prints(module)} == {"cli"}
