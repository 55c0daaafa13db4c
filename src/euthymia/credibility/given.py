"""What a card is given besides the study and its runs; what is left out counts as not computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from euthymia.findings.verdict import Verdict
from euthymia.words import Message, msg


@dataclass(frozen=True)
class ParameterDiagnosis:
    """What the evidence did to one uncertain parameter.

    Attributes
    ----------
    id
        The parameter.
    prior_sd, posterior_sd
        Standard deviations on the parameter's scale (of the logarithm where it is logarithmic); the prior is cut off
        at its bounds.
    contraction
        One minus posterior over prior variance; one where the evidence fixes the parameter, zero where it does not
        touch it.
    rhat, ess
        Rank-normalised split R-hat and effective sample size of its chains; NaN where no chains are known.
    felt
        Whether the evidence moves when the parameter does; None where this is not known.

    References
    ----------
    R-hat and effective sample size: Vehtari et al. 2021, Bayesian Analysis 16:667.
    """

    id: str
    prior_sd: float
    posterior_sd: float
    contraction: float
    rhat: float = math.nan
    ess: float = math.nan
    felt: bool | None = None


@dataclass(frozen=True)
class NullCompetitor:
    """A mechanism with a direct arrow from drug to mood, scored beside the study's own.

    Attributes
    ----------
    findings
        Number of findings kept to test that both were scored on.
    own_score, null_score
        Mean log score of each on these findings; higher is better.
    low, high
        95 % interval of the difference, own minus null.
    log_evidence_difference
        Log marginal likelihood of the study's mechanism minus that of the null; NaN where not known.
    """

    findings: int
    own_score: float
    null_score: float
    low: float
    high: float
    log_evidence_difference: float = math.nan

    @property
    def difference(self) -> float:
        """Mean log score of the study's mechanism minus that of the null."""
        return self.own_score - self.null_score

    @property
    def beaten(self) -> bool:
        """Whether the whole interval of the difference is above zero."""
        return self.low > 0

    @property
    def separated(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class SecondRun:
    """The same run with another number of workers: `bits` is the hash of its verdicts (see `verdict_bits`)."""

    workers: int
    bits: str


@dataclass(frozen=True)
class SecondSolver:
    """The batched engine beside libRoadRunner.

    Attributes
    ----------
    name
        The other solver.
    quantities
        Number of quantities compared.
    difference
        Largest difference, relative to the largest value of its quantity.
    tolerance
        Difference up to which both count as the same.
    """

    name: str
    quantities: int
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether all quantities are the same within the tolerance."""
        return self.difference <= self.tolerance

    @property
    def sentence(self) -> Message:
        """What was compared, and how far it lies apart."""
        return msg("{name}: {count} quantities, largest relative difference {difference}.",
                   name=self.name, count=self.quantities, difference=f"{self.difference:.1e}")  # fmt: skip


@dataclass(frozen=True)
class Supplied:
    """Results that are computed elsewhere; each may be missing.

    Attributes
    ----------
    diagnostics
        One per uncertain parameter; computed from priors and ensemble, without chains, if left out.
    recalibrated
        By ablation id, the verdicts by finding id of the model that was calibrated again without the link.
    whole
        The verdicts of the whole model that `recalibrated` are compared with, which were computed with the same effort;
        those of the run if left out.
    null
        The null competitor.
    second_run
        A second run with another number of workers.
    second_solver
        A comparison of solvers.
    """

    diagnostics: Sequence[ParameterDiagnosis] | None = None
    recalibrated: Mapping[str, Mapping[str, Verdict]] | None = None
    whole: Mapping[str, Verdict] | None = None
    null: NullCompetitor | None = None
    second_run: SecondRun | None = None
    second_solver: SecondSolver | None = None
