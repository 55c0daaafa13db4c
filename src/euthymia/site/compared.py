"""The comparison of interventions, from the folder that ``euthymia compare --out`` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup
from pydantic import ValidationError

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.intervention import read_catalogue
from euthymia.records.library import ATLAS
from euthymia.records.reading import read_text
from euthymia.report.compared import DATA, TABLE, plane_files
from euthymia.report.comparedplot import plane_picture
from euthymia.report.told import Intervention, Told
from euthymia.words import msg

SHIPPED: Final = ATLAS / "compared"
"""The comparison that comes with the atlas, made by ``make compared``."""
HOME: Final = "plane"
"""Id of the heading that names its picture on the first page."""
OWN: Final = "plane-name"
"""Id of the heading that names it on its own page."""


@dataclass(frozen=True)
class Compared:
    """A comparison that was read.

    Attributes
    ----------
    told
        Its numbers.
    files
        Its tables and pictures, by name.
    """

    told: Told
    files: Mapping[str, str]

    @property
    def picture(self) -> Markup:
        """Interventions by onset and duration, for the first page."""
        return plane_picture(self.told, labelled_by=HOME)

    @property
    def own_picture(self) -> Markup:
        """The same for its own page."""
        return plane_picture(self.told, labelled_by=OWN)

    @property
    def command(self) -> str:
        """The command that makes it again, as far as its numbers tell."""
        told = self.told
        found, every = [one.id for one in told.interventions], set(read_catalogue().interventions)
        names = [] if {*found, *told.unreachable} == every else found
        doses = any(one.dose_response for one in told.interventions)
        repeats = any(one.repeated for one in told.interventions)
        return " ".join([
            "euthymia compare", *names, f"--animals {told.animals} --seed {told.seed} --days {told.days:g}",
            *([] if doses else ["--no-doses"]), *([] if repeats else ["--no-repeats"]),
        ])  # fmt: skip

    def of(self, name: str) -> Intervention | None:
        """What it tells of an intervention."""
        return next((one for one in self.told.interventions if one.id == name), None)


def read_compared(folder: Path) -> Compared:
    """The comparison of a folder.

    Raises
    ------
    RecordError
        If a file is missing or is not what ``euthymia compare --out`` writes.
    """
    files = {name: read_text(folder / name) for name in (DATA, TABLE)}
    try:
        told = Told.model_validate(json.loads(files[DATA]))
    except (ValidationError, json.JSONDecodeError, RecursionError) as error:
        raise _wrong(folder / DATA) from error
    if any(one.worst_harm is not None and one.worst_harm not in told.harms for one in told.interventions):
        raise _wrong(folder / DATA)
    return Compared(told, {**files, **plane_files(told)})


def _wrong(file: Path) -> RecordError:
    return RecordError(Problem(msg("This is not what “euthymia compare --out” writes; run it again."), Place(file)))
