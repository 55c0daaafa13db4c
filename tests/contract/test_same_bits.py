"""The same run gives the same bits, whatever happens around it."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pytest
import xarray as xr

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.models.compose import Mechanism
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.pipeline import ATOL, RTOL, mechanism_of, run_study
from euthymia.provenance import digest_folder
from support import OwnStudy

ANIMALS: Final = 60
"""More than the lanes of one block, and no multiple of them."""
TIMES: Final = (0.0, 0.5, 1.0, 3.0, 24.0)
FRAGILE: Final = "x' = k*x^2 - x; x = 1; k = 1; y' = x - y; y = 0"
"""Blows up within a day where k is above 1."""


@pytest.fixture(scope="module")
def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {"ketamine_half_life": rng.uniform(0.1, 0.5, ANIMALS), "trkb_to_erk": rng.uniform(0.5, 4, ANIMALS)}


@pytest.fixture(scope="module")
def mechanism(mechanisms: dict[str, Mechanism]) -> Mechanism:
    return mechanisms["S02"]


ARMS: Final = {
    "rest": Schedule(),
    "dose": Schedule.of([Jump(0.0, "ketamine_depot", "add", 21_000.0), Jump(2.0, "bci_depot", "add", 30_000.0)]),
    "knock-out": Schedule.of([Jump(0.0, "ketamine_depot", "add", 21_000.0)], {"trkb_level": 0.0}),
}


def course(mechanism: Mechanism, columns: dict[str, np.ndarray], **settings: Any) -> xr.Dataset:
    return simulate(
        mechanism.model,
        times=TIMES,
        parameters=columns,
        **{"schedule": ARMS, "outputs": ["perk", "despair"]} | settings,
    )


@pytest.fixture(scope="module")
def whole(mechanism: Mechanism, columns: dict[str, np.ndarray]) -> xr.Dataset:
    return course(mechanism, columns, workers=1)


def same(first: xr.Dataset, second: xr.Dataset) -> bool:
    return all(np.array_equal(first[name].values, second[name].values, equal_nan=True) for name in first.data_vars)


def test_workers_do_not_change_bits(mechanism: Mechanism, columns: dict[str, np.ndarray], whole: xr.Dataset) -> None:
    assert course(mechanism, columns, workers=2).identical(whole)


def test_the_order_of_animals_does_not_change_bits(
    mechanism: Mechanism, columns: dict[str, np.ndarray], whole: xr.Dataset
) -> None:
    order = np.random.default_rng(2).permutation(ANIMALS)
    permuted = course(mechanism, {name: column[order] for name, column in columns.items()}, workers=1)
    assert same(permuted, whole.isel(animal=order))


def test_the_order_of_arms_and_parameters_does_not_change_bits(
    mechanism: Mechanism, columns: dict[str, np.ndarray], whole: xr.Dataset
) -> None:
    turned = course(mechanism, dict(reversed(columns.items())), schedule=dict(reversed(ARMS.items())), workers=1)
    assert same(turned.sel(arm=list(ARMS)), whole)


def test_the_size_of_the_batch_does_not_change_bits(
    mechanism: Mechanism, columns: dict[str, np.ndarray], whole: xr.Dataset
) -> None:
    for part in (slice(0, 1), slice(3, 9), slice(15, 18)):
        assert same(course(mechanism, {name: column[part] for name, column in columns.items()}, workers=1),
                    whole.isel(animal=part))  # fmt: skip


def test_one_arm_alone_is_as_among_others(
    mechanism: Mechanism, columns: dict[str, np.ndarray], whole: xr.Dataset
) -> None:
    few = {name: column[:3] for name, column in columns.items()}
    for name, arm in ARMS.items():
        assert same(course(mechanism, few, schedule=arm), whole.isel(animal=slice(0, 3)).sel(arm=name))


@pytest.fixture(scope="module")
def fragile() -> Model:
    return load_model(FRAGILE)


def test_another_run_before_it_does_not_change_bits(
    fragile: Model, mechanism: Mechanism, columns: dict[str, np.ndarray]
) -> None:
    before = simulate(fragile, times=TIMES, parameters={"k": 0.5})
    few = {name: column[:2] for name, column in columns.items()}
    course(mechanism, few)
    simulate(fragile, times=[0, 7], parameters={"k": 0.9})
    assert simulate(fragile, times=TIMES, parameters={"k": 0.5}).identical(before)


def test_a_failing_run_before_it_does_not_change_bits(fragile: Model) -> None:
    among = simulate(fragile, times=TIMES, parameters={"k": [0.5, 3.0, 0.9, 5.0, 0.7]})
    assert [status != Status.OK.value for status in among["status"].values] == [False, True, False, True, False]
    for index, k in ((0, 0.5), (2, 0.9), (4, 0.7)):
        assert same(simulate(fragile, times=TIMES, parameters={"k": [k]}), among.isel(animal=[index]))


def test_a_jump_in_one_run_does_not_reach_the_next(fragile: Model) -> None:
    arms = {"jump": [Jump(1.0, "k", "set", 0.1), Jump(2.0, "x", "add", 0.2)], "none": []}
    together = simulate(fragile, times=TIMES, parameters={"k": [0.5, 0.6]}, schedule=arms)
    assert same(together.sel(arm="none"), simulate(fragile, times=TIMES, parameters={"k": [0.5, 0.6]}))


def test_the_provenance_of_a_simulation_makes_it_again(fragile: Model) -> None:
    first = simulate(fragile, times=TIMES, parameters={"k": 0.5}, rtol=1e-5, atol=1e-7, seed=4)
    facts = first.attrs
    assert facts["model_sha256"] == fragile.digest
    assert {"euthymia", "libroadrunner", "numpy"} <= set(json.loads(facts["versions"]))
    again = simulate(load_model(FRAGILE), times=first["time"].values, parameters={"k": 0.5}, rtol=facts["rtol"],
                     atol=facts["atol"], seed=facts["seed"])  # fmt: skip
    assert again.identical(first)


def test_the_provenance_of_a_scorecard_makes_it_again(own_study: OwnStudy) -> None:
    first = run_study(own_study.folder, animals=12, seed=5, workers=1)
    facts = first.scorecard.provenance
    assert facts["study_sha256"] == digest_folder(own_study.folder)
    assert facts["model_sha256"] == mechanism_of(own_study.load()).model.digest
    assert (facts["rtol"], facts["atol"]) == (RTOL, ATOL)
    again = run_study(own_study.folder, animals=facts["animals"], seed=facts["seed"], workers=2)  # type: ignore[arg-type]
    assert again.scorecard.to_json() == first.scorecard.to_json()
    assert all(again.trials[name].states.identical(trial.states) for name, trial in first.trials.items())
    other = run_study(own_study.folder, animals=12, seed=6, workers=1)
    assert other.scorecard.to_json() != first.scorecard.to_json()


def test_a_changed_file_changes_the_provenance(own_study: OwnStudy) -> None:
    before = digest_folder(own_study.folder)
    own_study.edit("affinity", "affinity, again", file="parameters.tsv")
    assert digest_folder(own_study.folder) != before


def test_a_finding_added_moves_no_other(own_study: OwnStudy) -> None:
    before = run_study(own_study.folder, animals=8, workers=1).scorecard
    text = (own_study.folder / "study.yaml").read_text(encoding="utf-8")
    start, end = text.index("  - id: F3-greater"), text.index("  - id: F4-change")
    (own_study.folder / "study.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    after = run_study(own_study.folder, animals=8, workers=1).scorecard
    table = before.to_dataframe().set_index("finding").drop(index="F3-greater")
    assert table.equals(after.to_dataframe().set_index("finding"))
