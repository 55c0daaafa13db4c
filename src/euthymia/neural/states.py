"""Activity at rest: hidden states, how many of them differ, and in how many directions activity varies.

References
----------
Xia and colleagues, Nature 2024, doi:10.1038/s41586-024-08241-y, released code: hidden Markov models with Poisson
counts, states merged by complete linkage of one minus the correlation of their firing vectors, cut at 0.1;
participation ratio of z-scored counts in subsamples of equal size.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from hmmlearn.hmm import PoissonHMM
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from euthymia.errors import RequestError
from euthymia.neural.sessions import Counts
from euthymia.words import msg

Array = npt.NDArray[np.float64]
Criterion = Literal["bic", "aic", "aic_states"]
PATIENCE: Final = 3
"""Numbers of states tried beyond the best before the search ends."""
CUT: Final = 0.1
"""Distance (one minus correlation) at which states count as one."""
_FLOOR: Final = 1e-3
"""Least firing of a state, in spikes per bin: a state that never saw a spike may still emit one."""


@dataclass(frozen=True)
class States:
    """Hidden states of resting activity.

    Attributes
    ----------
    number
        States of the best model.
    distinct
        States left after merging those with like firing vectors.
    rates
        Spikes per bin [state, neuron].
    transitions
        Probability of going from one state to another in one bin [from, to].
    path
        Most likely state [bin].
    tried
        Numbers of states that were fitted.
    scores
        Their criterion; the lowest is best.
    """

    number: int
    distinct: int
    rates: Array
    transitions: Array
    path: Counts
    tried: tuple[int, ...]
    scores: tuple[float, ...]


def hidden_states(
    rest: Counts,
    *,
    most: int = 50,
    fits: int = 5,
    criterion: Criterion = "bic",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> States:
    """The Poisson hidden Markov model that a criterion prefers, and its merged states.

    Parameters
    ----------
    rest
        Spike counts [bin, neuron].
    most
        Largest number of states tried; the search ends earlier once three more states have not helped.
    fits
        Fits from different starts for each number.
    criterion
        ``bic`` or ``aic`` count all parameters; ``aic_states`` counts those of the states alone (m² + m − 1), as the
        published analysis does, and so prefers many states.
    seed
        Seed of the starts.
    progress
        Called with numbers of states tried and the largest number.

    Raises
    ------
    RequestError
        If there are fewer than ten bins for a state, or no spikes.
    """
    active = rest[:, rest.sum(axis=0) > 0]
    if len(active) < 20 or not active.size:
        raise RequestError(msg("Resting activity needs at least 20 bins with spikes; found {found}.", found=len(rest)))
    limit = min(most, len(active) // 10)
    tried: list[int] = []
    scores: list[float] = []
    models: list[PoissonHMM] = []
    for number in range(1, limit + 1):
        model, likelihood = _fitted(active, number, fits, seed)
        tried.append(number)
        scores.append(_score(criterion, likelihood, number, *active.shape))
        models.append(model)
        if progress is not None:
            progress(number, limit)
        if number - tried[int(np.argmin(scores))] >= PATIENCE:
            break
    best = models[int(np.argmin(scores))]
    rates = np.zeros((best.n_components, rest.shape[1]))
    rates[:, rest.sum(axis=0) > 0] = best.lambdas_
    return States(best.n_components, distinct_states(rates), rates, np.asarray(best.transmat_),
                  np.asarray(best.predict(active), dtype=np.int64), tuple(tried), tuple(scores))  # fmt: skip


def distinct_states(rates: Array, *, cut: float = CUT) -> int:
    """States [state, neuron] left after joining those whose firing vectors correlate, by complete linkage."""
    if len(rates) < 2 or rates.shape[1] < 2:
        return len(rates)
    with np.errstate(invalid="ignore", divide="ignore"):
        like = np.nan_to_num(np.abs(np.corrcoef(rates)), nan=0.0)
    apart = np.clip(1 - like, 0, None)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), method="complete")
    return int(fcluster(tree, cut, criterion="distance").max())


def participation_ratio(rest: Counts, *, neurons: int, draws: int = 20, seed: int = 0) -> float:
    """In how many directions z-scored activity [bin, neuron] varies: (Σλ)² / Σλ², mean over subsamples of neurons.

    It lies between 1 (all neurons move together) and `neurons` (each on its own).

    Raises
    ------
    RequestError
        If fewer neurons than asked for have spikes.
    """
    active = rest[:, rest.std(axis=0) > 0].astype(float)
    if active.shape[1] < neurons:
        raise RequestError(msg("{found} neurons fire at rest; {count} are asked for.",
                               found=active.shape[1], count=neurons))  # fmt: skip
    scaled = (active - active.mean(axis=0)) / active.std(axis=0)
    rng = np.random.default_rng([seed, 11])
    found = []
    for _ in range(draws):
        chosen = rng.choice(active.shape[1], neurons, replace=False)
        spread = np.cov(scaled[:, chosen], rowvar=False)
        found.append(np.trace(spread) ** 2 / np.sum(np.atleast_2d(spread) ** 2))
    return float(np.mean(found))


def _fitted(rest: Counts, number: int, fits: int, seed: int) -> tuple[PoissonHMM, float]:
    """The likeliest of some fits; later starts are drawn from the data."""
    best, likelihood = None, -np.inf
    for start in range(fits if number > 1 else 1):
        random = np.random.RandomState([seed % 2**32, number, start])
        model = PoissonHMM(number, n_iter=60, tol=1e-2, random_state=random, init_params="st", params="stl")
        model.lambdas_ = _start(rest, number, np.random.default_rng([seed, 13, number, start]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(rest)
        model.lambdas_ = np.maximum(model.lambdas_, _FLOOR)
        score = float(model.score(rest))
        if score > likelihood:
            best, likelihood = model, score
    assert best is not None
    return best, likelihood


def _start(rest: Counts, number: int, rng: np.random.Generator) -> Array:
    """Firing of states to begin with: bins far from those chosen so far (k-means++), each drawn towards the mean."""
    roots = np.sqrt(rest)
    chosen = [int(rng.integers(len(rest)))]
    for _ in range(number - 1):
        gap = np.min([((roots - roots[one]) ** 2).sum(axis=1) for one in chosen], axis=0)
        share = gap / gap.sum() if gap.sum() > 0 else None
        chosen.append(int(rng.choice(len(rest), p=share)))
    nearest = np.argmin([((roots - roots[one]) ** 2).sum(axis=1) for one in chosen], axis=0)
    means = [rest[nearest == index].mean(axis=0) if (nearest == index).any() else rest.mean(axis=0)
             for index in range(number)]  # fmt: skip
    return np.asarray(np.maximum(np.array(means), _FLOOR), dtype=np.float64)


def _score(criterion: Criterion, likelihood: float, states: int, bins: int, neurons: int) -> float:
    free = states * neurons + states * (states - 1) + states - 1
    if criterion == "aic_states":
        free = states**2 + states - 1
    return -2 * likelihood + (np.log(bins) if criterion == "bic" else 2.0) * free
