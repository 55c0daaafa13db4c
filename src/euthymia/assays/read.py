"""Assays: latent states -> what a laboratory reports. One model for all studies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from euthymia.records.assay import Assay

Array = npt.NDArray[np.float64]


def expected(assay: Assay, state: Array, gain: Array | float = 1.0) -> Array:
    """The reading of animals with the assay's mean baseline, without measurement error.

    Parameters
    ----------
    assay
        The assay.
    state
        The latent state (behavioural assay) or the reading itself (biological read-out), any shape.
    gain
        Factor on the assay's gain, broadcast against `state` (its uncertainty over draws).
    """
    if assay.gain is None:
        return np.clip(_instrument(assay, state), assay.floor, assay.ceiling)
    shifted = _link(assay, np.asarray(assay.baseline.value)) + assay.gain.value * gain * state
    return _inverse(assay, shifted)


def observed(assay: Assay, state: Array, between: Array, measurement: Array, gain: Array | float = 1.0) -> Array:
    """The reading of single animals, with their own baselines and measurement error.

    Parameters
    ----------
    between, measurement
        Standard normal deviates, broadcast against `state`; the same `between` for the same animal at another time.
    """
    if assay.gain is None:
        state = _instrument(assay, state)
        scale = state / assay.baseline.value if assay.baseline.value else 1.0
        reading = state + assay.between_sd.value * between * scale
    else:
        baseline = _link(assay, np.asarray(assay.baseline.value))
        spread = assay.between_sd.value * _slope(assay)
        reading = _inverse(assay, baseline + assay.gain.value * gain * state + spread * between)
    return np.clip(reading + assay.measurement_sd.value * measurement, assay.floor, assay.ceiling)


def _instrument(assay: Assay, state: Array) -> Array:
    """What an instrument with a measured curve reads at a state; the state itself without one."""
    if not assay.curve:
        return state
    states, readings = np.array(assay.curve).T
    return np.asarray(np.interp(state, states, readings))


def _link(assay: Assay, value: Array) -> Array:
    if assay.link == "logit":
        share = (value - assay.floor) / (assay.ceiling - assay.floor)
        return np.asarray(np.log(share / (1 - share)))
    return np.asarray(np.log(value)) if assay.link == "log" else value


def _inverse(assay: Assay, value: Array) -> Array:
    if assay.link == "logit":
        return np.asarray(assay.floor + (assay.ceiling - assay.floor) / (1 + np.exp(-value)))
    return np.clip(np.exp(value) if assay.link == "log" else value, assay.floor, assay.ceiling)


def _slope(assay: Assay) -> float:
    """Derivative of the link at the baseline."""
    baseline = assay.baseline.value
    if assay.link == "logit":
        return (assay.ceiling - assay.floor) / ((baseline - assay.floor) * (assay.ceiling - baseline))
    return 1 / baseline if assay.link == "log" else 1.0
