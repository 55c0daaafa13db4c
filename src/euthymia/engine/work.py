"""A piece of work that can be sent anywhere: runs of one model for some animals, by one of the two engines."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import roadrunner

from euthymia.engine import reference
from euthymia.engine.batch.compiled import compiled_model, refusal
from euthymia.engine.batch.runs import Compiled, Request, Watch, solve
from euthymia.engine.batch.sensitivity import derivative_name, with_derivative_jumps
from euthymia.engine.reference import Job, Start
from euthymia.engine.refusals import reference_refusals
from euthymia.engine.schedule import Schedule
from euthymia.engine.status import Status, failed
from euthymia.errors import ModelError, Problem, UnsupportedError
from euthymia.models.model import Model
from euthymia.models.overrides import following, initial_values_model, symbol_of, with_overrides

Array = npt.NDArray[np.float64]
Results = tuple[Array, npt.NDArray[np.int8]]
"""Outputs [animal, arm, time, output], NaN where a run failed, and status codes [animal, arm]."""
Engine = Literal["batch", "reference"]
VERSION: Final = 3
"""Raised whenever the stored numbers could change for one and the same work."""
TIGHTER: Final = 1e-2
"""Factor on the tolerances with which the batched engine tries a run again."""
AGAIN: Final = frozenset({Status.NOT_FINITE, Status.STEP_UNDERFLOW, Status.SINGULAR_PIVOT})
"""How runs end that the batched engine tries again; for the others more steps would be of no use."""
RESCUED_STEPS: Final = 200_000
"""Steps that libRoadRunner is given for a run that the batched engine gave up, shared among the outputs."""


@dataclass(frozen=True)
class Work:
    """Runs that are asked for.

    Attributes
    ----------
    model, engine
        What is run, and by what.
    keys, values
        What is given for each animal, shape of `values` [animal, key].
    arms
        One schedule per arm.
    times, outputs
        Output times and names.
    sensitivities
        Keys by which the outputs' derivatives are wanted; they follow the outputs, key after key.
    """

    model: Model
    engine: Engine
    keys: tuple[str, ...]
    values: Array
    arms: tuple[Schedule, ...]
    times: tuple[float, ...]
    outputs: tuple[str, ...]
    rtol: float
    atol: float
    sensitivities: tuple[str, ...] = ()

    def part(self, start: int, stop: int) -> Work:
        """The same work for some of the animals."""
        return replace(self, values=self.values[start:stop])

    @property
    def runs(self) -> int:
        """Number of animals times arms."""
        return len(self.values) * len(self.arms)

    @property
    def columns(self) -> int:
        """Numbers per run and time: outputs and their sensitivities."""
        return len(self.outputs) * (1 + len(self.sensitivities))

    def digest(self) -> str:
        """SHA-256 of everything that the results depend on."""
        total = hashlib.sha256(f"{VERSION} {engine_name(self.engine)} {self.model.sbml}".encode())
        arms = [(arm.jumps, sorted(arm.settings.items())) for arm in self.arms]
        asked = (self.keys, self.values.shape, arms, self.times, self.outputs, self.rtol, self.atol, self.sensitivities)
        total.update(repr(asked).encode())
        total.update(np.ascontiguousarray(self.values).tobytes())
        return total.hexdigest()


def cache_folder() -> Path:
    """This user's folder for what can be made again: ``$EUTHYMIA_CACHE``, or ``euthymia`` in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("EUTHYMIA_CACHE") or Path(base) / "euthymia")


def chosen_engine(model: Model, wanted: str) -> Engine:
    """The batched engine for what it can do, else libRoadRunner.

    A model that is not sound (equations in a circle, undefined ids) is refused for both: libRoadRunner may not notice.

    Raises
    ------
    ModelError
        If the model uses something that the engine, or neither engine, supports; each element is named.
    """
    refused = refusal(model)
    if wanted != "reference" and refused is None:
        return "batch"
    if refused is not None and (wanted == "batch" or not isinstance(refused, UnsupportedError)):
        raise refused
    problems = [Problem(message) for message in reference_refusals(model)]
    if problems:
        raise refused if refused is not None and wanted != "reference" else ModelError(problems)
    return "reference"


def engine_name(engine: Engine) -> str:
    """The engine and its version, for the provenance."""
    return "euthymia batch (Rodas5P)" if engine == "batch" else f"libRoadRunner {roadrunner.__version__} (CVODE)"


