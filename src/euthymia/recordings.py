"""Neurons of simulated animals: spikes that follow from a mechanism's own codes, decoded like recorded ones.

A mechanism ends in the gains of its codes and the number of resting states of each animal: firing is fast against the
sessions of a study. Here the way is gone in the other direction: the gains of single animals shape spike counts of
model neurons (`euthymia.neural.population`), and the decoders see the spikes and nothing else.

Each parameter draw is a laboratory of its own, with animals from that draw's individuals as likely as a group's split
picks them. Groups share the neurons, the choices and the laboratories, so that they differ by their animals alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia import neural
from euthymia.cohorts.draw import generator
from euthymia.engine.store import RunStore
from euthymia.findings.trial import Trial
from euthymia.neural import Decoding, Design, Population, Session, States, decode, hidden_states, record
from euthymia.neural.decode import Question
from euthymia.pipeline import Reproduction
from euthymia.records.study import Arm, RecordedGroup, Recording

Array = npt.NDArray[np.float64]
LABORATORIES: Final = 16
"""Parameter draws whose animals are recorded."""
ANIMALS: Final = 3
"""Animals of a group in each laboratory, with thirty neurons each."""
TRIALS: Final = 160
DESIGN: Final = Design(neuron_draws=2, trial_draws=2, permutations=0)
"""Draws of each laboratory; neurons and trials as published for S05."""
MOST_STATES: Final = 12
FITS: Final = 2
QUESTIONS: Final[Mapping[Question, str]] = {"choice": "choice_gain", "switch": "history_gain"}
_NAMES: Final = ("times", "accuracy", "null", "window", "number", "distinct", "rates", "transitions", "path", "tried",
                 "scores", "given")  # fmt: skip
_PACKAGES: Final = ("numpy", "scipy", "scikit-learn", "hmmlearn")


@dataclass(frozen=True)
class GroupRecording:
    """What was decoded from one group.

    Attributes
    ----------
    group, arm
        Which animals.
    decodings
        By question: accuracy and shuffled null by laboratory and bin, each the mean of a laboratory's draws.
    states
        Resting activity of the animal whose number of states lies in the middle of the group; None where the study
        names no variable for it.
    given
        The number of states that the mechanism gives this animal.
    """

    group: RecordedGroup
    arm: Arm
    decodings: Mapping[str, Decoding]
    states: States | None
    given: float


@dataclass(frozen=True)
class Recorded:
    """A population of neurons in the groups of a study."""

    recording: Recording
    groups: tuple[GroupRecording, ...]


def recordings(
    run: Reproduction,
    *,
    seed: int = 1,
    store: RunStore | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Recorded, ...]:
    """The populations that a study records, with spikes drawn from the mechanism's codes and decoded.

    Parameters
    ----------
    run
        A study that was run.
    seed
        Seed of animals, neurons and spikes.
    store
        Where results are kept and read back.
    progress
        Called with groups done and groups in all.
    """
    wanted = [(one, group) for one in run.study.record.recordings for group in one.groups]
    found: dict[str, list[GroupRecording]] = {}
    for done, (recording, group) in enumerate(wanted, start=1):
        trial = run.trials[group.experiment]
        if not trial.failed.all():
            found.setdefault(recording.id, []).append(_recorded(recording, group, trial, seed, store))
        if progress is not None:
            progress(done, len(wanted))
    return tuple(Recorded(one, tuple(found[one.id])) for one in run.study.record.recordings if one.id in found)


def _recorded(
    recording: Recording, group: RecordedGroup, trial: Trial, seed: int, store: RunStore | None
) -> GroupRecording:
    values = animals_of(recording, group, trial, seed)
    questions = [question for question, name in QUESTIONS.items() if name in values]
    key = _key(values, seed)
    stored = store.arrays(key, _NAMES) if store is not None else None
    if stored is None:
        stored = _measured(values, questions, seed)
        if store is not None:
            store.keep(key, stored)
    arm = next(one for one in trial.experiment.arms if one.id == group.arm)
    return GroupRecording(group, arm, _decodings(stored, questions), _states(stored), float(stored["given"]))


def animals_of(recording: Recording, group: RecordedGroup, trial: Trial, seed: int) -> dict[str, Array]:
    """What the mechanism gives the recorded animals [laboratory, animal], by property of a population."""
    draws = np.flatnonzero(~trial.failed)[:LABORATORIES]
    shares, day = trial.shares(group.arm), group.time.to("d")
    chosen = [
        generator(seed, "recorded", recording.id, str(draw)).choice(
            trial.individuals, ANIMALS, replace=False, p=shares[draw]
        )
        for draw in draws
    ]
    given = {"choice_gain": recording.choice_gain, "history_gain": recording.history_gain,
             "resting_states": recording.resting_states}  # fmt: skip
    return {
        name: np.take_along_axis(trial.values(group.arm, variable, day)[draws], np.array(chosen), axis=1)
        for name, variable in given.items()
        if variable is not None
    }


def sessions_of(values: Mapping[str, Array], laboratory: int, seed: int) -> list[Session]:
    """Spikes of one laboratory's animals in trials."""
    return [
        record(
            Population(
                choice_gain=_given(values, "choice_gain", laboratory, place),
                history_gain=_given(values, "history_gain", laboratory, place),
            ),
            animal=f"{laboratory + 1}.{place + 1}", trials=TRIALS, rest_bins=0, seed=(seed, laboratory, place),
        )
        for place in range(ANIMALS)
    ]  # fmt: skip


