"""The same animals, whole and with each link cut: further animals of one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.cohorts.draw import Cohort, sample_cohort
from euthymia.engine.schedule import Schedule
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.explaining.answers import CARRIES, FEWEST, Array, Carried, Spread
from euthymia.explaining.contrasts import Contrast, read_variables
from euthymia.explaining.cuts import Cut
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import SURE
from euthymia.joined import joined_cohort
from euthymia.joined.history import run_parted
from euthymia.models.compose import Mechanism
from euthymia.models.join import Joined
from euthymia.models.views import view, whole_record
from euthymia.pipeline import PreparedStudy, Progress, prepare_study, run_arms
from euthymia.protocols.lower import first_day, lower
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Library
from euthymia.records.study import Experiment
from euthymia.records.study import Mechanism as MechanismRecord
from euthymia.words import msg

LOOK: Final = 2
"""Draws of the first look at each link; those that move nothing in it are not cut in all animals."""
SMALL: Final = 0.02
"""Share of the effect below which a link moves nothing in the first look."""

STAGES: Final = (50, 500, 1000)
"""Thousandths of the work that are done after the whole model, the first look and the cuts in all animals."""


@dataclass(frozen=True)
class Subject:
    """A model with its studies, and how to run it."""

    folders: Mapping[str, StudyFolder]
    record: MechanismRecord
    library: Library
    mechanism: Mechanism
    joined: Joined | None
    home: str | None

    def cohort(self, animals: int, seed: int, individuals: int) -> Cohort:
        """The animals, as the study or the joined model draws them."""
        if self.joined is not None:
            return joined_cohort(self.joined, animals=animals, seed=seed, individuals=individuals, home=self.home)
        (folder,) = self.folders.values()
        return sample_cohort(self.mechanism.parameters, animals=animals, seed=seed, ensemble=folder.ensemble,
                             individuals=individuals)  # fmt: skip


def subject_of(asked: Joined | StudyFolder | PreparedStudy | str, home: str | None) -> Subject:
    """A joined model, with the names of one of its studies or of all of them; or one study.

    Raises
    ------
    RequestError
        If the joined model has no such study.
    """
    if isinstance(asked, Joined):
        if home is not None and home not in asked.studies:
            raise RequestError(msg("The study {found} is not among the joined ones. {suggestion}", found=home,
                                   suggestion=suggestion(home, list(asked.studies))))  # fmt: skip
        folders = {study: view(asked, study) for study in asked.studies}
        record = folders[home].record.mechanism if home is not None else whole_record(asked)
        return Subject(folders, record, asked.library, asked.mechanism, asked, home)
    ready = prepare_study(asked)
    folder = ready.folder
    return Subject({folder.id: folder}, folder.record.mechanism, folder.library, ready.mechanism, None, folder.id)


@dataclass(frozen=True)
class Effect:
    """The whole model's effect [draw], the draws that ran and those that show it."""

    contrast: Contrast
    size: Array
    ran: npt.NDArray[np.bool_]
    sign: int
    margin: float
    unit: str

    @classmethod
    def of(cls, trial: Trial, contrast: Contrast) -> Effect:
        """The effect that a trial shows."""
        size = size_of(trial, contrast)
        ran = ~trial.failed & np.isfinite(size)
        change = contrast.reading.since is not None
        assay = trial.assays[contrast.reading.assay]
        middle = float(np.median(size[ran])) if ran.any() else 0.0
        sign = {"less": -1, "greater": 1, None: -1 if middle < 0 else 1}[contrast.direction]
        return cls(contrast, size, ran, sign, assay.margin(change=change), "%" if change else assay.unit)

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """Per draw, whether it shows the effect."""
        return np.asarray(self.ran & (self.sign * self.size >= self.margin) & (self.size != 0))

    @property
    def shown(self) -> float:
        """Share of the draws that ran that show the effect."""
        return float(self.used.sum() / self.ran.sum()) if self.ran.any() else 0.0

    @property
    def there(self) -> bool:
        """Whether there is an effect to explain."""
        return bool(self.used.sum() >= FEWEST and self.shown > 1 - SURE)

    def moves_nothing(self, trial: Trial) -> bool:
        """Whether a cut leaves the effect as it is in all draws of a first look."""
        few = trial.draws
        before, after = self.size[:few], size_of(trial, self.contrast)
        sound = self.ran[:few] & ~trial.failed & (before != 0)
        return bool(sound.all() and (np.abs(before - after) < SMALL * np.abs(before)).all())

    def without(self, cut: Cut, trial: Trial) -> Carried:
        """What one cut takes from the effect."""
        left = size_of(trial, self.contrast)
        kept = self.used & ~trial.failed & np.isfinite(left)
        before, after = self.size[kept], left[kept]
        share = 1 - after / before
        known = bool(kept.any())
        return Carried(
            cut.study, cut.ablation, Spread.of(after), Spread.of(share),
            float((share > CARRIES).mean()) if known else np.nan,
            float((self.sign * after < self.margin).mean()) if known else np.nan, int(kept.sum()),
        )  # fmt: skip


