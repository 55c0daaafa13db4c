"""Predictions: what the joined model is asked that no study says. The record behind ``atlas/predictions``.

A prediction has the form of a finding's contrast and no source. It is no `Finding`, so that it cannot come into a
study, its calibration, its scorecard or its credibility card.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from euthymia.errors import Problem, RecordError
from euthymia.records.base import Bilingual, Identifier, Record, refuse
from euthymia.records.cross import Location, contrast_problems, experiment_problems, twice, unknown
from euthymia.records.finding import Contrast
from euthymia.records.library import ATLAS, Library
from euthymia.records.reading import build, read_yaml
from euthymia.records.study import Experiment
from euthymia.words import Message, msg

FILE: Final = ATLAS / "predictions" / "predictions.yaml"
"""The predictions of the atlas."""


class Prediction(Record):
    """A statement across studies: with a contrast it is evaluated, without one it is stated as untested."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    kind: Literal["prediction"]
    statement: Bilingual
    rests_on: Annotated[
        dict[str, tuple[Identifier, ...]], Field(min_length=1, description="study, then links of its causal chain")
    ]
    why: Annotated[Bilingual, Field(description="what leads there, and what speaks against it")]
    would_test: Annotated[Bilingual, Field(description="the experiment that would decide")]
    experiment: Identifier | None = None
    contrast: Contrast | None = None
    untested: Annotated[Bilingual | None, Field(description="why it is stated and not evaluated")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Prediction:
        if (self.contrast is None) != (self.experiment is None) or (self.contrast is None) == (self.untested is None):
            raise refuse(msg("A prediction has either “experiment” with “contrast”, or “untested”."))
        return self


class Predictions(Record):
    """The whole file."""

    format: Literal[1]
    experiments: tuple[Experiment, ...] = ()
    predictions: Annotated[tuple[Prediction, ...], Field(min_length=1)]


def read_predictions(library: Library, chains: Mapping[str, Collection[str]], file: Path = FILE) -> Predictions:
    """The predictions of a file, checked against the library and the chains of the studies.

    Parameters
    ----------
    library
        Drugs, stressors and assays.
    chains
        By study, the ids of its causal links; of a study without any, links are not checked.
    file
        The file.

    Raises
    ------
    RecordError
        With every problem of the file, each at its line.
    """
    document = read_yaml(file)
    found = build(Predictions, document)
    problems = [Problem(message, document.place(place)) for place, message in _problems(found, library, chains)]
    if problems:
        raise RecordError(problems)
    return found


def _problems(
    found: Predictions, library: Library, chains: Mapping[str, Collection[str]]
) -> Iterator[tuple[Location, Message]]:
    yield from experiment_problems(found.experiments, {}, library)
    yield from twice(("predictions",), [one.id for one in found.predictions])
    experiments = {experiment.id: experiment for experiment in found.experiments}
    for index, one in enumerate(found.predictions):
        here: Location = ("predictions", index)
        for study, links in one.rests_on.items():
            yield from unknown((*here, "rests_on", study), msg("The study"), study, chains)
            for link in links if chains.get(study) else ():
                yield from unknown((*here, "rests_on", study), msg("The link"), link, chains[study])
        if one.experiment is not None and one.contrast is not None:
            yield from unknown((*here, "experiment"), msg("The experiment"), one.experiment, experiments)
            if one.experiment in experiments:
                yield from contrast_problems(
                    (*here, "contrast"), one.contrast, {}, experiments[one.experiment], library
                )
