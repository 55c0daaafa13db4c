"""What calibration did to the parameters, and whether its draws can be trusted, as a page shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from euthymia.calibration.challenge import FACTOR
from euthymia.calibration.sampler import GOOD_ESS, GOOD_RHAT
from euthymia.credibility.challenged import challenged_verdicts
from euthymia.findings.verdict import Verdict
from euthymia.records.challenge import WHOLE, WIDER
from euthymia.records.ensemble import Diagnosis
from euthymia.records.folder import StudyFolder
from euthymia.report.numbers import MINUS, number, percent
from euthymia.report.ranks import rank_charts
from euthymia.report.verdicts import SLUG
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
UNLIKELY: Final = 0.05
"""Chance of what was published below which finding and calibrated mechanism disagree."""
SHOWN: Final = 12
"""Parameters that are not folded away."""
RANKS: Final = "ranks-name"
"""Id of the element that names the rank plots."""
WORDS: Final[Mapping[str, Message]] = {
    "nav_calibration": msg("Calibration"),
    "calibration": msg("What calibration taught"),
    "calibration_lead": msg(
        "Standard deviation (SD) of each parameter before and after calibration, on its own scale: of the logarithm "
        "where it varies by factors. The contraction is the share of the prior’s variance that the evidence takes "
        "away. R-hat compares independent runs of the sampler and is 1 where they agree; the effective draws are "
        "those that count as independent."
    ),
    "by_contraction": msg("Parameters by contraction"),
    "more_parameters": msg("The other parameters"),
    "prior_sd": msg("SD before"),
    "posterior_sd": msg("SD after"),
    "contraction": msg("Contraction"),
    "rhat": msg("R-hat"),
    "ess": msg("Effective draws"),
    "untouched": msg("not touched"),
    "not_clean": msg("not clean"),
}
"""Headings and explanations of the section."""


@dataclass(frozen=True)
class ContractionRow:
    """One parameter: its numbers as shown, the length of its bar, and whether R-hat and effective draws are clean."""

    id: str
    prior_sd: str
    posterior_sd: str
    contraction: str
    share: float
    rhat: str
    ess: str
    mixed: bool
    enough: bool
    felt: bool


@dataclass(frozen=True)
class Ranks:
    """The rank plots of the parameter on which the runs agree least."""

    title: Message
    charts: tuple[Markup, ...]


@dataclass(frozen=True)
class Changed:
    """A finding whose verdict depends on the width of the priors."""

    finding: str
    before: tuple[str, Message, str]
    after: tuple[str, Message, str]


def calibration_values(study: StudyFolder) -> dict[str, object]:
    """What the page shows of a calibration."""
    rows = tuple(map(_row, sorted(study.diagnoses, key=lambda one: -one.contraction)))
    changed = _changed(study)
    return {
        "contractions": (rows[:SHOWN], rows[SHOWN:]),
        "clean": all(map(_clean, study.diagnoses)),
        "convergence": _convergence(study),
        "identified": _identified(study.diagnoses),
        "disagreements": _disagreements(study),
        "ranks": _ranks(study),
        "width_changes": changed,
        "width_sentence": _sensitivity(study, len(changed)),
        "ranks_id": RANKS,
    }


def _clean(one: Diagnosis) -> bool:
    return one.rhat <= GOOD_RHAT and one.ess >= GOOD_ESS


def _row(one: Diagnosis) -> ContractionRow:
    shown = f"{100 * one.contraction:.0f} %".replace("-0", "0").replace("-", MINUS)
    return ContractionRow(
        one.id, number(one.prior_sd), number(one.posterior_sd), shown, min(max(one.contraction, 0.0), 1.0),
        f"{one.rhat:.3f}", f"{one.ess:.0f}", one.rhat <= GOOD_RHAT, one.ess >= GOOD_ESS, one.felt,
    )  # fmt: skip


def _convergence(study: StudyFolder) -> Message:
    found = study.diagnoses
    if not found:
        return msg("Not computed; “euthymia calibrate {study}” does it.", study=study.id)
    numbers: dict[str, object] = {
        "rhat": f"{max(one.rhat for one in found):.3f}", "ess": f"{min(one.ess for one in found):.0f}",
        "most": f"{GOOD_RHAT:g}", "least": f"{GOOD_ESS:g}",
    }  # fmt: skip
    if all(map(_clean, found)):
        return msg("The draws are clean: R-hat is at most {rhat} (limit {most}), and there are at least {ess} "
                   "effective draws of every parameter (limit {least}).", **numbers)  # fmt: skip
    return msg("The draws are not clean: R-hat is up to {rhat} (limit {most}), and there are as few as {ess} "
               "effective draws of a parameter (limit {least}).", **numbers)  # fmt: skip


def _identified(found: tuple[Diagnosis, ...]) -> Message | None:
    if not found:
        return None
    return msg("The evidence halves the variance of {halved} of {all} parameters and does not touch {untouched}.",
               halved=sum(one.contraction > 0.5 for one in found), all=len(found),
               untouched=sum(not one.felt for one in found))  # fmt: skip


def _disagreements(study: StudyFolder) -> Message | None:
    """The posterior predictive checks in one sentence; None where none were made."""
    checks = study.challenge.checks if study.challenge else {}
    made = {name: after for name, (_, after) in checks.items() if not math.isnan(after)}
    if not made:
        return None
    poor = sorted(name for name, after in made.items() if after < UNLIKELY)
    if not poor:
        return msg("Predictive checks: after calibration none of the {all} findings used to fit is unlikely (chance "
                   "below {limit}).", all=len(made), limit=percent(UNLIKELY))  # fmt: skip
    return msg("Predictive checks: even after calibration {count} of the {all} findings used to fit are unlikely "
               "(chance of what was published below {limit}): {names}.",
               count=len(poor), all=len(made), limit=percent(UNLIKELY), names=", ".join(poor))  # fmt: skip


def ranked(study: StudyFolder) -> tuple[Diagnosis, Array] | None:
    """The parameter on which the runs of the sampler agree least, and its draws [run, draw]."""
    ensemble = study.ensemble
    if ensemble is None or ensemble.runs < 2:
        return None
    known = [one for one in study.diagnoses if one.id in ensemble.ids]
    if not known:
        return None
    worst = max(known, key=lambda one: one.rhat)
    return worst, ensemble.values[:, ensemble.ids.index(worst.id)].reshape(ensemble.runs, -1)


def _ranks(study: StudyFolder) -> Ranks | None:
    found = ranked(study)
    if found is None:
        return None
    worst, draws = found
    title = msg("Ranks of {parameter}, which has the largest R-hat ({rhat}), in {runs} independent runs. The dashed "
                "line is what runs that agree would show.", parameter=worst.id, rhat=f"{worst.rhat:.3f}",
                runs=len(draws))  # fmt: skip
    return Ranks(title, rank_charts(draws, labelled_by=RANKS))


def _changed(study: StudyFolder) -> tuple[Changed, ...]:
    """Findings whose verdict is another with wider priors."""
    found = study.challenge
    if found is None or WIDER not in found.probabilities:
        return ()
    whole, wider = found.probabilities[WHOLE], found.probabilities[WIDER]
    before, after = challenged_verdicts(study, whole), challenged_verdicts(study, wider)
    return tuple(
        Changed(name, _shown(before[name], whole[name]), _shown(after[name], wider[name]))
        for name in before
        if before[name] is not after[name]
    )


def _shown(verdict: Verdict, probability: float) -> tuple[str, Message, str]:
    return SLUG[verdict], verdict.label, percent(probability)


def _sensitivity(study: StudyFolder, changes: int) -> Message:
    found = study.challenge
    if found is None or WIDER not in found.probabilities:
        return msg("Not computed; “euthymia challenge {study}” does it.", study=study.id)
    numbers: dict[str, object] = {"factor": f"{FACTOR:g}", "all": len(study.record.findings)}
    if not changes:
        return msg("With all priors {factor} times as wide and a new calibration, none of the {all} verdicts changes.",
                   **numbers)  # fmt: skip
    return msg("With all priors {factor} times as wide and a new calibration, {count} of {all} verdicts change:",
               count=changes, **numbers)  # fmt: skip
