"""The models that are measured: each with its doses, its 200 output times and its cohorts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import libsbml
import numpy as np
import numpy.typing as npt

import euthymia
from euthymia.engine.batch.compiled import system_of
from euthymia.engine.schedule import Jump
from euthymia.pipeline import mechanism_of
from euthymia.protocols.lower import first_day, last_day, lower

Array = npt.NDArray[np.float64]
MODELS: Final = Path(__file__).with_name("models")
POINTS: Final = 200
"""Output times of each run."""
ATOL: Final = 1e-3
"""Absolute tolerance as a part of the relative one, in units of a case's `scale`."""


@dataclass(frozen=True)
class Case:
    """One model with its doses.

    Attributes
    ----------
    name, title
        Short name, and what the tables say.
    sbml
        The document, without doses.
    jumps
        The doses: what is done to the model from outside.
    end
        Time of the last output.
    animals
        Animals that the engines have in common; half as many again are drawn, in case some cannot be solved.
    scale
        Size of the model's small states; the absolute tolerance of every engine is rtol * `ATOL` * scale.
    band
        Half width of the Jacobian where it is a band; else 0.
    bounds
        Least and largest value of parameters that have them (shares, for example), at which draws are cut off.
    """

    name: str
    title: str
    sbml: str
    jumps: tuple[Jump, ...]
    end: float
    animals: int
    scale: float = 1.0
    band: int = 0
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def times(self) -> Array:
        """Output times, evenly spread from 0; none but 0 is the time of a dose."""
        return np.linspace(0.0, self.end, POINTS)

    @property
    def model(self) -> Any:
        """The model as euthymia reads it."""
        return euthymia.load_model(self.sbml)

    @property
    def states(self) -> tuple[str, ...]:
        """What every run returns: amounts of species and values of quantities with a rate rule."""
        return tuple(system_of(self.model).states)

    def atol(self, rtol: float) -> float:
        """The absolute tolerance that goes with a relative one."""
        return rtol * ATOL * self.scale

    def nominal(self) -> dict[str, float]:
        """Values of the parameters that differ between animals: all that are constant, not zero, and not dosed."""
        dosed = {jump.target for jump in self.jumps}
        return {
            one.id: float(one.value)
            for one in self.model.symbols.values()
            if one.kind == "parameter"
            and one.role in ("constant", "input")
            and one.value
            and not one.initial_assignment
            and one.id not in dosed
        }

    def cohort(self, sigma: float) -> tuple[tuple[str, ...], Array]:
        """Ids of parameters, and values [draw, parameter]: lognormal about the model's values, seeded."""
        nominal = self.nominal()
        rng = np.random.default_rng([zlib.crc32(self.name.encode()), round(1000 * sigma)])
        draws = rng.standard_normal((self.animals + self.animals // 2, len(nominal)))
        values = np.array(list(nominal.values())) * np.exp(sigma * draws)
        low, high = zip(*(self.bounds.get(name, (0.0, np.inf)) for name in nominal), strict=True)
        return tuple(nominal), np.clip(values, low, high)

    def with_events(self) -> str:
        """The document with the doses as SBML events; what is set at time 0 becomes an initial value."""
        document = libsbml.readSBMLFromString(self.sbml)
        model = document.getModel()
        for number, (time, group) in enumerate(groupby(self.jumps, key=lambda jump: jump.time)):
            jumps = list(group)
            for jump in jumps:
                parameter = model.getParameter(jump.target)
                if parameter is not None:
                    parameter.setConstant(False)
                if time == 0.0:
                    if jump.operation != "set" or parameter is None:
                        raise ValueError("only parameters are set at time 0")
                    parameter.setValue(float(jump.value))
            if time > 0.0:
                _add_event(model, f"dose_{number}", jumps)
        return str(libsbml.writeSBMLToString(document))


def _add_event(model: Any, name: str, jumps: list[Jump]) -> None:
    """One event for all that is done at one time."""
    event = model.createEvent()
    event.setId(name)
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula(f"time >= {jumps[0].time!r}"))
    for jump in jumps:
        species = model.getSpecies(jump.target)
        inside = species.getCompartment() if species is not None and not species.getHasOnlySubstanceUnits() else ""
        formula = f"{jump.value!r}" + (f"/{inside}" if inside else "")
        if jump.operation == "add":
            formula = f"{jump.target} + {formula}"
        elif jump.operation != "set":
            raise ValueError(f"doses of the benchmark add or set; found {jump.operation}")
        assignment = event.createEventAssignment()
        assignment.setVariable(jump.target)
        assignment.setMath(libsbml.parseL3Formula(formula))


def _file(name: str, title: str, file: str, end: float, animals: int, **more: Any) -> Case:
    return Case(name, title, euthymia.load_model(MODELS / file).sbml, more.pop("jumps", ()), end, animals, **more)


def _study(name: str, title: str, experiment: str, arm: str, animals: int) -> Case:
    folder = euthymia.load_study(name)
    chosen = next(one for one in folder.record.experiments if one.id == experiment)
    group = next(one for one in chosen.arms if one.id == arm)
    origin = first_day(chosen)
    schedule = lower(group, ports=folder.record.mechanism.ports, library=folder.library, origin=origin)
    if schedule.settings:
        raise ValueError(f"{name} {arm}: an arm without settings is needed")
    end = (last_day(chosen) - origin) * 24
    mechanism = mechanism_of(folder)
    bounds = {one.id: (one.lower * one.factor, one.upper * one.factor) for one in mechanism.parameters}
    return Case(name.lower(), title, mechanism.model.sbml, schedule.jumps, end, animals, bounds=bounds)


def _multiscale(doses: int) -> Case:
    every = 720 / doses
    jumps = tuple(Jump(every * (number + 1 / 3), "depot", "add", 100.0) for number in range(doses))
    title = f"Multi-scale model, 50 states, {doses} doses"
    return _file(f"multiscale_{doses}", title, "multiscale.ant", 720.0, 12, jumps=jumps)


def chain_text(states: int) -> str:
    """Antimony text of a chain: reversible steps between neighbours, the way back saturable, inflow and outflow."""
    lines = ["model chain()", "-> S1; k_in;"]
    for step in range(1, states):
        lines.append(f"S{step} -> S{step + 1}; k{step}*S{step} - r{step}*S{step + 1}/(m{step} + S{step + 1});")
        lines.append(
            f"k{step} = {1 + step % 5}; r{step} = {0.5 + 0.25 * (step % 3)}; m{step} = {1 + 0.5 * (step % 2)};"
        )
    lines.append(f"S{states} -> ; k_out*S{states}; k_in = 1; k_out = 1;")
    lines += [f"S{state} = {1.0 if state == 1 else 0.0};" for state in range(1, states + 1)]
    return "\n".join([*lines, "end"])


def chain(states: int, *, animals: int = 16) -> Case:
    """A chain; a wave runs through it and leaves a steady state behind."""
    sbml = euthymia.load_model(chain_text(states)).sbml
    return Case(f"chain_{states}", f"Chain, {states} states", sbml, (), float(states), animals, band=1)


_MAKERS: Final[Mapping[str, Callable[[], Case]]] = {
    "s02": lambda: _study("S02", "S02 ketamine (atlas), 22 states, 2 doses", "mice", "ketamine_bci", 24),
    "s04": lambda: _study("S04", "S04 psilocybin (atlas), 30 states, 46 jumps", "behaviour", "pt_silenced", 16),
    "kholodenko": lambda: _file("kholodenko", "Kholodenko 2000, 8 states", "kholodenko_2000.ant", 9000.0, 64),
    "huang_ferrell": lambda: _file(
        "huang_ferrell", "Huang and Ferrell 1996, 22 states", "huang_ferrell_1996.ant", 100.0, 48, scale=1e-2
    ),
    "bachmann": lambda: _file("bachmann", "Bachmann 2011, 25 states", "bachmann_2011.ant", 240.0, 48),
    "multiscale_20": lambda: _multiscale(20),
    "multiscale_60": lambda: _multiscale(60),
    "chain_100": lambda: chain(100),
    "chain_300": lambda: chain(300, animals=8),
}
NAMES: Final = tuple(_MAKERS)
SIGMAS: Final = (0.2, 0.7)


def case(name: str) -> Case:
    """The case of this name."""
    made = replace(_MAKERS[name](), name=name)
    inner = made.times[1:]
    if any(np.isclose(inner, jump.time, rtol=1e-12, atol=0).any() for jump in made.jumps):
        raise ValueError(f"{name}: an output time is the time of a dose")
    return made