def size_of(trial: Trial, contrast: Contrast) -> Array:
    """The difference of group means [draw]."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a change from zero is not finite, and left out
        return np.asarray(trial.means(contrast.reading) - trial.means(contrast.against))


class Stages:
    """One progress for the runs that an explanation makes one after the other: whole, first look, all animals."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.ends = progress, iter(STAGES)
        self.start = 0

    def next(self) -> Progress | None:
        """What the next run reports to."""
        start, self.start = self.start, next(self.ends, STAGES[-1])
        end, report = self.start, self.progress
        if report is None:
            return None
        return lambda done, total: report(start + round((end - start) * done / max(total, 1)), STAGES[-1])

    def finish(self) -> None:
        """Tell that nothing is left to run."""
        if self.progress is not None:
            self.progress(STAGES[-1], STAGES[-1])


@dataclass(frozen=True)
class Runs:
    """The same animals, whole and cut."""

    subject: Subject
    experiment: Experiment
    contrast: Contrast
    cohort: Cohort
    workers: int | None
    stages: Stages
    store: RunStore | None

    @cached_property
    def outputs(self) -> list[str]:
        """The model variables that decide the contrast."""
        return read_variables(self.experiment, self.contrast, self.subject.record, self.subject.library)

    @property
    def schedules(self) -> list[Schedule]:
        """What is done to the animals, arm by arm."""
        origin, ports = first_day(self.experiment), self.subject.record.ports
        return [lower(arm, ports=ports, library=self.subject.library, origin=origin) for arm in self.experiment.arms]

    def whole(self) -> Trial:
        """All animals with all links."""
        return self._run(self.cohort)

    def cut(self, cuts: Sequence[Cut], effect: Effect, *, thorough: bool) -> list[tuple[Cut, Trial | None]]:
        """Each link cut in all animals; None for those that did nothing in a first look at a few of them."""
        few = min(LOOK, self.cohort.draws)
        first = self._stacked(cuts, slice(0, few))
        kept = [place for place, one in enumerate(first) if thorough or not effect.moves_nothing(one)]
        rest = self._stacked([cuts[place] for place in kept], slice(few, self.cohort.draws))
        trials: dict[int, Trial] = {place: first[place] for place in kept}
        if rest:
            trials = {place: _after(first[place], one) for place, one in zip(kept, rest, strict=True)}
        return [(cut, trials.get(place)) for place, cut in enumerate(cuts)]

    def _stacked(self, cuts: Sequence[Cut], draws: slice) -> list[Trial]:
        """A trial for each cut, over some of the draws: all cuts are simulated in one call."""
        rows = slice(draws.start * self.cohort.individuals, draws.stop * self.cohort.individuals)
        count = rows.stop - rows.start
        if not cuts or not count:
            return []
        values = {name: np.tile(found[rows], len(cuts)) for name, found in self.cohort.values.items()}
        for place, cut in enumerate(cuts):
            for name, value in cut.settings.items():
                values[name][place * count : (place + 1) * count] = value
        whole = self._run(replace(self.cohort, values=values, draws=(draws.stop - draws.start) * len(cuts)))
        parts = (slice(place * count, (place + 1) * count) for place in range(len(cuts)))
        return [replace(whole, states=whole.states.isel(animal=part)) for part in parts]

    def _run(self, cohort: Cohort) -> Trial:
        if self.subject.joined is not None:
            return run_parted(
                self.subject.joined, self.subject.record, self.experiment, cohort, outputs=self.outputs,
                workers=self.workers, progress=self.stages.next(), store=self.store,
            )  # fmt: skip
        return run_arms(
            self.subject.record, self.subject.library, self.subject.mechanism, cohort, self.experiment,
            outputs=self.outputs, workers=self.workers, progress=self.stages.next(), store=self.store,
        )  # fmt: skip


def _after(first: Trial, second: Trial) -> Trial:
    """One trial of the animals of two."""
    states = xr.concat([first.states, second.states], dim="animal", data_vars="minimal", coords="minimal",
                       compat="override", join="override", combine_attrs="override")  # fmt: skip
    return replace(first, states=states)
