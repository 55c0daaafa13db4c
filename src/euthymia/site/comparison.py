"""The comparison of interventions in the frame of the site: its page, its tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from euthymia.report.compared import Known, comparison_page
from euthymia.site.compared import Compared
from euthymia.site.frame import COMPARED, TREATMENTS, Frame
from euthymia.site.treatment import Shelf, treatment_pages


def comparison_files(compared: Compared, shelf: Shelf) -> Iterator[tuple[str, str]]:
    """The page, whose rows lead to the pages of the interventions, and the files under it."""
    yield COMPARED, comparison_page(
        compared.told, compared.own_picture, command=compared.command, known=_known(shelf),
        pages=treatment_pages(shelf), site=Frame(COMPARED, within=TREATMENTS, pages=shelf.field.nav),
    )  # fmt: skip
    yield from compared.files.items()


def _known(shelf: Shelf) -> Mapping[str, Known]:
    """The findings of the site's studies, with the places where they are told."""
    return {
        finding.id: Known(finding.statement, f"{shelf.field.pages[study]}#f-{finding.id}")
        for study, entry in shelf.field.entries.items()
        for finding in entry.reproduction.study.record.findings
    }
