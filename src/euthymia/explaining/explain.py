"""An effect explained: each causal link cut in the same animals, and how much of the effect is lost without it.

Cut animals are simulated as further animals of one call. What carries an effect in a series of links is lost with each
of them, so that shares do not add up to one; what hinders it has a share below zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Cohort, sample_cohort
from euthymia.engine.store import RunStore
from euthymia.explaining.contrasts import Contrast, read_variables, trimmed
from euthymia.explaining.cuts import Cut, Idle, Why, declared, that_can_matter
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import SURE
from euthymia.joined.studies import joined_cohort
from euthymia.models.compose import Mechanism
from euthymia.models.join import Joined
from euthymia.models.views import view, whole_record
from euthymia.pipeline import PreparedStudy, Progress, prepare_study, run_arms
from euthymia.protocols.lower import first_day, lower
from euthymia.provenance import stamp
from euthymia.records.folder import StudyFolder
from euthymia.records.library import Library
from euthymia.records.study import Ablation, Experiment
from euthymia.records.study import Mechanism as MechanismRecord

Array = npt.NDArray[np.float64]
LOOK: Final = 2
"""Draws of the first look at each link; those that move nothing in it are not cut in all animals."""
SMALL: Final = 0.01
"""Share of the effect below which a link moves nothing in the first look."""
CARRIES: Final = 0.05
"""Share of the effect from which a link is said to carry it: a twentieth."""
FEWEST: Final = 2
"""Draws that must show an effect so that there is something to explain."""


@dataclass(frozen=True)
class Spread:
    """5th, 50th and 95th percentile over draws; not a number where there are none."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Spread:
        """Percentiles of values [draw]."""
        if not len(values):
            return cls(np.nan, np.nan, np.nan)
        low, median, high = np.percentile(values, (5, 50, 95))
        return cls(float(low), float(median), float(high))


@dataclass(frozen=True)
class Carried:
    """What one cut does to an effect, over the draws that show the effect.

    Attributes
    ----------
    study, ablation
        What was cut.
    without
        The effect without the links.
    share
        Part of the effect that is lost with them; below zero where the effect is larger without them.
    falls
        Probability that more than a twentieth of the effect is lost.
    gone
        Probability that what is left of it is too small for its assay to count as a difference, or goes the other way.
    draws
        Draws that these numbers are over: fewer than those of the effect if runs failed.
    """

    study: str
    ablation: Ablation
    without: Spread
    share: Spread
    falls: float
    gone: float
    draws: int


@dataclass(frozen=True)
class Explanation:
    """An effect and what carries it.

    Attributes
    ----------
    experiment, contrast
        What was asked: the part of the experiment that is read, and the difference.
    folders
        The studies whose links were cut, by id.
    joined
        Whether the studies were joined into one model.
    effect, unit
        The effect over all draws that ran.
    shown
        Probability of the effect: share of draws in which it is as large as its assay counts as a difference.
    draws, used
        Draws that ran, and those of them that show the effect: shares are over these.
    failed
        Draws that did not run to the end.
    carried
        By cut, those that carry most first; empty where there is no effect to explain.
    idle
        What was not cut in all animals, and why.
    provenance
        What is needed to make it again.
    """

    experiment: Experiment
    contrast: Contrast
    folders: Mapping[str, StudyFolder]
    joined: bool
    effect: Spread
    unit: str
    shown: float
    draws: int
    used: int
    failed: int
    carried: tuple[Carried, ...]
    idle: tuple[Idle, ...]
    provenance: Mapping[str, Any]

    @property
    def explained(self) -> bool:
        """Whether there is an effect to explain."""
        return self.used >= FEWEST and self.shown > 1 - SURE


@dataclass(frozen=True)
class _Subject:
    """A model with its studies, and how to run it."""

    folders: Mapping[str, StudyFolder]
    record: MechanismRecord
    library: Library
    mechanism: Mechanism
    joined: Joined | None
    home: str | None

    def cohort(self, animals: int, seed: int, individuals: int) -> Cohort:
        if self.joined is not None:
            return joined_cohort(self.joined, animals=animals, seed=seed, individuals=individuals, home=self.home)
        (folder,) = self.folders.values()
        return sample_cohort(self.mechanism.parameters, animals=animals, seed=seed, ensemble=folder.ensemble,
                             individuals=individuals)  # fmt: skip


def _subject(asked: Joined | StudyFolder | PreparedStudy | str, home: str | None) -> _Subject:
    if isinstance(asked, Joined):
        folders = {study: view(asked, study) for study in asked.studies}
        record = folders[home].record.mechanism if home is not None else whole_record(asked)
        return _Subject(folders, record, asked.library, asked.mechanism, asked, home)
    ready = prepare_study(asked)
    folder = ready.folder
    return _Subject({folder.id: folder}, folder.record.mechanism, folder.library, ready.mechanism, None, folder.id)


