"""The batched engine against libRoadRunner on the mechanisms of the atlas, with the protocols of their studies."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
import xarray as xr

from euthymia.cohorts.draw import sample_cohort
from euthymia.engine.checks import default_outputs
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.compose import Mechanism
from euthymia.protocols.lower import first_day, lower
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Arm, Experiment
from support import ATLAS_STUDIES, STUDY_FACTS

AGREEMENT: Final = 1e-5
"""Relative to the largest value of each quantity in each animal: both run at a relative tolerance of 1e-8, and
libRoadRunner's errors, of some fifty segments, are up to a hundred times its tolerance."""
TOLERANCES: Final = {"rtol": 1e-8, "atol": 1e-11}
NEGLIGIBLE: Final = 1e-8
"""Quantities that stay below this are compared with it instead of with themselves."""
ANIMALS: Final = 8
MOVING: Final = 0.5
"""Share of the quantities that must change, or the arm tests too little; drugs that it does not give are left out."""


@pytest.fixture(scope="module", params=ATLAS_STUDIES)
def study(request: Any, atlas: dict[str, StudyFolder]) -> StudyFolder:
    return atlas[request.param]


@pytest.fixture(scope="module")
def experiment(study: StudyFolder) -> Experiment:
    wanted = STUDY_FACTS[study.id].compared.experiment
    return next(one for one in study.record.experiments if one.id == wanted)


@pytest.fixture(scope="module")
def arm(study: StudyFolder, experiment: Experiment) -> Arm:
    return next(one for one in experiment.arms if one.id == STUDY_FACTS[study.id].compared.arm)


@pytest.fixture(scope="module")
def both(
    study: StudyFolder, experiment: Experiment, arm: Arm, mechanisms: dict[str, Mechanism]
) -> tuple[xr.Dataset, ...]:
    """The same runs by both engines."""
    mechanism = mechanisms[study.id]
    origin = first_day(experiment)
    schedule = lower(arm, ports=study.record.mechanism.ports, library=study.library, origin=origin)
    last = max([*(jump.time for jump in schedule.jumps), 24.0 * (3 - origin)])
    cohort = sample_cohort(mechanism.parameters, animals=ANIMALS, seed=1)
    times = sorted({*(jump.time for jump in schedule.jumps), *np.linspace(0, last + 24, 50)})
    return tuple(
        simulate(mechanism.model, times=times, parameters=dict(cohort.values), schedule=schedule, engine=engine,
                 outputs=default_outputs(mechanism.model), **TOLERANCES)
        for engine in ("batch", "reference")
    )  # fmt: skip


def test_both_engines_finish_all_runs(both: tuple[xr.Dataset, ...]) -> None:
    for result in both:
        assert set(result["status"].values.tolist()) == {Status.OK.value}


def absent(study: StudyFolder, arm: Arm) -> str:
    """The text of the drugs that the study knows and the arm does not give."""
    given = {getattr(item, "drug", getattr(item, "bath", "")) for item in arm.protocol}
    drugs = [name for name in study.record.mechanism.ports.drugs if name not in given]
    return "\n".join(study.library.drugs[name].exposure for name in drugs)


def test_the_engines_agree(both: tuple[xr.Dataset, ...], study: StudyFolder, arm: Arm) -> None:
    (batch, reference), idle = both, absent(study, arm)
    states = [name for name in reference.data_vars if name != "status"]
    moving = [name for name in states if np.ptp(reference[name].values, axis=-1).max() > NEGLIGIBLE]
    assert len(moving) > MOVING * sum(f"{name}' =" not in idle for name in map(str, states))
    for name in states:
        theirs = reference[name].values
        scale = np.maximum(np.abs(theirs).max(axis=-1), NEGLIGIBLE)
        difference = np.abs(batch[name].values - theirs).max(axis=-1) / scale
        assert difference.max() < AGREEMENT, name


def test_the_engines_name_themselves(both: tuple[xr.Dataset, ...]) -> None:
    names = [str(result.attrs["engine"]) for result in both]
    assert names[0] != names[1]
    assert "libRoadRunner" in names[1]
