"""SBML documents put together from elements, formulas given as text; and how a course is checked."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import libsbml
import numpy as np
import pytest

from euthymia.engine.simulate import simulate
from euthymia.models.load import load_model
from euthymia.models.model import Model

Case = tuple[str, dict[str, Any]]
"""A document, and for each output its course at `TIMES`."""
EXACT: Final = 1e-8
"""What outputs may be wrong by, relative to their value, or absolute where they are near 0."""
TIMES: Final = np.array([0.0, 0.3, 0.75, 1.2, 1.6, 2.4, 3.1])
"""No time at which something happens, apart from the start."""
t: Final = TIMES
whole: Final = np.floor(t)
part: Final = t - whole
late: Final = np.maximum(t - 1, 0)
"""What has passed since time 1."""
after: Final = np.where(t > 1, 1.0, 0.0)

COMP: Final = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'

LEVELS: Final = {
    2: 'xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"',
    3: 'xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"',
}
LISTS: Final = (
    "functionDefinition", "compartment", "species", "parameter", "initialAssignment", "rule", "reaction", "event",
)  # fmt: skip
"""Elements in the order of their lists."""


def formula(text: str) -> str:
    """MathML of a formula as libSBML reads it."""
    tree = libsbml.parseL3Formula(text)
    assert tree is not None, libsbml.getLastParseL3Error()
    return str(libsbml.writeMathMLToString(tree)).partition("?>")[2]


def element(tag: str, inside: str = "", **attributes: Any) -> str:
    written = (
        f'{key}="{str(value).lower() if isinstance(value, bool) else value}"' for key, value in attributes.items()
    )
    return f"<{tag} {' '.join(written)}>{inside}</{tag}>"


def mathematics(tag: str, text: str, **attributes: Any) -> str:
    return element(tag, formula(text), **attributes)


def listed(tag: str, inside: list[str]) -> str:
    return f"<{tag}>{''.join(inside)}</{tag}>" if inside else ""


def parameter(name: str, value: float, *, constant: bool = False) -> str:
    return element("parameter", id=name, value=value, constant=constant)


def size(value: float, **more: Any) -> str:
    """The compartment V."""
    return element("compartment", **{"id": "V", "size": value, "spatialDimensions": 3, "constant": False} | more)


def species(name: str, **more: Any) -> str:
    """A species of V, an amount in formulas unless told otherwise."""
    usual = {"compartment": "V", "hasOnlySubstanceUnits": True, "boundaryCondition": False, "constant": False}
    return element("species", id=name, **usual | more)


def dissolved(name: str, **more: Any) -> str:
    """A species of V that is a concentration in formulas."""
    return species(name, hasOnlySubstanceUnits=False, **more)


def reference(name: str, stoichiometry: float | str) -> str:
    """A species reference with a number, or with an id."""
    fixed = not isinstance(stoichiometry, str)
    return element("speciesReference", species=name, constant=fixed,
                   **{"stoichiometry" if fixed else "id": stoichiometry})  # fmt: skip


def reaction(name: str, law: str, before: dict[str, Any], after: dict[str, Any], **local: float) -> str:
    sides = {"listOfReactants": before, "listOfProducts": after}
    inside = [listed(tag, [reference(*one) for one in side.items()]) for tag, side in sides.items()]
    own = listed("listOfLocalParameters", [element("localParameter", id=key, value=local[key]) for key in local])
    return element("reaction", "".join(inside) + element("kineticLaw", formula(law) + own), id=name, reversible=False)


def assigned(name: str, text: str) -> str:
    return mathematics("assignmentRule", text, variable=name)


def rated(name: str, text: str) -> str:
    return mathematics("rateRule", text, variable=name)


def zero(text: str) -> str:
    return mathematics("algebraicRule", text)


def initially(name: str, text: str) -> str:
    return mathematics("initialAssignment", text, symbol=name)


def function(name: str, text: str) -> str:
    return mathematics("functionDefinition", text, id=name)


def event(
    when: str, then: dict[str, str], *, initial: bool = True, persistent: bool = True, at_trigger: bool = True,
    **inner: str,
) -> str:  # fmt: skip
    """An event; `inner` are its delay and priority."""
    inside = mathematics("trigger", when, initialValue=initial, persistent=persistent)
    inside += "".join(mathematics(tag, inner[tag]) for tag in ("priority", "delay") if tag in inner)
    assignments = [mathematics("eventAssignment", text, variable=name) for name, text in then.items()]
    return element("event", inside + listed("listOfEventAssignments", assignments), useValuesFromTriggerTime=at_trigger)


def document(*elements: str, level: int = 3, about: str = "", head: str = "", tail: str = "") -> str:
    """A document; `about` are attributes of the model, `head` those of the document, `tail` stands after the model."""
    kinds: dict[str, list[str]] = {kind: [] for kind in LISTS}
    for one in elements:
        tag = re.match(r"<(\w+)", one)[1]  # type: ignore[index]
        kinds["rule" if tag.endswith("Rule") else tag].append(one)
    lists = [listed(f"listOf{k[0].upper()}{k[1:]}{'' if k == 'species' else 's'}", kinds[k]) for k in LISTS]
    return f'<sbml {LEVELS[level]} {head}><model id="m" {about}>{"".join(lists)}</model>{tail}</sbml>'


@cache
def loaded(text: str) -> Model:
    return load_model(text)


def check(text: str, expected: dict[str, Any], engine: Any) -> None:
    result = simulate(loaded(text), times=TIMES, outputs=list(expected), rtol=1e-11, atol=1e-13, engine=engine)
    assert "batch" in result.attrs["engine"]
    assert result["status"].values.tolist() == [0]
    for name, course in expected.items():
        assert result[name].values[0] == pytest.approx(course, rel=EXACT, abs=EXACT), name
