"""A store of finished runs: what was simulated once is read back, so that interrupted work resumes.

The key is the SHA-256 of everything a result depends on, so that a stored result can never be stale.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from euthymia.engine.work import Results, Work, cache_folder

LIMIT: Final = 2 * 1024**3
"""Bytes above which the oldest results are deleted."""


@dataclass(frozen=True)
class RunStore:
    """A folder of results. Failing to write to it is no error: it only saves time."""

    folder: Path

    @classmethod
    def default(cls) -> RunStore:
        """The store of this user: ``$EUTHYMIA_CACHE``, or ``euthymia`` in the user's cache folder."""
        return cls(cache_folder())

    def get(self, work: Work) -> Results | None:
        """The results of a piece of work, or None if it was not run, or its file is damaged."""
        stored = self.arrays(work.digest(), ("results", "status"))
        if stored is None or len(stored["results"]) != len(work.values):
            return None
        return stored["results"], stored["status"]

    def put(self, work: Work, results: Results) -> None:
        """Keep the results of a piece of work."""
        self.keep(work.digest(), {"results": results[0], "status": results[1]})

    def arrays(self, key: str, names: Sequence[str]) -> dict[str, npt.NDArray[Any]] | None:
        """Named arrays that were kept under a key, or None if there are none, one lacks, or the file is damaged.

        Parameters
        ----------
        key
            SHA-256 of everything that the arrays depend on.
        names
            The arrays that are wanted.
        """
        file = self._file(key)
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                found = {name: stored[name] for name in names}
            file.touch()
        except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
            return None
        return found

    def keep(self, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep named arrays under a key; written to a temporary file first."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as stream:
                np.savez(stream, allow_pickle=False, **arrays)
            Path(name).replace(self._file(key))
            self._prune()
        except OSError:
            return

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _prune(self) -> None:
        files = sorted(self.folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)
        size = sum(file.stat().st_size for file in files)
        for file in files:
            if size <= LIMIT:
                return
            size -= file.stat().st_size
            file.unlink(missing_ok=True)
