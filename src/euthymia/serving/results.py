"""Results kept in one file that survives crashes: found by what they depend on, bounded in size.

The file is an SQLite database. A result counts as kept once its transaction is on the disk, and each is kept with a
digest of itself, so that neither a half-written nor a damaged one is ever given out.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, TypeVar

from euthymia.engine.work import cache_folder
from euthymia.errors import OutputError, Place, Problem
from euthymia.serving.limits import MIB, Limits
from euthymia.serving.tasks import Result
from euthymia.words import msg

FILE: Final = "explorer.sqlite"
FORMAT: Final = 1
"""Raised when the table changes; a file of another format is set aside."""
PARTS: Final = ("", "-wal", "-shm")
"""Endings of the files that SQLite keeps a database in."""
DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
WAIT: Final = 10.0
"""Seconds to wait for another process that writes to the same file."""
FRESH: Final = 60.0
"""Seconds within which a further use of a result is not written down."""
LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")

_SETTINGS: Final = (
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA journal_size_limit={16 * MIB}",
)
_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS results (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, created REAL NOT NULL, used REAL NOT NULL, bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL, blob BLOB NOT NULL
    )
"""


class Results:
    """A store of results by `Task.key`, usable from several threads. What is damaged is never returned.

    Parameters
    ----------
    file
        The SQLite file; made if it is missing, set aside under another name if it is damaged.
    most
        Bytes of all results as they are kept; the least recently used go first.

    Raises
    ------
    OutputError
        If the file can be neither read nor made.
    """

    def __init__(self, file: Path, *, most: int) -> None:
        self.file, self.most = file, most
        self._lock = threading.RLock()
        with self._told(Place(file)), self._lock:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._open: sqlite3.Connection | None = _sound(file)

    @classmethod
    def default(cls, limits: Limits) -> Results:
        """The store of this user."""
        return cls(cache_folder() / FILE, most=limits.store_bytes)

    def get(self, key: str) -> Result | None:
        """The result of a key, or None if there is none or it is damaged.

        Raises
        ------
        OutputError
            If the file cannot be read.
        """
        with self._told():
            row = self._with(lambda rows: rows.execute(
                "SELECT kind, used, sha256, blob FROM results WHERE key = ?", (key,)).fetchone())  # fmt: skip
        if row is None:
            return None
        kind, used, digest, blob = row
        if _digest(key, kind, blob) != digest:
            LOG.warning("The kept result %s is damaged; it is dropped.", key)
            self._quietly("DELETE FROM results WHERE key = ?", key)
            return None
        if time.time() - used > FRESH:
            self._quietly("UPDATE results SET used = ? WHERE key = ?", time.time(), key)
        return Result.from_json(zlib.decompress(blob))

    def put(self, key: str, result: Result) -> None:
        """Keep a result; it is on the disk when this returns.

        Raises
        ------
        OutputError
            If it cannot be written, or is alone larger than all may be; what was kept before is intact.
        """
        blob = zlib.compress(result.to_json().encode())
        if len(blob) > self.most:
            raise OutputError(
                msg("The result takes {size} MiB; no more than {limit} MiB are kept here. Ask for less.",
                    size=f"{len(blob) / MIB:.1f}", limit=f"{self.most / MIB:.1f}")
            )  # fmt: skip
        now = time.time()
        row = (key, result.kind, now, now, len(blob), _digest(key, result.kind, blob), blob)
        with self._told():
            self._with(lambda rows: self._write(rows, row))

    def _write(self, rows: sqlite3.Connection, row: tuple[object, ...]) -> None:
        with _transaction(rows):
            rows.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            (size,) = rows.execute("SELECT sum(bytes) FROM results").fetchone()
            oldest = rows.execute("SELECT key, bytes FROM results WHERE key <> ? ORDER BY used", row[:1]).fetchall()
            for key, taken in oldest:
                if size <= self.most:
                    break
                rows.execute("DELETE FROM results WHERE key = ?", (key,))
                size -= taken
        rows.execute("PRAGMA incremental_vacuum").fetchall()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = None

    def _with(self, do: Callable[[sqlite3.Connection], T]) -> T:
        """Work on the file; once more on a new one if it turns out to be damaged."""
        with self._lock:
            if self._open is None:
                raise OutputError(msg("The kept results are closed."))
            try:
                return do(self._open)
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise
            self._open.close()
            _set_aside(self.file)
            self._open = _sound(self.file)
            return do(self._open)

    def _quietly(self, statement: str, *values: object) -> None:
        """A change that may be left undone, as on a full disk."""
        try:
            self._with(lambda rows: rows.execute(statement, values).fetchall())
        except sqlite3.Error as error:
            LOG.warning("%s: %s", self.file, error)

    @contextmanager
    def _told(self, place: Place | None = None) -> Iterator[None]:
        """Errors of the file as sentences; where it is, is told only to who starts the server."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            LOG.warning("%s: %s", self.file, error)
            reason = error.strerror or error if isinstance(error, OSError) else error
            raise OutputError(
                Problem(msg("The kept results cannot be read or written: {reason}.", reason=reason), place)
            ) from error

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _sound(file: Path) -> sqlite3.Connection:
    """The file, opened and checked; if it is damaged, it is set aside and a new one begun."""
    if file.exists():
        try:
            return _opened(file, check=True)
        except sqlite3.DatabaseError as error:
            if not _damaged(error):
                raise
            _set_aside(file)
    return _opened(file, check=False)


def _opened(file: Path, *, check: bool) -> sqlite3.Connection:
    rows = sqlite3.connect(file, timeout=WAIT, isolation_level=None, check_same_thread=False)
    try:
        file.chmod(0o600)
        if check:
            _refuse_unsound(rows)
        for setting in _SETTINGS:
            rows.execute(setting).fetchall()
        rows.execute(_TABLE)
        rows.execute(f"PRAGMA user_version={FORMAT}")
    except BaseException:
        rows.close()
        raise
    return rows


def _refuse_unsound(rows: sqlite3.Connection) -> None:
    (known,) = rows.execute("PRAGMA user_version").fetchone()
    if known not in (0, FORMAT) or rows.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _Damage


class _Damage(sqlite3.DatabaseError):
    """A file that SQLite can open and that is not sound, or is of another format."""


def _damaged(error: sqlite3.DatabaseError) -> bool:
    return isinstance(error, _Damage) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGED


def _set_aside(file: Path) -> None:
    """Rename a damaged file and what belongs to it; nothing is deleted."""
    stamp, count = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), 1
    while (away := file.with_name(f"{file.name}.damaged-{stamp}-{count}")).exists():
        count += 1
    for ending in PARTS:
        part = Path(f"{file}{ending}")
        if part.exists():
            part.rename(f"{away}{ending}")
    LOG.warning("The kept results in %s are damaged; the file is set aside as %s.", file, away.name)


@contextmanager
def _transaction(rows: sqlite3.Connection) -> Iterator[None]:
    rows.execute("BEGIN IMMEDIATE")
    try:
        yield
        rows.execute("COMMIT")
    except BaseException:
        if rows.in_transaction:
            rows.execute("ROLLBACK")
        raise


def _digest(key: str, kind: str, blob: bytes) -> str:
    return hashlib.sha256(f"{key} {kind} ".encode() + blob).hexdigest()
