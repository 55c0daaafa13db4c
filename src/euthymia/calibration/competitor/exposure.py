"""What an arm's protocol gives, and when: interventions by name, as sessions with a dose."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.records.library import Library
from euthymia.records.protocol import (
    Bath,
    Drug,
    Exercise,
    Genetic,
    Infusion,
    Injury,
    Protocol,
    Stimulation,
    Stress,
)
from euthymia.units import Quantity, parse_quantity

Array = npt.NDArray[np.float64]
DAY: Final = 24.0
"""Hours."""
PROPORTIONAL: Final = ("gene", "injury")
"""Kinds whose effect is proportional to their degree; others saturate with the dose."""


@dataclass(frozen=True)
class Session:
    """One session of an intervention.

    Attributes
    ----------
    start, end
        Hours from day 0; equal for a bolus, infinite for what was always there or never ends.
    dose
        In the unit in which the intervention is written.
    """

    start: float
    end: float
    dose: float


Course = tuple[Session, ...]
"""All sessions of one intervention on one arm."""


def courses(protocol: Protocol, library: Library) -> dict[str, Course]:
    """What a protocol gives, by the intervention's kind, name and place, in the order of names.

    Imaging is an observation and is left out.
    """
    found: dict[str, list[Session]] = {}
    for item in protocol:
        name = name_of(item)
        if name is not None:
            found.setdefault(name, []).extend(_sessions(item, library))
    return {name: tuple(sorted(found[name], key=lambda one: (one.start, one.end, one.dose))) for name in sorted(found)}


def name_of(item: object) -> str | None:
    """Kind, name and place of an intervention, without its dose and times; None for an observation."""
    parts: tuple[str, ...]
    match item:
        case Drug():
            parts = ("drug", item.drug)
        case Bath():
            parts = ("bath", item.bath)
        case Stress():
            parts = ("stress", item.stress)
        case Injury():
            parts = ("injury", item.injury)
        case Genetic():
            parts = ("gene", item.gene, item.where, "more" if item.remaining > 1 else "less")
        case Stimulation():
            parts = (item.method, item.target, item.effect)
        case Exercise():
            parts = ("exercise", item.exercise)
        case Infusion():
            parts = ("infusion", item.infusion, item.region)
        case _:
            return None
    return re.sub(r"\W", "_", "_".join(parts), flags=re.ASCII)


def _sessions(item: object, library: Library) -> Iterator[Session]:
    match item:
        case Drug():
            yield from (_bolus(time.to("h"), item.dose.to("mg/kg")) for time in item.at)
        case Infusion():
            yield from (_bolus(time.to("h"), item.amount) for time in item.at)
        case Bath():
            yield _lasting(item.start.to("h"), item.duration.to("h"), item.concentration.to("nmol/l"))
        case Stress():
            daily = (item.daily or parse_quantity(library.stressors[item.stress].daily)).to("h/day")
            yield from (_lasting(item.start.to("h") + DAY * day, daily, daily) for day in range(item.days))
        case Injury():
            yield Session(item.at.to("h"), math.inf, 1.0)
        case Genetic():
            yield Session(item.since.to("h") if item.since else -math.inf, math.inf, degree(item))
        case Stimulation(start=Quantity() as start, duration=Quantity() as duration):
            yield _lasting(start.to("h"), duration.to("h"), item.strength)
        case Stimulation():
            yield Session(-math.inf, math.inf, item.strength)
        case Exercise():
            hours = item.duration.to("h")
            yield _lasting(item.start.to("h"), hours, item.intensity * hours)


def degree(item: Genetic) -> float:
    """How far a gene's product is from wild type: the fraction lost, or the number of doublings gained."""
    return math.log2(item.remaining) if item.remaining > 1 else 1 - item.remaining


def _bolus(at: float, dose: float) -> Session:
    return Session(at, at, dose)


def _lasting(start: float, duration: float, dose: float) -> Session:
    return Session(start, start + duration, dose)


def exposure(course: Course, hours: Array, *, onset: Array | None, decay: Array | None) -> Array:
    """What has gathered of an intervention [animal, time], in units of its dose.

    Each session rises with the time constant `onset` from its start, falls with `decay` from its end, and adds to the
    others.

    Parameters
    ----------
    course
        The sessions.
    hours
        Times, in hours from day 0.
    onset, decay
        Hours, one per animal; None where the intervention has no such phase.
    """
    starts, ends, doses = (np.array([getattr(one, name) for one in course]) for name in ("start", "end", "dose"))
    since = np.maximum(hours[:, None] - starts, 0.0)
    after = np.maximum(hours[:, None] - ends, 0.0)
    risen = (since > 0) * 1.0 if onset is None else -np.expm1(-since / onset[:, None, None])
    kept = np.ones(1) if decay is None else np.exp(-after / decay[:, None, None])
    return np.atleast_2d((doses * risen * kept).sum(axis=-1))
