"""The credibility card of a study, and that of the atlas. All of it is computed; nothing is written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.credibility import findings_rules, project_rules
from euthymia.credibility.again import Reproducibility
from euthymia.credibility.challenged import supplied_from
from euthymia.credibility.checks import Rule
from euthymia.credibility.counts import Coverage, FindingCounts, ParameterStatuses, added
from euthymia.credibility.facts import gather
from euthymia.credibility.given import NullCompetitor, SecondSolver, Supplied
from euthymia.credibility.identify import Identifiability
from euthymia.credibility.layout import atlas_layout, study_layout
from euthymia.findings.scorecard import Scorecard
from euthymia.pipeline import Reproduction
from euthymia.words import Text

RULES: Final = (
    findings_rules.context, findings_rules.data, findings_rules.evaluation, findings_rules.limitations,
    project_rules.version_control, project_rules.documents, project_rules.dissemination, project_rules.reviews,
    project_rules.competitors, project_rules.standards,
)  # fmt: skip
"""The ten rules for credible practice of modelling and simulation in healthcare, in their order.

References
----------
Erdemir et al. 2020, J Transl Med 18:369, doi:10.1186/s12967-020-02540-4.
"""


@dataclass(frozen=True)
class Card:
    """How far a study's result can be trusted.

    Attributes
    ----------
    study
        The study's id.
    name
        Its name.
    findings
        How many findings of each use have each verdict.
    parameters
        Where the parameters of the model come from.
    identifiability
        What the evidence says about them; None for a study without calibrated draws.
    ablation
        What cutting links shows, everything else left as it was; None where none was cut.
    recalibrated
        The same with the rest calibrated again; None where that was not done.
    null
        The null competitor; None where it was not scored.
    solver
        A second solver; None where none was tried.
    reproducibility
        What is needed to make the numbers again.
    rules
        The ten rules with their grades.
    not_covered
        What the study says it does not cover.
    """

    study: str
    name: Text
    findings: FindingCounts
    parameters: ParameterStatuses
    identifiability: Identifiability | None
    ablation: Coverage | None
    recalibrated: Coverage | None
    null: NullCompetitor | None
    solver: SecondSolver | None
    reproducibility: Reproducibility
    rules: tuple[Rule, ...]
    not_covered: tuple[Text, ...]

    def to_json(self) -> str:
        """The card as JSON, texts in both languages; numbers that do not exist are null (see `STUDY_LAYOUT`)."""
        return json.dumps(study_layout(self), ensure_ascii=False, indent=2, allow_nan=False)


@dataclass(frozen=True)
class AtlasCard:
    """The cards of several studies together."""

    cards: tuple[Card, ...]

    @property
    def findings(self) -> FindingCounts:
        """The findings of all studies."""
        return added(card.findings for card in self.cards)

    @property
    def parameters(self) -> ParameterStatuses:
        """The parameters of all studies; shared ones count once."""
        own = {f"{card.study} {name}": status for card in self.cards for name, status in card.parameters.own.items()}
        shared = {name: status for card in self.cards for name, status in card.parameters.shared.items()}
        return ParameterStatuses(own, shared)

    @property
    def lowest(self) -> Mapping[str, int]:
        """By rule id, the lowest grade of any study: the atlas has no better one."""
        grades: dict[str, int] = {}
        for rule in (rule for card in self.cards for rule in card.rules):
            grades[rule.id] = min(rule.grade, grades.get(rule.id, rule.grade))
        return grades

    def to_json(self) -> str:
        """The card as JSON, with those of the studies (see `ATLAS_LAYOUT`)."""
        return json.dumps(atlas_layout(self), ensure_ascii=False, indent=2, allow_nan=False)


def credibility_card(
    run: Reproduction,
    *,
    before: Scorecard | None = None,
    ablated: Mapping[str, Scorecard] | None = None,
    supplied: Supplied | None = None,
) -> Card:
    """The card of a study.

    Parameters
    ----------
    run
        The study as it was run.
    before
        The whole model on the same animals as the cut ones; the run's own scorecard if left out.
    ablated
        By ablation id, the scorecard of the run with that link cut.
    supplied
        What is computed elsewhere: diagnostics, recalibrated cuts, null competitor, second run, second solver; what the
        study's folder holds of it if left out.
    """
    given = supplied_from(run.study) if supplied is None else supplied
    facts = gather(run, before or run.scorecard, ablated or {}, given)
    record = run.study.record
    return Card(
        study=run.study.id,
        name=record.name.text,
        findings=facts.findings,
        parameters=facts.statuses,
        identifiability=facts.identifiability,
        ablation=facts.ablation,
        recalibrated=facts.recalibrated,
        null=facts.supplied.null,
        solver=facts.supplied.second_solver,
        reproducibility=facts.reproducibility,
        rules=tuple(rule(facts) for rule in RULES),
        not_covered=tuple(one.text for one in record.not_covered),
    )


def atlas_card(cards: Sequence[Card]) -> AtlasCard:
    """The card of the atlas, or of the studies given."""
    return AtlasCard(tuple(cards))
