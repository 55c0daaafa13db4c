"""Joint draws of all studies: common values that all studies share, and rows of their ensembles that go with them.

Each study was calibrated by itself, with common parameters (stress, hormones, plasticity, drugs) of its own. Joined,
they can have one value only. Candidates of the common values are drawn from what is known of them; candidates of a
study's own values are rows of its ensemble. Both have to keep the definition of the scale: 21 days of two hours of
restraint are a load of 1, and an untreated animal's despair is that load, so no study's circuit relieves or burdens it.
Common values are drawn in favour of the first. A row r of study i under the common values c weighs

    L_i(r, c) S_i(r, c) / mean over c' of L_i(r, c')

with L the likelihood of the study's findings marked `calibrate`, and S how well it keeps the second. The denominator
takes back that rows were drawn in favour of such values as they met. Common values weigh by the product over studies of
the rows' mean weights. This is importance sampling of the joint posterior in which studies depend on each other through
the common values alone. A study that calibrates a common fragment goes with the row
that the values of this fragment and of its drugs are from. Where too few common values would be left, their weights are
taken to a power below one, so that they are spread rather too wide than too narrow.

References
----------
Two-stage estimation of a joint posterior from samples of its parts: Lunn D, Barrett J, Sweeting M, Thompson S (2013).
Fully Bayesian hierarchical modelling in two stages, with application to meta-analysis. J R Stat Soc C 62:551.
doi:10.1111/rssc.12007
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.evidence import ATOL, RTOL, Evidence
from euthymia.calibration.fit import free_parameters
from euthymia.cohorts.draw import Cohort, draw_values, generator
from euthymia.findings.trial import Trial
from euthymia.joined.cohort import shared_by
from euthymia.models.compose import Mechanism
from euthymia.models.join import Joined
from euthymia.pipeline import mechanism_of, run_arms
from euthymia.records.folder import StudyFolder
from euthymia.records.members import ROW, Members
from euthymia.records.protocol import Stress
from euthymia.records.study import Arm, Experiment, Sampling
from euthymia.units import Quantity, parse_quantity
from euthymia.words import Message, msg

Array = npt.NDArray[np.float64]
COMMON: Final = 128
"""Candidates of the common values."""
DRAWN: Final = 16
"""Draws for each of them, from which those are picked that keep the scale."""
ROWS: Final = 128
"""Candidates of each study's own values."""
SPLIT_ROWS: Final = 32
"""The same for studies that part an arm by a reading, each of whose draws has more animals."""
MEMBERS: Final = 200
"""Joint draws that are kept."""
SCALE_SD: Final = 0.25
"""How far load and despair of a typical untreated animal may lie from what defines the scale. Assumed."""
EFFECTIVE: Final = 16.0
"""Common values that count in effect, at least."""
BLOCK: Final = 512
"""Positions simulated at a time."""
Report = Callable[[Message], None]


@dataclass(frozen=True)
class Candidates:
    """What a study says of its rows under the common values: arrays [common, row].

    Attributes
    ----------
    rows
        Rows of the study's ensemble.
    likelihood
        Log likelihood of its findings.
    scale
        Log probability that an untreated animal's despair is its load.
    usual
        Log likelihood of the row under the values that it was drawn with.
    """

    rows: npt.NDArray[np.int64]
    likelihood: Array
    scale: Array
    usual: Array

    @property
    def weights(self) -> Array:
        """Log weights [common, row] of the rows."""
        with np.errstate(invalid="ignore"):
            found = self.likelihood + self.scale - self.usual
        return np.where(np.isnan(found), -np.inf, found)


def joint_members(
    joined: Joined,
    *,
    seed: int = 1,
    report: Report | None = None,
    done: MutableMapping[str, Array] | None = None,
) -> Members:
    """Joint draws of all studies.

    Parameters
    ----------
    joined
        The calibrated studies, joined.
    seed
        Seed of all draws.
    report
        Told what is going on.
    done
        Finished steps of an earlier, interrupted call with the same arguments; new ones are put into it.
    """
    kept: MutableMapping[str, Array] = {} if done is None else done
    common = settled(joined, common_values(joined, COMMON * DRAWN, seed), seed)
    found: dict[str, Candidates] = {}
    for study, folder in joined.studies.items():
        if report is not None:
            report(msg("weighing the draws of {study}", study=study))
        if study not in kept:
            one = candidates(folder, common, seed)
            kept[study] = np.stack([one.rows, one.likelihood, one.scale, one.usual])
        rows, likelihood, scale, usual = kept[study]
        found[study] = Candidates(rows.astype(np.int64), likelihood, scale, usual)
    return choose(found, common, seed)


