"""The reference engine: libRoadRunner (CVODE), one run after another, exact restarts at every jump.

Traps of libRoadRunner 2.10 that this module steers around: a scalar absolute tolerance shrinks from segment to
segment, so a list is given before each one; initial assignments are evaluated again only by ``reset``; a failed run
leaves the instance unusable, so a new one is made.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import libsbml
import numpy as np
import numpy.typing as npt
import roadrunner

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.status import Status
from euthymia.errors import ModelError, Problem
from euthymia.words import msg

Array = npt.NDArray[np.float64]
MAX_STEPS: Final = 200_000
"""Internal steps between two output times after which a run is given up; stiff models of the atlas need below 500."""


@dataclass(frozen=True)
class Start:
    """How an arm's initial values are worked out.

    Attributes
    ----------
    sbml
        Document in which they can be read as soon as the animal's values are set.
    setters
        Ids in it of the animal's values, in the order of the job's columns.
    settings
        Ids in it, and the arm's values for them.
    reads
        What is read in it, and the id of the job's document that takes it.
    """

    sbml: str
    setters: tuple[str, ...]
    settings: Mapping[str, float]
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Job:
    """Runs of one model, ready to be sent to a worker.

    Attributes
    ----------
    sbml
        Document in which all settable quantities are global parameters.
    setters
        Ids of the parameters set per animal, in the order of the columns of `values`.
    values
        Array [animal, setter].
    arms
        One schedule per arm; the keys of `settings` are ids of `sbml`.
    times, outputs
        Output times and names.
    starts
        One per arm where initial values must be worked out for each animal; else empty.
    """

    sbml: str
    setters: tuple[str, ...]
    values: Array
    arms: tuple[Schedule, ...]
    times: tuple[float, ...]
    outputs: tuple[str, ...]
    rtol: float
    atol: float
    starts: tuple[Start, ...] = ()

    def part(self, start: int, stop: int) -> Job:
        """The same job for some of the animals."""
        return replace(self, values=self.values[start:stop])


def run(job: Job, *, max_steps: int = MAX_STEPS) -> tuple[Array, npt.NDArray[np.int8]]:
    """Run a job.

    Returns
    -------
    tuple
        Outputs [animal, arm, time, output], NaN where a run failed, and status codes [animal, arm].
    """
    os.environ.setdefault("SUNLOGGER_ERROR_FILENAME", os.devnull)  # failures are reported by status
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)
    # A model's ids must not become attributes of the class: an id “reset” would replace the method.
    roadrunner.Config.setValue(roadrunner.Config.ROADRUNNER_DISABLE_PYTHON_DYNAMIC_PROPERTIES, True)
    shape = (len(job.values), len(job.arms))
    results = np.full((*shape, len(job.times), len(job.outputs)), np.nan)
    status = np.zeros(shape, np.int8)
    plans = [_segments(arm.jumps, job.times) for arm in job.arms]
    starters = [_Starter(start) for start in job.starts]
    runner = _Runner(job, max_steps)
    for animal, row in enumerate(job.values):
        for index, (arm, plan) in enumerate(zip(job.arms, plans, strict=True)):
            try:
                first = starters[index].values(row) if starters else {}
                results[animal, index] = runner.run(row, {**first, **arm.settings}, plan)
            except RuntimeError:
                status[animal, index] = Status.SOLVER_FAILED.value
                runner = _Runner(job, max_steps)
                continue
            if not np.isfinite(results[animal, index]).all():
                status[animal, index] = Status.NOT_FINITE.value
                results[animal, index] = np.nan
    return results, status


@dataclass(frozen=True)
class _Segment:
    """From `start` to `stop`: jumps at the start, then the output times after it."""

    start: float
    stop: float
    jumps: tuple[Jump, ...]
    samples: tuple[float, ...]


def _segments(jumps: Sequence[Jump], times: Sequence[float]) -> list[_Segment]:
    end = times[-1]
    edges = sorted({0.0, *(jump.time for jump in jumps if jump.time <= end)})
    segments: list[_Segment] = []
    for start, stop in zip(edges, [*edges[1:], end], strict=True):
        last = stop == end and start == edges[-1]
        samples = tuple(time for time in times if start <= time < stop or (last and time == stop))
        here = tuple(jump for jump in jumps if jump.time == start)
        segments.append(_Segment(start, stop, here, samples))
    return segments


def _tolerances(sbml: str) -> int:
    """How many absolute tolerances libRoadRunner expects: free species and rate rules."""
    model = libsbml.readSBMLFromString(sbml).getModel()
    free = [s for s in model.getListOfSpecies() if not s.getBoundaryCondition() and model.getRule(s.getId()) is None]
    return len(free) + sum(1 for rule in model.getListOfRules() if rule.isRate())


def _loaded(sbml: str) -> Any:
    try:
        return roadrunner.RoadRunner(sbml)
    except RuntimeError as error:
        reason = str(error).partition(", at ")[0]
        raise ModelError(Problem(msg("libRoadRunner cannot load the model: {reason}", reason=reason))) from None


class _Starter:
    """Works out initial values that libRoadRunner does not follow by itself."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.model = _loaded(start.sbml)

    def values(self, row: Array) -> dict[str, float]:
        roadrunner.RoadRunner.resetToOrigin(self.model)
        for name, value in zip(self.start.setters, row, strict=True):
            self.model[name] = float(value)
        for name, value in self.start.settings.items():
            self.model[name] = value
        roadrunner.RoadRunner.reset(self.model)
        return {target: float(self.model[name]) for name, target in self.start.reads}


