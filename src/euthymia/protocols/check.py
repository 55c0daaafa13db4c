"""Whether a study's protocols can be lowered onto its mechanism: checked before anything is simulated."""

from __future__ import annotations

from euthymia.engine.schedule import Schedule
from euthymia.errors import EuthymiaError, Place, Problem, ProtocolError
from euthymia.models.compose import Mechanism
from euthymia.models.overrides import symbol_of
from euthymia.protocols.lower import first_day, lower
from euthymia.records.folder import StudyFolder
from euthymia.words import msg


def protocol_problems(study: StudyFolder, mechanism: Mechanism) -> list[Problem]:
    """All interventions without a port, and all ports and read-outs that name no quantity of the model."""
    problems: list[Problem] = []
    ports = study.record.mechanism.ports
    place = Place(study.folder / "study.yaml")
    for experiment in study.record.experiments:
        origin = first_day(experiment)
        for arm in experiment.arms:
            try:
                schedule = lower(arm, ports=ports, library=study.library, origin=origin)
                _check(schedule, mechanism)
            except EuthymiaError as error:
                problems += [_placed(problem, place, f"{experiment.id}/{arm.id}") for problem in error.problems]
    return problems + _state_problems(study, mechanism, place)


def _check(schedule: Schedule, mechanism: Mechanism) -> None:
    schedule.check(mechanism.model)
    for name in schedule.settings:
        symbol_of(mechanism.model, name)


def _placed(problem: Problem, place: Place, arm: str) -> Problem:
    return Problem(msg("Arm {arm}: {reason}", arm=arm, reason=problem.message), place)


def _state_problems(study: StudyFolder, mechanism: Mechanism, place: Place) -> list[Problem]:
    record = study.record
    named = [state for readout in record.mechanism.readouts.values() for state in readout.states.values()]
    named += [entity.state for entity in record.entities.values() if entity.state]
    named += [name for recording in record.recordings for name in recording.variables]
    problems: list[Problem] = []
    for name in dict.fromkeys(named):
        try:
            symbol_of(mechanism.model, name)
        except EuthymiaError as error:
            problems += [Problem(problem.message, place) for problem in error.problems]
    return problems


def check_protocols_of(study: StudyFolder, mechanism: Mechanism) -> None:
    """Raise all protocol problems of a study.

    Raises
    ------
    ProtocolError
        If there are any.
    """
    problems = protocol_problems(study, mechanism)
    if problems:
        raise ProtocolError(problems)
