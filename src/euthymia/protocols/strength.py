"""Interventions made weaker and stronger, and moved in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from euthymia.records.protocol import Bath, Drug, Exercise, Genetic, Infusion, Intervention, Protocol, Stimulation
from euthymia.units import Quantity

CLOSE: Final = 1e-9


def stronger(item: Intervention, factor: float) -> Intervention | None:
    """The intervention at a multiple of its strength; None where it cannot be that strong.

    The strength of a change of a gene is how far its product's level is from that of the wild type.
    """
    match item:
        case Drug():
            return item.model_copy(update={"dose": Quantity(item.dose.value * factor, item.dose.unit)})
        case Bath():
            found = Quantity(item.concentration.value * factor, item.concentration.unit)
            return item.model_copy(update={"concentration": found})
        case Infusion():
            return item.model_copy(update={"amount": item.amount * factor})
        case Stimulation():
            return item.model_copy(update={"strength": item.strength * factor}) if item.strength * factor <= 1 else None
        case Exercise():
            effort = item.intensity * factor
            return item.model_copy(update={"intensity": effort}) if effort <= 1 else None
        case Genetic():
            level = 1 + factor * (item.remaining - 1)
            return item.model_copy(update={"level": level}) if level >= 0 else None
        case _:
            return None


def scaled(protocol: Protocol, factor: float, *, kept: Sequence[str] = ()) -> Protocol | None:
    """A protocol at a multiple of its strength; None where there is none. Drugs in `kept` stay."""
    items = [item if isinstance(item, Drug) and item.drug in kept else stronger(item, factor) for item in protocol]
    found = tuple(item for item in items if item is not None)
    return found if len(found) == len(protocol) else None


def times_of(item: Intervention) -> tuple[float, ...]:
    """The days on which an intervention starts; none if it is there throughout."""
    match item:
        case Drug() | Infusion():
            return tuple(time.to("d") for time in item.at)
        case Bath() | Exercise():
            return (item.start.to("d"),)
        case Stimulation():
            return (item.start.to("d"),) if item.start else ()
        case Genetic():
            return (item.since.to("d"),) if item.since else ()
        case _:
            return ()


def once(protocol: Protocol) -> Protocol:
    """The first dose of each intervention."""
    return tuple(
        item.model_copy(update={"at": item.at[:1]}) if isinstance(item, Drug | Infusion) else item for item in protocol
    )


def at_days(protocol: Protocol, days: Sequence[float]) -> Protocol:
    """The first dose of a protocol given on each of some days; what is there throughout stays once."""
    given: list[Intervention] = []
    for item in once(protocol):
        start = times_of(item)
        if not start:
            given.append(item)
            continue
        moved = tuple(Quantity(round(start[0] + day, 9), "d") for day in days)
        if isinstance(item, Drug | Infusion):
            given += [item.model_copy(update={"at": moved})] if moved else []
        else:
            given += [item.model_copy(update={"start": one}) for one in moved]
    return tuple(given)
