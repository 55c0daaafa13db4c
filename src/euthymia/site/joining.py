"""The joined model in the frame of the site: its page, and its data as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euthymia.joined.comparison import Comparison
from euthymia.joined.predictions import Forecast
from euthymia.report.joined import JSON, TABLE, joined_page
from euthymia.site.digest import Field
from euthymia.site.frame import JOINED, Frame


@dataclass(frozen=True)
class JoinedRun:
    """The joined model as it was run.

    Attributes
    ----------
    found
        Every finding alone and joined.
    forecast
        What it says of questions that no study has tested.
    command
        The command that runs it again.
    """

    found: Comparison
    forecast: Forecast
    command: str


def joined_files(run: JoinedRun, field: Field) -> Iterator[tuple[str, str]]:
    """The page, whose findings lead to the pages of their studies, and the files under it."""
    yield JOINED, joined_page(run.found, run.forecast, command=run.command, site=Frame(JOINED, pages=field.nav),
                              pages=field.pages)  # fmt: skip
    yield JSON, run.found.to_json(run.forecast)
    yield TABLE, run.found.to_csv()
