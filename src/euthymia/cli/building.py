"""What ``site build`` does: run the studies, and write the site."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.options import ERR, HELP_LANGUAGE, Lang, known_language, words
from euthymia.cli.reproducing import Order, run_entries
from euthymia.engine.store import RunStore
from euthymia.records.folder import built_in
from euthymia.site import build_site
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
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Keep finished runs and read them back.")))] = True,
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Build the site."""
    language = known_language(lang)
    source = compared or (None if studies else SHIPPED)
    store = RunStore.default() if cache else None
    order = Order(tuple(studies or sorted(built_in())), animals, seed, ablate, workers, store)
    entries = run_entries(order, pictures=True)
    found = read_compared(source) if source else None
    index = build_site(entries, out, command=_command(order), compared=found, say=_said(language))
    ERR.print(msg("The site is at {path}.", path=index.resolve()).text(language), markup=False)


def _said(language: Language) -> Callable[[Message], None]:
    return lambda one: ERR.print(one.text(language), markup=False)


def _command(order: Order) -> str:
    """The command that builds the same site again."""
    return order.command.replace("euthymia reproduce", "euthymia site build", 1) + " --out site"
