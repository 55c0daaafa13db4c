"""What the numbers were measured on, and with which versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = (
    "libroadrunner", "llvmlite", "numpy", "scipy", "numba", "amici", "python-copasi", "jax", "diffrax", "antimony",
    "python-libsbml",
)  # fmt: skip


def set_work(folder: Path) -> None:
    """Where peers keep what they compile."""
    os.environ["EUTHYMIA_BENCH_WORK"] = str(folder)
    os.environ["EUTHYMIA_CACHE"] = str(folder / "cache")


def described(packages: tuple[str, ...] = PACKAGES) -> dict[str, Any]:
    """Machine and versions."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return {
        "processor": _processor(), "cores": os.cpu_count(), "system": platform.system(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else -1.0, "versions": found,
    }  # fmt: skip


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
