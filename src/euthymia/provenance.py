"""What is needed to make a result again: versions, hashes, seeds."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("euthymia", "libroadrunner", "antimony", "python-libsbml", "llvmlite", "numpy", "scipy", "xarray")
"""Packages whose version can move a number."""
ENGINE_VERSION: Final = 1
"""Raised when a change of the engine moves numbers beyond its tolerances; ensembles made before are refused."""
CALIBRATION_VERSION: Final = 2
"""Raised with every change of likelihood or sampler; ensembles made before are refused."""


def stamp(**facts: Any) -> dict[str, Any]:
    """Facts about a run, with the versions of what computed it."""
    return {**facts, "versions": _versions()}


@cache
def _versions() -> str:
    return json.dumps({name: version(name) for name in PACKAGES}, sort_keys=True)


def digest_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files, in the order of their names."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()
