"""The commands. Exit codes: 0 done, 1 the input cannot be used, 2 wrong usage, 3 nothing could be evaluated,
4 a result could not be written, 130 interrupted.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from euthymia.cli.asking import SUFFIXES, AskedQuestion, answer_question
from euthymia.cli.building import site
from euthymia.cli.calibrating import calibrate_joined, calibrate_studies, challenge_studies
from euthymia.cli.card import show_cards
from euthymia.cli.comparing import compare_interventions
from euthymia.cli.decoding import Asked, decode_files
from euthymia.cli.explain_command import explain_command
from euthymia.cli.joining import joined_command
from euthymia.cli.options import (
    ERR,
    HELP_LANGUAGE,
    OUT,
    AsJson,
    Check,
    Lang,
    StudyName,
    known_language,
    language_of,
    words,
)
from euthymia.cli.predicting import predict_command
from euthymia.cli.reproducing import Order, reproduce_studies
from euthymia.cli.serving import serve_command
from euthymia.cli.showing import show_list, show_study
from euthymia.cli.tables import simulate_to_table
from euthymia.engine.batch.compiled import compiled_model
from euthymia.engine.batch.describe import describe
from euthymia.engine.store import RunStore
from euthymia.engine.work import cache_folder
from euthymia.errors import EuthymiaError, OutputError, RequestError, suggestion
from euthymia.models.load import load_model
from euthymia.neural import Design, NwbColumns
from euthymia.pipeline import check_study
from euthymia.records.assay import Assay, Stressor
from euthymia.records.base import Record
from euthymia.records.drug import DrugRecord
from euthymia.records.folder import built_in, load_study
from euthymia.records.intervention import Catalogue
from euthymia.records.parameter import Parameter
from euthymia.records.prediction import Predictions
from euthymia.records.question import Question
from euthymia.records.study import Study
from euthymia.words import msg

SCHEMAS: Final[dict[str, type[Record]]] = {
    "study": Study,
    "drug": DrugRecord,
    "assay": Assay,
    "stressor": Stressor,
    "parameter": Parameter,
    "interventions": Catalogue,
    "predictions": Predictions,
    "question": Question,
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=words(
        msg("An executable atlas of antidepressant mechanisms. A research instrument; it gives no medical advice.")
    ),
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    language = language_of(given)
    try:
        app(given, prog_name="euthymia")
    except EuthymiaError as error:
        ERR.print(error.text(language), style="red", markup=False)
        raise SystemExit(4 if isinstance(error, OutputError) else 1) from None
    except KeyboardInterrupt:
        ERR.print(msg("Interrupted.").text(language))
        raise SystemExit(130) from None


app.command("explain", help=words(msg("Explain a result: by how much each causal link carries it.")))(explain_command)


@app.command("list", help=words(msg("List the studies of the atlas.")))
def list_studies(*, lang: Lang = HELP_LANGUAGE, as_json: AsJson = False) -> None:
    """List the studies."""
    show_list(known_language(lang), as_json=as_json)


@app.command(help=words(msg("Show a study: question, answer, causal chain, experiments, findings.")))
def show(study: StudyName, *, lang: Lang = HELP_LANGUAGE, as_json: AsJson = False) -> None:
    """Show a study."""
    show_study(study, known_language(lang), as_json=as_json)


@app.command(help=words(msg("Check a study folder and list all its errors, each with file and line.")))
def check(path: StudyName, *, lang: Lang = HELP_LANGUAGE) -> None:
    """Check a study folder."""
    language = known_language(lang)
    check_study(load_study(path))
    OUT.print(msg("{path}: no errors.", path=path).text(language), markup=False)


@app.command(help=words(msg("Print the JSON Schema of a record.")))
def schema(
    record: Annotated[str, typer.Argument(help=", ".join(SCHEMAS))] = "study", *, lang: Lang = HELP_LANGUAGE
) -> None:
    """Print a JSON Schema."""
    known_language(lang)
    if record not in SCHEMAS:
        raise RequestError(
            msg(
                "There is no kind of record “{found}”. {suggestion}",
                found=record,
                suggestion=suggestion(record, list(SCHEMAS)),
            )
        )
    print(json.dumps(SCHEMAS[record].model_json_schema(), ensure_ascii=False, indent=2))


@app.command(help=words(msg("Run studies as virtual experiments and judge their findings.")))
def reproduce(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 200,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    ablate: Annotated[bool, typer.Option("--ablate", help=words(msg("Also cut each declared link in turn.")))] = False,
    out: Annotated[Path | None, typer.Option(help=words(msg("Folder for the report.")))] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Keep finished runs and read them back.")))] = True,
    again: Check = False,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Run studies."""
    store = RunStore.default() if cache else None
    order = Order(tuple(studies or sorted(built_in())), animals, seed, ablate, workers, store, again)
    reproduce_studies(order, out=out, language=known_language(lang), as_json=as_json)


