"""What must agree across a study: every id that one part names, another part (or the library) has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from euthymia.errors import Problem, suggestion
from euthymia.records.finding import (
    Against,
    Contrast,
    DurationForm,
    Finding,
    GoneForm,
    OrderingForm,
    Reading,
    Separation,
    SeriesMatch,
)
from euthymia.records.library import Fragment, Library
from euthymia.records.protocol import Bath, Drug, Stress
from euthymia.records.reading import Document
from euthymia.records.study import Arm, Experiment, Readout, Study
from euthymia.words import Message, msg

MAX_DAILY: Final = 24.0
Location = tuple[str | int, ...]


def cross_problems(study: Study, document: Document, library: Library, fragment: Fragment | None) -> list[Problem]:
    """All disagreements between the parts of a study, each at its line.

    Without a `fragment` (its files have problems of their own) what depends on it is passed over.
    """
    checks = (
        _chain(study),
        experiment_problems(study.experiments, study.mechanism.readouts, library),
        _findings(study, library),
        _series(study, library),
        _ablations(study, library, fragment) if fragment else iter(()),
        _mechanism(study, library),
        _recordings(study),
    )
    return [Problem(message, document.place(location)) for check in checks for location, message in check]


Found = Iterator[tuple[Location, Message]]


def single_problems(experiment: Experiment, document: Document, library: Library) -> list[Problem]:
    """All names in an experiment of its own file that the library does not know, each at its line."""
    found = _experiment((), experiment, {}, library)
    return [Problem(message, document.place(location)) for location, message in found]


def unknown(location: Location, kind: Message, found: str, known: Collection[str]) -> Found:
    """A problem if a name is not among the known ones."""
    if found not in known:
        yield (
            location,
            msg("{kind} “{found}” is not known. {suggestion}",
                kind=kind, found=found, suggestion=suggestion(found, list(known))),
        )  # fmt: skip


def twice(location: Location, names: list[str]) -> Found:
    """A problem for each name that occurs more than once."""
    for name, count in Counter(names).items():
        if count > 1:
            yield (
                (*location, names.index(name)),
                msg("The id “{id}” occurs {count} times.", id=name, count=count),
            )


def _chain(study: Study) -> Found:
    yield from twice(("chain",), [link.id for link in study.chain])
    for index, link in enumerate(study.chain):
        yield from unknown(("chain", index, "from"), msg("The entity"), link.source, study.entities)
        yield from unknown(("chain", index, "to"), msg("The entity"), link.target, study.entities)


def experiment_problems(
    experiments: tuple[Experiment, ...], readouts: Mapping[str, Readout], library: Library
) -> Found:
    """Disagreements of experiments with each other, the library and the read-outs."""
    yield from twice(("experiments",), [experiment.id for experiment in experiments])
    for number, experiment in enumerate(experiments):
        yield from _experiment(("experiments", number), experiment, readouts, library)


def _experiment(here: Location, experiment: Experiment, readouts: Mapping[str, Readout], library: Library) -> Found:
    yield from twice((*here, "arms"), [arm.id for arm in experiment.arms])
    for index, arm in enumerate(experiment.arms):
        yield from _protocol((*here, "arms", index, "protocol"), arm, library)
        yield from _split((*here, "arms", index, "split"), arm, experiment, library)
    for index, sampling in enumerate(experiment.sampling):
        place = (*here, "sampling", index)
        yield from unknown((*place, "assay"), msg("The assay"), sampling.assay, library.assays)
        yield from _populations(place, readouts, sampling.assay, sampling.of)


def _split(here: Location, arm: Arm, experiment: Experiment, library: Library) -> Found:
    if arm.split is None:
        return
    yield from unknown((*here, "assay"), msg("The assay"), arm.split.assay, library.assays)
    if arm.split.assay in library.assays:
        yield from _time((*here, "time"), arm.split.time.to("d"), sampled_days(experiment, arm.split.assay))


def _populations(place: Location, readouts: Mapping[str, Readout], assay: str, populations: Collection[str]) -> Found:
    readout = readouts.get(assay)
    for name in populations:
        if readout is not None:
            yield from unknown((*place, "of"), msg("The population"), name, readout.states)


def _protocol(here: Location, arm: Arm, library: Library) -> Found:
    for index, item in enumerate(arm.protocol):
        if isinstance(item, Drug):
            yield from unknown((*here, index, "drug"), msg("The drug"), item.drug, library.drugs)
            if item.drug in library.drugs:
                routes = library.drugs[item.drug].routes
                yield from unknown((*here, index, "route"), msg("For this drug the route"), item.route, routes)
        if isinstance(item, Bath):
            yield from unknown((*here, index, "bath"), msg("The drug"), item.bath, library.drugs)
        if isinstance(item, Stress) and item.daily is not None and item.daily.to("h/day") > MAX_DAILY:
            yield (*here, index, "daily"), msg("A day has 24 hours; found {found}.", found=item.daily)
        if isinstance(item, Stress):
            yield from unknown((*here, index, "stress"), msg("The stressor"), item.stress, library.stressors)


def _findings(study: Study, library: Library) -> Found:
    yield from twice(("findings",), [finding.id for finding in study.findings])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    links = [link.id for link in study.chain]
    for index, finding in enumerate(study.findings):
        here: Location = ("findings", index)
        yield from unknown((*here, "experiment"), msg("The experiment"), finding.experiment, experiments)
        for link in finding.rests_on:
            yield from unknown((*here, "rests_on"), msg("The link"), link, links)
        if isinstance(finding, SeriesMatch):
            known = {series.id: series for series in study.series}
            yield from unknown((*here, "series"), msg("The series"), finding.series, known)
            if finding.series in known and known[finding.series].experiment != finding.experiment:
                yield (
                    (*here, "experiment"),
                    msg("The series belongs to the experiment “{expected}”, not “{found}”.",
                        expected=known[finding.series].experiment, found=finding.experiment),
                )  # fmt: skip
        elif finding.experiment in experiments:
            yield from contrast_problems(
                here, finding, study.mechanism.readouts, experiments[finding.experiment], library
            )


def sides(finding: Finding | Contrast) -> list[tuple[str, Reading]]:
    """The readings of a finding, each with the key under which it stands."""
    if isinstance(finding, SeriesMatch):
        return []
    first: list[tuple[str, Reading]] = [("reading", finding.reading)]
    if isinstance(finding, OrderingForm):
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


def contrast_problems(
    here: Location,
    finding: Finding | Contrast,
    readouts: Mapping[str, Readout],
    experiment: Experiment,
    library: Library,
) -> Found:
    """Disagreements of a contrast with the experiment that it reads."""
    for key, reading in sides(finding):
        place = (*here, key)
        yield from reading_problems(place, reading, experiment, library)
        yield from _populations(place, readouts, reading.assay, (reading.of,) if reading.of else ())
    if isinstance(finding, DurationForm | GoneForm):
        limit = finding.until if isinstance(finding, DurationForm) else finding.by
        if limit.to("d") < finding.reading.time.to("d") and isinstance(finding, DurationForm):
            yield (*here, "until"), msg("“until” ({until}) lies before the reading ({time}).",
                                        until=limit, time=finding.reading.time)  # fmt: skip
        yield from _time((*here, "until" if isinstance(finding, DurationForm) else "by"), limit.to("d"),
                         sampled_days(experiment, finding.reading.assay))  # fmt: skip


def reading_problems(place: Location, reading: Reading, experiment: Experiment, library: Library) -> Found:
    """What a reading names and its experiment has not, each with its location in the file."""
    arms = [arm.id for arm in experiment.arms]
    yield from unknown((*place, "arm"), msg("In this experiment the arm"), reading.arm, arms)
    yield from unknown((*place, "assay"), msg("The assay"), reading.assay, library.assays)
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
    yield from twice(("series",), [series.id for series in study.series])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    for index, series in enumerate(study.series):
        here: Location = ("series", index)
        yield from unknown((*here, "experiment"), msg("The experiment"), series.experiment, experiments)
        yield from unknown((*here, "assay"), msg("The assay"), series.assay, library.assays)
        if series.experiment in experiments:
            arms = [arm.id for arm in experiments[series.experiment].arms]
            yield from unknown((*here, "arm"), msg("In this experiment the arm"), series.arm, arms)
        yield from _populations(here, study.mechanism.readouts, series.assay, (series.of,) if series.of else ())


def _ablations(study: Study, library: Library, fragment: Fragment) -> Found:
    yield from twice(("ablations",), [ablation.id for ablation in study.ablations])
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
            yield from unknown(("ablations", index, "links"), msg("The link"), link, links)
        for parameter in ablation.cut:
            yield from unknown(("ablations", index, "cut", parameter), msg("The parameter"), parameter, names)


def _mechanism(study: Study, library: Library) -> Found:
    for index, name in enumerate(study.mechanism.common):
        yield from unknown(("mechanism", "common", index), msg("The common fragment"), name, library.fragments)
    for index, name in enumerate(study.mechanism.calibrates):
        here: Location = ("mechanism", "calibrates", index)
        yield from unknown(here, msg("The common fragment"), name, study.mechanism.common)
    for index, drug in enumerate(study.mechanism.ports.drugs):
        yield from unknown(("mechanism", "ports", "drugs", index), msg("The drug"), drug, library.drugs)
    for assay in study.mechanism.readouts:
        yield from unknown(("mechanism", "readouts", assay), msg("The assay"), assay, library.assays)


def _recordings(study: Study) -> Found:
    yield from twice(("recordings",), [recording.id for recording in study.recordings])
    experiments = {experiment.id: experiment for experiment in study.experiments}
    for number, recording in enumerate(study.recordings):
        for index, group in enumerate(recording.groups):
            here: Location = ("recordings", number, "groups", index)
            yield from unknown((*here, "experiment"), msg("The experiment"), group.experiment, experiments)
            if group.experiment in experiments:
                experiment = experiments[group.experiment]
                arms = [arm.id for arm in experiment.arms]
                yield from unknown((*here, "arm"), msg("In this experiment the arm"), group.arm, arms)
                assays = {sampling.assay for sampling in experiment.sampling}
                sampled = {day for assay in assays for day in sampled_days(experiment, assay)}
                yield from _time((*here, "time"), group.time.to("d"), sorted(sampled))
