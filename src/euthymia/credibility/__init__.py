"""How far a study's result can be trusted: a credibility card, computed from its record and its runs.

>>> from euthymia.credibility import atlas_card, credibility_card
"""

from euthymia.credibility.again import compare_solvers, run_again
from euthymia.credibility.card import AtlasCard, Card, atlas_card, credibility_card
from euthymia.credibility.challenged import null_competitor, supplied_from
from euthymia.credibility.given import NullCompetitor, ParameterDiagnosis, SecondRun, SecondSolver, Supplied

__all__ = [
    "AtlasCard",
    "Card",
    "NullCompetitor",
    "ParameterDiagnosis",
    "SecondRun",
    "SecondSolver",
    "Supplied",
    "atlas_card",
    "compare_solvers",
    "credibility_card",
    "null_competitor",
    "run_again",
    "supplied_from",
]
