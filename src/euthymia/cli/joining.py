"""What ``joined`` does: join, report, run each study alone and joined, compare finding by finding, write it all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bars
from rich.table import Table

from euthymia.cli.options import ERR, HELP_LANGUAGE, OUT, AsJson, Calibrated, Lang, known_language, words
from euthymia.cli.progress import progress_bars
from euthymia.engine.store import RunStore
from euthymia.findings.verdict import Outcome
from euthymia.joined import Composition, Pair, join_studies
from euthymia.joined.comparison import Comparison, Watch, compare_studies
from euthymia.joined.predictions import Forecast, predict
from euthymia.models.join import Joined
from euthymia.pipeline import Progress
from euthymia.report.joined import write_joined
from euthymia.words import Language, Message, msg


def joined_command(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 200,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    rivals: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help=words(msg("Rival reading of what two texts say, in the place of the usual one; may be repeated.")),
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=words(msg("Folder for joined.html, joined.json and joined.csv.")))
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Keep finished runs and read them back.")))] = True,
    calibrated: Calibrated = True,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Join studies and compare."""
    language, chosen = known_language(lang), tuple(rivals or ())
    joined = join_studies(studies or None, rivals=chosen, calibrated=calibrated)
    store = RunStore.default() if cache else None
    effort = Effort(animals, seed, workers, store)
    with progress_bars() as bars:
        found = compare_joined(joined, effort, bars, language, rivals=chosen)
        if out is not None:
            command = joined_command_of(studies, effort, rivals=chosen, calibrated=calibrated)
            _write(found, out, bars, command, effort, language)
    if as_json:
        print(found.to_json(), end="")
    else:
        _print(found, language)


@dataclass(frozen=True)
class Effort:
    """How a joined model is run: animals and seed of the cohort, worker processes, where runs are kept."""

    animals: int
    seed: int
    workers: int | None
    store: RunStore | None


def compare_joined(
    joined: Joined, effort: Effort, bars: Bars, language: Language, *, rivals: tuple[str, ...] = ()
) -> Comparison:  # fmt: skip
    """Every finding alone and joined, with a bar for each run."""
    return compare_studies(joined, rivals=rivals, animals=effort.animals, seed=effort.seed, workers=effort.workers,
                           watch=_watch(bars, language), store=effort.store)  # fmt: skip


def predict_joined(joined: Joined, effort: Effort, bars: Bars, language: Language) -> Forecast:
    """The predictions of the atlas, with a bar."""
    return predict(joined=joined, animals=effort.animals, seed=effort.seed, workers=effort.workers, store=effort.store,
                   progress=_bar(bars, msg("Predictions").text(language)))  # fmt: skip


def joined_command_of(
    studies: Iterable[str] | None, effort: Effort, *, rivals: Iterable[str] = (), calibrated: bool = True
) -> str:  # fmt: skip
    """The command that asks for the same again."""
    words = ["euthymia joined", *(studies or ()), *(f"--rivals {name}" for name in rivals)]
    words += [f"--animals {effort.animals} --seed {effort.seed}", *([] if calibrated else ["--no-calibrated"])]
    return " ".join(words)


def _watch(bars: Bars, language: Language) -> Watch:
    def watch(study: str, together: bool) -> Progress:
        words = msg("{study}, joined", study=study) if together else msg("{study}, alone", study=study)
        return _bar(bars, words.text(language))

    return watch


def _bar(bars: Bars, name: str) -> Progress:
    task = bars.add_task(name, total=None)
    return lambda done, total: bars.update(task, completed=done, total=total, visible=done < total)


def _write(found: Comparison, out: Path, bars: Bars, command: str, effort: Effort, language: Language) -> None:
    """Ask the predictions as well, and write page and data."""
    forecast = predict_joined(found.joined, effort, bars, language)
    page = write_joined(found, forecast, out, command=f"{command} --out {out.name}")
    ERR.print(msg("The page is at {path}.", path=page.resolve()).text(language), markup=False)


def _print(found: Comparison, language: Language) -> None:
    for line in report_lines(found.composition, language):
        OUT.print(line, markup=False)
    for pairs in found.pairs.values():
        OUT.print(_table(pairs, language))
    OUT.print(_summary(found).text(language), markup=False)
    missing = [pair.alone.finding.id for pairs in found.pairs.values() for pair in pairs if pair.missing]
    if missing:
        OUT.print(msg("Findings that could not be computed joined: {findings}.",
                      findings=", ".join(missing)).text(language), markup=False)  # fmt: skip
    OUT.print(msg("A research instrument. It gives no medical advice.").text(language), markup=False)


def report_lines(report: Composition, language: Language) -> Iterator[str]:
    """The report on the joined model, line by line."""
    yield msg("The joined model has {states} states and {parameters} parameters.", states=report.states,
              parameters=report.parameters).text(language)  # fmt: skip
    yield msg("Shared quantities").text(language)
    for one, unit in report.shared:
        named = ", ".join(one.of)
        yield f"  {one.name}{f' [{unit}]' if unit else ''} ({named}): {one.why.text.text(language)}"
    yield msg("Names that studies use for things of their own, kept apart: {names}.",
              names=", ".join(report.apart) or "–").text(language)  # fmt: skip
    yield msg("Two texts for one thing").text(language)
    for entry in report.doubled:
        status = msg("decided") if entry.status == "decided" else msg("open")
        yield f"  {entry.what.text.text(language)} [{status.text(language)}] {entry.decision.text.text(language)}"
        for rival in entry.rivals:
            yield "    " + msg("Rival reading “{id}”: {reading}", id=rival.id,
                               reading=rival.what.text).text(language)  # fmt: skip
        if entry.decides is not None:
            yield "    " + msg("What would decide: {experiment}",
                               experiment=entry.decides.text).text(language)  # fmt: skip
    yield from _scale_lines(report, language)


def _scale_lines(report: Composition, language: Language) -> Iterator[str]:
    yield msg("Time constants at rest, fastest and slowest").text(language)
    for one in report.scales:
        yield f"  {one.study}: {one.fastest[0]} {one.fastest[1]:.3g} h, {one.slowest[0]} {one.slowest[1]:.3g} h"
    yield msg("Gates that another route bypasses").text(language)
    for past in report.bypasses:
        said = msg("{study}, link “{link}”: {drug} also reaches mood through {routes}.", study=past.study,
                   link=past.link, drug=past.drug, routes=", ".join(past.routes))  # fmt: skip
        yield "  " + said.text(language)
        for gate in report.gates:
            if (gate.study, gate.link) == (past.study, past.link):
                yield "    " + gate.reading.text.text(language)
                yield "    " + msg("What would decide: {experiment}",
                                   experiment=gate.decides.text).text(language)  # fmt: skip


def _table(pairs: tuple[Pair, ...], language: Language) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for head in (msg("Finding"), msg("Alone"), msg("Joined"), msg("Statement")):
        table.add_column(head.text(language), overflow="fold")
    for pair in pairs:
        name = pair.alone.finding.id
        mark = msg("{finding} (conflict)", finding=name).text(language) if pair.conflict else name
        table.add_row(mark, _said(pair.alone, language), _said(pair.joined, language),
                      pair.alone.finding.statement.text.text(language))  # fmt: skip
    return table


def _said(outcome: Outcome, language: Language) -> str:
    known = outcome.probability == outcome.probability
    return f"{outcome.verdict.label.text(language)} {outcome.probability:.2f}" if known else "–"


def _summary(found: Comparison) -> Message:
    named = ", ".join(pair.alone.finding.id for pair in found.conflicts)
    return msg("Conflicts, findings that joining takes away: {findings}.", findings=named or "–")
