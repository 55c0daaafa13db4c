"""Forward sensitivities: a model with the derivatives of its states by some parameters as further states.

With `s = dy/dp`: `ds/dt = df/dy s + df/dp`, from the derivative of the initial values (Leis & Kramer 1988,
doi:10.1145/42288.46156). The derivative of quantity ``X`` by key ``p`` is called ``X|p``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from euthymia.engine.batch.discrete import depend_on_slots, find_modes
from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.system import System
from euthymia.engine.schedule import Jump, Schedule
from euthymia.errors import RequestError, suggestion
from euthymia.words import msg


def derivative_name(name: str, key: str) -> str:
    """Name of the derivative of a quantity by a key."""
    return f"{name}|{key}"


def check_sensitivities(system: System, keys: Sequence[str], given: Sequence[str]) -> None:
    """Refuse what has no derivative everywhere, and keys that are not settable or are worked out by the model.

    Raises
    ------
    RequestError
        With the reason.
    """
    if system.events:
        raise RequestError(
            msg("Sensitivities are not available for a model with events (“{id}”): they jump with the event's time.",
                id=system.events[0].name)
        )  # fmt: skip
    slots = frozenset(system.slots)
    modes = find_modes(system.graph, system.rates, slots)
    if modes.watched or depend_on_slots(system.graph, modes.times, slots):
        raise RequestError(
            msg("Sensitivities are not available for a model whose rates switch when a state or parameter tells.")
        )
    for key in keys:
        if key.strip("[]") not in system.outputs:
            raise RequestError(
                msg("The model “{model}” has no “{found}”. {suggestion}",
                    model=system.name, found=key, suggestion=suggestion(key, system.settable))
            )  # fmt: skip
        if key not in system.settable:
            raise RequestError(msg("“{id}” is computed by the model and has no sensitivities of its own.", id=key))
        if key not in given:
            raise RequestError(msg("Give “{id}” in the parameters to get sensitivities to it.", id=key))


def with_sensitivities(system: System, keys: Sequence[str]) -> System:
    """The system and the derivatives of its states, slots and outputs by `keys`."""
    for key in keys:
        system = _with_one(system, key)
    return system


def _with_one(system: System, key: str) -> System:
    graph = system.graph
    given = graph.symbol(f"given {key}")
    initial = {
        derivative_name(name, key): graph.gradient(system.initial[name], frozenset({given})).get(
            given, graph.const(0.0)
        )
        for name in (*system.states, *system.slots)
        if "|" not in name
    }
    states = [name for name in system.states if "|" not in name]
    slots = [name for name in system.slots if "|" not in name]
    moved = [name for name in slots if not graph.is_const(initial[derivative_name(name, key)], 0.0)]
    chain = {
        graph.symbol(name): graph.symbol(derivative_name(name, key)) for name in (*states, *moved)
    }  # symbol -> its derivative by the key
    rates = dict(zip(system.states, system.rates, strict=True))
    own = [derivative_name(name, key) for name in states]
    added = [derivative_name(name, key) for name in moved]
    outputs = {
        derivative_name(name, key): _total(graph, node, chain)
        for name, node in system.outputs.items()
        if "|" not in name and not name.startswith("volume of ")
    }
    return replace(
        system,
        states=(*system.states, *own),
        rates=(*system.rates, *(_total(graph, rates[name], chain) for name in states)),
        slots=(*system.slots, *added),
        initial={**system.initial, **{name: initial[name] for name in (*own, *added)}},
        outputs={**system.outputs, **outputs},
    )


def _total(graph: Graph, node: Node, chain: dict[Node, Node]) -> Node:
    """The derivative of a number along the derivatives of its symbols."""
    total = graph.const(0.0)
    for symbol, partial in sorted(graph.gradient(node, frozenset(chain)).items()):
        total = graph.add(total, graph.mul(partial, chain[symbol]))
    return total


def with_derivative_jumps(schedule: Schedule, system: System, keys: Sequence[str]) -> Schedule:
    """A schedule that also moves the derivatives of what it jumps."""
    known = {*system.states, *system.slots}
    jumps: list[Jump] = []
    for jump in schedule.jumps:
        jumps.append(jump)
        jumps += [found for key in keys if (found := _derived(jump, key, known)) is not None]
    return replace(schedule, jumps=tuple(jumps))


def _derived(jump: Jump, key: str, known: set[str]) -> Jump | None:
    """What a jump does to the derivative of its target; None if nothing, or if the target has none."""
    inner = jump.target.strip("[]")
    names = [name for name in (jump.target, inner) if derivative_name(name, key) in known]
    if not names or jump.operation == "add":
        return None
    target = derivative_name(names[0], key)
    if jump.operation == "multiply":
        return replace(jump, target=target)
    source = derivative_name(str(jump.value), key)
    if jump.operation == "copy" and source in known:
        return replace(jump, target=target, value=source)
    return Jump(jump.time, target, "set", 0.0)
