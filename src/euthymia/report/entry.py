"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from euthymia.credibility import Card, Supplied, credibility_card
from euthymia.doses import Ladder
from euthymia.findings.scorecard import Scorecard
from euthymia.pipeline import Reproduction
from euthymia.recordings import Recorded


@dataclass(frozen=True)
class StudyEntry:
    """One study of a report.

    Attributes
    ----------
    reproduction
        The study as it was run.
    ablated
        By ablation id, the scorecard of the run with that link cut; empty where no link was cut.
    baseline
        The whole model on the same animals as the cut ones; the reproduction's own scorecard if left out.
    ladders
        What read-outs do as an intervention grows.
    supplied
        What the credibility card needs besides these runs; what the study's folder holds of it if left out.
    recorded
        Neurons of the simulated animals, decoded.
    """

    reproduction: Reproduction
    ablated: Mapping[str, Scorecard]
    baseline: Scorecard | None = None
    ladders: tuple[Ladder, ...] = ()
    supplied: Supplied | None = None
    recorded: tuple[Recorded, ...] = ()

    @property
    def before(self) -> Scorecard:
        """What the cut models are compared with."""
        return self.baseline or self.reproduction.scorecard

    @property
    def prior(self) -> Mapping[str, float]:
        """By finding id, the probability before calibration; empty where it was not computed."""
        challenge = self.reproduction.study.challenge
        return challenge.prior if challenge else {}

    @property
    def id(self) -> str:
        """The study's id."""
        return self.reproduction.study.id

    @cached_property
    def card(self) -> Card:
        """How far the study's result can be trusted."""
        return credibility_card(self.reproduction, before=self.before, ablated=self.ablated, supplied=self.supplied)
