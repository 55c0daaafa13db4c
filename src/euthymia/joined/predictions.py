"""Predictions across studies, asked of the joined model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from euthymia.cohorts.draw import INDIVIDUALS, Cohort
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.findings.foresight import Foreseen, Foresight, foresee, unanswered
from euthymia.joined.cohort import joined_cohort
from euthymia.joined.studies import join_studies, run_question
from euthymia.models.join import Joined
from euthymia.pipeline import Progress, Steps, runs_of
from euthymia.provenance import stamp
from euthymia.records.cross import sides
from euthymia.records.folder import built_in
from euthymia.records.prediction import FILE, Prediction, Predictions, read_predictions
from euthymia.records.study import Experiment
from euthymia.words import Language, msg


@dataclass(frozen=True)
class Forecast:
    """All predictions that were asked for, and what is needed to make the run again."""

    foreseen: tuple[Foreseen, ...]
    provenance: Mapping[str, Any]

    def counts(self) -> dict[Foresight, int]:
        """How many predictions have each answer."""
        found = Counter(one.foresight for one in self.foreseen)
        return {foresight: found.get(foresight, 0) for foresight in Foresight}

    def rows(self, language: Language = "en") -> list[dict[str, Any]]:
        """One row per prediction; numbers that do not exist are None."""
        return [_row(one, language) for one in self.foreseen]

    def to_json(self, language: Language = "en") -> str:
        """Rows and provenance as JSON."""
        whole = {"provenance": dict(self.provenance), "predictions": self.rows(language)}
        return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)


def predict(
    ids: Iterable[str] | None = None,
    *,
    joined: Joined | None = None,
    file: Path = FILE,
    animals: int = 100,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Forecast:
    """What the joined model says of statements that no study has tested.

    Parameters
    ----------
    ids
        Predictions; all of the file if left out.
    joined
        The joined model; all studies of the atlas if left out.
    file
        The predictions: those of the atlas, or a file of yours in the same form.
    animals, seed, workers, progress, store
        As for `euthymia.pipeline.reproduce`.

    Returns
    -------
    Forecast
        In the order of the file. A prediction that rests on a study which is not joined is not evaluated.

    Raises
    ------
    RecordError, RequestError, ProtocolError
        Before anything is simulated.
    """
    whole = join_studies() if joined is None else joined
    record = read_predictions(whole.library, _chains(whole), file)
    chosen = _chosen(record.predictions, ids)
    cohort = joined_cohort(whole, animals=animals, seed=seed)
    known = dict(_answers(record, chosen, whole, cohort, workers=workers, progress=progress, store=store))
    provenance = stamp(
        joined=sorted(whole.studies), model_sha256=whole.mechanism.model.digest, animals=cohort.draws * INDIVIDUALS,
        draws=cohort.draws, seed=seed,
    )  # fmt: skip
    return Forecast(tuple(known[one.id] for one in chosen), provenance)


def _chosen(predictions: Sequence[Prediction], ids: Iterable[str] | None) -> tuple[Prediction, ...]:
    if ids is None:
        return tuple(predictions)
    wanted, known = list(ids), [one.id for one in predictions]
    for name in wanted:
        if name not in known:
            raise RequestError(msg("There is no prediction “{found}”. {suggestion}", found=name,
                                   suggestion=suggestion(name, known)))  # fmt: skip
    return tuple(one for one in predictions if one.id in wanted)


def _chains(joined: Joined) -> dict[str, tuple[str, ...]]:
    """The links of the joined studies, and the other studies of the atlas."""
    known = {study: tuple(link.id for link in one.record.chain) for study, one in joined.studies.items()}
    return dict.fromkeys(built_in(), ()) | known


def _answers(
    record: Predictions, chosen: Sequence[Prediction], joined: Joined, cohort: Cohort, *, workers: int | None,
    progress: Progress | None, store: RunStore | None,
) -> Iterator[tuple[str, Foreseen]]:  # fmt: skip
    asked: dict[str, list[Prediction]] = {}
    for one in chosen:
        absent = [study for study in one.rests_on if study not in joined.studies]
        if one.untested is not None:
            yield one.id, unanswered(one, one.untested.text)
        elif absent:
            yield one.id, unanswered(one, msg("It rests on studies that are not joined: {studies}.",
                                              studies=", ".join(absent)))  # fmt: skip
        else:
            asked.setdefault(str(one.experiment), []).append(one)
    needed = {one.id: reachable(one, record.predictions, joined) for one in record.experiments if one.id in asked}
    count = Steps(runs_of(needed.values(), cohort), progress)
    for name, experiment in needed.items():
        trial = run_question(joined, experiment, cohort, workers=workers, progress=count.step(), store=store)
        yield from ((one.id, foresee(one, trial)) for one in asked[name])


def reachable(experiment: Experiment, predictions: Iterable[Prediction], joined: Joined) -> Experiment:
    """What of an experiment predictions read whose studies are all joined, whichever of them were asked for."""
    read = [
        reading
        for one in predictions
        if one.experiment == experiment.id and one.contrast is not None and set(one.rests_on) <= set(joined.studies)
        for _, reading in sides(one.contrast)
    ]
    arms, assays = {reading.arm for reading in read}, {reading.assay for reading in read}
    return experiment.model_copy(
        update={
            "arms": tuple(arm for arm in experiment.arms if arm.id in arms),
            "sampling": tuple(sampling for sampling in experiment.sampling if sampling.assay in assays),
        }
    )


def _row(one: Foreseen, language: Language) -> dict[str, Any]:
    said = one.prediction
    return {
        "prediction": said.id, "kind": said.kind, "foresight": one.foresight.value,
        "probability": _number(one.probability), "error": _number(one.error),
        "chance": _number(one.chance), "n": one.n,
        "median": _number(one.median), "low_5": _number(one.low), "high_95": _number(one.high), "unit": one.unit,
        "draws": one.draws, "statement": said.statement.text.text(language), "why": said.why.text.text(language),
        "would_test": said.would_test.text.text(language), "rests_on": {s: list(x) for s, x in said.rests_on.items()},
        "reason": one.reason.text(language) if one.reason else "",
        "remark": one.remark.text(language) if one.remark else "",
    }  # fmt: skip


def _number(value: float) -> float | None:
    return value if value == value else None
