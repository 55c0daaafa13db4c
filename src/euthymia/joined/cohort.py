"""Animals of the joined model: joint draws of all studies' parameters."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import numpy.typing as npt

from euthymia.cohorts.draw import INDIVIDUALS, Cohort, sample_cohort
from euthymia.models.join import Joined
from euthymia.provenance import CALIBRATION_VERSION, ENGINE_VERSION
from euthymia.records.ensemble import FILE
from euthymia.records.folder import built_in
from euthymia.records.joining import joining_parameters, read_joining
from euthymia.records.members import Members, read_members
from euthymia.records.parameter import Ensemble

Array = npt.NDArray[np.float64]


def joined_cohort(
    joined: Joined,
    *,
    animals: int,
    seed: int,
    individuals: int = INDIVIDUALS,
    home: str | None = None,
    members: Members | None = None,
) -> Cohort:
    """Animals of the joined model.

    For studies of the atlas the draws are the members of the joined ensemble: rows of the studies' ensembles that go
    together and the common parameters that they go with (`euthymia.calibration.joint`). Where a joined study is not of
    the atlas, or only one study is there, or the studies are joined without their calibrated draws, each study has the
    rows that it has alone, independent of the others; common parameters come from the ensemble of `home`, the study
    whose experiments are run, or of the study that calibrates the common fragment, or of the only joined study that has
    them, or else from their table.

    Parameters
    ----------
    joined
        The joined model.
    animals, seed, individuals
        As for `euthymia.cohorts.draw.sample_cohort`.
    home
        The study whose experiments are run.
    members
        Joint draws in the place of those of the atlas.

    Raises
    ------
    RecordError
        If the joined ensemble is missing or does not belong to the studies.
    """
    used = members if members is not None else members_of(joined)
    if used is not None:
        return _of_members(joined, used, animals=animals, seed=seed, individuals=individuals)
    return _independent(joined, animals=animals, seed=seed, individuals=individuals, home=home)


def members_of(joined: Joined) -> Members | None:
    """The joined ensemble, or None where the studies have none.

    Raises
    ------
    RecordError
        If it is missing or does not belong to the studies.
    """
    if len(joined.studies) < 2 or any(
        folder.ensemble is None or folder.folder != built_in().get(study) for study, folder in joined.studies.items()
    ):
        return None
    return read_members(joined_digest())


def joined_digest() -> str:
    """SHA-256 of all that the joined ensemble depends on: the studies' ensembles, how studies are joined, versions.

    That a study's ensemble belongs to the study is checked where the study is read.
    """
    total = hashlib.sha256()
    for study, folder in built_in().items():
        file = folder / FILE
        total.update(f"{study} {hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ''}\n".encode())
    joining = read_joining()
    for part in (*joining.shared, *(entry.taken for entry in joining.doubled)):
        total.update(part.model_dump_json(exclude={"why"}).encode())
    for parameter in joining_parameters():
        total.update(parameter.model_dump_json(include={"id", "lower", "upper", "prior", "scale"}).encode())
    total.update(f"{ENGINE_VERSION} {CALIBRATION_VERSION}".encode())
    return total.hexdigest()


def _of_members(joined: Joined, members: Members, *, animals: int, seed: int, individuals: int) -> Cohort:
    """A cohort whose draws are members; parameters that are in no ensemble are drawn from their tables."""
    values: dict[str, Array] = {}
    for study, folder in joined.studies.items():
        assert folder.ensemble is not None
        rows = folder.ensemble.values[members.rows[study]]
        for index, name in enumerate(folder.ensemble.ids):
            values.setdefault(joined.name(study, name), rows[:, index])
    values |= members.values
    known = {parameter.id for parameter in joined.mechanism.parameters}
    kept = {name: found for name, found in values.items() if name in known}
    drawn = Ensemble(tuple(kept), np.column_stack(list(kept.values())), members.effective)
    return sample_cohort(
        joined.mechanism.parameters, animals=animals, seed=seed, ensemble=drawn, individuals=individuals
    )


def shared_by(joined: Joined) -> dict[str, tuple[str, ...]]:
    """For each common parameter that an ensemble holds, the studies whose ensembles hold it."""
    holders: dict[str, tuple[str, ...]] = {}
    for study, folder in joined.studies.items():
        for name in folder.ensemble.ids if folder.ensemble is not None else ():
            if name not in joined.names[study]:
                holders[name] = (*holders.get(name, ()), study)
    return holders


def _independent(joined: Joined, *, animals: int, seed: int, individuals: int, home: str | None) -> Cohort:
    drawn = partial(sample_cohort, animals=animals, seed=seed, individuals=individuals)
    own = {name for names in joined.names.values() for name in names.values()}
    common = [one for one in joined.mechanism.parameters if one.id not in own]
    first = drawn(common)
    values = dict(first.values)
    source = _sources(joined, home)
    for study, folder in joined.studies.items():
        cohort = drawn([*folder.fragment.parameters, *common], ensemble=folder.ensemble)
        taken = {name for name, owner in source.items() if owner == study}
        values |= {name: found for name, found in cohort.values.items() if name in taken}
        for parameter in folder.fragment.parameters:
            values.setdefault(joined.name(study, parameter.id), cohort.values[parameter.id])
    known = {parameter.id for parameter in joined.mechanism.parameters}
    kept = {name: found for name, found in values.items() if name in known}
    return Cohort(kept, first.draws, seed, individuals)


def _sources(joined: Joined, home: str | None) -> dict[str, str]:
    """For each common parameter that an ensemble holds, the study whose ensemble gives it."""
    holders = shared_by(joined)
    found = {name: studies[0] for name, studies in holders.items() if len(studies) == 1}
    for study, folder in joined.studies.items():
        calibrated = {parameter.id for part in folder.fitted[1:] for parameter in part.parameters}
        found |= {name: study for name, studies in holders.items() if name in calibrated and study in studies}
    return found | {name: home for name, studies in holders.items() if home is not None and home in studies}
