"""The command line: the only file that prints."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from . import __version__
from .errors import EmpathyLintError, InputError, ModelError
from .records import Draft, Report, Turn
from .settings import FAIL_ON, FORMATS, Settings, load_settings
from .sources import STDIN, Source, read_source, read_text

if TYPE_CHECKING:
    from .corpus import Item

CLEAN, FOUND, FAILED = 0, 1, 2
Command = TypeVar("Command", bound=Callable[..., Any])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; exit 0 clean, 1 findings, 2 error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal's encoding lacks is shown as "?"
            stream.reconfigure(errors="replace")
    try:
        status = app.main(args=arguments, prog_name="empathy-lint", standalone_mode=False)
    except EmpathyLintError as error:
        _complain(str(error))
    except click.ClickException as error:
        _complain(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted")
    except BrokenPipeError:  # the reader has gone, as `head` does; nothing is wrong and nothing more can be said
        sys.stderr.close()
        raise SystemExit(FAILED) from None
    raise SystemExit(status or CLEAN)


def _console() -> Console:
    return Console(color_system=None if os.environ.get("NO_COLOR") else "auto")


def _complain(message: str) -> NoReturn:
    print(f"empathy-lint: {' '.join(message.split())}", file=sys.stderr)
    raise SystemExit(FAILED)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, message="empathy-lint %(version)s")
@click.pass_context
def app(context: click.Context) -> None:
    """Read a reply before it is sent: where it makes the other person feel unheard, and what to say instead."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def _choosing(command: Command) -> Command:
    """Add the options that choose findings."""
    for option in (
        click.option("--engine", "--model", "model", metavar="fast|DIR", help="The shipped engine, or a model folder."),
        click.option("--fail-on", metavar="|".join(FAIL_ON), help="Least severity that exits 1."),
        click.option("--min-confidence", type=float, metavar="P", help="Only findings from this confidence on, 0 to 1."),
        click.option("--ignore", multiple=True, metavar="CODE,…", help="Traps to leave out."),
        click.option("--select", multiple=True, metavar="CODE,…", help="Traps to look for; all if not given."),
    ):
        command = option(command)
    return command


@app.command()
@click.argument("texts", nargs=-1, metavar="[TEXT | PATH… | -]")
@click.option("--context", multiple=True, metavar="TEXT", help="What the speaker said; repeat for several turns, oldest first.")
@click.option("--context-file", metavar="PATH", help="A text file with what the speaker said.")
@click.option("--lines", is_flag=True, help="Each line of plain text is a draft of its own.")
@click.option("--format", "form", metavar="|".join(FORMATS), help="How to print the findings.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found.")
@_choosing
def check(
    texts: tuple[str, ...],
    context: tuple[str, ...],
    context_file: str | None,
    lines: bool,
    form: str | None,
    exit_zero: bool,
    **options: Any,
) -> int:
    """Lint replies: a text, files, or - for standard input. A .jsonl file is a list of drafts."""
    settings = _settings(format=form, **options)
    told = _context(context, context_file)
    sources = [_in_context(source, told) for source in _sources(texts or (STDIN,), lines)]

    from .batch import chosen
    from .linter import Linter

    with_evidence = settings.format in ("json", "jsonl")
    reports = Linter.load(settings.model).lint_many((source.draft for source in sources), evidence=with_evidence)
    linted = [(source, chosen(report, settings)) for source, report in zip(sources, reports, strict=True)]
    _print(linted, settings.format)
    failed = any(settings.fails(report.findings) for _, report in linted)
    return FOUND if failed and not exit_zero else CLEAN


@app.command()
@click.argument("source", metavar="IN.jsonl")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), metavar="OUT.jsonl", help="Where the reports go.")
@click.option("--jobs", "-j", default=1, metavar="N", help="Processes side by side; -1 is one a core.")
@_choosing
def batch(source: str, output: Path, jobs: int, fail_on: str | None, **options: Any) -> int:
    """Lint any number of drafts (- for standard input): one line in, one line out, in order.

    Exits 0 whatever it finds, unless --fail-on is given.
    """
    settings = _settings(fail_on=fail_on or "never", **options)
    if jobs == 0 or jobs < -1:
        raise InputError(f"--jobs must be 1 or more, or -1 for one a core, not {jobs}")
    summary = _run_batch(source, output, settings, jobs)

    from .batch import rejects_path

    rejected = f", {summary.rejects} rejected (see {rejects_path(output)})" if summary.rejects else ""
    print(f"{summary.drafts} drafts, {summary.flagged} with findings, {summary.findings} findings{rejected}", file=sys.stderr)
    if summary.rejects:
        return FAILED
    return FOUND if summary.failed else CLEAN


@app.command()
@click.argument("trap", metavar="CODE|NAME")
def explain(trap: str) -> None:
    """Say what a trap is, why it hurts, when it is fine, and what to say instead."""
    from rich.markdown import Markdown

    from .rulebook import explanation

    _console().print(Markdown(explanation(trap)))


