"""A study's folder: read whole, cross-checked, nothing executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from euthymia.errors import EuthymiaError, Place, Problem, RecordError, suggestion
from euthymia.records.challenge import FILE as CHALLENGE
from euthymia.records.challenge import Challenge, challenge_digest, read_challenge
from euthymia.records.cross import cross_problems
from euthymia.records.ensemble import DIAGNOSIS, FILE, Diagnosis, evidence_digest, read_diagnoses, read_ensemble
from euthymia.records.library import ATLAS, Fragment, Library, common_library, read_drugs
from euthymia.records.parameter import Ensemble
from euthymia.records.reading import Document, build, inside, read_text, read_yaml
from euthymia.records.study import Study
from euthymia.records.tables import Observation, read_parameters, read_series
from euthymia.words import msg

T = TypeVar("T")


@dataclass(frozen=True)
class StudyFolder:
    """A study and everything its folder holds.

    Attributes
    ----------
    record
        The content of ``study.yaml``.
    fragment
        The mechanism's text and parameters.
    library
        The shared records, with the study's own drugs.
    observations
        Published points by series id.
    ensemble
        Calibrated draws, where the study is calibrated.
    folder
        Where it was read from.
    diagnoses
        What its calibration says about each parameter.
    challenge
        The probability of each finding under variants of the mechanism.
    """

    record: Study
    fragment: Fragment
    library: Library
    observations: Mapping[str, tuple[Observation, ...]]
    ensemble: Ensemble | None
    folder: Path
    diagnoses: tuple[Diagnosis, ...] = ()
    challenge: Challenge | None = None

    @property
    def id(self) -> str:
        """The study's id."""
        return self.record.id

    @property
    def fitted(self) -> tuple[Fragment, ...]:
        """The fragments whose tables a calibration of this study writes: its own, and common ones."""
        return (self.fragment, *(self.library.fragments[name] for name in self.record.mechanism.calibrates))


def built_in() -> dict[str, Path]:
    """Folders of the built-in studies, by study id."""
    return {folder.name.split("_")[0].upper(): folder for folder in sorted(ATLAS.glob("s[0-9][0-9]_*"))}


def find_folder(id_or_path: str | Path) -> Path:
    """The folder of a built-in study's id, or a folder of the user's.

    Raises
    ------
    RecordError
        If it is neither; the nearest known id is named.
    """
    known = built_in()
    wanted = str(id_or_path).upper()
    for name, folder in known.items():
        if wanted in (name, folder.name.upper()):
            return folder
    path = Path(id_or_path)
    if path.name == "study.yaml":
        path = path.parent
    if not path.is_dir():
        raise RecordError(
            Problem(
                msg("“{found}” is neither a study of the atlas nor a folder. {suggestion}",
                    found=id_or_path, suggestion=suggestion(str(id_or_path).upper(), list(known)))
            )
        )  # fmt: skip
    return path


def load_study(id_or_path: str | Path, *, calibrated: bool = True) -> StudyFolder:
    """A study, built in or from a folder, validated whole.

    Without `calibrated` the calibrated draws are not read (nor asked for), as a new calibration needs it.

    Raises
    ------
    RecordError
        With every problem of every file of the folder.

    >>> load_study("S04").record.citation.journal
    'Nature'
    """
    folder = find_folder(id_or_path)
    document = read_yaml(folder / "study.yaml")
    record = build(Study, document)
    return _Collector(folder, document, record, calibrated=calibrated).study()


class _Collector:
    """Reads the parts of a folder and gathers all their problems before raising any."""

    def __init__(self, folder: Path, document: Document, record: Study, *, calibrated: bool) -> None:
        self.folder, self.document, self.record, self.calibrated = folder, document, record, calibrated
        self.problems: list[Problem] = []

    def study(self) -> StudyFolder:
        library = self._try(self._library, ()) or common_library()
        read = self._try(self._fragment, ("mechanism",))
        fragment = read or Fragment(self.record.id, "", ())
        observations = dict(self._series())
        self.problems += cross_problems(self.record, self.document, library, read)
        if self.problems:
            raise RecordError(self.problems)
        digest = evidence_digest(self.record, fragment, library, observations)
        ensemble = read_ensemble(self.folder / FILE, fragment.parameters, digest) if self.calibrated else None
        told = read_diagnoses(self.folder / DIAGNOSIS) if ensemble is not None else ()
        whole = challenge_digest(self.record, observations, digest)
        challenge = read_challenge(self.folder / CHALLENGE, whole) if ensemble is not None else None
        return StudyFolder(self.record, fragment, library, observations, ensemble, self.folder, told, challenge)

    def _library(self) -> Library:
        own = inside(self.folder, "drugs")
        return common_library().with_drugs(read_drugs(own)) if own.is_dir() else common_library()

    def _fragment(self) -> Fragment:
        mechanism = self.record.mechanism
        text = read_text(inside(self.folder, mechanism.file, place=self.document.place(("mechanism", "file"))))
        table = inside(self.folder, mechanism.parameters, place=self.document.place(("mechanism", "parameters")))
        return Fragment(self.record.id, text, read_parameters(table))

    def _series(self) -> Iterator[tuple[str, tuple[Observation, ...]]]:
        for index, series in enumerate(self.record.series):
            points = self._try(partial(read_series, series, self.folder), ("series", index, "file"))
            if points is not None:
                yield series.id, points

    def _try(self, read: Callable[[], T], location: tuple[str | int, ...]) -> T | None:
        try:
            return read()
        except EuthymiaError as error:
            here: Place = self.document.place(location)
            self.problems += [Problem(problem.message, problem.place or here) for problem in error.problems]
            return None
