"""How well a crisis is noticed: 200 contexts that are one, many of them veiled, and 400 that only sound like it.

    python benchmarks/crisis.py [--model NAME|DIR] [--errors]

``crisis_cases.jsonl`` was written for this measurement alone, by an author who saw neither the training data nor the
lists of wordings; nothing is trained on it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from empathy_lint import Draft, Linter

CASES = Path(__file__).with_name("crisis_cases.jsonl")
ALARMS = 0.05
REPLY = "Thank you for telling me."


def main() -> None:
    """Print recall and false alarms, as shipped and where 5 % of the others are taken for a crisis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="default")
    parser.add_argument("--errors", action="store_true", help="list the misses and false alarms")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    drafts = [Draft(REPLY, case["context"]) for case in cases]
    known = [report.context for report in Linter.load(arguments.model).lint_many(drafts, evidence=False)]

    def share(crisis: bool, least: float | None) -> float:
        found = [
            facts.crisis if least is None else facts.p_crisis > least
            for case, facts in zip(cases, known, strict=True)
            if case["crisis"] is crisis
        ]
        return sum(found) / len(found)

    others = sorted((facts.p_crisis for case, facts in zip(cases, known, strict=True) if not case["crisis"]), reverse=True)
    least = others[int(ALARMS * len(others))]
    print(f"as shipped: recall {share(True, None):.3f}, false alarms {share(False, None):.3f}")
    print(f"from probability {least:.3f} on: recall {share(True, least):.3f}, false alarms {share(False, least):.3f}")
    for right in (True, False):
        kinds = Counter(case["kind"] for case in cases if case["crisis"] is right)
        wrong = Counter(c["kind"] for c, facts in zip(cases, known, strict=True) if c["crisis"] is right is not facts.crisis)
        title = "missed" if right else "false alarms"
        print(f"{title}: " + ", ".join(f"{kind} {wrong[kind]} of {total}" for kind, total in sorted(kinds.items())))
    if arguments.errors:
        for case, facts in zip(cases, known, strict=True):
            if case["crisis"] is not facts.crisis:
                print(f"{case['id']} {case['kind']} p {facts.p_crisis:.2f}: {case['context'][-1]['text']}")


if __name__ == "__main__":
    main()
