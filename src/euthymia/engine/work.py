"""A piece of work that can be sent anywhere: runs of one model for some animals, by one of the two engines."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import roadrunner

from euthymia.engine import reference
from euthymia.engine.batch.compiled import compiled_model, refusal
from euthymia.engine.batch.runs import Request, solve
from euthymia.engine.batch.sensitivity import derivative_name, with_derivative_jumps
from euthymia.engine.reference import Job, Start
from euthymia.engine.refusals import reference_refusals
from euthymia.engine.schedule import Schedule
from euthymia.engine.status import Status
from euthymia.errors import ModelError, Problem, UnsupportedError
from euthymia.models.model import Model
from euthymia.models.overrides import following, initial_values_model, symbol_of, with_overrides

Array = npt.NDArray[np.float64]
Results = tuple[Array, npt.NDArray[np.int8]]
"""Outputs [animal, arm, time, output], NaN where a run failed, and status codes [animal, arm]."""
Engine = Literal["batch", "reference"]
VERSION: Final = 2
"""Raised whenever the stored numbers could change for one and the same work."""
RESCUED_STEPS: Final = 20_000
"""Steps between two outputs that libRoadRunner is given for a run that the batched engine gave up."""


@dataclass(frozen=True)
class Work:
    """Runs that are asked for.

    Attributes
    ----------
    model, engine
        What is run, and by what.
    keys, values
        What is given for each animal, shape of `values` [animal, key].
    arms
        One schedule per arm.
    times, outputs
        Output times and names.
    sensitivities
        Keys by which the outputs' derivatives are wanted; they follow the outputs, key after key.
    """

    model: Model
    engine: Engine
    keys: tuple[str, ...]
    values: Array
    arms: tuple[Schedule, ...]
    times: tuple[float, ...]
    outputs: tuple[str, ...]
    rtol: float
    atol: float
    sensitivities: tuple[str, ...] = ()

    def part(self, start: int, stop: int) -> Work:
        """The same work for some of the animals."""
        return replace(self, values=self.values[start:stop])

    @property
    def runs(self) -> int:
        """Number of animals times arms."""
        return len(self.values) * len(self.arms)


def cache_folder() -> Path:
    """This user's folder for what can be made again: ``$EUTHYMIA_CACHE``, or ``euthymia`` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("EUTHYMIA_CACHE") or Path(base) / "euthymia")


def chosen_engine(model: Model, wanted: str) -> Engine:
    """The batched engine for what it can do, else libRoadRunner.

    A model that is not sound (equations in a circle, undefined ids) is refused for both: libRoadRunner may not notice.

    Raises
    ------
    ModelError
        If the model uses something that the engine, or neither engine, supports; each element is named.
    """
    refused = refusal(model)
    if wanted != "reference" and refused is None:
        return "batch"
    if refused is not None and (wanted == "batch" or not isinstance(refused, UnsupportedError)):
        raise refused
    problems = [Problem(message) for message in reference_refusals(model)]
    if problems:
        raise refused or ModelError(problems)
    return "reference"


def engine_name(engine: Engine) -> str:
    """The engine and its version, for the provenance."""
    return "euthymia batch (Rodas5P)" if engine == "batch" else f"libRoadRunner {roadrunner.__version__} (CVODE)"


def run(work: Work, *, threads: int = 1) -> Results:
    """Do a piece of work. The bits of a run depend on nothing but its own model, values, schedule and tolerances."""
    if work.engine == "reference":
        return reference.run(reference_job(work))
    jumped = {jump.target for arm in work.arms for jump in arm.jumps}
    settings = {key for arm in work.arms for key in arm.settings}
    compiled = compiled_model(work.model, frozenset({*work.keys, *settings, *jumped}), cache_folder() / "kernels",
                              sensitivities=work.sensitivities)  # fmt: skip
    arms = tuple(with_derivative_jumps(arm, compiled.system, work.sensitivities) for arm in work.arms)
    names = (*work.outputs, *(derivative_name(name, key) for key in work.sensitivities for name in work.outputs))
    request = Request(work.keys, work.values, arms, np.array(work.times), names, work.rtol, work.atol)
    results, status = solve(compiled, request, threads=threads)
    given_up = status != Status.OK.value
    if given_up.any() and compiled.analysis.smooth and not work.sensitivities and not reference_refusals(work.model):
        return _rescued(work, results, status)
    return results, status


def _rescued(work: Work, results: Array, status: npt.NDArray[np.int8]) -> Results:
    """Runs that the batched engine gave up, tried again with libRoadRunner."""
    for animal, arm in np.argwhere(status != Status.OK.value):
        one = replace(work, values=work.values[animal : animal + 1], arms=(work.arms[arm],))
        again, ended = reference.run(reference_job(one), max_steps=RESCUED_STEPS)
        if ended[0, 0] == Status.OK.value:
            results[animal, arm], status[animal, arm] = again[0, 0], Status.RESCUED.value
    return results, status


def reference_job(work: Work) -> Job:
    """The work for libRoadRunner. What an arm sets, another arm that does not set it keeps as the model has it."""
    model = work.model
    settings = sorted({key for arm in work.arms for key in arm.settings} - set(work.keys))
    derived = following(model, [*work.keys, *settings]) if work.keys or settings else []
    sbml, targets = with_overrides(model, [*work.keys, *settings, *derived])
    worked_out = [
        key for key in settings if targets[key] not in (key, f"init({key})") or symbol_of(model, key).initial_assignment
    ]
    worked_out += derived
    return Job(
        sbml,
        tuple(targets[key] for key in work.keys),
        work.values,
        tuple(Schedule(arm.jumps, {targets[k]: v for k, v in arm.settings.items()}) for arm in work.arms),
        work.times,
        work.outputs,
        work.rtol,
        work.atol,
        tuple(_start(model, work.keys, arm, worked_out, targets) for arm in work.arms) if worked_out else (),
    )


def _start(
    model: Model, keys: Sequence[str], arm: Schedule, derived: Sequence[str], targets: Mapping[str, str]
) -> Start:
    sbml, ids = initial_values_model(model, [*keys, *(key for key in arm.settings if key not in keys)])
    return Start(
        sbml,
        tuple(ids[key] for key in keys),
        {ids[key]: value for key, value in arm.settings.items()},
        tuple((key, targets[key]) for key in derived if key not in arm.settings),
    )
