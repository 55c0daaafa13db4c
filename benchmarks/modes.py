"""Looks for other modes of the posteriors: least squares from starts drawn from the prior; writes results/modes.json.

python benchmarks/modes.py [STUDY ...]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy import stats

from euthymia.calibration.evidence import Evidence
from euthymia.calibration.fit import free_parameters
from euthymia.calibration.sampler import most_probable
from euthymia.cohorts.draw import generator
from euthymia.records.folder import built_in, load_study

RESULT: Final = Path(__file__).parent / "results" / "modes.json"
STARTS: Final = 5


def searched(name: str) -> dict[str, Any]:
    """Minus log posterior at the optimum of each start, the first at the prior's centre, and how far they lie apart."""
    study = load_study(name, calibrated=False)
    free, own = free_parameters(study)
    evidence = Evidence(study, free)
    low, high = evidence.limits.T
    optima = []
    for number in range(STARTS + 1):
        uniform = generator(1, "start", name, str(number)).random(len(low))
        start = None if number == 0 else stats.truncnorm.ppf(uniform, low, high)
        best = most_probable(evidence, own, lambda state: None, start)
        residuals = evidence.residuals(best[None])[0]
        optima.append((float(residuals @ residuals + best @ best) / 2, best))
    first = optima[0][1]
    return {
        "parameters": own,
        "energy": [round(energy, 3) for energy, _ in optima],
        "distance": [round(float(np.linalg.norm(best - first)), 3) for _, best in optima],
    }


def main() -> None:
    """Search all studies, or those named; results are kept study by study."""
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for name in sys.argv[1:] or sorted(built_in()):
        known[name] = searched(name)
        RESULT.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")
        print(name, known[name], flush=True)


if __name__ == "__main__":
    main()
