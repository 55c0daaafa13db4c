"""One intervention: effects on mood, doses, how selective it is, what harm it does."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.comparing.bench import ASSAYS, Bench, Course, Untreated, relief
from euthymia.comparing.measures import MARGIN, Estimate, chance, engagement, half_dose, spot, sure_times, timing
from euthymia.comparing.probes import ALSO, HARM, TARGET
from euthymia.comparing.result import Effect, Reliefs, Response
from euthymia.findings.contrast import USUAL_N
from euthymia.protocols.strength import scaled, times_of
from euthymia.records.intervention import Entry
from euthymia.records.protocol import Protocol

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FAINT: Final = 0.01
"""Sum of engagements below which nothing is engaged, so that no share of it can be told."""
OTHERS: Final = 3


def effects(bench: Bench, untreated: Untreated, course: Course, good: Flags, entry: Entry) -> dict[str, Effect]:
    """What an intervention does in each test of mood."""
    last = max((day for item in entry.protocol for day in times_of(item)), default=0.0)
    return {assay: _effect(bench, untreated, course, good, assay, last) for assay in ASSAYS}


def reliefs(bench: Bench, untreated: Untreated, course: Course, good: Flags) -> Reliefs:
    """How the effect in the first test comes and goes."""
    name = ASSAYS[0]
    size = relief(bench.assays[name], untreated.vehicle.behaviour[name], course.behaviour[name])[good]
    if not len(size):
        return Reliefs((), (), ())
    spread = np.percentile(size, [50, 5, 95], axis=0)
    return Reliefs(*(tuple(float(one) for one in row) for row in spread))


def _effect(bench: Bench, untreated: Untreated, course: Course, good: Flags, name: str, last: float) -> Effect:
    assay, days = bench.assays[name], bench.days
    size = relief(assay, untreated.vehicle.behaviour[name], course.behaviour[name])[good]
    found = timing(days, size, MARGIN)
    reached = np.isfinite(found.onset)
    top, count = size.argmax(axis=1), len(size)
    shown = (reached.sum() + 1) / (count + 2)
    return Effect(
        onset=Estimate.of(found.onset),
        duration=Estimate.of(found.duration),
        outlasts=Estimate.of(np.maximum(found.end - last, 0.0)),
        peak=Estimate.of(size.max(axis=1)),
        peak_day=Estimate.of(np.where(reached, days[top], np.nan)),
        peak_reading=Estimate.of(size.max(axis=1) * assay.animal_sd),
        probability=float(reached.mean()),
        error=float(np.sqrt(shown * (1 - shown) / (count + 2))),
        sure_from=sure_times(days, size, MARGIN)[0],
        sure_until=sure_times(days, size, MARGIN)[1],
        chance=float(chance(size.max(axis=1), USUAL_N).mean()),
        spot=spot(found, float(days[-1])),
    )


def selectivity(
    bench: Bench, untreated: Untreated, course: Course, good: Flags, target: str
) -> tuple[Estimate, Estimate, tuple[tuple[str, float], ...]]:
    """Displacement of the target, its share of all engagement, and the other targets that are displaced most.

    Where the study that reads the target is not joined, the first two are not known.
    """
    moved = _displacements(bench, untreated, course, good)
    unread = np.full(int(good.sum()), np.nan)
    own = moved.get(target, unread)
    total = np.sum([engagement(found) for found in moved.values()], axis=0) if moved else unread
    share = np.where(total > FAINT, engagement(own) / np.maximum(total, FAINT), np.nan)
    medians = {name: float(np.median(found)) for name, found in moved.items() if name != target}
    first = sorted(medians, key=lambda name: -medians[name])[:OTHERS]
    return (
        Estimate.of(own),
        Estimate.of(share),
        tuple((name, medians[name]) for name in first if medians[name] > MARGIN),
    )


def _displacements(bench: Bench, untreated: Untreated, course: Course, good: Flags) -> dict[str, Array]:
    """By target the largest displacement [draw] in standard deviations; of two read-outs of it the larger."""
    moved: dict[str, Array] = {}
    for name, probe in bench.probes.items():
        if name.startswith(TARGET):
            target = name.removeprefix(TARGET).removesuffix(ALSO)
            size = np.abs(course.probes[name] - untreated.vehicle.probes[name]).max(axis=1)[good] / probe.sd
            moved[target] = np.maximum(size, moved.get(target, 0.0))
    return moved


def harms_of(bench: Bench, untreated: Untreated, course: Course, good: Flags) -> tuple[dict[str, Estimate], Estimate]:
    """What goes further the wrong way than in untreated animals, stressed or not, and the largest of it."""
    found = excess(bench, (untreated.unstressed, untreated.vehicle), course, good)
    worst = np.max(list(found.values()), axis=0) if found else np.full(int(good.sum()), np.nan)
    return {name: Estimate.of(one) for name, one in found.items()}, Estimate.of(worst)


def excess(bench: Bench, untreated: tuple[Course, Course], course: Course, good: Flags) -> dict[str, Array]:
    """By harm, how far an arm goes the wrong way beyond two untreated ones [draw], in standard deviations."""
    found: dict[str, Array] = {}
    for name, probe in bench.probes.items():
        if name.startswith(HARM):
            short = name.removeprefix(HARM)
            sign = 1.0 if bench.catalogue.harms[short].worse == "higher" else -1.0
            known = np.maximum(*(sign * one.probes[name] for one in untreated))
            found[short] = np.maximum((sign * course.probes[name] - known).max(axis=1) / probe.sd, 0.0)[good]
    return found


def doses_of(entry: Entry) -> dict[float, Protocol]:
    """The protocol at each dose that can be given, the usual one among them."""
    steps = sorted({1.0, *entry.doses.factors})
    found = {factor: scaled(entry.protocol, factor, kept=entry.kept) for factor in steps}
    return {factor: protocol for factor, protocol in found.items() if protocol is not None}


def response(bench: Bench, untreated: Untreated, entry: Entry, course: Course) -> Response:
    """Largest relief in the first test over the doses, on the first animals."""
    draws, assay = bench.few.draws, bench.assays[ASSAYS[0]]
    vehicle = untreated.vehicle.first(draws)
    courses = {
        factor: course.first(draws) if factor == 1.0 else bench.run(protocol, few=True)
        for factor, protocol in doses_of(entry).items()
    }
    good = ~np.any([vehicle.failed, *(one.failed for one in courses.values())], axis=0)
    peaks = np.array([
        relief(assay, vehicle.behaviour[ASSAYS[0]], one.behaviour[ASSAYS[0]])[good].max(axis=1)
        for one in courses.values()
    ]).T  # fmt: skip
    factors = tuple(courses)
    return Response(
        factors,
        tuple(Estimate.of(peaks[:, index]) for index in range(len(factors))),
        Estimate.of(half_dose(np.array(factors), peaks, MARGIN)),
    )
