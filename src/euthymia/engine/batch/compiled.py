"""Compiled models, kept for the next call."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Final

from euthymia.engine.batch.functions import Analysis, analyse
from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.read import read_system
from euthymia.engine.batch.runs import Compiled, compile_analysis
from euthymia.engine.batch.sensitivity import with_sensitivities
from euthymia.engine.batch.system import Event, System
from euthymia.errors import ModelError
from euthymia.models.model import Model

_KEPT: Final = 32
"""Compiled models that are kept in memory."""
_LOCK: Final = threading.RLock()
_systems: OrderedDict[str, System | ModelError] = OrderedDict()
_compiled: OrderedDict[tuple[object, ...], Compiled] = OrderedDict()


def refusal(model: Model) -> ModelError | None:
    """Why the batched engine cannot run a model; None if it can."""
    found = _system(model)
    return found if isinstance(found, ModelError) else None


def _system(model: Model) -> System | ModelError:
    with _LOCK:
        key = model.digest
        if key not in _systems:
            try:
                _systems[key] = _with_volumes(read_system(model), model)
            except ModelError as error:
                _systems[key] = error
            if len(_systems) > _KEPT:
                _systems.popitem(last=False)
        return _systems[key]


def system_of(model: Model) -> System:
    """The expressions of a model.

    Raises
    ------
    ModelError
        If the batched engine cannot run it.
    """
    found = _system(model)
    if isinstance(found, ModelError):
        raise found
    return found


def _with_volumes(system: System, model: Model) -> System:
    """A system whose outputs also hold each species' volume, and whose undelayed events set amounts where they can."""
    graph = system.graph
    outputs = dict(system.outputs)
    for symbol in model.symbols.values():
        if symbol.kind == "species" and symbol.compartment in outputs:
            outputs[f"volume of {symbol.id}"] = outputs[symbol.compartment]
    places = {*system.states, *system.slots}

    def amounts(event: Event) -> Event:
        made: list[tuple[str, Node]] = []
        for target, node in event.assignments:
            volume = outputs.get(f"volume of {target[1:-1]}") if target not in places else None
            if volume is not None and event.delay is None:
                made.append((target[1:-1], graph.mul(node, volume)))
            else:
                made.append((target, node))
        return replace(event, assignments=tuple(made))

    return replace(system, outputs=outputs, events=tuple(map(amounts, system.events)))


def compiled_model(
    model: Model,
    varied: frozenset[str],
    folder: Path | None,
    *,
    sensitivities: tuple[str, ...] = (),
    copied: frozenset[str] = frozenset(),
) -> Compiled:
    """A model ready to run; exponents, volumes and stoichiometries that nothing in `varied` touches are numbers in it.

    With `sensitivities`, it also has the derivatives by these keys; then `copied` are the targets of copies.
    """
    with _LOCK:
        system = system_of(model)
        fixed = _fixed_numbers(system, model, varied)
        key = (model.digest, frozenset(fixed), sensitivities, copied, folder)
        if key not in _compiled:
            chosen = with_sensitivities(_with_numbers(system, fixed), sensitivities, copied=copied)
            _compiled[key] = compile_analysis(analysed(chosen), folder)
            if len(_compiled) > _KEPT:
                _compiled.popitem(last=False)
        _compiled.move_to_end(key)
        return _compiled[key]


def analysed(system: System) -> Analysis:
    """What the generated code needs to know of a model."""
    return analyse(system if system.states else _with_a_state(system))


def _fixed_numbers(system: System, model: Model, varied: frozenset[str]) -> dict[str, float]:
    """Slots that shape the equations and keep one number: a whole power is then a product, a unit volume nothing.

    These are exponents, compartment sizes and stoichiometries.
    """
    graph = system.graph
    roots = [*system.rates, *system.outputs.values(), *(event.trigger for event in system.events)]
    powers = [node for node in graph.order(roots) if graph.ops[node] == "pow"]
    exponents = graph.order(graph.args[node][1] for node in powers)
    names = {graph.names[node] for node in exponents if graph.ops[node] == "symbol"} & set(system.slots)
    names |= {name for name in system.slots if name.strip("[]") not in model.symbols}
    names |= set(model.ids("compartment")) & set(system.slots)
    touched = {target.strip("[]") for event in system.events for target, _ in event.assignments}
    touched |= {key.strip("[]") for key in varied}
    found: dict[str, float] = {}
    for name in sorted(names - touched):
        value = _unvaried(graph, system.initial[name], varied)
        if value is not None and value > 0:
            found[name] = value
    return found


def _unvaried(graph: Graph, node: Node, varied: frozenset[str]) -> float | None:
    """The number that an initial value is when nothing in `varied` enters it."""
    keys = {name.split(" ", 1)[1] for one in graph.order([node]) if (name := graph.names.get(one))}
    if keys & varied:
        return None
    zeros = {one: graph.const(0.0) for one in graph.order([node]) if one in graph.names}
    [value] = graph.rebuild([node], zeros)
    return graph.values.get(value)


def _with_numbers(system: System, fixed: dict[str, float]) -> System:
    graph = system.graph
    replaced = {graph.symbol(name): graph.const(value) for name, value in fixed.items()}

    def changed(*nodes: Node) -> list[Node]:
        return graph.rebuild(nodes, replaced)

    events = tuple(
        replace(
            event,
            trigger=changed(event.trigger)[0],
            priority=None if event.priority is None else changed(event.priority)[0],
            delay=None if event.delay is None else changed(event.delay)[0],
            assignments=tuple((target, changed(node)[0]) for target, node in event.assignments),
        )
        for event in system.events
    )
    outputs = dict(zip(system.outputs, changed(*system.outputs.values()), strict=True))
    return replace(system, rates=tuple(changed(*system.rates)), outputs=outputs, events=events)


def _with_a_state(system: System) -> System:
    """A model without states, with one that never changes."""
    zero, name = system.graph.const(0.0), " none"
    return replace(system, states=(name,), rates=(zero,), initial={**system.initial, name: zero})
