"""What ``explain`` does: find the effect, cut each link, print, write the table, the page and the pictures."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from euthymia.asking import read_question
from euthymia.asking.plan import main_experiment
from euthymia.asking.reading import is_question
from euthymia.cli.options import ERR, OUT
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.explaining import Contrast, Explanation, contrast_of, explain, read_experiment
from euthymia.explaining.plain import to_csv, to_json
from euthymia.files import write_atomically
from euthymia.joined import join_studies
from euthymia.models.join import Joined
from euthymia.records.finding import Finding, Reading
from euthymia.records.folder import StudyFolder, built_in, load_study
from euthymia.records.study import Experiment
from euthymia.report.bilingual import Words
from euthymia.report.explained import WORDS, effect_sentence, explained_files, idle_groups, rows, sentences, title
from euthymia.report.phrases import FRAME
from euthymia.words import Language, msg


@dataclass(frozen=True)
class Request:
    """What was asked for: a finding, or two arms of an experiment or a question in a file."""

    finding: str | None
    protocol: Path | None
    arm: str | None
    against: str | None
    assay: str | None
    time: str | None
    of: str | None
    study: str | None
    joined: bool
    animals: int
    seed: int
    thorough: bool

    @property
    def command(self) -> str:
        """The command that asks for the same again."""
        given = [("--protocol", self.protocol), ("--arm", self.arm), ("--against", self.against),
                 ("--assay", self.assay), ("--of", self.of), ("--time", self.time), ("--study", self.study),
                 ("--animals", self.animals), ("--seed", self.seed)]  # fmt: skip
        words = ["euthymia", "explain", *([self.finding] if self.finding else [])]
        words += [word for name, value in given if value is not None for word in (name, str(value))]
        words += [name for name, on in (("--joined", self.joined), ("--thorough", self.thorough)) if on]
        return shlex.join(words)


def explain_request(
    request: Request, *, workers: int | None, out: Path | None, language: Language, as_json: bool
) -> None:
    """Explain an effect, print what carries it, and write the files where a folder is given.

    Raises
    ------
    SystemExit
        With code 3 if there is no effect to explain.
    """
    question = _question(request)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True) as bars:
        task = bars.add_task(request.finding or question.experiment.id, total=None)
        found = explain(
            question.asked, question.experiment, question.contrast, animals=request.animals, seed=request.seed,
            home=question.home,
            thorough=request.thorough, workers=workers, store=RunStore.default(),
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )  # fmt: skip
    if as_json:
        print(to_json(found), end="")
    else:
        _print(found, language)
    if out is not None:
        _write(found, out, request.command, question.statement)
        ERR.print(msg("The explanation is in {path}.", path=out.resolve()).text(language), markup=False)
    if not found.explained:
        raise SystemExit(3)


def _write(found: Explanation, out: Path, command: str, statement: Words | None) -> None:
    files = {**explained_files(found, command=command, statement=statement), "explanation.json": to_json(found),
             "explanation.csv": to_csv(found)}  # fmt: skip
    write_atomically({out / name: text for name, text in files.items()})


@dataclass(frozen=True)
class _Question:
    """A request, read: the model, the experiment, the effect, the study whose it is, and the finding in words."""

    asked: Joined | StudyFolder
    experiment: Experiment
    contrast: Contrast
    home: str | None
    statement: Words | None = None


def _question(request: Request) -> _Question:
    if (request.finding is None) == (request.protocol is None):
        raise RequestError(msg("Give the id of a finding, or a file of an experiment with --protocol."))
    if request.finding is not None:
        folder = load_study(request.study or _study_of(request.finding))
        finding = _finding(folder, request.finding)
        contrast = contrast_of(finding)
        experiment = next(one for one in folder.record.experiments if one.id == finding.experiment)
        asked = _joined(folder) if request.joined else folder
        return _Question(asked, experiment, contrast, folder.id, finding.statement)
    assert request.protocol is not None
    contrast = _contrast(request)
    if is_question(request.protocol):
        return _of_question(request.protocol, request.study, contrast)
    if request.study is None:
        joined = join_studies()
        return _Question(joined, read_experiment(request.protocol, joined.library), contrast, None)
    folder = load_study(request.study)
    experiment = read_experiment(request.protocol, folder.library)
    return _Question(_joined(folder) if request.joined else folder, experiment, contrast, folder.id)


def _of_question(file: Path, study: str | None, contrast: Contrast) -> _Question:
    """Two arms of a question to the joined atlas."""
    if study is not None:
        raise RequestError(msg("The file {file} is a question, which names its studies itself; leave --study out.",
                               file=file.name))  # fmt: skip
    question = read_question(file)
    joined = join_studies(question.studies or None, rivals=question.rivals)
    return _Question(joined, main_experiment(question), contrast, None)


def _joined(folder: StudyFolder) -> Joined:
    """All studies of the atlas as one model, with a study of the user's own where it is one."""
    others = [name for name in sorted(built_in()) if name != folder.id]
    return join_studies([*others, folder] if folder.id not in built_in() else None)


def _study_of(finding: str) -> str:
    """The built-in study whose findings begin like an id."""
    known = list(built_in())
    name = finding.split("-", 1)[0]
    if name not in known:
        raise RequestError(msg("No study of the atlas has a finding “{found}”; name a study of your own with --study. "
                               "{suggestion}", found=finding, suggestion=suggestion(name, known)))  # fmt: skip
    return name


def _finding(folder: StudyFolder, wanted: str) -> Finding:
    known: dict[str, Finding] = {one.id: one for one in folder.record.findings}
    if wanted not in known:
        raise RequestError(msg("The study {study} has no finding “{found}”. {suggestion}", study=folder.id,
                               found=wanted, suggestion=suggestion(wanted, list(known))))  # fmt: skip
    return known[wanted]


def _contrast(request: Request) -> Contrast:
    given = {"--arm": request.arm, "--against": request.against, "--assay": request.assay, "--time": request.time}
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise RequestError(msg("With --protocol also give {options}.", options=", ".join(missing)))
    side = {"assay": request.assay, "time": request.time, "of": request.of}
    try:
        first, second = (Reading.model_validate({**side, "arm": arm}) for arm in (request.arm, request.against))
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        said = detail.get("ctx", {}).get("message", detail["msg"])
        raise RequestError(msg("{option}: {reason}", option=f"--{detail['loc'][-1]}", reason=said)) from None
    return Contrast(first, second)


def _print(found: Explanation, language: Language) -> None:
    said = [title(found), effect_sentence(found), *sentences(found)]
    for sentence in said:
        OUT.print(sentence.text(language), markup=False)
    if found.carried:
        OUT.print(_table(found, language))
        OUT.print(WORDS["falls_note"].text(language), markup=False)
        OUT.print(WORDS["sums"].text(language), markup=False)
    for why, group in idle_groups(found):
        line = msg("Not cut in all animals, {count}: {why}", count=len(group), why=why)
        OUT.print(line.text(language), markup=False)
    OUT.print(FRAME["advice"].text(language), markup=False)


def _table(found: Explanation, language: Language) -> Table:
    """The cuts that move the effect; the others are in the files."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    heads = (msg("Study"), msg("Links cut"), msg("Effect without"), msg("Share carried"), msg("Falls"), msg("Gone"))
    for head in heads:
        table.add_column(head.text(language), overflow="fold", ratio=3 if head is heads[1] else None)
    for row in rows(found):
        if not row.slight:
            table.add_row(row.study, row.path.text(language), row.without, row.share, row.falls, row.gone)
    return table
