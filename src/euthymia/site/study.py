"""The page of a study in the site: the page of the report, its chain to play with, how to cite it and how to run it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from euthymia.records.base import Bilingual
from euthymia.records.study import Ablation, Citation, Study
from euthymia.report import pages
from euthymia.report.entry import StudyEntry
from euthymia.report.recut import Recut
from euthymia.report.tables import LinkRow, ParameterRow, parameter_groups
from euthymia.report.verdicts import Cut
from euthymia.site import words
from euthymia.site.data import Downloads
from euthymia.site.frame import PAGES, Nav, page
from euthymia.site.graph import chain_graph
from euthymia.site.places import PlaceRow

Known = tuple[Ablation, Cut | None, Recut | None]
"""An ablation, what it breaks alone, and what it breaks when the rest is calibrated anew."""


@dataclass(frozen=True)
class ChainRow:
    """One link of the chain: the link, the parameters that its ablations set, and what these break."""

    row: LinkRow
    parameters: tuple[ParameterRow, ...]
    cuts: tuple[Known, ...]


@dataclass(frozen=True)
class Neighbour:
    """The study before or after one."""

    page: str
    name: Bilingual


def study_page(
    entry: StudyEntry, name: str, *, downloads: Downloads,
    places: Sequence[PlaceRow] = (), before: Neighbour | None = None, after: Neighbour | None = None,
    nav: Nav = PAGES,
) -> str:  # fmt: skip
    """The page of a study.

    Parameters
    ----------
    entry
        The study as it was run.
    name
        The file of the page.
    downloads
        By figure or table, the files under it.
    places
        Where the study is on the map.
    before, after
        Its neighbours in the site.
    nav
        The pages that it leads to.
    """
    record = entry.reproduction.study.record
    values = pages.page_values(entry, command=command(entry))
    values["t"] = {**values["t"], **words.STUDY}
    return page(
        "site_study.html",
        current=name,
        nav=nav,
        title=record.name.text,
        scripts=("cytoscape.min.js", "chain.js"),
        graph=as_data(chain_graph(record)),
        chain_rows=tuple(chain_rows(entry, values["links"], values["cut_cards"])),
        downloads=downloads,
        snippet=snippet(entry),
        bibtex=bibtex(record),
        stem=name.removesuffix(".html"),
        places=places,
        before=before,
        after=after,
        **values,
    )


def as_data(values: Mapping[str, Any]) -> Markup:
    """JSON that can stand in a page: no character of it can end the element that holds it."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def chain_rows(entry: StudyEntry, rows: tuple[LinkRow, ...], known: list[Known]) -> Iterator[ChainRow]:
    """The links with their parameters and what their ablations break."""
    parameters = {row.id: row for one in parameter_groups(entry.reproduction) for row in one.rows}
    ablations = entry.reproduction.study.record.ablations
    for row in rows:
        own = [one for one in ablations if row.link.id in one.links]
        names = dict.fromkeys(name for one in own for name in one.cut if name in parameters)
        yield ChainRow(row, tuple(parameters[name] for name in names),
                       tuple(one for one in known if row.link.id in one[0].links))  # fmt: skip


def command(entry: StudyEntry) -> str:
    """The command that runs the study as it was run for the site."""
    stamp = entry.reproduction.scorecard.provenance
    cut = " --ablate" if entry.ablated else ""
    return f"euthymia reproduce {entry.id} --animals {stamp['animals']} --seed {stamp['seed']}{cut}"


def snippet(entry: StudyEntry) -> str:
    """The same in Python."""
    stamp = entry.reproduction.scorecard.provenance
    return (
        "from euthymia.pipeline import run_study\n\n"
        f'run = run_study("{entry.id}", animals={stamp["animals"]}, seed={stamp["seed"]})\n'
        "print(run.scorecard.summary())\n"
        "run.scorecard.to_dataframe()  # one row per finding\n"
    )


def bibtex(study: Study) -> str:
    """The study as a BibTeX entry; braces and backslashes of its words are left out."""
    citation: Citation = study.citation
    fields = {
        "title": f"{{{_plain(citation.title)}}}",
        "author": _authors(_plain(citation.authors)),
        "journal": _plain(citation.journal),
        "year": citation.date[:4],
        "doi": _plain((citation.doi or "").partition(":")[2]),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@article{{{study.id}-{citation.date[:4]},\n" + ",\n".join(lines) + "\n}"


def _authors(names: str) -> str:
    """Authors as BibTeX takes them; the ones behind an ellipsis are others.

    >>> _authors("Shao L-X, Liao C, … Kwan AC")
    'Shao, L-X and Liao, C and others'
    """
    found = []
    for name in names.split(", "):
        if name.startswith("…") or name.startswith("et al"):
            found.append("others")
            break
        last, _, first = name.strip().rpartition(" ")
        found.append(f"{last}, {first}" if last else first)
    return " and ".join(found)


def _plain(text: str) -> str:
    return text.translate(str.maketrans("", "", "{}\\"))
