"""What the evidence says about the parameters: contraction from prior to posterior, and the sampler's diagnostics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.calibration.fit import INFORMED
from euthymia.cohorts.draw import draw_values
from euthymia.credibility.given import ParameterDiagnosis
from euthymia.pipeline import Reproduction
from euthymia.records.parameter import Parameter
from euthymia.words import Message, msg

NARROWED: Final = 1 - INFORMED**2
"""Contraction from which the evidence narrows a parameter: its standard deviation falls below 90 % of the prior's."""
QUANTILES: Final = (np.arange(4000) + 0.5) / 4000
"""Where a prior is read for its standard deviation, which is then right to a thousandth."""
SURE_ERRORS: Final = 2.0
"""Standard errors within which a contraction counts as zero."""


@dataclass(frozen=True)
class Identifiability:
    """How much the evidence says about the uncertain parameters.

    Attributes
    ----------
    diagnoses
        One per uncertain parameter.
    draws
        Distinct draws of the ensemble.
    own
        Which parameters are the study's own.
    """

    diagnoses: tuple[ParameterDiagnosis, ...]
    draws: float
    own: frozenset[str]

    @property
    def narrowed(self) -> tuple[str, ...]:
        """Parameters whose standard deviation the evidence brings below 90 % of the prior's."""
        return tuple(one.id for one in self.diagnoses if one.felt is not False and one.contraction > NARROWED)

    @property
    def untouched(self) -> tuple[str, ...]:
        """Parameters that the evidence does not feel; where that is not known, those whose contraction cannot be told
        from zero with this number of draws.
        """
        limit = min(SURE_ERRORS * math.sqrt(2 / self.draws), NARROWED)
        return tuple(
            one.id for one in self.diagnoses if (not one.contraction > limit if one.felt is None else not one.felt)
        )

    @property
    def worst_rhat(self) -> float:
        """Largest R-hat; NaN where no chains are known."""
        return max((one.rhat for one in self.diagnoses if not math.isnan(one.rhat)), default=math.nan)

    @property
    def smallest_ess(self) -> float:
        """Smallest effective sample size; NaN where no chains are known."""
        return min((one.ess for one in self.diagnoses if not math.isnan(one.ess)), default=math.nan)

    @property
    def convergence(self) -> Message | None:
        """What the chains say; None where none are known."""
        if math.isnan(self.worst_rhat) or math.isnan(self.smallest_ess):
            return None
        return msg("Largest R-hat {rhat}, smallest effective sample size {ess}.",
                   rhat=f"{self.worst_rhat:.3f}", ess=f"{self.smallest_ess:.0f}")  # fmt: skip


def identifiability(
    run: Reproduction, diagnostics: Sequence[ParameterDiagnosis] | None = None
) -> Identifiability | None:
    """What the evidence says about the parameters; None for a study without calibrated draws.

    Parameters
    ----------
    run
        The study as it was run.
    diagnostics
        The diagnoses where they are known; computed from priors and ensemble, without chains, if left out.
    """
    ensemble = run.study.ensemble
    diagnostics = diagnostics or _known(run)
    own = frozenset(one.id for fragment in run.study.fitted for one in fragment.parameters)
    if diagnostics is not None:
        draws = ensemble.effective if ensemble is not None else min((one.ess for one in diagnostics), default=math.nan)
        return Identifiability(tuple(diagnostics), draws, own)
    if ensemble is None:
        return None
    values = dict(zip(ensemble.ids, ensemble.values.T, strict=True))
    uncertain = [one for one in run.mechanism.parameters if one.prior.kind != "fixed"]
    return Identifiability(
        tuple(_diagnosis(one, values, own=one.id in own) for one in uncertain), ensemble.effective, own
    )


def _known(run: Reproduction) -> Sequence[ParameterDiagnosis] | None:
    """What the study's calibration wrote down."""
    return [
        ParameterDiagnosis(one.id, one.prior_sd, one.posterior_sd, one.contraction, one.rhat, one.ess, one.felt)
        for one in run.study.diagnoses
    ] or None


def _diagnosis(parameter: Parameter, values: Mapping[str, npt.NDArray[np.float64]], *, own: bool) -> ParameterDiagnosis:
    """What happened to a parameter. One that is not in the ensemble is still drawn from its prior.

    Shared parameters start from what another study's calibration found, where one did.
    """
    start = parameter.model_copy(update={"fitted_sd": None}) if own else parameter
    before = _spread(parameter, draw_values(start, QUANTILES))
    after = _spread(parameter, values[parameter.id]) if parameter.id in values else before
    return ParameterDiagnosis(parameter.id, before, after, 1 - (after / before) ** 2 if before > 0 else math.nan)


def _spread(parameter: Parameter, values: npt.NDArray[np.float64]) -> float:
    return float(np.std(np.log(values) if parameter.scale == "log" else values))
