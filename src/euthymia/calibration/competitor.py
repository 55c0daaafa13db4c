"""The null competitor of a study: a mechanism without mechanism, to be scored beside the real one.

Each intervention has a direct arrow to each read-out of the experiments that use it. Effects add: no interaction, no
gate, no shared intermediate. It runs through the same experiments, assays, claims and verdicts as the real mechanism.

The effect of intervention *i* on read-out *r* is ``weight[i, r] * E``. With *x* the doses gathered (each rises from its
start with the onset time, falls from its end with the decay time) over the geometric mean of the doses used, and *k*
the half-effect dose in the same unit, ``E = x (1 + k) / (x + k)``; gene manipulations and injuries are proportional,
E = x.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from euthymia.calibration.exposure import DAY, PROPORTIONAL, Course, courses, exposure
from euthymia.cohorts.draw import Cohort
from euthymia.findings.trial import Trial
from euthymia.pipeline import sample_days
from euthymia.records.assay import Assay
from euthymia.records.cross import sides
from euthymia.records.finding import Finding, SeriesMatch
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
class ReadOut:
    """One variable that findings read.

    Attributes
    ----------
    variable
        Its name in the real mechanism.
    scale
        On which effects add: that of the affective state, the logarithm of the ratio to baseline, or, for what can be
        negative or starts from zero, halves of the assay's range from baseline.
    baseline, half_range
        In the assay's unit.
    """

    variable: str
    scale: Literal["latent", "log", "range"]
    baseline: float
    half_range: float

    def values(self, effect: Array) -> Array:
        """Readings that a sum of effects gives."""
        if self.scale == "latent":
            return effect
        if self.scale == "log":
            return np.asarray(self.baseline * np.exp(effect))
        return self.baseline + self.half_range * effect


@dataclass(frozen=True)
class Competitor:
    """The null competitor of a study.

    Attributes
    ----------
    study
        The study; of its mechanism only the names of read-outs are used.
    interventions, read_outs
        What has an arrow, and what arrows point to.
    pairs
        The arrows: interventions and read-outs that meet in an experiment.
    """

    study: StudyFolder
    interventions: tuple[Intervention, ...]
    read_outs: tuple[ReadOut, ...]
    pairs: frozenset[tuple[str, str]]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, every one free."""
        return (
            *(_weight(one, read) for one in self.interventions for read in self.read_outs
              if (one.name, read.variable) in self.pairs),
            *(_constant(f"half_{one.name}", 1.0, between_sd=BETWEEN_SD) for one in self.interventions if one.saturates),
            *(_constant(f"onset_{one.name}", one.onset, unit="h") for one in self.interventions if one.onset),
            *(_constant(f"decay_{one.name}", one.decay, unit="h") for one in self.interventions if one.decay),
        )  # fmt: skip

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
        hours = DAY * np.array(days)
        given = [courses(arm.protocol, self.study.library) for arm in experiment.arms]
        known = {one.name: one for one in self.interventions}
        distinct = {(name, course) for arm in given for name, course in arm.items()}
        effects = {key: known[key[0]].effect(key[1], hours, cohort) for key in distinct}
        shape = (cohort.animals, len(given), len(days))
        states: dict[str, Any] = {"status": (("animal", "arm"), np.zeros(shape[:2], np.int8))}
        for read in self.read_outs:
            summed = np.zeros(shape)
            for place, arm in enumerate(given):
                for name in arm:
                    if (name, read.variable) in self.pairs:
                        weight = cohort.values[_weight_id(name, read.variable)][:, None]
                        summed[:, place] += weight * effects[name, arm[name]]
            states[read.variable] = (("animal", "arm", "time"), read.values(summed))
        time = ("time", days, {"units": "day"})
        whole = xr.Dataset(states, {"arm": [arm.id for arm in experiment.arms], "time": time})
        record, assays = self.study.record.mechanism, self.study.library.assays
        return Trial(experiment, record, assays, whole, cohort.seed, cohort.individuals)


