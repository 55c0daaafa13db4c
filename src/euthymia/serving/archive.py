"""An uploaded study: a ZIP file -> the files of its folder. Names are judged; bytes are counted while unpacking."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from euthymia.errors import Place, Problem, RequestError
from euthymia.serving.limits import Limits
from euthymia.words import Message, msg

RECORD: Final = "study.yaml"
CHUNK: Final = 64 * 1024
SMALL: Final = 1024
"""Packed bytes below which the ratio is not judged: a short file of zeros is harmless."""
LONGEST: Final = 200
"""Bytes of a name, folders included."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1 | 0x40
_UTF8: Final = 0x800
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_ENTRY: Final = b"PK\x01\x02"
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    OverflowError, IndexError,
)  # fmt: skip
"""What `zipfile` raises on archives made to break it."""


def uploaded_study(body: bytes, limits: Limits) -> dict[str, bytes]:
    """The files of a study's folder, by relative name with forward slashes.

    A folder that holds all others is left out of the names; hidden files, and those that macOS adds, are passed over.

    Raises
    ------
    RequestError
        If it is not a ZIP file, is damaged or encrypted, holds names that could lead elsewhere, links, devices, names
        that differ in nothing but case, or more than the limits allow; if there is no study in it.
    """
    if not body.startswith(b"PK\x03\x04"):
        raise RequestError(msg("This is not a ZIP file with a study in it."))
    if body.count(_ENTRY) > limits.archive_files:
        raise RequestError(_too_many(limits))
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            entries = archive.infolist()
            _refuse(entries, len(body), limits)
            files = dict(_unpacked(archive, entries, limits))
    except _DAMAGED as error:
        reason = str(error)[:80] or type(error).__name__
        raise RequestError(msg("The ZIP file is damaged, or of an unusual kind: {reason}.", reason=reason)) from None
    files = _without_outer_folder(files)
    if RECORD not in files:
        raise RequestError(msg("There is no “{file}” in the ZIP file; pack the folder of the study.", file=RECORD))
    return files


def _refuse(entries: Sequence[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    """Judge what the headers say, before anything is unpacked."""
    if len(entries) > limits.archive_files:
        raise RequestError(_too_many(limits))
    problems = [Problem(message, _place(entry)) for entry in entries for message in _entry_problems(entry, limits)]
    problems += [Problem(message) for message in _name_clashes(entries)]
    if problems:
        raise RequestError(problems)
    if sum(entry.compress_size for entry in entries) > size:
        raise RequestError(msg("The files of the ZIP file overlap each other."))
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise RequestError(_too_large(limits))


def _entry_problems(entry: zipfile.ZipInfo, limits: Limits) -> Iterator[Message]:
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or _FORBIDDEN.search(name):
        yield msg("The name leads out of the folder, or holds characters that a file name cannot have.")
    if not name.isascii() and not entry.flag_bits & _UTF8:
        yield msg("The name is neither plain ASCII nor marked as UTF-8.")
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        yield msg("The name is longer than {limit} bytes.", limit=LONGEST)
    if len(parts) > limits.archive_depth:
        yield msg("The file is deeper than {limit} folders.", limit=limits.archive_depth)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > name.endswith("/"):
        yield msg("Only files and folders are taken, no links or devices.")
    if entry.flag_bits & _ENCRYPTED:
        yield msg("Encrypted files are not taken.")
    if entry.compress_type not in _METHODS:
        yield msg("Only files that are stored or deflated are taken.")
    if entry.file_size > limits.archive_ratio * max(entry.compress_size, SMALL):
        yield _too_dense(limits)


def _name_clashes(entries: Sequence[zipfile.ZipInfo]) -> Iterator[Message]:
    known: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename).casefold()
        plain = name.removesuffix("/")
        if plain in known or (plain in folders and not name.endswith("/")):
            yield msg("The name “{name}” occurs twice in the ZIP file.", name=_shown(entry))
        above = {str(folder) for folder in PurePosixPath(plain).parents} - {"."}
        if above & known:
            yield msg("The name “{name}” is inside of a file.", name=_shown(entry))
        folders |= above
        (folders if name.endswith("/") else known).add(plain)


def _unpacked(
    archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], limits: Limits
) -> Iterator[tuple[str, bytes]]:
    left = limits.unpacked_bytes
    for entry in entries:
        if not entry.is_dir() and not _passed_over(entry.filename):
            content = _content(archive, entry, left, limits)
            left -= len(content)
            yield entry.filename, content


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, limits: Limits) -> bytes:
    """The bytes of one file; what its header says of their number is not relied on."""
    most = limits.archive_ratio * max(entry.compress_size, SMALL)
    content = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            content += chunk
            if len(content) > left:
                raise RequestError(_too_large(limits))
            if len(content) > most:
                raise RequestError(Problem(_too_dense(limits), _place(entry)))
    return bytes(content)


def _passed_over(name: str) -> bool:
    return name.startswith("__MACOSX/") or any(part.startswith(".") for part in name.split("/"))


def _without_outer_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    outer = {name.partition("/")[0] for name in files}
    if RECORD in files or len(outer) != 1 or not all("/" in name for name in files):
        return files
    return {name.partition("/")[2]: content for name, content in files.items()}


def _shown(entry: zipfile.ZipInfo) -> str:
    return _FORBIDDEN.sub("?", entry.orig_filename)[:LONGEST].encode("utf-8", "replace").decode()


def _place(entry: zipfile.ZipInfo) -> Place:
    return Place(_shown(entry))


def _too_many(limits: Limits) -> Message:
    return msg("The ZIP file holds more than {limit} files and folders.", limit=limits.archive_files)


def _too_large(limits: Limits) -> Message:
    return msg("The files of the ZIP file are larger than {limit} bytes in all.", limit=limits.unpacked_bytes)


def _too_dense(limits: Limits) -> Message:
    return msg("The file is more than {limit} times as large as its packed form.", limit=limits.archive_ratio)