def run(work: Work, *, threads: int = 1, out: Array | None = None, watch: Watch | None = None) -> Results:
    """Do a piece of work; the outputs may be put into `out`, contiguous, and the batched engine tells `watch`.

    The bits of a run depend on nothing but its own model, values, schedule and tolerances.
    """
    if work.engine == "reference":
        return reference.run(reference_job(work))
    folder = cache_folder() / "kernels"
    groups: dict[int, tuple[Compiled, list[int]]] = {}
    for index, arm in enumerate(work.arms):
        varied = frozenset({*work.keys, *arm.settings, *(jump.target for jump in arm.jumps)})
        copied = {jump.target for jump in arm.jumps if jump.operation == "copy"} if work.sensitivities else set()
        compiled = compiled_model(work.model, varied, folder, sensitivities=work.sensitivities,
                                  copied=frozenset(copied))  # fmt: skip
        groups.setdefault(id(compiled), (compiled, []))[1].append(index)
    if len(groups) == 1:
        return _solved(compiled, work, threads, out, watch)
    shape = (len(work.values), len(work.arms))
    results, status = np.empty((*shape, len(work.times), work.columns)), np.empty(shape, np.int8)
    done = 0
    for compiled, arms in groups.values():  # an arm is compiled by itself, so that no other arm changes its bits
        some = replace(work, arms=tuple(work.arms[index] for index in arms))
        results[:, arms], status[:, arms] = _solved(compiled, some, threads, watch=_after(done, watch))
        done += some.runs
    return results, status


def _after(done: int, watch: Watch | None) -> Watch | None:
    return None if watch is None else lambda runs: watch(done + runs)


def _solved(
    compiled: Compiled, work: Work, threads: int, out: Array | None = None, watch: Watch | None = None
) -> Results:
    arms = work.arms
    if work.sensitivities:
        arms, system = with_derivative_jumps(arms, compiled.system, work.sensitivities)
        compiled = replace(compiled, analysis=replace(compiled.analysis, system=system))
    names = (*work.outputs, *(derivative_name(name, key) for key in work.sensitivities for name in work.outputs))
    request = Request(work.keys, work.values, arms, np.array(work.times), names, work.rtol, work.atol)
    results, status = solve(compiled, request, threads=threads, out=out, watch=watch)
    _try_again(compiled, request, results, status)
    smooth = compiled.analysis.smooth and not work.sensitivities
    if failed(status).any() and smooth and not reference_refusals(work.model):
        _rescue(work, results, status)
    return results, status


def _try_again(compiled: Compiled, request: Request, results: Array, status: npt.NDArray[np.int8]) -> None:
    """Runs that the batched engine gave up, with tighter tolerances: its trial states then err less on the way."""
    for animal, arm in np.argwhere(np.isin(status, [one.value for one in AGAIN])):
        one = replace(request, values=request.values[animal : animal + 1], arms=(request.arms[arm],),
                      rtol=request.rtol * TIGHTER, atol=request.atol * TIGHTER)  # fmt: skip
        _put_in(results, status, (animal, arm), solve(compiled, one))


def _rescue(work: Work, results: Array, status: npt.NDArray[np.int8]) -> None:
    """Runs that the batched engine gave up, with libRoadRunner."""
    steps = max(RESCUED_STEPS // len(work.times), 100)
    for animal, arm in np.argwhere(failed(status)):
        one = replace(work, values=work.values[animal : animal + 1], arms=(work.arms[arm],))
        _put_in(results, status, (animal, arm), reference.run(reference_job(one), max_steps=steps))


def _put_in(results: Array, status: npt.NDArray[np.int8], place: tuple[int, int], again: Results) -> None:
    """The results of one run that was tried again, if it has come to its end."""
    if again[1][0, 0] == Status.OK.value:
        results[place], status[place] = again[0][0, 0], Status.RESCUED.value


def reference_job(work: Work) -> Job:
    """The work for libRoadRunner. What an arm sets, another arm that does not set it keeps as the model has it."""
    model = work.model
    settings = sorted({key for arm in work.arms for key in arm.settings} - set(work.keys))
    derived = following(model, [*work.keys, *settings]) if work.keys or settings else []
    sbml, targets = with_overrides(model, [*work.keys, *settings, *derived])
    worked_out = [
        key for key in settings if targets[key] not in (key, f"init({key})") or symbol_of(model, key).initial_assignment
    ]
    worked_out += derived
    return Job(
        sbml,
        tuple(targets[key] for key in work.keys),
        work.values,
        tuple(Schedule(arm.jumps, {targets[k]: v for k, v in arm.settings.items()}) for arm in work.arms),
        work.times,
        work.outputs,
        work.rtol,
        work.atol,
        tuple(_start(model, work.keys, arm, worked_out, targets) for arm in work.arms) if worked_out else (),
    )


def _start(
    model: Model, keys: Sequence[str], arm: Schedule, derived: Sequence[str], targets: Mapping[str, str]
) -> Start:
    sbml, ids = initial_values_model(model, [*keys, *(key for key in arm.settings if key not in keys)])
    return Start(
        sbml,
        tuple(ids[key] for key in keys),
        {ids[key]: value for key, value in arm.settings.items()},
        tuple((key, targets[key]) for key in derived if key not in arm.settings),
    )
