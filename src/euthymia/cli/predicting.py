"""What ``predict`` does: ask the joined model statements that no study has tested, and print its answers."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from euthymia.cli.options import ERR, HELP_LANGUAGE, OUT, AsJson, Calibrated, Lang, known_language, words
from euthymia.cli.progress import progress_bars
from euthymia.engine.store import RunStore
from euthymia.findings.foresight import Foreseen, Foresight
from euthymia.joined import join_studies
from euthymia.joined.predictions import Forecast, predict
from euthymia.records.prediction import FILE
from euthymia.report.numbers import number
from euthymia.words import Language, msg

_MARKS: Final = {
    Foresight.LIKELY: "[green]▲[/]",
    Foresight.UNLIKELY: "[red]▽[/]",
    Foresight.UNDECIDED: "[yellow]◐[/]",
    Foresight.NOT_EVALUATED: "[dim]–[/]",
}


def predict_command(
    ids: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Ids of predictions; all of the file if left out.")))
    ] = None,
    *,
    file: Annotated[
        Path, typer.Option(help=words(msg("File of predictions in the form of the atlas's own.")), show_default=False)
    ] = FILE,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 100,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Keep finished runs and read them back.")))] = True,
    calibrated: Calibrated = True,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Ask the joined model."""
    language = known_language(lang)
    joined = join_studies(calibrated=calibrated)
    with progress_bars() as bars:
        task = bars.add_task(msg("Predictions").text(language), total=None)
        found = predict(
            ids or None, joined=joined, file=file, animals=animals, seed=seed, workers=workers,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
            store=RunStore.default() if cache else None,
        )  # fmt: skip
    if as_json:
        print(found.to_json(language))
    else:
        _print(found, language)
    if found.foreseen and all(one.foresight is Foresight.NOT_EVALUATED for one in found.foreseen):
        ERR.print(msg("Nothing could be evaluated.").text(language), style="yellow")
        raise SystemExit(3)


def _print(found: Forecast, language: Language) -> None:
    OUT.print(msg("No study has tested these statements. The probability is the share of draws of the joined model "
                  "that show them.").text(language), markup=False)  # fmt: skip
    table = Table(box=None, pad_edge=False, show_edge=False)
    heads = (msg("Prediction"), msg("Answer"), msg("Probability"), msg("Difference, median (5 % to 95 %)"),
             msg("Statement"))  # fmt: skip
    for head in heads:
        table.add_column(head.text(language), overflow="fold")
    for one in found.foreseen:
        table.add_row(*_cells(one, language))
    OUT.print(table)
    counts = found.counts()
    OUT.print(msg("{likely} likely, {unlikely} unlikely, {undecided} undecided, {missing} not evaluated.",
                  likely=counts[Foresight.LIKELY], unlikely=counts[Foresight.UNLIKELY],
                  undecided=counts[Foresight.UNDECIDED],
                  missing=counts[Foresight.NOT_EVALUATED]).text(language), markup=False)  # fmt: skip
    OUT.print(msg("A research instrument. It gives no medical advice.").text(language), markup=False)


def _cells(one: Foreseen, language: Language) -> tuple[str, ...]:
    statement = escape(one.prediction.statement.text.text(language))
    if one.foresight is Foresight.NOT_EVALUATED:
        reason = one.reason.text(language) if one.reason else ""
        return one.prediction.id, _label(one, language), "–", "–", f"{statement} [dim]{escape(reason)}[/]"
    size = f"{_size(one.median)} ({_size(one.low)} – {_size(one.high)}) {escape(one.unit)}"
    if one.remark is not None:
        size = "≈ 0"
        statement = f"{statement} [dim]{one.remark.text(language)}[/]"
    return one.prediction.id, _label(one, language), f"{one.probability:.2f} ± {one.error:.2f}", size, statement


def _size(value: float) -> str:
    return number(round(value, 3), sign=True)


def _label(one: Foreseen, language: Language) -> str:
    return f"{_MARKS[one.foresight]} {one.foresight.label.text(language)}"
