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
from support import ATLAS_STUDIES, STUDY_FACTS

AGREEMENT: Final = 1e-5
"""Relative to the largest value of each quantity in each animal: both run at a relative tolerance of 1e-8, and
libRoadRunner's errors, of some fifty segments, are up to a hundred times its tolerance."""
TOLERANCES: Final = {"rtol": 1e-8, "atol": 1e-11}
NEGLIGIBLE: Final = 1e-8
"""Quantities that stay below this are compared with it instead of with themselves."""
ANIMALS: Final = 8
MOVING: Final = 0.3
"""Share of the quantities that must change, or the arm tests too little."""


@pytest.fixture(scope="module", params=ATLAS_STUDIES)
def both(request: Any, atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]) -> tuple[xr.Dataset, ...]:
    """The same runs by both engines."""
    study, mechanism = atlas[request.param], mechanisms[request.param]
    compared = STUDY_FACTS[request.param].compared
    experiment = next(one for one in study.record.experiments if one.id == compared.experiment)
    arm = next(one for one in experiment.arms if one.id == compared.arm)
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


def test_the_engines_agree(both: tuple[xr.Dataset, ...]) -> None:
    batch, reference = both
    states = [name for name in reference.data_vars if name != "status"]
    moving = [name for name in states if np.ptp(reference[name].values, axis=-1).max() > NEGLIGIBLE]
    assert len(moving) > MOVING * len(states)
    for name in states:
        theirs = reference[name].values
        scale = np.maximum(np.abs(theirs).max(axis=-1), NEGLIGIBLE)
        difference = np.abs(batch[name].values - theirs).max(axis=-1) / scale
        assert difference.max() < AGREEMENT, name


def test_the_engines_name_themselves(both: tuple[xr.Dataset, ...]) -> None:
    names = [str(result.attrs["engine"]) for result in both]
    assert names[0] != names[1]
    assert "libRoadRunner" in names[1]
