"""What ``joined`` does: join, report, run each study alone and joined, compare finding by finding."""

import json
from collections.abc import Iterator
from typing import Any

from rich.table import Table

from euthymia.cli.options import ERR, OUT
from euthymia.findings.verdict import Outcome
from euthymia.joined import Composition, Pair, composition, conflicts, join_studies, paired, run_joined
from euthymia.models.join import Joined
from euthymia.pipeline import run_study
from euthymia.records.folder import StudyFolder
from euthymia.words import Language, Message, msg


def show_joined(
    studies: tuple[str, ...] | None, *, animals: int, seed: int, workers: int | None, calibrated: bool,
    language: Language, as_json: bool,
) -> None:  # fmt: skip
    """Join the studies, print the report and the table alone / joined."""
    joined = join_studies(studies, calibrated=calibrated)
    report = composition(joined)
    if not as_json:
        for line in report_lines(report, language):
            OUT.print(line, markup=False)
    pairs: dict[str, tuple[Pair, ...]] = {}
    for name, folder in joined.studies.items():
        ERR.print(msg("Running {study} alone and joined …", study=name).text(language), markup=False)
        pairs[name] = _pairs(joined, name, animals=animals, seed=seed, workers=workers, folder=folder)
        if not as_json:
            OUT.print(_table(pairs[name], language))
    if as_json:
        print(json.dumps({"composition": report.to_dict(), "findings": _rows(pairs)}, ensure_ascii=False, indent=2))
    else:
        OUT.print(_summary(pairs).text(language), markup=False)


def _pairs(
    joined: Joined, name: str, *, animals: int, seed: int, workers: int | None, folder: StudyFolder
) -> tuple[Pair, ...]:
    alone = run_study(folder, animals=animals, seed=seed, workers=workers).scorecard
    together = run_joined(joined, name, animals=animals, seed=seed, workers=workers).scorecard
    return paired(alone, together)


def report_lines(report: Composition, language: Language) -> Iterator[str]:
    """The report on the joined model, line by line."""
    yield msg("The joined model has {states} states and {parameters} parameters.", states=report.states,
              parameters=report.parameters).text(language)  # fmt: skip
    yield msg("Shared quantities").text(language)
    for one, unit in report.shared:
        named = ", ".join(one.of)
        yield f"  {one.name}{f' [{unit}]' if unit else ''} ({named}): {one.why.text.text(language)}"
    yield msg("Names that studies use for things of their own, kept apart: {names}.",
              names=", ".join(report.apart) or "–").text(language)  # fmt: skip
    yield msg("Two texts for one thing").text(language)
    for entry in report.doubled:
        status = msg("decided") if entry.status == "decided" else msg("open")
        yield f"  {entry.what.text.text(language)} [{status.text(language)}] {entry.decision.text.text(language)}"
        if entry.decides is not None:
            yield "    " + msg("What would decide: {experiment}",
                               experiment=entry.decides.text).text(language)  # fmt: skip
    yield from _scale_lines(report, language)


def _scale_lines(report: Composition, language: Language) -> Iterator[str]:
    yield msg("Time constants at rest, fastest and slowest").text(language)
    for one in report.scales:
        yield f"  {one.study}: {one.fastest[0]} {one.fastest[1]:.3g} h, {one.slowest[0]} {one.slowest[1]:.3g} h"
    yield msg("Gates that another route bypasses").text(language)
    for past in report.bypasses:
        said = msg("{study}, link “{link}”: {drug} also reaches mood through {routes}.", study=past.study,
                   link=past.link, drug=past.drug, routes=", ".join(past.routes))  # fmt: skip
        yield "  " + said.text(language)
        for gate in report.gates:
            if (gate.study, gate.link) == (past.study, past.link):
                yield "    " + gate.reading.text.text(language)
                yield "    " + msg("What would decide: {experiment}",
                                   experiment=gate.decides.text).text(language)  # fmt: skip


def _table(pairs: tuple[Pair, ...], language: Language) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for head in (msg("Finding"), msg("Alone"), msg("Joined"), msg("Statement")):
        table.add_column(head.text(language), overflow="fold")
    for pair in pairs:
        name = pair.alone.finding.id
        mark = msg("{finding} (conflict)", finding=name).text(language) if pair.conflict else name
        table.add_row(mark, _said(pair.alone, language), _said(pair.joined, language),
                      pair.alone.finding.statement.text.text(language))  # fmt: skip
    return table


def _said(outcome: Outcome, language: Language) -> str:
    known = outcome.probability == outcome.probability
    return f"{outcome.verdict.label.text(language)} {outcome.probability:.2f}" if known else "–"


def _summary(pairs: dict[str, tuple[Pair, ...]]) -> Message:
    named = ", ".join(pair.alone.finding.id for pair in conflicts(pairs))
    return msg("Conflicts, findings that joining takes away: {findings}.", findings=named or "–")


def _rows(pairs: dict[str, tuple[Pair, ...]]) -> list[dict[str, Any]]:
    return [
        {
            "study": pair.study, "finding": pair.alone.finding.id, "conflict": pair.conflict,
            "alone": pair.alone.verdict.value, "alone_probability": _number(pair.alone.probability),
            "joined": pair.joined.verdict.value, "joined_probability": _number(pair.joined.probability),
        }
        for found in pairs.values() for pair in found
    ]  # fmt: skip


def _number(value: float) -> float | None:
    return value if value == value else None
