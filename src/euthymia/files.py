"""Writing files so that a reader never sees half of one, and a failure leaves what was there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from euthymia.errors import OutputError, Place, Problem
from euthymia.words import msg


def write_atomically(contents: Mapping[Path, str | bytes]) -> None:
    """Write texts and bytes: all of them to temporary files first, which then take the places of the old ones.

    Raises
    ------
    OutputError
        If writing fails, for instance on a full disk. Files that stood there before are intact.
    """
    ready: list[tuple[Path, Path]] = []
    where: Path | None = None
    try:
        for target, content in contents.items():
            where = target
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((Path(name), target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(content.encode() if isinstance(content, str) else content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
        _exchange(ready)
    except OSError as error:
        raise OutputError(
            Problem(
                msg(
                    "The file cannot be written ({reason}); earlier results are intact.", reason=error.strerror or error
                ),
                Place(where or "-"),
            )
        ) from error
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _exchange(ready: list[tuple[Path, Path]]) -> None:
    """Put the temporary files in their places; if one cannot take its place, the old ones come back."""
    kept: list[tuple[Path, Path | None]] = []
    try:
        for temporary, target in ready:
            backup = temporary.with_name(temporary.name + ".old") if target.exists() else None
            if backup is not None:
                os.link(target, backup)
            kept.append((target, backup))
            temporary.replace(target)
    except OSError:
        for target, backup in kept:
            if backup is None:
                target.unlink(missing_ok=True)
            else:
                backup.replace(target)
        raise
    finally:
        for _, backup in kept:
            if backup is not None:
                backup.unlink(missing_ok=True)
