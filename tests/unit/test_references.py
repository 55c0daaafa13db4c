"""References of combinations against cases whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from euthymia.asking.intervals import Interval, share_above
from euthymia.asking.references import DoseCurve, bliss, highest, index, loewe
from euthymia.asking.synergy import compared

DOSES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
CLOSE = 2e-3
"""Of an effect of order one: what interpolation between doses that double leaves of a Hill curve."""


def hill(dose: np.ndarray | float, half: float, top: float = 1.0) -> np.ndarray:
    return np.asarray(top * dose / (dose + half))


@pytest.mark.parametrize("half", [0.7, 1.5, 5.0])
@pytest.mark.parametrize("shift", [1.0, 0.5, 2.0])
def test_a_drug_combined_with_itself_is_additive(half: float, shift: float) -> None:
    """The second is the first diluted `shift` times: 1 + 1 of them is 1 + 1/shift of the first."""
    first = DoseCurve.through(DOSES, hill(DOSES, half))
    second = DoseCurve.through(DOSES, hill(DOSES / shift, half))
    truth = float(hill(1 + 1 / shift, half))
    assert loewe(first, second, 1.0, 1.0) == pytest.approx(truth, abs=5 * CLOSE)
    assert index(first, second, 1.0, 1.0, truth) == pytest.approx(1.0, abs=0.03)


def test_a_sham_at_simulated_doses_is_exact() -> None:
    curve = DoseCurve.through(DOSES, hill(DOSES, 1.0))
    assert loewe(curve, curve, 1.0, 1.0) == pytest.approx(float(hill(2.0, 1.0)), abs=1e-12)
    assert index(curve, curve, 2.0, 2.0, float(hill(4.0, 1.0))) == pytest.approx(1.0, abs=1e-12)


def test_hill_curves_of_one_slope_have_the_closed_form_of_loewe() -> None:
    """With slope one and one top, additive doses act as d1/half1 + d2/half2 (Greco 1995, eq. 14)."""
    first, second = (DoseCurve.through(DOSES, hill(DOSES, half)) for half in (1.0, 3.0))
    joint = 1.0 / 1.0 + 1.0 / 3.0
    assert loewe(first, second, 1.0, 1.0) == pytest.approx(joint / (1 + joint), abs=CLOSE)


def test_loewe_is_undefined_where_one_alone_cannot_reach_the_effect() -> None:
    strong, weak = DoseCurve.through(DOSES, hill(DOSES, 0.5)), DoseCurve.through(DOSES, 0.1 * hill(DOSES, 1.0))
    nothing = DoseCurve.through(DOSES, np.zeros(6))
    assert np.isnan(loewe(strong, weak, 1.0, 1.0))
    assert np.isnan(loewe(strong, nothing, 1.0, 1.0))
    assert np.isnan(index(strong, weak, 1.0, 1.0, 0.5))
    assert loewe(strong, nothing, 1.0, 0.0) == pytest.approx(float(hill(1.0, 0.5)))


def test_a_curve_that_falls_again_says_by_how_much() -> None:
    curve = DoseCurve.through(DOSES, np.array([0.0, 0.3, 0.6, 0.5, 0.2, 0.1]))
    assert curve.fall == pytest.approx(0.5)
    assert curve.top == pytest.approx(0.6)
    assert (np.diff(curve.effects) >= 0).all()


def test_bliss_is_the_chance_of_either_of_two_independent_events() -> None:
    rng = np.random.default_rng(1)
    hits = rng.random((2, 200_000)) < np.array([[0.3], [0.6]])
    assert float(bliss(np.array(0.3), np.array(0.6))) == pytest.approx(hits.any(axis=0).mean(), abs=4e-3)


def test_bliss_leaves_nothing_to_the_other_where_one_does_more_than_all() -> None:
    assert float(bliss(np.array(1.4), np.array(0.5))) == 1.4
    assert float(bliss(np.array(1.0 - 1e-9), np.array(0.5))) == pytest.approx(1.0)
    assert float(bliss(np.array(-0.2), np.array(0.5))) == pytest.approx(0.4)
    assert float(highest(np.array(0.2), np.array(0.5))) == 0.5


def test_what_is_found_follows_the_shares_of_draws() -> None:
    both = np.array([1.0] * 9 + [0.0])
    assert compared("bliss", both, np.zeros(10), 0.5, None).found == "synergy"
    assert compared("bliss", -both, np.zeros(10), 0.5, None).found == "antagonism"
    assert compared("bliss", 0.1 * both, np.zeros(10), 0.5, None).found == "as_expected"
    mixed = compared("bliss", np.array([1.0, -1.0] * 5), np.zeros(10), 0.5, None)
    assert (mixed.found, mixed.probability) == ("undecided", 0.5)
    lacking = compared("loewe", both, np.array([np.nan] * 3 + [0.0] * 7), 0.5, None)
    assert (lacking.found, lacking.undefined) == ("not_evaluated", pytest.approx(0.3))
    assert lacking.reason is not None


def test_rounding_is_no_direction() -> None:
    assert share_above(np.full(8, 1e-12), 1.0) == 0.5
    assert share_above(np.array([np.nan]), 1.0) != share_above(np.array([np.nan]), 1.0)
    assert Interval.of(np.array([np.nan])).to_dict() == {"low": None, "median": None, "high": None}
