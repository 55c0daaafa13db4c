"""All mechanisms as one brain: joined, judged by each study's own findings, reported on."""

from euthymia.joined.cohort import joined_cohort
from euthymia.joined.composition import Composition, composition
from euthymia.joined.studies import Pair, conflicts, join_studies, paired, run_joined, run_question

__all__ = [
    "Composition",
    "Pair",
    "composition",
    "conflicts",
    "join_studies",
    "joined_cohort",
    "paired",
    "run_joined",
    "run_question",
]
