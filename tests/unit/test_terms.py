"""Published findings as statements about estimates: what is known of each, and with whom it shares its error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import free_parameters
from euthymia.calibration.likelihood import JointIntervals
from euthymia.calibration.terms import Term, correlation, terms_of
from euthymia.records.finding import Finding
from euthymia.records.folder import StudyFolder
from euthymia.units import parse_quantity
from support import OwnStudy, finding

Array = npt.NDArray[np.float64]
ROUNDING: Final = 1e-12
READ: Final = {"arm": "treated", "assay": "forced_swim", "time": "6 h"}
FIRING: Final = {**READ, "assay": "firing_rate"}
VEHICLE: Final = {"arm": "vehicle"}


@pytest.fixture
def study(own_study: OwnStudy) -> StudyFolder:
    return own_study.load()


def made(kind: str, **fields: Any) -> Finding:
    read = {} if kind == "series" else {"reading": READ}
    return finding(kind, **{"use": "calibrate", "experiment": "swim"} | read | fields)


def terms(study: StudyFolder, *findings: Finding) -> list[Term]:
    return terms_of(study, list(findings))


def log_probability(term: Term, size: Array) -> Array:
    """Of the published statement, for each true size of its contrast."""
    low, high = (((edge - size) / term.error)[:, None] for edge in (term.low, term.high))
    joint = JointIntervals(np.eye(1), np.array([term.low == term.high]))
    return np.asarray(-0.5 * joint.residuals(low, high)[:, 0] ** 2)


def test_a_number_with_its_error_is_known_exactly(study: StudyFolder) -> None:
    reported = {"value": 50.0, "sem": 6.0, "unit": "%", "n": (10, 10)}
    reading, against = {**FIRING, "since": "-1 h"}, VEHICLE
    (term,) = terms(study, made("change", reading=reading, against=against, low=35.0, high=65.0, reported=reported))
    assert (term.low, term.high, term.error) == (50.0, 50.0, 6.0)


def test_a_number_without_its_error_lies_between_its_limits(study: StudyFolder) -> None:
    (term,) = terms(study, made("change", reading=FIRING, low=135.0, high=165.0, reported={"n": (10,)}))
    assay = study.library.assays["firing_rate"]
    assert (term.low, term.high) == (135.0, 165.0)
    assert term.error == pytest.approx(assay.animal_sd / 10**0.5, rel=ROUNDING)


def test_significant_means_beyond_the_critical_value(study: StudyFolder) -> None:
    (less,) = terms(study, made("less", against=VEHICLE))
    (greater,) = terms(study, made("greater", against=VEHICLE))
    error = study.library.assays["forced_swim"].animal_sd * (2 / 10) ** 0.5
    critical = float(stats.t.ppf(0.975, 18)) * error
    assert less.error == pytest.approx(error, rel=ROUNDING)
    assert (less.low, less.high) == (-np.inf, pytest.approx(-critical, rel=ROUNDING))
    assert (greater.low, greater.high) == (pytest.approx(critical, rel=ROUNDING), np.inf)


def test_a_p_value_is_a_distance(study: StudyFolder) -> None:
    """For an assay with the error that is assumed, and the wider the farther it lies from zero."""
    near, far = (terms(study, made("less", against=VEHICLE, reported={"p": p, "n": (8, 8)}))[0] for p in (0.04, 1e-8))
    error = study.library.assays["forced_swim"].animal_sd * (2 / 8) ** 0.5
    for term, p in ((near, 0.04), (far, 1e-8)):
        assert term.low == term.high == pytest.approx(-stats.t.isf(p / 2, 14) * error, rel=1e-6)
    assert error < near.error < far.error


def test_a_tiny_p_value_says_more_than_significance(study: StudyFolder) -> None:
    """A small effect is less likely after 1e-8 than after “p < 0.05”, beside the effect that suits each best.

    Effects below a tenth of the animals' deviation are left out. There both are all but excluded, and 1e-8 a little
    less, since its distance in standard errors is known only up to the spread between laboratories.
    """
    sizes = -np.linspace(0, 12, 241) * study.library.assays["forced_swim"].animal_sd
    n = {"n": (8, 8)}
    (known,) = terms(study, made("less", against=VEHICLE, reported={"p": 1e-8, **n}))
    (beyond,) = terms(study, made("less", against=VEHICLE, reported=n))
    lost = [log_probability(term, sizes).max() - log_probability(term, sizes) for term in (known, beyond)]
    small = (sizes < -0.1 * study.library.assays["forced_swim"].animal_sd) & (
        sizes > -2 * study.library.assays["forced_swim"].animal_sd
    )
    assert (lost[0][small] > lost[1][small]).all()


def test_an_absence_lies_within_the_margin(study: StudyFolder) -> None:
    (usual,) = terms(study, made("no_difference", against=VEHICLE))
    (given,) = terms(study, made("no_difference", against=VEHICLE, margin=7.0))
    margin = study.library.assays["forced_swim"].margin(change=False)
    assert (usual.low, usual.high) == (-margin, margin)
    assert (given.low, given.high) == (-7.0, 7.0)


def test_an_ordering_has_a_term_for_each_step_and_steps_share_a_group(study: StudyFolder) -> None:
    steps = terms(study, made("ordering", reading=FIRING, rising=(VEHICLE, {"time": "7 d"}, {"time": "6 h"})))
    assert len(steps) == 2
    assert all(term.low > 0 and term.high == np.inf for term in steps)
    assert correlation(steps)[0, 1] == pytest.approx(-0.5, rel=ROUNDING)


def test_a_claim_about_several_days_has_a_term_for_each(study: StudyFolder) -> None:
    lasts = terms(study, made("lasts_until", direction="less", against=VEHICLE, until="1 d"))
    gone = terms(study, made("gone_by", direction="less", against=VEHICLE, by="1 d"))
    margin = study.library.assays["forced_swim"].margin(change=False)
    assert [len(lasts), len(gone)] == [2, 2]
    assert all(term.high < 0 for term in lasts)
    assert [(term.low, term.high) for term in gone] == [(-margin, np.inf)] * 2
    assert correlation(lasts)[0, 1] == 0, "other days, other errors"


def test_two_contrasts_with_one_control_arm_share_half_of_their_error(study: StudyFolder) -> None:
    pair = terms(
        study, made("less", against=VEHICLE), made("less", reading={**READ, "arm": "knock_out"}, against=VEHICLE)
    )
    assert correlation(pair)[0, 1] == pytest.approx(0.5, rel=ROUNDING)


def test_a_p_value_shares_less_as_its_error_is_wider(study: StudyFolder) -> None:
    other = made("less", reading={**READ, "arm": "knock_out"}, against=VEHICLE, reported={"n": (8, 8)})
    pair = terms(study, made("less", against=VEHICLE, reported={"p": 1e-8, "n": (8, 8)}), other)
    assert 0 < correlation(pair)[0, 1] < 0.5
    assert correlation(pair)[0, 0] == 1


def since(study: StudyFolder, time: str) -> StudyFolder:
    series = study.record.series[0].model_copy(update={"since": parse_quantity(time)})
    return replace(study, record=study.record.model_copy(update={"series": (series,)}))


def test_points_of_a_series_are_known_and_share_the_time_they_start_from(study: StudyFolder) -> None:
    whole = made("series", series="firing_course")
    apart, joined = terms(study, whole), terms(since(study, "-1 h"), whole)
    assert [(term.low, term.high, term.error) for term in apart] == [(148, 148, 6), (125, 125, 6), (100, 100, 6)]
    np.testing.assert_array_equal(correlation(apart), np.eye(3))
    np.testing.assert_allclose(correlation(joined), 0.5 + 0.5 * np.eye(3), rtol=ROUNDING)


def test_what_a_series_tells_is_not_told_twice(study: StudyFolder) -> None:
    whole, single = made("series", series="firing_course"), made("greater", reading=FIRING, against={"time": "-1 h"})
    assert len(terms(study, single)) == 1
    assert len(terms(study, single, whole)) == len(terms(study, whole))


def test_an_assay_that_the_mechanism_does_not_have_gives_no_term(study: StudyFolder) -> None:
    other = next(name for name, assay in study.library.assays.items() if assay.latent is None and name != "firing_rate")
    assert terms(study, made("less", reading={**READ, "assay": other}, against=VEHICLE)) == []


def changed(one: Finding) -> Finding:
    """Another claim in the place of a finding that is kept for validation."""
    swapped = {"arm": "vehicle", "assay": "forced_swim", "time": "7 d"}
    return made("greater", id=one.id, use=one.use, reading=swapped, against={"arm": "treated"}, reported={"p": 1e-9})


def test_findings_kept_for_validation_never_enter(study: StudyFolder) -> None:
    """Neither what they say nor that they are there changes a bit of the evidence."""
    free, _ = free_parameters(study)
    positions = np.random.default_rng(1).normal(size=(3, len(free)))
    findings = study.record.findings
    others = [
        tuple(changed(one) if one.use == "validate" else one for one in findings),
        tuple(one for one in findings if one.use == "calibrate"),
    ]
    reference = Evidence(study, free)
    kept = {one.id for one in findings if one.use == "validate"}
    assert kept
    assert kept & {term.finding for term in reference.terms} == set()
    for claims in others:
        record = study.record.model_copy(update={"findings": claims})
        other = Evidence(replace(study, record=record), free)
        np.testing.assert_array_equal(other.residuals(positions), reference.residuals(positions))
        np.testing.assert_array_equal(other.correlation, reference.correlation)


def test_imagined_statements_agree_with_where_they_were_imagined(study: StudyFolder) -> None:
    """Known estimates scatter by their error; an interval becomes the one in which the estimate lies."""
    free, _ = free_parameters(study)
    evidence, centre = Evidence(study, free), np.zeros(len(free))
    known = evidence.low == evidence.high
    rng = np.random.default_rng(1)
    distances = []
    for _ in range(20):
        made = evidence.imagined(centre, rng)
        assert (made.low[~known] < made.high[~known]).all()
        assert ((made.low == evidence.low) | (made.low == evidence.high) | np.isinf(made.low))[~known].all()
        distances.append((made.low - evidence.sizes(centre[None])[0])[known] / evidence.error[known])
    assert np.std(distances) == pytest.approx(1, abs=0.25)
