"""What computes: one digest of the package's code, templates and atlas and of the libraries' versions."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from euthymia.provenance import stamp

PACKAGE: Final = Path(__file__).parent.parent
PASSED_OVER: Final = ("__pycache__",)


@cache
def version_stamp() -> str:
    """SHA-256 over all files of the package and the versions of the libraries, as they were at the first call."""
    total = hashlib.sha256(stamp()["versions"].encode())
    for file in sorted(PACKAGE.rglob("*")):
        if file.is_file() and not set(file.parts) & set(PASSED_OVER):
            total.update(str(file.relative_to(PACKAGE)).encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
