"""A question -> the experiments that answer it: its own arms, single doses for Loewe, the cells of a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.asking.graded import Graded, intervention_name
from euthymia.errors import RequestError, suggestion
from euthymia.protocols.lower import first_day, last_day
from euthymia.protocols.strength import stronger
from euthymia.records.base import Bilingual
from euthymia.records.finding import Reading
from euthymia.records.protocol import Injury, Protocol, Stress
from euthymia.records.question import MOST_ARMS, MOST_DAYS, Combination, Grid, GridAxis, Question, QuestionArm
from euthymia.records.study import Arm, Experiment, Sampling
from euthymia.words import msg

FACTORS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Doses of each intervention alone, as multiples of the one asked for; zero is added. What a pair does is compared with
higher doses of either alone, so most of them are higher."""
UNSTRESSED: Final = "unstressed_reference"


@dataclass(frozen=True)
class Ladder:
    """One intervention of a combination alone, at several doses: by factor, the arm; empty where it has no dose."""

    arms: Mapping[float, str]


@dataclass(frozen=True)
class Pairing:
    """A combination with the arms that its references need."""

    asked: Combination
    readings: tuple[Reading, ...]
    unstressed: str
    first: Ladder
    second: Ladder
    experiment: Experiment | None


@dataclass(frozen=True)
class Surface:
    """A grid with the arm of each dose pair; `arms[y][x]`, one row where `y` is time."""

    asked: Grid
    x: tuple[float, ...]
    y: tuple[float, ...]
    arms: tuple[tuple[str, ...], ...]
    experiment: Experiment
    unstressed: str


@dataclass(frozen=True)
class Plan:
    """All experiments of a question."""

    main: Experiment
    pairings: tuple[Pairing, ...]
    surface: Surface | None

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """Those that are simulated."""
        found = [self.main, *(one.experiment for one in self.pairings if one.experiment is not None)]
        return (*found, self.surface.experiment) if self.surface else tuple(found)


def plan(question: Question) -> Plan:
    """The experiments of a question.

    Raises
    ------
    RequestError
        If it needs more arms or days than a question may have, or a grid varies what its arm does not have.
    """
    main = main_experiment(question)
    pairings = tuple(_pairing(question, main, one, place) for place, one in enumerate(question.combinations))
    surface = _surface(question, main, question.grid) if question.grid else None
    made = Plan(main, pairings, surface)
    arms = sum(len(experiment.arms) for experiment in made.experiments)
    _refuse_many(arms)
    days = max(last_day(one) - first_day(one) for one in made.experiments)
    if days > MOST_DAYS:
        raise RequestError(msg("The question spans {found} days; at most {limit} are taken.", found=f"{days:.0f}",
                               limit=MOST_DAYS))  # fmt: skip
    return made


def _refuse_many(arms: int) -> None:
    if arms > MOST_ARMS:
        raise RequestError(
            msg(
                "The question needs {found} arms with its combinations and its grid; at most {limit} are taken. Ask it "
                "in parts, or with fewer doses.",
                found=arms,
                limit=MOST_ARMS,
            )
        )


def main_experiment(question: Question) -> Experiment:
    """The arms of a question as an experiment, with what the cohort has and the samples that splits need."""
    arms = tuple(_arm(question, one, question.protocol(one), one.id) for one in question.arms)
    return Experiment(
        id="question", label=question.title, arms=arms, sampling=_with_splits(question.sampling, arms)
    )  # fmt: skip


def _arm(question: Question, record: QuestionArm, protocol: Protocol, name: str) -> Arm:
    label = record.label or Bilingual(en=record.id, zh=record.id)
    split = record.split or question.cohort.split
    return Arm(id=name, label=label, sex=question.cohort.sex, protocol=protocol, split=split)


def _with_splits(sampling: Sequence[Sampling], arms: Sequence[Arm]) -> tuple[Sampling, ...]:
    extra = {
        (split.assay, split.of, split.time): Sampling(
            assay=split.assay, of=(split.of,) if split.of else (), times=(split.time,)
        )
        for arm in arms if (split := arm.split) is not None
    }  # fmt: skip
    return (*sampling, *extra.values())


def readings_of(question: Question, arm: str, asked: Combination | object) -> tuple[Reading, ...]:
    """What a contrast or combination reads: the assay and time given, or all assays at their last sampled time."""
    wanted, of, time = (getattr(asked, name) for name in ("assay", "of", "time"))
    found: dict[tuple[str, str | None], Reading] = {}
    for sampling in question.sampling:
        if wanted not in (None, sampling.assay):
            continue
        for population in (of,) if of else sampling.of or (None,):
            last = time or max(sampling.times, key=lambda one: one.to("d"))
            known = found.get((sampling.assay, population))
            if known is None or known.time.to("d") < last.to("d"):
                found[sampling.assay, population] = Reading(arm=arm, assay=sampling.assay, of=population, time=last)
    return tuple(found.values())


def _pairing(question: Question, main: Experiment, asked: Combination, place: int) -> Pairing:
    none = question.arm(asked.none)
    readings = readings_of(question, asked.both, asked)
    arms: list[Arm] = []
    ladders: list[Ladder] = []
    for name in (asked.first, asked.second):
        ladder, made = _ladder(question, none, question.arm(name), f"dose_{name}") if asked.loewe else (Ladder({}), [])
        ladders.append(ladder)
        arms += made
    if not all(ladder.arms for ladder in ladders):
        arms = []
    unstressed = asked.unstressed or UNSTRESSED
    if asked.unstressed is None:
        arms.append(_calm(question, none))
    experiment = None
    if arms:
        sampling = tuple(
            Sampling(assay=one.assay, of=(one.of,) if one.of else (), times=(one.time,)) for one in readings
        )
        experiment = Experiment(
            id=f"combination_{place + 1}", label=question.title, arms=tuple(arms), sampling=_with_splits(sampling, arms)
        )  # fmt: skip
    return Pairing(asked, readings, unstressed, ladders[0], ladders[1], experiment)


