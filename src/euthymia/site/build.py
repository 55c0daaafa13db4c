"""The site on disk: all files or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from euthymia.files import write_atomically
from euthymia.records.intervention import Catalogue, read_catalogue
from euthymia.records.regions import Regions, read_regions
from euthymia.report.entry import StudyEntry
from euthymia.report.pages import INDEX, PNG, page_names
from euthymia.site.ask import SCRIPTS, ask_files
from euthymia.site.catalogue import data_page
from euthymia.site.compared import Compared
from euthymia.site.comparison import comparison_files
from euthymia.site.data import Download, Downloads, atlas_files, downloads, study_files
from euthymia.site.diagnostics import diagnostic_files
from euthymia.site.digest import Field, digest_files
from euthymia.site.frame import DATA, GLOSSARY, PAGES, PLAY, TREATMENTS, WITH_JOINED
from euthymia.site.glossary import glossary, glossary_page
from euthymia.site.home import home_page
from euthymia.site.joining import JoinedRun, joined_files
from euthymia.site.pdf import digest_pdfs, press
from euthymia.site.places import place_rows
from euthymia.site.playing import play_files, play_page, playable
from euthymia.site.search import FILE, search_index
from euthymia.site.study import Neighbour, study_page
from euthymia.site.terms import Forms, explained, forms_of, known_forms
from euthymia.site.treatment import Shelf, examples, treatment_files, treatment_pages
from euthymia.site.treatments import treatments_page
from euthymia.words import Message, Text

ASSETS: Final = ("search.js", "map.js", "play.js", "chain.js", "cytoscape.min.js", "cytoscape.LICENSE.txt", *SCRIPTS)
"""Files that pages load, copied as they are."""


def build_site(
    entries: Sequence[StudyEntry],
    folder: Path,
    *,
    command: str,
    compared: Compared | None = None,
    regions: Regions | None = None,
    catalogue: Catalogue | None = None,
    joined: JoinedRun | None = None,
    say: Callable[[Message], object] = lambda one: None,
) -> Path:
    """Write the site.

    Parameters
    ----------
    entries
        The studies, in the order of the first page.
    folder
        Where the files go; made if it is missing. Other files in it are left alone.
    command
        The command that makes the site again.
    compared
        The comparison of interventions, for the first page and the digest.
    regions
        The places on the map; those of the atlas if left out.
    catalogue
        The interventions that have a page; those of the atlas if left out.
    joined
        The joined model, for its page.
    say
        Is called with what is left out, and why.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    OutputError
        If the files cannot be written; those of an earlier site are intact then.
    """
    names = page_names([entry.id for entry in entries])
    every = regions or read_regions()
    by_id = {entry.id: entry for entry in entries}
    places = place_rows(every, entries, names)
    nav = WITH_JOINED if joined else PAGES
    field = Field(by_id, dict(zip(by_id, names, strict=True)), places, compared, nav)
    shelf = Shelf.of(field, catalogue or read_catalogue())
    made = dict(_files(entries, names, shelf, every, say))
    made |= joined_files(joined, field) if joined else {}
    made[DATA] = data_page(entries, names, made, command=command, nav=nav)
    tests = next((meanings for name, _, meanings in glossary(entries, names, every) if name == "assays"), ())
    forms = known_forms() + forms_of((one.id, one.term) for one in tests if isinstance(one.term, Text))
    write_atomically({folder / name: _explained(name, content, forms) for name, content in made.items()})
    return folder / INDEX


def _explained(name: str, content: str | bytes, forms: Forms) -> str | bytes:
    """A page with links from its terms to the glossary; other files as they are."""
    if isinstance(content, bytes) or not name.endswith(".html") or name == GLOSSARY:
        return content
    return explained(content, forms)


def _files(
    entries: Sequence[StudyEntry], names: Sequence[str], shelf: Shelf, regions: Regions,
    say: Callable[[Message], object],
) -> Iterator[tuple[str, str | bytes]]:  # fmt: skip
    field = shelf.field
    own = {entry.id: tuple(_own(entry, name)) for entry, name in zip(entries, names, strict=True)}
    links = {study: downloads(files) for study, files in own.items()}
    yield INDEX, home_page(entries, names, regions, compared=field.compared, downloads=links,
                           examples=examples(shelf.catalogue), nav=field.nav)  # fmt: skip
    yield from ask_files(nav=field.nav)
    yield TREATMENTS, treatments_page(shelf)
    yield from treatment_files(shelf)
    yield from _digest(field, say)
    yield GLOSSARY, glossary_page(entries, names, regions, nav=field.nav)
    yield FILE, search_index(shelf, glossary(entries, names, regions))
    yield from atlas_files(entries, field.places, regions)
    yield from _studies(entries, names, field, links)
    yield from ((one.path, one.text) for files in own.values() for one in files)
    if field.compared is not None:
        yield from _compared(field.compared, shelf)
    yield f"assets/{PNG}", resources.files("euthymia.report").joinpath("templates", PNG).read_text(encoding="utf-8")
    for file in ASSETS:
        yield f"assets/{file}", resources.files(__package__).joinpath("assets", file).read_text(encoding="utf-8")


def _own(entry: StudyEntry, name: str) -> Iterator[Download]:
    """The tables and pictures of a study with the page of this name."""
    stem = name.removesuffix(".html")
    yield from study_files(entry, stem)
    yield from diagnostic_files(entry, stem)


def _digest(field: Field, say: Callable[[Message], object]) -> Iterator[tuple[str, str | bytes]]:
    """The digest in all its forms; says which of them cannot be made here."""
    ready = press()
    for one in ready.missing:
        say(one)
    pdfs = dict(digest_pdfs(field, ready))
    yield from pdfs.items()
    yield from digest_files(field, tuple(pdfs))


def _compared(compared: Compared, shelf: Shelf) -> Iterator[tuple[str, str]]:
    yield from comparison_files(compared, shelf)
    if rows := playable(compared):
        yield PLAY, play_page(compared, rows, treatment_pages(shelf), nav=shelf.field.nav)
        yield from play_files(compared, rows).items()


def _studies(
    entries: Sequence[StudyEntry], names: Sequence[str], field: Field, links: Mapping[str, Downloads]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    known = [Neighbour(name, entry.reproduction.study.record.name) for entry, name in zip(entries, names, strict=True)]
    for entry, name, before, after in zip(entries, names, [None, *known], [*known[1:], None], strict=False):
        here = [row for row in field.places if any(one.page == name for one in row.studies)]
        yield name, study_page(entry, name, downloads=links[entry.id], places=here, before=before, after=after,
                               nav=field.nav)  # fmt: skip
