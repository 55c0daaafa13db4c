"""The page that a server shows where it has none."""

from __future__ import annotations

from euthymia.site.frame import PAGES, WITH_JOINED, page
from euthymia.words import msg

_WORDS = {
    "title": msg("There is no such page"),
    "lead": msg("The address may be mistyped, or the page has been renamed."),
    "home": msg("Go to the first page"),
}


def missing_page(*, joined: bool = False) -> str:
    """The page in both languages, in the frame of the site, which may have a page of the joined model."""
    return page("missing.html", current="", title=_WORDS["title"], nav=WITH_JOINED if joined else PAGES, t=_WORDS)
