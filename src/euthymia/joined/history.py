"""Arms with one past, simulated once up to where they part, and each from there.

Weeks of stress before a treatment are the longest part of a question, and the same for all of its arms. The state at
the parting is carried over with all quantities that something may have changed, so that the rest runs from there as it
would have run on; the numbers agree within the solver's tolerance.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.cohorts.draw import Cohort
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.status import failed
from euthymia.engine.store import RunStore
from euthymia.findings.trial import Trial
from euthymia.models.join import Joined
from euthymia.models.model import Model
from euthymia.pipeline import Progress, run_arms, sample_days
from euthymia.protocols.lower import first_day, lower
from euthymia.records.study import Experiment
from euthymia.records.study import Mechanism as MechanismRecord

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
HOURS: Final = 24.0
Settings = tuple[tuple[str, float], ...]
Past = tuple[Settings, tuple[Jump, ...]]
RTOL: Final = 1e-4
"""Relative tolerance of the joined model's runs: what animals show is off by less than a thousandth of a load of
stress, a hundred times less than assays can tell; three times as fast as the tolerance of single studies."""
ATOL: Final = 1e-6
"""Absolute tolerance of the joined model's runs."""
WORTH: Final = 0.8
"""Share of the work that parting must save to be done, as what is left of it."""


@dataclass(frozen=True)
class Parting:
    """When arms part, in hours of model time, and by past the arms that have it."""

    hours: float
    pasts: dict[Past, list[str]]


def parting(schedules: dict[str, Schedule], end: float) -> Parting | None:
    """The time at which arms are parted with the least work; None where it saves too little.

    Parameters
    ----------
    schedules
        By arm.
    end
        Last output time, in hours.
    """
    times = sorted({jump.time for one in schedules.values() for jump in one.jumps if 0 < jump.time <= end})
    whole = sum(_work(one.jumps, end) for one in set_of(schedules))
    found = [(_parted_work(schedules, time, end), time) for time in times]
    if not found or min(found)[0] > WORTH * whole:
        return None
    _, time = min(found)
    return Parting(time, _pasts(schedules, time))


def set_of(schedules: dict[str, Schedule]) -> list[Schedule]:
    """Schedules that differ."""
    return list({_said(one): one for one in schedules.values()}.values())


def _work(jumps: Iterable[Jump], hours: float) -> float:
    """Work of a run: each jump starts the solver anew, which weighs as much as some hours of rest."""
    return len({jump.time for jump in jumps if jump.time <= hours}) + hours / HOURS


def _pasts(schedules: dict[str, Schedule], time: float) -> dict[Past, list[str]]:
    pasts: dict[Past, list[str]] = {}
    for name, one in schedules.items():
        before = tuple(jump for jump in one.jumps if jump.time < time)
        pasts.setdefault((tuple(sorted(one.settings.items())), before), []).append(name)
    return pasts


def _parted_work(schedules: dict[str, Schedule], time: float, end: float) -> float:
    past = sum(_work(jumps, time) for _, jumps in _pasts(schedules, time))
    rest = sum(_work([j for j in one.jumps if j.time >= time], end - time) for one in set_of(schedules))
    return past + rest


