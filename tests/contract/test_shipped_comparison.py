"""The comparison that the package ships is what the joined model gives today."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from euthymia.comparing import compare
from euthymia.site.compared import SHIPPED, read_compared
from support import ATLAS_STUDIES

CLOSE: Final = 1e-3
"""Numbers are kept to a thousandth of a standard deviation."""


@pytest.fixture(scope="module")
def shipped() -> Any:
    return json.loads((SHIPPED / "compare.json").read_text(encoding="utf-8"))


def test_it_is_of_this_model_and_of_all_its_interventions(shipped: Any) -> None:
    name = "ketamine"
    again = compare([name], animals=shipped["animals"], seed=shipped["seed"], days=shipped["days"], doses=False,
                    repeats=False, known=False)  # fmt: skip
    for key in ("joined", "model_sha256", "catalogue_sha256", "seed", "draws"):
        assert again.provenance[key] == shipped["provenance"][key], f"{key}: run make compared"
    assert shipped["provenance"]["joined"] == list(ATLAS_STUDIES)
    kept = next(one for one in shipped["interventions"] if one["id"] == name)
    for part, values in again.compared[0].reliefs.to_dict().items():
        assert values == pytest.approx(kept["reliefs"][part], abs=CLOSE), "run make compared"


def test_the_site_reads_it() -> None:
    found = read_compared(SHIPPED)
    assert found.command == "euthymia compare --animals 100 --seed 1 --days 70"
    assert len(found.told.interventions) > 50
