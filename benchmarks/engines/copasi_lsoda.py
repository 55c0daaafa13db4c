"""COPASI's deterministic solver (LSODA); doses are SBML events. Taking the results out of COPASI is not timed."""

from __future__ import annotations

import COPASI
import numpy as np
from cases import Array, Case

from engines import Outcome, SkippedError


class Engine:
    """One COPASI data model."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        self.about = f"COPASI {COPASI.__version__}, LSODA, doses as SBML events; copying of results not timed"
        self.case = case
        self.data = COPASI.CRootContainer.addDatamodel()
        if not self.data.importSBMLFromString(case.with_events()):
            raise SkippedError("the model is not imported")
        self.model = self.data.getModel()
        by_id = {value.getSBMLId(): value for value in self.model.getModelValues()}
        self.parameters = [by_id[key] for key in keys]
        self.changed = COPASI.ObjectStdVector()
        for parameter in self.parameters:
            self.changed.append(parameter.getInitialValueReference())
        self._set_up()
        self.run(values[:1], 1e-4)

    def _set_up(self) -> None:
        self.task = self.data.getTask("Time-Course")
        problem, self.method = self.task.getProblem(), self.task.getMethod()
        problem.setAutomaticStepSize(False)
        problem.setDuration(self.case.end)
        problem.setStepNumber(len(self.case.times) - 1)
        problem.setTimeSeriesRequested(True)
        problem.setOutputEvent(False)
        self.method.getParameter("Max Internal Steps").setIntValue(200_000)

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, one after another."""
        self.method.getParameter("Relative Tolerance").setDblValue(rtol)
        self.method.getParameter("Absolute Tolerance").setDblValue(self.case.atol(rtol))
        states = np.full((len(values), len(self.case.times), len(self.case.states)), np.nan) if keep else None
        failed = 0
        for animal, row in enumerate(values.tolist()):
            for parameter, value in zip(self.parameters, row, strict=True):
                parameter.setInitialValue(value)
            self.model.updateInitialValues(self.changed)
            self.task.initializeRaw(COPASI.CCopasiTask.ONLY_TIME_SERIES)
            good = self.task.processRaw(True)
            series = self.task.getTimeSeries()
            if not good or series.getRecordedSteps() != len(self.case.times):
                failed += 1
            elif states is not None:
                states[animal] = self._taken(series)
            self.task.restore()
        return Outcome(states, failed)

    def _taken(self, series: COPASI.CTimeSeries) -> Array:
        symbols = self.case.model.symbols
        ids = [series.getSBMLId(place, self.data) for place in range(series.getNumVariables())]
        found = np.empty((series.getRecordedSteps(), len(self.case.states)))
        for column, state in enumerate(self.case.states):
            place, one = ids.index(state), symbols[state]
            volume = symbols[one.compartment].value if one.kind == "species" else 1.0
            found[:, column] = [volume * series.getConcentrationData(row, place) for row in range(len(found))]
        return found
