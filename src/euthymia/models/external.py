"""Model definitions in other SBML files (``externalModelDefinition``): only files beside the document are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import libsbml

from euthymia.records.reading import read_text
from euthymia.words import Message, msg

DECLARATIONS: Final = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
"""What no SBML document may hold: it can make a small file grow without bounds, or read other files."""


def external_problems(document: Any, file: Path | None) -> list[Message]:
    """Why the external model definitions of a document cannot be read; empty if they can.

    Parameters
    ----------
    document
        A libSBML document.
    file
        Its file; None if it is a text, which can have no files beside it.
    """
    definitions = _definitions(document)
    if definitions and file is None:
        return [msg("The SBML element externalModelDefinition is not supported.")]
    return list(_problems(definitions, (file.resolve(),), set())) if file is not None else []


def _problems(definitions: list[tuple[str, str]], path: tuple[Path, ...], checked: set[Path]) -> Iterator[Message]:
    """Problems of definitions in the last file of a path, along which each file names the next."""
    for name, source in definitions:
        file = (path[-1].parent / source).resolve()
        if not re.fullmatch(r"[\w.-]+", source) or not file.is_file():
            yield msg("The SBML element externalModelDefinition “{id}” names “{source}”; "
                      "there is no such file beside it.",
                      id=name, source=source)  # fmt: skip
        elif file in path:
            yield msg("The SBML elements externalModelDefinition of “{file}” lead back to this file.", file=file.name)
        elif file not in checked:
            text = read_text(file)
            if DECLARATIONS.search(text):
                yield msg("An SBML document may not declare a document type or entities.")
            else:
                inner = _definitions(libsbml.readSBMLFromString(text))
                yield from _problems(inner, (*path, file), checked)
            checked.add(file)


def _definitions(document: Any) -> list[tuple[str, str]]:
    """Id and file of each external model definition."""
    plugin = document.getPlugin("comp")
    count = plugin.getNumExternalModelDefinitions() if plugin is not None else 0
    found = [plugin.getExternalModelDefinition(index) for index in range(count)]
    return [(one.getId(), one.getSource()) for one in found]
