"""The comparison as files: a page in both languages, the picture in each, tables for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from euthymia.comparing import Comparison
from euthymia.comparing.measures import MARGIN
from euthymia.comparing.table import csv_text
from euthymia.files import write_atomically
from euthymia.records.base import Bilingual
from euthymia.report import comparedwords
from euthymia.report.bilingual import Words
from euthymia.report.comparedplot import plane_picture
from euthymia.report.numbers import number, percent, span
from euthymia.report.pages import render
from euthymia.report.picture import standalone
from euthymia.report.told import Intervention, Middle, Over, Response, Told
from euthymia.report.verdicts import SLUG
from euthymia.words import LANGUAGES, Message, msg

PAGE: Final = "compare.html"
TABLE: Final = "compare.csv"
DATA: Final = "compare.json"
FAINT: Final = 0.005
"""Size in standard deviations below which it is shown as zero."""


@dataclass(frozen=True)
class Known:
    """A finding about a harm: its words where they are at hand, and where it is told."""

    statement: Bilingual | None
    href: str = ""


@dataclass(frozen=True)
class Row:
    """An intervention in the table, and where its own page is."""

    one: Intervention
    cells: tuple[Words | Markup, ...]
    href: str


@dataclass(frozen=True)
class Resting:
    """A finding about a harm as the joined model sees it."""

    id: str
    known: Known
    slug: str
    label: Message
    probability: str


@dataclass(frozen=True)
class HarmRow:
    """What is known of a harm, and what the interventions do."""

    label: Words
    covered: bool
    missing: Words
    known: tuple[Resting, ...]
    most: tuple[tuple[Words, str], ...]
    again: tuple[tuple[Words, str], ...]


def comparison_files(comparison: Comparison, folder: Path, *, command: str) -> dict[Path, str]:
    """The texts of all files by their place in a folder."""
    told = Told.of(comparison)
    texts = {
        PAGE: comparison_page(
            told, plane_picture(told, labelled_by="plane-name"), command=command,
            known={name: Known(outcome.finding.statement) for name, outcome in comparison.outcomes.items()},
        ),
        TABLE: csv_text(comparison),
        DATA: json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1) + "\n",
        **plane_files(told),
    }  # fmt: skip
    return {folder / name: text for name, text in texts.items()}


def plane_files(told: Told) -> dict[str, str]:
    """The picture of a comparison as a file in each language."""
    picture = plane_picture(told)
    return {
        "compare.svg" if language == "en" else f"compare.{language}.svg": standalone(
            comparedwords.described(picture, told, language), language
        )
        for language in LANGUAGES
    }


def write_comparison(comparison: Comparison, folder: Path, *, command: str) -> Path:
    """Write the page, the pictures, the table and the JSON file; the place of the page is returned.

    Raises
    ------
    OutputError
        If writing fails; earlier files are intact.
    """
    write_atomically(comparison_files(comparison, folder, command=command))
    return folder / PAGE


def comparison_page(
    told: Told, picture: Markup, *, command: str, known: Mapping[str, Known], pages: Mapping[str, str] | None = None,
    site: object = None,
) -> str:  # fmt: skip
    """The page.

    Parameters
    ----------
    told
        The comparison.
    picture
        Interventions by onset and duration; named by the element `plane-name`.
    command
        The command that makes it again.
    known
        By finding, its words.
    pages
        By intervention, the page of its own, where there is one.
    site
        The frame of the site that it stands in.
    """
    return render(
        "compare.html",
        ("euthymia.site",) if site else (),
        site=site,
        titles=comparedwords.TITLES,
        t=comparedwords.WORDS,
        lead=comparedwords.lead(told),
        command=command,
        picture=picture,
        heads=comparedwords.HEADS,
        rows=tuple(Row(one, tuple(_cells(one, told)), (pages or {}).get(one.id, "")) for one in told.interventions),
        harms=tuple(_harm_rows(told, known)),
        unreachable=", ".join(told.unreachable),
        tests=tuple(_tests(told)),
        test_heads=comparedwords.test_heads(told.assays),
        limits=comparedwords.LIMITS,
    )


def _cells(one: Intervention, told: Told) -> Iterator[Words]:
    effect = one.main
    yield f"{percent(effect.probability)}"
    yield when(effect.onset, told.days)
    yield between(effect.peak)
    yield percent(effect.chance)
    yield when(effect.duration, told.days, open_end=effect.probability > 0)
    yield share(one.selectivity)
    yield size(one.on_target.median or 0.0)
    yield _worst(one, told)
    yield half(one.dose_response)
    yield between(one.repeated.ratio) if one.repeated else "–"
    yield between(one.repeated.total) if one.repeated else "–"


def when(found: Over, days: float, *, open_end: bool = True) -> Words:
    """A time with its interval; what is not reached is later than the horizon."""
    if found.reached == 0 and not open_end:
        return "–"
    if found.low is None:
        return msg("> {days}", days=span(days)) if open_end else "–"

    def said(value: float | None) -> Words:
        return span(value) if value is not None else msg("> {days}", days=span(days))

    return msg("{median} ({low} to {high})", median=said(found.median), low=said(found.low), high=said(found.high))


def between(found: Over) -> Words:
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


def share(found: Over) -> Words:
    """A share with its interval."""
    if found.median is None or found.low is None or found.high is None:
        return "–"
    return msg("{median} ({low} to {high})", median=percent(found.median), low=percent(found.low),
               high=percent(found.high))  # fmt: skip


def half(response: Response | None) -> Words:
    """The dose with half of the largest effect, as a multiple of the protocol's."""
    if response is None:
        return "–"
    found, lowest = response.half.median, response.factors[0]
    if found is None:
        return msg("not reached")
    if found == 0:
        return f"< {lowest:g} ×"
    return f"{number(found)} ×"


def _worst(one: Intervention, told: Told) -> Words:
    if one.worst_harm is None:
        return "0"
    return msg("{size} ({name})", size=between(one.harm), name=told.harms[one.worst_harm].label.text)


def _harm_rows(told: Told, known: Mapping[str, Known]) -> Iterator[HarmRow]:
    for name, harm in told.harms.items():
        resting = tuple(
            Resting(finding, known.get(finding, Known(None)), SLUG[one.verdict], one.verdict.label,
                    percent(one.probability))
            for finding, one in harm.findings.items()
        )  # fmt: skip
        once = ((one, one.harms.get(name)) for one in told.interventions)
        again = ((one, one.repeated.harms.get(name)) for one in told.interventions if one.repeated)
        yield HarmRow(
            harm.label.text, harm.covered, harm.missing.text if harm.missing else "", resting, _most(once),
            _most(again),
        )  # fmt: skip


def _most(sizes: Iterable[tuple[Intervention, Middle | None]]) -> tuple[tuple[Words, str], ...]:
    """Interventions with a median beyond the margin, the largest first."""
    found = [(one, harm.median) for one, harm in sizes if harm is not None and harm.median is not None]
    beyond = sorted((pair for pair in found if pair[1] >= MARGIN), key=lambda pair: -pair[1])
    return tuple((one.name.text, number(median)) for one, median in beyond)


def _tests(told: Told) -> Iterator[tuple[Words, tuple[Words, ...]]]:
    """Peak and probability in each test."""
    for one in told.interventions:
        yield (
            one.label.text,
            tuple(
                msg("{peak}; {share}", peak=between(effect.peak), share=percent(effect.probability))
                for effect in one.effects.values()
            ),
        )
