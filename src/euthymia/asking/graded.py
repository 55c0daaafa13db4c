"""Interventions that have a strength, and what a question calls them."""

from __future__ import annotations

from euthymia.records.protocol import Bath, Drug, Exercise, Infusion, Stimulation

Graded = Drug | Bath | Infusion | Stimulation | Exercise
"""Interventions that have a dose, a concentration, an amount, a share of cells or an intensity."""


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
