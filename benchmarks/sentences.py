"""Our sentence splitter beside spaCy's sentencizer: speed, and agreement with the sentences of the corpus.

python benchmarks/sentences.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy

from empathy_lint.corpus import Item, read_items
from empathy_lint.sentences import split_sentences

Split = Callable[[str], list[int]]


def agreement(items: Sequence[Item], split: Split) -> tuple[float, float, float]:
    """Return the share of replies cut in the same places, and precision and recall of the cuts."""
    same = right = made = wanted = 0
    for item in items:
        labelled = {start for start, _ in item.spans[1:]}
        found = set(split(item.reply)[1:])
        same += labelled == found
        right += len(labelled & found)
        made += len(found)
        wanted += len(labelled)
    return same / len(items), right / made, right / wanted


def main() -> None:
    """Print the figures."""
    items = read_items(Path(__file__).parents[1] / "data")
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    splits: dict[str, Split] = {
        "ours": lambda text: [sentence.start for sentence in split_sentences(text)],
        "spaCy's sentencizer": lambda text: [sentence.start_char for sentence in nlp(text).sents],
    }
    for name, split in splits.items():
        same, precision, recall = agreement(items, split)
        start = time.perf_counter()
        for item in items:
            split(item.reply)
        rate = len(items) / (time.perf_counter() - start)
        print(f"{name:20} same {same:.3f}, cuts P {precision:.3f} R {recall:.3f}, {rate:9,.0f} replies/s")


if __name__ == "__main__":
    main()