def _calm(question: Question, none: QuestionArm) -> Arm:
    """The untreated arm without stress and injuries; its genotype stays, and nothing parts its animals."""
    calm = tuple(item for item in question.protocol(none) if not isinstance(item, Stress | Injury))
    label = Bilingual(en="unstressed, untreated", zh="未应激、未处理")
    return Arm(id=UNSTRESSED, label=label, sex=question.cohort.sex, protocol=calm)


def _ladder(question: Question, none: QuestionArm, single: QuestionArm, name: str) -> tuple[Ladder, list[Arm]]:
    """One intervention alone at several doses: what the arm has beyond the untreated one is scaled."""
    base, whole = list(question.protocol(none)), question.protocol(single)
    added = []
    for item in whole:
        if item in base:
            base.remove(item)
        else:
            added.append(item)
    if base or not added or not all(isinstance(item, Graded) for item in added):
        return Ladder({}), []
    arms: list[Arm] = []
    found: dict[float, str] = {0.0: none.id}
    for factor in FACTORS:
        protocol = _at(whole, added, factor)
        if factor == 1.0:
            found[factor] = single.id
        elif protocol is not None:
            found[factor] = f"{name}_{len(found)}"
            arms.append(_arm(question, single, protocol, found[factor]))
    return Ladder(dict(sorted(found.items()))), arms


def _at(protocol: Protocol, varied: Sequence[object], factor: float) -> Protocol | None:
    """A protocol with some of its interventions at a multiple of their strength; without them at zero."""
    made: list[object] = []
    for item in protocol:
        if not any(item is other for other in varied):
            made.append(item)
        elif factor > 0:
            assert isinstance(item, Graded)
            changed = stronger(item, factor)
            if changed is None:
                return None
            made.append(changed)
    return tuple(made)  # type: ignore[arg-type]


def _surface(question: Question, main: Experiment, asked: Grid) -> Surface:
    arm = question.arm(asked.arm)
    times = asked.y.times
    x = _factors(arm, asked.x, "x")
    y = tuple(sorted(time.to("d") for time in times)) if times else _factors(arm, asked.y, "y")
    rows = [()] if times else [((asked.y, factor),) for factor in y]
    _refuse_many(len(main.arms) + len(x) * len(rows))
    arms: dict[str, Arm] = {}
    names = []
    for number, row in enumerate(rows):
        cells = []
        for place, factor in enumerate(x):
            name = f"cell_{place}_{number}"
            arms[name] = _arm(question, arm, _cell(question, arm, ((asked.x, factor), *row)), name)
            cells.append(name)
        names.append(tuple(cells))
    none = next(one for one in main.arms if one.id == asked.none)
    sampled = times or ((asked.time,) if asked.time else ())
    sampling = (Sampling(assay=asked.assay, of=(asked.of,) if asked.of else (), times=sampled),)
    every = (none, _calm(question, question.arm(asked.none)), *arms.values())
    experiment = Experiment(id="grid", label=question.title, arms=every, sampling=_with_splits(sampling, every))
    return Surface(asked, x, y, tuple(names), experiment, UNSTRESSED)


def _factors(arm: QuestionArm, axis: GridAxis, name: str) -> tuple[float, ...]:
    """The doses of an axis as multiples of the dose in the arm, zero among them, rising."""
    varied = _named(arm, axis)
    if axis.factors:
        found = set(axis.factors)
    else:
        dose = getattr(varied[0], "dose", None)
        if dose is None or not dose.value:
            raise RequestError(
                msg(
                    "The axis “{axis}” of the grid gives doses, but “{name}” has none in mg/kg; give “factors”, "
                    "multiples of what the arm has.",
                    axis=name,
                    name=axis.intervention,
                )
            )
        found = {one.to("mg/kg") / dose.to("mg/kg") for one in axis.doses}
    for factor in found:
        if any(stronger(item, factor) is None for item in varied):
            raise RequestError(msg("“{name}” cannot be {factor} times as strong as in the arm “{arm}”.",
                                   name=axis.intervention, factor=f"{factor:g}", arm=arm.id))  # fmt: skip
    return tuple(sorted({0.0, *found}))


def _named(arm: QuestionArm, axis: GridAxis) -> list[Graded]:
    varied = [
        item for item in arm.protocol if isinstance(item, Graded) and intervention_name(item) == axis.intervention
    ]
    if not varied:
        known = [name for item in arm.protocol if (name := intervention_name(item)) is not None]
        raise RequestError(msg("The arm “{arm}” has no intervention “{name}” with a strength. {suggestion}", arm=arm.id,
                               name=axis.intervention,
                               suggestion=suggestion(str(axis.intervention), known)))  # fmt: skip
    return varied


def _cell(question: Question, arm: QuestionArm, settings: Sequence[tuple[GridAxis, float]]) -> Protocol:
    protocol: Protocol = arm.protocol
    for axis, factor in settings:
        varied = [
            item for item in protocol if isinstance(item, Graded) and intervention_name(item) == axis.intervention
        ]
        changed = _at(protocol, varied, factor)
        assert changed is not None
        protocol = changed
    return question.protocol(arm.model_copy(update={"protocol": protocol}))
