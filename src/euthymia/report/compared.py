"""The comparison as files: a page in both languages, the picture in each, tables for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from euthymia.comparing import Compared, Comparison
from euthymia.comparing.bench import ASSAYS
from euthymia.comparing.measures import MARGIN, Estimate
from euthymia.comparing.table import csv_text
from euthymia.files import write_atomically
from euthymia.records.finding import Finding
from euthymia.report import comparedwords
from euthymia.report.bilingual import Words
from euthymia.report.comparedplot import plane_picture
from euthymia.report.numbers import number, percent, span
from euthymia.report.pages import render
from euthymia.report.picture import standalone
from euthymia.report.verdicts import SLUG
from euthymia.words import LANGUAGES, msg

PAGE: Final = "compare.html"
FAINT: Final = 0.005
"""Size in standard deviations below which it is shown as zero."""


@dataclass(frozen=True)
class Row:
    """An intervention in the table."""

    one: Compared
    cells: tuple[Words | Markup, ...]


@dataclass(frozen=True)
class HarmRow:
    """What is known of a harm, and what the interventions do."""

    label: Words
    covered: bool
    missing: Words
    known: tuple[tuple[Finding, str, Words, str], ...]
    most: tuple[tuple[Words, str], ...]
    again: tuple[tuple[Words, str], ...]


def comparison_files(comparison: Comparison, folder: Path, *, command: str) -> dict[Path, str]:
    """The texts of all files by their place in a folder."""
    picture = plane_picture(comparison)
    texts = {
        folder / PAGE: comparison_page(comparison, command=command),
        folder / "compare.csv": csv_text(comparison),
        folder / "compare.json": json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1) + "\n",
    }
    for language in LANGUAGES:
        name = "compare.svg" if language == "en" else f"compare.{language}.svg"
        drawn = comparedwords.described(picture, comparison, language)
        texts[folder / name] = standalone(drawn, language)
    return texts


def write_comparison(comparison: Comparison, folder: Path, *, command: str) -> Path:
    """Write the page, the pictures, the table and the JSON file; the place of the page is returned.

    Raises
    ------
    OutputError
        If writing fails; earlier files are intact.
    """
    write_atomically(comparison_files(comparison, folder, command=command))
    return folder / PAGE


def comparison_page(comparison: Comparison, *, command: str) -> str:
    """The page."""
    return render(
        "compare.html",
        titles=comparedwords.TITLES,
        t=comparedwords.WORDS,
        lead=comparedwords.lead(comparison),
        command=command,
        picture=plane_picture(comparison, labelled_by="plane-name"),
        heads=comparedwords.HEADS,
        rows=tuple(Row(one, tuple(_cells(one, comparison))) for one in comparison.compared),
        harms=tuple(_harm_rows(comparison)),
        unreachable=", ".join(comparison.unreachable),
        tests=tuple(_tests(comparison)),
        test_heads=comparedwords.test_heads(),
        limits=comparedwords.LIMITS,
    )


def _cells(one: Compared, comparison: Comparison) -> Iterator[Words]:
    effect = one.effects[ASSAYS[0]]
    yield f"{percent(effect.probability)}"
    yield when(effect.onset, comparison.days)
    yield between(effect.peak)
    yield percent(effect.chance)
    yield when(effect.duration, comparison.days, open_end=effect.probability > 0)
    yield share(one.selectivity)
    yield size(one.on_target.median or 0.0)
    yield _worst(one, comparison)
    yield half(one)
    yield between(one.repeated.ratio) if one.repeated else "–"
    yield between(one.repeated.total) if one.repeated else "–"


def when(found: Estimate, days: float, *, open_end: bool = True) -> Words:
    """A time with its interval; what is not reached is later than the horizon."""
    if found.reached == 0 and not open_end:
        return "–"
    if found.low is None:
        return msg("> {days}", days=span(days)) if open_end else "–"

    def said(value: float | None) -> Words:
        return span(value) if value is not None else msg("> {days}", days=span(days))

    return msg("{median} ({low} to {high})", median=said(found.median), low=said(found.low), high=said(found.high))


def between(found: Estimate) -> Words:
    """A number with its interval."""
    if found.median is None or found.low is None or found.high is None:
        return "–"
    return msg("{median} ({low} to {high})", median=size(found.median), low=size(found.low),
               high=size(found.high))  # fmt: skip


def size(value: float) -> str:
    """A size in standard deviations; what rounds to nothing is zero.

    >>> size(3e-7), size(1.234)
    ('0', '1.2')
    """
    return number(value) if abs(value) >= FAINT else "0"


def share(found: Estimate) -> Words:
    """A share with its interval."""
    if found.median is None or found.low is None or found.high is None:
        return "–"
    return msg("{median} ({low} to {high})", median=percent(found.median), low=percent(found.low),
               high=percent(found.high))  # fmt: skip


def half(one: Compared) -> Words:
    """The dose with half of the largest effect, as a multiple of the protocol's."""
    if one.response is None:
        return "–"
    found, lowest = one.response.half, one.response.factors[0]
    if found.median is None:
        return msg("not reached")
    if found.median == 0:
        return f"< {lowest:g} ×"
    return f"{number(found.median)} ×"


def _worst(one: Compared, comparison: Comparison) -> Words:
    if one.worst is None:
        return "0"
    return msg("{size} ({name})", size=between(one.harm), name=comparison.catalogue.harms[one.worst].label.text)


def _harm_rows(comparison: Comparison) -> Iterator[HarmRow]:
    for name, harm in comparison.catalogue.harms.items():
        known = tuple(
            (outcome.finding, SLUG[outcome.verdict], outcome.verdict.label, percent(outcome.probability))
            for finding in harm.findings
            if (outcome := comparison.outcomes.get(finding)) is not None
        )
        once = [(one, one.harms.get(name)) for one in comparison.compared]
        again = [(one, one.repeated.harms.get(name)) for one in comparison.compared if one.repeated]
        yield HarmRow(
            harm.label.text, harm.probe is not None, harm.missing.text if harm.missing else "", known, _most(once),
            _most(again),
        )  # fmt: skip


def _most(sizes: Sequence[tuple[Compared, Estimate | None]]) -> tuple[tuple[Words, str], ...]:
    """Interventions with a median beyond the margin, the largest first."""
    found = [(one, harm.median) for one, harm in sizes if harm is not None and harm.median is not None]
    beyond = sorted((pair for pair in found if pair[1] >= MARGIN), key=lambda pair: -pair[1])
    return tuple((one.entry.short.text, number(median)) for one, median in beyond)


def _tests(comparison: Comparison) -> Iterator[tuple[Words, tuple[Words, ...]]]:
    """Peak and probability in each test."""
    for one in comparison.compared:
        yield (
            one.entry.label.text,
            tuple(
                msg("{peak}; {share}", peak=between(effect.peak), share=percent(effect.probability))
                for effect in one.effects.values()
            ),
        )
