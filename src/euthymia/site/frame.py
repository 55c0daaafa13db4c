"""The frame of all pages of the site: their names, links and scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from euthymia.report.bilingual import Words
from euthymia.report.pages import INDEX, render, titles
from euthymia.words import Message, msg

ASK: Final = "ask.html"
DIGEST: Final = "digest.html"
GLOSSARY: Final = "glossary.html"
DATA: Final = "data.html"
COMPARED: Final = "compare.html"
PAGES: Final[tuple[tuple[str, Message], ...]] = (
    (INDEX, msg("Home")), (ASK, msg("Ask")), (DIGEST, msg("Digest")), (GLOSSARY, msg("Glossary")), (DATA, msg("Data")),
)  # fmt: skip
"""The pages that every page leads to."""
NAME: Final = msg("Pages of the site")
MADE: Final = msg("Made by euthymia. The site needs no server and loads nothing from other places.")


@dataclass(frozen=True)
class Frame:
    """What the frame of one page shows."""

    current: str
    scripts: tuple[str, ...] = ()
    pages: tuple[tuple[str, Message], ...] = PAGES
    name: Message = NAME
    made: Message = MADE


def page(template: str, *, current: str, title: Words, scripts: tuple[str, ...] = (), **values: Any) -> str:
    """A page of the site."""
    values = {"titles": titles(title), **values}
    return render(template, ("euthymia.site",), site=Frame(current, scripts), **values)
