"""The command line. Exit codes: 0 done, 1 the input cannot be used, 2 wrong usage, 3 some findings could not be
evaluated, 4 a result could not be written, 130 interrupted.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from euthymia.calibration.fit import calibrate
from euthymia.calibration.write import write_fit
from euthymia.cli_simulate import simulate_to_table
from euthymia.engine.store import RunStore
from euthymia.errors import EuthymiaError, OutputError, RequestError, suggestion
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Verdict
from euthymia.models.load import load_model
from euthymia.pipeline import Reproduction, check_study, run_study
from euthymia.records.assay import Assay, Stressor
from euthymia.records.base import Record
from euthymia.records.drug import DrugRecord
from euthymia.records.folder import built_in, load_study
from euthymia.records.parameter import Parameter
from euthymia.records.study import Study
from euthymia.report import StudyEntry, write_report
from euthymia.words import LANGUAGES, Language, Message, msg

ABLATION_ANIMALS: Final = 80
"""Animals of a run with a link cut: 20 draws tell whether a verdict falls."""
SCHEMAS: Final[dict[str, type[Record]]] = {
    "study": Study,
    "drug": DrugRecord,
    "assay": Assay,
    "stressor": Stressor,
    "parameter": Parameter,
}
_MARKS: Final = {
    Verdict.REPRODUCED: "[green]●[/]", Verdict.CONTRADICTED: "[red]✕[/]",
    Verdict.INCONCLUSIVE: "[yellow]◐[/]", Verdict.NOT_EVALUATED: "[dim]–[/]",
}  # fmt: skip
_out = Console(highlight=False, soft_wrap=False)
_err = Console(stderr=True, highlight=False)


def language_of(arguments: list[str]) -> Language:
    """The language asked for by ``--lang``, else by ``EUTHYMIA_LANG``, else English."""
    wanted = os.environ.get("EUTHYMIA_LANG", "en")
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            wanted = arguments[index + 1]
        elif argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
    return next((language for language in LANGUAGES if language == wanted), "en")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the language decides the words of the help as well."""
    given = sys.argv[1:] if arguments is None else arguments
    language = language_of(given)
    try:
        build(language)(given, prog_name="euthymia")
    except EuthymiaError as error:
        _err.print(error.text(language), style="red", markup=False)
        raise SystemExit(4 if isinstance(error, OutputError) else 1) from None
    except KeyboardInterrupt:
        _err.print(msg("Interrupted; finished runs are kept and will be read back.").text(language))
        raise SystemExit(130) from None


