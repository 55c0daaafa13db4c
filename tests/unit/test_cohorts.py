"""Seeded cohorts: uncertainty and variation apart, streams of their own, cut off at the bounds."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from scipy import stats

from euthymia.cohorts.draw import INDIVIDUALS, draw_values, sample_cohort
from euthymia.errors import RequestError
from euthymia.records.parameter import Ensemble
from support import parameter

K: Final = parameter("k", between_sd=0.2)
J: Final = parameter("j", 2.0, scale="lin", prior="normal(2, 0.5)", lower=1.0, upper=3.0, between_sd=0.1)
ALIKE: Final = 0.001
"""Kolmogorov-Smirnov p below which a sample of fixed seed is said to come from another distribution."""


def test_a_small_cohort_is_the_beginning_of_a_large_one() -> None:
    small, large = (sample_cohort([K, J], animals=n, seed=1) for n in (8, 80))
    for name in ("k", "j"):
        assert np.array_equal(small.values[name], large.values[name][:8])


def test_a_new_parameter_moves_no_other() -> None:
    alone, joined = sample_cohort([K], animals=40, seed=1), sample_cohort([parameter("a"), K, J], animals=40, seed=1)
    assert np.array_equal(alone.values["k"], joined.values["k"])


def test_the_seed_decides() -> None:
    again = sample_cohort([K], animals=40, seed=1).values["k"]
    assert np.array_equal(again, sample_cohort([K], animals=40, seed=1).values["k"])
    assert not np.array_equal(again, sample_cohort([K], animals=40, seed=2).values["k"])


def test_draws_and_individuals_are_kept_apart() -> None:
    fixed_between = parameter("k")
    values = sample_cohort([fixed_between], animals=40, seed=1).values["k"].reshape(-1, INDIVIDUALS)
    assert (values == values[:, :1]).all()
    assert len(np.unique(values[:, 0])) == 10
    certain = sample_cohort([parameter("k", prior="fixed", between_sd=0.2)], animals=40, seed=1).values["k"]
    assert len(np.unique(certain)) == 40


def test_individuals_of_a_draw_have_mean_zero_on_the_scale() -> None:
    wide = parameter("k", between_sd=0.2, prior="fixed")
    logs = np.log(sample_cohort([wide], animals=80, seed=1).values["k"]).reshape(-1, INDIVIDUALS)
    assert logs.mean(axis=1) == pytest.approx(np.zeros(20), abs=1e-12)
    deviations = np.log(sample_cohort([wide], animals=4000, seed=1).values["k"])
    assert deviations.std() == pytest.approx(0.2, rel=0.05)  # 2000 independent pairs: standard error 1.6 %


def test_bounds_hold_and_units_are_those_of_the_equations() -> None:
    narrow = parameter("t", 60.0, unit="min", lower=50.0, upper=70.0, prior="lognormal(60, 2)", between_sd=1.0)
    values = sample_cohort([narrow], animals=400, seed=1).values["t"]
    assert values.min() >= 50 / 60
    assert values.max() <= 70 / 60


@pytest.mark.parametrize(
    ("prior", "distribution"),
    [("lognormal(2, 0.5)", stats.lognorm(0.5, scale=2)), ("loguniform(0.5, 8)", stats.loguniform(0.5, 8)),
     ("normal(2, 0.5)", stats.norm(2, 0.5)), ("uniform(1, 5)", stats.uniform(1, 4))],
)  # fmt: skip
@pytest.mark.parametrize("bounds", [(1e-3, 1e3), (1.5, 3.0)], ids=["wide", "cut off"])
def test_draws_follow_the_prior_cut_off_at_the_bounds(
    prior: str, distribution: stats.rv_continuous, bounds: tuple[float, float]
) -> None:
    row = parameter("k", 2.0, prior=prior, lower=bounds[0], upper=bounds[1])
    values = draw_values(row, np.random.default_rng(1).random(4000))
    low, high = distribution.cdf(bounds)
    assert stats.kstest(values, lambda x: (distribution.cdf(x) - low) / (high - low)).pvalue > ALIKE


def test_a_fixed_parameter_is_fixed() -> None:
    assert (sample_cohort([parameter("k", 3.0, prior="fixed")], animals=8, seed=1).values["k"] == 3).all()


def test_what_a_calibration_taught_takes_the_place_of_the_prior() -> None:
    row = parameter(value=2.0, status="calibrated", fitted_sd=0.1)
    assert row.learned.centre == (np.log(2.0), 0.1)
    assert parameter(value=2.0).learned.centre == (0.0, 0.3)
    uniform = np.linspace(0.05, 0.95, 7)
    bare = row.learned.model_copy(update={"status": "assumed", "fitted_sd": None})
    assert np.allclose(draw_values(bare, uniform), draw_values(row, uniform))


def test_members_of_an_ensemble_stay_joint() -> None:
    members = np.column_stack([np.linspace(1, 2, 7), np.linspace(10, 20, 7)])
    cohort = sample_cohort([parameter("k"), parameter("j"), parameter("free")], animals=40, seed=1,
                           ensemble=Ensemble(("k", "j"), members, 7.0))  # fmt: skip
    assert cohort.values["j"] == pytest.approx(10 * cohort.values["k"])
    assert set(np.unique(cohort.values["k"])) == set(members[:, 0])
    assert len(np.unique(cohort.values["free"])) == 10


def test_settings_reach_all_animals_and_nothing_else() -> None:
    cohort = sample_cohort([K, J], animals=8, seed=1)
    cut = cohort.with_settings({"k": 0.0})
    assert (cut.values["k"] == 0).all()
    assert cut.values["j"] is cohort.values["j"]


@pytest.mark.parametrize(("animals", "seed"), [(0, 1), (-8, 1), (8, -1)])
def test_impossible_cohorts_are_refused(animals: int, seed: int) -> None:
    with pytest.raises(RequestError):
        sample_cohort([K], animals=animals, seed=seed)


@pytest.mark.parametrize(("asked", "made"), [(1, 8), (8, 8), (9, 12), (40, 40)])
def test_animals_are_rounded_up_to_whole_draws(asked: int, made: int) -> None:
    cohort = sample_cohort([K], animals=asked, seed=1)
    assert cohort.animals == len(cohort.values["k"]) == made
