"""Parameters, links, provenance and citation as rows that a page shows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from euthymia.findings.scorecard import Scorecard
from euthymia.pipeline import Reproduction
from euthymia.records.parameter import Parameter
from euthymia.records.study import Citation, Entity, Link, Study
from euthymia.report.bilingual import Words
from euthymia.report.chain import CLASSES, SIGNS
from euthymia.report.numbers import exact, moment, number
from euthymia.report.panels import Figure, Line, Point
from euthymia.report.units import unit_words
from euthymia.report.verdicts import Cut
from euthymia.words import Message, msg

STATUSES: Final[Mapping[str, Message]] = {
    "measured": msg("measured"),
    "derived": msg("derived"),
    "calibrated": msg("calibrated"),
    "assumed": msg("assumed"),
}
"""Where a number comes from, in words."""


@dataclass(frozen=True)
class ParameterRow:
    """One parameter."""

    id: str
    value: str
    unit: Words
    prior: Words
    fitted: Words
    status: str
    word: Message
    source: str
    note: str


@dataclass(frozen=True)
class ParameterGroup:
    """The parameters of one table."""

    label: Words
    rows: tuple[ParameterRow, ...]


def parameter_groups(run: Reproduction) -> tuple[ParameterGroup, ...]:
    """All parameters of a study: its own, the common ones, those of its drugs."""
    study, library = run.study, run.study.library
    groups = [ParameterGroup(msg("This study"), _parameters(study.fragment.parameters))]
    for name in study.record.mechanism.common:
        rows = _parameters(library.fragments[name].parameters) if name in library.fragments else ()
        groups.append(ParameterGroup(msg("Shared by all studies: {name}", name=name), rows))
    for name in study.record.mechanism.ports.drugs:
        if name in library.drugs:
            drug = library.drugs[name]
            groups.append(ParameterGroup(msg("Drug: {name}", name=drug.label.text), _parameters(drug.parameters)))
    return tuple(group for group in groups if group.rows)


def status_counts(groups: Sequence[ParameterGroup]) -> tuple[tuple[str, Message, int], ...]:
    """How many parameters have each status."""
    found = Counter(row.status for group in groups for row in group.rows)
    return tuple((status, word, found.get(status, 0)) for status, word in STATUSES.items())


def _parameters(rows: Sequence[Parameter]) -> tuple[ParameterRow, ...]:
    return tuple(
        ParameterRow(one.id, exact(one.value), unit_words(one.unit), _prior(one), _fitted(one), one.status,
                     STATUSES[one.status], one.source, one.note)
        for one in rows
    )  # fmt: skip


def _prior(parameter: Parameter) -> Words:
    prior, values = parameter.prior, {"first": exact(parameter.prior.first), "second": exact(parameter.prior.second)}
    match prior.kind:
        case "fixed":
            return msg("fixed")
        case "lognormal":
            return msg("around {first}, SD of ln {second}", **values)
        case "normal":
            return msg("around {first}, SD {second}", **values)
        case "loguniform":
            return msg("{first} to {second}, even on a log scale", **values)
        case _:
            return msg("{first} to {second}, even", **values)


def _fitted(parameter: Parameter) -> Words:
    if parameter.fitted_sd is None:
        return ""
    if parameter.scale == "log":
        return msg("SD of ln {sd}", sd=number(parameter.fitted_sd))
    return msg("SD {sd}", sd=number(parameter.fitted_sd))


@dataclass(frozen=True)
class LinkRow:
    """One link of the causal chain."""

    number: int
    link: Link
    source: Entity
    target: Entity
    sign: Message
    style: str
    cuts: tuple[Cut, ...]
    findings: tuple[str, ...]


def link_rows(study: Study, cuts: Sequence[Cut]) -> Iterator[LinkRow]:
    """The links in the order of the study, with what their ablations break and which findings rest on them."""
    for index, link in enumerate(study.chain):
        resting = tuple(finding.id for finding in study.findings if link.id in finding.rests_on)
        own = tuple(cut for cut in cuts if link.id in cut.ablation.links)
        yield LinkRow(index + 1, link, study.entities[link.source], study.entities[link.target], SIGNS[link.sign],
                      CLASSES[link.sign], own, resting)  # fmt: skip


@dataclass(frozen=True)
class DataRow:
    """One line of the table behind a chart."""

    panel: Words
    arm: Words
    time: Words
    simulated: str
    published: str
    n: str


def data_rows(figure: Figure) -> Iterator[DataRow]:
    """The numbers behind a figure, at the sampled times and at the published ones."""
    for panel in figure.panels:
        for line in panel.lines:
            if not line.repeated:
                yield from (_data_row(panel.title, line, day, figure) for day in _days(figure, line))


def _days(figure: Figure, line: Line) -> list[float]:
    days = [float(day) for day in line.days] if figure.kind == "groups" else list(figure.days)
    return sorted({*(round(day, 6) for day in days), *(round(point.day, 6) for point in line.points)})


def _data_row(title: Words, line: Line, day: float, figure: Figure) -> DataRow:
    low, middle, high = line.at(day)
    point: Point | None = next((one for one in line.points if abs(one.day - day) < 1e-5), None)
    return DataRow(
        title, line.label, moment(day), f"{number(middle)} ({number(low)} – {number(high)})",
        f"{number(point.mean)} ± {number(point.sem)}" if point else "", str(point.n) if point else "",
    )  # fmt: skip


def versions(card: Scorecard) -> tuple[tuple[str, str], ...]:
    """Names and versions of what computed the numbers."""
    found = json.loads(str(card.provenance.get("versions", "{}")))
    return tuple((str(name), str(version)) for name, version in found.items())


FACTS: Final[Mapping[str, Message]] = {
    "animals": msg("Virtual animals"),
    "draws": msg("Draws of the parameters"),
    "seed": msg("Seed"),
    "rtol": msg("Relative tolerance"),
    "atol": msg("Absolute tolerance"),
    "study_sha256": msg("SHA-256 of the study’s folder"),
    "model_sha256": msg("SHA-256 of the model"),
}


def facts(card: Scorecard) -> tuple[tuple[Words, str], ...]:
    """What else is needed to make the run again."""
    known = [(label, str(card.provenance[key])) for key, label in FACTS.items() if key in card.provenance]
    rest = [(key, str(value)) for key, value in card.provenance.items() if key not in (*FACTS, "versions", "study")]
    return (*known, *rest)


@dataclass(frozen=True)
class Reference:
    """How to cite a study."""

    text: str
    doi: str
    address: str


def reference(citation: Citation) -> Reference:
    """A study's citation in one line, and its address."""
    year = citation.date[:4]
    text = (
        f"{citation.authors.rstrip('.')} ({year}). {citation.title.rstrip('.')}. {citation.journal}, {citation.date}."
    )
    doi = (citation.doi or "").partition(":")[2]
    return Reference(text, doi, f"https://doi.org/{quote(doi, safe='/.()-_;:')}" if doi else "")
