"""Antimony and SBML: what is not supported is refused by name, what is wrong has its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from euthymia.engine.reference import run
from euthymia.engine.refusals import reference_refusals
from euthymia.engine.schedule import Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.work import Work, reference_job
from euthymia.errors import ModelError, UnsupportedError
from euthymia.models.compose import compose
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.records.library import Fragment
from support import only_problem, parameter, problems_of

CORE: Final = "http://www.sbml.org/sbml/level3/version1/core"
DECAY: Final = "S1 -> ; k*S1; S1 = 10; k = 1"
MATH: Final = '<math xmlns="http://www.w3.org/1998/Math/MathML">{}</math>'
LAW: Final = "<kineticLaw>" + MATH.format("<ci> k </ci>") + "</kineticLaw>"
DELAYED: Final = (
    '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay"> delay </csymbol>'
    "<ci> S </ci><cn> 1 </cn></apply>"
)


def sbml(
    *,
    rules: str = "",
    reactions: str = "",
    value: str = 'value="1"',
    species: str = "",
    model: str = "",
    document: str = "",
) -> str:
    """A small level 3 document with compartment C, species S and parameters k and x."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{CORE}" level="3" version="1" {document}>'
        f'<model id="m" {model}><listOfCompartments><compartment id="C" size="1" constant="true"/></listOfCompartments>'
        f'<listOfSpecies><species id="S" compartment="C" initialAmount="1" hasOnlySubstanceUnits="false" '
        f'boundaryCondition="false" constant="false" {species}/></listOfSpecies>'
        f'<listOfParameters><parameter id="k" {value} constant="true"/><parameter id="x" value="1" constant="false"/>'
        f"</listOfParameters>"
        + (f"<listOfRules>{rules}</listOfRules>" if rules else "")
        + (f"<listOfReactions>{reactions}</listOfReactions>" if reactions else "")
        + "</model></sbml>"
    )


def reaction(*, law: str = LAW, fast: str = "false") -> str:
    return (
        f'<reaction id="R" reversible="false" fast="{fast}"><listOfReactants>'
        f'<speciesReference species="S" stoichiometry="1" constant="true"/></listOfReactants>{law}</reaction>'
    )


def test_a_small_document_is_accepted() -> None:
    model = load_model(sbml(reactions=reaction()))
    assert model.ids("species", "parameter", "reaction") == ["S", "k", "x", "R"]
    assert model.symbols["S"].role == "state"
    assert model.symbols["k"].role == "constant"
    assert model.symbols["x"].role == "input"


@pytest.mark.parametrize(
    ("text", "names"),
    [(sbml(rules=f'<rateRule variable="x">{MATH.format(DELAYED)}</rateRule>'), ["delay", "rateRule"]),
     (sbml(reactions=reaction(fast="true")), ["fast", "“R”"])],
)  # fmt: skip
def test_unsupported_elements_are_refused_by_name(text: str, names: list[str]) -> None:
    sentence = only_problem(lambda: load_model(text)).text()
    for name in names:
        assert name in sentence


@pytest.mark.parametrize(
    ("text", "names"),
    [(sbml(rules=f"<algebraicRule>{MATH.format('<ci> x </ci>')}</algebraicRule>"), ["algebraicRule"]),
     (sbml(reactions=reaction(law="")), ["kinetic law", "“R”"]),
     (sbml(reactions=reaction(), model='conversionFactor="k"'), ["conversionFactor"]),
     (sbml(reactions=reaction(), species='conversionFactor="k"'), ["conversionFactor", "“S”"])],
)  # fmt: skip
def test_what_the_reference_engine_cannot_do_is_named_by_it_alone(text: str, names: list[str]) -> None:
    model = load_model(text)
    [sentence] = [message.text() for message in reference_refusals(model)]
    with pytest.raises(ModelError) as caught:
        simulate(model, times=[0, 1], engine="reference")
    for name in names:
        assert name in sentence
        assert name in caught.value.text()
    assert simulate(model, times=[0, 1])["status"].values.tolist() == [0]


