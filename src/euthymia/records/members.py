"""The ensemble of the joined model: which draws of the studies' ensembles go together, and with which common values.

A member names a row of each study's ensemble and holds the values of the parameters that several studies share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.errors import Place, Problem, RecordError
from euthymia.records.library import ATLAS
from euthymia.records.reading import read_table, read_text
from euthymia.words import msg

FILE: Final = ATLAS / "common" / "joined_ensemble.tsv"
"""The members of the atlas; written by ``euthymia calibrate --joined``."""
ROW: Final = "row_"
"""Stands before a study's id in the name of the column with its rows."""


@dataclass(frozen=True)
class Members:
    """Joint draws.

    Attributes
    ----------
    rows
        By study, for each member a row of the study's ensemble.
    values
        By parameter, for each member its value in its table's unit.
    effective
        Effective number of different common values.
    """

    rows: Mapping[str, npt.NDArray[np.int64]]
    values: Mapping[str, npt.NDArray[np.float64]]
    effective: float

    def __len__(self) -> int:
        return len(next(iter(self.rows.values())))


def members_text(members: Members, digest: str) -> str:
    """The file's text."""
    columns = [*(f"{ROW}{study}" for study in members.rows), *members.values]
    lines = [
        "# Draws of the joined model: rows of the studies' ensembles that go together, and what the studies share.",
        "# Written by euthymia calibrate --joined.",
        f"# calibrated_on: {digest}",
        f"# effective_draws: {members.effective:.1f}",
        "\t".join(columns),
    ]
    for index in range(len(members)):
        cells = [str(rows[index]) for rows in members.rows.values()]
        lines.append("\t".join([*cells, *(f"{values[index]:.5g}" for values in members.values.values())]))
    return "\n".join(lines) + "\n"


def read_members(digest: str, file: Path = FILE) -> Members:
    """The members of the joined model.

    Parameters
    ----------
    digest
        What they must have been calibrated on.
    file
        Where they are.

    Raises
    ------
    RecordError
        If the file is missing, stale or cannot be read; the command that renews it is named.
    """
    facts = dict(re.findall(r"^# (\w+): (\S+)$", read_text(file), re.MULTILINE)) if file.exists() else {}
    if facts.get("calibrated_on") != digest:
        raise RecordError(Problem(msg("The joined draws are missing or do not belong to these studies; run "
                                      "“euthymia calibrate --joined”."), Place(file)))  # fmt: skip
    header, rows = read_table(file)
    try:
        table = {name: np.array([float(row[name]) for _, row in rows]) for name in header}
    except ValueError as error:
        raise RecordError(Problem(msg("A cell is not a number: {reason}.", reason=error), Place(file))) from None
    return Members(
        {name.removeprefix(ROW): found.astype(np.int64) for name, found in table.items() if name.startswith(ROW)},
        {name: found for name, found in table.items() if not name.startswith(ROW)},
        float(facts.get("effective_draws", "nan")),
    )