def _given(values: Mapping[str, Array], name: str, laboratory: int, place: int) -> float:
    return float(values[name][laboratory, place]) if name in values else 0.0


def _measured(values: Mapping[str, Array], questions: list[Question], seed: int) -> dict[str, npt.NDArray[Any]]:
    laboratories = len(next(iter(values.values())))
    accuracy, null, window, times = [], [], [], np.empty(0)
    for laboratory in range(laboratories if questions else 0):
        sessions = sessions_of(values, laboratory, seed)
        found = [decode(sessions, question, design=DESIGN, seed=seed + laboratory) for question in questions]
        times = found[0].times
        accuracy.append([one.accuracy.mean(axis=0) for one in found])
        null.append([one.null.mean(axis=0) for one in found])
        window.append([one.window_accuracy.mean() for one in found])
    made = {"times": times, "accuracy": _by_question(accuracy), "null": _by_question(null),
            "window": _by_question(window)}  # fmt: skip
    return made | _rested(values, seed)


def _by_question(found: Sequence[Sequence[Any]]) -> Array:
    """Means of the laboratories [question, laboratory, …]."""
    return np.swapaxes(np.array(found), 0, 1) if found else np.empty(0)


def _rested(values: Mapping[str, Array], seed: int) -> dict[str, npt.NDArray[Any]]:
    """Resting activity of the animal in the middle, as arrays; empty ones where no variable is named."""
    if "resting_states" not in values:
        return {name: np.empty(0) for name in _NAMES[4:-1]} | {"given": np.array(np.nan)}
    numbers = values["resting_states"]
    place = np.unravel_index(np.argmin(np.abs(numbers - np.median(numbers))), numbers.shape)
    given = float(numbers[place])
    session = record(Population(states=max(1, round(given))), trials=1, seed=(seed, 0, 0))
    found = hidden_states(session.rest, most=MOST_STATES, fits=FITS, seed=seed)
    return {"number": np.array(found.number), "distinct": np.array(found.distinct), "rates": found.rates,
            "transitions": found.transitions, "path": found.path, "tried": np.array(found.tried),
            "scores": np.array(found.scores), "given": np.array(given)}  # fmt: skip


def _decodings(stored: Mapping[str, npt.NDArray[Any]], questions: list[Question]) -> dict[str, Decoding]:
    return {
        question: Decoding(
            question, stored["times"], stored["accuracy"][place], stored["null"][place], stored["window"][place],
            np.empty(0), np.nan, Population.neurons * ANIMALS, ANIMALS,
        )
        for place, question in enumerate(questions)
    }  # fmt: skip


def _states(stored: Mapping[str, npt.NDArray[Any]]) -> States | None:
    if not stored["number"].size:
        return None
    return States(
        int(stored["number"]), int(stored["distinct"]), stored["rates"], stored["transitions"], stored["path"],
        tuple(map(int, stored["tried"])), tuple(map(float, stored["scores"])),
    )  # fmt: skip


def _key(values: Mapping[str, Array], seed: int) -> str:
    """SHA-256 of all that the numbers depend on: gains, design, seed, and the code that draws and decodes."""
    asked = (sorted(values), DESIGN, LABORATORIES, ANIMALS, TRIALS, MOST_STATES, FITS, seed)
    total = hashlib.sha256(repr(asked).encode() + _code())
    for name in sorted(values):
        total.update(repr(values[name].shape).encode() + np.ascontiguousarray(values[name]).tobytes())
    return total.hexdigest()


@cache
def _code() -> bytes:
    files = [Path(__file__), *sorted(Path(str(neural.__file__)).parent.glob("*.py"))]
    versions = repr([version(name) for name in _PACKAGES]).encode()
    return hashlib.sha256(versions + b"".join(file.read_bytes() for file in files)).digest()