@pytest.mark.parametrize(
    ("text", "names"),
    [("x = 3; at x > 2, t0=false: x = 7", ["initialValue", "“_E0”"]),
     ("x' = 1; x = 0; at (x > 0.2) && (x < 0.3): x = 0", ["“_E0”", "inequality"]),
     ("x' = ceil(time); x = 0", ["“x”", "ceiling"]),
     ("x' = piecewise(1, k > 2, 0); k := time + 1; x = 0", ["“x”", "time"]),
     ("function f(a); piecewise(1, a > 2, 0); end; R: S -> ; f(time)*S; S = 1", ["“R”", "time"]),
     ("x' = piecewise(1, k > 2, 2, k > 1, 0); k' = 1; k = 0; x = 0", ["“x”", "piecewise"]),
     ("x' = piecewise(1, (k > 1) && (k < 1.1), 0); k' = 1; k = 0; x = 0", ["“x”", "and"]),
     ("x' = 1; x = 0; k = INF", ["“k”", "finite"]),
     ("compartment C; C := 1 + time; species S in C; S' = -S; S = 1", ["“S”", "rateRule", "assignmentRule"]),
     (sbml(rules='<rateRule variable="x"/>').replace('version="1"', 'version="2"').replace("version1", "version2"),
      ["rateRule", "“x”"])],
)  # fmt: skip
def test_what_the_reference_engine_may_get_wrong_is_named_by_it_alone(text: str, names: list[str]) -> None:
    model = load_model(text)
    with pytest.raises(ModelError) as caught:
        simulate(model, times=[0, 1], engine="reference")
    for name in names:
        assert name in caught.value.text()
    assert simulate(model, times=[0, 1])["status"].values.tolist() == [0]


@pytest.mark.parametrize("package", ["foo", "arrays", "spatial", "distrib", "dyn"])
def test_required_packages_are_refused(package: str) -> None:
    space = f"http://www.sbml.org/sbml/level3/version1/{package}/version1"
    text = sbml(reactions=reaction(), document=f'xmlns:{package}="{space}" {package}:required="true"')
    with pytest.raises(ModelError, match=package):
        load_model(text)


def test_every_unsupported_element_is_named_in_one_pass() -> None:
    text = sbml(
        rules=f'<rateRule variable="x">{MATH.format(DELAYED)}</rateRule>', reactions=reaction(fast="true", law="")
    )
    assert len(problems_of(lambda: load_model(text))) == 2


DOCTYPE: Final = '<!DOCTYPE sbml [<!ENTITY a "k">]>'


@pytest.mark.parametrize(
    "padding",
    [
        0,
        pytest.param(5000),
    ],
)
def test_a_document_type_is_refused(padding: int) -> None:
    before = f"<!--{'x' * padding}-->{DOCTYPE}"
    text = sbml(reactions=reaction()).replace("?>\n", f"?>\n{before}\n", 1)
    assert "document type" in only_problem(lambda: load_model(text)).text()


@pytest.mark.parametrize("text", ["<sbml/>", "<a>", "<?xml version='1.0'?><sbml", "<html><body/></html>"])
def test_what_is_not_sbml_is_refused(text: str) -> None:
    with pytest.raises(ModelError):
        load_model(text)


def imports(file: Path) -> dict[str, str]:
    return {
        "first word": f'import "{file}"\na = 1',
        "after spaces": f'\t import   "{file}"\na = 1',
        "single quotes": f"import '{file}'\na = 1",
        "after a statement": f'a = 1; import "{file}"\n',
        "after a comment": f'/* c */ import "{file}"\nmodel m()\n  A: other();\nend\n',
        "before a comment": f'import /* c */ "{file}"\na = 1',
        "on the next line": f'import \\\n "{file}"\na = 1',
        "between texts that look like a comment": f'a = 1; a is "/*"\nimport "{file}"\nb = 1; b is "*/"\n',
        "after a text that looks like a comment": f'a = 1; a is "#"; import "{file}"\n',
    }


@pytest.mark.parametrize("form", list(imports(Path())))
def test_an_import_is_refused(tmp_path: Path, form: str) -> None:
    file = tmp_path / "other.ant"
    file.write_text("model other()\n  secret = 1;\nend\n")
    with pytest.raises(ModelError, match="Antimony"):
        load_model(imports(file)[form])


def test_a_comment_about_import_is_left_alone() -> None:
    assert load_model("// import/export of glucose; important\n# an import of iron\na = 1\n").ids("parameter") == ["a"]


