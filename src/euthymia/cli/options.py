"""The language of the command line, and options that several commands share."""

import os
import sys
from typing import Annotated, get_args

import typer
from rich.console import Console

from euthymia.errors import RequestError
from euthymia.words import LANGUAGES, Language, Message, msg

OUT = Console(highlight=False, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def language_of(arguments: list[str]) -> Language:
    """The language asked for by ``--lang``, else by ``EUTHYMIA_LANG``, else English."""
    wanted = os.environ.get("EUTHYMIA_LANG", "en")
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            wanted = arguments[index + 1]
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
    return next((language for language in LANGUAGES if language == wanted), "en")


HELP_LANGUAGE: Language = language_of(sys.argv[1:])
"""Language of the help, decided when the program starts."""


def words(message: Message) -> str:
    """A sentence of the help."""
    return message.text(HELP_LANGUAGE)


def known_language(given: str) -> Language:
    """The language that an option names.

    Raises
    ------
    RequestError
        If it is not one of the languages that the words exist in.
    """
    for language in LANGUAGES:
        if language == given:
            return language
    raise RequestError(
        msg("The language “{found}” is not known; use {known}.", found=given, known=", ".join(get_args(Language)))
    )


Lang = Annotated[str, typer.Option("--lang", metavar="en|zh", help=words(msg("Language of the output, en or zh.")))]
AsJson = Annotated[bool, typer.Option("--json", help=words(msg("Print JSON.")))]
StudyName = Annotated[str, typer.Argument(help=words(msg("Id of a study of the atlas, or a study folder.")))]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help=words(msg("Also run everything again with another number of workers, and compare with a second solver.")),
    ),
]
Calibrated = Annotated[bool, typer.Option(help=words(msg("Draw from the ensembles; else from the tables alone.")))]
