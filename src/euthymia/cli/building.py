"""What ``site build`` does: run the studies, and write the site."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.joining import Effort, compare_joined, joined_command_of, predict_joined
from euthymia.cli.options import ERR, HELP_LANGUAGE, Lang, known_language, words
from euthymia.cli.progress import progress_bars
from euthymia.cli.reproducing import Order, run_entries
from euthymia.engine.store import RunStore
from euthymia.joined import join_studies
from euthymia.models.join import Joined
from euthymia.records.folder import built_in
from euthymia.site import JoinedRun, build_site
from euthymia.site.compared import SHIPPED, read_compared
from euthymia.words import Language, Message, msg

site = typer.Typer(no_args_is_help=True, help=words(msg("The site: all pages as files that need no server.")))


@site.callback()
def _site() -> None:
    """Commands around the site."""


@site.command("build", help=words(msg("Run the studies and write the site; it needs no server and no network.")))
def site_build(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help=words(msg("Folder for the site.")))],
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 200,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    ablate: Annotated[bool, typer.Option("--ablate", help=words(msg("Also cut each declared link in turn.")))] = False,
    compared: Annotated[
        Path | None,
        typer.Option(
            help=words(
                msg(
                    "Folder that “euthymia compare --out” wrote; if left out, and all studies are shown, the "
                    "comparison that comes with the atlas."
                )
            )
        ),
    ] = None,
    joined: Annotated[
        bool, typer.Option("--joined", help=words(msg("Also run the studies as one joined model, for its page.")))
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Keep finished runs and read them back.")))] = True,
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Build the site."""
    language = known_language(lang)
    store = RunStore.default() if cache else None
    order = Order(tuple(studies or sorted(built_in())), animals, seed, ablate, workers, store)
    source = compared or (None if studies else SHIPPED)
    index = _write(order, out, source=source, command=_command(order, compared=compared, joined=joined),
                   joined=joined, language=language)  # fmt: skip
    ERR.print(msg("The site is at {path}.", path=index.resolve()).text(language), markup=False)


def atlas_site(folder: Path, *, animals: int, language: Language) -> None:
    """Write the site of the whole atlas, as ``site build --joined`` does it without further options."""
    order = Order(tuple(sorted(built_in())), animals, 1, False, None, RunStore.default())
    _write(order, folder, source=SHIPPED, command=_command(order, compared=None, joined=True), joined=True,
           language=language)  # fmt: skip


def _write(
    order: Order, folder: Path, *, source: Path | None, command: str, joined: bool, language: Language
) -> Path:  # fmt: skip
    together = join_studies(order.studies) if joined else None
    entries = run_entries(order, pictures=True)
    found = read_compared(source) if source else None
    run = _joined(together, order, language) if together else None
    return build_site(entries, folder, command=command, compared=found, joined=run, say=_said(language))


def _said(language: Language) -> Callable[[Message], None]:
    return lambda one: ERR.print(one.text(language), markup=False)


def _joined(together: Joined, order: Order, language: Language) -> JoinedRun:
    """The joined model with the animals of the site."""
    effort = Effort(order.animals, order.seed, order.workers, order.store)
    with progress_bars() as bars:
        found = compare_joined(together, effort, bars, language)
        forecast = predict_joined(together, effort, bars, language)
    studies = None if set(order.studies) == set(built_in()) else order.studies
    return JoinedRun(found, forecast, joined_command_of(studies, effort))


def _command(order: Order, *, compared: Path | None, joined: bool) -> str:
    """The command that builds the same site again."""
    more = [f"--compared {compared.name}"] if compared else []
    more += ["--joined"] if joined else []
    return " ".join([order.command.replace("euthymia reproduce", "euthymia site build", 1), *more, "--out site"])
