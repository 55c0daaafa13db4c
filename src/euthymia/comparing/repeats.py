"""Several doses: tolerance, as the last against the same dose given to animals that had none before; and harm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from euthymia.comparing.bench import ASSAYS, Bench, relief
from euthymia.comparing.measures import MARGIN, Estimate, log_grid
from euthymia.comparing.result import Repeated
from euthymia.comparing.single import excess
from euthymia.protocols.strength import at_days, times_of
from euthymia.records.intervention import Entry
from euthymia.records.protocol import Drug, Genetic, Infusion, Protocol

WEEKLY: Final = 7.0
"""Days between doses where the study gives one only (assumed)."""
FEW_DOSES: Final = 4
"""Doses given where the study gives one only (assumed)."""
WATCHED: Final = 7.0
"""Days for which the last dose is watched."""


@dataclass(frozen=True)
class RepeatPlan:
    """When the doses are given."""

    protocol: Protocol
    days: tuple[float, ...]

    @property
    def every(self) -> float:
        """Days between the first two doses."""
        return self.days[1] - self.days[0]


def repeat_plan(entry: Entry) -> RepeatPlan | None:
    """How an intervention is repeated: as its study does, else once a week. None for what is there throughout."""
    if any(isinstance(item, Genetic) for item in entry.protocol):
        return None
    own = max((item.at for item in entry.protocol if isinstance(item, Drug | Infusion)), key=len, default=())
    if len(own) > 1:
        days = tuple(round(one.to("d") - own[0].to("d"), 9) for one in own)
    else:
        days = tuple(WEEKLY * index for index in range(FEW_DOSES))
    return RepeatPlan(entry.protocol, days) if any(times_of(item) for item in entry.protocol) else None


def repeated(bench: Bench, plan: RepeatPlan) -> Repeated:
    """The ratio of the last dose's effect to that of an only dose at the same time, on the first animals.

    The effect is what the dose adds to relief in the first test, at its largest within a week; animals recover from
    stress alike in both. It is less too where earlier doses still work and little is left to relieve; the total tells:
    relief after the last dose, earlier ones included, over that of the only dose. Where the only dose does nothing that
    counts there is neither.
    """
    last = plan.days[-1]
    times = tuple(round(last + day, 9) for day in log_grid(WATCHED))
    assay, name = bench.assays[ASSAYS[0]], ASSAYS[0]
    doses = (plan.days, plan.days[:-1], (last,))
    all_doses, all_but_last, only = (bench.run(at_days(plan.protocol, days), few=True, times=times) for days in doses)
    nothing = bench.run((), few=True, times=times)
    unstressed = bench.run((), stressed=False, few=True, times=times)
    good = ~np.any([one.failed for one in (all_doses, all_but_last, only, nothing, unstressed)], axis=0)
    added = relief(assay, all_but_last.behaviour[name], all_doses.behaviour[name])[good].max(axis=1)
    alone = relief(assay, nothing.behaviour[name], only.behaviour[name])[good].max(axis=1)
    whole = relief(assay, nothing.behaviour[name], all_doses.behaviour[name])[good].max(axis=1)
    ratio, total = (np.where(alone > MARGIN, one / np.maximum(alone, MARGIN), np.nan) for one in (added, whole))
    harms = excess(bench, (unstressed, nothing), all_doses, good)
    return Repeated(
        len(plan.days),
        plan.every,
        Estimate.of(ratio),
        Estimate.of(total),
        {name: Estimate.of(size) for name, size in harms.items()},
    )