def build(language: Language) -> typer.Typer:
    """The commands, with their help in one language."""

    def say(message: Message) -> str:
        return message.text(language)

    app = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help=say(msg("An executable atlas of antidepressant mechanisms. A research instrument; it gives no medical advice.")),
    )  # fmt: skip
    lang_option = typer.Option("--lang", help=say(msg("Language of the output, en or zh.")), metavar="en|zh")
    json_option = typer.Option("--json", help=say(msg("Print JSON.")))

    @app.callback()
    def common(lang: Annotated[str, lang_option] = language) -> None:
        _check_language(lang)

    @app.command("list", help=say(msg("List the studies of the atlas.")))
    def list_command(
        *, lang: Annotated[str, lang_option] = language, as_json: Annotated[bool, json_option] = False
    ) -> None:
        _check_language(lang)
        _list(language, as_json=as_json)

    @app.command(help=say(msg("Show a study: question, answer, causal chain, experiments, findings.")))
    def show(
        study: Annotated[str, typer.Argument(help=say(msg("Id of a study of the atlas, or a study folder.")))],
        *,
        lang: Annotated[str, lang_option] = language,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _check_language(lang)
        _show(study, language, as_json=as_json)

    @app.command(help=say(msg("Check a study folder and list all its errors, each with file and line.")))
    def check(
        path: Annotated[str, typer.Argument(help=say(msg("Id of a study of the atlas, or a study folder.")))],
        *,
        lang: Annotated[str, lang_option] = language,
    ) -> None:
        _check_language(lang)
        check_study(load_study(path))
        _out.print(say(msg("{path}: no errors.", path=path)), markup=False)

    @app.command(help=say(msg("Print the JSON Schema of a record.")))
    def schema(
        record: Annotated[str, typer.Argument(help=", ".join(SCHEMAS))] = "study",
        *,
        lang: Annotated[str, lang_option] = language,
    ) -> None:
        _check_language(lang)
        if record not in SCHEMAS:
            raise RequestError(msg("The record “{found}” is not known. {suggestion}",
                                   found=record, suggestion=suggestion(record, list(SCHEMAS))))  # fmt: skip
        print(json.dumps(SCHEMAS[record].model_json_schema(), ensure_ascii=False, indent=2))

    @app.command(help=say(msg("Run studies as virtual experiments and judge their findings.")))
    def reproduce(
        studies: Annotated[
            list[str] | None, typer.Argument(help=say(msg("Studies; all of the atlas if left out.")))
        ] = None,
        *,
        animals: Annotated[int, typer.Option(help=say(msg("Animals of a cohort, a multiple of four.")))] = 200,
        seed: Annotated[int, typer.Option(help=say(msg("Seed of all draws.")))] = 1,
        ablate: Annotated[
            bool, typer.Option("--ablate", help=say(msg("Also cut each declared link in turn.")))
        ] = False,
        out: Annotated[Path | None, typer.Option(help=say(msg("Folder for the report.")))] = None,
        workers: Annotated[int | None, typer.Option(help=say(msg("Worker processes.")))] = None,
        cache: Annotated[bool, typer.Option(help=say(msg("Keep finished runs and read them back.")))] = True,
        lang: Annotated[str, lang_option] = language,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _check_language(lang)
        command = f"euthymia reproduce {' '.join(studies or [])} --animals {animals} --seed {seed}".replace("  ", " ")
        command += " --ablate" if ablate else ""
        _reproduce(studies or sorted(built_in()), animals=animals, seed=seed, ablate=ablate, out=out, workers=workers,
                   store=RunStore.default() if cache else None, command=command, language=language, as_json=as_json)  # fmt: skip

    @app.command(help=say(msg("Simulate an Antimony or SBML model and print a table.")))
    def simulate(
        model: Annotated[Path, typer.Argument(help=say(msg("File of the model.")))],
        *,
        end: Annotated[float, typer.Option(help=say(msg("Last output time, in the model's time unit.")))] = 100.0,
        points: Annotated[int, typer.Option(min=2, help=say(msg("Number of output times.")))] = 101,
        values: Annotated[list[str] | None, typer.Option("--set", metavar="ID=VALUE",
                          help=say(msg("Initial value or parameter; may be repeated.")))] = None,
        jumps: Annotated[list[str] | None, typer.Option("--jump", metavar="TIME:ID:OP:VALUE",
                         help=say(msg("Change during the run, as in 5:S1:add:10; may be repeated.")))] = None,
        outputs: Annotated[list[str] | None, typer.Option("--output", metavar="ID",
                           help=say(msg("S1 is an amount, [S1] a concentration; may be repeated.")))] = None,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        lang: Annotated[str, lang_option] = language,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:  # fmt: skip
        _check_language(lang)
        print(simulate_to_table(load_model(model), end=end, points=points, values=values or [], jumps=jumps or [],
                                outputs=outputs, rtol=rtol, atol=atol, as_json=as_json), end="")  # fmt: skip

    @app.command("calibrate", help=say(msg("Calibrate a study folder on its findings marked `calibrate`.")))
    def calibrate_command(
        study: Annotated[str, typer.Argument(help=say(msg("Id of a study of the atlas, or a study folder.")))],
        *,
        lang: Annotated[str, lang_option] = language,
    ) -> None:
        _check_language(lang)
        _calibrate(study, language)

    return app


def _check_language(given: str) -> None:
    if given not in get_args(Language):
        raise RequestError(msg("The language “{found}” is not known; use en or zh.", found=given))


def _list(language: Language, *, as_json: bool) -> None:
    studies = [load_study(name, calibrated=False).record for name in sorted(built_in())]
    if as_json:
        rows = [
            {"id": s.id, "name": s.name.text.text(language), "journal": s.citation.journal, "date": s.citation.date,
             "findings": len(s.findings)} for s in studies
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for head in (msg("Study"), msg("Name"), msg("Published"), msg("Findings")):
        table.add_column(head.text(language))
    for s in studies:
        table.add_row(
            s.id, s.name.text.text(language), f"{s.citation.journal}, {s.citation.date}", str(len(s.findings))
        )
    _out.print(table)


def _show(name: str, language: Language, *, as_json: bool) -> None:
    record = load_study(name, calibrated=False).record
    if as_json:
        print(record.model_dump_json(indent=2, by_alias=True))
        return
    _out.print(f"[bold]{record.id}  {record.name.text.text(language)}[/]")
    _out.print(
        f"{record.citation.authors}. {record.citation.title}. {record.citation.journal}, {record.citation.date}.\n"
    )
    for text in (record.question, record.answer, record.plain):
        _out.print(text.text.text(language) + "\n", markup=False)
    for link in record.chain:
        _out.print(
            f"  {link.source} --{link.sign}--> {link.target}: {link.statement.text.text(language)}", markup=False
        )
    for experiment in record.experiments:
        _out.print(f"\n{experiment.id}: {experiment.label.text.text(language)}", markup=False)
        for arm in experiment.arms:
            _out.print(f"  {arm.id}: {arm.label.text.text(language)}", markup=False)
    _out.print()
    for finding in record.findings:
        _out.print(f"  {finding.id} ({finding.use}): {finding.statement.text.text(language)}", markup=False)


def _reproduce(
    names: list[str],
    *,
    animals: int,
    seed: int,
    ablate: bool,
    out: Path | None,
    workers: int | None,
    store: RunStore | None,
    command: str,
    language: Language,
    as_json: bool,
) -> None:
    folders = [load_study(name) for name in names]
    for folder in folders:
        check_study(folder)
    entries: list[StudyEntry] = []
    with _progress(language) as bars:
        for folder in folders:

            def run(cut: str | None, count: int, folder: Any = folder) -> Reproduction:
                label = folder.id if cut is None else f"{folder.id} − {cut}"
                task = bars.add_task(label, total=None)
                result = run_study(
                    folder, animals=count, seed=seed, ablate=cut, workers=workers, store=store,
                    progress=lambda done, total: bars.update(task, completed=done, total=total),
                )  # fmt: skip
                bars.remove_task(task)
                return result

            whole = run(None, animals)
            cuts = [cut.id for cut in folder.record.ablations] if ablate else []
            entries.append(StudyEntry(whole, {cut: run(cut, min(animals, ABLATION_ANIMALS)).scorecard for cut in cuts}))
    if as_json:
        print(json.dumps([json.loads(entry.reproduction.scorecard.to_json(language)) for entry in entries],
                         ensure_ascii=False, indent=2))  # fmt: skip
    else:
        for entry in entries:
            _print_scorecard(entry, language)
    if out is not None:
        index = write_report(entries, out, command=command)
        _err.print(msg("The report is at {path}.", path=index.resolve()).text(language), markup=False)
    cards = [entry.reproduction.scorecard for entry in entries]
    if any((trial.failed.mean() > 0) for entry in entries for trial in entry.reproduction.trials.values()):
        _err.print(msg("Some runs failed; their draws are left out.").text(language), style="yellow")
    if any(card.counts()[Verdict.NOT_EVALUATED] == len(card.outcomes) for card in cards):
        raise SystemExit(3)


def _print_scorecard(entry: StudyEntry, language: Language) -> None:
    card: Scorecard = entry.reproduction.scorecard
    _out.print(f"\n[bold]{card.study}  {entry.reproduction.study.record.name.text.text(language)}[/]")
    table = Table(box=None, pad_edge=False, show_edge=False)
    heads = (msg("Finding"), msg("Use"), msg("Verdict"), msg("Probability"), msg("Statement"))
    for head in heads:
        table.add_column(head.text(language), overflow="fold")
    for outcome in card.outcomes:
        known = outcome.probability == outcome.probability
        table.add_row(
            outcome.finding.id, _use(outcome.finding.use).text(language),
            f"{_MARKS[outcome.verdict]} {outcome.verdict.label.text(language)}",
            f"{outcome.probability:.2f} ± {outcome.error:.2f}" if known else "–",
            outcome.finding.statement.text.text(language),
        )  # fmt: skip
    _out.print(table)
    _out.print(card.summary(language), markup=False)
    for cut, ablated in entry.ablated.items():
        fallen = fallen_findings(card, ablated)
        listed = ", ".join(fallen) or msg("none").text(language)
        _out.print(msg("With “{link}” cut these findings fall: {findings}.", link=cut, findings=listed).text(language), markup=False)


def fallen_findings(card: Scorecard, ablated: Scorecard) -> list[str]:
    """Ids of findings that are reproduced with the link and not without it."""
    return [
        before.finding.id
        for before, after in zip(card.outcomes, ablated.outcomes, strict=True)
        if before.verdict is Verdict.REPRODUCED and after.verdict is not Verdict.REPRODUCED
    ]


def _use(use: str) -> Message:
    return msg("calibrate") if use == "calibrate" else msg("validate")


def _calibrate(name: str, language: Language) -> None:
    folder = load_study(name, calibrated=False)
    check_study(folder)
    with _err.status(msg("Calibrating {study} …", study=folder.id).text(language)) as status:
        fit = calibrate(
            folder,
            report=lambda value: status.update(
                msg("Calibrating {study}: sum of squares {value}.", study=folder.id, value=value).text(language)
            ),
        )
    files = write_fit(folder, fit)
    _out.print(
        msg("Sum of squares {misfit} over {data} terms; {count} parameters calibrated, {effective} distinct draws; written: {files}.",
            misfit=f"{fit.misfit:.1f}", effective=f"{fit.ensemble.effective:.0f}", data=fit.terms, count=sum(p.status == "calibrated" for p in fit.parameters),
            files=", ".join(file.name for file in files)).text(language), markup=False,
    )  # fmt: skip


@contextmanager
def _progress(language: Language) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bars:
        yield bars
