"""Results kept in one file that survives crashes: found by what they depend on, bounded in size."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final

from euthymia.engine.work import cache_folder
from euthymia.serving.limits import Limits
from euthymia.serving.tasks import Result

FILE: Final = "explorer.sqlite"


class Results:
    """A store of results by `Task.key`, usable from several threads. What is damaged is never returned.

    Parameters
    ----------
    file
        The SQLite file; made if it is missing, set aside if it is damaged.
    most
        Bytes of all results as they are kept; the least recently used go first.
    """

    def __init__(self, file: Path, *, most: int) -> None:
        raise NotImplementedError

    @classmethod
    def default(cls, limits: Limits) -> Results:
        """The store of this user."""
        return cls(cache_folder() / FILE, most=limits.store_bytes)

    def get(self, key: str) -> Result | None:
        """The result of a key, or None if there is none or it is damaged."""
        raise NotImplementedError

    def put(self, key: str, result: Result) -> None:
        """Keep a result; it is on the disk when this returns.

        Raises
        ------
        OutputError
            If it cannot be written; what was kept before is intact.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back."""
        raise NotImplementedError

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