@app.command()
def rules() -> None:
    """List the traps."""
    from .rulebook import load_rules

    table = Table("code", "name", "what it does", box=None, pad_edge=False)
    for rule in load_rules().values():
        table.add_row(rule.trap.code, rule.trap.value, rule.message)
    _console().print(table)


@app.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The model folder to write.")
@click.option(
    "--engine", type=click.Choice(["fast", "deep"]), default="fast", help="What to train; deep takes an hour on two cores."
)
def train(data: Path, output: Path, engine: str) -> None:
    """Train an engine on a folder of labelled items, or one .jsonl file; the same data gives the same engine.

    Items of the test split are left out. A deep training that was stopped goes on where it was.
    """
    from .corpus import read_items

    items = read_items(data)
    if engine == "deep":
        _train_deep(items, output)
        return
    from .store import save_model
    from .training import train as fit

    model = fit(items)
    save_model(model, output)
    print(f"trained on {model.about['data']['items']} items; model in {output}")


def _train_deep(items: list[Item], output: Path) -> None:
    try:
        from .finetuning import Plan, finetune
    except ImportError as error:
        raise ModelError("training a deep engine needs more libraries: pip install 'empathy_lint[train]'") from error
    finetune(items, output, Plan(), lambda line: print(line, flush=True))
    print(f"model in {output}")


@app.command()
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="GOLD.jsonl…")
@click.option("--errors", default=20, metavar="N", help="How many wrong sentences to list.")
@click.option("--engine", "--model", "model", metavar="fast|DIR", help="The shipped engine, or a model folder.")
def evaluate(gold: tuple[Path, ...], errors: int, model: str | None) -> None:
    """Compare the model's findings with labelled items."""
    from .corpus import read_items
    from .evaluation import drafts_of, render
    from .evaluation import evaluate as compare
    from .linter import Linter

    items = [item for path in gold for item in read_items(path)]
    linter = Linter.load(_settings(model=model).model)
    print(render(compare(items, linter.lint_many(drafts_of(items), evidence=False)), errors))


def _settings(**options: Any) -> Settings:
    given = {name: value for name, value in options.items() if value not in (None, ())}
    for name in ("select", "ignore"):
        if name in given:
            given[name] = tuple(code.strip() for entry in given[name] for code in entry.split(",") if code.strip())
    return replace(load_settings(Path.cwd()), **given)


def _sources(texts: Sequence[str], by_line: bool) -> list[Source]:
    """Return the drafts: standard input, files where there are such, else the words themselves as one reply."""
    if len(texts) == 1 and texts[0] != STDIN and not _is_path(texts[0]):
        return [Source(Draft(texts[0]))]
    return [source for text in texts for source in read_source(text, sys.stdin.buffer, by_line=by_line)]


def _is_path(text: str) -> bool:
    """Tell whether this is a file's name: one that is there, or one word that ends like a file we read."""
    if not text:
        return False
    try:
        return Path(text).exists() or (not any(map(str.isspace, text)) and text.endswith((".txt", ".jsonl", ".md")))
    except (OSError, ValueError):
        return False


def _context(turns: Sequence[str], path: str | None) -> list[Turn]:
    told = ([read_text(path)] if path else []) + list(turns)
    return [Turn("speaker", text) for text in told if text.strip()]


def _in_context(source: Source, context: Sequence[Turn]) -> Source:
    """Return the source with this context before it, unless the draft brings its own."""
    draft = source.draft
    return source if draft.context or not context else replace(source, draft=Draft(draft.reply, context, draft.id))


def _print(linted: Sequence[tuple[Source, Report]], form: str) -> None:
    from . import report as rendering

    if form == "full":
        console = _console()
        for source, report in linted:
            console.print(rendering.Full(source, report), highlight=False, soft_wrap=True)
    elif form == "json":
        print(rendering.dump_json([report.to_dict() for _, report in linted], indent=True))
    elif form == "jsonl":
        for _, report in linted:
            print(rendering.dump_json(report.to_dict()))
    elif form == "sarif":
        from .rulebook import load_rules

        print(rendering.dump_json(rendering.sarif(linted, load_rules().values(), __version__), indent=True))
    else:
        lines = rendering.concise if form == "concise" else rendering.github
        for source, report in linted:
            for line in lines(source, report):
                print(line)


def _run_batch(source: str, output: Path, settings: Settings, jobs: int) -> Any:
    from .batch import rejects_path, run_batch

    if source == STDIN:
        return run_batch(sys.stdin.buffer, output, settings, jobs=jobs)
    path = Path(source)
    for written in (output, rejects_path(output)):
        if path.exists() and written.exists() and path.samefile(written):
            raise InputError(f"{written} is the input and would be overwritten; name another --output")
    try:
        with path.open("rb") as file:
            if not sys.stderr.isatty():
                return run_batch(file, output, settings, jobs=jobs)
            from rich.progress import Progress

            with Progress(console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("linting", total=path.stat().st_size)
                return run_batch(file, output, settings, jobs=jobs, progress=lambda done: bar.advance(task, done))
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}") from error
