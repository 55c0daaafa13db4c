"""euthymia: an executable atlas of antidepressant mechanisms.

Published studies as evidence, quantitative mechanism and virtual experiment. A research instrument; it gives no
medical advice.
"""

from importlib.metadata import version

from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.stream import StoredCohort, open_results, simulate_to
from euthymia.errors import EuthymiaError
from euthymia.findings.scorecard import Scorecard
from euthymia.findings.verdict import Verdict
from euthymia.models.load import load_model
from euthymia.models.model import Model
from euthymia.pipeline import ablations, mechanism_of, reproduce, run_study
from euthymia.records.folder import StudyFolder, built_in, load_study

__version__ = version("euthymia")

__all__ = [
    "EuthymiaError",
    "Jump",
    "Model",
    "Schedule",
    "Scorecard",
    "StoredCohort",
    "StudyFolder",
    "Verdict",
    "ablations",
    "load_model",
    "load_study",
    "mechanism_of",
    "open_results",
    "reproduce",
    "run_study",
    "simulate",
    "simulate_to",
    "studies",
]


def studies() -> list[str]:
    """Ids of the built-in studies.

    >>> "S04" in studies()
    True
    """
    return sorted(built_in())