def explain(
    asked: Joined | StudyFolder | PreparedStudy | str,
    experiment: Experiment,
    contrast: Contrast,
    *,
    animals: int = 24,
    seed: int = 1,
    home: str | None = None,
    thorough: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Explanation:
    """By how much each causal link carries an effect: the link cut, the effect lost.

    Parameters
    ----------
    asked
        A joined model, or one study.
    experiment
        Arms and sampling; of a joined model with the names of `home`, or else of `whole_record`.
    contrast
        The effect.
    animals, seed
        The cohort. The same animals are used with and without each link.
    home
        The joined study whose experiment it is: its draws and the names of its read-outs are taken.
    thorough
        Whether links that moved nothing in a first look at few animals are cut in all animals, too.
    workers, progress, store
        As for `euthymia.pipeline.reproduce`. Numbers do not depend on the workers.

    Raises
    ------
    RecordError, ModelError, ProtocolError, RequestError
        Before anything is simulated.
    """
    subject = _subject(asked, home)
    part = trimmed(experiment, contrast, subject.record, subject.library)
    individuals = SPLIT_INDIVIDUALS if any(arm.split is not None for arm in part.arms) else INDIVIDUALS
    cohort = subject.cohort(animals, seed, individuals)
    runs = _Runs(subject, part, contrast, cohort, workers, progress, store)
    effect = _Effect.of(runs.whole, contrast)
    cuts, idle = declared(subject.folders, subject.mechanism)
    arms = [lower(arm, ports=subject.record.ports, library=subject.library, origin=first_day(part)) for arm in part.arms]
    cuts, apart = that_can_matter(cuts, subject.mechanism, cohort, arms=arms, outputs=runs.outputs)
    carried: list[Carried] = []
    if effect.there:
        cuts, still, trials = runs.cut(cuts, effect, thorough=thorough)
        apart += still
        carried = [effect.without(cut, trial) for cut, trial in zip(cuts, trials, strict=True)]
    ranked = sorted(carried, key=lambda one: -np.nan_to_num(one.share.median, nan=-np.inf))
    provenance = stamp(studies=sorted(subject.folders), joined=subject.joined is not None, seed=seed,
                       model_sha256=subject.mechanism.model.digest, animals=cohort.animals, draws=cohort.draws)  # fmt: skip
    return Explanation(
        part, contrast, subject.folders, subject.joined is not None, Spread.of(effect.size[effect.ran]), effect.unit,
        effect.shown, int(effect.ran.sum()), int(effect.used.sum()), int((~effect.ran).sum()), tuple(ranked),
        (*idle, *apart), provenance,
    )  # fmt: skip


@dataclass(frozen=True)
class _Effect:
    """The whole model's effect [draw], the draws that ran and those that show it."""

    contrast: Contrast
    size: Array
    ran: npt.NDArray[np.bool_]
    sign: int
    margin: float
    unit: str

    @classmethod
    def of(cls, trial: Trial, contrast: Contrast) -> _Effect:
        size, ran = _size(trial, contrast), ~trial.failed
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
        return float(self.used.sum() / self.ran.sum()) if self.ran.any() else 0.0

    @property
    def there(self) -> bool:
        return bool(self.used.sum() >= FEWEST and self.shown > 1 - SURE)

    def moves_nothing(self, trial: Trial) -> bool:
        """Whether a cut leaves the effect as it is in all draws of a first look."""
        few = trial.draws
        before, after = self.size[:few], _size(trial, self.contrast)
        sound = self.ran[:few] & ~trial.failed & (before != 0)
        return bool(sound.all() and (np.abs(before - after) < SMALL * np.abs(before)).all())

    def without(self, cut: Cut, trial: Trial) -> Carried:
        kept = self.used & ~trial.failed
        before, after = self.size[kept], _size(trial, self.contrast)[kept]
        share = 1 - after / before
        known = bool(kept.any())
        return Carried(
            cut.study, cut.ablation, Spread.of(after), Spread.of(share),
            float((share > CARRIES).mean()) if known else np.nan,
            float((self.sign * after < self.margin).mean()) if known else np.nan, int(kept.sum()),
        )  # fmt: skip


def _size(trial: Trial, contrast: Contrast) -> Array:
    return np.asarray(trial.means(contrast.reading) - trial.means(contrast.against))


@dataclass(frozen=True)
class _Runs:
    """The same animals, whole and cut."""

    subject: _Subject
    experiment: Experiment
    contrast: Contrast
    cohort: Cohort
    workers: int | None
    progress: Progress | None
    store: RunStore | None

    @property
    def outputs(self) -> list[str]:
        return read_variables(self.experiment, self.contrast, self.subject.record, self.subject.library)

    @property
    def whole(self) -> Trial:
        return self._run(self.cohort)

    def cut(self, cuts: Sequence[Cut], effect: _Effect, *, thorough: bool) -> tuple[list[Cut], list[Idle], list[Trial]]:
        """The links cut in all animals, those that did nothing in a first look, and the trials of the former."""
        few = min(LOOK, self.cohort.draws)
        first = self._stacked(cuts, slice(0, few))
        still = [] if thorough else [cut for cut, one in zip(cuts, first, strict=True) if effect.moves_nothing(one)]
        kept = [(cut, one) for cut, one in zip(cuts, first, strict=True) if cut not in still]
        rest = self._stacked([cut for cut, _ in kept], slice(few, self.cohort.draws))
        trials = [_after(one, other) for (_, one), other in zip(kept, rest, strict=True)] if rest else [t for _, t in kept]
        return [cut for cut, _ in kept], [Idle(cut.study, cut.ablation, Why.SMALL) for cut in still], trials

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
        return run_arms(
            self.subject.record, self.subject.library, self.subject.mechanism, cohort, self.experiment,
            outputs=self.outputs, workers=self.workers, progress=self.progress, store=self.store,
        )  # fmt: skip


def _after(first: Trial, second: Trial) -> Trial:
    """One trial of the animals of two."""
    states = xr.concat([first.states, second.states], dim="animal", data_vars="minimal", coords="minimal",
                       compat="override", join="override", combine_attrs="override")  # fmt: skip
    return replace(first, states=states)
