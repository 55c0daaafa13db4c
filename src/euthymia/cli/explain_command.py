"""The command ``explain``: its arguments."""

from pathlib import Path
from typing import Annotated

import typer

from euthymia.cli.explaining import Request, explain_request
from euthymia.cli.options import HELP_LANGUAGE, AsJson, Lang, known_language, words
from euthymia.words import msg


def explain_command(
    finding: Annotated[str | None, typer.Argument(help=words(msg("Id of a finding, as in S02-05.")))] = None,
    *,
    protocol: Annotated[
        Path | None, typer.Option(help=words(msg("YAML file of an experiment of your own, or of a question.")))
    ] = None,
    arm: Annotated[str | None, typer.Option(help=words(msg("With --protocol: the arm to explain.")))] = None,
    against: Annotated[str | None, typer.Option(help=words(msg("With --protocol: the arm to compare with.")))] = None,
    assay: Annotated[str | None, typer.Option(help=words(msg("With --protocol: the assay.")))] = None,
    time: Annotated[str | None, typer.Option(help=words(msg('With --protocol: the time, as in "1 d".')))] = None,
    of: Annotated[
        str | None, typer.Option(help=words(msg("With --protocol: the population read, where there are several.")))
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(help=words(msg("Study, id or folder, of the finding or of the names in the file."))),
    ] = None,
    joined: Annotated[
        bool, typer.Option("--joined", help=words(msg("Cut the links of all studies, on the joined model.")))
    ] = False,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 24,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help=words(msg("Cut in all animals also what moved nothing in a first look."))),
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    out: Annotated[
        Path | None, typer.Option(help=words(msg("Folder for the table, the page and the pictures.")))
    ] = None,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Explain a result."""
    request = Request(finding, protocol, arm, against, assay, time, of, study, joined, animals, seed, thorough)
    explain_request(request, workers=workers, out=out, language=known_language(lang), as_json=as_json)
