"""A model: SBML text checked for what euthymia supports, and the table of its symbols."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SymbolKind = Literal["species", "parameter", "compartment", "reaction"]
Role = Literal["state", "constant", "input", "assigned", "rate"]


_TIMES: Final = {60.0: "minute", 3600.0: "hour", 86400.0: "day"}


def unit_text(kind: str, factor: float, exponent: float) -> str:
    """One factor of a unit: a named unit times a number, to a power.

    >>> unit_text("second", 3600.0, -1.0), unit_text("mole", 1e-9, 1.0)
    ('hour^-1', '(1e-09 mole)')
    """
    name, number = (_TIMES[factor], 1.0) if kind == "second" and factor in _TIMES else (kind, factor)
    base = name if number == 1.0 else f"({number:.12g} {name})"
    return base if exponent == 1 else f"{base}^{exponent:g}"


@dataclass(frozen=True)
class Symbol:
    """One named quantity of a model.

    Attributes
    ----------
    id, kind
        SBML id and element kind.
    role
        ``state``: changed by reactions or a rate rule; ``constant``: constant; ``input``: may be changed by events
        or a schedule only; ``assigned``: given by an assignment rule; ``rate``: the rate of a reaction.
    value
        Initial value where the document states one: an amount for a species whose `substance_only` is set or that
        has an initial amount, otherwise a concentration.
    unit
        Unit of the amount (species) or value; empty where the document gives none.
    compartment, substance_only, concentration
        Of a species only: its compartment, whether its id means an amount in equations, and whether `value` is a
        concentration.
    initial_assignment
        Whether an initial assignment sets the value.
    """

    id: str
    kind: SymbolKind
    role: Role
    value: float | None
    unit: str
    compartment: str = ""
    substance_only: bool = False
    concentration: bool = False
    initial_assignment: bool = False


@dataclass(frozen=True)
class Model:
    """A checked model.

    Attributes
    ----------
    name
        Id of the SBML model.
    sbml
        The document, flattened, as text.
    symbols
        All named quantities by id.
    time_unit
        Unit of time; empty where the document gives none.
    missing
        Ids of quantities that have no value although something uses them, and what does: the caller must give them.
    """

    name: str
    sbml: str
    symbols: Mapping[str, Symbol]
    time_unit: str
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the SBML text."""
        return hashlib.sha256(self.sbml.encode()).hexdigest()

    def ids(self, *kinds: SymbolKind) -> list[str]:
        """Ids of the symbols of some kinds, in the order of the document."""
        return [symbol.id for symbol in self.symbols.values() if symbol.kind in kinds]

    def output_unit(self, output: str) -> str:
        """The unit of an output: of an amount (``S1``), a concentration (``[S1]``), or a value."""
        inner = output[1:-1] if output.startswith("[") else output
        if inner == "time":
            return self.time_unit
        symbol = self.symbols[inner]
        if output.startswith("[") and symbol.unit:
            volume = self.symbols[symbol.compartment].unit
            return f"{symbol.unit}/({volume})" if volume else symbol.unit
        return symbol.unit

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.ids(kind))} {kind}" for kind in ("species", "parameter", "reaction"))
        return f"<Model {self.name}: {counts}>"
