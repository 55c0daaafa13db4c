"""What ``serve`` does: build the site once, start the workers, serve both until interrupted."""

from __future__ import annotations

import ipaddress
import re
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from euthymia.cli.building import atlas_site
from euthymia.cli.options import ERR, HELP_LANGUAGE, Lang, known_language, words
from euthymia.engine.work import cache_folder
from euthymia.errors import OutputError, Place, Problem, RequestError
from euthymia.serving.limits import Limits
from euthymia.serving.version import version_stamp
from euthymia.words import Language, Message, msg

ADVICE: Final = msg("A research instrument; it gives no medical advice.")
LIBRARIES: Final = ("fastapi", "httptools", "uvicorn")
ANIMALS: Final = 48
"""Animals of a cohort on pages that are built for serving."""
CONNECTIONS: Final = 1000
BACKLOG: Final = 2048
FILES: Final = 8192
"""Files and connections that the process asks to have open at one time."""
BUILDING: Final = "explorer."
"""Begins the names of folders in which a site is being built."""
DAY: Final = 24 * 3600.0
USUAL: Final = Limits()


def serve_command(
    *,
    site: Annotated[
        Path | None,
        typer.Option(help=words(msg("Folder that “euthymia site build” wrote; built once and kept if left out."))),
    ] = None,
    host: Annotated[
        str, typer.Option(help=words(msg("Address to listen at; others than this machine's own are open to others.")))
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=words(msg("Port; 0 for any that is free.")))] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help=words(msg("Further host name by which browsers address the server; may be repeated."))),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    queue: Annotated[int, typer.Option(min=1, help=words(msg("Jobs that may wait.")))] = USUAL.queue,
    seconds: Annotated[float, typer.Option(min=1, help=words(msg("Seconds that one job may take.")))] = USUAL.seconds,
    animals: Annotated[
        int, typer.Option(min=4, help=words(msg("Most animals per arm of a question.")))
    ] = USUAL.animals,
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Serve the site and the interface."""
    language = known_language(lang)
    _refuse_without_libraries()
    limits = Limits(animals=animals, queue=queue, seconds=seconds, workers=workers or USUAL.workers)
    names = [host, *(allow_host or ())]
    with _listening(host, port) as listener:
        _serve(site or default_site(language), listener, names, limits, language)


def default_site(language: Language) -> Path:
    """The folder of the site of the whole atlas as this version makes it; built if it is not there.

    It takes its place in one step, so that nobody finds half of one; sites of other versions are removed.
    """
    folder = cache_folder() / f"explorer-{version_stamp()[:16]}"
    if folder.is_dir():
        return folder
    _say(msg("The site is built once; this takes two to three minutes."), language)
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=BUILDING) as made:
            inner = Path(made, "site")
            atlas_site(inner, animals=ANIMALS, language=language)
            if not folder.is_dir():  # else another server was faster
                inner.rename(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            Problem(msg("The site cannot be written ({reason}).", reason=reason), Place(folder))
        ) from None
    _tidy(folder)
    return folder


def _tidy(folder: Path) -> None:
    """Remove sites of other versions, and what was left of builds that were broken off."""
    for other in cache_folder().iterdir():
        old = re.fullmatch(r"explorer-[0-9a-f]{16}", other.name) and other != folder
        broken = other.name.startswith(BUILDING) and other.is_dir() and time.time() - other.stat().st_mtime > DAY
        if old or broken:
            shutil.rmtree(other, ignore_errors=True)


def _serve(folder: Path, listener: socket.socket, names: list[str], limits: Limits, language: Language) -> None:
    from euthymia.serving.app import create_app
    from euthymia.serving.jobs import Jobs
    from euthymia.serving.pages import Pages
    from euthymia.serving.results import Results

    pages = Pages.read(folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a request to end is like Ctrl-C
    with Results.default(limits) as results, Jobs(results, limits) as jobs:
        server = _server(create_app(pages, jobs, results, limits, hosts=names))
        listener.listen(BACKLOG)
        _announce(listener, language)
        with suppress(KeyboardInterrupt):  # the way to end it
            server.run(sockets=[listener])


def _server(app: Any) -> Any:
    import uvicorn

    from euthymia.serving.connection import Connection

    return uvicorn.Server(
        uvicorn.Config(
            app, http=Connection, ws="none", lifespan="off", log_level="error", access_log=False, server_header=False,
            proxy_headers=False, backlog=BACKLOG,
            limit_concurrency=CONNECTIONS, timeout_keep_alive=5, timeout_graceful_shutdown=2,
        )
    )  # fmt: skip


def _announce(listener: socket.socket, language: Language) -> None:
    address, port = listener.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    if not ipaddress.ip_address(address).is_loopback:
        _say(
            msg("Warning: everyone who can reach this machine can use the server. There is no login, and jobs take its "
                "processor and memory."),
            language, style="yellow",
        )  # fmt: skip
    _say(msg("The explorer is at {address} – Ctrl-C ends it.", address=f"http://{shown}:{port}/"), language)
    _say(ADVICE, language)


def _say(message: Message, language: Language, style: str | None = None) -> None:
    ERR.print(message.text(language), markup=False, style=style)


def _refuse_without_libraries() -> None:
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise RequestError(
            msg(
                "The command “serve” needs {missing}; install them with: pip install 'euthymia[web]'",
                missing=", ".join(missing),
            )
        )


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens; known before anything is built, so that nobody waits for a port that is taken."""
    _open_many_files()
    with ExitStack() as stack:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            raise RequestError(
                msg("The address {host}, port {port}, cannot be listened at ({reason}).", host=host, port=port,
                    reason=error.strerror or error)
            ) from None  # fmt: skip
        yield listener


def _open_many_files() -> None:
    """Let the process have many connections, as far as the system allows."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
