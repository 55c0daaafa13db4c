"""What is read of each animal besides behaviour: the targets and the harms of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from euthymia.assays.read import expected
from euthymia.errors import RequestError, suggestion
from euthymia.findings.trial import Trial
from euthymia.models.join import Joined
from euthymia.models.views import view
from euthymia.records.assay import Assay
from euthymia.records.intervention import Catalogue, Probe
from euthymia.words import msg

Array = npt.NDArray[np.float64]
TARGET: Final = "target "
"""Stands before the name of a target."""
ALSO: Final = " also"
"""Stands after the name of a target for its other read-out."""
HARM: Final = "harm "
"""Stands before the name of a harm."""


@dataclass(frozen=True)
class Readable:
    """A read-out of the catalogue in a joined model.

    Attributes
    ----------
    variable
        The model variable.
    assay
        What a laboratory makes of it; None for the variable itself.
    sd
        SD of single readings.
    """

    variable: str
    assay: Assay | None
    sd: float

    def means(self, trial: Trial) -> Array:
        """Group means [draw, time] of the only arm of a trial."""
        state = trial.states[self.variable].values[:, 0].reshape(trial.draws, trial.individuals, -1)
        reading = state if self.assay is None else expected(self.assay, state)
        return np.asarray(reading.mean(axis=1))


def readable(joined: Joined, probes: Mapping[str, Probe]) -> dict[str, Readable]:
    """The read-outs whose study is joined, by name.

    Raises
    ------
    RequestError
        If a study does not have what the catalogue says.
    """
    views = {study: view(joined, study).record.mechanism.readouts for study in joined.studies}
    found: dict[str, Readable] = {}
    for name, probe in probes.items():
        if probe.study not in joined.studies:
            continue
        if probe.sd is not None and probe.variable is not None:
            found[name] = Readable(joined.name(probe.study, probe.variable), None, probe.sd.value)
            continue
        states = views[probe.study][probe.assay].states if probe.assay in views[probe.study] else {}
        if probe.of not in states or probe.assay is None:
            near = (
                suggestion(probe.of, list(states))
                if states
                else suggestion(probe.assay or "", list(views[probe.study]))
            )
            raise RequestError(msg("The study {study} has no read-out “{found}” of “{of}”. {suggestion}",
                                   study=probe.study, found=probe.assay, of=probe.of, suggestion=near))  # fmt: skip
        assay = joined.library.assays[probe.assay]
        found[name] = Readable(states[probe.of], assay, assay.animal_sd)
    return found


def probes_of(catalogue: Catalogue) -> dict[str, Probe]:
    """The read-outs of all targets and harms, by name with `TARGET` or `HARM` before it."""
    found = {TARGET + name: target.probe for name, target in catalogue.targets.items()}
    found |= {TARGET + name + ALSO: target.also for name, target in catalogue.targets.items() if target.also}
    return found | {HARM + name: harm.probe for name, harm in catalogue.harms.items() if harm.probe is not None}
