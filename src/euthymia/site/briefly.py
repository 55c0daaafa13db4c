"""What a comparison of interventions says in a few sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from euthymia.report.numbers import percent, span
from euthymia.report.told import Intervention, Middle
from euthymia.site.article import Part
from euthymia.site.compared import Compared
from euthymia.site.frame import COMPARED
from euthymia.words import Message, msg

SURE: Final = 0.8
"""Share of draws from which an effect is called reliable, as in the comparison."""


def onset_lines(compared: Compared) -> Iterator[tuple[Part, ...]]:
    """The intervention that acts first and the one that lasts longest, among those that act reliably."""
    every = compared.told.interventions
    sure = [one for one in every if one.main.probability >= SURE]
    yield (Part(msg("Of {all} interventions tried on the same stressed virtual mice, {sure} relieve them reliably.",
                    all=len(every), sure=len(sure)), COMPARED),)  # fmt: skip
    yield from _first(sure, compared)
    yield from _last(sure, compared)


def _first(sure: Sequence[Intervention], compared: Compared) -> Iterator[tuple[Part, ...]]:
    timed = [(one.main.onset.median, place) for place, one in enumerate(sure) if one.main.onset.median is not None]
    if timed:
        first = sure[min(timed)[1]]
        said = msg("acts first, after {time}; {share} of the draws show an effect.",
                   time=_between(first.main.onset, compared), share=percent(first.main.probability))  # fmt: skip
        yield (_link(first), Part(said))


def _last(sure: Sequence[Intervention], compared: Compared) -> Iterator[tuple[Part, ...]]:
    """Those that still act at the end, else the one that lasts longest."""
    endless = [one for one in sure if one.main.duration.median is None and one.main.onset.median is not None]
    if endless:
        said = msg("In most draws these still act at the end of the {days} that were followed:",
                   days=span(compared.told.days))  # fmt: skip
        yield (Part(said), *(_link(one) for one in endless))
        return
    timed = [
        (one.main.duration.median, place) for place, one in enumerate(sure) if one.main.duration.median is not None
    ]
    if timed:
        last = sure[max(timed)[1]]
        said = msg("lasts longest, {time}; {share} of the draws show an effect.",
                   time=_between(last.main.duration, compared), share=percent(last.main.probability))  # fmt: skip
        yield (_link(last), Part(said))


def _between(found: Middle, compared: Compared) -> Message:
    """A time with its interval; an end that was not reached is later than the last day."""
    ends = [span(one) if one is not None else msg("> {days}", days=span(compared.told.days))
            for one in (found.median, found.low, found.high)]  # fmt: skip
    return msg("{median} ({low} to {high})", median=ends[0], low=ends[1], high=ends[2])


def _link(one: Intervention) -> Part:
    return Part(one.label.text, f"{COMPARED}#i-{one.id}")
