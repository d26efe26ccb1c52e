"""The model card's figures, with 95 % intervals: on labelled files, and on the corpus's own test split by domain and register.

    python benchmarks/figures.py [LABELLED.jsonl …] [--model NAME|DIR]

Intervals are percentiles of 300 resamples of the replies.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from empathy_lint import Linter, Report, Trap
from empathy_lint.corpus import Item, read_items
from empathy_lint.evaluation import Evaluation, drafts_of, evaluate

RESAMPLES = 300
DATA = Path(__file__).parents[1] / "data"
Pairs = Sequence[tuple[Item, Report]]


def judged(pairs: Pairs) -> Evaluation:
    """Return the evaluation of these items and reports."""
    return evaluate([item for item, _ in pairs], [report for _, report in pairs])


def interval(pairs: Pairs, figures: Callable[[Evaluation], list[float]], resamples: int = RESAMPLES) -> np.ndarray:
    """Return the 2.5 and 97.5 percentiles of each figure, shape (2, figures)."""
    random = np.random.default_rng(0)
    rows = [figures(judged([pairs[i] for i in random.integers(len(pairs), size=len(pairs))])) for _ in range(resamples)]
    return np.percentile(np.array(rows), [2.5, 97.5], axis=0)


NAMES = [
    "reply macro F1",
    "sentence macro F1",
    *(f"{trap.value}, reply F1" for trap in Trap),
    *(f"{trap.value}, sentence F1" for trap in Trap),
    "clean replies flagged",
    "calibration error (ECE)",
    "Brier score",
    "sharing, accuracy",
    "advice asked for, macro F1",
    "emotion, accuracy",
]


def figures_of(result: Evaluation) -> list[float]:
    """Return the figures in the order of NAMES."""
    return [
        result.reply_macro_f1,
        result.sentence_macro_f1,
        *(result.reply[trap].f1 for trap in Trap),
        *(result.sentence[trap].f1 for trap in Trap),
        result.clean_flagged,
        result.ece,
        result.brier,
        result.facts["sharing"][0],
        result.facts["advice_requested"][1],
        result.facts["emotion"][0],
    ]


def pooled(result: Evaluation) -> list[float]:
    """Return F1 over all traps together, and the share of clean replies that are flagged."""
    hits, alarms, misses = (sum(getattr(tally, name) for tally in result.reply.values()) for name in ("hits", "alarms", "misses"))
    return [2 * hits / max(1, 2 * hits + alarms + misses), result.clean_flagged]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", nargs="*", type=Path)
    parser.add_argument("--model", default="default")
    arguments = parser.parse_args()
    linter = Linter.load(arguments.model)

    def pairs_of(items: list[Item]) -> Pairs:
        return list(zip(items, linter.lint_many(drafts_of(items), evidence=False), strict=True))

    files = {path.stem: pairs_of(read_items(path)) for path in arguments.labelled}
    test = pairs_of([item for item in read_items(DATA / "replies") if item.split == "test"])
    sets = {
        **({"all": [pair for pairs in files.values() for pair in pairs]} if len(files) > 1 else {}),
        **files,
        "own test split": test,
    }
    print("| figure | " + " | ".join(f"{name} ({len(pairs)})" for name, pairs in sets.items()) + " |")
    print("|---" * (len(sets) + 1) + "|")
    values = {name: figures_of(judged(pairs)) for name, pairs in sets.items()}
    bounds = {name: interval(pairs, figures_of) for name, pairs in sets.items()}
    for row, name in enumerate(NAMES):
        cells = [f"{values[s][row]:.3f} ({bounds[s][0, row]:.3f}–{bounds[s][1, row]:.3f})" for s in sets]
        print(f"| {name} | " + " | ".join(cells) + " |")
    for field in ("domain", "register"):
        print(f"\n| {field} | replies | F1, all traps together | clean replies flagged |\n|---|---|---|---|")
        for value in sorted({getattr(item, field) for item, _ in test}):
            part = [pair for pair in test if getattr(pair[0], field) == value]
            (f1, clean), limits = pooled(judged(part)), interval(part, pooled)
            cells = [f"{figure:.3f} ({low:.3f}–{high:.3f})" for figure, low, high in zip((f1, clean), *limits, strict=True)]
            print(f"| {value} | {len(part)} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
