"""What ``compare`` does: run all arms with progress, print the table, write the page, the pictures and the tables."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from euthymia.cli.options import ERR, HELP_LANGUAGE, OUT, AsJson, Lang, known_language, words
from euthymia.comparing import Comparison, compare
from euthymia.comparing.bench import ASSAYS
from euthymia.engine.store import RunStore
from euthymia.records.intervention import read_catalogue
from euthymia.report import write_comparison
from euthymia.report.bilingual import shown
from euthymia.report.compared import share, size, when
from euthymia.report.numbers import percent
from euthymia.words import Language, msg


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    interventions: tuple[str, ...]
    animals: int
    seed: int
    days: float
    doses: bool
    repeats: bool
    catalogue: Path | None
    workers: int | None
    store: RunStore | None

    @property
    def command(self) -> str:
        """The command that asks for it."""
        parts = ["euthymia compare", *self.interventions, f"--animals {self.animals} --seed {self.seed}"]
        parts += [f"--days {self.days:g}", *([] if self.doses else ["--no-doses"])]
        parts += [] if self.repeats else ["--no-repeats"]
        return " ".join([*parts, *([f"--catalogue {self.catalogue.name}"] if self.catalogue else [])])


def compare_interventions(
    interventions: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Interventions of the catalogue; all if left out.")))
    ] = None,
    *,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 100,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    days: Annotated[float, typer.Option(help=words(msg("Days for which effects are followed.")))] = 70.0,
    doses: Annotated[bool, typer.Option(help=words(msg("Also give weaker and stronger doses.")))] = True,
    repeats: Annotated[bool, typer.Option(help=words(msg("Also repeat doses, for tolerance.")))] = True,
    catalogue: Annotated[
        Path | None, typer.Option(help=words(msg("File of interventions in the place of those of the atlas.")))
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    out: Annotated[
        Path | None, typer.Option(help=words(msg("Folder for the page, the pictures and the tables.")))
    ] = None,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Compare interventions: the command."""
    wanted = Wanted(
        tuple(interventions or ()), animals, seed, days, doses, repeats, catalogue, workers, RunStore.default()
    )
    show_comparison(wanted, out=out, language=known_language(lang), as_json=as_json)


def show_comparison(wanted: Wanted, *, out: Path | None, language: Language, as_json: bool) -> None:
    """Compare, print, write."""
    found = _run(wanted, language)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        OUT.print(_table(found, language))
        OUT.print(msg("A research instrument. It gives no medical advice.").text(language), markup=False)
    if out is not None:
        page = write_comparison(found, out, command=wanted.command)
        ERR.print(msg("The comparison is in {path}.", path=page.resolve()).text(language), markup=False)


def _run(wanted: Wanted, language: Language) -> Comparison:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        task = bars.add_task(msg("Comparing").text(language), total=None)
        return compare(
            wanted.interventions or None, catalogue=read_catalogue(wanted.catalogue) if wanted.catalogue else None,
            animals=wanted.animals, seed=wanted.seed, days=wanted.days,
            doses=wanted.doses, repeats=wanted.repeats, workers=wanted.workers, store=wanted.store,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )  # fmt: skip


def _table(found: Comparison, language: Language) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    heads = (msg("Intervention"), msg("Reliable effect"), msg("Onset"), msg("Duration"), msg("Peak, SD"),
             msg("Precision"), msg("Largest harm, SD"))  # fmt: skip
    for head in heads:
        table.add_column(head.text(language), overflow="fold")
    for one in found.compared:
        effect = one.effects[ASSAYS[0]]
        table.add_row(
            one.entry.label.text.text(language), percent(effect.probability),
            shown(when(effect.onset, found.days), language),
            shown(when(effect.duration, found.days, open_end=effect.probability > 0), language),
            size(effect.peak.median or 0.0), shown(share(one.selectivity), language),
            size(one.harm.median or 0.0),
        )  # fmt: skip
    return table
