"""Rules 5 to 10: version control, documents, dissemination, reviews, competing implementations, standards."""

from __future__ import annotations

import re
from typing import Final

import libsbml

from euthymia.credibility.around import CITATION, DOCUMENTS
from euthymia.credibility.checks import MOST, Check, Rule, missing_check, share_check
from euthymia.credibility.facts import Facts
from euthymia.words import Message, msg

COMMENTED: Final = 0.2
"""Share of a model text's lines that are to hold a comment: one in five, an equation group each."""
_COMMENT: Final = re.compile(r"//|^\s*#")
EXPERIMENT_FORMATS: Final[tuple[str, ...]] = ()
"""Exchange formats in which euthymia writes experiments and data, such as SED-ML and PEtab: none so far."""


def _given(criterion: Message, text: str) -> Check:
    """A check that something is named; the fact is what is named."""
    return Check(criterion, msg("Found: {found}.", found=text) if text else msg("Not found."), bool(text))


def version_control(facts: Facts) -> Rule:
    """Rule 5."""
    known, around = facts.reproducibility, facts.around
    hashes = [digest[:12] for digest in (known.study_sha256, known.model_sha256) if digest]
    programs = ", ".join(f"{name} {version}" for name, version in known.versions.items())
    recorded = msg("No change since.") if around.unchanged else msg("Changed since, or not recorded.")
    return Rule(5, "version_control", msg("Use version control"), (
        _given(msg("The result holds hashes of the study’s folder and of the model."),
               ", ".join(hashes) if len(hashes) == 2 else ""),
        _given(msg("The result holds the versions of the programs, and the seed."),
               programs if known.seed is not None else ""),
        _given(msg("The study’s files are under version control."), "git" if around.tracked else ""),
        Check(msg("They are as they were last recorded there."), recorded, around.unchanged),
    ))  # fmt: skip


def documents(facts: Facts) -> Rule:
    """Rule 6."""
    study, parameters = facts.run.study, facts.run.mechanism.parameters
    lines = [line for line in study.fragment.text.splitlines() if line.strip()]
    entities = study.record.entities.values()
    return Rule(6, "documentation", msg("Document appropriately"), (
        share_check(msg("At least four in five entities of the causal chain name their variable in the model."),
                    sum(bool(one.state) for one in entities), len(entities), MOST),
        share_check(msg("At least one in five lines of the model’s text has a comment."),
                    sum(bool(_COMMENT.search(line)) for line in lines), len(lines), COMMENTED),
        share_check(msg("At least four in five parameters have a source and a note."),
                    sum(bool(one.source and one.note) for one in parameters), len(parameters), MOST),
        share_check(msg("Beside the study lie an introduction in both languages, the method and a list of changes."),
                    len(facts.around.documents), len(DOCUMENTS), 1.0),
    ))  # fmt: skip


def dissemination(facts: Facts) -> Rule:
    """Rule 7."""
    around = facts.around
    return Rule(7, "dissemination", msg("Disseminate broadly"), (
        _given(msg("A file says how to cite it."), CITATION if around.citation else ""),
        _given(msg("This file names a licence."), around.licence),
        _given(msg("It names a public address of the files."), around.address),
        _given(msg("It names the DOI of an archived version."), around.archive),
    ))  # fmt: skip


def reviews(_: Facts) -> Rule:
    """Rule 8: nothing that is computed can stand in for a reviewer."""
    check = Check(
        msg("Someone independent has reviewed the study."),
        msg("No independent review is recorded. No computation can stand in for one, so the grade is 0."),
        holds=False,
    )
    return Rule(8, "reviews", msg("Get independent reviews"), (check,))


def competitors(facts: Facts) -> Rule:
    """Rule 9."""
    again = msg("Links were cut with the rest calibrated again.")
    refitted = facts.recalibrated
    return Rule(9, "competitors", msg("Test competing implementations"), (
        _solvers(facts),
        *_null(facts),
        share_check(again, len(refitted.cut), len(refitted.links), 0.0) if refitted else missing_check(again),
    ))  # fmt: skip


def _solvers(facts: Facts) -> Check:
    criterion = msg("A second, independent solver gives the same trajectories.")
    found = facts.supplied.second_solver
    if found is None:
        return missing_check(criterion)
    return Check(criterion, found.sentence, found.agrees)


def _null(facts: Facts) -> tuple[Check, Check]:
    scored = msg("A null competitor, a direct arrow from drug to mood, was scored on findings kept out of the fitting.")
    beaten = msg("The mechanism predicts these findings better: the 95 % interval of the difference lies above zero.")
    null = facts.supplied.null
    if null is None:
        return missing_check(scored), missing_check(beaten)
    difference = msg("Difference of the mean log scores {difference} ({low} to {high}).",
                     difference=f"{null.difference:.2f}", low=f"{null.low:.2f}", high=f"{null.high:.2f}")  # fmt: skip
    return (
        Check(scored, msg("On {count} findings.", count=null.findings), null.findings > 0),
        Check(beaten, difference, null.beaten),
    )


def standards(facts: Facts) -> Rule:
    """Rule 10."""
    model, entities = facts.run.mechanism.model, facts.run.study.record.entities.values()
    errors = _sbml_errors(model.sbml)
    return Rule(10, "standards", msg("Conform to standards"), (
        Check(msg("The model is SBML in which libSBML finds no error."), msg("{count} errors.", count=errors),
              errors == 0),
        share_check(msg("At least four in five entities of the causal chain have an identifier of a public database."),
                    sum(bool(one.ids) for one in entities), len(entities), MOST),
        share_check(msg("At least four in five quantities of the model declare a unit."),
                    sum(bool(one.unit) for one in model.symbols.values()), len(model.symbols), MOST),
        _given(msg("Experiments and data are written in an exchange format (SED-ML, PEtab)."),
               ", ".join(EXPERIMENT_FORMATS)),
    ))  # fmt: skip


def _sbml_errors(sbml: str) -> int:
    document = libsbml.readSBMLFromString(sbml)
    document.checkConsistency()
    return int(sum(document.getNumErrors(level) for level in (libsbml.LIBSBML_SEV_ERROR, libsbml.LIBSBML_SEV_FATAL)))
