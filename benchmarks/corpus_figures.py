"""The datasheet's figures: what the corpus holds, and how varied it is.

python benchmarks/corpus_figures.py
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from empathy_lint.corpus import Item, read_items
from empathy_lint.taxonomy import LABELS

JACCARD_FROM = 0.8


def words(text: str) -> list[str]:
    """Return the lower-case words of a text."""
    return re.findall(r"[a-z']+", text.lower())


def grams(text: str, length: int) -> set[tuple[str, ...]]:
    """Return the distinct word sequences of this length."""
    row = words(text)
    return set(zip(*(row[start:] for start in range(length)), strict=False))


def share(values: Iterable[bool]) -> str:
    """Return a share in per cent."""
    return f"{100 * statistics.mean(values):.1f} %"


def table(title: str, counts: Counter[str], total: int) -> None:
    """Print a Markdown table."""
    print(f"\n| {title} | n | share |\n|---|---|---|")
    for name, count in counts.most_common():
        print(f"| {name} | {count:,} | {100 * count / total:.1f} % |")


def near_duplicates(items: list[Item]) -> int:
    """Return how many pairs of replies share 80 % of their three-word sequences."""
    sets = [grams(item.reply, 3) for item in items]
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, found in enumerate(sets):
        for gram in found:
            holders.setdefault(gram, []).append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for listed in holders.values():
        if len(listed) < 50:
            shared.update((a, b) for at, a in enumerate(listed) for b in listed[at + 1 :])
    return sum(count / len(sets[a] | sets[b]) >= JACCARD_FROM for (a, b), count in shared.items() if len(sets[a]) > 2)


def main() -> None:
    """Print the figures."""
    items = read_items(Path(__file__).parents[1] / "data")
    sentences = sum(len(item.sentences) for item in items)
    print(f"{len(items):,} items, {sentences:,} sentences")
    table("label", Counter(chain.from_iterable(codes for item in items for codes in item.labels)), sentences)
    looks = [codes for item in items for codes in item.resembles]
    print(f"\nlook-alikes: {sum(map(bool, looks)):,} sentences: {dict(Counter(chain.from_iterable(looks)).most_common())}")
    for name in ("domain", "register", "emotion"):
        table(name, Counter(str(getattr(item, name)) for item in items), len(items))
    print(f"\nsomething shared: {share(item.sharing for item in items)}")
    print(f"advice asked for: {share(item.advice_requested for item in items)}")
    print(f"crisis: {share(item.crisis for item in items)}")
    print(f"several turns: {share(len(item.context) > 1 for item in items)}")
    print(f"reply begins in lower case: {share(item.reply[0].islower() for item in items)}")
    print(f"reply has no end mark: {share(item.reply.rstrip()[-1] not in '.!?' for item in items)}")
    lengths = sorted(len(words(item.reply)) for item in items)
    print(f"words a reply, 10/50/90 %: {[lengths[int(len(lengths) * q)] for q in (0.1, 0.5, 0.9)]}")
    opens = Counter(" ".join(words(item.reply)[:3]) for item in items)
    print(f"most common opening three words: {opens.most_common(3)}, {100 * opens.most_common(1)[0][1] / len(items):.2f} %")
    sample = items[:: max(1, len(items) // 600)][:600]
    total = sum(len(words(item.reply)) for item in sample)
    pairs = set(chain.from_iterable(grams(item.reply, 2) for item in sample))
    print(f"distinct two-word sequences per 1,000 words, in {len(sample)} replies: {1000 * len(pairs) / total:.0f}")
    print(f"near-duplicate replies (Jaccard of three-word sequences >= {JACCARD_FROM}): {near_duplicates(items)}")
    assert set(LABELS) >= set(chain.from_iterable(codes for item in items for codes in item.labels))


if __name__ == "__main__":
    main()
