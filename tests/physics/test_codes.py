"""S05: codes and resting states against the fast networks that they stand for, and groups that nothing labels."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from euthymia.cohorts.draw import SPLIT_INDIVIDUALS, sample_cohort
from euthymia.findings.trial import Trial
from euthymia.models.compose import Mechanism
from euthymia.pipeline import mechanism_of, run_experiment
from euthymia.records.folder import StudyFolder

MILLISECOND: Final = 1 / 3_600_000
"""In hours, the unit of the equations."""
CELLS, POOL = 20, 10
"""Time constants in ms of coding cells and of the cells that normalise them; any within tens of ms would do."""
AGREE: Final = 2e-4
HOPS: Final = 60_000
ATTRACTORS: Final = 60


def full_model(study: StudyFolder) -> Mechanism:
    """The same text with cells that integrate their input over milliseconds and are divided by a shared pool."""
    text = study.fragment.text
    for code, source in (("choice_gain", "value_input"), ("history_gain", "history_input")):
        reduced = f"{code} := code_range*{source}/(value_input + history_input);"
        assert text.count(reduced) == 1
        text = text.replace(
            reduced, f"{code}' = (code_range*{source} - pool*{code})/({CELLS * MILLISECOND!r}); {code} = 0;"
        )
    text += f"\npool' = (value_input + history_input - pool)/({POOL * MILLISECOND!r});\npool = 1;\n"
    return mechanism_of(dataclasses.replace(study, fragment=dataclasses.replace(study.fragment, text=text)))


def run(
    study: StudyFolder, mechanism: Mechanism, experiment: str, *, animals: int = 8, varied: bool = True, **changes: Any
) -> Trial:
    rows = [row if varied else row.model_copy(update={"between_sd": None}) for row in mechanism.parameters]
    rows = [row.model_copy(update=changes[row.id]) if row.id in changes else row for row in rows]
    cohort = sample_cohort(rows, animals=animals, seed=3, ensemble=study.ensemble, individuals=SPLIT_INDIVIDUALS)
    wanted = next(one for one in study.record.experiments if one.id == experiment)
    return run_experiment(study, mechanism, cohort, wanted, workers=1, dense=False)


@pytest.mark.parametrize("experiment", ["defeat", "activation"])
def test_the_codes_of_a_session_are_those_of_a_network_in_milliseconds(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism], experiment: str
) -> None:
    """Ten days of defeat and an hour of CNO are slow against the network, so its codes are where they settle."""
    study = atlas["S05"]
    full, reduced = (run(study, one, experiment) for one in (full_model(study), mechanisms["S05"]))
    for name in ("choice_gain", "history_gain", "anhedonia_shown"):
        ours, theirs = (one.states[name].values[:, :, 1:] for one in (reduced, full))
        assert np.abs(ours - theirs).max() < AGREE * max(1.0, np.abs(theirs).max()), name


def visits(depth: float, seed: int) -> npt.NDArray[np.int64]:
    """Attractors that a noisy network is in: each tries another, and noise lets it climb (Metropolis)."""
    rng = np.random.default_rng(seed)
    tries, luck = rng.integers(0, ATTRACTORS, HOPS), rng.random(HOPS)
    place, found = 0, np.empty(HOPS, dtype=np.int64)
    for hop in range(HOPS):
        if luck[hop] < np.exp(-depth * (tries[hop] - place)):
            place = int(tries[hop])
        found[hop] = place
    return found


def test_the_number_of_resting_states_is_that_of_a_noisy_network(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]
) -> None:
    """Energies rise evenly, as in the text; the number is the exponential of the entropy of simulated visits."""
    trial = run(atlas["S05"], mechanisms["S05"], "defeat")
    numbers = trial.values("susceptible", "resting_states", 0.0).ravel()
    drive = trial.values("susceptible", "vca1_drive", 0.0).ravel()
    values = sample_cohort(mechanisms["S05"].parameters, animals=8, seed=3, ensemble=atlas["S05"].ensemble,
                           individuals=SPLIT_INDIVIDUALS).values  # fmt: skip
    floor = values["depth_floor"]
    depths = values["attractor_depth"] * (floor + (1 - floor) * drive)
    order = np.argsort(depths)
    for place in order[[0, len(order) // 2, -1]]:
        shares = np.bincount(visits(float(depths[place]), int(place)), minlength=ATTRACTORS) / HOPS
        seen = shares[shares > 0]
        assert np.exp(-(seen * np.log(seen)).sum()) == pytest.approx(numbers[place], rel=0.06)


def drive_gap(trial: Trial) -> npt.NDArray[np.float64]:
    """Drive of vCA1 in the resilient less that in the susceptible, by draw."""
    means = [
        (trial.values(arm, "vca1_drive", 0.0) * trial.shares(arm)).sum(axis=1) for arm in ("resilient", "susceptible")
    ]
    return np.asarray(means[0] - means[1])


def test_susceptible_and_resilient_animals_come_from_variation_alone(
    atlas: dict[str, StudyFolder], mechanisms: dict[str, Mechanism]
) -> None:
    """One protocol and one model for all: animals that are alike do not part, whatever the noise of the reading.

    Most of the difference comes from the load that the path bears; the rest from what else varies between animals.
    """
    study, mechanism = atlas["S05"], mechanisms["S05"]
    varied = run(study, mechanism, "defeat", animals=40)
    for name in ("vca1_drive", "choice_gain", "anhedonia_shown"):
        whole = [varied.values(arm, name, 0.0) for arm in ("defeated", "resilient", "susceptible")]
        assert (whole[0] == whole[1]).all()
        assert (whole[0] == whole[2]).all()
    alike = run(study, mechanism, "defeat", animals=40, varied=False)
    assert np.median(drive_gap(varied)) > 0.15
    assert drive_gap(alike) == pytest.approx(0, abs=1e-9)
    one_load = run(study, mechanism, "defeat", animals=40, loss_half={"between_sd": None})
    assert np.median(drive_gap(one_load)) < 0.6 * np.median(drive_gap(varied))