def test_text_and_files_of_both_languages(tmp_path: Path) -> None:
    model = load_model(DECAY)
    for name, text in (("decay.ant", DECAY), ("decay.xml", model.sbml), ("bom.xml", "\ufeff" + model.sbml)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert load_model(tmp_path / name).ids("species") == ["S1"]
        assert load_model(str(tmp_path / name)).ids("species") == ["S1"]
    assert load_model(model.sbml).digest == model.digest


def test_wrong_antimony_has_its_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.ant"
    file.write_text("a = 1\nb = = 2\n")
    problem = only_problem(lambda: load_model(file))
    assert str(problem.place) == f"{file}:2"


@pytest.mark.parametrize("text", ["é = 1;\n", "ó\n", "a = 1; 氯胺酮 -> b\n", "a = é;\n", "S1 -> ; k*Ünten\n"])
def test_letters_outside_of_ascii_are_one_error(text: str) -> None:
    assert "Antimony" in only_problem(lambda: load_model(text)).text()


def test_a_model_after_a_wrong_one_is_not_affected() -> None:
    digest = load_model(DECAY).digest
    with pytest.raises(ModelError):
        load_model("a = = 1")
    assert load_model(DECAY).digest == digest


@pytest.mark.parametrize("text", ["x' = -k*x; x = 1;", "S1 -> ; k*S1; k = 1; species S1;", "x := y + 1;"])
def test_a_missing_value_is_named(text: str) -> None:
    missing = {"x' = -k*x; x = 1;": "k", "x := y + 1;": "y"}.get(text, "S1")
    assert f"“{missing}”" in problems_of(lambda: simulate(load_model(text), times=[0, 1]))[0].text()


def test_units_are_written_for_people() -> None:
    text = "unit time_unit = 3600 second; unit nM = 1e-9 mole/litre; x' = -k*x; x = 1; x has nM; k = 1;"
    model = load_model(text)
    assert model.time_unit == "hour"
    assert model.output_unit("x") == "(1e-09 mole) * litre^-1"


def test_a_quantity_may_be_defined_by_one_fragment_only() -> None:
    for first in (parameter("k"), parameter("k", 2.0)):
        fragments = [Fragment("one", "x := k;", (first,)), Fragment("two", "y := k;", (parameter("k"),))]
        text = only_problem(lambda fragments=fragments: compose("m", fragments)).text()
        assert "“k”" in text
        assert "one" in text
        assert "two" in text


@pytest.mark.parametrize("kind", ["x := {};", "x' = {}; x = 0;"])
def test_a_variable_may_be_defined_by_one_fragment_only(kind: str) -> None:
    with pytest.raises(ModelError):
        compose("m", [Fragment("common", kind.format(1), ()), Fragment("own", kind.format(2), ())])


def test_an_unused_parameter_is_refused() -> None:
    problem = only_problem(lambda: compose("m", [Fragment("own", "x := rate;", (parameter("rate"), parameter("rat")))]))
    assert "“rat” of own" in problem.text()
    assert "Did you mean “rate”?" in problem.text()


def test_an_undefined_symbol_names_the_nearest_parameter() -> None:
    problem = only_problem(lambda: compose("m", [Fragment("own", "x := growht*growth;", (parameter("growth"),))]))
    assert "“growht”" in problem.text()
    assert "Did you mean “growth”?" in problem.text()


def test_wrong_text_has_the_line_of_its_fragment() -> None:
    fragments = [Fragment("first", "// a\n\nx := 1;", ()), Fragment("second", "y := 2;\n\nz := := 3;", ())]
    problem = only_problem(lambda: compose("m", fragments))
    assert problem.place is not None
    assert "second" in str(problem.place.file)
    assert problem.place.line == 3


def test_composition_uses_the_units_of_the_equations() -> None:
    mechanism = compose("m", [Fragment("own", "x' = -x/t; x = 1;", (parameter("t", 30.0, unit="min"),))])
    assert mechanism.values() == {"t": 0.5}
    assert mechanism.model.symbols["t"].value == 0.5
    assert mechanism.model.time_unit == "hour"


def test_a_model_that_libroadrunner_cannot_load_is_refused_in_a_sentence() -> None:
    broken = load_model(DECAY)
    text = broken.sbml.replace("<ci> k </ci>", "<ci> nothing </ci>")
    assert text != broken.sbml
    job = reference_job(work_of(replace(broken, sbml=text)))
    assert "libRoadRunner cannot load the model" in only_problem(lambda: run(job)).text()


def work_of(model: Model) -> Work:
    return Work(model, "reference", (), np.empty((1, 0)), (Schedule(),), (0.0, 1.0), ("S1",), 1e-6, 1e-9)


def test_where_the_batched_engine_supports_too_little_libroadrunner_takes_over() -> None:
    model = load_model(sbml().replace('id="k"', 'id="time"'))
    with pytest.raises(UnsupportedError):
        simulate(model, times=[0, 1], engine="batch")
    result = simulate(model, times=[0, 1], outputs=["x"])
    assert result["x"].values.tolist() == [[1, 1]]
    assert "libRoadRunner" in result.attrs["engine"]
