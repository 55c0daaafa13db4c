"""A model -> the system of expressions that the batched engine simulates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from euthymia.engine.batch.algebra import solved
from euthymia.engine.batch.equations import Equations
from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.initial import initial_values
from euthymia.engine.batch.parts import Parts, parts_of
from euthymia.engine.batch.system import Event, System
from euthymia.errors import ModelError, Problem, UnsupportedError
from euthymia.models.model import Model
from euthymia.words import msg


def read_system(model: Model) -> System:
    """The expressions of a model.

    Raises
    ------
    ModelError
        If equations depend on each other in a circle, use what is not defined, or cannot be solved for the quantity
        that they determine; each is named.

    >>> from euthymia.models.load import load_model
    >>> system = read_system(load_model("x' = -k*x; x = 10; k = 0.1"))
    >>> system.states, [system.graph.text(rate) for rate in system.rates], system.slots
    (('x',), ['-(k * x)'], ('k',))
    """
    parts = parts_of(model)
    if "time" in model.symbols or "time" in parts.references:
        raise UnsupportedError(Problem(msg("“time” is the model's time and cannot be the id of a quantity.")))
    equations = _equations(parts)
    states = equations.states
    slots = [name for name in _stored(parts) if name not in set(states)]
    settable, initial = initial_values(equations, [*states, *slots], list(_settable(model)))
    return System(
        graph=equations.graph,
        name=model.name,
        states=tuple(states),
        rates=tuple(equations.rate(state) for state in states),
        slots=tuple(slots),
        initial=initial,
        settable=tuple(settable),
        outputs=dict(_outputs(equations)),
        events=tuple(_events(equations)),
    )


def _equations(parts: Parts) -> Equations:
    """The equations, with the algebraic rules solved."""
    graph = Graph()
    if not parts.algebraic:
        return Equations(parts, graph, {})
    unknown = {name: graph.symbol(f"unknown {name}") for name in parts.unknown}
    unsolved = Equations(parts, graph, unknown)
    rules = [unsolved.mathematics.number(rule, unsolved.value, "algebraicRule") for rule in parts.algebraic]
    return Equations(parts, graph, solved(graph, rules, unknown))


def _stored(parts: Parts) -> Iterator[str]:
    for name in (*parts.species, *parts.compartments, *parts.parameters, *parts.references):
        stored = parts.stored(name)
        if stored is not None:
            yield stored


def _settable(model: Model) -> Iterator[str]:
    for symbol in model.symbols.values():
        if symbol.role not in ("assigned", "rate"):
            yield symbol.id
            if symbol.kind == "species":
                yield f"[{symbol.id}]"


def _outputs(equations: Equations) -> Iterator[tuple[str, Node]]:
    parts = equations.parts
    yield "time", equations.graph.symbol("time")
    for name in parts.species:
        yield name, equations.amount(name)
        yield f"[{name}]", equations.concentration(name)
    for name in (*parts.compartments, *parts.parameters, *parts.reactions, *parts.references):
        yield name, equations.value(name)


def _events(equations: Equations) -> Iterator[Event]:
    for place, event in enumerate(equations.parts.sbml.getListOfEvents(), start=1):
        if event.isSetTrigger() and event.getTrigger().isSetMath():
            yield _event(equations, event, event.getId() or f"event {place}")


def _event(equations: Equations, event: Any, name: str) -> Event:
    mathematics, trigger = equations.mathematics, event.getTrigger()

    def number(element: Any) -> Node | None:
        if element is None or not element.isSetMath():
            return None
        return mathematics.number(element.getMath(), equations.value, name)

    assignments = [
        (_target(equations.parts, one.getVariable()), value)
        for one in event.getListOfEventAssignments()
        if (value := number(one)) is not None
    ]
    return Event(
        name=name,
        trigger=mathematics.truth(trigger.getMath(), equations.value, name),
        initially=trigger.getInitialValue(),
        persistent=trigger.getPersistent(),
        priority=number(event.getPriority()),
        delay=number(event.getDelay()),
        at_trigger=event.getUseValuesFromTriggerTime(),
        assignments=tuple(assignments),
    )


def _target(parts: Parts, name: str) -> str:
    """What an event sets: a state or slot, or the concentration of a species that is held as an amount."""
    stored = parts.stored(name)
    if stored is None:
        raise ModelError(
            Problem(msg("“{id}” is computed by the model and cannot be set; set what it depends on.", id=name))
        )
    return f"[{name}]" if name in parts.species and not parts.as_amount(name) else stored
