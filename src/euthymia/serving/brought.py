"""What readers bring along: a model of their own, simulated; a study of their own, checked and reproduced."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from euthymia.engine.checks import check_size, default_outputs
from euthymia.engine.simulate import simulate
from euthymia.engine.status import Status
from euthymia.errors import RequestError
from euthymia.models.load import load_model
from euthymia.pipeline import Progress, prepare_study, run_study
from euthymia.records.reading import inside
from euthymia.report.brought import ModelRun, model_chart, model_fragment, study_fragment
from euthymia.report.entry import StudyEntry
from euthymia.report.pages import study_page
from euthymia.report.picture import standalone
from euthymia.serving.tasks import Result, Task, finite
from euthymia.serving.told import UNPACKED
from euthymia.words import LANGUAGES, msg

RTOL, ATOL = 1e-6, 1e-9
"""Tolerances of a model that is brought along: those of ``euthymia simulate``."""
SBML, ANTIMONY = "model.xml", "model.ant"
"""Names that a model's text gets."""
STUDY: Final = "study.html"


def perform_model(task: Task, progress: Progress) -> Result:
    """A model simulated once.

    Raises
    ------
    ModelError, RequestError
        If it cannot be read, uses what is not supported, lacks a value, or the run fails.
    """
    text, hours, points = task.payload["text"].strip() + "\n", task.payload["hours"], task.payload["points"]
    model = load_model(text)
    names = default_outputs(model)
    if not names:
        raise RequestError(msg("The model has nothing that changes, so there is nothing to show."))
    check_size(points * len(names))
    found = simulate(model, times=np.linspace(0.0, hours, points), outputs=names, rtol=RTOL, atol=ATOL, workers=1,
                     progress=progress)  # fmt: skip
    status = Status(int(found["status"].values[0]))
    if not status.finished:
        raise RequestError(status.sentence)
    run = ModelRun(model.name, model.time_unit, found["time"].values,
                   {name: found[name].values[0] for name in names},
                   {name: model.output_unit(name) for name in names})  # fmt: skip
    file = SBML if text.startswith("<") else ANTIMONY
    command = f"euthymia simulate {file} --end {hours:g} --points {points}"
    data = {
        "name": run.name, "time_unit": run.time_unit, "time": run.times.tolist(),
        "outputs": {name: {"unit": run.units[name], "values": run.values[name].tolist()} for name in names},
        "provenance": dict(found.attrs),
    }  # fmt: skip
    files = {file: text, "table.csv": run.to_csv()}
    for place, name in enumerate(run.drawn):
        chart = model_chart(run, name, labelled_by=None)
        files |= {f"course-{place + 1}.{language}.svg": standalone(chart, language) for language in LANGUAGES}
    return Result("model", finite(data), model_fragment(run, command=command), files)


def perform_study(task: Task, progress: Progress) -> Result:
    """A study's folder read, checked, reproduced and judged.

    Raises
    ------
    RecordError, ModelError, ProtocolError, RequestError
        With every problem, each at its file and line.
    """
    animals, seed = int(task.payload["animals"]), int(task.payload["seed"])
    with tempfile.TemporaryDirectory(prefix=UNPACKED) as name:
        folder = Path(name)
        for relative, content in task.files.items():
            file = inside(folder, relative)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        study = prepare_study(folder)
        run = run_study(study, animals=animals, seed=seed, workers=1, progress=progress)
        card = run.scorecard
        command = f"euthymia reproduce . --animals {animals} --seed {seed}"
        files = {
            STUDY: study_page(StudyEntry(run, {}), command=command),
            "scorecard.json": card.to_json() + "\n",
            "scorecard.csv": card.to_dataframe().to_csv(index=False, lineterminator="\n"),
        }
        return Result("study", finite(json.loads(card.to_json())), study_fragment(run, command=command), files)
