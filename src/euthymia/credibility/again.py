"""Doing it again: the hash of the numbers behind verdicts, a second run, a second solver."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from euthymia.cohorts.draw import sample_cohort
from euthymia.credibility.given import SecondRun, SecondSolver
from euthymia.engine.checks import default_outputs
from euthymia.engine.simulate import simulate
from euthymia.findings.scorecard import Scorecard
from euthymia.pipeline import ATOL, PreparedStudy, Reproduction, run_study
from euthymia.protocols.lower import first_day, lower

AGREEMENT: Final = 1e-5
"""Relative to the largest value of each quantity in each animal: both solvers run at a relative tolerance of 1e-8, and
libRoadRunner's errors, of some fifty segments, are up to a hundred times its tolerance."""
NEGLIGIBLE: Final = ATOL / AGREEMENT
"""Quantities that stay below this are compared with it instead of with themselves: what then differs is less than the
absolute tolerance of the studies' own runs."""
COMPARED_ANIMALS: Final = 8
AFTER: Final = (0.0, 0.5, 3.0)
"""Hours after each intervention at which the solvers are compared too, so that short peaks are seen."""


@dataclass(frozen=True)
class Reproducibility:
    """What is needed to make the numbers again, and whether they came out the same.

    Attributes
    ----------
    bits
        SHA-256 of the numbers behind the verdicts.
    numbers
        How many there are.
    animals, seed
        The cohort; None where the run does not say.
    study_sha256, model_sha256
        Hashes of the study's folder and of the model; empty where the run does not say.
    versions
        Programs and their versions.
    second
        A second run with another number of workers, where one was made.
    """

    bits: str
    numbers: int
    animals: int | None
    seed: int | None
    study_sha256: str
    model_sha256: str
    versions: Mapping[str, str]
    second: SecondRun | None = None

    @property
    def same(self) -> bool | None:
        """Whether the second run gave the same bits; None where there was none."""
        return None if self.second is None else self.second.bits == self.bits


def reproducibility(card: Scorecard, second: SecondRun | None = None) -> Reproducibility:
    """What is needed to make a run again."""
    known = card.provenance
    versions: dict[str, str] = json.loads(str(known.get("versions", "{}")))
    return Reproducibility(
        verdict_bits(card), len(_numbers(card)), known.get("animals"), known.get("seed"),
        str(known.get("study_sha256", "")), str(known.get("model_sha256", "")), versions, second,
    )  # fmt: skip


def verdict_bits(card: Scorecard) -> str:
    """SHA-256 over the finite numbers of a verdict table, in its order, each as its hexadecimal float."""
    return hashlib.sha256("\n".join(map(float.hex, _numbers(card))).encode()).hexdigest()


def _numbers(card: Scorecard) -> list[float]:
    rows = ((one.probability, one.error, one.chance, one.low, one.median, one.high) for one in card.outcomes)
    return [float(number) for row in rows for number in row if math.isfinite(number)]


def run_again(study: PreparedStudy, run: Reproduction, *, workers: int) -> SecondRun:
    """The same study, animals and seed simulated anew with another number of workers; nothing is read from a store."""
    cohort = run.cohort
    again = run_study(study, animals=cohort.animals, seed=cohort.seed, workers=workers)
    return SecondRun(workers, verdict_bits(again.scorecard))


def compare_solvers(run: Reproduction) -> SecondSolver:
    """The batched engine beside libRoadRunner: all states in the arm with most interventions, eight animals."""
    folder, model = run.study, run.mechanism.model
    arms = [(experiment, arm) for experiment in folder.record.experiments for arm in experiment.arms]
    experiment, arm = max(arms, key=lambda pair: len(pair[1].protocol))
    origin = first_day(experiment)
    schedule = lower(arm, ports=folder.record.mechanism.ports, library=folder.library, origin=origin)
    end = max([*(jump.time for jump in schedule.jumps), 24.0 * (3 - origin)]) + 24
    cohort = sample_cohort(run.mechanism.parameters, animals=COMPARED_ANIMALS, seed=1)
    near = {round(jump.time + hours, 9) for jump in schedule.jumps for hours in AFTER}
    times = sorted({*near, *np.linspace(0, end, 50)})
    batch, reference = (
        simulate(model, times=times, parameters=dict(cohort.values), schedule=schedule, engine=engine,
                 outputs=default_outputs(model), rtol=1e-8, atol=1e-11)
        for engine in ("batch", "reference")
    )  # fmt: skip
    states = [name for name in map(str, reference.data_vars) if name != "status"]
    difference = max((_difference(batch[name], reference[name]) for name in states), default=math.nan)
    return SecondSolver(str(reference.attrs["engine"]), len(states), difference, AGREEMENT)


def _difference(ours: xr.DataArray, theirs: xr.DataArray) -> float:
    scale = np.maximum(np.abs(theirs.values).max(axis=-1), NEGLIGIBLE)
    return float((np.abs(ours.values - theirs.values).max(axis=-1) / scale).max())
