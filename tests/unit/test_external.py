"""Model definitions in other SBML files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from euthymia.engine.simulate import simulate
from euthymia.models.load import load_model
from support import only_problem

CORE: Final = "http://www.sbml.org/sbml/level3/version1/core"
COMP: Final = "http://www.sbml.org/sbml/level3/version1/comp/version1"
INNER: Final = (
    f'<sbml xmlns="{CORE}" level="3" version="1"><model id="inner"><listOfParameters>'
    '<parameter id="x" value="3" constant="false"/></listOfParameters><listOfRules><rateRule variable="x">'
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><cn>2</cn></math></rateRule></listOfRules></model></sbml>'
)


def outer(source: str, *, submodel: str = "") -> str:
    return (
        f'<sbml xmlns="{CORE}" xmlns:comp="{COMP}" level="3" version="1" comp:required="true"><model id="outer">'
        '<comp:listOfSubmodels><comp:submodel comp:id="A" comp:modelRef="E"/></comp:listOfSubmodels></model>'
        f'<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="E" comp:source="{source}" '
        f"{submodel}/></comp:listOfExternalModelDefinitions></sbml>"
    )


def test_a_model_definition_in_a_file_beside_the_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "inner.xml").write_text(INNER, encoding="utf-8")
    (tmp_path / "middle.xml").write_text(outer("inner.xml"), encoding="utf-8")
    (tmp_path / "outer.xml").write_text(outer("middle.xml"), encoding="utf-8")
    for name, output in (("middle.xml", "A__x"), ("outer.xml", "A__A__x")):
        result = simulate(load_model(tmp_path / name), times=[0, 2], outputs=[output])
        assert result[output].values[0] == pytest.approx([3, 7])


@pytest.mark.parametrize("source", ["none.xml", "../inner.xml", "/etc/hostname", "file:inner.xml", "http://a.org/m"])
def test_no_other_file_is_read(tmp_path: Path, source: str) -> None:
    (tmp_path / "inner.xml").write_text(INNER, encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, inside in (("outer.xml", "middle.xml"), ("middle.xml", source)):
        (folder / name).write_text(outer(inside), encoding="utf-8")
    sentence = only_problem(lambda: load_model(folder / "outer.xml")).text()
    assert "externalModelDefinition “E”" in sentence
    assert f"“{source}”" in sentence


def test_files_that_name_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(outer("b.xml"), encoding="utf-8")
    (tmp_path / "b.xml").write_text(outer("a.xml"), encoding="utf-8")
    assert "lead back" in only_problem(lambda: load_model(tmp_path / "a.xml")).text()


def test_a_file_beside_the_document_may_not_declare_entities(tmp_path: Path) -> None:
    (tmp_path / "inner.xml").write_text(f'<!DOCTYPE sbml [<!ENTITY a "k">]>{INNER}', encoding="utf-8")
    (tmp_path / "outer.xml").write_text(outer("inner.xml"), encoding="utf-8")
    assert "document type" in only_problem(lambda: load_model(tmp_path / "outer.xml")).text()


def test_a_text_has_no_files_beside_it() -> None:
    assert "externalModelDefinition" in only_problem(lambda: load_model(outer("inner.xml"))).text()