def run_parted(
    joined: Joined,
    record: MechanismRecord,
    experiment: Experiment,
    cohort: Cohort,
    *,
    outputs: Sequence[str],
    dense: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Trial:
    """Any arms on the joined model, their common past simulated once.

    Parameters
    ----------
    joined, experiment, cohort, dense, workers, progress, store
        As for `euthymia.joined.run_question`.
    record
        Ports and read-outs, of the whole model or as one study sees it.
    outputs
        Variables to keep.
    """
    origin = first_day(experiment)
    schedules = {
        arm.id: lower(arm, ports=record.ports, library=joined.library, origin=origin) for arm in experiment.arms
    }
    days = np.array(sample_days(experiment, dense=dense))
    hours = np.round((days - origin) * HOURS, 9)
    found = parting(schedules, float(hours[-1]))
    if found is None or _uses_time(joined.mechanism.model):
        return run_arms(
            record, joined.library, joined.mechanism, cohort, experiment, outputs=outputs, dense=dense,
            workers=workers, progress=progress, store=store, rtol=RTOL, atol=ATOL,
        )  # fmt: skip
    run = _Run(joined.mechanism.model, cohort, outputs, hours, workers, store)
    states = run.parted(found, schedules, progress)
    ordered = states.sel(arm=[arm.id for arm in experiment.arms])
    whole = ordered.assign_coords(time=("time", list(days), {"units": "day"}))
    return Trial(experiment, record, joined.library.assays, whole, cohort.seed, cohort.individuals)


def _uses_time(model: Model) -> bool:
    """Whether an equation reads the clock, which starts anew where arms part."""
    return "symbols/time" in model.sbml


@dataclass(frozen=True)
class _Run:
    """What all parts of a run share."""

    model: Model
    cohort: Cohort
    outputs: Sequence[str]
    hours: Array
    workers: int | None
    store: RunStore | None

    def parted(self, found: Parting, schedules: dict[str, Schedule], progress: Progress | None) -> xr.Dataset:
        """All arms, labelled as if each had been simulated whole."""
        end = float(self.hours[-1])
        meter = _Meter(_parted_work(schedules, found.hours, end), len(schedules) * self.cohort.animals, progress)
        parts = []
        for (settings, jumps), arms in found.pasts.items():
            with meter.step(_work(jumps, found.hours)) as told:
                past = self._past(found.hours, Schedule.of(jumps, dict(settings)), told)
            rests = {name: _shifted(schedules[name], found.hours) for name in arms}
            with meter.step(sum(_work(one.jumps, end - found.hours) for one in set_of(rests))) as told:
                moved = sorted({jump.target for jump in jumps})
                parts.append(self._rest(past, rests, found.hours, moved, told))
        return xr.concat(parts, dim="arm", combine_attrs="override")

    def _simulate(
        self, times: Array, values: dict[str, Array], schedule: dict[str, Schedule], outputs: Sequence[str],
        progress: Progress | None,
    ) -> xr.Dataset:  # fmt: skip
        return simulate(
            self.model, times=times, parameters=values, schedule=schedule, outputs=outputs, rtol=RTOL, atol=ATOL,
            seed=self.cohort.seed, workers=self.workers, progress=progress, store=self.store,
        )  # fmt: skip

    def _past(self, end: float, schedule: Schedule, progress: Progress | None) -> xr.Dataset:
        carried = carried_over(self.model, {jump.target for jump in schedule.jumps})
        times = np.array([*self.hours[self.hours < end], end])
        names = list(dict.fromkeys([*self.outputs, *carried]))
        return self._simulate(times, dict(self.cohort.values), {"past": schedule}, names, progress).isel(arm=0)

    def _rest(
        self, past: xr.Dataset, rests: dict[str, Schedule], start: float, moved: Sequence[str],
        progress: Progress | None,
    ) -> xr.Dataset:  # fmt: skip
        bad = failed(past["status"].values)
        values = dict(self.cohort.values)
        for name in carried_over(self.model, moved):
            values[name] = np.where(bad, 1.0, past[name].values[:, -1])
        first: dict[str, str] = {}
        standing = {name: first.setdefault(_said(one), name) for name, one in rests.items()}
        times = np.round(self.hours[self.hours >= start] - start, 9)
        schedules = {name: rests[name] for name in first.values()}
        ran = self._simulate(times, values, schedules, list(self.outputs), progress)
        whole = ran.sel(arm=[standing[name] for name in rests]).assign_coords(arm=list(rests))
        return _together(past.isel(time=slice(0, -1)), whole, bad, self.hours)


class _Meter:
    """How far a parted run is: its work so far as a share of all, told as runs.

    Parameters
    ----------
    work
        Of all parts together.
    runs
        What is told when all is done.
    progress
        Who is told.
    """

    def __init__(self, work: float, runs: int, progress: Progress | None) -> None:
        self.work, self.runs, self.progress = work, runs, progress
        self.done = 0.0

    @contextmanager
    def step(self, work: float) -> Iterator[Progress | None]:
        """What one part reports to; its work counts as done afterwards."""
        before = self.done
        yield None if self.progress is None else lambda done, total: self._tell(before + work * done / max(total, 1))
        self.done = before + work

    def _tell(self, work: float) -> None:
        if self.progress is not None:
            self.progress(min(round(self.runs * work / self.work), self.runs), self.runs)


def _together(past: xr.Dataset, rest: xr.Dataset, bad: Flags, hours: Array) -> xr.Dataset:
    """Past and rest of some arms as one run each; a run whose past failed has failed."""
    arms = rest.sizes["arm"]
    variables: dict[Hashable, Any] = {}
    for name in rest.data_vars:
        if name == "status":
            continue
        early = np.repeat(past[name].values[:, None, :], arms, axis=1)
        values = np.concatenate([early, rest[name].values], axis=2)
        values[bad] = np.nan
        variables[name] = (("animal", "arm", "time"), values, rest[name].attrs)
    status = np.where(bad[:, None], past["status"].values[:, None], rest["status"].values)
    variables["status"] = (("animal", "arm"), status.astype(np.int8), rest["status"].attrs)
    labels = {"animal": rest["animal"].values, "arm": list(rest["arm"].values), "time": hours}
    return xr.Dataset(variables, labels, rest.attrs)


def carried_over(model: Model, moved: Iterable[str]) -> list[str]:
    """What the state of a model is: all that changes by itself, was set, or is computed at the start.

    Parameters
    ----------
    model
        The model.
    moved
        Targets of jumps.
    """
    found = [
        one.id
        for one in model.symbols.values()
        if one.role == "state" or (one.initial_assignment and one.role in ("constant", "input"))
    ]
    return list(dict.fromkeys([*found, *sorted(moved)]))


def _shifted(schedule: Schedule, start: float) -> Schedule:
    later = [
        Jump(round(one.time - start, 9), one.target, one.operation, one.value)
        for one in schedule.jumps
        if one.time >= start
    ]
    return Schedule.of(later, schedule.settings)


def _said(schedule: Schedule) -> str:
    return repr((schedule.jumps, sorted(schedule.settings.items())))
