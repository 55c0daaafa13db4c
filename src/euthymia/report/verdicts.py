"""Verdicts, fits and ablations as rows that a page shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from euthymia.findings.contrast import USUAL_N, WITHIN, allowed_misses, misfit
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Outcome, Verdict, series_values, with_error
from euthymia.pipeline import Reproduction
from euthymia.records.finding import Finding, Series, SeriesMatch
from euthymia.records.study import Ablation
from euthymia.report.bilingual import Words, listed
from euthymia.report.charts import misfit_strip
from euthymia.report.entry import StudyEntry
from euthymia.report.numbers import exact, number, percent, span
from euthymia.report.units import unit_words
from euthymia.words import Message, msg

SLUG: Final[Mapping[Verdict, str]] = {
    Verdict.REPRODUCED: "yes",
    Verdict.INCONCLUSIVE: "maybe",
    Verdict.CONTRADICTED: "no",
    Verdict.NOT_EVALUATED: "none",
}
"""Verdicts as names of classes and shapes."""
USES: Final = {"calibrate": msg("used to fit"), "validate": msg("kept to test")}
"""What a finding was used for, in words."""


@dataclass(frozen=True)
class VerdictRow:
    """One finding in the table of verdicts."""

    outcome: Outcome
    slug: str
    use: Message
    probability: str
    error: str
    before: Message | None
    share: float
    chance: str
    animals: Words
    simulated: Words
    reported: Words

    @property
    def rank(self) -> int:
        """Place of its verdict among the verdicts."""
        return list(SLUG.values()).index(self.slug)


def verdict_rows(card: Scorecard, prior: Mapping[str, float] | None = None) -> tuple[VerdictRow, ...]:
    """All findings of a study, in its order; with their probabilities before calibration where these are known."""
    told = prior or {}
    return tuple(_row(outcome, told.get(outcome.finding.id, math.nan)) for outcome in card.outcomes)


def _row(outcome: Outcome, prior: float) -> VerdictRow:
    known = math.isfinite(outcome.probability)
    return VerdictRow(
        outcome, SLUG[outcome.verdict], USES[outcome.finding.use], percent(outcome.probability),
        f"± {max(1, round(100 * outcome.error))}" if known else "",
        msg("before calibration: {probability}", probability=percent(prior)) if math.isfinite(prior) else None,
        outcome.probability if known else 0.0,
        "" if isinstance(outcome.finding, SeriesMatch) else percent(outcome.chance),
        _animals(outcome), _simulated(outcome), _reported(outcome.finding),
    )  # fmt: skip


def _animals(outcome: Outcome) -> Words:
    if isinstance(outcome.finding, SeriesMatch):
        return msg("no single test")
    if not outcome.n:
        return ""
    shown = " / ".join(str(count) for count in outcome.n)
    if outcome.n_known:
        return msg("n = {count}", count=shown)
    return msg("n not reported; {usual} per arm used", usual=USUAL_N)


def _simulated(outcome: Outcome) -> Words:
    if not math.isfinite(outcome.median):
        return ""
    values = {"median": number(outcome.median), "low": number(outcome.low), "high": number(outcome.high)}
    if isinstance(outcome.finding, SeriesMatch):
        return msg("{median} % of points inside ({low} to {high})", **values)
    return msg("{median} ({low} to {high}) {unit}", unit=unit_words(outcome.unit), **values)


def _reported(finding: Finding) -> Words:
    reported = finding.reported
    if isinstance(finding, SeriesMatch):
        return msg("the whole series")
    if reported is None or reported.value is None:
        return msg("direction only")
    value = exact(reported.value)
    unit = unit_words(reported.unit or "")
    if reported.sem is None:
        return msg("{value} {unit}", value=value, unit=unit)
    return msg("{value} ± {sem} {unit}", value=value, sem=exact(reported.sem), unit=unit)


@dataclass(frozen=True)
class FitRow:
    """How one published series fits."""

    series: Series
    slug: str
    verdict: Message
    inside: int
    points: int
    misses: tuple[Words, ...]
    picture: Markup


def fit_rows(run: Reproduction) -> Iterator[FitRow]:
    """The fit of each published series: its points against the simulated medians."""
    outcomes = {o.finding.series: o for o in run.scorecard.outcomes if isinstance(o.finding, SeriesMatch)}
    for series in run.study.record.series:
        trial = run.trials[series.experiment]
        points = run.study.observations.get(series.id, ())
        if trial.variable(series.assay, series.of) is None or trial.failed.all() or not with_error(points):
            continue
        values = np.median(series_values(series, points, trial)[~trial.failed], axis=0)
        far = [float(misfit(value, point)) for point, value in zip(with_error(points), values, strict=True)]
        misses = tuple(span(point.time) for point, z in zip(with_error(points), far, strict=True) if abs(z) > WITHIN)
        verdict, count = _fit_verdict(outcomes.get(series.id)), len(values)
        yield FitRow(series, verdict[0], verdict[1], count - len(misses), count, misses, misfit_strip(far))


def _fit_verdict(outcome: Outcome | None) -> tuple[str, Message]:
    if outcome is None:
        return "none", msg("no finding rests on it")
    return SLUG[outcome.verdict], outcome.verdict.label


def fit_summary(rows: tuple[FitRow, ...]) -> Message:
    """One sentence on all series."""
    inside, points = sum(row.inside for row in rows), sum(row.points for row in rows)
    close = sum(row.points - row.inside <= allowed_misses(row.points) for row in rows)
    return msg("{inside} of {points} published points lie within their 95 % interval of the simulated median; "
               "{close} of {series} series miss no more than one point in five.",
               inside=inside, points=points, close=close, series=len(rows))  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """One ablation that was run."""

    ablation: Ablation
    fallen: tuple[str, ...]
    sentence: Message
    gained: Message | None
    """What is reproduced with the link cut only: a rival reading may bring out what the model contradicts."""


def cuts(entry: StudyEntry) -> tuple[Cut, ...]:
    """What each ablation that was run breaks."""
    before = entry.before
    held = [one.finding.id for one in before.outcomes if one.verdict is Verdict.REPRODUCED]
    found = []
    for ablation in entry.reproduction.study.record.ablations:
        if ablation.id in entry.ablated:
            after = entry.ablated[ablation.id]
            fallen = tuple(name for name in held if after[name].verdict is not Verdict.REPRODUCED)
            gained = [
                o.finding.id for o in after.outcomes if o.verdict is Verdict.REPRODUCED and o.finding.id not in held
            ]
            found.append(Cut(ablation, fallen, _cut_sentence(fallen, len(held)), gained_sentence(gained)))
    return tuple(found)


def gained_sentence(names: list[str]) -> Message | None:
    """What a cut brings out, if anything."""
    return msg("Reproduced only so: {names}.", names=listed(names)) if names else None


def fewer_animals(entry: StudyEntry) -> Message | None:
    """A warning where the links were cut in smaller runs than the one they are compared with."""
    whole = entry.before.provenance.get("animals")
    cut = {card.provenance.get("animals") for card in entry.ablated.values()} - {whole}
    if not cut:
        return None
    return msg("The links were cut in runs of {few} virtual animals, the whole model was run with {all}: a finding "
               "whose probability is close to a limit may move for that reason alone.",
               few=", ".join(map(str, sorted(cut, key=str))), all=whole)  # fmt: skip


def _cut_sentence(fallen: tuple[str, ...], held: int) -> Message:
    if not fallen:
        return msg(
            "None of the {held} reproduced findings falls: they do not tell whether this link exists.", held=held
        )
    return msg("{fallen} of {held} reproduced findings fall: {names}.",
               fallen=len(fallen), held=held, names=", ".join(fallen))  # fmt: skip


CELLS: Final[Mapping[str, Message]] = {
    "falls": msg("falls"),
    "holds": msg("holds"),
    "gains": msg("appears"),
    "was-not": msg("not reproduced before or after"),
}
"""What an ablation can do to a finding."""


@dataclass(frozen=True)
class CutCell:
    """What one ablation does to one finding."""

    slug: str
    word: Message


MatrixRow = tuple[Outcome, tuple[CutCell, ...]]


@dataclass(frozen=True)
class Matrix:
    """For each finding what each ablation does to it; those that an ablation moves stand apart."""

    moved: tuple[MatrixRow, ...]
    still: tuple[MatrixRow, ...]


def matrix(entry: StudyEntry, found: tuple[Cut, ...]) -> Matrix:
    """All findings against all ablations that were run."""
    rows = [
        (outcome, tuple(_cell(outcome, entry.ablated[cut.ablation.id]) for cut in found))
        for outcome in entry.before.outcomes
    ]
    return parted(rows)


def parted(rows: list[MatrixRow]) -> Matrix:
    """Rows of a matrix, those apart that a cut moves."""
    moves = [any(cell.slug in ("falls", "replaced", "gains") for cell in cells) for _, cells in rows]
    return Matrix(
        tuple(row for row, moved in zip(rows, moves, strict=True) if moved),
        tuple(row for row, moved in zip(rows, moves, strict=True) if not moved),
    )


def _cell(outcome: Outcome, after: Scorecard) -> CutCell:
    held, holds = outcome.verdict is Verdict.REPRODUCED, after[outcome.finding.id].verdict is Verdict.REPRODUCED
    slug = ("holds" if holds else "falls") if held else "gains" if holds else "was-not"
    return CutCell(slug, CELLS[slug])


def undecided(entry: StudyEntry, found: tuple[Cut, ...]) -> Message | None:
    """One sentence on the reproduced findings that no ablation makes fall."""
    fallen = {name for cut in found for name in cut.fallen}
    outcomes = entry.before.outcomes
    names = [o.finding.id for o in outcomes if o.verdict is Verdict.REPRODUCED and o.finding.id not in fallen]
    if not names:
        return None
    return msg("No cut makes these reproduced findings fall: {names}. "
               "They do not tell the mechanism from a simpler one.", names=", ".join(names))  # fmt: skip


def summary(card: Scorecard) -> Message:
    """One sentence with the verdicts of a study."""
    counts = card.counts()
    parts = {
        "reproduced": counts[Verdict.REPRODUCED],
        "all": len(card.outcomes),
        "contradicted": counts[Verdict.CONTRADICTED],
        "inconclusive": counts[Verdict.INCONCLUSIVE],
    }
    if counts[Verdict.NOT_EVALUATED]:
        return msg("The model reproduces {reproduced} of the {all} published findings; {contradicted} it contradicts, "
                   "{inconclusive} remain open, and {missing} could not be evaluated.",
                   missing=counts[Verdict.NOT_EVALUATED], **parts)  # fmt: skip
    if not counts[Verdict.CONTRADICTED] and not counts[Verdict.INCONCLUSIVE]:
        return msg("The model reproduces all {all} published findings.", all=len(card.outcomes))
    return msg("The model reproduces {reproduced} of the {all} published findings; {contradicted} it contradicts and "
               "{inconclusive} remain open.", **parts)  # fmt: skip


def tested(card: Scorecard) -> Message | None:
    """One sentence on the findings that the model was not fitted to."""
    kept = [one for one in card.outcomes if one.finding.use == "validate"]
    held = sum(one.verdict is Verdict.REPRODUCED for one in kept)
    if not kept:
        return None
    return msg(
        "Of the {kept} findings that were kept out of the fitting, it reproduces {held}.", kept=len(kept), held=held
    )
