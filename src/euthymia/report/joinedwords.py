"""The fixed sentences of the page of the joined model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, msg

WORDS: Final[Mapping[str, Message]] = {
    "title": msg("One brain: the mechanisms joined"),
    "lead": msg(
        "Each study has its own mechanism. Here they share one model of the brain, and every finding of every study is "
        "asked again: does it still hold when all the others act at the same time?"
    ),
    "nav_conflicts": msg("Conflicts"),
    "nav_table": msg("Alone and joined"),
    "nav_predictions": msg("Predictions"),
    "nav_made": msg("How it is put together"),
    "nav_again": msg("Make it again"),
    "chart": msg("Probability of each finding, alone and joined"),
    "chart_lead": msg(
        "The larger a mark, the more findings lie there; red marks with a full edge are conflicts. What lies on the "
        "diagonal is not touched by joining; what lies below it is shown in fewer draws. In the shaded field are "
        "findings that a study reproduces alone and not joined."
    ),
    "conflicts": msg("Where the studies pull apart"),
    "conflicts_lead": msg(
        "A finding is a conflict if it is reproduced when its study runs alone and not when it runs joined, or if its "
        "probability falls by more than 20 percentage points. No weight was added until it fitted: a conflict stays "
        "named until an experiment or a better reading resolves it."
    ),
    "missing": msg("Evaluated alone, not joined"),
    "missing_lead": msg(
        "These findings could not be computed in the joined model. That is neither a conflict nor a pass."
    ),
    "no_conflicts": msg("Joining takes no finding away."),
    "table": msg("Every finding, alone and joined"),
    "counts": msg("Findings reproduced, by study"),
    "study": msg("Study"),
    "use": msg("Findings"),
    "all": msg("All"),
    "findings": msg("Number"),
    "alone": msg("Alone"),
    "joined": msg("Joined"),
    "lost": msg("Conflicts"),
    "gained": msg("Only joined"),
    "uncomputed": msg("Not computed"),
    "finding": msg("Finding"),
    "predictions": msg("What no study has tested"),
    "predictions_lead": msg(
        "Statements across studies, asked of the joined model. They were written down before they were run and none "
        "was changed for its answer. They have no source: the probability is all there is, it is the model’s, and it "
        "is wrong where the model is. Nothing was fitted to them, and they count in no score."
    ),
    "prediction": msg("Prediction"),
    "answer": msg("Answer"),
    "probability": msg("Probability"),
    "difference": msg("Difference, median (5 % to 95 %)"),
    "why": msg("What leads there, and what speaks against it"),
    "rests_on": msg("Links it rests on"),
    "would_test": msg("What would decide"),
    "made": msg("How it is put together"),
    "size": msg("Size"),
    "shared": msg("Shared quantities"),
    "shared_lead": msg("Quantities that several studies define in the same words and that the joined model has once."),
    "quantity": msg("Quantity"),
    "studies": msg("Studies"),
    "reason": msg("Reason"),
    "apart": msg("Names kept apart"),
    "apart_lead": msg(
        "Several studies use these names for things of their own; in the joined model each keeps its own."
    ),
    "doubled": msg("Two texts for one thing"),
    "doubled_lead": msg("Where two studies speak of the same thing, what was decided, and what else could be read."),
    "decided": msg("decided"),
    "open": msg("open"),
    "decision": msg("Decision"),
    "rivals": msg("Other readings, kept as variants"),
    "taken": msg("taken in this run"),
    "gates": msg("Gates that another route bypasses"),
    "gates_lead": msg(
        "A study says that nothing happens without a certain step; joined, a drug also reaches mood by another "
        "study’s way."
    ),
    "scales": msg("Time scales"),
    "scales_lead": msg(
        "Of each study’s own states, the one that answers fastest and the one that answers slowest, at rest."
    ),
    "fastest": msg("Fastest"),
    "slowest": msg("Slowest"),
    "limits": msg("What this does not show"),
    "limit_calibration": msg(
        "Each mechanism was calibrated on the findings of its own study; common parameters are those on which the "
        "studies agree best. A finding that holds joined may hold for the wrong reason."
    ),
    "limit_necessity": msg(
        "Circuits that no study of the atlas describes are missing, and interactions between drugs in the liver and "
        "blood are not modelled."
    ),
    "limit_sex": msg("The model has no difference between the sexes; several studies used males only."),
    "again": msg("Make it again"),
}
"""Headings and explanations."""
