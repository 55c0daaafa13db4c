"""What ``reproduce`` does: run, judge, cut links, print, report."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.progress import Progress
from rich.table import Table

from euthymia.cli.options import ERR, OUT
from euthymia.cli.progress import progress_bars
from euthymia.credibility import Supplied, compare_solvers, run_again, supplied_from
from euthymia.doses import ladders
from euthymia.engine.store import RunStore
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Outcome, Verdict
from euthymia.pipeline import PreparedStudy, Reproduction, mechanism_of, prepare_study, run_study
from euthymia.recordings import Recorded, recordings
from euthymia.report import StudyEntry, write_report
from euthymia.words import Language, Message, msg

ABLATION_ANIMALS: Final = 80
"""Animals of a run with a link cut: 20 draws tell whether a verdict falls."""
_MARKS: Final = {
    Verdict.REPRODUCED: "[green]●[/]",
    Verdict.CONTRADICTED: "[red]✕[/]",
    Verdict.INCONCLUSIVE: "[yellow]◐[/]",
    Verdict.NOT_EVALUATED: "[dim]–[/]",
}


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    studies: tuple[str, ...]
    animals: int
    seed: int
    ablate: bool
    workers: int | None
    store: RunStore | None
    check: bool = False

    @property
    def command(self) -> str:
        """The command that asks for the same again."""
        words = ["euthymia reproduce", *self.studies, f"--animals {self.animals} --seed {self.seed}"]
        flags = [flag for flag, asked in (("--ablate", self.ablate), ("--check", self.check)) if asked]
        return " ".join([*words, *flags])


def reproduce_studies(order: Order, *, out: Path | None, language: Language, as_json: bool) -> None:
    """Run the studies, print the verdicts, and write the report where a folder is given.

    Raises
    ------
    SystemExit
        With code 3 if no finding of a study could be evaluated.
    """
    entries = run_entries(order, pictures=out is not None)
    cards = [entry.reproduction.scorecard for entry in entries]
    if as_json:
        whole = [json.loads(entry.reproduction.scorecard.to_json(language, prior=entry.prior)) for entry in entries]
        print(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        for entry in entries:
            _print(entry, language)
    if out is not None:
        index = write_report(entries, out, command=order.command)
        ERR.print(msg("The report is at {path}.", path=index.resolve()).text(language), markup=False)
    if any(trial.failed.any() for entry in entries for trial in entry.reproduction.trials.values()):
        ERR.print(msg("Some runs failed; their draws are left out.").text(language), style="yellow")
    if any(card.counts()[Verdict.NOT_EVALUATED] == len(card.outcomes) for card in cards):
        raise SystemExit(3)


def run_entries(order: Order, *, pictures: bool) -> list[StudyEntry]:
    """The studies run as ordered; all are prepared before the first is run."""
    studies = [prepare_study(name) for name in order.studies]
    with progress_bars() as bars:
        return [_entry(study, order, bars, pictures=pictures) for study in studies]


def _entry(study: PreparedStudy, order: Order, bars: Progress, *, pictures: bool) -> StudyEntry:
    whole = _run(study, None, order.animals, order, bars)
    steps = ladders(study, seed=order.seed, workers=order.workers, store=order.store) if pictures else ()
    neurons = _recorded(whole, order, bars) if pictures else ()
    supplied = supplied_from(study.folder)
    if order.check:
        supplied = _checked(supplied, study, whole, order, bars)
    cuts = [cut.id for cut in study.folder.record.ablations] if order.ablate else []
    if not cuts:
        return StudyEntry(whole, {}, ladders=steps, supplied=supplied, recorded=neurons)
    few = min(order.animals, ABLATION_ANIMALS)
    baseline = _run(study, None, few, order, bars).scorecard
    ablated = {cut: _run(study, cut, few, order, bars).scorecard for cut in cuts}
    return StudyEntry(whole, ablated, baseline, steps, supplied, neurons)


def _checked(
    supplied: Supplied, study: PreparedStudy, run: Reproduction, order: Order, bars: Progress
) -> Supplied:  # fmt: skip
    """With a second run with another number of workers, and a second solver."""
    task = bars.add_task(f"{study.folder.id} ×2", total=None)
    other = 2 if (order.workers or 1) == 1 else 1
    more = replace(supplied, second_run=run_again(study, run, workers=other), second_solver=compare_solvers(run))
    bars.remove_task(task)
    return more


def _recorded(whole: Reproduction, order: Order, bars: Progress) -> tuple[Recorded, ...]:
    if not whole.study.record.recordings:
        return ()
    task = bars.add_task(f"{whole.study.id} + neurons", total=None)
    found = recordings(whole, seed=order.seed, store=order.store,
                       progress=lambda done, total: bars.update(task, completed=done, total=total))  # fmt: skip
    bars.remove_task(task)
    return found


def _run(study: PreparedStudy, cut: str | None, animals: int, order: Order, bars: Progress) -> Reproduction:
    task = bars.add_task(study.folder.id if cut is None else f"{study.folder.id} − {cut}", total=None)
    result = run_study(
        study,
        animals=animals,
        seed=order.seed,
        ablate=cut,
        workers=order.workers,
        store=order.store,
        progress=lambda done, total: bars.update(task, completed=done, total=total),
    )
    bars.remove_task(task)
    return result


def _print(entry: StudyEntry, language: Language) -> None:
    card = entry.reproduction.scorecard
    OUT.print(f"\n[bold]{card.study}[/]  {entry.reproduction.study.record.name.text.text(language)}")
    table = Table(box=None, pad_edge=False, show_edge=False)
    before = (msg("Prior"),) if entry.prior else ()
    for head in (msg("Finding"), msg("Use"), msg("Verdict"), msg("Probability"), *before, msg("Statement")):
        table.add_column(head.text(language), overflow="fold")
    for outcome in card.outcomes:
        table.add_row(*_cells(outcome, entry.prior, language))
    OUT.print(table)
    OUT.print(card.summary(language), markup=False)
    OUT.print(_shares(entry).text(language), markup=False)
    for cut, ablated in entry.ablated.items():
        listed = ", ".join(fallen_findings(entry.before, ablated)) or msg("none").text(language)
        said = msg("No longer reproduced under the ablation “{ablation}”: {findings}.", ablation=cut, findings=listed)
        OUT.print(said.text(language), markup=False)


def _shares(entry: StudyEntry) -> Message:
    """How many parameters of the study's mechanism have each status."""
    found = Counter(parameter.status for parameter in mechanism_of(entry.reproduction.study).parameters)
    return msg("Parameters: {count}, of which {measured} measured, {derived} derived, {calibrated} calibrated and "
               "{assumed} assumed.", count=found.total(), measured=found["measured"], derived=found["derived"],
               calibrated=found["calibrated"], assumed=found["assumed"])  # fmt: skip


def _cells(outcome: Outcome, prior: Mapping[str, float], language: Language) -> tuple[str, ...]:
    known = outcome.probability == outcome.probability
    before = prior.get(outcome.finding.id, float("nan"))
    return (
        outcome.finding.id,
        _use(outcome.finding.use).text(language),
        f"{_MARKS[outcome.verdict]} {outcome.verdict.label.text(language)}",
        f"{outcome.probability:.2f} ± {outcome.error:.2f}" if known else "–",
        *((f"{before:.2f}" if before == before else "–",) if prior else ()),
        outcome.finding.statement.text.text(language),
    )


def fallen_findings(card: Scorecard, ablated: Scorecard) -> list[str]:
    """Ids of findings that are reproduced with the link and not without it."""
    return [
        before.finding.id
        for before, after in zip(card.outcomes, ablated.outcomes, strict=True)
        if before.verdict is Verdict.REPRODUCED and after.verdict is not Verdict.REPRODUCED
    ]


def _use(use: str) -> Message:
    return msg("calibrate") if use == "calibrate" else msg("validate")
