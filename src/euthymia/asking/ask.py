"""`ask`: a question to the joined atlas -> an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from euthymia.asking.answer import Answer, Course
from euthymia.asking.contrasts import effects
from euthymia.asking.intervals import Array
from euthymia.asking.plan import Plan, plan
from euthymia.asking.reading import question_problems
from euthymia.asking.surface import grid_answer
from euthymia.asking.synergy import synergies
from euthymia.cohorts.draw import INDIVIDUALS, SPLIT_INDIVIDUALS, Cohort
from euthymia.engine.store import RunStore
from euthymia.errors import EuthymiaError, Place, Problem, ProtocolError, RecordError, RequestError
from euthymia.findings.trial import Trial
from euthymia.findings.verdict import MAX_FAILED
from euthymia.joined import join_studies, joined_cohort, run_question
from euthymia.joined.studies import refuse_unread
from euthymia.models.join import Joined
from euthymia.models.views import whole_record
from euthymia.pipeline import Progress
from euthymia.protocols.lower import first_day, lower
from euthymia.provenance import stamp
from euthymia.records.finding import Reading
from euthymia.records.question import Question
from euthymia.words import Message, msg

FEW_DRAWS: Final = 20
"""Draws below which the ends of an interval are uncertain themselves; said so."""


def ask(
    question: Question,
    *,
    joined: Joined | None = None,
    animals: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Answer:
    """A question answered on the joined atlas.

    Parameters
    ----------
    question
        From `read_question`.
    joined
        The joined model; the question's studies are joined if left out.
    animals, seed
        In the place of the question's own.
    workers, progress, store
        As for `euthymia.reproduce`; with a store, what was simulated before is read back.

    Raises
    ------
    RecordError, ProtocolError, RequestError
        Before anything is simulated, with what is wrong.
    """
    changes = {name: value for name, value in (("animals", animals), ("seed", seed)) if value is not None}
    question = Question.model_validate({**dict(question), **changes}) if changes else question
    planned = plan(question)
    joined = joined or join_studies(question.studies or None, rivals=question.rivals)
    _refuse(question, planned, joined)
    cohort = _cohort(question, planned, joined)
    trials = _run(planned, joined, cohort, workers=workers, progress=progress, store=store)
    return _answered(question, planned, joined, trials)


def _refuse(question: Question, planned: Plan, joined: Joined) -> None:
    problems = [Problem(message) for _, message in question_problems(question, joined.library)]
    if problems:
        raise RecordError(problems)
    record = whole_record(joined)
    for experiment in planned.experiments:
        refuse_unread(record, joined.library, experiment)
    found: list[Problem] = []
    for arm in planned.main.arms:
        try:
            lower(arm, ports=record.ports, library=joined.library, origin=first_day(planned.main))
        except EuthymiaError as error:
            found += [Problem(one.message, one.place or Place(f"arm {arm.id}")) for one in error.problems]
    if found:
        raise ProtocolError(found)


def _cohort(question: Question, planned: Plan, joined: Joined) -> Cohort:
    parted = any(arm.split is not None for arm in planned.main.arms)
    return joined_cohort(
        joined, animals=question.animals, seed=question.seed,
        individuals=SPLIT_INDIVIDUALS if parted else INDIVIDUALS,
    )  # fmt: skip


def _run(
    planned: Plan, joined: Joined, cohort: Cohort, *, workers: int | None, progress: Progress | None,
    store: RunStore | None,
) -> dict[str, Trial]:  # fmt: skip
    total = sum(len(one.arms) for one in planned.experiments) * cohort.animals
    trials: dict[str, Trial] = {}
    before = 0
    for experiment in planned.experiments:
        trials[experiment.id] = run_question(
            joined, experiment, cohort, dense=experiment is planned.main, workers=workers, store=store,
            progress=_told(progress, before, total),
        )  # fmt: skip
        before += len(experiment.arms) * cohort.animals
    if progress:
        progress(total, total)
    return trials


def _told(progress: Progress | None, before: int, total: int) -> Progress | None:
    return (lambda done, _: progress(min(before + done, total), total)) if progress else None


def _answered(question: Question, planned: Plan, joined: Joined, trials: dict[str, Trial]) -> Answer:
    main = trials[planned.main.id]
    failed = max(float(trial.failed.mean()) for trial in trials.values())
    if failed > MAX_FAILED:
        raise RequestError(
            msg("{percent} % of the draws contain a failed run, too many to judge.", percent=f"{100 * failed:.0f}")
        )
    pairs = [(one, trials[one.experiment.id] if one.experiment else None) for one in planned.pairings]
    grid = None
    if planned.surface is not None:
        grid = grid_answer(planned.surface, trials["grid"], _distance(planned, trials))
    return Answer(
        question, joined.library, main, tuple(_courses(main)), effects(question, main),
        tuple(found for pairing, extra in pairs for found in synergies(pairing, main, extra)), grid,
        tuple(_notes(question, planned, main)), _provenance(question, joined, main),
    )  # fmt: skip


def _distance(planned: Plan, trials: dict[str, Trial]) -> Array | None:
    """The way from the untreated to the unstressed level in the assay of a grid, where an unstressed arm is there."""
    surface = planned.surface
    assert surface is not None
    asked = surface.asked
    if asked.time is None:
        return None
    none, calm = (Reading(arm=arm, assay=asked.assay, of=asked.of, time=asked.time)
                  for arm in (asked.none, surface.unstressed))  # fmt: skip
    return np.asarray(trials["grid"].means(calm) - trials["grid"].means(none))


def _courses(trial: Trial) -> Iterator[Course]:
    asked: dict[tuple[str, str | None], None] = {}
    for sampling in trial.experiment.sampling:
        asked |= dict.fromkeys((sampling.assay, of) for of in sampling.of or (None,))
    for assay, of in asked:
        for arm in trial.experiment.arms:
            course = trial.course(arm.id, assay, of)
            low, median, high = np.percentile(course.values[~trial.failed], [5, 50, 95], axis=0)
            yield Course(arm.id, assay, of, np.asarray(course["time"].values, dtype=float), low, median, high)


def _notes(question: Question, planned: Plan, main: Trial) -> Iterator[Message]:
    if question.cohort.sex != "unknown":
        yield msg("Sex is not modelled: the atlas has no difference between females and males, because most of its "
                  "studies used males only or do not say. The answer is the same for both and is untested for one of "
                  "them.")  # fmt: skip
    if any(arm.split is not None for arm in main.experiment.arms):
        yield msg(
            "Animals are parted by a noisy reading, as a laboratory does; nothing labels an animal as susceptible or "
            "resilient. Where few animals vary past the line, the group stands for the likeliest ones."
        )
    good = int((~main.failed).sum())
    if good < main.draws:
        yield msg("{count} of {all} draws contain a failed run and are left out.", count=main.draws - good,
                  all=main.draws)  # fmt: skip
    if good < FEW_DRAWS:
        yield msg(
            "With {count} draws, probabilities are uncertain by some ten percentage points, and so are the ends of "
            "intervals; ask with more animals.",
            count=good,
        )
    if planned.pairings or planned.surface:
        yield msg("Doses beyond those of the published experiments are extrapolated by the model.")
    yield msg(
        "These are predictions of a model, not results of an experiment. Each draw is one guess at what is not known."
    )


def _provenance(question: Question, joined: Joined, main: Trial) -> dict[str, object]:
    return stamp(
        joined=sorted(joined.studies), rivals=list(question.rivals), model_sha256=joined.mechanism.model.digest,
        animals=main.draws * main.individuals, draws=main.draws, seed=main.seed,
        question=question.model_dump(mode="json", by_alias=True),
    )  # fmt: skip
