"""The frame of all pages of the site: their names, links and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from euthymia.report.bilingual import Words
from euthymia.report.pages import INDEX, PNG, render, titles
from euthymia.words import Message, msg

TREATMENTS: Final = "interventions.html"
ASK: Final = "ask.html"
DIGEST: Final = "digest.html"
GLOSSARY: Final = "glossary.html"
DATA: Final = "data.html"
COMPARED: Final = "compare.html"
PLAY: Final = "play.html"
JOINED: Final = "joined.html"
Nav = tuple[tuple[str, Message], ...]
"""Pages that every page leads to, with their names."""
PAGES: Final[Nav] = (
    (INDEX, msg("Home")), (ASK, msg("Ask")), (TREATMENTS, msg("Treatments")), (DIGEST, msg("Digest")),
    (GLOSSARY, msg("Glossary")), (DATA, msg("Data")),
)  # fmt: skip
"""Those of every site."""
WITH_JOINED: Final[Nav] = (*PAGES[:-2], (JOINED, msg("One model")), *PAGES[-2:])
"""Those of a site with the joined model."""
NAME: Final = msg("Pages of the site")
SEARCH: Final = msg("Search")
EVERYWHERE: Final = (PNG, "search.js")
"""Scripts of every page."""
MADE: Final = msg("Made by euthymia. The pages load nothing from other places.")


@dataclass(frozen=True)
class Frame:
    """What the frame of one page shows.

    Attributes
    ----------
    current
        The page itself.
    scripts
        What it loads.
    within
        The page of the navigation that it belongs to, where it is not one of them.
    pages
        The navigation.
    """

    current: str
    scripts: tuple[str, ...] = ()
    within: str = ""
    pages: Nav = PAGES
    name: Message = NAME
    made: Message = MADE
    search: Message = SEARCH

    @property
    def loaded(self) -> tuple[str, ...]:
        """All scripts."""
        return (*EVERYWHERE, *self.scripts)


def page(
    template: str, *, current: str, title: Words, scripts: tuple[str, ...] = (), within: str = "", nav: Nav = PAGES,
    **values: Any,
) -> str:  # fmt: skip
    """A page of the site."""
    values = {"titles": titles(title), **values}
    return render(template, ("euthymia.site",), site=Frame(current, scripts, within, nav), **values)
