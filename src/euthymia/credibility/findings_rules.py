"""Rules 1 to 4: context, data, evaluation, limitations."""

from __future__ import annotations

from typing import Final

from euthymia.credibility.checks import HALF, MOST, Check, Rule, missing_check, share_check
from euthymia.credibility.counts import FindingCounts
from euthymia.credibility.facts import Facts
from euthymia.findings.verdict import Verdict
from euthymia.records.finding import Finding
from euthymia.words import msg

FIRST_HAND: Final = ("RAW", "FIG", "ABS")
"""How a source was read when it was the publication itself: its data, its figures or its abstract."""
PUBLIC: Final = ("doi", "pmid", "pmc")
"""Prefixes of identifiers by which anyone finds a publication."""
QUARTER: Final = 0.25
"""Share of findings to keep out of the fitting."""
MIXED: Final = 1.01
"""R-hat up to which chains count as mixed (Vehtari et al. 2021, Bayesian Analysis 16:667)."""
ENOUGH: Final = 400
"""Effective sample size that is enough (ibid.)."""


def context(facts: Facts) -> Rule:
    """Rule 1."""
    record = facts.run.study.record
    arms = [arm for experiment in record.experiments for arm in experiment.arms]
    words = [
        getattr(text, language) for text in (record.question, record.answer, record.plain) for language in ("en", "zh")
    ]
    said = [experiment for experiment in record.experiments if experiment.assumed]
    checks = (
        share_check(msg("Question, answer and a plain summary are written in English and in Chinese."),
                    sum(map(bool, words)), len(words), 1.0),
        share_check(msg("At least four in five groups of animals have a species and a sex."),
                    sum(arm.sex != "unknown" for arm in arms), len(arms), MOST),
        share_check(msg("At least four in five groups of animals have a reported number of animals."),
                    sum(arm.n is not None for arm in arms), len(arms), MOST),
        share_check(msg("Every experiment says what had to be assumed about it."),
                    len(said), len(record.experiments), 1.0),
    )  # fmt: skip
    return Rule(1, "context", msg("Define context clearly"), checks)


def data(facts: Facts) -> Rule:
    """Rule 2."""
    findings, statuses = facts.run.study.record.findings, facts.statuses
    known = statuses.counts["measured"] + statuses.counts["derived"]
    checks = (
        share_check(msg("At least four in five findings were read in the publication’s own data, figures or abstract."),
                    sum(one.source.grade.upper().startswith(FIRST_HAND) for one in findings), len(findings), MOST),
        share_check(msg("At least four in five findings name a public identifier (DOI, PubMed) as their source."),
                    sum(one.source.id.partition(":")[0].lower() in PUBLIC for one in findings), len(findings), MOST),
        share_check(msg("At least half of the findings report the size of an effect, not only its direction."),
                    sum(map(_sized, findings)), len(findings), HALF),
        share_check(msg("At least half of the parameters are measured or derived."), known, statuses.total, HALF),
    )  # fmt: skip
    return Rule(2, "data", msg("Use contextually appropriate data"), checks)


def _sized(finding: Finding) -> bool:
    return finding.kind in ("series", "change") or (finding.reported is not None and finding.reported.value is not None)


def evaluation(facts: Facts) -> Rule:
    """Rule 3."""
    kept = sum(facts.findings["validate"].values())
    found = facts.ablation
    needed = msg("At least half of the links are needed: some finding falls when the link is cut.")
    checks = (
        share_check(msg("At least a quarter of the findings were kept out of the fitting."),
                    kept, len(facts.run.study.record.findings), QUARTER),
        _predicted(facts.findings),
        _mixed(facts),
        share_check(needed, len(found.needed), len(found.links), HALF) if found else missing_check(needed),
    )  # fmt: skip
    return Rule(3, "evaluation", msg("Evaluate within context"), checks)


def _predicted(findings: FindingCounts) -> Check:
    tested = findings["validate"]
    kept, right, wrong = sum(tested.values()), tested[Verdict.REPRODUCED], tested[Verdict.CONTRADICTED]
    return Check(
        msg("Of the findings kept out of the fitting at least four in five are reproduced, and none is contradicted."),
        msg("{right} of {kept} reproduced, {wrong} contradicted.", right=right, kept=kept, wrong=wrong),
        kept > 0 and right >= MOST * kept and not wrong,
    )


def _mixed(facts: Facts) -> Check:
    criterion = msg(
        "The sampler has converged: no R-hat is above {rhat}, no effective sample size below {ess}.",
        rhat=MIXED,
        ess=ENOUGH,
    )
    known = facts.identifiability
    if known is None or known.convergence is None:
        return missing_check(criterion)
    return Check(criterion, known.convergence, known.worst_rhat <= MIXED and known.smallest_ess >= ENOUGH)


def limitations(facts: Facts) -> Rule:
    """Rule 4."""
    record = facts.run.study.record
    guessed = [one for one in facts.run.mechanism.parameters if one.status == "assumed"]
    return Rule(4, "limitations", msg("List limitations explicitly"), (
        Check(msg("What the model does not cover is listed."), msg("{count} entries.", count=len(record.not_covered)),
              bool(record.not_covered)),
        share_check(msg("At least four in five assumed parameters have a note on why the value was chosen."),
                    sum(bool(one.note) for one in guessed), len(guessed), MOST),
        _cut(facts),
        _touched(facts),
    ))  # fmt: skip


def _cut(facts: Facts) -> Check:
    criterion = msg("At least four in five links were cut, so that links without support are known by name.")
    found = facts.ablation
    if found is None:
        return missing_check(criterion)
    return share_check(criterion, len(found.cut), len(found.links), MOST)


def _touched(facts: Facts) -> Check:
    criterion = msg("The parameters that the evidence does not touch are known by name.")
    known = facts.identifiability
    if known is None:
        return missing_check(criterion)
    return Check(
        criterion,
        msg("{count} of {all} are not touched.", count=len(known.untouched), all=len(known.diagnoses)),
        holds=True,
    )
