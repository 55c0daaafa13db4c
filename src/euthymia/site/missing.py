"""The page that a server shows where it has none."""

from __future__ import annotations

from euthymia.site.frame import page
from euthymia.words import msg

_WORDS = {
    "title": msg("There is no such page"),
    "lead": msg("The address may be mistyped, or the page has been renamed."),
    "home": msg("Go to the first page"),
}


def missing_page() -> str:
    """The page in both languages, in the frame of the site."""
    return page("missing.html", current="", title=_WORDS["title"], t=_WORDS)
