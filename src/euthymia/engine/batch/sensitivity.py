"""Forward sensitivities: a model with the derivatives of its states by some parameters as further states.

With `s = dy/dp`: `ds/dt = df/dy s + df/dp`, from the derivative of the initial values (Leis & Kramer 1988,
doi:10.1145/42288.46156). The derivative of quantity ``X`` by key ``p`` is called ``X|p``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from euthymia.engine.batch.continuity import jumping_modes
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
    if jumping_modes(system, modes) or depend_on_slots(system.graph, modes.times, slots):
        raise RequestError(
            msg("Sensitivities are not available for a model whose rates jump when a state or parameter tells.")
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


def with_sensitivities(system: System, keys: Sequence[str], *, copied: frozenset[str] = frozenset()) -> System:
    """The system and the derivatives of its states, slots and outputs by `keys`.

    Jumps copy into the slots `copied`, which have derivatives then even if they had none at the start.
    """
    for key in keys:
        system = _with_one(system, key, copied)
    return system


def _with_one(system: System, key: str, copied: frozenset[str]) -> System:
    graph = system.graph
    given = graph.symbol(f"given {key}")
    states = [name for name in system.states if "|" not in name]
    slots = [name for name in system.slots if "|" not in name]
    initial = {
        derivative_name(name, key): graph.gradient(system.initial[name], frozenset({given})).get(
            given, graph.const(0.0)
        )
        for name in (*states, *slots)
    }
    moved = [one for one in slots if one in copied or not graph.is_const(initial[derivative_name(one, key)], 0.0)]
    own = [derivative_name(name, key) for name in states]
    added = [derivative_name(name, key) for name in moved]
    chain = _chain(graph, [*own, *added], key)
    rates = dict(zip(system.states, system.rates, strict=True))
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


def _chain(graph: Graph, derivatives: Iterable[str], key: str) -> dict[Node, Node]:
    """For the symbol of each quantity with a derivative by a key, the symbol of this derivative."""
    ending = f"|{key}"
    return {graph.symbol(one.removesuffix(ending)): graph.symbol(one) for one in derivatives if one.endswith(ending)}


def _total(graph: Graph, node: Node, chain: dict[Node, Node]) -> Node:
    """The derivative of a number along the derivatives of its symbols."""
    total = graph.const(0.0)
    for symbol, partial in sorted(graph.gradient(node, frozenset(chain)).items()):
        total = graph.add(total, graph.mul(partial, chain[symbol]))
    return total


def with_derivative_jumps(
    schedules: Sequence[Schedule], system: System, keys: Sequence[str]
) -> tuple[tuple[Schedule, ...], System]:
    """Schedules that also move the derivatives of what they jump, and the system with the outputs that they copy.

    Derivatives move first: they are made of what stands before the jump.
    """
    outputs = dict(system.outputs)
    made: list[Schedule] = []
    for schedule in schedules:
        jumps: list[Jump] = []
        for jump in schedule.jumps:
            for key in keys:
                jumps += _derived(jump, key, system, outputs)
            jumps.append(jump)
        made.append(replace(schedule, jumps=tuple(jumps)))
    return tuple(made), replace(system, outputs=outputs)


def _derived(jump: Jump, key: str, system: System, outputs: dict[str, Node]) -> Iterator[Jump]:
    """What a jump does to derivatives by a key; what must be worked out for it goes to `outputs`."""
    graph, known = system.graph, {*system.states, *system.slots}
    chain = _chain(graph, known, key)
    for name, node in _effect(jump, system).items():
        target = derivative_name(name, key)
        if target not in known:
            continue
        change = _total(graph, node, chain)
        if change == graph.symbol(target):
            continue
        if graph.is_const(change):
            yield Jump(jump.time, target, "set", graph.values[change])
        elif graph.names.get(change) in known:
            yield Jump(jump.time, target, "copy", graph.names[change])
        else:
            source = f"{target} after {jump.operation} {jump.target} {jump.value}"
            outputs[source] = change
            yield Jump(jump.time, target, "copy", source)


def _effect(jump: Jump, system: System) -> dict[str, Node]:
    """The new values of all states and slots that a jump moves; of the target last."""
    graph, inner = system.graph, jump.target.strip("[]")
    held = next(one for one in (jump.target, inner, f"[{inner}]") if one in system.initial)
    value = system.outputs[jump.value] if isinstance(jump.value, str) else graph.const(jump.value)
    old = graph.symbol(held)
    if jump.operation == "multiply":
        new = graph.mul(old, value)
    else:
        if held != jump.target:  # given in the other form
            volume = system.outputs[f"volume of {inner}"]
            value = graph.mul(value, volume) if held == inner else graph.div(value, volume)
        new = graph.add(old, value) if jump.operation == "add" else value
    moved: dict[str, Node] = {}
    for name in system.states:
        if name.startswith("[") and "|" not in name and name != held:  # keeps its amount
            before = system.outputs[f"volume of {name[1:-1]}"]
            [after] = graph.rebuild([before], {old: new})
            moved[name] = graph.mul(graph.symbol(name), graph.div(before, after))
    return {**moved, held: new}
