"""The credibility card as pictures: what findings and parameters there are, and how well each rule is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from markupsafe import Markup

from euthymia.credibility import Card
from euthymia.credibility.checks import HIGHEST
from euthymia.credibility.counts import STATUSES, USES
from euthymia.report.bilingual import Words
from euthymia.report.charts import SMALL
from euthymia.report.svg import element, group, lines, text
from euthymia.report.tables import STATUSES as STATUS_WORDS
from euthymia.report.verdicts import SLUG
from euthymia.words import Message, msg

Share = tuple[str, Message, int]
"""A part of a whole: class of its colour, word and number."""
_RIGHT: Final = SMALL.width - 6.0
_BAR: Final = 14.0
_STEP: Final = 19.0


def card_charts(card: Card, *, labelled_by: str = "") -> tuple[tuple[Message, Markup], ...]:
    """The pictures with their titles.

    Parameters
    ----------
    card
        The card of a study.
    labelled_by
        Id of the element whose text names them.
    """
    return (
        (msg("Findings by verdict, parameters by source"), _wholes(card, labelled_by)),
        (msg("Grades by rule, 0 to 4"), _grades(card, labelled_by)),
    )


def _wholes(card: Card, labelled_by: str) -> Markup:
    tested, fitted = ([(f"v-{SLUG[one]}", one.label, card.findings[use][one]) for one in SLUG]
                      for use in reversed(USES))  # fmt: skip
    statuses = [(f"s-{one}", STATUS_WORDS[one], card.parameters.counts[one]) for one in STATUSES]
    parts = [
        _whole(msg("Findings kept to test: {count}", count=_total(tested)), tested, y=14),
        _whole(msg("Findings used to fit: {count}", count=_total(fitted)), fitted, y=82),
        _whole(msg("Parameters of the model: {count}", count=_total(statuses)), statuses, y=150),
    ]
    return _svg(parts, 212, labelled_by)


def _total(shares: Sequence[Share]) -> int:
    return sum(count for _, _, count in shares)


def _whole(name: Words, shares: Sequence[Share], *, y: float) -> Markup:
    """One bar, its name above and its parts in words below."""
    known = [one for one in shares if one[2]]
    said: Words = msg("none")
    for place, (_, word, count) in enumerate(known):
        one = msg("{count} {word}", count=count, word=word)
        said = msg("{list}, {next}", list=said, next=one) if place else one
    legend = lines(4, y + 34, said, width=_RIGHT - 4, size=11, most=2, class_="tick")
    return group(text(4, y, name), *_segments(known, y + 6), legend)


def _segments(shares: Sequence[Share], y: float) -> Iterator[Markup]:
    start, total, room = 4.0, _total(shares), _RIGHT - 4 - 2.0 * max(len(shares) - 1, 0)
    for style, _, count in shares:
        wide = room * count / total
        yield element("rect", x=start, y=y, width=wide, height=_BAR, class_=f"segment {style}")
        start += wide + 2


def _grades(card: Card, labelled_by: str) -> Markup:
    left, wide = _RIGHT - 4 * 20 - 18, 18.0
    parts = []
    for place, rule in enumerate(card.rules):
        y = 16 + _STEP * place
        steps = [element("rect", x=left + 20 * step, y=y - 9, width=wide, height=10.0,
                         class_="segment" if step < rule.grade else "rest") for step in range(HIGHEST)]  # fmt: skip
        said = msg("{number}. {name}", number=rule.number, name=rule.name)
        name = lines(4, y, said, width=left - 10, size=11, most=1)
        parts.append(group(name, group(*steps, class_="k1"), text(_RIGHT, y, str(rule.grade), text_anchor="end")))
    return _svg(parts, 16 + _STEP * len(parts), labelled_by)


def _svg(parts: Sequence[Markup], height: float, labelled_by: str) -> Markup:
    return element("svg", *parts, role="img", viewBox=f"0 0 {SMALL.width:g} {height:g}", class_="chart card-plot",
                   aria_labelledby=labelled_by or None)  # fmt: skip
