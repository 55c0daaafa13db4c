"""What if: any mix of interventions on any cohort of the joined atlas, in one call."""

from euthymia.asking.answer import Answer, Course
from euthymia.asking.ask import ask
from euthymia.asking.contrasts import Effect
from euthymia.asking.reading import read_question
from euthymia.asking.surface import GridAnswer
from euthymia.asking.synergy import Compared, Synergy

__all__ = ["Answer", "Compared", "Course", "Effect", "GridAnswer", "Synergy", "ask", "read_question"]
