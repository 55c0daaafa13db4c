"""The fixed sentences of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.findings.verdict import SURE, Verdict
from euthymia.report.verdicts import SLUG
from euthymia.words import Message, msg

FRAME: Final[Mapping[str, Message]] = {
    "tagline": msg("an executable atlas of antidepressant mechanisms"),
    "skip": msg("Skip to the content"),
    "language": msg("Language"),
    "contents": msg("On this page"),
    "advice": msg("A research instrument. It gives no medical advice."),
    "advice_long": msg(
        "This page describes virtual experiments on mice and other research models. It is a research instrument, not "
        "medical advice: nothing here says what a person should take, at what dose, or for what. If you need help with "
        "depression, speak to a doctor or to the crisis line of your country."
    ),
    "made": msg("Made by euthymia. The page holds everything it needs and loads nothing from the network."),
}
"""What stands on every page."""

STUDY: Final[Mapping[str, Message]] = {
    "short_answer": msg("The answer in short"),
    "model_says": msg("What the virtual experiments say"),
    "mechanism": msg("The mechanism, link by link"),
    "mechanism_lead": msg(
        "What the study says causes what. The numbers on the arrows are those of the list below. A triangle "
        "raises, a bar "
        "lowers, an open circle on a dashed line has no effect, and a diamond marks something that must be present for "
        "the next step to happen."
    ),
    "links": msg("Links"),
    "if_cut": msg("If this link is cut"),
    "rests_on": msg("Findings that rest on it"),
    "entities": msg("Identifiers of the entities"),
    "entity": msg("Entity"),
    "kind": msg("Kind"),
    "ids": msg("Identifiers"),
    "experiments": msg("The experiments"),
    "experiments_lead": msg(
        "Each row is one group of animals. Day 0 is the day of treatment. The virtual animals live through the same "
        "protocols."
    ),
    "stretched": msg("The time axis is stretched around day 0, so that minutes and months can be seen together."),
    "measured_here": msg("Measured"),
    "arms": msg("Groups of animals"),
    "assumed_here": msg("Assumed, because the source does not say"),
    "courses": msg("Simulation and data over time"),
    "courses_lead": msg(
        "Lines are the median and bands the middle 90 % of the simulated group means, over all draws of the uncertain "
        "parameters. Symbols with bars are the published means with their standard error (SEM); a ring marks a point "
        "whose 95 % interval misses the simulated median. Point at a symbol for its numbers."
    ),
    "no_data": msg("The source gives no numbers for this measure, so only the simulation is drawn."),
    "sessions_note": msg("Each bar compares a session with the one before it; there is no value in between."),
    "ghost_note": msg("Dashed lines repeat groups from another panel for comparison."),
    "numbers": msg("The numbers behind these charts"),
    "panel": msg("Panel"),
    "arm": msg("Group"),
    "time": msg("Time"),
    "simulated_range": msg("Simulated median (5 % – 95 %)"),
    "published_mean": msg("Published mean ± SEM"),
    "n": msg("n"),
    "doses": msg("Dose and response"),
    "doses_lead": msg(
        "One intervention of one group is made weaker and stronger, all else is kept, and the read-out is taken when "
        "the study took it. The vertical line marks the published dose; the symbol on the left is the same group "
        "without the intervention."
    ),
    "dose": msg("Dose, × published"),
    "neurons": msg("What the neurons tell"),
    "decoded": msg("what is decoded around the choice"),
    "decoded_right": msg("Decoded right, %, median (5 % – 95 %)"),
    "shuffled": msg("With labels shuffled, %"),
    "at_rest": msg("states at rest"),
    "states_given": msg("States in the mechanism"),
    "states_found": msg("Distinct states found"),
    "verdicts": msg("Verdicts, finding by finding"),
    "verdicts_lead": msg(
        "The probability is the share of parameter draws in which the virtual experiment shows the finding. The chance "
        "is that of an experiment with the published number of animals, with the noise of its assay and the usual test."
    ),
    "show": msg("Show"),
    "all": msg("all"),
    "finding": msg("Finding"),
    "verdict": msg("Verdict"),
    "probability": msg("Probability"),
    "chance": msg("Chance at published n"),
    "simulated": msg("Simulated, median (5 % to 95 %)"),
    "reported": msg("Reported"),
    "source": msg("Source"),
    "fit": msg("Fit, series by series"),
    "series": msg("Published series"),
    "inside": msg("Points inside"),
    "misses": msg("Points that miss"),
    "distance": msg("Distance from the data, −5 to 5 standard errors"),
    "this_study": msg("this study"),
    "colon": msg(": "),
    "comma": msg(", "),
    "none_miss": msg("none"),
    "cutting": msg("What breaks when a link is cut"),
    "cutting_lead": msg(
        "Each link is removed from the model and all experiments are run again. A finding that falls depends on the "
        "link; one that holds does not tell whether the link exists."
    ),
    "not_cut": msg("The links were not cut in this run."),
    "none_declared": msg("The study declares no link that can be cut."),
    "matrix": msg("Findings by cut link"),
    "moved": msg("Findings that a cut makes fall or appear"),
    "still": msg("Findings that no cut changes"),
    "parameters": msg("Parameters and where they come from"),
    "parameters_lead": msg(
        "Measured and derived values rest on a source. Calibrated ones were fitted to the findings marked as "
        "used to fit. "
        "Assumed ones are our choice; their priors are wide for that reason."
    ),
    "parameter": msg("Parameter"),
    "value": msg("Value"),
    "unit": msg("Unit"),
    "prior": msg("Prior"),
    "fitted": msg("After fitting"),
    "status": msg("Status"),
    "note": msg("Note"),
    "limits": msg("What the model does not cover"),
    "limits_none": msg("The study lists nothing."),
    "again": msg("Run it again"),
    "again_lead": msg("The same command with the same versions gives the same numbers."),
    "command": msg("Command"),
    "versions": msg("Versions"),
    "fact": msg("Fact"),
    "cite": msg("Cite the study"),
    "nav_mechanism": msg("Mechanism"),
    "nav_experiments": msg("Experiments"),
    "nav_courses": msg("Simulation and data"),
    "nav_doses": msg("Doses"),
    "nav_neurons": msg("Neural code"),
    "nav_verdicts": msg("Verdicts"),
    "nav_cutting": msg("Cut links"),
    "nav_parameters": msg("Parameters"),
    "nav_limits": msg("Limits"),
    "nav_again": msg("Run it again"),
    "failed": msg("Runs that failed were left out."),
}
"""Headings and explanations of a study's page."""

