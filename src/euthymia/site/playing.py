"""The page that plays the comparison: relief by each intervention from the first minute to the last day."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from euthymia.comparing.measures import MARGIN
from euthymia.records.intervention import Kind
from euthymia.report.bilingual import Words, both, shown
from euthymia.report.numbers import span
from euthymia.report.picture import standalone
from euthymia.report.svg import element, group, text, text_width, wrapped
from euthymia.report.told import Intervention, Reliefs
from euthymia.site.compared import Compared
from euthymia.site.frame import PAGES, PLAY, TREATMENTS, Nav, page
from euthymia.site.study import as_data
from euthymia.words import LANGUAGES, Message, Text, msg

TABLE: Final = "data/relief.csv"
PICTURE: Final = "data/relief.svg"
FIRST_SHOWN: Final = 1.0
"""Day that is shown before anything is chosen."""
LONGEST: Final = 4.0
"""Relief at the end of the scale of a bar, in standard deviations."""
STEPS: Final = (-MARGIN, -0.1, 0.1, MARGIN, 1.0, 1.5, 2.0, 3.0)
"""Where the picture changes its shade."""
KINDS: Final[Mapping[Kind, Message]] = {
    "drug": msg("drug"), "combination": msg("two drugs"), "infusion": msg("infusion into the brain"),
    "gene": msg("gene"), "circuit": msg("circuit"), "exercise": msg("exercise"),
}  # fmt: skip
WORDS: Final[Mapping[str, Message]] = {
    "title": msg("From the first minute to the last day"),
    "lead": msg(
        "All interventions of the atlas begin at the same moment in the same stressed virtual mice. Press play, or "
        "move the time, and see which of them help at that moment in the forced swim test, and how much."
    ),
    "play": msg("Play"),
    "pause": msg("Pause"),
    "time": msg("Time since the beginning"),
    "order": msg("Order"),
    "strongest": msg("strongest now first"),
    "onset": msg("first to act first"),
    "study": msg("by study"),
    "bars": msg("Relief at this time"),
    "bars_lead": msg(
        "Bar: median over draws; thin line: the middle 90 %. One unit is the standard deviation of single animals; "
        "from the dashed line on, half a unit, the atlas calls an effect noticeable."
    ),
    "now": msg("Noticeable now"),
    "picture": msg("The whole course in one picture"),
    "picture_lead": msg(
        "A row for each intervention, time from left to right on a scale of tenfold steps. Blue: less despair than in "
        "untreated stressed animals; orange: more."
    ),
    "to_compare": msg("The comparison in full, with harms and tables"),
}
LEFT: Final = 300.0
ROW: Final = 17.0
COLUMN: Final = 15.0
TOP: Final = 26.0
STYLE: Final = (
    ".relief-picture text{font-size:12px;fill:var(--ink)}.relief-picture .tick{fill:var(--soft)}"
    ".relief-picture .r0{fill:#b35806}.relief-picture .r1{fill:#fdb863}.relief-picture .r2{fill:var(--sunk)}"
    ".relief-picture .r3{fill:#d8e6f3}.relief-picture .r4{fill:#a9c9e6}.relief-picture .r5{fill:#72a8d6}"
    ".relief-picture .r6{fill:#3f86c2}.relief-picture .r7{fill:#1c62a5}.relief-picture .r8{fill:#0b3c73}"
    ".relief-picture .now{fill:none;stroke:var(--ink);stroke-width:2}"
)
"""Rules of the picture, on the page and in its file."""


@dataclass(frozen=True)
class Row:
    """One intervention of the page."""

    one: Intervention
    reliefs: Reliefs

    @property
    def onset(self) -> float:
        """Median onset in days; infinite where less than half of the draws show an effect."""
        found = self.one.main.onset.median
        return float("inf") if found is None else found


def playable(compared: Compared | None) -> list[Row]:
    """The interventions whose course is known, first to act first."""
    if compared is None:
        return []
    count = len(compared.told.times)
    rows = [
        Row(one, one.reliefs)
        for one in compared.told.interventions
        if one.reliefs and count and one.reliefs.lengths == {count}
    ]
    return sorted(rows, key=lambda row: (row.onset, -(row.one.main.duration.median or 0.0)))  # fmt: skip


def play_page(compared: Compared, rows: Sequence[Row], pages: Mapping[str, str], *, nav: Nav = PAGES) -> str:
    """The page.

    Parameters
    ----------
    compared
        The comparison.
    rows
        From `playable`.
    pages
        By intervention the page about it, for those that have one.
    nav
        The pages that it leads to.
    """
    times = compared.told.times
    first = min(range(len(times)), key=lambda place: abs(times[place] - FIRST_SHOWN))
    return page(
        "play.html",
        current=PLAY,
        within=TREATMENTS,
        nav=nav,
        title=WORDS["title"],
        scripts=("play.js",),
        t=WORDS,
        style=Markup(STYLE),
        rows=rows,
        pages=pages,
        kinds=[(kind, KINDS[kind]) for kind in KINDS if any(row.one.kind == kind for row in rows)],
        first=first,
        last=len(times) - 1,
        times=[both(span(day)) for day in times],
        shown_time=span(times[first]),
        place=lambda value: f"{100 * min(max(value, 0.0), LONGEST) / LONGEST:.2f}%",
        margin=MARGIN,
        noticed=sum(row.reliefs.median[first] >= MARGIN for row in rows),
        box={"left": f"{LEFT:g}", "top": f"{TOP:g}", "high": f"{ROW * len(rows):g}"},
        picture=relief_picture(rows, times),
        files=[(PICTURE, "SVG"), (PICTURE.replace(".svg", ".zh.svg"), "SVG"), (TABLE, "CSV")],
        data=as_data({
            "longest": LONGEST, "margin": MARGIN, "days": list(times),
            "rows": {row.one.id: [row.reliefs.median, row.reliefs.low, row.reliefs.high] for row in rows},
        }),
    )  # fmt: skip


def play_files(compared: Compared, rows: Sequence[Row]) -> dict[str, str]:
    """The table and the pictures of the page."""
    picture = relief_picture(rows, compared.told.times)
    files = {PICTURE.replace(".svg", ".zh.svg" if language == "zh" else ".svg"):
             standalone(picture, language, style=STYLE) for language in LANGUAGES}  # fmt: skip
    return {**files, TABLE: _table(compared, rows)}


def _table(compared: Compared, rows: Sequence[Row]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["intervention", "study", "kind", "days", "relief_sd_median", "relief_sd_low", "relief_sd_high"])
    for row in rows:
        for day, *values in zip(
            compared.told.times, row.reliefs.median, row.reliefs.low, row.reliefs.high, strict=True
        ):
            writer.writerow([row.one.id, row.one.study, row.one.kind, f"{day:.6g}", *values])
    return stream.getvalue()


def relief_picture(rows: Sequence[Row], times: Sequence[float]) -> Markup:
    """Relief by intervention and time as coloured cells."""
    width, height = LEFT + COLUMN * len(times) + 20, TOP + ROW * len(rows) + 64
    parts = [text(8, TOP - 9, msg("Relief in the forced swim test"), class_="tick")]
    for line, row in enumerate(rows):
        top = TOP + line * ROW
        parts.append(text(LEFT - 8, top + 12.5, _short(row.one.label), text_anchor="end"))
        parts += _cells(row.reliefs.median, top)
    parts += [text(LEFT + COLUMN * (place + 0.5), TOP + ROW * len(rows) + 17, span(day), text_anchor="middle",
                   class_="tick") for place, day in _ticks(times)]  # fmt: skip
    parts.append(_key(TOP + ROW * len(rows) + 34))
    return element("svg", *parts, viewBox=f"0 0 {width:g} {height:g}", role="img", aria_labelledby="whole",
                   class_="chart relief-picture")  # fmt: skip


def _cells(values: Sequence[float], top: float) -> list[Markup]:
    """The cells of a row; equal neighbours are one."""
    shades = [sum(value >= step for step in STEPS) for value in values]
    starts = [place for place, shade in enumerate(shades) if place == 0 or shades[place - 1] != shade]
    ends = [*starts[1:], len(shades)]
    return [element("rect", x=LEFT + COLUMN * start, y=top + 1, width=COLUMN * (end - start), height=ROW - 2,
                    class_=f"r{shades[start]}") for start, end in zip(starts, ends, strict=True)]  # fmt: skip


def _short(label: Words) -> Words:
    """A name that fits beside its row."""
    fits = all(text_width(shown(label, language), 12) < LEFT - 16 for language in LANGUAGES)
    if fits:
        return label
    cut = {language: wrapped(shown(label, language), LEFT - 24, size=12, most=1)[0] for language in LANGUAGES}
    return Text(cut["en"], cut["zh"])


def _ticks(times: Sequence[float]) -> list[tuple[int, float]]:
    """Columns that carry a time: next to 1 and 10 minutes, 1 and 6 hours, 1, 7 and 30 days."""
    wanted = (1 / 1440, 10 / 1440, 1 / 24, 6 / 24, 1.0, 7.0, 30.0)
    found = {min(range(len(times)), key=lambda place: abs(times[place] / day - 1)): day for day in wanted}
    return [(place, times[place]) for place in sorted(found)]


def _key(top: float) -> Markup:
    """What the shades mean, in standard deviations."""
    wide = 46.0
    boxes = [element("rect", x=LEFT + place * wide, y=top, width=wide - 2, height=10.0, class_=f"r{place}")
             for place in range(len(STEPS) + 1)]  # fmt: skip
    ticks = [text(LEFT + (place + 1) * wide - 1, top + 23, f"{step:g}".replace("-", "−"), text_anchor="middle",
                  class_="tick") for place, step in enumerate(STEPS)]  # fmt: skip
    return group(*boxes, *ticks, text(LEFT - 8, top + 9, msg("standard deviations"), text_anchor="end", class_="tick"))
