"""Pages from studies: values gathered, templates filled; everything that comes from a study is escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from euthymia.credibility import atlas_card
from euthymia.records.digest import read_terms
from euthymia.report import calibration, competitor, phrases, recut
from euthymia.report.bilingual import Words, finalize, original, shown
from euthymia.report.chain import KINDS, chain_pictures
from euthymia.report.charts import LARGE, chart
from euthymia.report.credibility import JSON, atlas_values, study_values
from euthymia.report.doses import dose_groups
from euthymia.report.entry import StudyEntry
from euthymia.report.hero import Best, best
from euthymia.report.palette import DARK, LIGHT, variables
from euthymia.report.panels import Figure, figures
from euthymia.report.recorded import LEAD, LIMITS, REST_LEAD, recorded_parts
from euthymia.report.tables import (
    data_rows,
    facts,
    link_rows,
    parameter_groups,
    reference,
    status_counts,
    versions,
)
from euthymia.report.timeline import SHAPES, timeline
from euthymia.report.verdicts import (
    CELLS,
    USES,
    Cut,
    cuts,
    fewer_animals,
    fit_rows,
    fit_summary,
    matrix,
    summary,
    tested,
    undecided,
    verdict_rows,
)
from euthymia.words import LANGUAGES, msg

INDEX: Final = "index.html"
PNG: Final = "png.js"
"""The script that makes a PNG of a figure: within pages that stand alone, a file of its own in a site."""


@dataclass(frozen=True)
class Page:
    """A file of the report."""

    name: str
    text: str


def pages(entries: Sequence[StudyEntry], *, command: str, joined: str | None = None) -> tuple[Page, ...]:
    """All files of a report, the index last; with `joined`, it links to that page of the joined model."""
    names = page_names([entry.id for entry in entries])
    made = [Page(name, study_page(entry, command=command)) for entry, name in zip(entries, names, strict=True)]
    cards = Page(JSON, atlas_card([entry.card for entry in entries]).to_json() + "\n")
    return (*made, cards, Page(INDEX, index_page(entries, names, command=command, joined=joined)))


def study_page(entry: StudyEntry, *, command: str) -> str:
    """The page of a study."""
    return render("study.html", **page_values(entry, command=command))


def page_values(entry: StudyEntry, *, command: str) -> dict[str, Any]:
    """What the page of a study shows."""
    run = entry.reproduction
    record, card = run.study.record, run.scorecard
    picture = chain_pictures(record, labelled_by="mechanism")
    drawn, found, groups, fits = figures(run), cuts(entry), parameter_groups(run), tuple(fit_rows(run))
    return dict(
        titles=titles(record.name.text),
        t={**phrases.STUDY, **recut.WORDS, **competitor.WORDS, **calibration.WORDS},
        command=command,
        study=record,
        reference=reference(record.citation),
        summary=summary(card),
        tested=tested(card),
        failed=int(sum(trial.failed.sum() for trial in run.trials.values())),
        verdicts=verdict_rows(card, entry.prior),
        filters=_filters(entry),
        chain=picture.svg,
        chain_down=picture.down,
        links=tuple(link_rows(record, found)),
        kinds=KINDS,
        timelines=tuple(timeline(one, run.study.library) for one in record.experiments),
        shapes=SHAPES,
        courses=[(experiment, list(group)) for experiment, group in groupby(drawn, key=lambda one: one.experiment)],
        doses=dose_groups(entry.ladders, run.study.library),
        neurons=recorded_parts(entry.recorded),
        neurons_lead=LEAD,
        neurons_limits=LIMITS,
        rest_lead=REST_LEAD,
        fits=fits,
        fit_summary=fit_summary(fits) if fits else "",
        **_cut_values(entry, found),
        **competitor.competitor_values(run.study),
        **calibration.calibration_values(run.study),
        groups=groups,
        statuses=status_counts(groups),
        **study_values(entry),
        facts=facts(card),
        versions=versions(card),
    )


def _cut_values(entry: StudyEntry, found: tuple[Cut, ...]) -> dict[str, object]:
    return {
        "cuts": found,
        "matrix": matrix(entry, found),
        "cell_words": CELLS,
        "fewer": fewer_animals(entry),
        "undecided": undecided(entry, found),
        **recut.recut_values(entry, found),
    }


def index_page(entries: Sequence[StudyEntry], names: Sequence[str], *, command: str, joined: str | None = None) -> str:
    """The first page."""
    terms = read_terms()
    return render(
        "index.html",
        titles=titles(phrases.FRAME["tagline"]),
        t=phrases.INDEX,
        command=command,
        hero=hero_values(best(entries)),
        joined=joined,
        cards=[
            (name, entry.reproduction.study.record, summary(entry.reproduction.scorecard),
             verdict_rows(entry.reproduction.scorecard))
            for entry, name in zip(entries, names, strict=True)
        ],
        **atlas_values(entries, names),
        glossary=[(terms[name].term, terms[name].meaning) for name in phrases.GLOSSARY],
        legend=phrases.legend(),
    )  # fmt: skip


def hero_values(found: Best | None) -> Mapping[str, object] | None:
    """What a page shows of the most telling time course."""
    if found is None:
        return None
    return {
        "title": found.title,
        "figure": found.figure.id,
        "note": found.note,
        "study": found.entry.reproduction.study.record,
        "wide": chart(found.figure, found.panel, frame=LARGE, labelled_by="hero-title"),
        "narrow": chart(found.figure, found.panel, labelled_by="hero-title"),
    }


def _filters(entry: StudyEntry) -> tuple[tuple[str, Words, int], ...]:
    """Choices of the verdict table: name, words, number of findings."""
    rows = verdict_rows(entry.reproduction.scorecard)
    found: list[tuple[str, Words, int]] = [("all", phrases.STUDY["all"], len(rows))]
    found += [(slug, word, sum(row.slug == slug for row in rows)) for slug, word, _ in phrases.legend()]
    found += [(use, word, sum(row.outcome.finding.use == use for row in rows)) for use, word in USES.items()]
    return tuple(one for one in found if one[2])


def page_names(ids: Sequence[str]) -> list[str]:
    """A file name for each study; a name that is taken gets a number."""
    taken = {INDEX}
    names: list[str] = []
    for one in ids:
        stem, count = one.lower(), 2
        name = f"{stem}.html"
        while name in taken:
            name, count = f"{stem}-{count}.html", count + 1
        taken.add(name)
        names.append(name)
    return names


def titles(name: Words) -> dict[str, str]:
    """The title of a page in each language."""
    return {language: f"{shown(name, language)} · euthymia" for language in LANGUAGES}


def render(template: str, packages: tuple[str, ...] = (), /, **values: Any) -> str:
    """A page from a template, with the frame that all pages share.

    Parameters
    ----------
    template
        Its name.
    packages
        Packages whose templates are looked at before those of the report.
    values
        What the template shows. `site` puts the page into a site, with its links and scripts; `downloads` has the links
        under a figure, by its id.
    """
    environment = _environment(packages)
    shared: dict[str, Any] = {"site": None, "downloads": {}}
    script = _inline("switch.js") if values.get("site") else _inline("switch.js") + _inline(PNG)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        frame=phrases.FRAME, script=script, script_hash=digest, light=Markup(variables(LIGHT)),
        dark=Markup(variables(DARK)), **{**shared, **values},
    )  # fmt: skip


@cache
def _inline(script: str) -> Markup:
    return Markup(resources.files(__package__).joinpath("templates", script).read_text(encoding="utf-8").strip())


def _drawn(figure: Figure) -> list[tuple[Any, Markup]]:
    ids = [f"fig-{figure.id}-{place}" for place in range(len(figure.panels))]
    return [(panel, chart(figure, panel, labelled_by=f"fig-{figure.id} {name}"))
            for panel, name in zip(figure.panels, ids, strict=True)]  # fmt: skip


@cache
def _environment(packages: tuple[str, ...]) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (*packages, "euthymia.report")]), autoescape=True,
        undefined=StrictUndefined, finalize=finalize,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"original": original, "drawn": _drawn, "data": data_rows}
    environment.globals |= {
        "grade": lambda grade: msg("grade {grade}", grade=grade), "to_download": msg("Download:"),
    }  # fmt: skip
    return environment
