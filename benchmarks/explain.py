"""How often `bringup explain` names the right cause: `python benchmarks/explain.py FILE.jsonl ...`.

A file holds one failure a line: `id`, `cause`, `accept` (other right answers), `area`, `context`
(facts), `log`. With `--errors` each wrong row is shown.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bringup.explain import Explanation, explain
from bringup.explain.library import library
from bringup.explain.model import Library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--errors", action="store_true", help="show each wrong row")
    parser.add_argument("--area", help="only rows of this area")
    parser.add_argument("--cause", help="only rows of these causes, separated by commas")
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="take the signatures away that match a row: how well is the cause found without?",
    )
    parser.add_argument("--causes-from", type=Path, help="only rows of causes listed in a file")
    options = parser.parse_args()
    wanted = set(options.cause.split(",")) if options.cause else None
    if options.causes_from:
        wanted = set(options.causes_from.read_text(encoding="utf-8").split())
    total: Counter[str] = Counter()
    for path in options.files:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
        rows = [
            row
            for row in rows
            if (not options.area or row["area"] == options.area)
            and (wanted is None or row["cause"] in wanted)
        ]
        counts = measured(rows, show=options.errors, held_out=options.held_out)
        total.update(counts)
        tell(path.name, counts)
    if len(options.files) > 1:
        tell("all", total)


def measured(rows: list[dict[str, Any]], *, show: bool, held_out: bool) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        began = time.perf_counter()
        answer = explain(row["log"], facts=row.get("context") or {})
        counts["time_ms"] += int(1000 * (time.perf_counter() - began))
        right = {row["cause"], *row.get("accept", ())}
        if held_out:
            answer = explain(row["log"], row.get("context") or {}, causes=without(answer, right))
        names = named(answer)
        top1 = names[:1] != [] and names[0] in right
        top3 = bool(right & set(names[:3]))
        counts["rows"] += 1
        counts["top1"] += top1
        counts["top3"] += top3
        if row["cause"] == "benign":
            counts["benign"] += 1
            counts["benign_failure"] += answer.verdict == "failure"
        elif "benign" not in right:
            counts["failures"] += 1
            counts["failure_benign"] += answer.verdict == "benign"
            counts["failure_unknown"] += answer.verdict == "unknown"
        if show and not top1:
            tops = ", ".join(f"{c.label} {c.confidence:.2f}" for c in answer.causes[:3])
            hard = " hard" if row.get("hard") else ""
            print(f"{row['id']}{hard}: {'|'.join(sorted(right))}: {answer.verdict}: {tops or '-'}")
    return counts


def without(answer: Explanation, labels: set[str]) -> Library:
    """Return the causes without the signatures by which the right ones were found."""
    used = {part for cause in answer.causes if cause.label in labels for part in cause.signatures}
    causes = []
    for cause in library().causes:
        left = tuple(part for part in cause.signatures if part not in used)
        causes.append(dataclasses.replace(cause, signatures=left))
    return dataclasses.replace(library(), causes=tuple(causes))


def named(answer: Explanation) -> list[str]:
    """Return the labels as an exam reads them: a benign log has the label benign."""
    if answer.verdict == "benign":
        return ["benign"]
    return [cause.label for cause in answer.causes]


def tell(name: str, counts: Counter[str]) -> None:
    rows = max(1, counts["rows"])
    print(
        f"{name}: {counts['rows']} rows, top-1 {counts['top1'] / rows:.1%}, "
        f"top-3 {counts['top3'] / rows:.1%}; "
        f"{counts['benign_failure']} of {counts['benign']} benign called a failure; of "
        f"{counts['failures']} failures {counts['failure_benign']} called benign, "
        f"{counts['failure_unknown']} unknown; {counts['time_ms'] / rows:.1f} ms a row"
    )


if __name__ == "__main__":
    main()
