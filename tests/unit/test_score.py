"""Scores of predictions, and paired differences of two mechanisms."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from euthymia.findings.score import brier_scores, log_scores, mean_score, paired_difference

MISSED: Final = 0.10
"""Allowed share of 95 % intervals that miss, of 200: the bootstrap of 40 findings is a little narrow."""


def test_scores_of_certain_and_of_wrong_predictions() -> None:
    np.testing.assert_allclose(log_scores([1.0, 0.0, 0.5], 98), np.log([0.99, 0.01, 0.5]))
    np.testing.assert_allclose(brier_scores([1.0, 0.0, 0.5]), [0, 1, 0.25])


def test_findings_not_evaluated_are_left_out() -> None:
    assert mean_score(brier_scores([0.5, np.nan])) == 0.25
    assert np.isnan(mean_score(brier_scores([np.nan])))
    difference = paired_difference(np.array([1.0, np.nan, 3.0]), np.array([0.0, 1.0, np.nan]))
    assert (difference.findings, difference.mean) == (1, 1.0)
    assert paired_difference(np.array([np.nan]), np.array([1.0])).findings == 0


def test_a_paired_difference_is_seeded_and_turns_its_sign() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=30), rng.normal(size=30)
    one, again, other = (paired_difference(first, second, seed=seed) for seed in (1, 1, 2))
    assert one == again != other
    turned = paired_difference(second, first)
    assert (turned.mean, turned.low, turned.high) == pytest.approx((-one.mean, -one.high, -one.low))
    assert one.low < one.mean < one.high


def test_intervals_hold_the_true_difference() -> None:
    rng = np.random.default_rng(2)
    gaps = rng.normal(0.3, 1.0, (200, 40))
    intervals = [paired_difference(one, np.zeros(40)) for one in gaps]
    missed = [not one.low <= 0.3 <= one.high for one in intervals]
    assert np.mean(missed) < MISSED
