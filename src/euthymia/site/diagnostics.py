"""Tables and pictures behind the verdicts of a study, as files: fits, cuts, scores, draws, trust, neurons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from euthymia.credibility.checks import Rule
from euthymia.recordings import Recorded
from euthymia.records.folder import StudyFolder
from euthymia.report.bilingual import shown
from euthymia.report.calibration import ranked
from euthymia.report.cardplot import card_charts
from euthymia.report.competitor import score_rows
from euthymia.report.entry import StudyEntry
from euthymia.report.ranks import rank_charts, rank_counts
from euthymia.report.recorded import RecordedPart, recorded_parts
from euthymia.report.recut import anew_matrix, recalibrated
from euthymia.report.verdicts import Matrix, cuts, fit_rows, matrix
from euthymia.site.data import FOLDER, Download, panels, pictures, table
from euthymia.words import msg

Row = dict[str, Any]


def diagnostic_files(entry: StudyEntry, stem: str) -> Iterator[Download]:
    """Tables and pictures of one study, besides those of `study_files`; those that were not computed are left out."""
    base, study = f"{FOLDER}/{stem}", entry.reproduction.study
    found = cuts(entry)
    tables = {
        "fits": _fits(entry),
        "cuts": _matrix(matrix(entry, found), [one.ablation.id for one in found]) if found else (),
        "cuts-anew": _matrix(anew_matrix(entry, found), [one.id for one in recalibrated(study)]),
        "scores": _scores(study),
        "calibration": _calibration(study),
        "ranks": _rank_rows(study),
        "credibility": (row for rule in entry.card.rules for row in _checks(rule)),
    }
    for name, rows in tables.items():
        text = table(rows)
        if text:
            yield Download(name, f"{base}/{name}.csv", text)
    yield Download("credibility", f"{base}/credibility.json", entry.card.to_json() + "\n")
    yield from pictures("credibility", f"{base}/credibility", panels(card_charts(entry.card)))
    yield from _rank_pictures(study, base)
    for one, part in zip(entry.recorded, recorded_parts(entry.recorded), strict=True):
        yield from _neurons(one, part, base)


def _fits(entry: StudyEntry) -> Iterator[Row]:
    for row in fit_rows(entry.reproduction):
        yield {"series": row.series.id, "label": shown(row.series.label, "en"), "points": row.points,
               "inside": row.inside, "verdict": shown(row.verdict, "en"),
               "missed_at": "; ".join(shown(one, "en") for one in row.misses),
               "source": row.series.source.where}  # fmt: skip


def _matrix(found: Matrix, ablations: list[str]) -> Iterator[Row]:
    """A row per finding, a column per ablation."""
    cells = {outcome.finding.id: (outcome, row) for outcome, row in (*found.moved, *found.still)}
    for name, (outcome, row) in sorted(cells.items()):
        effects = {one: cell.slug for one, cell in zip(ablations, row, strict=True)}
        yield {"finding": name, "statement": shown(outcome.finding.statement, "en"), **effects}


def _scores(study: StudyFolder) -> Iterator[Row]:
    for row in score_rows(study):
        one = row.scores
        yield {"use": shown(row.use, "en"), "findings": one.findings, "own_score": one.own_score,
               "null_score": one.null_score, "difference": one.difference, "low_2.5": one.low, "high_97.5": one.high,
               "outcome": shown(row.word, "en")}  # fmt: skip


def _calibration(study: StudyFolder) -> Iterator[Row]:
    for one in study.diagnoses:
        yield {"parameter": one.id, "prior_sd": one.prior_sd, "posterior_sd": one.posterior_sd,
               "contraction": one.contraction, "shift": one.shift, "rhat": one.rhat, "ess": one.ess,
               "felt": one.felt}  # fmt: skip


def _rank_rows(study: StudyFolder) -> Iterator[Row]:
    found = ranked(study)
    if found is not None:
        for run, counts in enumerate(rank_counts(found[1]), start=1):
            for tenth, count in enumerate(counts, start=1):
                yield {"parameter": found[0].id, "run": run, "tenth_of_ranks": tenth, "draws": int(count)}


def _rank_pictures(study: StudyFolder, base: str) -> Iterator[Download]:
    found = ranked(study)
    if found is not None:
        drawn = rank_charts(found[1], labelled_by="")
        titles = [msg("{parameter}, run {number}", parameter=found[0].id, number=run + 1) for run in range(len(drawn))]
        yield from pictures("ranks", f"{base}/ranks", panels(list(zip(titles, drawn, strict=True))))


def _checks(rule: Rule) -> Iterator[Row]:
    for one in rule.checks:
        yield {"rule": rule.number, "name": shown(rule.name, "en"), "grade": rule.grade,
               "check": shown(one.criterion, "en"), "fact": shown(one.fact, "en"), "holds": one.holds,
               "computed": one.computed}  # fmt: skip


def _neurons(one: Recorded, part: RecordedPart, base: str) -> Iterator[Download]:
    """What is decoded from one population, and its states at rest."""
    if part.accuracies:
        yield Download(part.id, f"{base}/{part.id}.csv", table(_decoded(one)))
        yield from pictures(part.id, f"{base}/{part.id}", panels([(of.question, of.picture) for of in part.accuracies]))
    if part.rests:
        name = f"{part.id}-rest"
        drawn = [(msg("{arm}, {time}", arm=of.group, time=of.time), of.picture) for of in part.rests]
        yield Download(name, f"{base}/{name}.csv", table(_states(one)))
        yield from pictures(name, f"{base}/{name}", panels(drawn))


def _decoded(one: Recorded) -> Iterator[Row]:
    for group in one.groups:
        for question, decoding in group.decodings.items():
            for place, time in enumerate(decoding.times):
                yield {"question": question, "arm": shown(group.arm.label, "en"), "seconds": float(time),
                       **_spread("accuracy", decoding.accuracy[:, place]),
                       **_spread("shuffled", decoding.null[:, place])}  # fmt: skip


def _spread(name: str, values: npt.NDArray[np.float64]) -> Row:
    low, middle, high = (round(float(one), 5) for one in np.percentile(values, [5, 50, 95]))
    return {f"{name}_median": middle, f"{name}_5": low, f"{name}_95": high}


def _states(one: Recorded) -> Iterator[Row]:
    for group in one.groups:
        rates = group.states.rates if group.states is not None else np.empty((0, 0))
        for state, row in enumerate(rates, start=1):
            for neuron, rate in enumerate(row, start=1):
                yield {"arm": shown(group.arm.label, "en"), "state": state, "neuron": neuron,
                       "spikes_per_bin": round(float(rate), 5)}  # fmt: skip
