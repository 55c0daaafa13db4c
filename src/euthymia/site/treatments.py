"""The list of all interventions, by kind."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.records.intervention import Entry
from euthymia.report.bilingual import Words
from euthymia.report.compared import between
from euthymia.report.numbers import percent
from euthymia.report.protocolwords import described
from euthymia.report.told import Intervention
from euthymia.site.does import begins, lasts
from euthymia.site.frame import TREATMENTS, page
from euthymia.site.treatment import Shelf, treatment_file
from euthymia.site.treatmentwords import KINDS, WORDS
from euthymia.words import Message

Group = tuple[str, Message, tuple["Listed", ...]]
"""A kind, its heading, its interventions."""


@dataclass(frozen=True)
class Listed:
    """One intervention in the list; `cells` are empty where it was not compared."""

    page: str
    entry: Entry
    given: tuple[Words, ...]
    study: str | None
    cells: tuple[Words, ...]


def treatments_page(shelf: Shelf) -> str:
    """The page."""
    return page("treatments.html", current=TREATMENTS, nav=shelf.field.nav, title=WORDS["list_title"], t=WORDS,
                groups=groups(shelf), compared=shelf.field.compared)  # fmt: skip


def groups(shelf: Shelf) -> tuple[Group, ...]:
    """All interventions by kind, in the order of the catalogue."""
    listed = [(entry.kind, _listed(name, entry, shelf)) for name, entry in shelf.catalogue.interventions.items()]
    found = ((kind, words, tuple(one for own, one in listed if own == kind)) for kind, words in KINDS.items())
    return tuple(group for group in found if group[2])


def _listed(name: str, entry: Entry, shelf: Shelf) -> Listed:
    one, compared = shelf.told(name), shelf.field.compared
    given = tuple(described(item, shelf.library) for item in entry.protocol)
    cells = _cells(one, compared.told.days) if one and compared else ()
    return Listed(treatment_file(name), entry, given, shelf.field.pages.get(entry.study), cells)


def _cells(one: Intervention, days: float) -> tuple[Words, ...]:
    effect = one.main
    return percent(effect.probability), begins(effect), lasts(effect, days), between(effect.peak)