INDEX: Final[Mapping[str, Message]] = {
    "joined": msg("All mechanisms as one brain"),
    "joined_lead": msg(
        "The mechanisms joined into one model: which findings still hold, where the studies pull apart, and what the "
        "joined model says of questions that no study has tested."
    ),
    "title": msg("How do antidepressants that act within hours work?"),
    "lead": msg(
        "Each study in this atlas is kept as three things: what was found, a mechanism in equations that "
        "could explain it, "
        "and virtual experiments that put the mechanism to the test. Every published finding gets a verdict with a "
        "probability."
    ),
    "studies": msg("The studies"),
    "reading": msg("How to read a verdict"),
    "reading_lead": msg(
        "The parameters of a mechanism are uncertain, so each experiment is run many times with different "
        "draws of them. "
        "The share of draws that show a finding is its probability."
    ),
    "glossary": msg("Words used here"),
    "command": msg("Make this report again"),
    "hero": msg("One of the experiments: simulation and data"),
}
"""What stands on the first page."""

GLOSSARY: Final = (
    "finding", "arm", "assay", "draw", "virtual_animal", "band", "sem", "use", "ablation", "grade",
)  # fmt: skip
"""Terms of the glossary that a report explains."""

RULES: Final[Mapping[Verdict, Message]] = {
    Verdict.REPRODUCED: msg("At least {sure} % of the draws show the finding.", sure=f"{100 * SURE:.0f}"),
    Verdict.INCONCLUSIVE: msg("Some draws show it and some do not: the mechanism allows both."),
    Verdict.CONTRADICTED: msg("At most {unsure} % of the draws show it.", unsure=f"{100 - 100 * SURE:.0f}"),
    Verdict.NOT_EVALUATED: msg("The model has nothing that could show it, or too many runs failed. Never a pass."),
}
"""When each verdict is given."""


def legend() -> tuple[tuple[str, Message, Message], ...]:
    """The verdicts with shape, word and rule."""
    return tuple((SLUG[verdict], verdict.label, rule) for verdict, rule in RULES.items())
