"""An answer in sentences: contrasts, combinations, grids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from euthymia.asking import Answer, Compared, Effect, Synergy
from euthymia.asking.synergy import NAMES
from euthymia.records.finding import Reading
from euthymia.report.bilingual import Words
from euthymia.report.numbers import moment, number, percent
from euthymia.report.placewords import short_place
from euthymia.report.units import unit_words
from euthymia.words import Message, msg

FOUND: Final = {
    "synergy": msg("synergy"),
    "antagonism": msg("less than expected"),
    "as_expected": msg("as expected"),
    "undecided": msg("undecided"),
    "not_evaluated": msg("not evaluated"),
}
"""What a combination shows against one reference, in a word or two."""

WAYS: Final = {
    ("less", True): msg("lower, which is better,"),
    ("less", False): msg("lower, which is worse,"),
    ("less", None): msg("lower"),
    ("greater", True): msg("higher, which is better,"),
    ("greater", False): msg("higher, which is worse,"),
    ("greater", None): msg("higher"),
}
"""Direction of a contrast, and whether it is the better one."""


def assay_words(answer: Answer, assay: str, of: str | None) -> Words:
    """An assay and the population that it reads."""
    label = answer.library.assays[assay].label.text
    return label if of is None else msg("{first}, {second}", first=label, second=short_place(of))


def unit_of(answer: Answer, assay: str) -> Words:
    """The unit of an assay in words; empty where it has none."""
    return unit_words(answer.library.assays[assay].unit)


def effect_sentence(answer: Answer, effect: Effect) -> Message:
    """A contrast as a sentence."""
    margin = answer.library.assays[effect.reading.assay].margin(change=False)
    values = {
        "arm": answer.label(effect.reading.arm), "against": answer.label(effect.against.arm),
        "place": _place(answer, effect.reading), "size": amount(effect.size.median, margin, sign=True),
        "unit": unit_of(answer, effect.reading.assay), "low": amount(effect.size.low, margin, sign=True),
        "high": amount(effect.size.high, margin, sign=True), "probability": percent(effect.probability),
        "noticeable": percent(effect.noticeable), "chance": percent(effect.chance), "n": effect.n,
    }  # fmt: skip
    return msg(
        "{place}: “{arm}” against “{against}” {size} {unit} (5–95 %: {low} to {high}). That is {way} in {probability} "
        "of the draws, noticeably so in {noticeable}. An experiment with {n} animals a group would find it in {chance} "
        "of all cases.",
        way=WAYS[effect.direction, _better(answer, effect)], **values,
    )  # fmt: skip


def _better(answer: Answer, effect: Effect) -> bool | None:
    """Whether the direction of a contrast is the better one; `None` where an assay has no better side."""
    worse = answer.library.assays[effect.reading.assay].worse
    return None if worse == "neither" else (worse == "higher") == (effect.direction == "less")


def synergy_sentences(answer: Answer, synergy: Synergy) -> Iterator[Message]:
    """A combination as a sentence, then one for each reference."""
    asked, unit = synergy.pairing.asked, unit_of(answer, synergy.reading.assay)
    margin = answer.library.assays[synergy.reading.assay].margin(change=False)
    yield msg(
        "{place}: relief by “{both}” {effect} {unit}, by “{first}” alone {one}, by “{second}” alone {two}.",
        place=_place(answer, synergy.reading), both=answer.label(asked.both), first=answer.label(asked.first),
        second=answer.label(asked.second), effect=amount(synergy.both.median, margin), unit=unit,
        one=amount(synergy.first.median, margin), two=amount(synergy.second.median, margin),
    )  # fmt: skip
    for one in synergy.references:
        if one.name == "loewe" and not asked.loewe:
            continue
        yield reference_sentence(one, unit, margin)


def amount(value: float, margin: float, *, sign: bool = False) -> str:
    """A number as people read it; zero where it is below a hundredth of what an assay can tell apart."""
    return number(0.0 if abs(value) < margin / 100 else value, sign=sign)


def reference_sentence(one: Compared, unit: Words, margin: float) -> Message:
    """What a pair shows against one reference, with its probability."""
    if one.reason is not None:
        return msg("Against {reference}: not evaluated. {reason}", reference=NAMES[one.name], reason=one.reason)
    values = {
        "reference": NAMES[one.name], "expected": amount(one.expected.median, margin), "unit": unit,
        "excess": amount(one.excess.median, margin, sign=True), "low": amount(one.excess.low, margin, sign=True),
        "high": amount(one.excess.high, margin, sign=True), "found": FOUND[one.found], "more": percent(one.above),
        "less": percent(one.below), "probability": percent(one.probability),
    }  # fmt: skip
    return msg(
        "Against {reference} ({expected} {unit} expected): {found}. Excess {excess} {unit} (5–95 %: {low} to {high}), "
        "above zero in {probability} of the draws; noticeably more in {more}, noticeably less in {less}.",
        **values,
    )


def _place(answer: Answer, reading: Reading) -> Message:
    return msg("{first}, {second}", first=assay_words(answer, reading.assay, reading.of),
               second=moment(reading.time.to("d")))  # fmt: skip
