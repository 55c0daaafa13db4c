"""What is to be explained: a difference between two readings of one experiment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from euthymia.errors import RecordError, RequestError, suggestion
from euthymia.records.cross import complete, sampled_days, single_problems
from euthymia.records.finding import (
    Change,
    Difference,
    Direction,
    Duration,
    Finding,
    Gone,
    NoDifference,
    Ordering,
    Reading,
)
from euthymia.records.library import Library
from euthymia.records.reading import build, read_yaml
from euthymia.records.study import Arm, Experiment, Mechanism, Sampling
from euthymia.words import msg

NEAR: Final = 1e-9
"""Days by which two times may differ and still be one."""


@dataclass(frozen=True)
class Contrast:
    """The difference `reading` minus `against`.

    Attributes
    ----------
    reading, against
        Both sides.
    direction
        Which way it is claimed to go, where a finding claims one.
    """

    reading: Reading
    against: Reading
    direction: Direction | None = None

    @property
    def sides(self) -> tuple[Reading, Reading]:
        """Both readings."""
        return self.reading, self.against


def contrast_of(finding: Finding) -> Contrast:
    """The contrast that a finding speaks of; of an order, its last against its first; of a change, after and before.

    Raises
    ------
    RequestError
        If the finding compares no two readings of one assay.
    """
    match finding:
        case Difference(kind=kind):
            return Contrast(finding.reading, complete(finding.reading, finding.against), kind)
        case Duration() | Gone():
            return Contrast(finding.reading, complete(finding.reading, finding.against), finding.direction)
        case NoDifference():
            return Contrast(finding.reading, complete(finding.reading, finding.against))
        case Change() if finding.against is not None:
            return Contrast(finding.reading, complete(finding.reading, finding.against))
        case Change() if finding.reading.since is not None:
            before = finding.reading.model_copy(update={"time": finding.reading.since, "since": None})
            return Contrast(finding.reading.model_copy(update={"since": None}), before)
        case Ordering():
            low, high = finding.rising[0], finding.rising[-1]
            return Contrast(complete(finding.reading, high), complete(finding.reading, low), "greater")
        case _:
            raise RequestError(msg("The finding {finding} compares no two readings of one assay, so there is no "
                                   "difference to explain.", finding=finding.id))  # fmt: skip


def read_experiment(file: Path, library: Library) -> Experiment:
    """An experiment from a YAML file of its own.

    Raises
    ------
    RecordError
        With every problem of the file, each at its line.
    """
    document = read_yaml(file)
    experiment = build(Experiment, document)
    problems = single_problems(experiment, document, library)
    if problems:
        raise RecordError(problems)
    return experiment


def trimmed(experiment: Experiment, contrast: Contrast, record: Mechanism, library: Library) -> Experiment:
    """The part of an experiment that a contrast reads: its arms, assays and times.

    Raises
    ------
    RequestError
        If the experiment lacks an arm, assay or time, or the mechanism the read-out.
    """
    arms = {arm.id: arm for arm in experiment.arms}
    for side in contrast.sides:
        _check(side, arms, experiment, record, library)
    kept = {side.arm: arms[side.arm] for side in contrast.sides}
    wanted: dict[str, set[float]] = {}
    for reading in _readings(contrast, list(kept.values())):
        moments = [reading.time, *([reading.since] if reading.since else [])]
        wanted.setdefault(reading.assay, set()).update(one.to("d") for one in moments)
    sampling = [part for one in experiment.sampling if (part := _part(one, wanted.get(one.assay, set())))]
    return experiment.model_copy(update={"arms": tuple(kept.values()), "sampling": tuple(sampling)})


def _readings(contrast: Contrast, arms: list[Arm]) -> Iterator[Reading]:
    """What is read: both sides, and what their arms are picked by."""
    yield from contrast.sides
    for arm in arms:
        if arm.split is not None:
            yield Reading(arm=arm.id, assay=arm.split.assay, of=arm.split.of, time=arm.split.time)


def _part(sampling: Sampling, days: set[float]) -> Sampling | None:
    times = tuple(time for time in sampling.times if any(abs(time.to("d") - day) < NEAR for day in days))
    return sampling.model_copy(update={"times": times}) if times else None


def _check(reading: Reading, arms: dict[str, Arm], experiment: Experiment, record: Mechanism, library: Library) -> None:
    if reading.arm not in arms:
        raise RequestError(msg("The experiment has no arm “{found}”. {suggestion}", found=reading.arm,
                               suggestion=suggestion(reading.arm, list(arms))))  # fmt: skip
    days = sampled_days(experiment, reading.assay)
    if not days:
        known = sorted({one.assay for one in experiment.sampling})
        raise RequestError(msg("The experiment does not sample the assay “{found}”. {suggestion}", found=reading.assay,
                               suggestion=suggestion(reading.assay, known)))  # fmt: skip
    for moment in (reading.time, reading.since):
        if moment is not None and all(abs(moment.to("d") - day) > NEAR for day in days):
            raise RequestError(msg("Day {day} is not sampled; the assay is sampled on days {days}.",
                                   day=f"{moment.to('d'):g}", days=", ".join(f"{day:g}" for day in days)))  # fmt: skip
    if variable_of(reading, record, library) is None:
        raise RequestError(msg("The mechanism has nothing that the assay “{assay}” could read{of}.",
                               assay=reading.assay, of=f" ({reading.of})" if reading.of else ""))  # fmt: skip


def variable_of(reading: Reading, record: Mechanism, library: Library) -> str | None:
    """The model variable that a reading takes, or None if the mechanism has none."""
    latent = library.assays[reading.assay].latent
    if latent is not None:
        return record.shown(latent)
    readout = record.readouts.get(reading.assay)
    return readout.states.get(reading.of or "all") if readout else None


def read_variables(experiment: Experiment, contrast: Contrast, record: Mechanism, library: Library) -> list[str]:
    """All model variables that decide a contrast."""
    found = [variable_of(one, record, library) for one in _readings(contrast, list(experiment.arms))]
    return [name for name in dict.fromkeys(found) if name is not None]
