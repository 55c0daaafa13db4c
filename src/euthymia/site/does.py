"""What an intervention does to stressed virtual mice, in plain sentences, from the comparison of interventions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from euthymia.comparing.measures import SURE
from euthymia.findings.contrast import USUAL_N
from euthymia.records.intervention import Catalogue
from euthymia.records.library import Library
from euthymia.report.bilingual import Words
from euthymia.report.compared import between, size
from euthymia.report.numbers import number, percent, span
from euthymia.report.told import Effect, Intervention, Over, Told
from euthymia.report.units import unit_words
from euthymia.site.words import listed
from euthymia.words import Message, msg

HARDLY: Final = 0.2
"""Share of draws below which an effect is hardly there, as for verdicts."""


@dataclass(frozen=True)
class Fact:
    """One quantity: its name, its value, its interval, and what it means."""

    id: str
    label: Message
    value: Words
    interval: Words
    meaning: tuple[Message, ...]


@dataclass(frozen=True)
class TestRow:
    """What it does in one test of mood."""

    __test__ = False

    assay: Words
    cells: tuple[Words, ...]


@dataclass(frozen=True)
class Doing:
    """What an intervention does.

    Attributes
    ----------
    brief
        The answer in one sentence.
    facts
        When it begins, how long it lasts, how large, how sure, how precise, at what harm.
    again
        What happens when it is given repeatedly.
    tests, harms
        By test of mood, and by harm with its size or the reason why it is not known.
    """

    brief: Message
    facts: tuple[Fact, ...]
    again: Message | None
    tests: tuple[TestRow, ...]
    harms: tuple[tuple[Words, Words], ...]


def doing(one: Intervention, told: Told, catalogue: Catalogue, library: Library) -> Doing:
    """What an intervention does, told in sentences."""
    return Doing(
        brief(one, told),
        tuple(_facts(one, told, catalogue, library)),
        _again(one),
        tuple(TestRow(_assay(name, library), _cells(effect, told.days)) for name, effect in one.effects.items()),
        tuple((harm.label.text, _harm(one, name, told)) for name, harm in told.harms.items()),
    )


def brief(one: Intervention, told: Told) -> Message:
    """Whether it relieves stressed mice, from when on and for how long."""
    effect, seen = one.main, percent(one.main.probability)
    if effect.probability < HARDLY:
        return msg("Stressed virtual mice are hardly relieved by it: {share} of the draws show an effect.", share=seen)
    if effect.probability < SURE:
        return msg("It may relieve stressed virtual mice, but not reliably: {share} of the draws show an effect.",
                   share=seen)  # fmt: skip
    onset = roughly(effect.onset.median) if effect.onset.median is not None else span(told.days)
    if effect.duration.median is None:
        return msg("It relieves stressed virtual mice from {onset} on, in most draws for as long as they are followed "
                   "({days}); {share} of the draws show an effect.",
                   onset=onset, days=span(told.days), share=seen)  # fmt: skip
    return msg("It relieves stressed virtual mice from {onset} on, for {time}; {share} of the draws show an effect.",
               onset=onset, time=roughly(effect.duration.median), share=seen)  # fmt: skip


def roughly(days: float) -> Words:
    """A time with two significant digits.

    >>> str(roughly(0.2695)), str(roughly(15.8)), str(roughly(0.001))
    ('6.5 h', '16 d', '1 min')
    """
    if days < 1 / 24:
        return msg("{number} min", number=f"{days * 1440:.0f}")
    return msg("{number} h", number=number(days * 24)) if days < 1 else msg("{number} d", number=number(days))


def begins(effect: Effect) -> Words:
    """When an effect begins, at the median of the draws."""
    return roughly(effect.onset.median) if effect.onset.median is not None else msg("not in most draws")


def lasts(effect: Effect, days: float) -> Words:
    """How long it lasts, at the median of the draws that show it."""
    return _time(effect.duration.median, days) if effect.probability > 0 else "–"


def _time(value: float | None, days: float) -> Words:
    return roughly(value) if value is not None else msg("> {days}", days=span(days))


def _range(found: Over, days: float) -> Words:
    if found.low is None and found.high is None:
        return ""
    return msg("{low} to {high}", low=_time(found.low, days), high=_time(found.high, days))


def _spread(found: Over) -> Words:
    if found.low is None or found.high is None:
        return ""
    return msg("{low} to {high}", low=size(found.low), high=size(found.high))


def _facts(one: Intervention, told: Told, catalogue: Catalogue, library: Library) -> Iterator[Fact]:
    effect, test = one.main, _assay(next(iter(one.effects)), library)
    shown = effect.probability > 0
    yield Fact("onset", msg("Begins after"), begins(effect),
               _range(effect.onset, told.days) if shown else "",
               (msg("When the relief in this test first exceeds half a standard deviation: {test}.",
                    test=test),))  # fmt: skip
    yield Fact("duration", msg("Lasts"), lasts(effect, told.days),
               _range(effect.duration, told.days) if shown else "",
               (msg("From then until it falls below that again, in the draws that show it. The animals are followed "
                    "for {days}.", days=span(told.days)),))  # fmt: skip
    yield Fact("peak", msg("Largest relief"), msg("{size} SD", size=size(effect.peak.median or 0.0)),
               _spread(effect.peak), tuple(_largest(effect, next(iter(one.effects)), library)))  # fmt: skip
    yield Fact("draws", msg("Shown by"), msg("{share} of the draws", share=percent(effect.probability)), "",
               tuple(_reliable(one, library)))  # fmt: skip
    own = one.selectivity.median
    yield Fact("precision", msg("Precision"), percent(own) if own is not None else "–", _shares(one.selectivity),
               tuple(_precision(one, catalogue)))  # fmt: skip
    yield _largest_harm(one, told)


def _shares(found: Over) -> Words:
    if found.low is None or found.high is None:
        return ""
    return msg("{low} to {high}", low=percent(found.low), high=percent(found.high))


def _largest(effect: Effect, test: str, library: Library) -> Iterator[Message]:
    assay = library.assays.get(test)
    if assay is not None and effect.peak_reading.median is not None and effect.peak_day.median is not None:
        yield msg("That is {reading} {unit} in the test, {time} after the start.",
                  reading=number(effect.peak_reading.median), unit=unit_words(assay.unit),
                  time=roughly(effect.peak_day.median))  # fmt: skip
    yield msg("An experiment with {count} animals a group would find it in {chance} of all cases.", count=USUAL_N,
              chance=percent(effect.chance))  # fmt: skip


def _reliable(one: Intervention, library: Library) -> Iterator[Message]:
    sure = [_assay(name, library) for name, effect in one.effects.items() if effect.probability >= SURE]
    yield msg("Tests of mood in which at least {share} of the draws show an effect: {sure} of {all}.",
              share=percent(SURE), sure=len(sure), all=len(one.effects))  # fmt: skip
    if one.failed:
        yield msg("Left out because a run failed: {share} of the draws.", share=percent(one.failed))


def _precision(one: Intervention, catalogue: Catalogue) -> Iterator[Message]:
    label = catalogue.targets[one.target].label.text if one.target in catalogue.targets else one.target
    yield msg("Of all that it moves in the brain, this share is what it is meant to move: {target}.", target=label)
    others = [catalogue.targets[other.target].label.text for other in one.off_target
              if other.target in catalogue.targets]  # fmt: skip
    if others:
        yield msg("It also moves: {others}.", others=listed(others))


def _largest_harm(one: Intervention, told: Told) -> Fact:
    unknown = [harm.label.text for harm in told.harms.values() if not harm.covered]
    silent = (msg("No read-out exists for: {harms}. This is not known, which is not the same as harmless.",
                  harms=listed(unknown)),) if unknown else ()  # fmt: skip
    label = msg("Largest harm")
    if one.worst_harm is None:
        return Fact("harm", label, msg("none seen"), "",
                    (msg("No harm that can be read exceeds half a standard deviation."), *silent))  # fmt: skip
    return Fact("harm", label, msg("{size} SD", size=size(one.harm.median or 0.0)), _spread(one.harm),
                (msg("Most of all: {harm}.", harm=told.harms[one.worst_harm].label.text), *silent))  # fmt: skip


def _again(one: Intervention) -> Message | None:
    found = one.repeated
    if found is None or found.ratio.median is None or one.main.probability < SURE:
        return None
    return msg("Given {doses} times, {every} apart, the last dose adds this much relief, as a multiple of what a "
               "single dose does: {ratio}. Below 1 is tolerance, unless the earlier doses still work; with them it is "
               "{total}.",
               doses=found.doses, every=span(found.every), ratio=between(found.ratio),
               total=between(found.total))  # fmt: skip


def _assay(name: str, library: Library) -> Words:
    return library.assays[name].label.text if name in library.assays else name


def _cells(effect: Effect, days: float) -> tuple[Words, ...]:
    shown = effect.probability > 0
    return (
        percent(effect.probability),
        _both(effect.onset, days) if shown else "–",
        _both(effect.duration, days) if shown else "–",
        between(effect.peak),
    )


def _both(found: Over, days: float) -> Words:
    value, spread = _time(found.median, days), _range(found, days)
    return msg("{median} ({range})", median=value, range=spread) if spread else value


def _harm(one: Intervention, name: str, told: Told) -> Words:
    harm = told.harms[name]
    if not harm.covered:
        return msg("not known: {reason}", reason=harm.missing.text if harm.missing else "")
    found = one.harms.get(name)
    return between(found) if found is not None else msg("not read here")
