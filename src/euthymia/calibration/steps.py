"""Finished steps of long work, kept on disk, so that an interrupted call goes on where it stopped."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from euthymia.engine.work import cache_folder

Array = npt.NDArray[np.float64]


class Steps(MutableMapping[str, Array]):
    """Arrays by name, each a file of its own that is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of(cls, *key: object) -> Steps:
        """The steps of work that is told from other work by a key."""
        digest = hashlib.sha256("\0".join(map(str, key)).encode()).hexdigest()[:32]
        return cls(cache_folder() / "steps" / digest)

    def __getitem__(self, name: str) -> Array:
        try:
            return np.asarray(np.load(self._file(name), allow_pickle=False))
        except (OSError, ValueError, EOFError):
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: Array) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            np.save(stream, value)
        Path(temporary).replace(self._file(name))

    def __delitem__(self, name: str) -> None:
        try:
            self._file(name).unlink()
        except FileNotFoundError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(file.stem for file in self.folder.glob("*.npy")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def forget(self) -> None:
        """Remove all steps, once the work is done and its result is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npy"
