"""A mechanism challenged: could it do without a link, were its priors wider, or were it no mechanism at all?

Every variant is calibrated anew on the same evidence, with less effort than an ensemble, and judged on all findings. A
link that the rest can replace is not needed by a finding; a finding that a mechanism without mechanism predicts as well
does not speak for the mechanism.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.competitor import competitor
from euthymia.calibration.competitor.rest import rest_of
from euthymia.calibration.diagnose import predictive_checks
from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import ensemble_of, free_parameters
from euthymia.calibration.sampler import Effort, Report, Sample, sample
from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, generator, sample_cohort
from euthymia.errors import RequestError
from euthymia.findings.verdict import Outcome
from euthymia.pipeline import judge_all, mechanism_of, prepare_study, run_study
from euthymia.records.challenge import CUT, NULL, PRIOR, WHOLE, WIDER, Challenge
from euthymia.records.folder import StudyFolder
from euthymia.records.parameter import Ensemble, Parameter, Prior
from euthymia.words import msg

Array = npt.NDArray[np.float64]
EFFORT: Final = Effort(runs=1, particles=64, moves=6, last_moves=24, rounds=0)
"""What is spent on a variant: its probabilities are right to some hundredths."""
ANIMALS: Final = 160
"""Animals of a variant: 40 draws."""
FACTOR: Final = 1.5
"""How much wider the wider priors are."""


def challenge(
    study: StudyFolder,
    *,
    seed: int = 1,
    report: Report | None = None,
    done: MutableMapping[str, Array] | None = None,
) -> Challenge:
    """All variants of a study's mechanism, calibrated anew and judged.

    Parameters
    ----------
    study
        A loaded study.
    seed
        Seed of draws and animals.
    report
        Told what is going on.
    done
        Finished variants of an earlier, interrupted call with the same arguments; new ones are put into it.
    """
    say = report or (lambda state: None)
    kept: MutableMapping[str, Array] = {} if done is None else done
    variants = _Variants(study, seed, kept)
    names = variants.names
    found: dict[str, Array] = {}
    for place, name in enumerate(names):
        say(msg("variant {place} of {count}: {name}", place=place + 1, count=len(names), name=name))
        key = name.replace(":", "_").replace(" ", "_")
        if key not in kept or (name == WHOLE and "checks" not in kept):
            kept[key] = variants.told(name)
        found[name] = kept[key]
    findings = [finding.id for finding in study.record.findings]
    told = {name: dict(zip(findings, found[name][1:].tolist(), strict=True)) for name in names}
    evidence = {name: float(found[name][0]) for name in names if name != PRIOR}
    checks = {finding: (float(one), float(two)) for finding, one, two in zip(findings, *kept["checks"], strict=True)}
    return Challenge(told, evidence, ANIMALS // INDIVIDUALS, checks)


class _Variants:
    """Variants of one mechanism; each gives its log evidence and then a probability per finding."""

    def __init__(self, study: StudyFolder, seed: int, kept: MutableMapping[str, Array]) -> None:
        self.study, self.seed, self.kept = replace(study, ensemble=None), seed, kept
        self.free, self.own = free_parameters(study)

    @property
    def names(self) -> list[str]:
        """All variants, the whole mechanism first."""
        return [WHOLE, PRIOR, WIDER, NULL, *(CUT + one.id for one in self.study.record.ablations)]

    def told(self, name: str) -> Array:
        """One variant."""
        if name == PRIOR:
            return self._judged(None, float("nan"))
        if name == NULL:
            return self._null()
        if name == WIDER:
            return self._fitted([_wider(one) for one in self.free])
        if name == WHOLE:
            self.kept.pop("best", None)  # an interrupted call may have left it; this one starts as that one did
            return self._fitted(self.free)
        cut = next(one for one in self.study.record.ablations if CUT + one.id == name)
        try:
            return self._fitted([one for one in self.free if one.id not in cut.cut], cut.cut, cut.id)
        except RequestError:  # it cannot be run, so nothing of it is evaluated
            return np.full(1 + len(self.study.record.findings), np.nan)

    def _fitted(
        self, free: Sequence[Parameter], cut: Mapping[str, float] | None = None, ablation: str | None = None
    ) -> Array:
        parameters = [
            _held(one, cut[one.id]) if cut and one.id in cut else one for one in mechanism_of(self.study).parameters
        ]
        evidence = Evidence(self.study, free, parameters=parameters)
        own = {one.id for one in self.free[: self.own]}
        found = self._sampled(evidence, sum(one.id in own for one in free), ablation or "")
        if "checks" not in self.kept:  # the whole mechanism comes first, or again where they are lost
            self.kept["checks"] = self._checks(evidence, found)
        return self._judged(ensemble_of(evidence, found), float(found.log_evidence.mean()), ablation)

    def _sampled(self, evidence: Evidence, own: int, name: str) -> Sample:
        """A posterior; the search starts where that of the whole mechanism ended, which comes first."""
        place = {one.id: index for index, one in enumerate(self.free)}
        best = self.kept.get("best")
        start = None if best is None else best[[place[one.id] for one in evidence.free]]
        found = sample(evidence, own, seed=self.seed, name=f"{self.study.id} {name}", effort=EFFORT, start=start)
        if best is None:
            self.kept["best"] = found.best
        return found

    def _checks(self, evidence: Evidence, found: Sample) -> Array:
        """Chances [before or after calibration, finding] of what was published; NaN where nothing entered."""
        told = predictive_checks(evidence, found.pooled, generator(self.seed, "predictive", self.study.id))
        missing = (np.nan, np.nan)
        return np.array([told.get(finding.id, missing) for finding in self.study.record.findings]).T

    def _judged(self, ensemble: Ensemble | None, log_evidence: float, ablation: str | None = None) -> Array:
        unfitted = _unfitted(self.study) if ensemble is None else replace(self.study, ensemble=ensemble)
        run = run_study(prepare_study(unfitted), animals=ANIMALS, seed=self.seed, ablate=ablation)
        return np.array([log_evidence, *_probabilities(run.scorecard.outcomes)])

    def _null(self) -> Array:
        null = competitor(self.study, one_mood=True, rest=rest_of(self.study))
        evidence = Evidence(self.study, null.parameters, parameters=null.parameters, simulator=null.trials)
        found = sample(evidence, len(null.parameters), seed=self.seed, name=f"{self.study.id} null", effort=EFFORT)
        ensemble = ensemble_of(evidence, found)
        individuals = SPLIT_INDIVIDUALS if self.study.record.splits else INDIVIDUALS
        cohort = sample_cohort(
            null.parameters, animals=ANIMALS, seed=self.seed, ensemble=ensemble, individuals=individuals
        )
        outcomes = judge_all(self.study, null.trials(cohort))
        return np.array([float(found.log_evidence.mean()), *_probabilities(outcomes)])


def _probabilities(outcomes: Sequence[Outcome]) -> Iterator[float]:
    return (outcome.probability for outcome in outcomes)


def _unfitted(study: StudyFolder) -> StudyFolder:
    """The study before its calibration: the parameters of the tables that it calibrates have their priors again."""
    own, *shared = (
        replace(
            fragment,
            parameters=tuple(
                one.model_copy(update={"fitted_sd": None, "status": "assumed"}) if one.fitted_sd else one
                for one in fragment.parameters
            ),
        )
        for fragment in study.fitted
    )
    fragments = {**study.library.fragments, **{fragment.name: fragment for fragment in shared}}
    return replace(study, fragment=own, library=replace(study.library, fragments=fragments), ensemble=None)


def _held(parameter: Parameter, value: float) -> Parameter:
    """A parameter with the value of a cut, which may lie outside its bounds, the same in all animals."""
    lower, upper = min(parameter.lower, value), max(parameter.upper, value)
    return parameter.model_copy(update={"value": value, "lower": lower, "upper": upper, "between_sd": 0.0})


def _wider(parameter: Parameter) -> Parameter:
    """A parameter with a prior that is wider about the same centre."""
    centre, spread = parameter.centre
    logarithmic = parameter.scale == "log"
    middle = float(np.exp(centre)) if logarithmic else centre
    prior = Prior(kind="lognormal" if logarithmic else "normal", first=middle, second=FACTOR * spread)
    return parameter.model_copy(update={"prior": prior})
