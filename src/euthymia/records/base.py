"""What all records share: strictness, bilingual text, quantities by dimension, identifiers, sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from euthymia.errors import QuantityError, suggestion
from euthymia.units import Quantity, conversion, parse_quantity
from euthymia.words import Message, Text, msg

KNOWN_PREFIXES: Final = (
    "doi", "pmid", "pmc", "uniprot", "hgnc", "mgi", "ncbigene", "chebi", "pubchem.compound", "uberon", "cl",
    "ncbitaxon", "mesh", "go", "hp", "mp", "obi", "pato", "efo", "mba", "dossier", "url", "isbn",
)  # fmt: skip
"""Prefixes of the identifiers that the atlas accepts, in lower case, as in the Bioregistry; ``mba`` is the Allen
mouse brain atlas; ``dossier`` is a file of the folder ``docs/evidence``; ``url`` is a page without a better id."""

_LOCAL_FORM: Final = {
    "doi": r"10\.\d{4,9}/\S+",
    "pmid": r"\d{1,8}",
    "pmc": r"PMC\d+",
    "uniprot": r"[A-Z0-9]{6,10}",
    "hgnc": r"\d+",
    "mgi": r"\d+",
    "ncbigene": r"\d+",
    "chebi": r"\d+",
    "pubchem.compound": r"\d+",
    "uberon": r"\d{7}",
    "cl": r"\d{7}",
    "go": r"\d{7}",
    "ncbitaxon": r"\d+",
    "mesh": r"[A-Z]\d+(\.\d+)*",
    "mba": r"\d+",
    "url": r"https?://\S+",
}


def refuse(message: Message) -> PydanticCustomError:
    """An error for a validator to raise, carrying a translatable sentence."""
    return PydanticCustomError("euthymia", "{message}", {"message": message})


class Record(BaseModel):
    """Base of all records: immutable, no unknown keys, no silent coercion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Bilingual(Record):
    """Words of a study in English and Chinese."""

    en: Annotated[str, Field(min_length=1)]
    zh: Annotated[str, Field(min_length=1)]

    @property
    def text(self) -> Text:
        """The words as something that messages and pages can show."""
        return Text(self.en, self.zh)


def _quantity(unit: str, *, pattern: str | None = None) -> Callable[[object], Quantity]:
    def check(value: object) -> Quantity:
        if isinstance(value, Quantity):
            return value
        if not isinstance(value, str):
            raise refuse(
                msg(
                    "A quantity is written with its unit, as in “{example}”; found “{found}”.",
                    example=f"5 {unit}",
                    found=value,
                )
            )
        try:
            quantity = parse_quantity(value)
            conversion(quantity.unit, unit)
        except QuantityError as error:
            raise refuse(error.problems[0].message) from error
        if pattern and not re.search(pattern, quantity.unit):
            raise refuse(msg("“{found}” must have a unit of the form “{expected}”.", found=value, expected=unit))
        return quantity

    return check


def _not_negative(quantity: Quantity) -> Quantity:
    if quantity.value < 0:
        raise refuse(msg("“{found}” must not be negative.", found=quantity))
    return quantity


def _schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example], "description": f"number and unit, as in {example}"})


_TEXT = PlainSerializer(str, return_type=str)

Time = Annotated[Quantity, BeforeValidator(_quantity("d")), _TEXT, _schema("21 d")]
"""A point in time; day 0 is the treatment by convention, so times may be negative."""
Duration = Annotated[Quantity, BeforeValidator(_quantity("h")), AfterValidator(_not_negative), _TEXT, _schema("30 min")]
"""A length of time, not negative."""
Dose = Annotated[
    Quantity,
    BeforeValidator(_quantity("mg/kg", pattern=r"/\s*(kg|kilogram)")),
    AfterValidator(_not_negative),
    _TEXT,
    _schema("5 mg/kg"),
]
"""A dose by body mass."""
Concentration = Annotated[
    Quantity, BeforeValidator(_quantity("umol/l")), AfterValidator(_not_negative), _TEXT, _schema("20 umol/l")
]
"""A concentration."""
PerDay = Annotated[
    Quantity,
    BeforeValidator(_quantity("h/day", pattern=r"/\s*(d|day)")),
    AfterValidator(_not_negative),
    _TEXT,
    _schema("2 h/day"),
]
"""Time per day that a daily session takes."""


def _curie(value: str) -> str:
    prefix, colon, local = value.partition(":")
    if not colon or not local:
        raise refuse(
            msg("“{found}” is not an identifier of the form prefix:local, as in “doi:10.1038/…”.", found=value)
        )
    if prefix.lower() not in KNOWN_PREFIXES:
        raise refuse(msg("The identifier prefix “{found}” is not known. {suggestion}",
                         found=prefix, suggestion=suggestion(prefix.lower(), KNOWN_PREFIXES)))  # fmt: skip
    form = _LOCAL_FORM.get(prefix.lower())
    if form and not re.fullmatch(form, local):
        raise refuse(msg("“{found}” does not have the form of a {prefix} identifier.", found=value, prefix=prefix))
    return value


Curie = Annotated[str, AfterValidator(_curie)]
"""A compact identifier; its form and prefix are checked, offline."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
"""An id inside a study: a letter, then letters, digits, underscores."""


class Source(Record):
    """Where a statement or number stands, precisely enough to find it again."""

    id: Curie
    where: Annotated[str, Field(min_length=1, description="table, figure, section or line")]
    grade: Annotated[str, Field(description="how it was read: RAW, FIG, ABS, NEWS, SEED, LIT, GK")] = "LIT"
    note: str | None = None
