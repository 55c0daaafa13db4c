"""Neurons of simulated animals on a study's page: what is decoded from them, and their states at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from euthymia.recordings import ANIMALS, DESIGN, LABORATORIES, GroupRecording, Recorded
from euthymia.report.bilingual import Words
from euthymia.report.groups import shade
from euthymia.report.numbers import moment, number
from euthymia.report.palette import COLOURS
from euthymia.report.population import NAMES, accuracy_chart, state_matrix
from euthymia.words import msg

LEAD: Final = msg(
    "The codes that the mechanism gives to single animals shape the spikes of model neurons, and the decoder sees "
    "nothing but these spikes: {neurons} neurons, {trials} trials of each type, a linear support vector machine. Each "
    "of {laboratories} draws of the parameters is a laboratory of its own, with {animals} animals of each group. Lines "
    "are medians and bands hold the middle 90 % of the laboratories; grey is the same with labels shuffled, where "
    "nothing can be told.",
    neurons=DESIGN.neurons, trials=DESIGN.per_type, laboratories=LABORATORIES, animals=ANIMALS,
)  # fmt: skip
REST_LEAD: Final = msg(
    "At rest, for one animal in the middle of each group: each row is a state that a hidden Markov model finds in the "
    "spikes, each column a neuron; the darker, the nearer the neuron comes to its largest rate."
)
LIMITS: Final = msg(
    "All animals choose both drinks equally often here, so that every type of trial occurs; neurons, choices and the "
    "mean rate are the same in all groups. The number of states is rounded, and states last equally long."
)


@dataclass(frozen=True)
class Accuracy:
    """The picture of one question, and its numbers: group, accuracy, accuracy with labels shuffled."""

    question: Words
    picture: Markup
    rows: tuple[tuple[Words, str, str], ...]


@dataclass(frozen=True)
class Rest:
    """The picture of one group's states: who, when, and how many states there are and were found."""

    group: Words
    time: Words
    picture: Markup
    given: str
    found: int


@dataclass(frozen=True)
class RecordedPart:
    """What a page shows of one population."""

    id: str
    name: Words
    after: Words
    accuracies: tuple[Accuracy, ...]
    rests: tuple[Rest, ...]


def recorded_parts(found: Iterable[Recorded]) -> tuple[RecordedPart, ...]:
    """The populations of a study, drawn."""
    return tuple(
        RecordedPart(f"neurons-{one.recording.id}", one.recording.label.text, _after(one),
                     tuple(_accuracies(one)), tuple(_rests(one)))
        for one in found
    )  # fmt: skip


def _colours(one: Recorded) -> list[int]:
    """Colours in the order of the groups, the last one for animals that nothing was done to and nothing picked."""
    numbers = count(1)
    return [next(numbers) if shade(group.arm) else COLOURS - 1 for group in one.groups]


def _first_after(times: npt.NDArray[np.float64]) -> int:
    return int(np.flatnonzero(times >= 0)[0]) if (times >= 0).any() else len(times) - 1


def _after(one: Recorded) -> Words:
    """The bin whose numbers stand in the table."""
    for group in one.groups:
        for decoding in group.decodings.values():
            return msg("{time} s after the choice", time=number(float(decoding.times[_first_after(decoding.times)])))
    return ""


def _accuracies(one: Recorded) -> Iterator[Accuracy]:
    for place, question in enumerate(one.groups[0].decodings):
        shown = [(group.arm.label.text, group.decodings[question]) for group in one.groups]
        picture = accuracy_chart(
            shown, colours=_colours(one), labelled_by=f"neurons-{one.recording.id} neurons-{one.recording.id}-{place}"
        )
        yield Accuracy(NAMES[question], picture, tuple(_row(group, question) for group in one.groups))


def _row(group: GroupRecording, question: str) -> tuple[Words, str, str]:
    decoding = group.decodings[question]
    place = _first_after(decoding.times)
    return group.arm.label.text, _percent(decoding.accuracy[:, place]), _percent(decoding.null[:, place])


def _percent(values: npt.NDArray[np.float64]) -> str:
    low, middle, high = (number(100 * float(one)) for one in np.percentile(values, [5, 50, 95]))
    return f"{middle} ({low} – {high})"


def _rests(one: Recorded) -> Iterator[Rest]:
    for place, (group, colour) in enumerate(zip(one.groups, _colours(one), strict=True), start=1):
        if group.states is not None:
            name = f"neurons-{one.recording.id}-rest-{place}"
            picture = state_matrix(group.states, colour=colour, labelled_by=name)
            yield Rest(group.arm.label.text, moment(group.group.time.to("d")), picture, number(group.given),
                       group.states.distinct)  # fmt: skip
