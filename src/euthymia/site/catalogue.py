"""The page of data: what each file holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from euthymia.report.bilingual import Words
from euthymia.report.entry import StudyEntry
from euthymia.site import words
from euthymia.site.data import FOLDER
from euthymia.site.frame import DATA, PAGES, Nav, page
from euthymia.site.strengths import STRENGTHS

_STUDY: Final = {
    "findings.csv": "findings_file", "findings.json": "findings_file", "links.csv": "links_file",
    "chain.json": "links_file", "entities.csv": "entities_file", "parameters.csv": "parameters_file",
    "study.json": "record", "chain.svg": "picture_of_chain", "chain.zh.svg": "picture_of_chain",
    "fits.csv": "fits_file", "cuts.csv": "cuts_file", "cuts-anew.csv": "cuts_anew_file", "scores.csv": "scores_file",
    "calibration.csv": "calibration_file", "ranks.csv": "ranks_file", "ranks.svg": "ranks_file",
    "ranks.zh.svg": "ranks_file", "credibility.csv": "checks_file", "credibility.json": "card_file",
    "credibility.svg": "card_file", "credibility.zh.svg": "card_file",
}  # fmt: skip
_ATLAS: Final = {
    f"{FOLDER}/findings.csv": "findings.csv", f"{FOLDER}/findings.json": "findings.csv",
    f"{FOLDER}/places.json": "places.json", f"{FOLDER}/brain.svg": "brain.svg", f"{FOLDER}/brain.zh.svg": "brain.svg",
    "compare.csv": "compare", "compare.json": "compare", "compare.svg": "compare", "compare.zh.svg": "compare",
    f"{FOLDER}/relief.csv": "relief", f"{FOLDER}/relief.svg": "relief", f"{FOLDER}/relief.zh.svg": "relief",
    "joined.csv": "joined", "joined.json": "joined",
    "digest.en.pdf": "digest", "digest.zh.pdf": "digest", "digest.en.md": "digest", "digest.zh.md": "digest",
}  # fmt: skip


@dataclass(frozen=True)
class FileRow:
    """One file."""

    file: str
    name: str
    what: Words
    size: str


def data_page(
    entries: Sequence[StudyEntry], pages: Sequence[str], made: Mapping[str, str | bytes], *, command: str,
    nav: Nav = PAGES,
) -> str:  # fmt: skip
    """The page, from all other files of the site."""
    whole = [_row(name, name.rpartition("/")[2], words.DATA[key], made) for name, key in _ATLAS.items() if name in made]
    strengths = [_row(name, name.rpartition("/")[2], "", made) for name in made if name.startswith(STRENGTHS)]
    studies = []
    for entry, name in zip(entries, pages, strict=True):
        base = f"{FOLDER}/{name.removesuffix('.html')}/"
        own = {file.removeprefix(base): file for file in made if file.startswith(base)}
        rows = [_row(own[file], file, words.STUDY[key], made) for file, key in _STUDY.items() if file in own]
        figures = [_row(path, file, "", made) for file, path in own.items() if file not in _STUDY]
        studies.append((entry.id, name, entry.reproduction.study.record.name, rows, figures))
    return page("data.html", current=DATA, nav=nav, title=words.DATA["title"], t=words.DATA, whole=whole,
                studies=studies, strengths=strengths, command=command)  # fmt: skip


def _row(file: str, name: str, what: Words, made: Mapping[str, str | bytes]) -> FileRow:
    content = made[file]
    size = len(content.encode() if isinstance(content, str) else content)
    return FileRow(file, name, what, f"{max(1, round(size / 1000))}")
