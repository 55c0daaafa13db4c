"""Start-up, threads and linearity: what a table of throughput does not show. Each number comes from new processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from cases import Case, case, chain
from worker import ONE_THREAD

SIZES: Final = {50: "multiscale_20", 100: "chain_100", 300: "chain_300"}
"""Cases whose first result is timed, by their number of states."""
CHAINS: Final = (25, 50, 100, 200, 300)
COHORTS: Final = (64, 256, 1024, 4096)


def measure(log: Any, *, quick: bool) -> None:
    """Adds what is missing to the log."""
    for states, name in SIZES.items():
        _first(log, states, name, repeats=1 if quick else 3)
    for name in ("bachmann", "multiscale_20"):
        key = f"startup threads {name}"
        if key not in log:
            found = _asked("threads", name, 1.0 if quick else 3.0, 3 if quick else 7)
            log.add(key, what="threads", case=name, **found)
            print(f"    two threads on {name}: {found['ratio'][0]:.2f} x", flush=True)
    for animals in COHORTS:
        key = f"startup animals {animals}"
        if key not in log:
            log.add(key, what="animals", case="bachmann", animals=animals, cpu=_asked("cohort", "bachmann", animals))
    for states in CHAINS:
        key = f"startup chain {states}"
        if key not in log:
            log.add(key, what="chain", states=states, cpu=_asked("chain", states))


def _first(log: Any, states: int, name: str, *, repeats: int) -> None:
    key = f"startup first {name}"
    if key in log:
        return
    cold, warm, other = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(_asked("first", name, folder=folder))
            warm.append(_asked("first", name, folder=folder))
        other.append(_asked("first_roadrunner", name))
    log.add(key, what="first", case=name, states=states, cold=cold, warm=warm, libroadrunner=other)
    middle = [statistics.median(one["wall"] for one in some) for some in (cold, warm, other)]
    words = "    first result at {} states: {:.2f} s, second process {:.2f} s; libRoadRunner {:.2f} s"
    print(words.format(states, *middle), flush=True)


def _asked(question: str, *args: Any, folder: str | None = None) -> Any:
    """The answer of a function of this module, from a new process."""
    environment = {**os.environ, **ONE_THREAD}
    if folder is not None:
        environment["EUTHYMIA_CACHE"] = folder
    done = subprocess.run(
        [sys.executable, __file__, json.dumps([question, *args])],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _simulate(chosen: Case, values: Any, keys: tuple[str, ...], *, rtol: float = 1e-6, workers: int = 1) -> None:
    import euthymia

    euthymia.simulate(
        chosen.model, times=chosen.times, parameters=dict(zip(keys, values.T, strict=True)),
        schedule=list(chosen.jumps), rtol=rtol, atol=chosen.atol(rtol), engine="batch", workers=workers,
    )  # fmt: skip


def first(name: str) -> dict[str, float]:
    """Seconds from a loaded model to the first result of one animal."""
    import time

    import euthymia

    chosen = case(name)
    model, jumps, times = chosen.model, list(chosen.jumps), chosen.times
    wall, cpu = time.perf_counter(), time.process_time()
    euthymia.simulate(model, times=times, schedule=jumps, engine="batch", workers=1)
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def first_roadrunner(name: str) -> dict[str, float]:
    """The same for libRoadRunner: from SBML text to the first result."""
    import time

    import roadrunner

    chosen = case(name)
    sbml, times = chosen.with_events(), chosen.times.tolist()
    wall, cpu = time.perf_counter(), time.process_time()
    roadrunner.RoadRunner(sbml).simulate(times=times)
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def threads(name: str, seconds: float, rounds: int) -> dict[str, Any]:
    """Wall time with one thread over wall time with two, in turns: median, least, most."""
    import time

    import numpy as np

    chosen = case(name)
    keys, values = chosen.cohort(0.2)
    wide = np.tile(values, (max(1, 256 // len(values)), 1))
    _simulate(chosen, wide, keys)
    start = time.process_time()
    _simulate(chosen, wide, keys)
    copies = max(1, round(seconds / (time.process_time() - start)))
    wide = np.tile(wide, (copies, 1))
    ratios = []
    for _ in range(rounds):
        passed = []
        for workers in (1, 2):
            start = time.perf_counter()
            _simulate(chosen, wide, keys, workers=workers)
            passed.append(time.perf_counter() - start)
        ratios.append(passed[0] / passed[1])
    return {"animals": len(wide), "ratio": [statistics.median(ratios), min(ratios), max(ratios)]}


def _per_run(chosen: Case, animals: int) -> float:
    import time

    import numpy as np

    keys, values = chosen.cohort(0.2)
    wide = np.tile(values, (-(-animals // len(values)), 1))[:animals]
    _simulate(chosen, wide[:64], keys)
    used = []
    for _ in range(3):
        start = time.process_time()
        _simulate(chosen, wide, keys)
        used.append((time.process_time() - start) / animals)
    return statistics.median(used)


def cohort(name: str, animals: int) -> float:
    """CPU seconds per run in a cohort of some size."""
    return _per_run(case(name), animals)


def chain_cost(states: int) -> float:
    """CPU seconds per run of a chain, over one and the same time."""
    from dataclasses import replace

    return _per_run(replace(chain(states), end=100.0), 256)


_QUESTIONS: Final = {
    "first": first, "first_roadrunner": first_roadrunner, "threads": threads, "cohort": cohort, "chain": chain_cost,
}  # fmt: skip

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    question, *rest = json.loads(sys.argv[1])
    print(json.dumps(_QUESTIONS[question](*rest)))
