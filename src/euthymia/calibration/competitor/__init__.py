"""The null competitor of a study: a mechanism without mechanism, to be scored beside the real one."""

from euthymia.calibration.competitor.mechanism import Competitor, competitor

__all__ = ["Competitor", "competitor"]
