"""Writing files so that a reader never sees half of one, and a failure leaves what was there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from euthymia.errors import OutputError, Place, Problem
from euthymia.words import msg


def write_atomically(texts: Mapping[Path, str]) -> None:
    """Write texts: all of them to temporary files first, which then take the places of the old ones.

    Raises
    ------
    OutputError
        If writing fails, for instance on a full disk. Files that stood there before are intact.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for target, text in texts.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((Path(name), target))
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
        for temporary, target in ready:
            temporary.replace(target)
    except OSError as error:
        where = target
        raise OutputError(
            Problem(
                msg(
                    "The file cannot be written ({reason}); earlier results are intact.", reason=error.strerror or error
                ),
                Place(where),
            )
        ) from error
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)
