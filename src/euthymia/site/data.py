"""Every table and figure of the site as files: CSV and JSON, and SVG in each language."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from euthymia.records.regions import Regions
from euthymia.records.study import Study
from euthymia.report.bilingual import Words, shown
from euthymia.report.chain import chain_pictures
from euthymia.report.charts import chart
from euthymia.report.doses import dose_groups
from euthymia.report.entry import StudyEntry
from euthymia.report.panels import Figure, figures
from euthymia.report.picture import standalone
from euthymia.report.svg import element, group, text
from euthymia.report.tables import data_rows, parameter_groups
from euthymia.site.brain import brain_map
from euthymia.site.graph import chain_graph
from euthymia.site.places import PlaceRow
from euthymia.site.styles import style_of
from euthymia.words import LANGUAGES, Language

Made = tuple[str, str]
"""The place of a file in the site, and its text."""
Downloads = dict[str, list[tuple[str, str]]]
"""By figure or table, its files with their names."""
FOLDER: Final = "data"
CELL: Final = (340.0, 250.0)
"""Room for one panel in a picture of several."""
COLUMNS: Final = 3


@dataclass(frozen=True)
class Download:
    """A file under a figure or table of a study's page: of which, its place in the site, its text."""

    of: str
    path: str
    text: str

    @property
    def label(self) -> str:
        """What its link says."""
        return self.path.rpartition(".")[2].upper()


def downloads(files: Iterable[Download]) -> Downloads:
    """The links under each figure and table.

    >>> downloads([Download("fig", "data/s01/fig.csv", "a"), Download("fig", "data/s01/fig.zh.svg", "<svg/>")])
    {'fig': [('data/s01/fig.csv', 'CSV'), ('data/s01/fig.zh.svg', 'SVG')]}
    """
    found: Downloads = {}
    for one in files:
        found.setdefault(one.of, []).append((one.path, one.label))
    return found


def study_files(entry: StudyEntry, stem: str) -> Iterator[Download]:
    """The record of one study, its findings, links and parameters, and its figures."""
    record, card, base = entry.reproduction.study.record, entry.reproduction.scorecard, f"{FOLDER}/{stem}"
    findings = card.to_dataframe(prior=entry.prior or None).to_csv(index=False)
    yield Download("findings", f"{base}/findings.csv", findings)
    yield Download("findings", f"{base}/findings.json", card.to_json(prior=entry.prior or None) + "\n")
    whole = record.model_dump_json(by_alias=True, indent=1, exclude_none=True) + "\n"
    yield Download("record", f"{base}/study.json", whole)
    graph = chain_graph(record)
    yield Download("chain", f"{base}/chain.json", as_json(graph))
    wide = Markup(str(chain_pictures(record, labelled_by="mechanism").svg).split("</svg>", 1)[0] + "</svg>")
    yield from pictures("chain", f"{base}/chain", wide)
    yield Download("links", f"{base}/links.csv", table([_link(edge) for edge in graph["edges"]]))
    yield Download("entities", f"{base}/entities.csv", table(_entities(record)))
    yield Download("parameters", f"{base}/parameters.csv", table(_parameters(entry)))
    for figure in figures(entry.reproduction):
        yield Download(figure.id, f"{base}/{figure.id}.csv", table(_numbers(figure)))
        drawn = [(panel.title, chart(figure, panel)) for panel in figure.panels]
        yield from pictures(figure.id, f"{base}/{figure.id}", panels(drawn))
    for one in dose_groups(entry.ladders, entry.reproduction.study.library):
        rows = [
            {"dose": dose, "read_out": shown(each.assay, "en"), "where": shown(each.where, "en"), "simulated": value}
            for each in one.charts for dose, value in each.rows
        ]  # fmt: skip
        yield Download(one.id, f"{base}/{one.id}.csv", table(rows))
        yield from pictures(one.id, f"{base}/{one.id}", panels([(each.assay, each.picture) for each in one.charts]))


