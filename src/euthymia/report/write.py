"""A report on disk: all pages or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from euthymia.files import write_atomically
from euthymia.report.entry import StudyEntry
from euthymia.report.joined import PAGE, has_joined
from euthymia.report.pages import INDEX, pages


def write_report(entries: Sequence[StudyEntry], folder: Path, *, command: str) -> Path:
    """A report: ``index.html`` and a page per study, each a file that needs nothing else, and ``credibility.json``.

    Where `folder` holds the page of the joined model, the index links to it.

    Parameters
    ----------
    entries
        The studies, in the order of the first page.
    folder
        Where the pages go; made if it is missing. Other files in it are left alone.
    command
        The command that makes the report again, shown on every page.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    OutputError
        If the pages cannot be written; those of an earlier report are intact then.
    """
    made = pages(entries, command=command, joined=PAGE if has_joined(folder) else None)
    write_atomically({folder / page.name: page.text for page in made})
    return folder / INDEX
