"""The null competitor of a study: a mechanism without mechanism, to be scored beside the real one.

Each intervention has a direct arrow to each read-out of the experiments that use it. Effects add: no interaction, no
gate, no intermediate. It runs through the same experiments, assays, claims and verdicts as the real mechanism.

The effect of intervention *i* on read-out *r* is ``weight[i, r] * E``. With *x* the doses gathered (each rises from its
start with the onset time, falls from its end with the decay time) over the geometric mean of the doses used, and *k*
the half-effect dose in the same unit, ``E = x (1 + k) / (x + k)``; gene manipulations and injuries are proportional,
E = x. With one mood, all arrows to despair, anhedonia and anxiety are one arrow to mood, which each shows by a factor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.calibration.competitor.exposure import DAY, PROPORTIONAL, Course, courses, exposure
from euthymia.calibration.competitor.readouts import ReadOut, read_outs, sampled
from euthymia.calibration.competitor.rest import Rest
from euthymia.cohorts.draw import Cohort
from euthymia.findings.trial import Trial
from euthymia.pipeline import sample_days
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Parameter
from euthymia.records.study import Experiment

Array = npt.NDArray[np.float64]
WIDE: Final = 1.5
"""SD of ln of half-effect doses and time constants: within a factor of twenty, 95 %."""
LATENT_SD: Final = 1.0
"""SD of weights on affective states: as much as three weeks of restraint do."""
STRESS_SD: Final = 0.5
"""SD of the weights of stress on affective states, around 1 by the definition of their scale."""
LOG_SD: Final = 0.5
"""SD of weights on biological read-outs, in ln of the ratio to baseline."""
BETWEEN_SD: Final = 0.2
"""SD of ln of the half-effect dose between animals, as sensitivities have it elsewhere."""
BOUND: Final = 6.0
"""Bounds of all parameters, in prior standard deviations."""
MOOD_SD: Final = 0.3
"""SD of ln of the factors by which one mood shows in anhedonia and anxiety, as in the common affective states."""
RISEN: Final = 3.0
"""Onset times in the shortest time from an intervention to a reading: experimenters look when it is there."""


@dataclass(frozen=True)
class Intervention:
    """One intervention, over all arms that have it.

    Attributes
    ----------
    name
        Kind, name and place.
    reference
        Geometric mean of the doses used, each the sum over the sessions of an arm.
    onset, decay
        Centres of the priors of the time constants, hours; None where it has always been there or never ends.
    """

    name: str
    reference: float
    onset: float | None
    decay: float | None

    @property
    def saturates(self) -> bool:
        """Whether the effect saturates with the dose; otherwise it is proportional."""
        return not self.name.startswith(PROPORTIONAL)

    def effect(self, course: Course, hours: Array, cohort: Cohort) -> Array:
        """Effect [animal, time] in units of the weight; 1 for the mean dose, all of it present."""
        onset, decay = cohort.values.get(f"onset_{self.name}"), cohort.values.get(f"decay_{self.name}")
        gathered = exposure(course, hours, onset=onset, decay=decay) / self.reference
        if not self.saturates:
            return gathered
        half = cohort.values[f"half_{self.name}"][:, None]
        return np.asarray(gathered * (1 + half) / (gathered + half))


@dataclass(frozen=True)
class Competitor:
    """The null competitor of a study.

    Attributes
    ----------
    study
        The study; of its mechanism only the names of read-outs are used.
    interventions, read_outs
        What has an arrow, and what arrows lead to.
    arrows
        Names of interventions and targets of read-outs that meet in an experiment.
    rest
        Where effects start from; the assays' baselines if None.
    """

    study: StudyFolder
    interventions: tuple[Intervention, ...]
    read_outs: tuple[ReadOut, ...]
    arrows: frozenset[tuple[str, str]]
    rest: Rest | None = None

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, every one free."""
        latent = {read.target: read.scale == "latent" for read in self.read_outs}
        weights = [_weight(name, target, latent=latent[target]) for name, target in sorted(self.arrows)]
        halves = [_constant(f"half_{one.name}", 1.0, between=BETWEEN_SD) for one in self.interventions if one.saturates]
        onsets = [_constant(f"onset_{one.name}", one.onset, unit="h") for one in self.interventions if one.onset]
        decays = [_constant(f"decay_{one.name}", one.decay, unit="h") for one in self.interventions if one.decay]
        shown = [_constant(f"{read.variable}_of_mood", 1.0, sd=MOOD_SD) for read in _followers(self.read_outs)]
        return (*weights, *halves, *onsets, *decays, *shown)

    def trials(self, cohort: Cohort, experiments: Iterable[Experiment] | None = None) -> dict[str, Trial]:
        """Virtual experiments by id; those of the study if none are given.

        Parameters
        ----------
        cohort
            Animals drawn from `parameters`.
        experiments
            Experiments whose interventions occur in the study.
        """
        wanted = self.study.record.experiments if experiments is None else experiments
        return {experiment.id: self._trial(cohort, experiment) for experiment in wanted}

    def _trial(self, cohort: Cohort, experiment: Experiment) -> Trial:
        days = sample_days(experiment, dense=False)
        given = [courses(arm.protocol, self.study.library) for arm in experiment.arms]
        sums = self._sums(cohort, given, DAY * np.array(days))
        rest = self.rest(experiment) if self.rest else None
        states: dict[str, Any] = {"status": (("animal", "arm"), np.zeros((cohort.animals, len(given)), np.int8))}
        for read in self.read_outs:
            effect = sums[read.target] * cohort.values.get(f"{read.variable}_of_mood", np.ones(1))[:, None, None]
            start = None if rest is None else rest[read.variable].values
            states[read.variable] = (("animal", "arm", "time"), read.values(effect, start))
        names, time = [arm.id for arm in experiment.arms], ("time", days, {"units": "day"})
        record, assays = self.study.record.mechanism, self.study.library.assays
        whole = xr.Dataset(states, {"arm": names, "time": time})
        return Trial(experiment, record, assays, whole, cohort.seed, cohort.individuals)

    def _sums(self, cohort: Cohort, given: Sequence[Mapping[str, Course]], hours: Array) -> dict[str, Array]:
        """For each target, the sum [animal, arm, time] of the effects of what each arm is given."""
        known = {one.name: one for one in self.interventions}
        distinct = {(name, course) for arm in given for name, course in arm.items()}
        effects = {key: known[key[0]].effect(key[1], hours, cohort) for key in distinct}
        sums = {read.target: np.zeros((cohort.animals, len(given), len(hours))) for read in self.read_outs}
        for target, summed in sums.items():
            for place, arm in enumerate(given):
                for name in arm:
                    if (name, target) in self.arrows:
                        weight = cohort.values[_weight_id(name, target)][:, None]
                        summed[:, place] += weight * effects[name, arm[name]]
        return sums


