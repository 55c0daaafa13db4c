"""Measures the joined model: first load, single questions, the whole cohort; beside libRoadRunner in the same run.

Writes results/joined.json and docs/joined-speed.md. Nothing is read from the store of finished runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from machine import described

from euthymia.engine.ask import EngineChoice
from euthymia.engine.simulate import simulate
from euthymia.joined import join_studies, joined_cohort, run_question
from euthymia.joined.history import ATOL, RTOL
from euthymia.models.views import whole_record
from euthymia.protocols.lower import lower
from euthymia.records.base import Bilingual
from euthymia.records.protocol import Drug, Stress
from euthymia.records.study import Arm, Experiment, Sampling
from euthymia.units import Quantity, parse_quantity

HERE: Final = Path(__file__).parent
RESULT: Final = HERE / "results" / "joined.json"
TEMPLATE: Final = HERE / "joined.template.md"
PAGE: Final = HERE.parent / "docs" / "joined-speed.md"
STRESS: Final = Stress(stress="chronic_restraint", start=Quantity(-21, "d"), days=21)
LABEL: Final = Bilingual(en="an arm", zh="一组")
DRUGS: Final = ("ketamine", "psilocybin", "fluoxetine", "tmu4142", "nbf_25c")
PATIENCE: Final = 120
"""Seconds that an engine may take for one run."""


def arm(name: str, drug: str | None, factor: float = 1.0) -> Arm:
    """A stressed arm with one dose of a drug."""
    dose = (
        Drug(drug=drug, dose=parse_quantity(f"{3 * factor:g} mg/kg"), route="ip", at=(Quantity(0, "d"),))
        if drug
        else None
    )
    return Arm(id=name, label=LABEL, protocol=(STRESS, *((dose,) if dose else ())))


def experiment(arms: tuple[Arm, ...], days: int) -> Experiment:
    """Arms read by the forced swim up to a day."""
    times = tuple(Quantity(float(day), "d") for day in np.unique([0, 1, 7, days / 2, days]))
    return Experiment(id="bench", label=LABEL, arms=arms, sampling=(Sampling(assay="forced_swim", times=times),))


def whole(count: int) -> tuple[Arm, ...]:
    """Arms of five drugs at several doses, and one given nothing."""
    made = [arm("nothing", None)]
    made += [arm(f"arm_{index}", DRUGS[index % len(DRUGS)], 1.0 + index // len(DRUGS)) for index in range(count - 1)]
    return tuple(made)


def timed(work: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Median and range of wall-clock seconds."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return {"median_s": float(np.median(found)), "least_s": min(found), "most_s": max(found), "repeats": repeats}


def once(engine: EngineChoice) -> dict[str, float]:
    """One unstressed animal given ketamine, followed for two days by one engine: seconds, and despair at the end."""
    joined = join_studies()
    made = arm("one", "ketamine")
    made = made.model_copy(update={"protocol": made.protocol[1:]})
    schedule = lower(made, ports=whole_record(joined).ports, library=joined.library, origin=0.0)
    values = {name: found[:1] for name, found in joined_cohort(joined, animals=8, seed=1).values.items()}

    def run() -> float:
        found = simulate(
            joined.mechanism.model, times=[0.0, 6.0, 24.0, 48.0], parameters=values, schedule={"one": schedule},
            outputs=["despair"], rtol=RTOL, atol=ATOL, workers=1, engine=engine,
        )  # fmt: skip
        return float(found["despair"].values.flat[-1])

    if engine == "batch":
        run()
    start = time.perf_counter()
    last = run()
    return {"seconds": time.perf_counter() - start, "despair": last}


def peer() -> dict[str, Any]:
    """The same run by both engines, each in a process of its own that may take `PATIENCE` seconds."""
    told: dict[str, Any] = {}
    for engine in ("batch", "reference"):
        command = [sys.executable, __file__, "--once", engine]
        try:
            done = subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE, text=True)
            told[engine] = json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            told[engine] = None
    ours, theirs = told["batch"], told["reference"]
    said = f"did not finish within {PATIENCE} s"
    if theirs is not None:
        said = f"{theirs['seconds']:.2f} s; despair differs by {abs(theirs['despair'] - ours['despair']):.1g}"
    return {"euthymia_s": ours["seconds"], "libroadrunner": said, "patience_s": PATIENCE}


def main() -> None:
    """Measure, write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--animals", type=int, default=1000, help="animals of the large question")
    parser.add_argument("--arms", type=int, default=20)
    parser.add_argument("--days", type=int, default=70)
    parser.add_argument("--repeats", type=int, default=3, help="of the single question")
    parser.add_argument("--once", choices=("batch", "reference"), help="one run by one engine")
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.once)))
        return
    start = time.perf_counter()
    joined = join_studies()
    load = time.perf_counter() - start
    question = experiment((arm("nothing", None), arm("a", "ketamine"), arm("b", "psilocybin")), 30)
    small, large = (joined_cohort(joined, animals=count, seed=1) for count in (100, asked.animals))
    start = time.perf_counter()
    run_question(joined, question, small, workers=2)
    first = time.perf_counter() - start
    many = experiment(whole(asked.arms), asked.days)
    found = {
        "machine": described(), "rtol": RTOL, "atol": ATOL, "load_s": load, "first_question_s": first,
        "question": {"animals": small.animals, "arms": 3, "days": 30,
                     **timed(lambda: run_question(joined, question, small, workers=2), asked.repeats)},
        "large": {"animals": large.animals, "arms": asked.arms, "days": asked.days,
                  **timed(lambda: run_question(joined, many, large, workers=2), 1)},
        "peer": peer(),
    }  # fmt: skip
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")
    print(page(found))


def page(found: dict[str, Any]) -> str:
    """The page in docs/."""
    return TEMPLATE.read_text(encoding="utf-8").format(**found)


if __name__ == "__main__":
    main()