def atlas_files(entries: Sequence[StudyEntry], rows: Sequence[PlaceRow], regions: Regions) -> Iterator[Made]:
    """Tables and pictures of the whole atlas."""
    whole = [json.loads(entry.reproduction.scorecard.to_json()) for entry in entries]
    yield f"{FOLDER}/findings.csv", table([row for one in whole for row in one["findings"]])
    yield f"{FOLDER}/findings.json", as_json(whole)
    yield f"{FOLDER}/places.json", as_json([_place(row) for row in rows])
    counts = {row.id: len(row.studies) for row in rows}
    drawn = brain_map(regions, counts, labelled_by="", described_by="")
    yield from ((one.path, one.text) for one in pictures("brain", f"{FOLDER}/brain", drawn))


def panels(drawn: Sequence[tuple[Words, Markup]]) -> Markup:
    """Several charts in one picture, each under its title."""
    wide, high = CELL
    parts = []
    for place, (title, picture) in enumerate(drawn):
        x, y = wide * (place % COLUMNS), high * (place // COLUMNS)
        inner = str(picture).replace("<svg ", f'<svg x="{x + 8:g}" y="{y + 26:g}" width="320" height="212" ', 1)
        parts.append(group(text(x + 8, y + 18, title, class_="panel-title"), Markup(inner)))
    columns, lines = min(COLUMNS, len(drawn)), -(-len(drawn) // COLUMNS)
    return element("svg", *parts, viewBox=f"0 0 {wide * columns:g} {high * lines:g}", class_="chart")


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Rows as CSV with a header; formulas of spreadsheets are kept from starting.

    >>> table([{"a": "=1", "b": None}])
    "a,b\\n'=1,\\n"
    """
    found = list(rows)
    out = io.StringIO()
    if found:
        writer = csv.DictWriter(out, fieldnames=list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "@", "\t"):
        return f"'{value}"
    return "" if value is None or value != value else value


def as_json(values: Any) -> str:
    """Plain data as JSON."""
    return json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def pictures(of: str, base: str, drawn: Markup) -> Iterator[Download]:
    """A picture in each language, as files of its own."""
    for language in LANGUAGES:
        name = base if language == "en" else f"{base}.{language}"
        yield Download(of, f"{name}.svg", standalone(drawn, language, style=style_of(drawn)))


def _link(edge: dict[str, Any]) -> dict[str, Any]:
    plain = {name: edge[name] for name in ("number", "id", "source", "target", "sign", "evidence", "where", "grade")}
    return plain | {f"statement_{language}": edge["statement"][language] for language in LANGUAGES}


def _entities(study: Study) -> Iterator[dict[str, Any]]:
    for name, one in study.entities.items():
        labels = {f"label_{language}": shown(one.label, language) for language in LANGUAGES}
        yield {"id": name, **labels, "kind": one.kind, "ids": " ".join(one.ids)}


def _parameters(entry: StudyEntry) -> Iterator[dict[str, Any]]:
    for one in parameter_groups(entry.reproduction):
        for row in one.rows:
            yield {"group": shown(one.label, "en"), "id": row.id, "value": row.value, "unit": shown(row.unit, "en"),
                   "prior": shown(row.prior, "en"), "fitted": shown(row.fitted, "en"), "status": row.status,
                   "source": row.source, "note": row.note}  # fmt: skip


def _numbers(figure: Figure) -> Iterator[dict[str, Any]]:
    language: Language = "en"
    for row in data_rows(figure):
        yield {"panel": shown(row.panel, language), "arm": shown(row.arm, language), "time": shown(row.time, language),
               "simulated_median_5_95": row.simulated, "published_mean_sem": row.published, "n": row.n}  # fmt: skip


def _place(row: PlaceRow) -> dict[str, Any]:
    return {
        "id": row.id, "label": row.place.label.model_dump(), "kind": row.place.kind, "ids": list(row.place.ids),
        "studies": [
            {"study": one.study.id, "links": [link.link.id for link in one.links],
             "findings": {slug: list(names) for slug, _, names in one.groups}}
            for one in row.studies
        ],
    }  # fmt: skip