@app.command(help=words(msg("Print the credibility cards of studies, from the same runs as “reproduce --ablate”.")))
def card(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    animals: Annotated[
        int, typer.Option(help=words(msg("Animals of a cohort, rounded up to a multiple of four.")))
    ] = 200,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Worker processes.")))] = None,
    again: Check = False,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Print credibility cards."""
    order = Order(tuple(studies or sorted(built_in())), animals, seed, True, workers, RunStore.default(), again)
    show_cards(order, language=known_language(lang), as_json=as_json)


app.command("joined", help=words(msg("Join studies into one model: the report, and every finding alone and joined.")))(
    joined_command
)
app.command("predict", help=words(msg("Ask the joined model statements across studies that nobody has tested.")))(
    predict_command
)


app.add_typer(site, name="site")
app.command("serve", help=words(msg("Serve the site, and answer questions asked in the browser.")))(serve_command)
app.command(
    "compare", help=words(msg("Compare interventions on one stressed cohort: onset, duration, precision, harm."))
)(compare_interventions)


@app.command(
    help=words(
        msg("Answer a question to the joined atlas (.yaml), or simulate an Antimony or SBML model and print a table.")
    )
)
def simulate(
    model: Annotated[Path, typer.Argument(help=words(msg("File of the question (.yaml) or of the model.")))],
    *,
    context: typer.Context,
    animals: Annotated[
        int | None, typer.Option(help=words(msg("Question: animals of a cohort, in the place of the file's.")))
    ] = None,
    seed: Annotated[int | None, typer.Option(help=words(msg("Question: seed, in the place of the file's.")))] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=words(msg("Question: worker threads.")))] = None,
    out: Annotated[
        Path | None, typer.Option(help=words(msg("Question: folder for tables, pictures and a page.")))
    ] = None,
    cache: Annotated[bool, typer.Option(help=words(msg("Question: keep finished runs and read them back.")))] = True,
    end: Annotated[float, typer.Option(help=words(msg("Last output time, in the model's time unit.")))] = 100.0,
    points: Annotated[int, typer.Option(min=2, help=words(msg("Number of output times.")))] = 101,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ID=VALUE", help=words(msg("Initial value or parameter; may be repeated."))),
    ] = None,
    jumps: Annotated[
        list[str] | None,
        typer.Option(
            "--jump",
            metavar="TIME:ID:OP:VALUE",
            help=words(msg("Change during the run, as in 5:S1:add:10; may be repeated.")),
        ),
    ] = None,
    outputs: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            metavar="ID",
            help=words(msg("Quantity to print: S1 is an amount, [S1] a concentration; may be repeated.")),
        ),
    ] = None,
    units: Annotated[
        Literal["auto", "check", "ignore"],
        typer.Option(help=words(msg("Refuse declared units that contradict each other: auto does so for Antimony."))),
    ] = "auto",
    rtol: Annotated[float, typer.Option(help=words(msg("Relative tolerance.")))] = 1e-6,
    atol: Annotated[float, typer.Option(help=words(msg("Absolute tolerance.")))] = 1e-9,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Answer a question, or simulate a model."""
    language = known_language(lang)
    if _kind(context, model) == "question":
        asked = AskedQuestion(model, animals, seed, workers, RunStore.default() if cache else None)
        answer_question(asked, out=out, language=language, as_json=as_json)
        return
    table = simulate_to_table(
        load_model(model, units=units), end=end, points=points, values=values or [], jumps=jumps or [], outputs=outputs,
        rtol=rtol, atol=atol, as_json=as_json,
    )  # fmt: skip
    print(table, end="")


_OF_A_QUESTION: Final = ("animals", "seed", "workers", "out", "cache")
_OF_A_MODEL: Final = ("end", "points", "values", "jumps", "outputs", "units", "rtol", "atol")


def _kind(context: typer.Context, file: Path) -> Literal["question", "model"]:
    """Whether a file holds a question or a model; options of the other kind are refused."""
    kind: Literal["question", "model"] = "question" if file.suffix.lower() in SUFFIXES else "model"
    foreign = _OF_A_MODEL if kind == "question" else _OF_A_QUESTION
    for name in foreign:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise RequestError(msg("The option “{name}” does not go with {file}: a question (.yaml) and a model have "
                                   "options of their own.", name=name, file=file.name))  # fmt: skip
    return kind


@app.command(help=words(msg("Print what the batched engine makes of an Antimony or SBML model.")))
def inspect(
    model: Annotated[Path, typer.Argument(help=words(msg("File of the model.")))],
    *,
    instructions: Annotated[
        bool, typer.Option("--instructions", help=words(msg("Print the LLVM instructions instead.")))
    ] = False,
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Print the compiled form of a model."""
    language = known_language(lang)
    compiled = compiled_model(load_model(model, units="ignore"), frozenset(), cache_folder() / "kernels")
    print(compiled.stepping.source if instructions else describe(compiled, language), end="")


@app.command(help=words(msg("Calibrate studies on their findings marked `calibrate`.")))
def calibrate(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    joined: Annotated[bool, typer.Option("--joined", help=words(msg("Calibrate the joined model of the atlas.")))] = (
        False
    ),
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Calibrate study folders, one after the other, or what only the joined model has."""
    if joined:
        calibrate_joined(language=known_language(lang))
    else:
        calibrate_studies(tuple(studies or sorted(built_in())), language=known_language(lang))


@app.command(help=words(msg("Challenge studies: calibrate them anew without each link, and beside a null competitor.")))
def challenge(
    studies: Annotated[
        list[str] | None, typer.Argument(help=words(msg("Studies; all of the atlas if left out.")))
    ] = None,
    *,
    lang: Lang = HELP_LANGUAGE,
) -> None:
    """Challenge calibrated studies, one after the other."""
    challenge_studies(tuple(studies or sorted(built_in())), language=known_language(lang))


@app.command(help=words(msg("Decode the neural code of choices and of rest from recordings (.npz, .nc, .nwb).")))
def decode(
    files: Annotated[list[Path], typer.Argument(help=words(msg("Recordings, one animal each.")))],
    *,
    what: Annotated[
        str, typer.Option(help=words(msg("What to decode: choice, switch, states, group; with commas between.")))
    ] = "choice,switch",
    neurons: Annotated[int, typer.Option(min=1, help=words(msg("Neurons in a draw.")))] = 60,
    trials: Annotated[int, typer.Option(min=2, help=words(msg("Trials of each type in a draw.")))] = 8,
    draws: Annotated[
        int, typer.Option(min=1, help=words(msg("Draws of neurons, and of trials for each of them.")))
    ] = 10,
    permutations: Annotated[int, typer.Option(min=0, help=words(msg("Relabelled data sets for the p-value.")))] = 99,
    states: Annotated[int, typer.Option(min=1, help=words(msg("Largest number of resting states tried.")))] = 20,
    seed: Annotated[int, typer.Option(help=words(msg("Seed of all draws.")))] = 1,
    workers: Annotated[int, typer.Option(min=1, help=words(msg("Worker processes.")))] = 1,
    choice: Annotated[str, typer.Option(help=words(msg("NWB: column of the trials with the choice.")))] = "choice",
    sucrose: Annotated[str, typer.Option(help=words(msg("NWB: the value that stands for sucrose.")))] = "sucrose",
    at: Annotated[
        str, typer.Option(help=words(msg("NWB: column of the trials with the time of the choice.")))
    ] = "choice_time",
    out: Annotated[Path | None, typer.Option(help=words(msg("Folder for the pictures.")))] = None,
    lang: Lang = HELP_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Decode recordings."""
    asked = Asked(
        tuple(files), tuple(what.split(",")), Design(neurons, trials, draws, draws, permutations=permutations), seed,
        workers, NwbColumns(choice=choice, sucrose=sucrose, at=at), states,
    )  # fmt: skip
    decode_files(asked, out=out, language=known_language(lang), as_json=as_json)
