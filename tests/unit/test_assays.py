"""Assays: from a latent state to the number that a laboratory reports."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from euthymia.assays.read import expected, observed
from euthymia.records.assay import Assay
from euthymia.records.library import common_library
from support import assay, figure

ASSAYS: Final = common_library().assays
BEHAVIOURAL: Final = [name for name, record in ASSAYS.items() if record.latent]
BIOLOGICAL: Final = [name for name, record in ASSAYS.items() if not record.latent]
ROUNDING: Final = 1e-9
"""Link and its inverse."""
SAMPLE: Final = 20_000
NOISE: Final = 0.1
"""Relative error allowed of a standard deviation: sampling (0.5 %), and the bend of the link and the cut-offs."""
STATES: Final = st.floats(-20, 20)


def test_every_assay_is_one_of_two_kinds() -> None:
    assert len(BEHAVIOURAL) >= 10
    assert {"spine_density", "perk", "field_potential", "surface_glua1", "calcium_event_rate"} <= set(BIOLOGICAL)


@pytest.mark.parametrize("name", BEHAVIOURAL)
def test_a_latent_state_of_zero_gives_the_baseline(name: str) -> None:
    record = ASSAYS[name]
    assert float(expected(record, np.array(0.0))) == pytest.approx(record.baseline.value, rel=ROUNDING)


@pytest.mark.parametrize("name", BEHAVIOURAL)
@given(first=STATES, second=STATES)
def test_worse_states_give_worse_readings(name: str, first: float, second: float) -> None:
    record = ASSAYS[name]
    low, high = sorted([first, second])
    change = float(expected(record, np.array(high)) - expected(record, np.array(low)))
    assert change * {"higher": 1, "lower": -1}[record.worse] >= 0


@pytest.mark.parametrize("name", ASSAYS)
@given(state=st.floats(-1e3, 1e3), between=st.floats(-6, 6), measurement=st.floats(-6, 6))
def test_readings_stay_between_floor_and_ceiling(name: str, state: float, between: float, measurement: float) -> None:
    record = ASSAYS[name]
    with np.errstate(over="ignore"):
        read = observed(record, np.array(state), np.array(between), np.array(measurement))
        mean = expected(record, np.array(state))
    for value in (read, mean):
        assert record.floor <= float(value) <= record.ceiling


@pytest.mark.parametrize("name", list(ASSAYS))
def test_the_spread_of_control_animals_is_about_the_published_one(name: str) -> None:
    record = ASSAYS[name]
    rng = np.random.default_rng(1)
    rest = 0.0 if record.latent else record.baseline.value
    if record.curve:  # the state at which the instrument reads the baseline
        states, readings = np.array(record.curve[-7:]).T
        rest = float(np.interp(rest, readings, states))
    state = np.full(SAMPLE, rest)
    read = observed(record, state, rng.standard_normal(SAMPLE), rng.standard_normal(SAMPLE))
    inside = (read > record.floor) & (read < record.ceiling)
    if inside.mean() < 0.98:
        pytest.skip("cut-offs take part of the spread")
    assert read.std() == pytest.approx(record.animal_sd, rel=2 * NOISE if record.link == "log" else NOISE)


def test_the_same_animal_keeps_its_baseline() -> None:
    record = ASSAYS["forced_swim"]
    rng = np.random.default_rng(1)
    between = rng.standard_normal(SAMPLE)
    first, second = (observed(record, np.zeros(SAMPLE), between, rng.standard_normal(SAMPLE)) for _ in range(2))
    share = record.between_sd.value**2 / record.animal_sd**2
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(share, abs=NOISE)


def test_the_spread_of_a_biological_read_out_grows_with_it() -> None:
    record = assay(measurement_sd=figure(0.0))
    assert float(observed(record, np.array(200.0), np.array(1.0), np.array(0.0))) == pytest.approx(212)


def test_margins() -> None:
    record = assay()
    assert record.animal_sd == 10
    assert record.margin(change=False) == 5
    assert record.margin(change=True) == pytest.approx(0.5 * 2**0.5 * 8)


@pytest.mark.parametrize(
    "changes",
    [{"baseline": figure(2000.0)}, {"latent": "despair"}, {"gain": figure(1.0)},
     {"baseline": {"value": 100.0, "status": "measured"}}, {"link": "probit"}, {"gain_sd": -1.0}],
)  # fmt: skip
def test_impossible_assays_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        assay(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"link": "log", "baseline": figure(0.0), "floor": 0.0}, {"link": "logit", "baseline": figure(1000.0)}],
)
def test_a_baseline_outside_the_link_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        assay(latent="despair", gain=figure(1.0), **changes)


def test_records_of_the_library_are_assays() -> None:
    assert all(isinstance(record, Assay) for record in ASSAYS.values())
