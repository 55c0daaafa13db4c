"""Every intervention of the atlas on the same stressed animals: onset, peak, duration, dose, selectivity, harm."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from euthymia.cohorts.draw import INDIVIDUALS
from euthymia.comparing.bench import Bench, Untreated, first_animals, reachable
from euthymia.comparing.known import harm_findings, harm_outcomes
from euthymia.comparing.measures import log_grid
from euthymia.comparing.probes import probes_of, readable
from euthymia.comparing.repeats import RepeatPlan, repeat_plan, repeated
from euthymia.comparing.result import Compared, Comparison
from euthymia.comparing.single import doses_of, effects, harms_of, reliefs, response, selectivity
from euthymia.engine.store import RunStore
from euthymia.errors import RequestError, suggestion
from euthymia.joined import join_studies, joined_cohort
from euthymia.models.join import Joined
from euthymia.provenance import stamp
from euthymia.records.intervention import Catalogue, Entry, read_catalogue
from euthymia.words import msg

Progress = Callable[[int, int], None]
FEW_ANIMALS: Final = 24
"""Animals for doses and repeats: six draws."""
LONGEST: Final = 365.0
"""Days up to which effects may be followed."""


def compare(
    interventions: Iterable[str] | None = None,
    *,
    joined: Joined | None = None,
    catalogue: Catalogue | None = None,
    animals: int = 100,
    seed: int = 1,
    days: float = 70,
    doses: bool = True,
    repeats: bool = True,
    known: bool = True,
    workers: int | None = None,
    progress: Progress | None = None,
    store: RunStore | None = None,
) -> Comparison:
    """Interventions on one stressed cohort.

    Parameters
    ----------
    interventions
        Ids of the catalogue; all that the joined model can be given if left out.
    joined
        The joined model; all of the atlas if left out.
    catalogue
        That of the atlas if left out.
    animals, seed
        Of the cohort; doses and repeats are run on the first `FEW_ANIMALS`.
    days
        How long effects are followed.
    doses
        Whether each intervention is also given weaker and stronger.
    repeats
        Whether tolerance is measured.
    known
        Whether the findings of the atlas about harms are judged on the joined model.
    workers, store
        As for `euthymia.pipeline.reproduce`; with a store, an interrupted call goes on where it stopped.
    progress
        Called with the number of arms (and of experiments about harms) done, and the number of all.

    Raises
    ------
    RequestError
        If an intervention is not known, or the joined model cannot be given it.
    """
    listed, asked = catalogue or read_catalogue(), None if interventions is None else tuple(interventions)
    _check(listed, asked, animals, days)
    model = joined or join_studies()
    entries = _chosen(model, listed, asked)
    cohort = joined_cohort(model, animals=animals, seed=seed)
    few = first_animals(cohort, FEW_ANIMALS)
    plans = {name: repeat_plan(entry) if repeats else None for name, entry in entries.items()}
    counter = _Counter(_arms(entries, plans, doses=doses) + (_experiments(model, listed) if known else 0), progress)
    bench = Bench(
        model, listed, cohort, few, log_grid(days), readable(model, probes_of(listed)), workers, store, counter.tell
    )
    untreated = Untreated(bench.run((), stressed=False), bench.run(()))
    compared = tuple(
        _compared(bench, untreated, name, entry, plans[name], doses=doses) for name, entry in entries.items()
    )
    outcomes = (
        harm_outcomes(
            model, listed, animals=animals, seed=seed, workers=workers, store=store, tell=counter.tell
        ) if known else {}
    )  # fmt: skip
    everything = reachable(model, listed.interventions)
    return Comparison(
        listed, compared, tuple(name for name in listed.interventions if name not in everything), outcomes, days,
        tuple(float(day) for day in bench.days), cohort.draws * INDIVIDUALS, seed,
        stamp(
            joined=sorted(model.studies), model_sha256=model.mechanism.model.digest, seed=seed, days=days,
            animals=cohort.draws * INDIVIDUALS, draws=cohort.draws, catalogue_sha256=_digest(listed),
        ),
    )  # fmt: skip


def _digest(catalogue: Catalogue) -> str:
    return hashlib.sha256(catalogue.model_dump_json().encode()).hexdigest()


def _check(catalogue: Catalogue, wanted: Sequence[str] | None, animals: int, days: float) -> None:
    if not 1 <= days <= LONGEST:
        raise RequestError(msg("The comparison follows effects for 1 to {most} days; found {found}.",
                               most=f"{LONGEST:g}", found=f"{days:g}"))  # fmt: skip
    if animals < 1:
        raise RequestError(msg("The number of animals is {found}; it must be at least 1.", found=animals))
    for name in wanted or ():
        if name not in catalogue.interventions:
            raise RequestError(msg("There is no intervention “{found}” in the catalogue. {suggestion}", found=name,
                                   suggestion=suggestion(name, list(catalogue.interventions))))  # fmt: skip


def _chosen(joined: Joined, catalogue: Catalogue, wanted: Sequence[str] | None) -> dict[str, Entry]:
    here = reachable(joined, catalogue.interventions)
    for name in wanted or ():
        if name not in here:
            raise RequestError(msg("The joined model cannot be given “{found}”; join the study {study} too.",
                                   found=name, study=catalogue.interventions[name].study))  # fmt: skip
    return {name: entry for name, entry in here.items() if wanted is None or name in wanted}


def _arms(entries: Mapping[str, Entry], plans: Mapping[str, RepeatPlan | None], *, doses: bool) -> int:
    ladders = sum(len(doses_of(entry)) - 1 for entry in entries.values()) if doses else 0
    return 2 + len(entries) + ladders + sum(5 for plan in plans.values() if plan is not None)


def _compared(
    bench: Bench, untreated: Untreated, name: str, entry: Entry, plan: RepeatPlan | None, *, doses: bool
) -> Compared:
    course = bench.run(entry.protocol)
    good = ~(course.failed | untreated.failed)
    on_target, share, others = selectivity(bench, untreated, course, good, entry.target)
    harms, harm = harms_of(bench, untreated, course, good)
    return Compared(
        name, entry, effects(bench, untreated, course, good, entry), reliefs(bench, untreated, course, good), on_target,
        share, others, harms, harm,
        response(bench, untreated, entry, course) if doses else None,
        repeated(bench, plan) if plan is not None else None,
        float(1 - good.mean()),
    )  # fmt: skip


def _experiments(joined: Joined, catalogue: Catalogue) -> int:
    return len({(study, one.experiment) for study, one in harm_findings(joined, catalogue).values()})


class _Counter:
    """Counts arms, and experiments about harms."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress

    def tell(self) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)
