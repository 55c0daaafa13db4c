"""Identifiers, priors and parameter rows."""

from __future__ import annotations

import math
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from euthymia.records.base import KNOWN_PREFIXES, Bilingual, Curie, Source
from euthymia.records.parameter import Prior
from support import parameter

CURIE: Final = TypeAdapter(Curie)
POSITIVE: Final = st.floats(1e-3, 1e3)


@pytest.mark.parametrize(
    "curie",
    ["doi:10.1038/s41586-025-08813-6", "pmid:17620105", "pmc:PMC4334673", "chebi:6121", "CL:4023041", "go:0017146",
     "uniprot:P21237", "mesh:D003863", "url:https://example.org/a", "dossier:S02", "ncbitaxon:10090"],
)  # fmt: skip
def test_curies_of_the_field(curie: str) -> None:
    assert CURIE.validate_python(curie) == curie


@pytest.mark.parametrize(
    ("curie", "reason"),
    [("10.1038/x", "not an identifier"), ("doi:", "not an identifier"), ("dio:10.1038/x", "Did you mean “doi”"),
     ("doi:11.1038/x", "form of a doi"), ("pmid:PMC12", "form of a pmid"), ("go:17146", "form of a go"),
     ("url:ftp://x", "form of a url"), ("url:javascript:alert(1)", "form of a url"),
     ("chebi:61 21", "form of a chebi")],
)  # fmt: skip
def test_curies_that_are_refused(curie: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason.replace("(", r"\(").replace(")", r"\)")) as caught:
        CURIE.validate_python(curie)
    assert caught.value.error_count() == 1


@given(local=st.text(min_size=1, max_size=20))
def test_prefixes_are_checked_whatever_follows(local: str) -> None:
    with pytest.raises(ValidationError):
        CURIE.validate_python(f"nosuchprefix:{local}")
    assert "nosuchprefix" not in KNOWN_PREFIXES


def test_words_in_one_language_are_refused() -> None:
    for words in ({"en": "word"}, {"en": "word", "zh": ""}, {"en": "word", "zh": "词", "fr": "mot"}):
        with pytest.raises(ValidationError):
            Bilingual.model_validate(words)


def test_records_are_immutable_and_strict() -> None:
    source = Source(id="pmid:1", where="figure 1")
    with pytest.raises(ValidationError, match="frozen"):
        source.where = "elsewhere"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Source.model_validate({"id": "pmid:1", "where": 1})


@given(kind=st.sampled_from(["lognormal", "normal", "loguniform", "uniform"]), first=POSITIVE, width=POSITIVE)
def test_a_prior_is_read_as_written(kind: str, first: float, width: float) -> None:
    second = first + width if kind.endswith("uniform") else width
    prior = Prior.parse(f" {kind}( {first!r} ,{second!r}) ")
    assert (prior.kind, prior.first, prior.second) == (kind, first, second)


@pytest.mark.parametrize(
    "text", ["fixed", "lognormal(0.5, 0.3)", "normal(0, 0.15)", "loguniform(1, 20)", "uniform(-1, 2)"]
)
def test_a_prior_survives_writing(text: str) -> None:
    assert str(Prior.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "lognormal", "lognormal(1)", "lognormal(1,2,3)", "gamma(1, 2)", "lognormal(a, b)", "lognormal(0, 1)",
     "lognormal(-1, 1)", "lognormal(1, 0)", "normal(1, -1)", "loguniform(0, 1)", "loguniform(2, 1)", "uniform(1, 1)",
     "normal(nan, 1)", "normal(1, inf)", "uniform(-inf, 1)", "fixed(1)", "lognormal(1, 0.3); x"],
)  # fmt: skip
def test_impossible_priors_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parameter(prior=text)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"value": 2.0, "upper": 1.0}, "outside its bounds"), ({"lower": -1.0}, "must be positive"),
     ({"status": "calibrated"}, "fitted_sd"), ({"fitted_sd": 0.1}, "fitted_sd"),
     ({"status": "measured", "source": "a book"}, "must name an identifier"), ({"between_sd": -0.1}, "greater than"),
     ({"value": math.nan}, "finite"), ({"scale": "ln"}, "'log' or 'lin'"), ({"id": "2k"}, "pattern")],
)  # fmt: skip
def test_impossible_rows_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        parameter(**changes)


def test_the_centre_of_each_prior() -> None:
    assert parameter(prior="lognormal(2, 0.3)").centre == (math.log(2), 0.3)
    assert parameter(prior="fixed", value=3.0).centre == (math.log(3), 0.0)
    low, high = math.log(1), math.log(math.e**2)
    assert parameter(prior=f"loguniform(1, {math.e**2!r})").centre == pytest.approx((1, (high - low) / math.sqrt(12)))
    assert parameter(scale="lin", prior="uniform(0, 2)").centre == pytest.approx((1, 2 / math.sqrt(12)))
