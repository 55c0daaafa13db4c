"""An answer on disk: tables, JSON, pictures, and a page in both languages."""

from __future__ import annotations

import json
from pathlib import Path

from euthymia.asking import Answer
from euthymia.files import write_atomically


def write_answer(answer: Answer, folder: Path, *, command: str) -> Path:
    """An answer written to a folder: ``answer.json``, a table per part.

    Parameters
    ----------
    answer
        From `euthymia.asking.ask`.
    folder
        Where the files go; made if it is missing. Other files in it are left alone.
    command
        The command that makes them again.

    Returns
    -------
    Path
        The first file to look at.

    Raises
    ------
    OutputError
        If a file cannot be written; those of an earlier answer are intact then.
    """
    first = folder / "answer.json"
    files = {first: json.dumps(answer.to_dict() | {"command": command}, ensure_ascii=False, indent=2) + "\n"}
    files |= {folder / name: text for name, text in answer.tables().items()}
    write_atomically(files)
    return first
