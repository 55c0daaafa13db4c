"""Measures euthymia and its peers: `python benchmarks/run.py [--quick]`, then `python benchmarks/report.py`.

Every engine runs in a process of its own on the same core, one after another in turns (A B C, A B C, ...). What is
measured is written at once, so that an interrupted run goes on where it stopped; change of the engine's source starts
anew. docs/speed.md tells what is measured and how.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import machine
import numpy as np
import startup
from cases import NAMES, SIGMAS, case
from engines import MODULES, PEERS
from measure import errors
from worker import Worker, WorkerError

HERE: Final = Path(__file__).parent
LADDER: Final = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
"""Relative tolerances of euthymia and libRoadRunner."""
PEER_LADDER: Final = (1e-4, 1e-6, 1e-8)
"""Relative tolerances of the others."""
REFERENCES: Final = (("euthymia", 1e-11), ("libRoadRunner", 1e-10))
"""The reference, and the second code that has to agree with it."""
SETTLED: Final = 1e-4
"""Animals on which the two references differ by more are not used."""
MOST_RUNS: Final = 8192
LONGEST: Final = 4.0
"""CPU seconds per run above which an engine is left out of a case."""
PATIENCE: Final = {"AMICI": 240.0, "diffrax": 240.0}
"""Seconds that an engine may take to become ready; else `READY`."""
READY: Final = 120.0


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes
    ----------
    cases, sigmas, engines
        What is measured.
    rounds, peer_rounds
        Turns.
    seconds
        CPU time that one measurement aims at.
    """

    cases: tuple[str, ...]
    sigmas: tuple[float, ...]
    engines: tuple[str, ...]
    rounds: int
    peer_rounds: int
    seconds: float


class TooSlowError(Exception):
    """An engine takes too long for a case; the message says how long."""


