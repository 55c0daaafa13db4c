"""The one stressed cohort on which all interventions are compared: arms run one by one, so that an interrupted
comparison goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.cohorts.draw import Cohort
from euthymia.comparing.probes import Readable
from euthymia.engine.store import RunStore
from euthymia.errors import ProtocolError
from euthymia.joined import run_question
from euthymia.models.join import Joined
from euthymia.models.views import all_ports
from euthymia.protocols.lower import lower
from euthymia.records.assay import Assay
from euthymia.records.base import Bilingual
from euthymia.records.intervention import Catalogue, Entry
from euthymia.records.protocol import Protocol, Stress
from euthymia.records.study import Arm, Experiment, Sampling
from euthymia.units import Quantity

Array = npt.NDArray[np.float64]
STRESSED_DAYS: Final = 21
"""Days of restraint before day 0, 2 h a day: the definition of the scale of the affective states."""
STRESS: Final = Stress(stress="chronic_restraint", start=Quantity(-float(STRESSED_DAYS), "d"), days=STRESSED_DAYS)
ASSAYS: Final = (
    "forced_swim", "tail_suspension", "learned_helplessness", "sucrose_preference", "social_interaction", "splash_test",
    "novelty_suppressed_feeding", "open_field_centre", "elevated_plus_maze", "light_dark_box",
)  # fmt: skip
"""The tests of mood that all interventions are put to; the first is the one of the picture."""
_ARM: Final = "animals"
_LABEL: Final = Bilingual(en="animals", zh="动物")


@dataclass(frozen=True)
class Course:
    """What one arm shows.

    Attributes
    ----------
    behaviour
        By assay, group means [draw, time] in the assay's unit.
    probes
        By name, group means [draw, time] of the other read-outs.
    failed
        Draws in which a run failed.
    """

    behaviour: Mapping[str, Array]
    probes: Mapping[str, Array]
    failed: npt.NDArray[np.bool_]

    def first(self, draws: int) -> Course:
        """The same of the first draws only."""
        return Course(
            {name: found[:draws] for name, found in self.behaviour.items()},
            {name: found[:draws] for name, found in self.probes.items()},
            self.failed[:draws],
        )


@dataclass(frozen=True)
class Untreated:
    """Animals that are given nothing: without stress, and after it."""

    unstressed: Course
    vehicle: Course

    @property
    def failed(self) -> npt.NDArray[np.bool_]:
        """Draws in which a run failed."""
        return self.unstressed.failed | self.vehicle.failed


@dataclass
class Bench:
    """Runs arms of the comparison.

    Attributes
    ----------
    joined
        The joined model.
    catalogue
        What there is.
    cohort, few
        Its animals, and the first of them for doses and repeats.
    times
        Readings in days after day 0.
    probes
        What is read besides behaviour.
    workers, store
        As for `euthymia.pipeline.reproduce`.
    tell
        Called after each arm.
    """

    joined: Joined
    catalogue: Catalogue
    cohort: Cohort
    few: Cohort
    times: Sequence[float]
    probes: Mapping[str, Readable]
    workers: int | None = None
    store: RunStore | None = None
    tell: Callable[[], None] = field(default=lambda: None)
    _known: dict[tuple[bool, bool, tuple[float, ...]], Course] = field(default_factory=dict)

    @property
    def assays(self) -> dict[str, Assay]:
        """The tests of mood."""
        return {name: self.joined.library.assays[name] for name in ASSAYS}

    @cached_property
    def days(self) -> Array:
        """The readings as an array."""
        return np.array(self.times)

    def run(
        self, protocol: Protocol, *, stressed: bool = True, few: bool = False, times: Sequence[float] = ()
    ) -> Course:
        """One arm; arms that are given nothing are run once.

        Parameters
        ----------
        protocol
            What is given.
        stressed
            Whether the animals were restrained before day 0.
        few
            Whether the first animals only are run.
        times
            Other readings than the usual ones.
        """
        key = (stressed, few, tuple(times))
        course = self._known.get(key) if not protocol else None
        if course is None:
            course = self._simulated(_experiment(protocol, times or self.times, stressed=stressed), few=few)
        if not protocol:
            self._known[key] = course
        self.tell()
        return course

    def _simulated(self, experiment: Experiment, *, few: bool) -> Course:
        trial = run_question(
            self.joined, experiment, self.few if few else self.cohort,
            outputs=tuple(dict.fromkeys(probe.variable for probe in self.probes.values())), workers=self.workers,
            store=self.store,
        )  # fmt: skip
        return Course(
            {name: trial.course(_ARM, name, None).values for name in ASSAYS},
            {name: probe.means(trial) for name, probe in self.probes.items()},
            trial.failed,
        )


def _experiment(protocol: Protocol, times: Sequence[float], *, stressed: bool) -> Experiment:
    arm = Arm(id=_ARM, label=_LABEL, protocol=(STRESS, *protocol) if stressed else protocol)
    days = tuple(Quantity(day, "d") for day in times)
    return Experiment(
        id="comparison",
        label=_LABEL,
        arms=(arm,),
        sampling=tuple(Sampling(assay=assay, times=days) for assay in ASSAYS),
    )


def first_animals(cohort: Cohort, animals: int) -> Cohort:
    """The first draws of a cohort with all their individuals, no more than `animals`."""
    draws = min(cohort.draws, max(1, animals // cohort.individuals))
    kept = draws * cohort.individuals
    return replace(cohort, values={name: found[:kept] for name, found in cohort.values.items()}, draws=draws)


def reachable(joined: Joined, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The interventions that have a port in a joined model."""
    ports = all_ports(joined)
    found: dict[str, Entry] = {}
    for name, entry in entries.items():
        arm = Arm(id=_ARM, label=_LABEL, protocol=entry.protocol)
        try:
            lower(arm, ports=ports, library=joined.library, origin=-float(STRESSED_DAYS))
        except ProtocolError:
            continue
        found[name] = entry
    return found


def relief(assay: Assay, vehicle: Array, treated: Array) -> Array:
    """How much better treated animals do than those given nothing, in standard deviations of single readings."""
    better = vehicle - treated if assay.worse == "higher" else treated - vehicle
    return np.asarray(better / assay.animal_sd)