def choose(found: Mapping[str, Candidates], common: Mapping[str, Array], seed: int) -> Members:
    """Members drawn from weighed candidates: common values first, then a row of each study for each."""
    total = sum(_log_mean(one.weights, axis=1) for one in found.values())
    share = flattened(np.asarray(total))
    rng = generator(seed, "joint")
    picked = np.sort(_systematic(share, MEMBERS, rng))
    rows = {}
    for study, one in found.items():
        weights = np.stack([_normal(one.weights[index]) for index in picked])
        place = (weights.cumsum(axis=1) < rng.random((MEMBERS, 1))).sum(axis=1)
        rows[study] = one.rows[picked, np.minimum(place, weights.shape[1] - 1)]
    order = rng.permutation(MEMBERS)
    return Members(
        {study: one[order] for study, one in rows.items()},
        {name: values[picked][order] for name, values in common.items() if not name.startswith(ROW)},
        float(1 / (share**2).sum()),
    )


def flattened(log_weights: Array) -> Array:
    """Shares of the common values, at a power of their weights at which at least `EFFECTIVE` count.

    With few candidates the weights of many findings fall on two or three of them, which says more than is known.
    """
    powers = np.linspace(1, 0, 101)
    shares = [_normal(np.nan_to_num(power * log_weights, nan=-np.inf)) for power in powers]
    wanted = min(EFFECTIVE, np.isfinite(log_weights).sum())
    return next((one for one in shares if 1 / (one**2).sum() >= wanted), shares[-1])


def common_values(joined: Joined, count: int, seed: int) -> dict[str, Array]:
    """Candidates of the parameters that more than one ensemble holds, each in its table's unit.

    Those of a fragment that one study calibrates, and of that study's drugs, are rows of its ensemble, whose numbers
    are there under ``row_<study>``; the others come from their tables.
    """
    shared = {name for name, studies in shared_by(joined).items() if len(studies) > 1}
    values = {
        one.id: draw_values(one, generator(seed, "common", one.id).random(count))
        for one in joined.mechanism.parameters
        if one.id in shared
    }
    for folder in joined.studies.values():
        if folder.ensemble is not None and len(folder.fitted) > 1:
            rows = generator(seed, "common rows", folder.id).integers(0, len(folder.ensemble.values), count)
            kept = shared - _of_others(folder)
            for index, name in enumerate(folder.ensemble.ids):
                if name in kept:
                    values[name] = folder.ensemble.values[rows, index]
            values[f"{ROW}{folder.id}"] = rows.astype(float)
    return values


def _of_others(folder: StudyFolder) -> set[str]:
    """Parameters of the common fragments that a study uses and does not calibrate."""
    record = folder.record.mechanism
    return {
        parameter.id
        for name in record.common
        if name not in record.calibrates
        for parameter in folder.library.fragments[name].parameters
    }


def settled(joined: Joined, drawn: Mapping[str, Array], seed: int) -> dict[str, Array]:
    """Common values picked from many draws in favour of a load of 1 after the stress that defines the scale."""
    folder = min(joined.studies.values(), key=lambda one: len(one.fragment.text))
    mechanism = mechanism_of(folder)
    count = len(next(iter(drawn.values())))
    animals = {p.id: np.full(count, p.value * p.factor) for p in mechanism.parameters}
    factors = {p.id: p.factor for p in mechanism.parameters}
    animals |= {name: values * factors[name] for name, values in drawn.items() if name in factors}
    trial = _untreated(folder, mechanism, Cohort(animals, count, seed, 1), ["stress_load"])
    load = trial.values("untreated", "stress_load", 0.0)[:, 0]
    share = _normal(np.nan_to_num(_keeps(load - 1), nan=-np.inf))
    picked = np.sort(_systematic(share, COMMON, generator(seed, "settled")))
    return {name: values[picked] for name, values in drawn.items()}