class Log:
    """Measurements on disk, one JSON line each, by key."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.records: dict[str, dict[str, Any]] = {}
        for line in file.read_text().splitlines() if file.exists() else ():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue  # the line that an interruption cut
            self.records[record["key"]] = record

    def __contains__(self, key: str) -> bool:
        return key in self.records

    def add(self, key: str, **values: Any) -> None:
        """Writes a measurement at once."""
        self.records[key] = record = {"key": key, **values}
        with self.file.open("a") as stream:
            stream.write(json.dumps(record) + "\n")


def main() -> None:
    """Measures what the command line asks for."""
    options = _options()
    plan = Plan(
        tuple(options.cases), tuple(options.sigmas), tuple(options.engines), options.rounds, options.peer_rounds,
        options.seconds,
    )  # fmt: skip
    mark = _fingerprint()
    work = (options.work or HERE / ".work") / f"{options.name}-{mark}"
    work.mkdir(parents=True, exist_ok=True)
    machine.set_work(work.parent)
    log = Log(work / "raw.jsonl")
    print(f"Measuring into {work}; {len(log.records)} measurements are there already.", flush=True)
    began = time.monotonic()
    try:
        if not options.no_startup:
            startup.measure(log, quick=options.quick)
        for number, name in enumerate(plan.cases, start=1):
            print(f"[{time.monotonic() - began:6.0f} s] {number}/{len(plan.cases)} {name}", flush=True)
            Turns(name, plan, log, work).run()
            write(HERE / "results" / f"{options.name}.jsonl", log, mark)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.")
    write(HERE / "results" / f"{options.name}.jsonl", log, mark)
    print(f"[{time.monotonic() - began:6.0f} s] written: benchmarks/results/{options.name}.jsonl")


def _options() -> argparse.Namespace:
    quick = "--quick" in sys.argv
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few minutes: fewer rounds, shorter measurements")
    parser.add_argument("--name", default="quick" if quick else "speed", help="of the file in benchmarks/results")
    parser.add_argument("--cases", nargs="+", choices=NAMES, default=NAMES, metavar="CASE")
    parser.add_argument("--sigmas", nargs="+", type=float, default=SIGMAS)
    engines = ("euthymia", "libRoadRunner") if quick else tuple(MODULES)
    parser.add_argument("--engines", nargs="+", choices=tuple(MODULES), default=engines, metavar="ENGINE")
    parser.add_argument("--rounds", type=int, default=2 if quick else 5)
    parser.add_argument("--peer-rounds", type=int, default=1 if quick else 2, help="of the engines but the first two")
    parser.add_argument("--seconds", type=float, default=0.15 if quick else 0.3, help="CPU time of one measurement")
    parser.add_argument("--work", type=Path, help="folder for raw measurements, references, compiled peers")
    parser.add_argument("--no-startup", action="store_true", help="leave out start-up, threads and linearity")
    return parser.parse_args()


def _fingerprint() -> str:
    """Changes with the engine, the models and these files."""
    total = hashlib.sha256()
    files = [*(HERE.parent / "src" / "euthymia" / "engine").rglob("*.py"), *HERE.rglob("*.py"), *HERE.rglob("*.ant")]
    for file in sorted(files):
        if file.name not in ("report.py", "pictures.py"):
            total.update(file.read_bytes())
    return total.hexdigest()[:8]


class Turns:
    """All measurements of one case."""

    def __init__(self, name: str, plan: Plan, log: Log, work: Path) -> None:
        self.name, self.plan, self.log, self.work = name, plan, log, work
        self.workers: dict[str, Worker] = {}
        self.using: dict[str, int] = {}

    def run(self) -> None:
        """Measures what is missing."""
        try:
            for sigma in self.plan.sigmas:
                self.using.clear()
                for round_number in range(max(self.plan.rounds, self.plan.peer_rounds)):
                    for rtol in sorted({*LADDER, *PEER_LADDER}, reverse=True):
                        for engine in self.plan.engines:
                            self._one(engine, sigma, rtol, round_number)
        finally:
            for worker in self.workers.values():
                worker.close()

    def _one(self, engine: str, sigma: float, rtol: float, round_number: int) -> None:
        peer = engine in PEERS
        rounds = self.plan.peer_rounds if peer else self.plan.rounds
        key = f"{self.name} {sigma:g} {engine} {rtol:.0e} {round_number}"
        skipped = f"skip {self.name} {engine}"
        if round_number >= rounds or rtol not in (PEER_LADDER if peer else LADDER) or key in self.log:
            return
        if skipped in self.log or f"{skipped} {sigma:g} {rtol:.0e}" in self.log:
            return
        try:
            worker = self._worker(engine)
        except WorkerError as error:
            print(f"    {engine} is skipped: {error}", flush=True)
            self.log.add(skipped, case=self.name, engine=engine, reason=str(error))
            return
        try:
            self._measure(worker, engine, sigma, rtol, round_number, key)
        except TooSlowError as error:
            print(f"    {engine} is left out: {error}", flush=True)
            self.log.add(skipped, case=self.name, engine=engine, reason=str(error))
        except WorkerError as error:
            print(f"    {engine} at {rtol:.0e} is skipped: {error}", flush=True)
            self.log.add(f"{skipped} {sigma:g} {rtol:.0e}", case=self.name, engine=engine, sigma=sigma, rtol=rtol,
                         reason=str(error))  # fmt: skip
            worker.close()
            self.workers.pop(engine, None)
            self.using.pop(engine, None)

    def _worker(self, engine: str) -> Worker:
        if engine not in self.workers:
            self.workers[engine] = worker = Worker(engine, self.name, patience=PATIENCE.get(engine, READY))
            if f"ready {self.name} {engine}" not in self.log:
                self.log.add(f"ready {self.name} {engine}", case=self.name, engine=engine, **worker.ready)
            print(f"    {engine} is ready after {worker.ready['ready_wall']:.1f} s", flush=True)
        return self.workers[engine]

    def _measure(self, worker: Worker, engine: str, sigma: float, rtol: float, number: int, key: str) -> None:
        if engine not in self.using:
            self.using[engine] = worker.ask("use", sigma, str(self._reference(sigma)), patience=60.0)
        animals, copies = self._amount(worker, engine, sigma, rtol)
        found = worker.ask("time", rtol, animals, copies, patience=180.0)
        more = {}
        if number == 0:
            more = worker.ask("errors", rtol, animals, patience=180.0)
        self.log.add(key, case=self.name, sigma=sigma, engine=engine, rtol=rtol, animals=animals, **found, **more)

    def _amount(self, worker: Worker, engine: str, sigma: float, rtol: float) -> tuple[int, int]:
        """Animals, and copies of each, that take about the wanted time; the same in every round."""
        key = f"amount {self.name} {sigma:g} {engine} {rtol:.0e}"
        if key not in self.log:
            animals = self.using[engine]
            width = worker.ready["width"]
            tried = min(animals, 64 if engine == "euthymia" else max(2, width))
            copies = -(-256 // tried) if engine == "euthymia" else 1  # its small calls tell little
            seconds = worker.ask("time", rtol, tried, copies, patience=180.0)["cpu"] / (tried * copies)
            if seconds > LONGEST:
                raise TooSlowError(f"{seconds:.0f} s per run at rtol {rtol:.0e}")
            wanted = max(1, round(self.plan.seconds / max(seconds, 1e-7)))
            copies = min(max(1, round(wanted / animals)), max(1, MOST_RUNS // animals))
            if engine == "euthymia":
                copies = max(copies, -(-64 // animals))
            elif engine in PEERS:
                animals, copies = min(animals, max(-(-wanted // width) * width, 4, width)), 1
            self.log.add(key, animals=animals, copies=copies)
        record = self.log.records[key]
        return record["animals"], record["copies"]

    def _reference(self, sigma: float) -> Path:
        """A file with tight solutions by one code, of the first animals on which a second code agrees."""
        file = self.work / f"reference_{self.name}_{sigma:g}.npz"
        if not file.exists():
            first, second = (self._saved(engine, sigma, rtol) for engine, rtol in REFERENCES)
            difference, _ = errors(case(self.name), second, first)
            settled = np.flatnonzero(difference < SETTLED)
            if not len(settled):
                raise WorkerError("the two references agree on no animal")
            chosen = settled[: case(self.name).animals]
            np.savez(file.with_suffix(".part.npz"), states=first[chosen], chosen=chosen)
            file.with_suffix(".part.npz").rename(file)
            fine = [np.isfinite(one).all((1, 2)) for one in (first, second)]
            self.log.add(f"reference {self.name} {sigma:g}", case=self.name, sigma=sigma, drawn=len(first),
                         settled=len(settled), chosen=len(chosen), difference=float(np.median(difference[chosen])),
                         failed=[int((~one).sum()) for one in fine], both_failed=int((~fine[0] & ~fine[1]).sum()),
                         )  # fmt: skip
        return file

    def _saved(self, engine: str, sigma: float, rtol: float) -> Any:
        file = self.work / f"tight_{engine}.npz"
        self._worker(engine).ask("save", sigma, rtol, str(file), patience=600.0)
        with np.load(file) as stored:
            return stored["states"]


def write(file: Path, log: Log, mark: str) -> None:
    """The measurements in short: one line per case, sigma, engine and tolerance, over all rounds."""
    file.parent.mkdir(exist_ok=True)
    lines = [{"kind": "machine", **machine.described(), "source": mark}, *_short(log)]
    file.write_text("".join(json.dumps(_rounded(line), separators=(",", ":")) + "\n" for line in lines))


def _short(log: Log) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for key, record in log.records.items():
        if key.startswith(("ready ", "skip ", "reference ", "startup ")):
            yield {"kind": key.split(" ", 1)[0], **{name: value for name, value in record.items() if name != "key"}}
        elif not key.startswith("amount "):
            group = tuple(record[name] for name in ("case", "sigma", "engine", "rtol"))
            groups.setdefault(group, []).append(record)
    for (name, sigma, engine, rtol), records in groups.items():
        first = next((one for one in records if "largest" in one), {})
        yield {
            "kind": "speed", "case": name, "sigma": sigma, "engine": engine, "rtol": rtol,
            "animals": records[0]["animals"], "runs": records[0]["runs"],
            "failed": records[0]["failed"] * records[0]["animals"] // records[0]["runs"],
            "rescued": records[0]["rescued"] * records[0]["animals"] // records[0]["runs"],
            "cpu": [one["cpu"] / one["runs"] for one in records],
            "wall": statistics.median(one["wall"] / one["runs"] for one in records),
            "largest": first.get("largest"), "rms": first.get("rms"), "counted": first.get("counted", 0),
        }  # fmt: skip


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return {name: _rounded(one) for name, one in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    main()
