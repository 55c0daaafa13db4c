"""Model populations: spike counts of neurons that carry a choice, a choice's history and a set of resting states.

Each neuron has a preferred direction for the present choice and one for switching; the population's gains scale them.
Counts are Poisson; the gains say how many standard deviations of a typical neuron's log rate a code spans.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.neural.sessions import Counts, Session

Array = npt.NDArray[np.float64]
RATE: Final = 3.7
"""Mean spontaneous rate in the basolateral amygdala, spikes per second (Naumann and Kanwal 2011, neuroelectro 9971)."""
SPREAD: Final = 0.8
"""Standard deviation of log rates between neurons: 3.7 ± 3.3 Hz of the same source."""


@dataclass(frozen=True)
class Population:
    """What a population of one animal is like.

    Attributes
    ----------
    choice_gain
        How strongly rates tell the coming choice, in log rate.
    history_gain
        How strongly they tell switching from staying, in log rate.
    previous_gain
        How strongly they tell the previous choice, in log rate.
    states
        Distinct states at rest.
    state_gain
        How far apart the states are, in log rate.
    dwell
        Seconds that a state lasts on average.
    neurons
        Neurons recorded.
    """

    choice_gain: float = 0.0
    history_gain: float = 0.0
    previous_gain: float = 0.0
    states: int = 3
    state_gain: float = 0.8
    dwell: float = 1.0
    neurons: int = 30


def record(
    population: Population,
    *,
    animal: str = "",
    group: str = "",
    trials: int = 120,
    sucrose: float = 0.5,
    stay: float = 0.5,
    bins: int = 8,
    step: float = 0.25,
    rest_bins: int = 600,
    rest_step: float = 0.25,
    seed: int | tuple[int, ...] = 0,
) -> Session:
    """A session of a model population.

    Parameters
    ----------
    population
        Its codes and states.
    trials, sucrose, stay
        Trials, share of sucrose choices, and probability to repeat a choice regardless of taste is ``stay``.
    bins, step
        Bins before and after the choice, and their width in seconds; codes ramp up to the choice.
    rest_bins, rest_step
        Bins without a task and their width in seconds.
    seed
        Seed of neurons, choices and spikes.
    """
    rng = np.random.default_rng(seed)
    base = RATE * np.exp(SPREAD * rng.standard_normal(population.neurons) - SPREAD**2 / 2)
    choices = _choices(trials + 1, sucrose, stay, rng)
    choice, previous = choices[1:], choices[:-1]
    times = np.asarray((np.arange(bins) - (bins - 1) / 2) * step, dtype=np.float64)
    counts = _trials(population, base, choice, previous, times, step, rng)
    rest = _rest(population, base, rest_bins, rest_step, rng)
    return Session(animal, group, counts, choice, previous, times, rest, rest_step)


def _choices(trials: int, sucrose: float, stay: float, rng: np.random.Generator) -> Counts:
    """Choices that follow a taste, mixed with repetition (stay above one half) or change (below)."""
    found = np.empty(trials, dtype=np.int64)
    found[0] = rng.random() < sucrose
    for place in range(1, trials):
        sticky = rng.random() < 2 * abs(stay - 0.5)
        free = int(rng.random() < sucrose)
        again = int(found[place - 1]) if stay >= 0.5 else 1 - int(found[place - 1])
        found[place] = again if sticky else free
    return found


def _trials(
    population: Population, base: Array, choice: Counts, previous: Counts, times: Array, step: float,
    rng: np.random.Generator,
) -> Counts:  # fmt: skip
    """Counts [trial, bin, neuron]: log rates move along each neuron's preferences, more so towards the choice."""
    directions = rng.standard_normal((3, population.neurons))
    labels = np.array([2 * choice - 1, 2 * (choice != previous) - 1, 2 * previous - 1], dtype=float)
    gains = np.array([population.choice_gain, population.history_gain, population.previous_gain])
    ramp = 1 / (1 + np.exp(-(times + 0.5) / 0.2))
    tuned = np.einsum("k,kt,kn->tn", gains, labels, directions)
    rates = base * np.exp(tuned[:, None, :] * ramp[None, :, None])
    return np.asarray(rng.poisson(np.minimum(rates * step, 1e3)), dtype=np.int64)


def _rest(population: Population, base: Array, bins: int, step: float, rng: np.random.Generator) -> Counts:
    """Counts [bin, neuron] of a chain of states, each with firing of its own."""
    patterns = np.exp(population.state_gain * rng.standard_normal((population.states, population.neurons)))
    leave = min(1.0, step / population.dwell)
    state, path = 0, np.empty(bins, dtype=np.int64)
    for place in range(bins):
        if population.states > 1 and rng.random() < leave:
            state = (state + int(rng.integers(1, population.states))) % population.states
        path[place] = state
    return np.asarray(rng.poisson(np.minimum(base * patterns[path] * step, 1e3)), dtype=np.int64)
