"""The page of one intervention: what it is, what it does, why, and how sure the atlas is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from euthymia.records.drug import DrugRecord
from euthymia.records.intervention import Catalogue, Entry
from euthymia.records.library import Library, common_library
from euthymia.records.study import Study
from euthymia.report.bilingual import Words
from euthymia.report.comparedwords import LIMITS
from euthymia.report.numbers import span
from euthymia.report.protocolwords import described
from euthymia.report.tables import STATUSES, LinkRow, link_rows
from euthymia.report.told import Intervention
from euthymia.site import sure
from euthymia.site.agents import Agent, agents, path_of, siblings
from euthymia.site.data import Downloads, downloads
from euthymia.site.digest import Field
from euthymia.site.does import doing
from euthymia.site.frame import ASK, TREATMENTS, page
from euthymia.site.grades import read_from
from euthymia.site.strengths import amount, dose_chart, dose_rows, half, strength_files
from euthymia.site.treatmentwords import IS, KINDS, RECEPTORS, WORDS, compare_with, question
from euthymia.words import Message, msg

PARTNERS: Final = ("ketamine", "psilocybin")
"""What an intervention is compared with if nothing else is asked: the first that is another one."""
FIRST: Final = ("psilocybin", "ketamine", "fluoxetine", "run")
"""Interventions that the first page asks about."""
SHOWN: Final = 8
"""Findings of one kind that stand on the page before the rest is folded away."""


@dataclass(frozen=True)
class Shelf:
    """What the pages of interventions are written from."""

    field: Field
    catalogue: Catalogue
    library: Library

    @classmethod
    def of(cls, field: Field, catalogue: Catalogue) -> Shelf:
        """With the drugs of the atlas, and those that studies bring along."""
        library = common_library()
        for entry in field.entries.values():
            own = entry.reproduction.study.library
            library = replace(library, drugs={**own.drugs, **library.drugs}, assays={**own.assays, **library.assays})
        return cls(field, catalogue, library)

    def study(self, name: str) -> Study | None:
        """The record of a study of the site."""
        entry = self.field.entries.get(name)
        return entry.reproduction.study.record if entry else None

    def told(self, name: str) -> Intervention | None:
        """What the comparison tells of an intervention."""
        return self.field.compared.of(name) if self.field.compared else None


@dataclass(frozen=True)
class Linked:
    """An intervention elsewhere on the site."""

    page: str
    label: Words


@dataclass(frozen=True)
class Path:
    """The chain of a study from an intervention on, or as a whole where it does not say where this enters."""

    page: str
    study: Study
    rows: tuple[LinkRow, ...]
    rest: tuple[LinkRow, ...]
    whole: bool


@dataclass(frozen=True)
class Rows:
    """Findings of one use, study by study: those that are shown at once, and the others."""

    title: Message
    shown: tuple[sure.Told, ...]
    rest: tuple[sure.Told, ...]
    count: int


def treatment_file(name: str) -> str:
    """The page of an intervention.

    >>> treatment_file("psilocybin")
    'do-psilocybin.html'
    """
    return f"do-{name}.html"


def treatment_pages(shelf: Shelf) -> dict[str, str]:
    """By intervention, its page."""
    return {name: treatment_file(name) for name in shelf.catalogue.interventions}


def treatment_page(name: str, shelf: Shelf, files: Downloads) -> str:
    """The page of an intervention of the catalogue, with links to the files under its chart."""
    entry, own = shelf.catalogue.interventions[name], agents(shelf.catalogue.interventions[name])
    told = sure.told_of(shelf.field.entries, shelf.field.pages, own)
    return page(
        "treatment.html",
        current=treatment_file(name),
        within=TREATMENTS,
        nav=shelf.field.nav,
        title=entry.label.text,
        t=WORDS,
        name=name,
        entry=entry,
        kind=KINDS[entry.kind],
        what=IS[entry.kind],
        given=[described(item, shelf.library) for item in entry.protocol],
        strength="" if entry.kind == "drug" else amount(entry, 1.0),
        range_status=STATUSES[entry.doses.status],
        target=shelf.catalogue.targets[entry.target].label,
        drugs=_drugs(own, shelf.library),
        receptors=RECEPTORS,
        read_from=read_from,
        group=_group(entry, shelf),
        same=[Linked(treatment_file(other), shelf.catalogue.interventions[other].label.text)
              for other in siblings(name, shelf.catalogue, shelf.library)],
        ask=f"{ASK}#use={name}",
        partner=_partner(name, own, shelf.catalogue),
        page_of=shelf.field.pages,
        limits=LIMITS,
        downloads=files,
        **_doing_values(name, entry, shelf),
        **_why_values(entry, own, shelf, told),
        **_sure_values(entry, own, shelf, told),
    )  # fmt: skip


def _doing_values(name: str, entry: Entry, shelf: Shelf) -> dict[str, Any]:
    one, compared = shelf.told(name), shelf.field.compared
    if one is None or compared is None:
        return {"doing": None, "compared": compared, "dose_rows": (), "dose_chart": None, "half": None, "source": None}
    found = one.dose_response
    return {
        "doing": doing(one, compared.told, shelf.catalogue, shelf.library),
        "compared": compared,
        "dose_rows": dose_rows(one, entry),
        "dose_chart": dose_chart(found) if found else None,
        "half": half(one, entry),
        "source": msg("From the joined model of all studies: {animals} virtual mice after three weeks of restraint, "
                      "followed for {days}. Large numbers are medians over draws; behind them stand the middle "
                      "90 % of the draws.", animals=compared.told.animals, days=span(compared.told.days)),
    }  # fmt: skip


def _why_values(entry: Entry, own: Collection[Agent], shelf: Shelf, told: Sequence[sure.Told]) -> dict[str, Any]:
    home = _path(entry.study, own, shelf)
    others = [(one, _path(one.study.id, own, shelf)) for one in told if one.study.id != entry.study]
    return {
        "path": home,
        "others": others,
        "read": sure.read_closely([row.link for row in home.rows]) if home else None,
        "not_covered": home.study.not_covered if home else (),
    }


def _path(study: str, own: Collection[Agent], shelf: Shelf) -> Path | None:
    record = shelf.study(study)
    if record is None:
        return None
    rows, found = tuple(link_rows(record, ())), {link.id for link in path_of(record, own, shelf.library)}
    kept = tuple(row for row in rows if row.link.id in found)
    rest = tuple(row for row in rows if row.link.id not in found)
    whole = not kept
    return Path(shelf.field.pages[study], record, rows if whole else kept, () if whole else rest, whole)


def _sure_values(entry: Entry, own: Collection[Agent], shelf: Shelf, told: tuple[sure.Told, ...]) -> dict[str, Any]:
    titles = {"validate": WORDS["predicted"], "calibrate": WORDS["fitted"]}
    return {
        "sentences": sure.sentences(told, about(entry, own, shelf.library)),
        "numbers": tuple(sure.numbers_of(own, shelf.library)),
        "shares": sure.shares(told),
        "uses": tuple(_rows(titles[use], sure.of_use(told, use)) for use in sure.USES if sure.of_use(told, use)),
        "studies": told,
    }


def _rows(title: Message, told: Sequence[sure.Told]) -> Rows:
    """The first findings, shared out over the studies, those that the models get wrong first."""
    share = max(1, SHOWN // max(1, len(told)))
    shown = tuple(sure.Told(one.page, one.study, one.rows[:share]) for one in told)
    rest = tuple(sure.Told(one.page, one.study, one.rows[share:]) for one in told if one.rows[share:])
    return Rows(title, shown, rest, sum(len(one.rows) for one in told))


def about(entry: Entry, own: Collection[Agent], library: Library) -> Words:
    """What findings are about: a drug by its name, anything else as the catalogue says it."""
    names = [one.name for one in own if one.kind == "substance" and one.name in library.drugs]
    return library.drugs[names[0]].label.text if len(own) == 1 and names else entry.label.text


def _drugs(own: Collection[Agent], library: Library) -> list[DrugRecord]:
    return [library.drugs[one.name] for one in sorted(own) if one.kind == "substance" and one.name in library.drugs]


def _group(entry: Entry, shelf: Shelf) -> str | None:
    """Where the experiment stands whose doses are given here."""
    study, _, rest = (entry.as_in or "").partition("/")
    where = shelf.field.pages.get(study)
    return f"{where}#design-{rest.partition('/')[0]}" if where else None


def _partner(name: str, own: Collection[Agent], catalogue: Catalogue) -> tuple[str, Message] | None:
    """The link that asks for a comparison with another intervention, and its words."""
    for other in PARTNERS:
        entry = catalogue.interventions.get(other)
        if entry is not None and not agents(entry) & set(own):
            return f"{ASK}#use={name},{other}", compare_with(entry.short.text)
    return None


def examples(catalogue: Catalogue) -> list[tuple[Message, str]]:
    """Questions for newcomers, and the pages that answer them."""
    return [(question(catalogue.interventions[name].short.text), treatment_file(name)) for name in FIRST
            if name in catalogue.interventions]  # fmt: skip


def treatment_files(shelf: Shelf) -> Iterator[tuple[str, str]]:
    """The pages of all interventions, and the files under their charts."""
    for name, entry in shelf.catalogue.interventions.items():
        told = shelf.told(name)
        files = tuple(strength_files(name, told, entry)) if told else ()
        yield treatment_file(name), treatment_page(name, shelf, downloads(files))
        yield from ((one.path, one.text) for one in files)
