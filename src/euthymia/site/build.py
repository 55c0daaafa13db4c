"""The site on disk: all files or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from euthymia.files import write_atomically
from euthymia.records.regions import Regions, read_regions
from euthymia.report.entry import StudyEntry
from euthymia.report.pages import INDEX, page_names
from euthymia.site.catalogue import data_page
from euthymia.site.compared import Compared
from euthymia.site.data import atlas_files, downloads, study_files
from euthymia.site.digest import Field, digest_files
from euthymia.site.frame import DATA, GLOSSARY
from euthymia.site.glossary import glossary_page
from euthymia.site.home import home_page
from euthymia.site.pdf import digest_pdfs, press
from euthymia.site.places import PlaceRow, place_rows
from euthymia.site.study import Neighbour, study_page
from euthymia.words import Message

ASSETS: Final = ("map.js", "chain.js", "cytoscape.min.js", "cytoscape.LICENSE.txt")
"""Files that pages load, copied as they are."""


def build_site(
    entries: Sequence[StudyEntry],
    folder: Path,
    *,
    command: str,
    compared: Compared | None = None,
    regions: Regions | None = None,
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
    made = dict(_files(entries, names, compared, regions or read_regions(), say))
    made[DATA] = data_page(entries, names, made, command=command)
    write_atomically({folder / name: content for name, content in made.items()})
    return folder / INDEX


def _files(
    entries: Sequence[StudyEntry], names: Sequence[str], compared: Compared | None, regions: Regions,
    say: Callable[[Message], object],
) -> Iterator[tuple[str, str | bytes]]:  # fmt: skip
    places = place_rows(regions, entries, names)
    by_id = {entry.id: entry for entry in entries}
    field = Field(by_id, dict(zip(by_id, names, strict=True)), places, compared)
    yield INDEX, home_page(entries, names, regions, compared=compared)
    ready = press()
    for one in ready.missing:
        say(one)
    pdfs = dict(digest_pdfs(field, ready))
    yield from pdfs.items()
    yield from digest_files(field, tuple(pdfs))
    yield GLOSSARY, glossary_page(entries, names, regions)
    yield from atlas_files(entries, places, regions)
    yield from _studies(entries, names, places)
    if compared is not None:
        yield from compared.files.items()
    for name in ASSETS:
        yield f"assets/{name}", resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def _studies(
    entries: Sequence[StudyEntry], names: Sequence[str], places: Sequence[PlaceRow]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    known = [Neighbour(name, entry.reproduction.study.record.name) for entry, name in zip(entries, names, strict=True)]
    for entry, name, before, after in zip(entries, names, [None, *known], [*known[1:], None], strict=False):
        stem = name.removesuffix(".html")
        here = [row for row in places if any(one.page == name for one in row.studies)]
        yield name, study_page(entry, name, downloads=downloads(entry, stem), places=here, before=before, after=after)
        yield from study_files(entry, stem)
