"""What a server takes on: sizes, times and numbers beyond which a request is refused."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any, Final

MIB: Final = 1024**2


def _cores() -> int:
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Limits:
    """Bounds of one server.

    Attributes
    ----------
    animals
        Animals per arm of a question.
    arms
        Arms of a question, with those that its combinations and its grid need.
    days
        Days from the first intervention to the last sample.
    cost
        Animals times arms times days of a question, summed over its experiments.
    explained_animals, study_animals
        Animals of an explanation, and of a study that is brought along.
    hours, points
        Simulated hours and output times of a model that is brought along.
    workers
        Worker processes.
    queue
        Tasks that may wait.
    seconds
        Time that one task may take.
    grace
        Seconds that a cancelled task has to stop by itself.
    kept, kept_seconds
        Finished jobs that are remembered: how many, and for how long. Their results are kept apart.
    memory
        Address space in bytes that a worker may take besides what it has at its start; known on Linux only.
    result_bytes, store_bytes
        Size of one result, and of all that are kept.
    protocol_bytes, model_bytes, archive_bytes
        Size of an upload: a question, a model, a study as a ZIP file.
    unpacked_bytes, archive_files, archive_ratio, archive_depth
        What a ZIP file may hold: bytes and files in all, how much smaller packed, folders in folders.
    """

    animals: int = 400
    arms: int = 60
    days: int = 400
    cost: int = 2_000_000
    explained_animals: int = 48
    study_animals: int = 48
    hours: float = 24.0 * 400
    points: int = 2000
    workers: int = field(default_factory=_cores)
    queue: int = 64
    seconds: float = 600.0
    grace: float = 2.0
    kept: int = 1000
    kept_seconds: float = 3600.0
    memory: int = 4096 * MIB
    result_bytes: int = 64 * MIB
    store_bytes: int = 512 * MIB
    protocol_bytes: int = 256 * 1024
    model_bytes: int = 2 * MIB
    archive_bytes: int = 4 * MIB
    unpacked_bytes: int = 16 * MIB
    archive_files: int = 200
    archive_ratio: int = 100
    archive_depth: int = 6

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)
