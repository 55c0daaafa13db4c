"""AMICI: C++ made from the model, CVODES with its sparse solver KLU; doses are SBML events."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import amici
import numpy as np
from amici.importers.sbml import SbmlImporter
from amici.sim.sundials import AMICI_SUCCESS, run_simulation
from cases import Array, Case

from engines import Outcome, SkippedError
from euthymia.engine.batch.compiled import system_of


class Engine:
    """One compiled AMICI model."""

    def __init__(self, case: Case, keys: tuple[str, ...], values: Array) -> None:
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # its cmake and swig
        if shutil.which("c++") is None and shutil.which("g++") is None:
            raise SkippedError("no C++ compiler")
        self.about = f"AMICI {amici.__version__}, CVODES with KLU, doses as SBML events"
        self.case = case
        self.model, self.earlier = _compiled(case)
        self.solver = self.model.create_solver()
        self.solver.set_max_steps(200_000)
        self.model.set_timepoints(case.times.tolist())
        ids = list(self.model.get_free_parameter_ids())
        self.base = np.array(self.model.get_free_parameters())
        self.columns = [ids.index(key) for key in keys]
        found = list(self.model.get_state_ids())
        self.order = [found.index(state) for state in case.states]
        self.volumes = _volumes(case)
        self.run(values[:1], 1e-4)

    def run(self, values: Array, rtol: float, *, keep: bool = False) -> Outcome:
        """Runs of all animals, one after another."""
        self.solver.set_relative_tolerance(rtol)
        self.solver.set_absolute_tolerance(self.case.atol(rtol))
        states = np.empty((len(values), len(self.case.times), len(self.case.states)))
        failed = 0
        for animal, row in enumerate(values):
            parameters = self.base.copy()
            parameters[self.columns] = row
            self.model.set_free_parameters(parameters.tolist())
            data = run_simulation(self.model, self.solver)
            if data.status == AMICI_SUCCESS:
                states[animal] = np.asarray(data.x)[:, self.order] * self.volumes
            else:
                states[animal] = np.nan
                failed += 1
        return Outcome(states, failed)


def _volumes(case: Case) -> Array:
    """What turns the solver's concentrations into amounts."""
    symbols = case.model.symbols
    system_of(case.model)
    inside = [symbols[state] for state in case.states]
    return np.array(
        [1.0 if one.kind != "species" or one.substance_only else symbols[one.compartment].value for one in inside]
    )


def _compiled(case: Case) -> tuple[Any, float]:
    """The compiled model, and the CPU seconds that compiling it took if that was in an earlier process."""
    sbml = case.with_events()
    name = f"bench_{case.name}_{hashlib.sha256(sbml.encode()).hexdigest()[:8]}"
    folder = Path(os.environ.get("EUTHYMIA_BENCH_WORK", tempfile.gettempdir())) / "amici" / name
    done, earlier = folder / "done", 0.0
    if done.exists():
        earlier = float(done.read_text())
    else:
        shutil.rmtree(folder, ignore_errors=True)
        start = sum(os.times()[:4])
        SbmlImporter(sbml, from_file=False).sbml2amici(
            name, folder, generate_sensitivity_code=False, observation_model=[], compute_conservation_laws=False
        )
        done.write_text(str(sum(os.times()[:4]) - start))
    module = amici.import_model_module(name, folder)
    return module.get_model(), earlier
