"""Linear decoding of choices from pseudo-populations, with balanced trial types, a shuffled null and a test.

A pseudo-population joins neurons of several animals, each with trials of its own, by trial type. The trials of every
animal are parted into those for training and those for testing before any are joined, so that none is on both sides.

References
----------
Xia and colleagues, Nature 2024, doi:10.1038/s41586-024-08241-y, released code: 60 neurons and 8 trials of each type in
a draw, 10 draws of neurons times 10 of trials, 80 % of the trials for training, a linear support vector machine.
Bernardi and colleagues, Cell 2020, doi:10.1016/j.cell.2020.09.031: generalisation across conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from joblib.externals.loky import get_reusable_executor
from sklearn import config_context
from sklearn.svm import SVC

from euthymia.errors import RequestError
from euthymia.neural.sessions import TRIAL_TYPES, Session, same_bins
from euthymia.words import msg

Array = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
Question = Literal["choice", "switch"]
CLASSES: Final[Mapping[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "choice": (("ws", "ss"), ("sw", "ww")),
    "switch": (("sw", "ws"), ("ss", "ww")),
}
"""Trial types of the two classes: present sucrose against water, each half after sucrose and half after water; switch
against stay, each half with sucrose and half with water."""
_STRATUM: Final[Mapping[str, Callable[[Session], npt.NDArray[np.int64]]]] = {
    "choice": lambda session: session.previous,
    "switch": lambda session: session.choice,
}
"""What labels are exchanged within under the null: what the classes are balanced for."""


@dataclass(frozen=True)
class Design:
    """How a pseudo-population is drawn and decoded.

    Attributes
    ----------
    neurons
        Neurons in a draw.
    per_type
        Trials of each type in a draw.
    neuron_draws, trial_draws
        Draws of neurons, and of trials for each of them.
    train
        Share of the trials for training.
    permutations
        Relabelled data sets for the p-value.
    penalty
        The support vector machine's C, on z-scored counts.
    """

    neurons: int = 60
    per_type: int = 8
    neuron_draws: int = 10
    trial_draws: int = 10
    train: float = 0.8
    permutations: int = 99
    penalty: float = 1.0

    @property
    def draws(self) -> int:
        """Draws in all."""
        return self.neuron_draws * self.trial_draws

    @property
    def trained(self) -> int:
        """Trials of each type for training; at least one is left for testing."""
        return max(1, min(self.per_type - 1, round(self.train * self.per_type)))


@dataclass(frozen=True)
class Decoding:
    """The accuracy of a decoder.

    Attributes
    ----------
    question
        What was decoded.
    times
        Bins in seconds.
    accuracy, null
        Share of test trials decoded right, by draw and bin; the null from labels shuffled in each draw.
    p
        Share of relabelled data sets (with the data themselves) that are decoded as well, by bin; not-a-number where
        not asked for.
    window_accuracy, window_null, window_p
        The same for the counts of all bins together: by draw, by relabelled data set, one number.
    neurons, animals
        What the pool held.
    """

    question: str
    times: Array
    accuracy: Array
    null: Array
    window_accuracy: Array
    window_null: Array
    window_p: float
    neurons: int
    animals: int

    def interval(self, share: float = 0.95) -> tuple[Array, Array]:
        """Ends of the range that holds the middle `share` of the draws, by bin."""
        tail = 50 * (1 - share)
        low, high = np.percentile(self.accuracy, [tail, 100 - tail], axis=0)
        return low, high


def decode(
    sessions: Sequence[Session],
    question: Question = "choice",
    *,
    design: Design | None = None,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Decoding:
    """Decode the present choice, or switch against stay, from the pooled neurons of some animals.

    Parameters
    ----------
    sessions
        Animals of one group. Those with fewer trials of a type than the design needs are left out.
    question
        ``choice`` or ``switch``.
    design
        How populations are drawn; the published one if left out.
    seed
        Seed of all draws and permutations; the numbers do not depend on `workers`.
    workers
        Processes.
    progress
        Called with steps done and steps in all.

    Raises
    ------
    RequestError
        If the sessions' bins differ, or too few neurons or trials are left.
    """
    plan = design or Design()
    times = same_bins(sessions)
    pool = _pool(sessions, plan)
    total = plan.draws + plan.permutations
    report = progress or (lambda done, total: None)
    draws = _spread(
        [(_draw, (pool, question, plan, (seed, 1, index))) for index in range(plan.draws)],
        workers, lambda done: report(done, total),
    )  # fmt: skip
    few = replace(plan, neuron_draws=min(5, plan.neuron_draws), trial_draws=min(4, plan.trial_draws))
    judged = _spread(
        [(_window, (pool, question, few, (seed, 2), index)) for index in range(plan.permutations + 1)],
        workers, lambda done: report(plan.draws + max(0, done - 1), total),
    )  # fmt: skip
    whole = np.array([one[2] for one in draws])
    return Decoding(
        question, times, np.array([one[0] for one in draws]), np.array([one[1] for one in draws]), whole,
        np.array(judged[1:]), float(np.mean(np.array(judged) >= judged[0] - 1e-12)) if plan.permutations else np.nan,
        sum(one.neurons for one in pool), len(pool),
    )  # fmt: skip


def generalise(sessions: Sequence[Session], *, design: Design | None = None, seed: int = 0, workers: int = 1) -> Array:
    """Accuracy of choice decoders trained after one previous choice and tested after the other, by draw.

    Half of the draws train after sucrose and half after water. Counts of all bins are summed.
    """
    plan = design or Design()
    same_bins(sessions)
    pool = _pool(sessions, plan)
    return np.array(_spread([(_crossed, (pool, plan, (seed, 3, index))) for index in range(plan.draws)], workers, None))


def _pool(sessions: Sequence[Session], plan: Design) -> list[Session]:
    pool = [one for one in sessions if min(len(one.trials_of(kind)) for kind in TRIAL_TYPES) >= plan.per_type]
    if not pool:
        raise RequestError(
            msg("No session has {count} trials of each type (sucrose or water, after sucrose or water).",
                count=plan.per_type)
        )  # fmt: skip
    found = sum(one.neurons for one in pool)
    if found < plan.neurons:
        raise RequestError(
            msg("The sessions hold {found} neurons with enough trials; {count} are asked for.",
                found=found, count=plan.neurons)
        )  # fmt: skip
    return pool


def _population(
    pool: Sequence[Session], kinds: Sequence[npt.NDArray[np.int64]], plan: Design, seed: Sequence[int]
) -> Array:
    """Counts [type, trial, bin, neuron] of one pseudo-population; the first trials of each type are for training."""
    neurons, trials = np.random.default_rng([*seed[:2], 0, seed[2] // plan.trial_draws]), np.random.default_rng(seed)
    sizes = np.array([one.neurons for one in pool])
    chosen = np.sort(neurons.choice(sizes.sum(), plan.neurons, replace=False))
    owner = np.searchsorted(np.cumsum(sizes), chosen, side="right")
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    parts = []
    for index, session in enumerate(pool):
        picked = [trials.permutation(np.flatnonzero(kinds[index] == kind))[: plan.per_type] for kind in range(4)]
        own = chosen[owner == index] - first[index]
        parts.append(session.counts[np.array(picked)][..., own].astype(float))
    return np.concatenate(parts, axis=3)


def _draw(
    pool: Sequence[Session], question: str, plan: Design, seed: tuple[int, int, int]
) -> tuple[Array, Array, float]:
    """Accuracy and null by bin, and accuracy of the whole window, in one draw."""
    population = _population(pool, [one.kinds for one in pool], plan, seed)
    train, test, labels, hidden = _parted(population, question, plan)
    mixed = np.random.default_rng([*seed, 9]).permutation(np.concatenate([labels, hidden]))
    swapped, kept = mixed[: len(labels)], mixed[len(labels) :]
    bins = range(population.shape[2])
    right = [_accuracy(train[:, b], labels, test[:, b], hidden, plan.penalty) for b in bins]
    null = [_accuracy(train[:, b], swapped, test[:, b], kept, plan.penalty) for b in bins]
    return np.array(right), np.array(null), _accuracy(train.sum(1), labels, test.sum(1), hidden, plan.penalty)


def _window(pool: Sequence[Session], question: str, plan: Design, seed: tuple[int, int], index: int) -> float:
    """Mean accuracy of the whole window over draws; of the data themselves for index 0, else of relabelled ones."""
    kinds = [one.kinds for one in pool]
    if index:
        rng = np.random.default_rng([*seed, 7, index])
        kinds = [_relabelled(one, question, rng) for one in pool]
    found = []
    for draw in range(plan.draws):
        population = _population(pool, kinds, plan, (*seed, draw)).sum(axis=2, keepdims=True)
        train, test, labels, hidden = _parted(population, question, plan)
        found.append(_accuracy(train[:, 0], labels, test[:, 0], hidden, plan.penalty))
    return float(np.mean(found))


def _relabelled(session: Session, question: str, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Trial types with the labels of one question exchanged among trials that are alike in what it is balanced for."""
    kinds, stratum = session.kinds.copy(), _STRATUM[question](session)
    for level in (0, 1):
        place = np.flatnonzero(stratum == level)
        kinds[place] = rng.permutation(kinds[place])
    return kinds


