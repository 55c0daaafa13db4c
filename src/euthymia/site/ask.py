"""The page "Ask": a question put together by a form, run by a server where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from euthymia.report.bilingual import shown
from euthymia.site.askwords import PAGE, PHRASES
from euthymia.site.atlasdata import QUESTIONS, atlas_data
from euthymia.site.frame import ASK, PAGES, Nav, page
from euthymia.site.study import as_data
from euthymia.words import LANGUAGES, msg

FOLDER: Final = "questions"
"""Where the site keeps the example questions."""
SCRIPTS: Final = (
    "ask-words.js", "ask-times.js", "ask-names.js", "ask-question.js", "ask-link.js", "ask-fields.js",
    "ask-problems.js", "ask-picker.js", "ask-items.js", "ask-parts.js", "ask-groups.js", "ask-compare.js",
    "ask-form.js", "ask-events.js", "ask-drawing.js", "ask-timeline.js", "ask-move.js", "ask-api.js", "ask-run.js",
    "ask-result.js", "ask-files.js", "ask-own.js", "ask.js",
)  # fmt: skip
"""Its scripts, in the order in which they are loaded."""
COMMAND: Final = "euthymia simulate question.yaml --out answer"
LIVE: Final = "euthymia serve"


def ask_page(*, nav: Nav = PAGES) -> str:
    """The page, in both languages; the server fills `data-api`, by which the page knows that it can run questions."""
    atlas = atlas_data()
    data = as_data({"atlas": atlas, "words": _phrases()})
    return page("ask.html", current=ASK, nav=nav, title=msg("Ask"), scripts=SCRIPTS, t=PAGE, command=COMMAND, live=LIVE,
                folder=FOLDER, examples=atlas["examples"], data=data)  # fmt: skip


def ask_files(*, nav: Nav = PAGES) -> Iterator[tuple[str, str]]:
    """The page and the example questions as protocol files, by their place in the site."""
    yield ASK, ask_page(nav=nav)
    for file in sorted(QUESTIONS.glob("*.yaml")):
        yield f"{FOLDER}/{file.name}", file.read_text(encoding="utf-8")


def _phrases() -> dict[str, Any]:
    return {key: {language: shown(words, language) for language in LANGUAGES} for key, words in PHRASES.items()}
