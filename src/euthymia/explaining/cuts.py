"""The links that can be cut: declared ablations of one or several studies, told apart from other readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from euthymia.cohorts.draw import Cohort
from euthymia.engine.schedule import Schedule
from euthymia.explaining.reach import Range, parameters_that_reach
from euthymia.models.compose import Mechanism
from euthymia.records.folder import StudyFolder
from euthymia.records.study import Ablation, Study
from euthymia.words import Message, msg

RIVAL: Final = "rival_"
"""What the id of an ablation begins with that puts another reading in the place of links."""


class Why(Enum):
    """Why a link was not cut in all animals."""

    READING = "reading"
    PATH = "path"
    SAME = "same"
    SMALL = "small"
    ABSENT = "absent"

    @property
    def sentence(self) -> Message:
        """What a person reads."""
        return {
            Why.READING: msg("Another reading of the study, not a cut: it adds or turns a link. Not run."),
            Why.PATH: msg("No path leads from it to what is read, in neither group."),
            Why.SAME: msg("The animals are as if it were cut already."),
            Why.SMALL: msg("In a first look at a few animals it moved the effect by less than 2 %."),
            Why.ABSENT: msg("The joined model has another text in its place."),
        }[self]


@dataclass(frozen=True)
class Cut:
    """A declared ablation of a study, with the values that it sets, in the units of the equations."""

    study: str
    ablation: Ablation
    settings: Mapping[str, float]


@dataclass(frozen=True)
class Idle:
    """A declared ablation that was not cut in all animals, and why."""

    study: str
    ablation: Ablation
    why: Why


def is_reading(study: Study, ablation: Ablation) -> bool:
    """Whether an ablation is another reading rather than a cut.

    It is if the study says so, or if all its links are ones that have no effect: to remove "no effect" adds one.
    """
    signs = {link.id: link.sign for link in study.chain}
    without = bool(ablation.links) and all(signs[name] == "0" for name in ablation.links)
    return ablation.variant or ablation.id.startswith(RIVAL) or without


def declared(folders: Mapping[str, StudyFolder], mechanism: Mechanism) -> tuple[list[Cut], list[Idle]]:
    """All cuts of some studies, and what they declare that is no cut of this model."""
    factors = {parameter.id: parameter.factor for parameter in mechanism.parameters}
    cuts: list[Cut] = []
    idle: list[Idle] = []
    for study, folder in folders.items():
        for one in folder.record.ablations:
            if is_reading(folder.record, one):
                idle.append(Idle(study, one, Why.READING))
            elif not set(one.cut) <= set(factors):
                idle.append(Idle(study, one, Why.ABSENT))
            else:
                cuts.append(Cut(study, one, {name: value * factors[name] for name, value in one.cut.items()}))
    return cuts, idle


def that_can_matter(
    cuts: Sequence[Cut], mechanism: Mechanism, cohort: Cohort, *, arms: Sequence[Schedule], outputs: Sequence[str]
) -> tuple[list[Cut], list[Idle]]:
    """The cuts that could change an output in some arm by the structure of the model, and the others."""
    reach = parameters_that_reach(
        mechanism.model,
        outputs,
        arms=arms,
        ranges=_ranges(cuts, cohort),
        asked={n for cut in cuts for n in cut.settings},
    )
    kept: list[Cut] = []
    idle: list[Idle] = []
    for cut in cuts:
        moved = {name for name, value in cut.settings.items() if np.any(cohort.values[name] != value)}
        if moved & reach:
            kept.append(cut)
        else:
            idle.append(Idle(cut.study, cut.ablation, Why.PATH if moved else Why.SAME))
    return kept, idle


def _ranges(cuts: Sequence[Cut], cohort: Cohort) -> dict[str, Range]:
    """Least and greatest value of each parameter in any animal, with and without a cut."""
    found = {name: (float(values.min()), float(values.max())) for name, values in cohort.values.items()}
    for cut in cuts:
        for name, value in cut.settings.items():
            low, high = found[name]
            found[name] = (min(low, value), max(high, value))
    return found