def candidates(folder: StudyFolder, common: Mapping[str, Array], seed: int) -> Candidates:
    """Rows of a study's ensemble, weighed under each of the common values."""
    assert folder.ensemble is not None
    free, _ = free_parameters(folder)
    evidence = Evidence(folder, free)
    table = folder.ensemble
    count = len(next(iter(common.values())))
    given = common.get(f"{ROW}{folder.id}")
    if given is None:
        asked = SPLIT_ROWS if folder.record.splits else ROWS
        rows = np.tile(generator(seed, "rows", folder.id).permutation(len(table.values))[:asked], (count, 1))
    else:
        rows = given.astype(np.int64)[:, None]
    each = rows.shape[1]
    drawn = {name: table.values[rows.ravel(), index] for index, name in enumerate(table.ids)}
    met = drawn | {name: np.repeat(values, each) for name, values in common.items() if name in drawn}
    mechanism = mechanism_of(folder)
    likelihood, scale = (one.reshape(rows.shape) for one in _weighed(folder, mechanism, evidence, met))
    if given is None:
        usual = np.broadcast_to(_log_mean(likelihood, axis=0), rows.shape)
    else:
        usual = _weighed(folder, mechanism, evidence, drawn)[0].reshape(rows.shape)
    return Candidates(rows, likelihood, scale, usual)


def _weighed(
    folder: StudyFolder, mechanism: Mechanism, evidence: Evidence, columns: Mapping[str, Array]
) -> tuple[Array, Array]:
    free = evidence.free
    positions = np.column_stack([(_scaled(one.scale, columns[one.id]) - one.centre[0]) / one.centre[1] for one in free])
    parts = [_weigh(folder, mechanism, evidence, positions[start : start + BLOCK])
             for start in range(0, len(positions), BLOCK)]  # fmt: skip
    likelihood, scale = (np.concatenate(side) for side in zip(*parts, strict=True))
    return likelihood, scale


def _weigh(folder: StudyFolder, mechanism: Mechanism, evidence: Evidence, positions: Array) -> tuple[Array, Array]:
    residuals = evidence.residuals(positions)
    likelihood = -0.5 * (residuals**2).sum(axis=1)
    shown = folder.record.mechanism.shown("despair")
    trial = _untreated(folder, mechanism, evidence.cohort(positions), [shown, "stress_load"])
    despair, load = (trial.values("untreated", name, 0.0).mean(axis=1) for name in (shown, "stress_load"))
    scale = _keeps(despair - load)
    return np.where(np.isnan(likelihood), -np.inf, likelihood), np.where(np.isnan(scale), -np.inf, scale)


def _untreated(folder: StudyFolder, mechanism: Mechanism, cohort: Cohort, outputs: Sequence[str]) -> Trial:
    return run_arms(folder.record.mechanism, folder.library, mechanism, cohort, DEFINITION, outputs=outputs,
                    rtol=RTOL, atol=ATOL)  # fmt: skip


def _keeps(distance: Array) -> Array:
    return -0.5 * (distance / SCALE_SD) ** 2


def _definition() -> Experiment:
    """The protocol that defines the scale of stress and mood."""
    label = {"en": "21 days of restraint", "zh": "束缚应激 21 天"}
    stress = Stress(stress="chronic_restraint", start=Quantity(-21, "d"), days=21, daily=parse_quantity("2 h/day"))
    arm = Arm.model_validate({"id": "untreated", "label": label}).model_copy(update={"protocol": (stress,)})
    sampling = Sampling(assay="forced_swim", times=(Quantity(0, "d"),))
    return Experiment.model_construct(
        id="definition", label=arm.label, species="ncbitaxon:10090", arms=(arm,), sampling=(sampling,), assumed=()
    )


DEFINITION: Final = _definition()
"""Restraint of two hours a day for 21 days, read a day later on day 0: load and despair 1 by definition."""


def _scaled(scale: str, values: Array) -> Array:
    return np.asarray(np.log(values) if scale == "log" else values)


def _log_mean(values: Array, axis: int) -> Array:
    top = values.max(axis=axis, keepdims=True)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(values - safe).mean(axis=axis)) + safe.squeeze(axis))


def _normal(log_weights: Array) -> Array:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _systematic(share: Array, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    points = (np.arange(count) + rng.random()) / count
    return np.searchsorted(share.cumsum(), points).clip(0, len(share) - 1)
