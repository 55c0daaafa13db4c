"""What all studies share: assays, stressors, drugs and the texts of the common dynamics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.assay import Assay, Stressor
from euthymia.records.base import Record
from euthymia.records.drug import DrugRecord
from euthymia.records.parameter import Parameter
from euthymia.records.reading import build, inside, read_text, read_yaml
from euthymia.records.tables import read_parameters
from euthymia.words import msg

ATLAS: Final = Path(str(resources.files("euthymia.atlas")))
"""The built-in data."""


class Assays(Record):
    """A file of ``assays/``."""

    format: int
    assays: dict[str, Assay]


class Stressors(Record):
    """The file ``stressors.yaml``."""

    format: int
    stressors: dict[str, Stressor]


@dataclass(frozen=True)
class Fragment:
    """A piece of model text with its parameters."""

    name: str
    text: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Library:
    """The shared records, by id."""

    assays: Mapping[str, Assay]
    stressors: Mapping[str, Stressor]
    drugs: Mapping[str, DrugRecord]
    fragments: Mapping[str, Fragment]

    def with_drugs(self, drugs: Mapping[str, DrugRecord]) -> Library:
        """This library and further drugs.

        Raises
        ------
        RecordError
            If a drug of that name is in the library already: one drug has one exposure model.
        """
        for name in drugs:
            if name in self.drugs:
                raise RecordError(Problem(msg("The drug “{name}” is in the common library already.", name=name)))
        return replace(self, drugs={**self.drugs, **drugs})


def read_drugs(folder: Path) -> dict[str, DrugRecord]:
    """All drug files of a folder, by id."""
    drugs: dict[str, DrugRecord] = {}
    for file in sorted(folder.glob("*.yaml")):
        inside(folder.parent, f"{folder.name}/{file.name}")
        drug = build(DrugRecord, read_yaml(file))
        if drug.id in drugs:
            raise RecordError(Problem(msg("The id “{id}” occurs {count} times.", id=drug.id, count=2), Place(file)))
        drugs[drug.id] = drug
    return drugs


def _read_assays(folder: Path) -> dict[str, Assay]:
    """All assay files of a folder, by id."""
    assays: dict[str, Assay] = {}
    for file in sorted(folder.glob("*.yaml")):
        for name, assay in build(Assays, read_yaml(file)).assays.items():
            if name in assays:
                raise RecordError(Problem(msg("The id “{id}” occurs {count} times.", id=name, count=2), Place(file)))
            assays[name] = assay
    return assays


@cache
def common_library() -> Library:
    """The shared records of the atlas."""
    common = ATLAS / "common"
    fragments = {
        file.stem: Fragment(file.stem, read_text(file), read_parameters(file.with_suffix(".tsv")))
        for file in sorted(common.glob("*.ant"))
    }
    return Library(
        assays=_read_assays(common / "assays"),
        stressors=build(Stressors, read_yaml(common / "stressors.yaml")).stressors,
        drugs=read_drugs(common / "drugs"),
        fragments=fragments,
    )
