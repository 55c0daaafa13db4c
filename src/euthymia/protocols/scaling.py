"""Interventions that have a strength, weaker and stronger."""

from __future__ import annotations

from euthymia.records.protocol import Bath, Drug, Exercise, Infusion, Stimulation
from euthymia.units import Quantity

Graded = Drug | Bath | Infusion | Stimulation | Exercise
"""Interventions that have a strength."""


def scaled(item: Graded, factor: float) -> Graded | None:
    """The intervention at a multiple of its strength; None where it cannot be that strong, or that weak.

    Parameters
    ----------
    item
        The intervention.
    factor
        Multiple of its dose, concentration, amount, share of cells or intensity.
    """
    match item:
        case Drug():
            return item.model_copy(update={"dose": Quantity(item.dose.value * factor, item.dose.unit)})
        case Bath():
            strength = item.concentration
            return item.model_copy(update={"concentration": Quantity(strength.value * factor, strength.unit)})
        case Infusion():
            return item.model_copy(update={"amount": item.amount * factor})
        case Stimulation():
            return item.model_copy(update={"strength": item.strength * factor}) if item.strength * factor <= 1 else None
        case Exercise():
            stronger = item.intensity * factor
            return item.model_copy(update={"intensity": stronger}) if stronger <= 1 else None


def intervention_name(item: object) -> str | None:
    """What a graded intervention is called in a protocol; None for one without a strength."""
    match item:
        case Drug():
            return item.drug
        case Bath():
            return item.bath
        case Infusion():
            return item.infusion
        case Stimulation():
            return item.target
        case Exercise():
            return item.exercise
        case _:
            return None
