"""What a comparison of interventions says in a few sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from euthymia.report.numbers import span
from euthymia.site.article import Part
from euthymia.site.compared import Compared, Intervention
from euthymia.site.frame import COMPARED
from euthymia.words import msg

SURE: Final = 0.8
"""Share of draws from which an effect is called reliable, as in the comparison."""


def onset_lines(compared: Compared) -> Iterator[tuple[Part, ...]]:
    """The intervention that acts first and the one that lasts longest, among those that act reliably."""
    every = compared.told.interventions
    sure = [one for one in every if one.main.probability >= SURE]
    yield (Part(msg("Of {all} interventions tried on the same stressed virtual mice, {sure} relieve them reliably.",
                    all=len(every), sure=len(sure)), COMPARED),)  # fmt: skip
    timed = [(one, one.main.onset.median) for one in sure if one.main.onset.median is not None]
    if timed:
        first, onset = min(timed, key=lambda pair: pair[1])
        yield (_link(first), Part(msg("acts first: after {time} in half of the draws.", time=span(onset))))
    lasting = [(one, one.main.duration.median) for one in sure if one.main.duration.median is not None]
    endless = [one for one in sure if one.main.duration.median is None and one.main.onset.median is not None]
    if endless:
        said = msg("still acts at the end of the {days} that were followed.", days=span(compared.told.days))
        yield (*(_link(one) for one in endless[:5]), Part(said))
    elif lasting:
        last, duration = max(lasting, key=lambda pair: pair[1])
        yield (_link(last), Part(msg("lasts longest: {time} in half of the draws.", time=span(duration))))


def _link(one: Intervention) -> Part:
    return Part(one.label.text, f"{COMPARED}#i-{one.id}")
