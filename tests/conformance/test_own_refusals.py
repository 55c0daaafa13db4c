"""What SBML has and no engine here can do is refused by the name of its element."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from documents import COMP, TIMES, assigned, document, formula, function, loaded, parameter, rated, zero

from euthymia.engine.simulate import simulate
from euthymia.errors import ModelError, RequestError
from euthymia.models.load import load_model

FAST: Final = (
    '<compartment id="V" size="1"/>', '<species id="A" compartment="V" initialAmount="1"/>',
    '<reaction id="quick" fast="true"><listOfReactants><speciesReference species="A"/></listOfReactants><kineticLaw>'
    + formula("A") + "</kineticLaw></reaction>",
)  # fmt: skip
OUTSIDE: Final = (
    "<comp:listOfExternalModelDefinitions>"
    '<comp:externalModelDefinition comp:id="far" comp:source="far.xml"/></comp:listOfExternalModelDefinitions>'
)
DECAY: Final = (parameter("x", 1), rated("x", "-x"))
NAMESPACE: Final = "http://www.sbml.org/sbml/level3/version1/{0}/version1"
REFUSED: Final = {
    "delay": (document(*DECAY, parameter("y", 0), assigned("y", "delay(x, 1)")), ["delay", "y"]),
    "delay in a function": (
        document(function("late", "lambda(x, delay(x, 1))"), *DECAY, parameter("y", 0), assigned("y", "late(x)")),
        ["delay"],
    ),
    "fast": (document(*FAST, level=2), ["fast", "quick"]),
    "another document": (document(*DECAY, head=COMP, tail=OUTSIDE), ["externalModelDefinition"]),
    "a quadratic rule": (document(*DECAY, parameter("y", 1), zero("y*y - x")), ["algebraicRule", "y", "linear"]),
    "distrib": (
        document(function("random", "lambda(a, a)"), *DECAY, head=f'xmlns:distrib="{NAMESPACE.format("distrib")}" '
                 'distrib:required="true"'),
        ["distrib"],
    ),
    "an unknown package": (
        document(*DECAY, head=f'xmlns:magic="{NAMESPACE.format("magic")}" magic:required="true"'), ["magic"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["batch", "auto"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_by_its_name(name: str, engine: Any) -> None:
    text, said = REFUSED[name]
    with pytest.raises(ModelError) as caught:
        simulate(load_model(text), times=TIMES, engine=engine)
    for words in said:
        assert words in caught.value.text()


def test_time_is_no_output() -> None:
    with pytest.raises(RequestError, match="“time”"):
        simulate(loaded(document(*DECAY)), times=TIMES, outputs=["x", "time"])


def test_a_quantity_named_time_is_left_to_the_other_engine() -> None:
    text = document(*DECAY, parameter("time", 3), parameter("y", 0), assigned("y", "2*w + x")).replace(
        "> w <", "> time <"
    )
    with pytest.raises(ModelError, match="“time”"):
        simulate(loaded(text), times=TIMES, engine="batch")
    found = simulate(loaded(text), times=TIMES, outputs=["y"], rtol=1e-10, atol=1e-12, engine="auto")
    assert found["y"].values[0] == pytest.approx(6 + np.exp(-TIMES), rel=1e-6)
