"""libRoadRunner's CVODE, driven as fast as its Python interface allows.

The model is compiled once. For each run all values are set in one call by index, the state is reset, and the run is
simulated with output at the wanted times; the absolute tolerance is one list, given when the tolerance changes. Doses
are restarts of the integrator at their times, or SBML events: whichever takes less time here.
"""

from __future__ import annotations

import itertools
import os
import time
from abc import abstractmethod
from typing import Any

import libsbml
import numpy as np
import roadrunner
from cases import Array, Case

from engines import Outcome

CHOSEN_WITH = 3
"""Animals that decide between restarts and events."""


class Engine:
    """One libRoadRunner model, CVODE (BDF)."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        os.environ.setdefault("SUNLOGGER_ERROR_FILENAME", os.devnull)
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)
        roadrunner.Config.setValue(roadrunner.Config.ROADRUNNER_DISABLE_PYTHON_DYNAMIC_PROPERTIES, True)
        self.case, self.keys = case, keys
        chosen: _Driver = _Restarts(case, keys)
        if case.jumps:
            other = _Events(case, keys)
            chosen = min((chosen, other), key=lambda driver: driver.seconds(values[:CHOSEN_WITH]))
        self.driver = chosen
        self.about = f"libRoadRunner {roadrunner.__version__}, CVODE, {chosen.how if case.jumps else 'no doses'}"
        self.driver.run(values[0], 1e-4)

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, one after another."""
        states = np.empty((len(values), len(self.case.times), len(self.case.states)))
        failed = 0
        for animal, row in enumerate(values):
            try:
                states[animal] = self.driver.run(row, rtol)
            except RuntimeError:
                states[animal] = np.nan
                failed += 1
                self.driver.load()  # a failed run leaves the model unusable
        return Outcome(states, failed)


class _Driver:
    how = ""

    def __init__(self, case: Case, keys: tuple[str, ...], sbml: str) -> None:
        self.case, self.keys, self.sbml = case, keys, sbml
        self.times = case.times.tolist()
        self.states = list(case.states)
        self.load()

    def load(self) -> None:
        self.model: Any = roadrunner.RoadRunner(self.sbml)
        self.model.timeCourseSelections = self.states
        self.executable = self.model.model
        ids = list(self.executable.getGlobalParameterIds())
        doc = libsbml.readSBMLFromString(self.sbml).getModel()
        dosed = [jump.target for jump in self.case.jumps if jump.target not in self.states]
        self.columns = [ids.index(key) for key in (*self.keys, *dict.fromkeys(dosed))]
        self.rest = [doc.getParameter(name).getValue() for name in dict.fromkeys(dosed)]
        self.integrator = self.model.getIntegrator()
        self.integrator.setValue("maximum_num_steps", 200_000)
        self.rtol = 0.0

    def start(self, row: Array, rtol: float) -> None:
        if rtol != self.rtol:
            self.integrator.setValue("relative_tolerance", rtol)
            self.integrator.setValue("absolute_tolerance", [self.case.atol(rtol)] * len(self.states))
            self.rtol = rtol
        self.executable.setGlobalParameterValues(self.columns, [*row.tolist(), *self.rest])
        self.model.reset()

    @abstractmethod
    def run(self, row: Array, rtol: float) -> Array:
        """One run."""

    def seconds(self, values: Array) -> float:
        """CPU time of some runs, after one to warm up."""
        try:
            self.run(values[0], 1e-6)
            start = time.process_time()
            for row in values:
                self.run(row, 1e-6)
            return time.process_time() - start
        except RuntimeError:
            self.load()
            return float("inf")


class _Events(_Driver):
    how = "doses as SBML events"

    def __init__(self, case: Case, keys: tuple[str, ...]) -> None:
        super().__init__(case, keys, case.with_events())

    def run(self, row: Array, rtol: float) -> Array:
        self.start(row, rtol)
        return np.array(self.model.simulate(times=self.times))


class _Restarts(_Driver):
    how = "doses as restarts of the integrator"

    def __init__(self, case: Case, keys: tuple[str, ...]) -> None:
        super().__init__(case, keys, case.sbml)
        edges = sorted({0.0, *(jump.time for jump in case.jumps), case.end})
        self.plan = []
        for start, stop in itertools.pairwise(edges):
            inner = [time for time in self.times if start < time < stop]
            jumps = [(jump.target, jump.operation, float(jump.value)) for jump in case.jumps if jump.time == start]
            first = 0 if start == 0.0 else 1
            last = len(inner) + (2 if stop == case.end else 1)
            self.plan.append((jumps, [start, *inner, stop], slice(first, last)))

    def run(self, row: Array, rtol: float) -> Array:
        self.start(row, rtol)
        found, done = np.empty((len(self.times), len(self.states))), 0
        for jumps, points, wanted in self.plan:
            for target, operation, value in jumps:
                self.executable[target] = value if operation == "set" else self.executable[target] + value
            part = self.model.simulate(times=points)[wanted]
            found[done : done + len(part)] = part
            done += len(part)
        return found
