"""The one picture that shows best what the atlas does, for the first page and for a README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from markupsafe import Markup

from euthymia.pipeline import Reproduction
from euthymia.report.bilingual import shown
from euthymia.report.charts import LARGE, chart
from euthymia.report.entry import StudyEntry
from euthymia.report.palette import LIGHT, resolved
from euthymia.report.panels import Figure, Panel, figures
from euthymia.report.svg import element, text, wrapped
from euthymia.words import LANGUAGES, Language, Message, msg

_FOOT: Final = 34.0
_STYLE: Final = """
text{font-family:-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,\
"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;fill:var(--ink)}
.headline{font-size:22px;font-weight:650}
.under,.foot{font-size:13.5px;fill:var(--soft)}
"""


@dataclass(frozen=True)
class Best:
    """The panel with the most published points over the longest time."""

    entry: StudyEntry
    figure: Figure
    panel: Panel

    @property
    def title(self) -> Message:
        """What is shown."""
        assay = self.figure.assay
        if not self.panel.title:
            return msg("{assay}: simulation and published data", assay=assay)
        return msg("{assay}, {panel}: simulation and published data", assay=assay, panel=self.panel.title)

    @property
    def note(self) -> Message:
        """How it is drawn."""
        return msg("Line and band: median and middle 90 % of the simulated group means. Symbols: published mean ± SEM.")


def best(entries: Sequence[StudyEntry]) -> Best | None:
    """The picture to show first, or None where no study has a time course."""
    found = list(_candidates(entries))
    return max(found, key=_weight) if found else None


def _candidates(entries: Sequence[StudyEntry]) -> Iterator[Best]:
    for entry in entries:
        for figure in figures(entry.reproduction):
            if figure.kind == "course":
                yield from (Best(entry, figure, panel) for panel in figure.panels)


def _weight(one: Best) -> tuple[int, float]:
    lines = one.panel.lines
    return sum(len(line.points) for line in lines), max(float(line.days[-1]) for line in lines)


def summary_picture(run: Reproduction, *, language: Language = "en") -> str | None:
    """A study's most telling time course as one SVG file, readable on light and on dark pages.

    Parameters
    ----------
    run
        A study that was run.
    language
        Language of its words.

    Returns
    -------
    str or None
        The SVG document with its own light background; None if the study has no time course.

    Examples
    --------
    ::

        from euthymia.pipeline import run_study
        from euthymia.report import summary_picture

        picture = summary_picture(run_study("S04", animals=200))
        Path("docs/psilocybin.svg").write_text(picture, encoding="utf-8")
    """
    found = best([StudyEntry(run, {})])
    return None if found is None else _document(found, language)


def _document(found: Best, language: Language) -> str:
    citation = found.entry.reproduction.study.record.citation
    title = shown(found.title, language)
    title = title[:1].upper() + title[1:]
    source = msg("Data: {journal}, {date}. Simulation: euthymia.", journal=citation.journal, date=citation.date)
    width, margin = LARGE.width, 20.0
    heading = wrapped(title, (width - 2 * margin) / 1.1, size=22)
    note = wrapped(shown(found.note, language), width - 2 * margin, size=13.5)
    head = 22.0 + 27 * len(heading) + 18 * len(note)
    height = head + LARGE.height + _FOOT
    css = resources.files(__package__).joinpath("templates", "charts.css").read_text(encoding="utf-8")
    parts = [
        element("title", title),
        element("style", Markup(resolved(css + _STYLE, LIGHT))),
        element("rect", width=width, height=height, rx=12, fill=LIGHT["surface"]),
        *(text(margin, 36.0 + 27 * i, row, class_="headline") for i, row in enumerate(heading)),
        *(text(margin, 32.0 + 27 * len(heading) + 18 * i, row, class_="under") for i, row in enumerate(note)),
        element(
            "svg", chart(found.figure, found.panel, frame=LARGE), x=8, y=head, width=width - 16, height=LARGE.height
        ),
        text(margin, height - 14, shown(source, language), class_="foot"),
    ]
    picture: str = element("svg", *parts, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:g} {height:g}",
                           width=f"{width:g}", height=f"{height:g}", role="img", lang=language)  # fmt: skip
    for other in set(LANGUAGES) - {language}:
        picture = re.sub(rf'<text lang="{other}".*?</text>', "", picture, flags=re.DOTALL)
    return f"{picture}\n"
