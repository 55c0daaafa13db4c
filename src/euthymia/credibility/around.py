"""What lies around a study's folder: how to cite it, under which licence, its documents, its version control."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from euthymia.errors import EuthymiaError
from euthymia.records.reading import read_yaml

CITATION: Final = "CITATION.cff"
DOCUMENTS: Final = ("README.md", "README.zh.md", "CHANGELOG.md", "docs/method.md")
"""What a project is read by: introduction in both languages, changes, method."""


@dataclass(frozen=True)
class Surroundings:
    """What was found around a study's folder.

    Attributes
    ----------
    citation
        The content of the nearest ``CITATION.cff`` above the folder; empty where there is none.
    documents
        Which of `DOCUMENTS` lie beside it.
    tracked
        Whether git tracks the study's files.
    unchanged
        Whether they are as git recorded them last.
    """

    citation: Mapping[str, object] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    tracked: bool = False
    unchanged: bool = False

    @property
    def licence(self) -> str:
        """The licence that the citation file names."""
        return str(self.citation.get("license", ""))

    @property
    def address(self) -> str:
        """The public address of the files that the citation file names."""
        return str(self.citation.get("repository-code") or self.citation.get("url") or "")

    @property
    def archive(self) -> str:
        """The DOI of an archived version that the citation file names."""
        return str(self.citation.get("doi", ""))


def surroundings(folder: Path) -> Surroundings:
    """What lies around a study's folder, read from its disk; nothing is asked of the network."""
    root = next((above for above in folder.parents if (above / CITATION).is_file()), None)
    tracked = _git(folder, "ls-files", "--error-unmatch", "study.yaml") is not None
    return Surroundings(
        citation=_citation(root / CITATION) if root else {},
        documents=tuple(name for name in DOCUMENTS if root and (root / name).is_file()),
        tracked=tracked,
        unchanged=tracked and _git(folder, "status", "--porcelain", ".") == "",
    )


def _citation(file: Path) -> Mapping[str, object]:
    try:
        found = read_yaml(file).data
    except EuthymiaError:
        return {}
    return found if isinstance(found, dict) else {}


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says about a folder; None if it refuses, is slow, or is not installed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
