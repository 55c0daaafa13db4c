"""The fixed sentences of the pages of interventions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, msg

KINDS: Final[Mapping[str, Message]] = {
    "drug": msg("Drugs"),
    "combination": msg("Drugs given together"),
    "infusion": msg("Substances put straight into the brain"),
    "exercise": msg("Running"),
    "circuit": msg("Nerve cells switched on or off"),
    "gene": msg("Genes made more or less active"),
}
"""Headings of the list, in its order."""
IS: Final[Mapping[str, Message]] = {
    "drug": msg("A drug. Here it is given to the mice like this:"),
    "combination": msg("Several drugs at once. Here they are given to the mice like this:"),
    "infusion": msg("A substance that is put straight into a part of the brain. Here it is given like this:"),
    "exercise": msg("A bout of running. Here the mice run like this:"),
    "circuit": msg("Nerve cells are switched on or off from outside, with light or with a designer receptor. Here it "
                   "is done like this:"),
    "gene": msg("A gene is made more or less active in certain cells. Here it is done like this:"),
}  # fmt: skip
"""What each kind is."""
WORDS: Final[Mapping[str, Message]] = {
    "list_title": msg("Treatments, and what they do to virtual mice"),
    "list_lead": msg("Everything that can be given to the virtual mice of the atlas: drugs, running, nerve cells "
                     "switched on or off, genes. Choose one to see what it does, why, and how sure the atlas is."),
    "no_compared": msg("This copy of the site was built without the comparison of interventions, so it does not say "
                       "how soon or how strongly they act. To add it, run these two commands:"),
    "list_note": msg("All on the same stressed virtual mice; median over the draws. Relief in standard deviations of "
                     "single animals (SD) in the forced swim. How long it lasts is told of the draws that show it."),
    "treatment": msg("Treatment"),
    "short": msg("In short"),
    "according": msg("According to the study"),
    "change": msg("Change the dose and ask"),
    "sureness": msg("How sure the atlas is"),
    "what": msg("What is it?"),
    "does": msg("What does it do?"),
    "doses": msg("How much is enough?"),
    "why": msg("Why?"),
    "sure": msg("How sure is this?"),
    "elsewhere": msg("Where else in the atlas?"),
    "limits": msg("What is not covered?"),
    "nav_what": msg("What it is"),
    "nav_does": msg("What it does"),
    "nav_doses": msg("Dose"),
    "nav_why": msg("Why"),
    "nav_sure": msg("How sure"),
    "nav_elsewhere": msg("Elsewhere"),
    "nav_limits": msg("Limits"),
    "as_in": msg("Strength and schedule are those of a group of the study."),
    "not_as_in": msg("No group of the study gets exactly this; strength and time are our choice."),
    "to_group": msg("See that experiment"),
    "strength_here": msg("Strength here:"),
    "range": msg("How far the strengths reach is"),
    "target": msg("What it is meant to act on:"),
    "acts_on": msg("What it binds to in the model:"),
    "aliases": msg("Identifiers:"),
    "same": msg("The same in other ways:"),
    "to_compared": msg("See all interventions side by side"),
    "tests": msg("All tests of mood"),
    "test": msg("Test"),
    "shown": msg("Draws that show it"),
    "begins": msg("Begins after"),
    "lasts": msg("Lasts"),
    "largest": msg("Largest relief, SD"),
    "harms": msg("All harms"),
    "harm": msg("Harm"),
    "how_much": msg("How much, SD"),
    "harms_note": msg("How far a read-out goes the wrong way beyond untreated animals, in standard deviations of "
                      "single readings."),
    "strength": msg("Strength, × that of the study"),
    "strength_note": msg("Line and marks: median of the draws. Band: 5 to 95 %. Dotted: half a standard deviation, "
                         "from which a relief counts."),
    "strength_few": msg("Strengths are tried on some of the animals only, so these values differ from those "
                        "above."),
    "strength_table": msg("The same as a table"),
    "amount": msg("In units"),
    "chain_path": msg("Step by step, from what is given to what the mice do"),
    "chain_whole": msg("The chain of the study as a whole; it does not say which step this intervention enters:"),
    "chain_rest": msg("The other steps of the study"),
    "to_graph": msg("See the chain as a picture"),
    "raises": msg("Numbers lead to each step on the page of the study, with its evidence and what breaks without it."),
    "no_study": msg("The study that it comes from is not part of this copy of the site, so its chain and its findings "
                    "are not told here:"),
    "predicted": msg("Predicted: kept out of the fitting"),
    "fitted": msg("Used to fit"),
    "finding": msg("Finding"),
    "verdict": msg("Verdict"),
    "probability": msg("Probability"),
    "source": msg("Read from (grade)"),
    "more": msg("Further findings"),
    "study_limits": msg("Of the study"),
    "drug_limits": msg("Of the drug"),
    "all_limits": msg("Of everything here"),
    "mice": msg("All of this happens in virtual mice. It says nothing of what a person should take, at what dose, or "
                "for what."),
    "comma": msg(", "),
    "semicolon": msg("; "),
    "colon": msg(": "),
}  # fmt: skip
"""Headings and explanations."""
RECEPTORS: Final[Mapping[str, Message]] = {
    "htr1a": msg("5-HT1A receptor"),
    "htr2a": msg("5-HT2A receptor"),
    "htr2b": msg("5-HT2B receptor"),
    "htr2c": msg("5-HT2C receptor"),
    "sert": msg("serotonin transporter"),
    "nmdar": msg("NMDA receptor"),
    "hm3dq": msg("designer receptor hM3Dq"),
    "hm4di": msg("designer receptor hM4Di"),
}
"""What drugs bind, in words."""


def compare_with(name: object) -> Message:
    """The words of a button."""
    return msg("Compare with {name}", name=name)


def question(name: object) -> Message:
    """A question that a page answers."""
    return msg("What does {name} do?", name=name)
