"""Records as the YAML that people write, which reads back as the same record."""

from __future__ import annotations

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from euthymia.records.base import Record

WIDTH: Final = 116
"""Columns after which a line is broken."""
LINE: Final = 90
"""Letters up to which a part is written in one line."""


def to_yaml(record: Record) -> str:
    """A record as YAML: quantities as they were written, what is left to its default left out.

    `euthymia.records.reading.build` makes an equal record of it.
    """
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_styled(record.model_dump(mode="json", by_alias=True, exclude_defaults=True), top=True), stream)
    return stream.getvalue()


def _styled(value: Any, *, top: bool = False) -> Any:
    """Data with short parts in one line each."""
    if isinstance(value, dict):
        made: Any = CommentedMap({key: _styled(part) for key, part in value.items()})
    elif isinstance(value, list):
        made = CommentedSeq([_styled(part) for part in value])
    else:
        return value
    if not top and len(repr(value)) <= LINE:
        made.fa.set_flow_style()
    return made
