"""What must agree across a study: every id that one part names, another part (or the library) has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from euthymia.errors import Problem, suggestion
from euthymia.records.finding import Against, Duration, Finding, Gone, Ordering, Reading, Separation, SeriesMatch
from euthymia.records.library import Fragment, Library
from euthymia.records.protocol import Bath, Drug, Stress
from euthymia.records.reading import Document
from euthymia.records.study import Arm, Experiment, Study
from euthymia.words import Message, msg

MAX_DAILY: Final = 24.0
Location = tuple[str | int, ...]


def cross_problems(study: Study, document: Document, library: Library, fragment: Fragment | None) -> list[Problem]:
    """All disagreements between the parts of a study, each at its line.

    Without a `fragment` (its files have problems of their own) what depends on it is passed over.
    """
    checks = (
        _chain(study),
        _experiments(study, library),
        _findings(study, library),
        _series(study, library),
        _ablations(study, library, fragment) if fragment else iter(()),
        _mechanism(study, library),
        _recordings(study),
    )
    return [Problem(message, document.place(location)) for check in checks for location, message in check]


Found = Iterator[tuple[Location, Message]]


def _unknown(location: Location, kind: Message, found: str, known: Collection[str]) -> Found:
    if found not in known:
        yield (
            location,
            msg("{kind} “{found}” is not known. {suggestion}",
                kind=kind, found=found, suggestion=suggestion(found, list(known))),
        )  # fmt: skip


def _twice(location: Location, names: list[str]) -> Found:
    for name, count in Counter(names).items():
        if count > 1:
            yield (
                (*location, names.index(name)),
                msg("The id “{id}” occurs {count} times.", id=name, count=count),
            )


def _chain(study: Study) -> Found:
    yield from _twice(("chain",), [link.id for link in study.chain])
    for index, link in enumerate(study.chain):
        yield from _unknown(("chain", index, "from"), msg("The entity"), link.source, study.entities)
        yield from _unknown(("chain", index, "to"), msg("The entity"), link.target, study.entities)


def _experiments(study: Study, library: Library) -> Found:
    yield from _twice(("experiments",), [experiment.id for experiment in study.experiments])
    for number, experiment in enumerate(study.experiments):
        here: Location = ("experiments", number)
        yield from experiment_problems(here, experiment, library)
        for index, sampling in enumerate(experiment.sampling):
            yield from _populations((*here, "sampling", index), study, sampling.assay, sampling.of)


def experiment_problems(here: Location, experiment: Experiment, library: Library) -> Found:
    """Ids that an experiment names and nobody has, each with its location in the file."""
    yield from _twice((*here, "arms"), [arm.id for arm in experiment.arms])
    for index, arm in enumerate(experiment.arms):
        yield from _protocol((*here, "arms", index, "protocol"), arm, library)
        yield from _split((*here, "arms", index, "split"), arm, experiment, library)
    for index, sampling in enumerate(experiment.sampling):
        yield from _unknown((*here, "sampling", index, "assay"), msg("The assay"), sampling.assay, library.assays)


def _split(here: Location, arm: Arm, experiment: Experiment, library: Library) -> Found:
    if arm.split is None:
        return
    yield from _unknown((*here, "assay"), msg("The assay"), arm.split.assay, library.assays)
    if arm.split.assay in library.assays:
        yield from _time((*here, "time"), arm.split.time.to("d"), sampled_days(experiment, arm.split.assay))


def _populations(place: Location, study: Study, assay: str, populations: Collection[str]) -> Found:
    readout = study.mechanism.readouts.get(assay)
    for name in populations:
        if readout is not None:
            yield from _unknown((*place, "of"), msg("The population"), name, readout.states)


def _protocol(here: Location, arm: Arm, library: Library) -> Found:
    for index, item in enumerate(arm.protocol):
        if isinstance(item, Drug):
            yield from _unknown((*here, index, "drug"), msg("The drug"), item.drug, library.drugs)
            if item.drug in library.drugs:
                routes = library.drugs[item.drug].routes
                yield from _unknown((*here, index, "route"), msg("For this drug the route"), item.route, routes)
        if isinstance(item, Bath):
            yield from _unknown((*here, index, "bath"), msg("The drug"), item.bath, library.drugs)
        if isinstance(item, Stress) and item.daily is not None and item.daily.to("h/day") > MAX_DAILY:
            yield (*here, index, "daily"), msg("A day has 24 hours; found {found}.", found=item.daily)
        if isinstance(item, Stress):
            yield from _unknown((*here, index, "stress"), msg("The stressor"), item.stress, library.stressors)


def _findings(study: Study, library: Library) -> Found:
    yield from _twice(("findings",), [finding.id for finding in study.findings])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    links = [link.id for link in study.chain]
    for index, finding in enumerate(study.findings):
        here: Location = ("findings", index)
        yield from _unknown((*here, "experiment"), msg("The experiment"), finding.experiment, experiments)
        for link in finding.rests_on:
            yield from _unknown((*here, "rests_on"), msg("The link"), link, links)
        if isinstance(finding, SeriesMatch):
            known = {series.id: series for series in study.series}
            yield from _unknown((*here, "series"), msg("The series"), finding.series, known)
            if finding.series in known and known[finding.series].experiment != finding.experiment:
                yield (
                    (*here, "experiment"),
                    msg("The series belongs to the experiment “{expected}”, not “{found}”.",
                        expected=known[finding.series].experiment, found=finding.experiment),
                )  # fmt: skip
        elif finding.experiment in experiments:
            yield from _finding_readings(here, finding, study, experiments[finding.experiment], library)


def sides(finding: Finding) -> list[tuple[str, Reading]]:
    """The readings of a finding, each with the key under which it stands."""
    if isinstance(finding, SeriesMatch):
        return []
    first: list[tuple[str, Reading]] = [("reading", finding.reading)]
    if isinstance(finding, Ordering):
        return [("rising", complete(finding.reading, other)) for other in finding.rising]
    if finding.against is not None:
        first.append(("against", complete(finding.reading, finding.against)))
    if isinstance(finding, Separation):
        first += [("than", one.model_copy(update={"assay": finding.than, "of": None})) for _, one in first]
    return first


def complete(reading: Reading, against: Against) -> Reading:
    """The other side of a contrast, with what it leaves out taken from the first side."""
    return reading.model_copy(update=against.model_dump(exclude_none=True, include={"arm", "assay", "of"}) | {
        name: getattr(against, name) for name in ("time", "since") if getattr(against, name) is not None
    })  # fmt: skip


def _finding_readings(
    here: Location, finding: Finding, study: Study, experiment: Experiment, library: Library
) -> Found:
    for key, reading in sides(finding):
        place = (*here, key)
        yield from reading_problems(place, reading, experiment, library)
        yield from _populations(place, study, reading.assay, (reading.of,) if reading.of else ())
    if isinstance(finding, Duration | Gone):
        limit = finding.until if isinstance(finding, Duration) else finding.by
        if limit.to("d") < finding.reading.time.to("d") and isinstance(finding, Duration):
            yield (*here, "until"), msg("“until” ({until}) lies before the reading ({time}).",
                                        until=limit, time=finding.reading.time)  # fmt: skip
        yield from _time((*here, "until" if isinstance(finding, Duration) else "by"), limit.to("d"),
                         sampled_days(experiment, finding.reading.assay))  # fmt: skip


def reading_problems(here: Location, reading: Reading, experiment: Experiment, library: Library) -> Found:
    """What a reading names and its experiment has not, each with its location in the file."""
    yield from _unknown((*here, "arm"), msg("In this experiment the arm"), reading.arm,
                        [arm.id for arm in experiment.arms])  # fmt: skip
    yield from _unknown((*here, "assay"), msg("The assay"), reading.assay, library.assays)
    yield from _sampled(here, reading, experiment, library)


def _sampled(place: Location, reading: Reading, experiment: Experiment, library: Library) -> Found:
    sampled = sampled_days(experiment, reading.assay)
    if not sampled and reading.assay in library.assays:
        yield (*place, "assay"), msg("The experiment does not sample the assay “{assay}”.", assay=reading.assay)
    else:
        yield from _times(place, reading, sampled)


def sampled_days(experiment: Experiment, assay: str) -> list[float]:
    """The days on which an experiment samples an assay."""
    return sorted(
        {time.to("d") for sampling in experiment.sampling if sampling.assay == assay for time in sampling.times}
    )


def _times(place: Location, reading: Reading, sampled: list[float]) -> Found:
    yield from _time((*place, "time"), reading.time.to("d"), sampled)
    if reading.since is not None:
        yield from _time((*place, "since"), reading.since.to("d"), sampled)


def _time(place: Location, day: float, sampled: list[float]) -> Found:
    if sampled and all(abs(day - other) > 1e-9 for other in sampled):
        days = ", ".join(f"{other:g}" for other in sampled)
        yield (
            place,
            msg("Day {day} is not sampled; the assay is sampled on days {days}.", day=f"{day:g}", days=days),
        )


def _series(study: Study, library: Library) -> Found:
    yield from _twice(("series",), [series.id for series in study.series])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    for index, series in enumerate(study.series):
        here: Location = ("series", index)
        yield from _unknown((*here, "experiment"), msg("The experiment"), series.experiment, experiments)
        yield from _unknown((*here, "assay"), msg("The assay"), series.assay, library.assays)
        if series.experiment in experiments:
            arms = [arm.id for arm in experiments[series.experiment].arms]
            yield from _unknown((*here, "arm"), msg("In this experiment the arm"), series.arm, arms)
        yield from _populations(here, study, series.assay, (series.of,) if series.of else ())


def _ablations(study: Study, library: Library, fragment: Fragment) -> Found:
    yield from _twice(("ablations",), [ablation.id for ablation in study.ablations])
    links = [link.id for link in study.chain]
    names = {parameter.id for parameter in fragment.parameters}
    for name in study.mechanism.common:
        if name in library.fragments:
            names |= {parameter.id for parameter in library.fragments[name].parameters}
    for name in study.mechanism.ports.drugs:
        if name in library.drugs:
            names |= {parameter.id for parameter in library.drugs[name].parameters}
    for index, ablation in enumerate(study.ablations):
        for link in ablation.links:
            yield from _unknown(("ablations", index, "links"), msg("The link"), link, links)
        for parameter in ablation.cut:
            yield from _unknown(("ablations", index, "cut", parameter), msg("The parameter"), parameter, names)


def _mechanism(study: Study, library: Library) -> Found:
    for index, name in enumerate(study.mechanism.common):
        yield from _unknown(("mechanism", "common", index), msg("The common fragment"), name, library.fragments)
    for index, name in enumerate(study.mechanism.calibrates):
        here: Location = ("mechanism", "calibrates", index)
        yield from _unknown(here, msg("The common fragment"), name, study.mechanism.common)
    for index, drug in enumerate(study.mechanism.ports.drugs):
        yield from _unknown(("mechanism", "ports", "drugs", index), msg("The drug"), drug, library.drugs)
    for assay in study.mechanism.readouts:
        yield from _unknown(("mechanism", "readouts", assay), msg("The assay"), assay, library.assays)


def _recordings(study: Study) -> Found:
    yield from _twice(("recordings",), [recording.id for recording in study.recordings])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    for number, recording in enumerate(study.recordings):
        for index, group in enumerate(recording.groups):
            here: Location = ("recordings", number, "groups", index)
            yield from _unknown((*here, "experiment"), msg("The experiment"), group.experiment, experiments)
            if group.experiment in experiments:
                experiment = experiments[group.experiment]
                arms = [arm.id for arm in experiment.arms]
                yield from _unknown((*here, "arm"), msg("In this experiment the arm"), group.arm, arms)
                assays = {sampling.assay for sampling in experiment.sampling}
                sampled = {day for assay in assays for day in sampled_days(experiment, assay)}
                yield from _time((*here, "time"), group.time.to("d"), sorted(sampled))
