"""The joint probability of published statements, against exact results."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from euthymia.calibration.likelihood import JointIntervals

Array = npt.NDArray[np.float64]
EXACT: Final = 1e-10
"""Rounding of sums of a few logarithms of order one."""
PAIR: Final = 0.012
"""Relative error of the sequential approximation for two orthants, correlations from -0.5 to 0.9."""
STEEP_PAIR: Final = 0.06
"""The same at a correlation of -0.9, where the probability is small."""
TRIPLE: Final = 0.015
"""Relative error of the sequential approximation for three orthants, correlations from 0 to 0.8."""
ORDER: Final = 0.03
"""Relative change of the log probability with the order of four terms of which each shares a control with another."""
SHARED: Final = np.array([[1.0, 0.5], [0.5, 1.0]])
"""Correlation of two contrasts with one control arm of the same size."""


def log_probability(correlation: Any, low: Any, high: Any) -> Array:
    """One per draw, up to a constant; a term is known where both limits agree in the first draw."""
    below, above = (np.atleast_2d(np.asarray(edge, dtype=float)) for edge in (low, high))
    joint = JointIntervals(np.asarray(correlation, dtype=float), below[0] == above[0])
    return np.asarray(-0.5 * (joint.residuals(below, above) ** 2).sum(axis=1))


def equal(correlation: float, size: int) -> Array:
    """All pairs correlated alike."""
    return np.full((size, size), correlation) + (1 - correlation) * np.eye(size)


def test_independent_terms_multiply() -> None:
    low, high = np.array([-np.inf, -0.3, 1.2]), np.array([0.4, 2.0, np.inf])
    means = np.random.default_rng(1).normal(size=(20, 3))
    expected = np.log(stats.norm.cdf(high - means) - stats.norm.cdf(low - means)).sum(axis=1)
    np.testing.assert_allclose(log_probability(np.eye(3), low - means, high - means), expected, atol=EXACT)


def test_known_terms_have_the_normal_density() -> None:
    rng = np.random.default_rng(2)
    root = rng.normal(size=(4, 6))
    covariance = root @ root.T
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    means, estimate = rng.normal(size=(10, 4)), rng.normal(size=4)
    found = log_probability(correlation, estimate - means, estimate - means)
    expected = stats.multivariate_normal(estimate, correlation).logpdf(means)
    np.testing.assert_allclose(found - found[0], expected - expected[0], atol=EXACT)


@pytest.mark.parametrize("rho", [-0.9, -0.5, 0.0, 0.3, 0.5, 0.8, 0.9])
def test_two_orthants(rho: float) -> None:
    found = float(np.exp(log_probability(equal(rho, 2), [0, 0], [np.inf, np.inf])[0]))
    exact = 1 / 4 + np.arcsin(rho) / (2 * np.pi)
    assert found == pytest.approx(exact, rel=STEEP_PAIR if rho < -0.5 else PAIR)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.8])
def test_three_orthants(rho: float) -> None:
    found = float(np.exp(log_probability(equal(rho, 3), [0] * 3, [np.inf] * 3)[0]))
    assert found == pytest.approx(1 / 8 + 3 * np.arcsin(rho) / (4 * np.pi), rel=TRIPLE)


@pytest.mark.parametrize("rho", [-0.8, 0.5])
def test_an_interval_beside_a_known_estimate_is_conditional(rho: float) -> None:
    """The known one may stand first or second; only the interval is conditioned."""
    known, low, high = np.linspace(-2, 2, 5), -0.4, 1.1
    spread = np.sqrt(1 - rho**2)
    inside = stats.norm.cdf((high - rho * known) / spread) - stats.norm.cdf((low - rho * known) / spread)
    expected = -0.5 * known**2 + np.log(inside)
    first = log_probability(equal(rho, 2), np.c_[known, 0 * known + low], np.c_[known, 0 * known + high])
    second = log_probability(equal(rho, 2), np.c_[0 * known + low, known], np.c_[0 * known + high, known])
    np.testing.assert_allclose(first, expected, atol=EXACT)
    np.testing.assert_allclose(second, expected, atol=EXACT)


def test_two_findings_with_one_control_arm_count_less_than_two() -> None:
    """Where both are surprising, the second is less so after the first."""
    together = log_probability(SHARED, [2.0, 2.0], [np.inf, np.inf])[0]
    apart = log_probability(np.eye(2), [2.0, 2.0], [np.inf, np.inf])[0]
    alone = log_probability(np.eye(1), [2.0], [np.inf])[0]
    assert apart < together < alone


@pytest.mark.parametrize("distance", [10.0, 1e3, 1e5, 1e7])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.5])
def test_far_tails_are_finite_and_fall(distance: float, rho: float) -> None:
    distances = distance * np.array([[1.0, 1.0], [2.0, 2.0]])
    nowhere = np.full_like(distances, np.inf)
    for low, high in ((distances, nowhere), (-nowhere, -distances), (distances, distances + 0.5)):
        found = log_probability(equal(rho, 2), low, high)
        assert np.isfinite(found).all()
        assert found[1] < found[0] < 0


def test_a_whole_line_costs_nothing() -> None:
    wide = np.array([[-40.0, -40.0]])
    np.testing.assert_allclose(log_probability(SHARED, wide, -wide), 0, atol=EXACT)


def test_a_draw_without_a_value_has_no_probability_and_spoils_no_other() -> None:
    correlation = equal(0.5, 3)
    low = np.array([[0.2, 0.1, -0.5], [np.nan, np.nan, -0.5], [0.2, 0.1, -0.5]])
    high = np.array([[0.2, 1.0, np.inf], [np.nan, np.nan, np.inf], [0.2, 1.0, np.inf]])
    found = log_probability(correlation, low, high)
    assert np.isnan(found).tolist() == [False, True, False]
    assert found[0] == found[2] == log_probability(correlation, low[:1], high[:1])[0]


def test_the_order_of_terms_hardly_matters() -> None:
    rng = np.random.default_rng(3)
    correlation = np.array([[1, 0.5, 0.5, -0.5], [0.5, 1, 0.5, 0], [0.5, 0.5, 1, 0], [-0.5, 0, 0, 1]], dtype=float)
    low = np.array([0.0, 0.5, -0.7, 0.2]) - rng.normal(scale=0.7, size=(5, 4))
    high = low + np.array([np.inf, np.inf, 1.4, np.inf])
    low[:, 0], high[:, 0] = -np.inf, rng.normal(size=5)
    found = np.array([
        log_probability(correlation[np.ix_(order, order)], low[:, order], high[:, order])
        for order in map(list, itertools.permutations(range(4)))
    ])  # fmt: skip
    assert (np.ptp(found, axis=0) < ORDER * np.abs(found[0])).all()


def test_separate_blocks_are_taken_apart() -> None:
    """Terms that share nothing do not move each other, wherever they stand."""
    correlation = np.eye(4)
    correlation[0, 2] = correlation[2, 0] = 0.5
    low, high = np.array([0.1, 0.3, -0.2, -1.0]), np.array([np.inf, 0.3, np.inf, 0.8])
    whole = log_probability(correlation, low, high)
    pair = log_probability(SHARED, low[[0, 2]], high[[0, 2]])
    others = log_probability(np.eye(2), low[[1, 3]], high[[1, 3]])
    np.testing.assert_allclose(whole, pair + others, atol=EXACT)
