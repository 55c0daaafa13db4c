"""Quantities: parsed once, converted with both sides named, never guessed."""

from __future__ import annotations

import math
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from euthymia.errors import EuthymiaError, QuantityError
from euthymia.records.base import Concentration, Dose, Duration, PerDay, Time
from euthymia.units import CANONICAL, Quantity, conversion, dimension_of, parse_quantity, to_canonical
from support import only_problem

ROUNDING: Final = 1e-12
"""Two conversions of a float: a few units in the last place."""
UNITS: Final = ("mg/kg", "h", "d", "min", "h/day", "%", "umol/l", "nmol/kg", "1/h", "um", "", "µm")
NUMBERS: Final = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(value=NUMBERS, unit=st.sampled_from(UNITS))
def test_a_number_and_unit_are_read_as_written(value: float, unit: str) -> None:
    assert parse_quantity(f"{value!r} {unit}") == Quantity(value, unit)


@given(value=st.floats(1e-6, 1e6), units=st.sampled_from([("min", "d"), ("mg/kg", "g/kg"), ("umol/l", "nmol/l")]))
def test_conversion_there_and_back_is_the_identity(value: float, units: tuple[str, str]) -> None:
    there = Quantity(value, units[0]).to(units[1])
    assert Quantity(there, units[1]).to(units[0]) == pytest.approx(value, rel=ROUNDING)


@given(text=st.text(max_size=30).filter(lambda text: text.count("*") + text.count("^") < 2))
def test_any_text_is_a_quantity_or_one_error(text: str) -> None:
    try:
        quantity = parse_quantity(text)
    except QuantityError as error:
        assert len(error.problems) == 1
    else:
        assert math.isfinite(quantity.value)


def test_a_wrong_dimension_names_both_sides() -> None:
    problem = only_problem(lambda: parse_quantity("5 kg").to("mg/kg"))
    assert "“kg” ([mass])" in problem.text()
    assert "“mg/kg” (dimensionless)" in problem.text()


@pytest.mark.parametrize("text", ["5 kg", "5 h", "5", "5 %", "5 g/g"])
def test_a_dose_is_by_body_mass(text: str) -> None:
    with pytest.raises(ValidationError, match="mg/kg"):
        TypeAdapter(Dose).validate_python(text)


def test_dose_units_may_be_of_any_size() -> None:
    assert TypeAdapter(Dose).validate_python("0.005 g/kg").to("mg/kg") == pytest.approx(5, rel=ROUNDING)


@pytest.mark.parametrize(
    "text", ["nan mg/kg", "inf h", "1e999 h", "-1e999 h", "NaN", "∞ h", "", " ", "h", "5,5 h", "0x10 h"]
)
def test_what_is_not_a_finite_number_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("20 µmol/l", "nmol/l", 20_000), ("20 μmol/l", "nmol/l", 20_000), ("90 % ", "", 0.9), (".5e1 h", "min", 300)],
)
def test_units_as_laboratories_write_them(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text).to(unit) == pytest.approx(value, rel=ROUNDING)


@pytest.mark.parametrize(
    "text", ["٣ h", "5 ℎ", "5 h\u200b", "5 小时", "5 h; import os", "5 __class__", "5 h\x00", "5 " + "h" * 41]
)
def test_strange_letters_are_refused(text: str) -> None:
    try:
        value = parse_quantity(text).value
    except QuantityError:
        return
    assert value == 3.0  # an Arabic-Indic three is a three


def test_an_unknown_unit_suggests_the_nearest() -> None:
    assert "Did you mean “mg/kg”?" in only_problem(lambda: parse_quantity("5 mgg/kg")).text()


@pytest.mark.parametrize("kind", [Dose, Duration, Concentration, PerDay])
def test_lengths_and_amounts_are_not_negative(kind: type[Quantity]) -> None:
    example = {Dose: "mg/kg", Duration: "h", Concentration: "umol/l", PerDay: "h/day"}[kind]
    with pytest.raises(ValidationError, match="must not be negative"):
        TypeAdapter(kind).validate_python(f"-1 {example}")


def test_times_may_be_negative_and_need_a_unit() -> None:
    assert TypeAdapter(Time).validate_python("-3 d").to("h") == -72
    with pytest.raises(ValidationError, match="written with its unit"):
        TypeAdapter(Time).validate_python(3)


@pytest.mark.parametrize(
    ("name", "unit"),
    list(CANONICAL.items()),
)
def test_canonical_units_stay_themselves(name: str, unit: str) -> None:
    assert dimension_of(unit) == name
    assert to_canonical(2.5, unit) == 2.5


@pytest.mark.parametrize(
    "unit",
    ["d^9^9^9^9", "d^(9*9)^(9*9)^(9*9)", "(d^9)^9", "d**9", "d^99", "d^9e9", "d^ 9 ^9", "d^-9^9", "9^9^9^9*d",
     "sq square cubic d^9", "d cubed", "square d^9"],
)  # fmt: skip
def test_towers_of_powers_are_refused_and_not_computed(unit: str) -> None:
    with pytest.raises(QuantityError, match="is not a unit"):
        parse_quantity(f"1 {unit}")


@pytest.mark.parametrize(("unit", "value"), [("m^2", 1e4), ("m^ -2", 1e-4), ("(m^2)", 1e4), ("m^3/m*1", 1e4)])
def test_powers_of_one_digit_are_read(unit: str, value: float) -> None:
    target = "cm^-2" if value < 1 else "cm^2"
    assert parse_quantity(f"1 {unit}").to(target) == pytest.approx(value, rel=ROUNDING)


@pytest.mark.parametrize("unit", ["mg/kg", "h/day", "kelvin", "m^2"])
def test_units_outside_the_equations_are_refused(unit: str) -> None:
    with pytest.raises(QuantityError, match="dimension that the atlas does not use"):
        to_canonical(1, unit)


def test_a_factor_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(EuthymiaError):
        conversion("kg^400", "g^400")


def test_powers_of_powers_are_refused() -> None:
    with pytest.raises(QuantityError):
        parse_quantity("5 kg**2**3**2")


@given(value=st.floats(0.001, 1000))
def test_a_quantity_survives_writing(value: float) -> None:
    quantity = Quantity(value, "h")
    assert parse_quantity(str(quantity)) == quantity
