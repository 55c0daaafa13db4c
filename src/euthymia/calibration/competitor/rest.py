"""What the real mechanism reads in animals that nothing was done to: where a null competitor's effects start from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import xarray as xr

from euthymia.cohorts.draw import Cohort
from euthymia.pipeline import mechanism_of, run_experiment
from euthymia.records.folder import StudyFolder
from euthymia.records.protocol import Imaging
from euthymia.records.study import Experiment

Rest = Callable[[Experiment], xr.Dataset]
"""Readings [arm, time] of an experiment's variables, by what observes an arm and never by what is done to it."""


def rest_of(study: StudyFolder) -> Rest:
    """The unperturbed courses of the study's own mechanism, at the values of its tables.

    Imaging is kept, since read-outs of a session compare it with the one before; everything else is taken away.
    """
    mechanism = mechanism_of(study)
    cohort = Cohort({name: np.full(1, value) for name, value in mechanism.values().items()}, 1, 0, individuals=1)

    @cache
    def simulated(untouched: Experiment) -> xr.Dataset:
        return run_experiment(study, mechanism, cohort, untouched, dense=False).states.isel(animal=0)

    return lambda experiment: simulated(_untouched(experiment))


def _untouched(experiment: Experiment) -> Experiment:
    arms = [
        arm.model_copy(update={"protocol": tuple(one for one in arm.protocol if isinstance(one, Imaging))})
        for arm in experiment.arms
    ]
    return experiment.model_copy(update={"arms": tuple(arms)})
