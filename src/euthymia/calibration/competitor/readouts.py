"""What the arrows of a null competitor point to: the variables that findings read, and the scale of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from euthymia.records.assay import Assay
from euthymia.records.cross import sides
from euthymia.records.finding import Finding, Series, SeriesMatch
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Experiment

Array = npt.NDArray[np.float64]
Scale = Literal["latent", "log", "range"]
MOOD: Final = ("despair", "anhedonia", "anxiety")
"""The affective states that one mood can move together."""


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
        In the assay's unit; a latent state's baseline is zero.
    target
        Where its arrows end: the variable itself, or ``mood``.
    """

    variable: str
    scale: Scale
    baseline: float
    half_range: float
    target: str

    def values(self, effect: Array, rest: Array | float | None = None) -> Array:
        """Readings that a sum of effects gives, from what is read at `rest` (the baseline if not given)."""
        base = self.baseline if rest is None else rest
        if self.scale == "log":
            return np.asarray(base * np.exp(effect))
        return np.asarray(base + (effect if self.scale == "latent" else self.half_range * effect))


def read_outs(study: StudyFolder, *, one_mood: bool) -> tuple[ReadOut, ...]:
    """What findings read and the mechanism shows, each variable once."""
    series = {one.id: one for one in study.record.series}
    found: dict[str, ReadOut] = {}
    for finding in study.record.findings:
        for assay, of in _read_by(finding, series):
            variable = variable_of(study, assay, of)
            if variable is not None and variable not in found:
                found[variable] = _read_out(variable, study.library.assays[assay], one_mood=one_mood)
    return tuple(found.values())


def variable_of(study: StudyFolder, assay: str, of: str | None) -> str | None:
    """The variable that an assay reads, or None if the mechanism has none."""
    mechanism = study.record.mechanism
    latent = study.library.assays[assay].latent
    if latent is not None:
        return mechanism.shown(latent)
    readout = mechanism.readouts.get(assay)
    return readout.states.get(of or "all") if readout else None


def sampled(study: StudyFolder, experiment: Experiment) -> set[str | None]:
    """The variables that an experiment looks at."""
    readouts = study.record.mechanism.readouts
    return {
        variable_of(study, one.assay, of)
        for one in experiment.sampling
        for of in (None, *(one.of or (readouts[one.assay].states if one.assay in readouts else ())))
    }


def _read_by(finding: Finding, series: Mapping[str, Series]) -> list[tuple[str, str | None]]:
    if isinstance(finding, SeriesMatch):
        return [(series[finding.series].assay, series[finding.series].of)]
    return [(reading.assay, reading.of) for _, reading in sides(finding)]


def _read_out(variable: str, assay: Assay, *, one_mood: bool) -> ReadOut:
    baseline, half_range = assay.baseline.value, (assay.ceiling - assay.floor) / 2
    if assay.latent is not None:
        target = "mood" if one_mood and assay.latent in MOOD else variable
        return ReadOut(variable, "latent", 0.0, half_range, target)
    scale: Scale = "log" if baseline > 0 and assay.floor >= 0 else "range"
    return ReadOut(variable, scale, baseline, half_range, variable)
