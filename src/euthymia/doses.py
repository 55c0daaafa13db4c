"""Dose and response: a published arm run again with one intervention weaker and stronger, all else kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.cohorts.draw import sample_cohort
from euthymia.engine.store import RunStore
from euthymia.pipeline import PreparedStudy, run_experiment
from euthymia.protocols.strength import stronger
from euthymia.records.assay import Assay
from euthymia.records.cross import sides
from euthymia.records.finding import Finding, Reading, SeriesMatch
from euthymia.records.protocol import Bath, Drug, Exercise, Infusion, Stimulation
from euthymia.records.study import Arm, Experiment

FACTORS: Final = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Doses tried, as multiples of the published one; zero is the vehicle."""
ANIMALS: Final = 80
"""Animals of a ladder: twenty draws with four individuals."""
MOST_ASSAYS: Final = 3
"""Read-outs shown for one intervention; the last place is kept for behaviour."""
Array = npt.NDArray[np.float64]
Graded = Drug | Bath | Infusion | Stimulation | Exercise
"""Interventions that have a strength."""


@dataclass(frozen=True)
class Ladder:
    """What one read-out does as one intervention grows.

    Attributes
    ----------
    item
        The intervention, at the published dose.
    experiment, arm
        Where it stands.
    assay
        The assay.
    reading
        Population and time at which the study looked.
    factors
        Doses as multiples of the published one.
    low, median, high
        5 %, 50 % and 95 % of the group mean over draws, by factor, in the assay's unit.
    """

    item: Graded
    experiment: Experiment
    arm: Arm
    assay: Assay
    reading: Reading
    factors: Array
    low: Array
    median: Array
    high: Array


def ladders(
    study: PreparedStudy, *, animals: int = ANIMALS, seed: int = 1, workers: int | None = None,
    store: RunStore | None = None,
) -> tuple[Ladder, ...]:  # fmt: skip
    """A ladder of doses for each graded intervention of a study and up to three of the assays that judge it.

    Parameters
    ----------
    study
        A prepared study.
    animals
        Animals per dose.
    seed
        Seed of the cohort.
    workers, store
        As for `euthymia.reproduce`.

    Returns
    -------
    tuple of Ladder
        Draws with a failed run are left out; a ladder of which all draws failed is left out whole.
    """
    cohort = sample_cohort(study.mechanism.parameters, animals=animals, seed=seed, ensemble=study.folder.ensemble)
    found = []
    for experiment, arm, item, readings in _wanted(study):
        steps = [factor for factor in FACTORS if stronger(item, factor) is not None]
        ladder = _experiment(experiment, arm, item, steps, readings)
        trial = run_experiment(study.folder, study.mechanism, cohort, ladder, workers=workers, store=store, dense=False)
        here = []
        for reading in readings:
            assay = study.folder.library.assays[reading.assay]
            if trial.variable(reading.assay, reading.of) is None or trial.failed.all():
                continue
            arms = [reading.model_copy(update={"arm": one.id}) for one in ladder.arms]
            means = np.array([trial.means(one)[~trial.failed] for one in arms])
            low, median, high = np.percentile(means, [5, 50, 95], axis=1)
            here.append(Ladder(item, experiment, arm, assay, reading, np.array(steps), low, median, high))
        found += _shown(here)
    return tuple(found)


def _shown(here: list[Ladder]) -> list[Ladder]:
    """The read-outs to show, in the order of the findings: those that a dose moves, behaviour among them."""
    moving = [one for one in here if float(np.ptp([one.low, one.median, one.high], axis=1).max()) > 0] or here
    behaviour = [one for one in moving if one.assay.latent]
    kept = [one for one in moving if not one.assay.latent][: MOST_ASSAYS - bool(behaviour)]
    kept += behaviour[: MOST_ASSAYS - len(kept)]
    return kept


def _wanted(study: PreparedStudy) -> Iterator[tuple[Experiment, Arm, Graded, tuple[Reading, ...]]]:
    """For each graded intervention the arm that most assays judge, with what they read there."""
    record = study.folder.record
    experiments = {one.id: one for one in record.experiments}
    places: dict[str, dict[tuple[str, str], tuple[Experiment, Arm, Graded, dict[str, Reading]]]] = {}
    for finding in record.findings:
        for experiment, arm, reading in _read(finding, experiments):
            for item in arm.protocol:
                if isinstance(item, Graded):
                    here = places.setdefault(_name(item), {})
                    place = here.setdefault((experiment.id, arm.id), (experiment, arm, item, {}))
                    place[3].setdefault(reading.assay, reading)
    for here in places.values():
        experiment, arm, item, readings = max(here.values(), key=lambda place: len(place[3]))
        yield experiment, arm, item, tuple(readings.values())


def _read(finding: Finding, experiments: dict[str, Experiment]) -> Iterator[tuple[Experiment, Arm, Reading]]:
    if isinstance(finding, SeriesMatch):
        return
    experiment = experiments[finding.experiment]
    arms = {arm.id: arm for arm in experiment.arms}
    for _, reading in sides(finding):
        yield experiment, arms[reading.arm], reading


def _name(item: Graded) -> str:
    match item:
        case Drug():
            return f"drug {item.drug}"
        case Bath():
            return f"bath {item.bath}"
        case Infusion():
            return f"infusion {item.infusion} {item.region}"
        case Stimulation():
            return f"stimulation {item.target} {item.effect}"
        case Exercise():
            return "exercise"


def _experiment(
    experiment: Experiment, arm: Arm, item: Graded, steps: list[float], readings: tuple[Reading, ...]
) -> Experiment:
    """An experiment whose arms differ by the strength of one intervention."""
    place = arm.protocol.index(item)
    arms = []
    for number, factor in enumerate(steps):
        scaled = stronger(item, factor)
        protocol = (*arm.protocol[:place], scaled, *arm.protocol[place + 1 :])
        arms.append(arm.model_copy(update={"id": f"dose_{number}", "protocol": protocol}))
    wanted = {reading.assay for reading in readings}
    sampling = tuple(one for one in experiment.sampling if one.assay in wanted)
    return experiment.model_copy(update={"id": f"{experiment.id}_doses", "arms": tuple(arms), "sampling": sampling})