def _parted(population: Array, question: str, plan: Design) -> tuple[Array, Array, Array, Array]:
    """Trials [trial, bin, neuron] for training and for testing, with their labels."""
    train, test, labels, hidden = [], [], [], []
    for label, kinds in enumerate(CLASSES[question]):
        for kind in kinds:
            trials = population[TRIAL_TYPES.index(kind)]
            train.append(trials[: plan.trained])
            test.append(trials[plan.trained :])
            labels += [1.0 - label] * plan.trained
            hidden += [1.0 - label] * (plan.per_type - plan.trained)
    return np.concatenate(train), np.concatenate(test), np.array(labels), np.array(hidden)


def _crossed(pool: Sequence[Session], plan: Design, seed: tuple[int, int, int]) -> float:
    population = _population(pool, [one.kinds for one in pool], plan, seed).sum(axis=2)
    after = ("s", "w") if seed[2] % 2 == 0 else ("w", "s")
    sides = [
        np.concatenate([population[TRIAL_TYPES.index(f"{previous}s")], population[TRIAL_TYPES.index(f"{previous}w")]])
        for previous in after
    ]
    labels = np.repeat([1.0, 0.0], plan.per_type)
    return _accuracy(sides[0], labels, sides[1], labels, plan.penalty)


def _accuracy(train: Array, labels: Array, test: Array, hidden: Array, penalty: float) -> float:
    """Share of test trials that a linear support vector machine gets right; z-scores come from the training trials."""
    if len(np.unique(labels)) < 2:
        return 0.5
    middle, spread = train.mean(axis=0), train.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        machine = SVC(kernel="linear", C=penalty).fit((train - middle) / spread, labels)
        return float(np.mean(machine.predict((test - middle) / spread) == hidden))


def _spread(
    jobs: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]],
    workers: int,
    report: Callable[[int], None] | None,
) -> list[Any]:
    """The jobs' results in their order, on some processes."""
    found = []
    for done, one in enumerate(_results(jobs, workers), start=1):
        found.append(one)
        if report is not None:
            report(done)
    return found


def _results(jobs: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]], workers: int) -> Iterator[Any]:
    if workers == 1:
        yield from (call(*given) for call, given in jobs)
        return
    yield from get_reusable_executor(max_workers=workers).map(_called, jobs, chunksize=5)


def _called(job: tuple[Callable[..., Any], tuple[Any, ...]]) -> Any:
    call, given = job
    return call(*given)