class _Runner:
    """One libRoadRunner instance."""

    def __init__(self, job: Job, max_steps: int) -> None:
        self.job = job
        self.model = _loaded(job.sbml)
        self.states = _tolerances(job.sbml)
        integrator = roadrunner.RoadRunner.getIntegrator(self.model)
        integrator.setValue("relative_tolerance", job.rtol)
        integrator.setValue("maximum_num_steps", max_steps)
        self.model.timeCourseSelections = ["time", *job.outputs]

    def run(self, row: Array, settings: Mapping[str, float], plan: Sequence[_Segment]) -> Array:
        roadrunner.RoadRunner.resetToOrigin(self.model)
        for name, value in zip(self.job.setters, row, strict=True):
            self.model[name] = float(value)
        for name, value in settings.items():
            self.model[name] = value
        roadrunner.RoadRunner.reset(self.model)
        self.model.timeCourseSelections = ["time", *self.job.outputs]  # setting a compartment puts them back
        rows: list[Array] = []
        for segment in plan:
            for jump in segment.jumps:
                self._jump(jump)
            rows.append(self._integrate(segment))
        return np.concatenate(rows)

    def _jump(self, jump: Jump) -> None:
        value = self.model[str(jump.value)] if jump.operation == "copy" else float(jump.value)
        if jump.operation == "add":
            value = self.model[jump.target] + value
        elif jump.operation == "multiply":
            value = self.model[jump.target] * value
        self.model[jump.target] = value

    def _integrate(self, segment: _Segment) -> Array:
        points = sorted({segment.start, *segment.samples, segment.stop})
        wanted = [points.index(time) for time in segment.samples]
        if len(points) == 1:
            row = [self.model[name] for name in self.job.outputs]
            return np.array([row] * len(wanted)).reshape(len(wanted), len(row))
        if self.states:
            roadrunner.RoadRunner.getIntegrator(self.model).setValue(
                "absolute_tolerance", [self.job.atol] * self.states
            )
        course = np.array(roadrunner.RoadRunner.simulate(self.model, times=points))
        if course.shape != (len(points), len(self.job.outputs) + 1):
            raise AssertionError("libRoadRunner did not return the outputs that were asked for")
        return np.asarray(course[wanted, 1:])
