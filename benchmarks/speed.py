"""How fast: batch and single drafts, beside a peer in the same run.

    python benchmarks/speed.py [--drafts 4000]

The peer is scikit-learn's TF-IDF of words 1-3 with logistic regression, one act, no spans, no context, no
suggestions. Machines differ and are noisy: read the ratios.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from empathy_lint import Draft, Linter
from empathy_lint.batch import run_batch
from empathy_lint.corpus import read_items
from empathy_lint.evaluation import drafts_of
from empathy_lint.settings import Settings

REPEATS = 5


def seconds(action: Callable[[], object]) -> float:
    """Return the least wall time of several runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def as_lines(drafts: list[Draft]) -> bytes:
    """Return the drafts as `batch` reads them."""
    rows = [{"id": d.id, "context": [{"role": t.role, "text": t.text} for t in d.context], "reply": d.reply} for d in drafts]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def start_up(code: str) -> float:
    """Return the least wall time of a fresh interpreter that runs this code."""
    return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL))


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--drafts", type=int, default=4000)
    count = arguments.parse_args().drafts
    items = read_items(Path(__file__).parents[1] / "data")
    drafts = list(drafts_of(items[:: max(1, len(items) // count)]))[:count]
    characters = statistics.mean(len(d.reply) for d in drafts)
    said = statistics.mean(sum(len(t.text) for t in d.context) for d in drafts)
    print(f"{len(drafts)} drafts, replies of {characters:.0f} characters, contexts of {said:.0f}")

    sentences = [sentence for item in items for sentence in item.sentences]
    labels = ["FX" in codes for item in items for codes in item.labels]
    vectorizer = TfidfVectorizer(ngram_range=(1, 3))
    peer = LogisticRegression().fit(vectorizer.fit_transform(sentences), labels)
    replies = [draft.reply for draft in drafts]
    peer_rate = len(drafts) / seconds(lambda: peer.predict_proba(vectorizer.transform(replies)))

    linter = Linter.load()
    lint_rate = len(drafts) / seconds(lambda: list(linter.lint_many(drafts, evidence=False)))
    content = as_lines(drafts)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "out.jsonl"
        batch_rate = len(drafts) / seconds(lambda: run_batch(io.BytesIO(content), output, Settings()))
    print(f"peer, TF-IDF + logistic regression, one act: {peer_rate:9,.0f} replies/s")
    print(f"lint_many, findings and suggestions:         {lint_rate:9,.0f} replies/s  {lint_rate / peer_rate:.2f} of the peer")
    print(f"batch --jobs 1, JSON to JSON:                {batch_rate:9,.0f} replies/s  {batch_rate / peer_rate:.2f} of the peer")

    for name, chosen in (("with evidence", drafts[:500]),):
        times = []
        for draft in chosen:
            start = time.perf_counter()
            linter.lint(draft)
            times.append(time.perf_counter() - start)
        print(f"one draft, warm, {name}: median {statistics.median(times) * 1e3:.2f} ms")
    single = []
    for reply in replies[:500]:
        start = time.perf_counter()
        peer.predict_proba(vectorizer.transform([reply]))
        single.append(time.perf_counter() - start)
    print(f"one reply, the peer: median {statistics.median(single) * 1e3:.2f} ms")

    bare = start_up("import spacy")
    ours = start_up(
        "import spacy, sys; from empathy_lint.cli import main; sys.argv[1:] = ['check', '--exit-zero', 'Just quit.']; main()"
    )
    print(f"start-up: import spacy {bare:.2f} s, the same and `check` {ours:.2f} s: {ours - bare:.2f} s of our own")
    print(f"import empathy_lint: {start_up('import empathy_lint') - start_up('pass'):.2f} s")


if __name__ == "__main__":
    main()