def competitor(study: StudyFolder, *, one_mood: bool = False, rest: Rest | None = None) -> Competitor:
    """The null competitor of a study, from its records alone.

    Parameters
    ----------
    study
        The study.
    one_mood
        Whether affective states share their arrows, as one mood; otherwise each has arrows of its own.
    rest
        Where effects start from, such as `rest_of` the study; the assays' baselines if None.

    >>> from euthymia.records.folder import load_study
    >>> null = competitor(load_study("S13"))
    >>> [read.variable for read in null.read_outs][:2]
    ['despair_shown', 'anhedonia_shown']
    """
    uses: dict[str, list[tuple[Experiment, Course]]] = {}
    for experiment in study.record.experiments:
        for arm in experiment.arms:
            for name, course in courses(arm.protocol, study.library).items():
                uses.setdefault(name, []).append((experiment, course))
    reads = read_outs(study, one_mood=one_mood)
    looks = {experiment.id: sampled(study, experiment) for experiment in study.record.experiments}
    arrows = frozenset(
        (name, read.target)
        for name, found in uses.items()
        for read in reads
        if any(read.variable in looks[experiment.id] for experiment, _ in found)
    )
    return Competitor(study, tuple(_intervention(name, uses[name]) for name in sorted(uses)), reads, arrows, rest)


def _followers(reads: Iterable[ReadOut]) -> list[ReadOut]:
    """The affective states that show mood by a factor; the first of them is its measure."""
    return [read for read in reads if read.target == "mood"][1:]


def _intervention(name: str, uses: Sequence[tuple[Experiment, Course]]) -> Intervention:
    doses = [sum(session.dose for session in course) for _, course in uses]
    lags = [
        lag
        for experiment, course in uses
        for day in sample_days(experiment, dense=False)
        if 0 < (lag := DAY * day - course[0].start) < math.inf
    ]
    ends = any(session.end < math.inf for _, course in uses for session in course)
    onset = min(lags) / RISEN if lags else None
    return Intervention(name, _geometric_mean(doses), onset, _geometric_mean(lags) if lags and ends else None)


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def _weight_id(intervention: str, target: str) -> str:
    return f"weight_{intervention}_on_{target}"


def _weight(intervention: str, target: str, *, latent: bool) -> Parameter:
    stress = latent and intervention.startswith("stress_")
    centre = 1.0 if stress else 0.0
    sd = STRESS_SD if stress else LATENT_SD if latent else LOG_SD
    return Parameter.model_validate({
        "id": _weight_id(intervention, target), "value": centre, "unit": "", "scale": "lin",
        "lower": centre - BOUND * sd, "upper": centre + BOUND * sd, "prior": f"normal({centre}, {sd})",
        "status": "assumed", "source": "null competitor",
    })  # fmt: skip


def _constant(name: str, centre: float | None, *, unit: str = "", sd: float = WIDE, between: float = 0.0) -> Parameter:
    assert centre is not None
    factor = math.exp(BOUND * sd)
    return Parameter.model_validate({
        "id": name, "value": centre, "unit": unit, "scale": "log", "lower": centre / factor, "upper": centre * factor,
        "prior": f"lognormal({centre!r}, {sd})", "between_sd": between, "status": "assumed",
        "source": "null competitor",
    })  # fmt: skip
