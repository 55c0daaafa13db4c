"""What the batched engine simulates: rates of states, values of outputs, initial values, events, in one graph.

Symbols of the graph have these names:

``time``
    Model time.
a state's or slot's name
    Its present value. A species is there under its id as an amount, or as ``[id]`` where a rate rule gives the rate
    of its concentration. A *slot* is constant between jumps and events: parameters, compartment sizes, amounts of
    species that nothing changes continuously, stoichiometries.
``given KEY`` and ``has KEY``
    Only in `initial`: the value that the caller gives for KEY (``S1`` amount, ``[S1]`` concentration, any other id),
    and whether there is one (1 or 0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from euthymia.engine.batch.graph import Graph, Node


@dataclass(frozen=True)
class Event:
    """A state-triggered or time-triggered event of the model.

    Attributes
    ----------
    name
        Id, or its place in the document.
    trigger
        Truth value; the event is triggered when it turns from false to true.
    initially
        Value of the trigger before time 0 (SBML ``initialValue``).
    persistent
        Whether a triggered event is executed even if the trigger has turned false before.
    priority, delay
        Numbers, or None.
    at_trigger
        Whether values are those of the time of triggering (``useValuesFromTriggerTime``).
    assignments
        Names of states or slots, and the numbers that they get. A target ``[S1]`` that is neither is a species whose
        amount becomes the number times the size of its compartment after the event.
    """

    name: str
    trigger: Node
    initially: bool
    persistent: bool
    priority: Node | None
    delay: Node | None
    at_trigger: bool
    assignments: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class System:
    """A model as expressions.

    Attributes
    ----------
    graph
        Holds all nodes below.
    name
        Id of the model.
    states, rates
        Names of what changes continuously, and their derivatives by time.
    slots
        Names of what is constant between jumps and events.
    initial
        For each state and each slot (by name) its value at time 0, of symbols ``given KEY`` and ``has KEY`` only.
    settable
        The keys that occur in `initial`.
    outputs
        For each output name (``S1`` amount, ``[S1]`` concentration, parameter, compartment, reaction, ``time``,
        species reference) its value, of time, states and slots.
    events
        In the order of the document.
    """

    graph: Graph
    name: str
    states: tuple[str, ...]
    rates: tuple[Node, ...]
    slots: tuple[str, ...]
    initial: Mapping[str, Node]
    settable: tuple[str, ...]
    outputs: Mapping[str, Node]
    events: tuple[Event, ...]
