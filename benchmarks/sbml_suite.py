"""Runs the time-course cases of the SBML Test Suite and writes how they end, per tag.

    python benchmarks/sbml_suite.py ../shared/sbml-test-suite                       # to the screen
    python benchmarks/sbml_suite.py ../shared/sbml-test-suite --docs docs/sbml.md   # into the page's table
    python benchmarks/sbml_suite.py ../shared/sbml-test-suite --engine batch --csv cases.csv

Cases run in a worker process, which is stopped and started again when a case crashes or takes too long.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "conformance"))

from cases import ATOL, RTOL, Engine, Entry, Outcome, entries, outcome

ENGINES: Final[tuple[Engine, ...]] = ("batch", "reference", "auto")
TITLES: Final = {"batch": "batched engine", "reference": "libRoadRunner", "auto": "the whole"}
KINDS: Final = ("right", "refused", "wrong", "failed")
MARKERS: Final = ("<!-- table: begin -->", "<!-- table: end -->")
Found = dict[Engine, dict[str, Outcome]]


def main() -> None:
    """Run the cases that the command line asks for."""
    options = _options()
    chosen = [one for one in entries(options.suite) if not options.case or one.name in options.case]
    if not chosen:
        sys.exit(f"There are no time-course cases in {options.suite}.")
    found: Found = {}
    for engine in options.engine or ENGINES:
        found[engine] = _sweep(chosen, engine, options)
    text = "\n".join(_tables(chosen, found))
    if options.csv:
        _write_csv(options.csv, chosen, found)
    if options.docs:
        _write_between(options.docs, text)
    else:
        sys.stdout.write(text + "\n")


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="folder of the suite")
    parser.add_argument(
        "--engine", action="append", choices=ENGINES, help="may be given more than once; all by default"
    )
    parser.add_argument("--case", action="append", help="number of a case; may be given more than once")
    parser.add_argument("--csv", type=Path, help="file for one line per case")
    parser.add_argument("--docs", type=Path, help="page whose table is replaced, between its markers")
    parser.add_argument("--rtol", type=float, default=RTOL)
    parser.add_argument("--atol", type=float, default=ATOL)
    parser.add_argument("--seconds", type=float, default=60.0, help="time per case")
    return parser.parse_args()


def _sweep(chosen: Sequence[Entry], engine: Engine, options: Any) -> dict[str, Outcome]:
    worker = _Worker(engine, options)
    found: dict[str, Outcome] = {}
    for number, entry in enumerate(chosen, start=1):
        found[entry.name] = worker.outcome(entry)
        if number % 100 == 0 or number == len(chosen):
            sys.stderr.write(f"{TITLES[engine]}: {number} of {len(chosen)}\n")
    worker.stop()
    return found


class _Worker:
    """A process that runs one case after another."""

    def __init__(self, engine: Engine, options: Any) -> None:
        self.engine, self.options = engine, options
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.ours, theirs = context.Pipe()
        settings = (self.engine, self.options.rtol, self.options.atol)
        self.process = context.Process(target=_serve, args=(theirs, *settings), daemon=True)
        self.process.start()
        theirs.close()

    def outcome(self, entry: Entry) -> Outcome:
        self.ours.send(entry)
        try:
            if self.ours.poll(self.options.seconds):
                found: Outcome = self.ours.recv()
                return found
            detail = f"no end within {self.options.seconds:g} s"
        except (EOFError, ConnectionError):
            detail = "the process crashed"
        self.stop()
        self._start()
        return Outcome("failed", detail)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.ours.close()


def _serve(connection: Connection, engine: Engine, rtol: float, atol: float) -> None:
    while True:
        entry = connection.recv()
        try:
            found = outcome(entry, engine=engine, rtol=rtol, atol=atol)
        except Exception as error:  # whatever it is, the case has failed by it
            found = Outcome("failed", f"{type(error).__name__}: {error}")
        connection.send(found)


def _tables(chosen: Sequence[Entry], found: Found) -> Iterator[str]:
    titles = [f"{TITLES[engine]}: {kind}" for engine in found for kind in KINDS]
    yield f"| tag | cases | {' | '.join(titles)} |"
    yield "|" + "---|" * (2 + len(titles))
    tags = sorted({tag for entry in chosen for tag in entry.tags})
    for tag in ["", *tags]:
        names = [entry.name for entry in chosen if not tag or tag in entry.tags]
        counts = [Counter(outcomes[name].kind for name in names) for outcomes in found.values()]
        cells = [str(count[kind] or "") for count in counts for kind in KINDS]
        yield f"| {tag or '**all**'} | {len(names)} | {' | '.join(cells)} |"
    for engine, outcomes in found.items():
        yield from _listed(TITLES[engine], outcomes)


def _listed(title: str, outcomes: dict[str, Outcome]) -> Iterator[str]:
    """Refused cases by reason, and wrong and failed ones."""
    for kind in KINDS[1:]:
        reasons: dict[str, list[str]] = {}
        for name, one in outcomes.items():
            if one.kind == kind:
                reasons.setdefault(_general(one.detail) if kind == "refused" else one.detail, []).append(name)
        if reasons:
            yield f"\n{title.capitalize()}, {kind}:\n"
        for reason, names in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
            yield f"- {len(names)} × {reason} ({', '.join(names)})"


def _general(detail: str) -> str:
    """The first sentence of a refusal without the ids of the model."""
    first = detail.splitlines()[0].replace("|", "\\|")
    return re.sub(r"“[^”]*”", "“…”", re.sub(r"^\S*(?:model\.xml|\.xml)(?::\d+)?:? *", "", first))


def _write_csv(path: Path, chosen: Sequence[Entry], found: Found) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["case", "tags", "asked", "kind", "engine", "detail"])
        for engine, outcomes in found.items():
            for entry in chosen:
                one = outcomes[entry.name]
                writer.writerow([entry.name, " ".join(entry.tags), engine, one.kind, one.engine, one.detail])


def _write_between(path: Path, text: str) -> None:
    before, begin, rest = path.read_text(encoding="utf-8").partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if not begin or not end:
        sys.exit(f"The page {path} has no markers for the table.")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
