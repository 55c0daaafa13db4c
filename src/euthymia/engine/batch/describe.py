"""What the batched engine makes of a model, for people: equations, held modes, Jacobian, elimination, instructions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from euthymia.engine.batch.functions import Analysis
from euthymia.engine.batch.graph import Graph, Node
from euthymia.engine.batch.runs import Compiled
from euthymia.words import Language, msg

_PATTERN = 60
"""States up to which the pattern of the Jacobian is drawn."""


def describe(compiled: Compiled, language: Language = "en") -> str:
    """A listing of the generated code: what is computed, in order, with shared terms named ``t1``, ``t2``, ..."""
    analysis = compiled.analysis
    return "\n".join(
        [
            *_head(compiled, language), "",
            msg("Rates, with shared terms first").text(language), *_rates(analysis), "",
            *_modes(analysis, language),
            *_events(analysis, language),
            msg("Jacobian").text(language), *_jacobian(analysis), "",
            msg("Elimination, in the order of the pivots").text(language), *_elimination(analysis), "",
        ]
    )  # fmt: skip


def _head(compiled: Compiled, language: Language) -> Iterator[str]:
    analysis, system = compiled.analysis, compiled.system
    yield msg("Model {name}: {states} states, {slots} quantities constant between jumps, {events} events.",
              name=system.name, states=len(system.states), slots=len(system.slots),
              events=len(system.events)).text(language)  # fmt: skip
    yield msg("{lanes} runs at once; {bytes} bytes of memory for them; {lines} lines of LLVM instructions.",
              lanes=compiled.layout.width, bytes=compiled.layout.size,
              lines=compiled.stepping.source.count("\n")).text(language)  # fmt: skip
    yield msg("{entries} entries of the Jacobian; {factors} entries and {updates} multiply-adds of its factors.",
              entries=len(analysis.jacobian), factors=analysis.elimination.entries + len(system.states),
              updates=analysis.elimination.updates).text(language)  # fmt: skip


def _rates(analysis: Analysis) -> Iterator[str]:
    yield from listing(
        analysis.system.graph,
        {f"d {name} / dt": rate for name, rate in zip(analysis.system.states, analysis.rates, strict=True)},
    )


def _modes(analysis: Analysis, language: Language) -> Iterator[str]:
    if not analysis.modes.now:
        return
    graph = analysis.system.graph
    yield msg("Modes, held during a step").text(language)
    for index, node in enumerate(analysis.modes.now):
        how = msg("watched") if index in analysis.modes.watched else msg("changes at a known time")
        yield f"  mode {index} = {graph.text(node)}    ({how.text(language)})"
    yield ""


def _events(analysis: Analysis, language: Language) -> Iterator[str]:
    if not analysis.system.events:
        return
    graph = analysis.system.graph
    yield msg("Events").text(language)
    for event, trigger in zip(analysis.system.events, analysis.triggers, strict=True):
        done = ", ".join(f"{target} = {graph.text(node)}" for target, node in event.assignments)
        yield f"  {event.name}: {graph.text(trigger)} -> {done}"
    yield ""


def _jacobian(analysis: Analysis) -> Iterator[str]:
    size = len(analysis.rates)
    if size > _PATTERN:
        yield f"  {size} x {size}, {len(analysis.jacobian)}"
        return
    for row in range(size):
        cells = "".join("x" if (row, column) in analysis.jacobian else "." for column in range(size))
        yield f"  {cells}  {analysis.system.states[row]}"


def _elimination(analysis: Analysis) -> Iterator[str]:
    names = analysis.system.states
    plan = analysis.elimination
    for step, index in enumerate(plan.order):
        lower = ", ".join(names[plan.order[other]] for other in plan.lower[step])
        upper = ", ".join(names[plan.order[other]] for other in plan.upper[step])
        yield f"  {names[index]}: L [{lower}] U [{upper}]"


def listing(graph: Graph, named: Mapping[str, Node]) -> Iterator[str]:
    """Expressions one per line; what is used more than once has a line of its own before its first use."""
    uses: Counter[Node] = Counter(arg for node in graph.order(named.values()) for arg in graph.args[node])
    uses.update(named.values())
    names: dict[Node, str] = {}
    for name, node in named.items():
        for inner in graph.order([node]):
            if uses[inner] > 1 and graph.args[inner] and inner not in names:
                text = _text(graph, inner, names)
                names[inner] = f"t{len(names) + 1}"
                yield f"  {names[inner]} = {text}"
        yield f"  {name} = {_text(graph, node, names)}"


def _text(graph: Graph, node: Node, names: Mapping[Node, str]) -> str:
    if node in names:
        return names[node]
    return graph.text(node, names)
