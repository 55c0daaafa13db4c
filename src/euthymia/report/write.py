"""A report on disk: all pages or none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from euthymia.errors import OutputError
from euthymia.report.entry import StudyEntry
from euthymia.report.joined import PAGE, has_joined
from euthymia.report.pages import INDEX, Page, pages
from euthymia.words import msg


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
    try:
        _write(made, folder)
    except OSError as error:
        raise OutputError(
            msg("The report could not be written to {folder}: {reason}. Earlier results there are intact.",
                folder=folder, reason=error.strerror or error)
        ) from error  # fmt: skip
    return folder / INDEX


def _write(made: Sequence[Page], folder: Path) -> None:
    """All pages written next to their places first, then moved into them; the index last."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    waiting: Path | None = None
    try:
        waiting = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
        for page in made:
            (waiting / page.name).write_text(page.text, encoding="utf-8")
        for page in made:
            if (folder / page.name).is_dir():
                raise IsADirectoryError(21, "a folder stands in its place", str(folder / page.name))
        for page in made:
            (waiting / page.name).replace(folder / page.name)
    except OSError:
        if new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        if waiting is not None:
            shutil.rmtree(waiting, ignore_errors=True)
