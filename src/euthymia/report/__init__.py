"""Reports: pages that people read, in English and Chinese, made of single files that need no network.

>>> from euthymia.report import StudyEntry, summary_picture, write_report
"""

from euthymia.report.compared import write_comparison
from euthymia.report.entry import StudyEntry
from euthymia.report.hero import summary_picture
from euthymia.report.write import write_report

__all__ = ["StudyEntry", "summary_picture", "write_comparison", "write_report"]
