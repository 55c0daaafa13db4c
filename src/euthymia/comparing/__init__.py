"""All interventions of the atlas on the same stressed animals: how soon, how much, how long, how precise, at what harm.

>>> from euthymia.comparing import compare
"""

from euthymia.comparing.compare import compare
from euthymia.comparing.result import Compared, Comparison, Effect

__all__ = ["Compared", "Comparison", "Effect", "compare"]
