"""Draws from posteriors whose answer is known: means, spreads and evidence; resumption; runs that disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from scipy import integrate, special, stats

from euthymia.calibration import sampler
from euthymia.calibration.sampler import GOOD_ESS, GOOD_RHAT, Effort, Sample, convergence, diagnostics, sample
from euthymia.calibration.steps import Steps
from euthymia.words import Message

Array = npt.NDArray[np.float64]
EFFORT: Final = Effort(particles=250)
"""A thousand draws, of which at least some hundred are independent."""
QUICK: Final = Effort(runs=2, particles=40, moves=4, last_moves=8, rounds=2)
"""Fewer draws than are asked for, so that all rounds are taken."""
MEAN: Final = 0.15
"""Posterior deviations: more than three standard errors of a mean at 400 effective draws."""
SPREAD: Final = 0.12
"""Relative: more than three standard errors of a standard deviation at 400 effective draws."""
EVIDENCE: Final = 0.1
"""More than three standard errors of the mean over four runs."""
ROUNDING: Final = 1e-9
REPLICATES: Final = 60
RANKS: Final = 19
"""Draws that a true value is ranked among, so that there are twenty ranks: five bins of four."""
UNIFORM: Final = 1e-3
"""Chance at which uniform ranks would be called uneven."""


@dataclass(frozen=True)
class Analytic:
    """A target made by hand."""

    terms: Callable[[Array], Array]
    limits: Array

    def residuals(self, positions: Array) -> Array:
        return self.terms(positions)


def unbounded(count: int) -> Array:
    return np.array([[-8.0, 8.0]] * count)


def linear(slopes: Array, data: Array) -> Analytic:
    """Data with unit errors about a linear function of the parameters."""
    return Analytic(lambda positions: positions @ slopes.T - data, unbounded(slopes.shape[1]))


def one_dimensional(terms: Callable[[Array], Array], low: float = -8.0, high: float = 8.0) -> Analytic:
    return Analytic(lambda positions: np.asarray(terms(positions[:, 0])[:, None]), np.array([[low, high]]))


def moments(target: Analytic, low: float, high: float) -> tuple[float, float, float]:
    """Mean, deviation and log evidence of a one-dimensional posterior, integrated."""

    def density(place: float, power: int = 0) -> float:
        term = float(target.residuals(np.array([[place]]))[0, 0])
        return float(place**power * stats.norm.pdf(place) * np.exp(-0.5 * term**2)) if np.isfinite(term) else 0.0

    whole, first, second = (integrate.quad(density, low, high, args=(power,), limit=400)[0] for power in range(3))
    mean = first / whole
    limits = target.limits[0]
    allowed = special.ndtr(limits[1]) - special.ndtr(limits[0])
    return mean, float(np.sqrt(second / whole - mean**2)), float(np.log(whole / allowed))


def drawn(target: Any, own: int, effort: Effort = EFFORT, **more: Any) -> Sample:
    return sample(target, own, seed=1, name="analytic", effort=effort, **more)


SLOPES: Final = np.array([[2.0, 0.5, 0.0], [0.0, 3.0, -1.0], [1.0, 0.0, 0.2], [0.3, 0.3, 0.3]])
DATA: Final = np.array([1.5, -2.0, 0.4, 1.0])


def test_a_normal_posterior_and_its_evidence() -> None:
    target = linear(SLOPES, DATA)
    covariance = np.linalg.inv(SLOPES.T @ SLOPES + np.eye(3))
    mean = covariance @ SLOPES.T @ DATA
    found = drawn(target, 3)
    deviation = np.sqrt(np.diag(covariance))
    assert np.abs((found.pooled.mean(axis=0) - mean) / deviation).max() < MEAN
    assert np.abs(found.pooled.std(axis=0) / deviation - 1).max() < SPREAD
    correlation = covariance / np.outer(deviation, deviation)
    np.testing.assert_allclose(np.corrcoef(found.pooled.T), correlation, atol=MEAN)
    square = DATA @ DATA - DATA @ SLOPES @ covariance @ SLOPES.T @ DATA
    exact = 0.5 * float(np.linalg.slogdet(covariance)[1] - square)
    assert found.log_evidence.mean() == pytest.approx(exact, abs=EVIDENCE)
    np.testing.assert_allclose(found.best, mean, atol=1e-3)


def test_shared_parameters_stay_at_their_centre_in_the_search_and_are_drawn() -> None:
    found = drawn(linear(SLOPES, DATA), 2)
    assert found.best[2] == 0
    covariance = np.linalg.inv(SLOPES.T @ SLOPES + np.eye(3))
    mean = covariance @ SLOPES.T @ DATA
    assert np.abs((found.pooled.mean(axis=0) - mean) / np.sqrt(np.diag(covariance))).max() < MEAN


def truncated_normal() -> Analytic:
    return one_dimensional(lambda place: place - 2.0, -1.0, 0.5)


def threshold() -> Analytic:
    """Nothing is known but that the parameter is above a soft threshold: steep on one side, wide on the other."""
    return one_dimensional(lambda place: np.sqrt(-2 * special.log_ndtr((place - 1.0) / 0.2)))


def cliff() -> Analytic:
    """Beyond a place runs fail."""
    return one_dimensional(lambda place: np.where(place > 0.6, np.nan, place - 1.0))


@pytest.mark.parametrize("make", [truncated_normal, threshold, cliff])
def test_posteriors_that_are_not_normal(make: Callable[[], Analytic]) -> None:
    target = make()
    low, high = target.limits[0]
    mean, deviation, evidence = moments(target, low, 0.6 if make is cliff else high)
    found = drawn(target, 1)
    assert found.draws.min() >= low
    assert found.draws.max() <= high
    assert found.pooled.mean() == pytest.approx(mean, abs=MEAN * deviation)
    assert found.pooled.std() == pytest.approx(deviation, rel=SPREAD)
    assert found.log_evidence.mean() == pytest.approx(evidence, abs=EVIDENCE)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    first, second = (drawn(threshold(), 1, QUICK) for _ in range(2))
    other = sample(threshold(), 1, seed=2, name="analytic", effort=QUICK)
    np.testing.assert_array_equal(first.draws, second.draws)
    np.testing.assert_array_equal(first.log_evidence, second.log_evidence)
    assert not np.array_equal(first.draws, other.draws)


def test_finished_steps_do_not_change_a_bit_and_are_not_taken_again() -> None:
    kept: dict[str, Array] = {}
    whole = drawn(threshold(), 1, QUICK, done=kept)
    said: list[Message] = []
    again = drawn(threshold(), 1, QUICK, done=kept, report=said.append)
    np.testing.assert_array_equal(again.draws, whole.draws)
    assert all("tempering" not in state.text("en") for state in said)


def interrupt_at(text: str) -> Callable[[Message], None]:
    def report(state: Message) -> None:
        if text in state.text("en"):
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("when", ["run 1 of 2", "run 2 of 2", "more moves"])
def test_an_interrupted_call_goes_on_to_the_same_bits(tmp_path: Path, when: str) -> None:
    whole = drawn(threshold(), 1, QUICK)
    steps = Steps(tmp_path / "steps")
    with pytest.raises(KeyboardInterrupt):
        drawn(threshold(), 1, QUICK, done=steps, report=interrupt_at(when))
    assert ("run_0" in steps) == (when != "run 1 of 2")
    resumed = drawn(threshold(), 1, QUICK, done=steps)
    np.testing.assert_array_equal(resumed.draws, whole.draws)
    np.testing.assert_array_equal(resumed.log_evidence, whole.log_evidence)


@pytest.mark.parametrize("lost", ["best", "centre", "covariance", "run_1", "evidence_1", "round_0"])
def test_a_step_that_is_lost_is_taken_again(lost: str) -> None:
    """An interruption may come between any two steps, and any file may be damaged."""
    kept: dict[str, Array] = {}
    whole = drawn(threshold(), 1, QUICK, done=kept)
    del kept[lost]
    resumed = drawn(threshold(), 1, QUICK, done=kept)
    np.testing.assert_array_equal(resumed.draws, whole.draws)
    np.testing.assert_array_equal(resumed.log_evidence, whole.log_evidence)


def test_an_interruption_before_the_reference_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    kept: dict[str, Array] = {}
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sampler, "_reference", interrupted)
        drawn(threshold(), 1, QUICK, done=kept)
    np.testing.assert_array_equal(drawn(threshold(), 1, QUICK, done=kept).draws, drawn(threshold(), 1, QUICK).draws)


def test_runs_that_disagree_move_until_they_agree() -> None:
    target = linear(SLOPES, DATA)
    effort = Effort(runs=4, particles=100)
    kept: dict[str, Array] = {}
    mean = drawn(target, 3, effort, done=kept).pooled.mean(axis=0)
    kept["run_0"] = kept["run_0"] + 1.5
    kept["run_1"] = kept["run_1"] - 1.5
    for name in [name for name in kept if name.startswith("round")]:
        del kept[name]
    said: list[Message] = []
    found = drawn(target, 3, effort, done=kept, report=said.append)
    assert "round_0" in kept
    assert said
    rhat, ess = convergence(found.draws)
    assert rhat <= GOOD_RHAT
    assert ess >= GOOD_ESS
    assert np.abs((found.pooled.mean(axis=0) - mean) / found.pooled.std(axis=0)).max() < 2 * MEAN


def test_too_few_draws_use_all_rounds_and_enough_none() -> None:
    kept: dict[str, Array] = {}
    drawn(threshold(), 1, Effort(runs=2, particles=20, moves=2, last_moves=2, rounds=3), done=kept)
    assert [f"round_{number}" in kept for number in range(4)] == [True, True, True, False]
    kept = {}
    drawn(threshold(), 1, Effort(runs=2, particles=400), done=kept)
    assert "round_0" not in kept


def by_hand(draws: Array) -> float:
    """Rank-normalised split R-hat, of values and of their distances from the median (Vehtari et al. 2021)."""

    def of(values: Array) -> float:
        halves = np.concatenate(np.split(values, 2, axis=1))
        ranks = stats.rankdata(halves).reshape(halves.shape)
        scores = special.ndtri((ranks - 3 / 8) / (halves.size + 1 / 4))
        length = scores.shape[1]
        within, between = scores.var(axis=1, ddof=1).mean(), length * scores.mean(axis=1).var(ddof=1)
        return float(np.sqrt(((length - 1) / length * within + between / length) / within))

    return max(of(draws), of(np.abs(draws - np.median(draws))))


@pytest.mark.parametrize(("shift", "factor"), [(0.0, 1.0), (0.8, 1.0), (3.0, 1.0), (0.0, 3.0)])
def test_r_hat_is_as_published(shift: float, factor: float) -> None:
    draws = np.random.default_rng(1).normal(size=(4, 100, 1))
    draws[0] = factor * draws[0] + shift
    rhat, _ = diagnostics(draws)
    assert rhat[0] == pytest.approx(by_hand(draws[:, :, 0]), rel=ROUNDING)
    assert (rhat[0] > GOOD_RHAT) == ((shift, factor) != (0.0, 1.0))


def test_copies_are_not_draws() -> None:
    rng = np.random.default_rng(1)
    single, copied = rng.normal(size=(4, 400, 1)), np.repeat(rng.normal(size=(4, 40, 1)), 10, axis=1)
    (many,), (few,) = (diagnostics(draws)[1] for draws in (single, copied))
    assert many > 1200
    assert 100 < few < 250


def test_the_worst_parameter_counts() -> None:
    draws = np.random.default_rng(1).normal(size=(4, 100, 2))
    draws[0, :, 1] += 2
    rhat, ess = diagnostics(draws)
    assert convergence(draws) == (float(rhat[1]), float(ess[1]))


def test_true_values_have_uniform_ranks() -> None:
    """Values drawn from the prior, data drawn from them, draws given the data: each value's rank is any."""
    slopes = np.array([[1.0, 0.5], [0.0, 2.0], [0.7, -0.7]])
    rng = np.random.default_rng(4)
    effort = Effort(runs=1, particles=3 * RANKS, moves=6, last_moves=30, rounds=0)
    ranks = []
    for number in range(REPLICATES):
        truth = rng.standard_normal(2)
        target = linear(slopes, slopes @ truth + rng.standard_normal(3))
        found = sample(target, 2, seed=number, name="ranks", effort=effort)
        ranks.append((found.pooled[::3] < truth).sum(axis=0))
    counts = np.array([np.bincount(row // 4, minlength=5) for row in np.array(ranks).T])
    assert counts.sum() == 2 * REPLICATES
    assert min(stats.chisquare(row).pvalue for row in counts) > UNIFORM