def competitor(study: StudyFolder) -> Competitor:
    """The null competitor of a study, from its records alone.

    >>> from euthymia.records.folder import load_study
    >>> null = competitor(load_study("S13"))
    >>> [read.variable for read in null.read_outs][:2]
    ['despair_shown', 'anhedonia_shown']
    """
    given = [
        (experiment, courses(arm.protocol, study.library))
        for experiment in study.record.experiments
        for arm in experiment.arms
    ]
    names = sorted({name for _, arm in given for name in arm})
    uses = {name: [(experiment, arm[name]) for experiment, arm in given if name in arm] for name in names}
    reads = _read_outs(study)
    pairs = frozenset(
        (name, read.variable)
        for name in names
        for read in reads
        if any(read.variable in _sampled(study, experiment) for experiment, _ in uses[name])
    )
    return Competitor(study, tuple(_intervention(name, uses[name]) for name in names), reads, pairs)


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


def _read_outs(study: StudyFolder) -> tuple[ReadOut, ...]:
    """What findings read and the mechanism shows, each variable once."""
    series = {one.id: one for one in study.record.series}
    wanted: list[tuple[str, str | None]] = []
    for finding in study.record.findings:
        wanted += _read_by(finding, series)
    found: dict[str, ReadOut] = {}
    for assay, of in wanted:
        variable = _variable(study, assay, of)
        if variable is not None:
            found.setdefault(variable, _read_out(variable, study.library.assays[assay]))
    return tuple(found.values())


def _read_by(finding: Finding, series: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    if isinstance(finding, SeriesMatch):
        return [(series[finding.series].assay, series[finding.series].of)]
    return [(reading.assay, reading.of) for _, reading in sides(finding)]


def _read_out(variable: str, assay: Assay) -> ReadOut:
    baseline = assay.baseline.value
    scale: Literal["latent", "log", "range"] = "log" if baseline > 0 and assay.floor >= 0 else "range"
    return ReadOut(variable, "latent" if assay.latent else scale, baseline, (assay.ceiling - assay.floor) / 2)


def _variable(study: StudyFolder, assay: str, of: str | None) -> str | None:
    mechanism = study.record.mechanism
    latent = study.library.assays[assay].latent
    if latent is not None:
        return mechanism.shown(latent)
    readout = mechanism.readouts.get(assay)
    return readout.states.get(of or "all") if readout else None


def _sampled(study: StudyFolder, experiment: Experiment) -> set[str | None]:
    """The variables that an experiment looks at."""
    readouts = study.record.mechanism.readouts
    return {
        _variable(study, one.assay, of)
        for one in experiment.sampling
        for of in (*(one.of or (readouts[one.assay].states if one.assay in readouts else ())), None)
    }


def _weight_id(intervention: str, variable: str) -> str:
    return f"weight_{intervention}_on_{variable}"


def _weight(intervention: Intervention, read: ReadOut) -> Parameter:
    stress = intervention.name.startswith("stress_") and read.scale == "latent"
    centre = 1.0 if stress else 0.0
    sd = STRESS_SD if stress else LATENT_SD if read.scale == "latent" else LOG_SD
    return Parameter.model_validate({
        "id": _weight_id(intervention.name, read.variable), "value": centre, "unit": "", "scale": "lin",
        "lower": centre - BOUND * sd, "upper": centre + BOUND * sd, "prior": f"normal({centre}, {sd})",
        "status": "assumed", "source": "null competitor",
    })  # fmt: skip


def _constant(name: str, centre: float | None, *, unit: str = "", between_sd: float = 0.0) -> Parameter:
    assert centre is not None
    factor = math.exp(BOUND * WIDE)
    return Parameter.model_validate({
        "id": name, "value": centre, "unit": unit, "scale": "log", "lower": centre / factor, "upper": centre * factor,
        "prior": f"lognormal({centre!r}, {WIDE})", "between_sd": between_sd, "status": "assumed",
        "source": "null competitor",
    })  # fmt: skip
