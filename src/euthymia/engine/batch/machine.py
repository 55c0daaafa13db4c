"""From instructions to machine code: compiled for this processor, kept in a folder, loaded into the process."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import llvmlite
import llvmlite.binding as llvm

_LOCK: Final = threading.Lock()  # LLVM keeps its compiler state in globals
_LIMIT: Final = 256 * 1024**2
"""Bytes of kept machine code above which the oldest is deleted."""

_OPTIONS: Final = ("-post-RA-scheduler=false", "-enable-misched=false")
"""Without these passes the code is as fast and is made in a third of the time: they take long for long blocks."""


@dataclass(frozen=True)
class Library:
    """Machine code in this process.

    Attributes
    ----------
    functions
        Address of each function that was asked for.
    source
        The instructions it was made from.
    from_cache
        Whether it was read and not compiled.
    """

    functions: dict[str, int]
    source: str
    from_cache: bool
    _alive: Any

    def function(self, name: str, *arguments: Any) -> Any:
        """A function that can be called; Python's lock is not held meanwhile."""
        return ctypes.CFUNCTYPE(None, *arguments)(self.functions[name])


@dataclass(frozen=True)
class _Processor:
    machine: Any
    name: str
    features: str
    compiler: Any


@cache
def _processor() -> _Processor:
    for option in _OPTIONS:
        llvm.set_option("", option)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=name, features=features, opt=2, reloc="pic", codemodel="jitdefault"
    )
    return _Processor(machine, name, features, llvm.create_lljit_compiler())


def vector_width() -> int:
    """Numbers that this processor works on at once: results do not depend on it."""
    features = llvm.get_host_cpu_features()
    return 8 if features.get("avx512f") else 4


def native(width: int) -> bool:
    """Whether vectors of `width` numbers are those of AVX-512 on this processor."""
    return width == 8 and bool(llvm.get_host_cpu_features().get("avx512f"))


def build(source: str, names: tuple[str, ...], folder: Path | None) -> Library:
    """Machine code for LLVM instructions; read from `folder` where it was made before."""
    with _LOCK:
        processor = _processor()
        stamp = f"{llvmlite.__version__} {llvm.llvm_version_info} {processor.name} {processor.features}"
        key = hashlib.sha256(f"{platform.machine()} {stamp}\n{source}".encode()).hexdigest()
        file = folder / f"{key}.o" if folder else None
        known = _read(file)
        code = known if known is not None else _compile(source, processor)
        if known is None and file is not None:
            _keep(file, code)
        builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name in names:
            builder = builder.export_symbol(name)
        tracker = builder.link(processor.compiler, f"{key[:16]}-{next(_numbers())}")
        return Library({name: tracker[name] for name in names}, source, known is not None, tracker)


@cache
def _counter() -> list[int]:
    return [0]


def _numbers() -> Any:
    count = _counter()
    count[0] += 1
    return iter(count)


def _compile(source: str, processor: _Processor) -> bytes:
    module = llvm.parse_assembly(source)
    module.triple = processor.machine.triple
    module.data_layout = str(processor.machine.target_data)
    module.verify()
    return bytes(processor.machine.emit_object(module))


def _read(file: Path | None) -> bytes | None:
    """Kept code, whose first 32 bytes are the hash of the rest."""
    try:
        stored = file.read_bytes() if file else b""
    except OSError:
        return None
    digest, code = stored[:32], stored[32:]
    return code if code and hashlib.sha256(code).digest() == digest else None


def _keep(file: Path, code: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(code).digest() + code)
        Path(name).replace(file)
        _prune(file.parent)
    except OSError:
        return


def _prune(folder: Path) -> None:
    files = sorted(folder.glob("*.o"), key=lambda one: one.stat().st_mtime)
    size = sum(one.stat().st_size for one in files)
    for one in files:
        if size <= _LIMIT:
            return
        size -= one.stat().st_size
        one.unlink(missing_ok=True)
