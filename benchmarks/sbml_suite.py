"""Runs the time courses of an SBML Test Suite folder by each engine and writes the tables of docs/sbml.md.

    python benchmarks/sbml_suite.py FOLDER [--engine auto --engine batch --engine reference] [--write docs/sbml.md]

FOLDER holds ``index.tsv`` and one folder per case, as the tests in tests/conformance expect it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "conformance"))

from cases import Engine, Listed, Outcome, outcome, time_courses  # noqa: E402 - the tests' own module

ENGINES: Final[tuple[Engine, ...]] = ("auto", "batch", "reference")
KINDS: Final = ("right", "refused", "failed", "wrong", "crashed")
MARKS: Final = ("<!-- tables: begin -->", "<!-- tables: end -->")


def swept(suite: Path, cases: Sequence[Listed], engine: Engine) -> dict[str, Outcome]:
    """Outcomes by case, with a line of progress."""
    found: dict[str, Outcome] = {}
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        tasks = {pool.submit(outcome, suite / case.name, engine): case.name for case in cases}
        for number, task in enumerate(as_completed(tasks), 1):
            found[tasks[task]] = task.result()
            if number % 100 == 0 or number == len(tasks):
                print(f"{engine}: {number} of {len(tasks)}", file=sys.stderr, flush=True)
    return found


def overview(results: dict[Engine, dict[str, Outcome]]) -> Iterator[str]:
    """Counts of each engine."""
    yield "| engine | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---|" * len(KINDS)
    for engine, outcomes in results.items():
        counts = Counter(one.kind for one in outcomes.values())
        yield f"| {engine} | " + " | ".join(str(counts[kind]) for kind in KINDS) + " |"


def by_tag(cases: Sequence[Listed], results: dict[Engine, dict[str, Outcome]]) -> Iterator[str]:
    """Right and refused cases per tag and engine."""
    yield "| tag | cases | " + " | ".join(f"{engine}: right | refused | not right" for engine in results) + " |"
    yield "|---|---|" + "---|---|---|" * len(results)
    for tag in sorted({tag for case in cases for tag in case.tags}):
        tagged = [case.name for case in cases if tag in case.tags]
        cells: list[str] = []
        for outcomes in results.values():
            counts = Counter(outcomes[name].kind for name in tagged)
            cells += [
                str(counts["right"]),
                str(counts["refused"]),
                str(len(tagged) - counts["right"] - counts["refused"]),
            ]
        yield f"| {tag} | {len(tagged)} | " + " | ".join(cells) + " |"


def reasons(outcomes: dict[str, Outcome]) -> Iterator[str]:
    """Cases that are refused or not right, by reason."""
    groups: dict[str, list[str]] = {}
    for name, one in sorted(outcomes.items()):
        if one.kind != "right":
            first = re.sub(r"^\S*model\.xml: ", "", one.reason.splitlines()[0])
            shown = re.sub(r" ?\(in “[^”]*”\)", "", re.sub(r"(reaction|event|species) “[^”]*”", r"\1", first))
            groups.setdefault(f"{one.kind}: {shown}", []).append(name)
    for reason, names in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        yield f"- {reason} ({len(names)}): {', '.join(names)}"


def page(cases: Sequence[Listed], results: dict[Engine, dict[str, Outcome]]) -> str:
    """The generated part of the page."""
    lines = [f"{len(cases)} time courses.", "", *overview(results), ""]
    for engine, outcomes in results.items():
        lines += [f"### Refused or not right: {engine}", "", *reasons(outcomes), ""]
    lines += ["### By tag", "", *by_tag(cases, results)]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="folder with index.tsv and the cases")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="an engine; all three if left out")
    parser.add_argument("--write", type=Path, help="page whose generated part is replaced; else it is printed")
    asked = parser.parse_args()
    cases = time_courses(asked.suite)
    made = page(cases, {engine: swept(asked.suite, cases, engine) for engine in asked.engine or ENGINES})
    if asked.write is None:
        print(made)
        return
    before, rest = asked.write.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    asked.write.write_text(f"{before}{MARKS[0]}\n{made}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
