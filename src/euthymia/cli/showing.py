"""What ``list`` and ``show`` print."""

import json

from rich.table import Table

from euthymia.cli.options import OUT
from euthymia.records.folder import built_in, load_study
from euthymia.words import Language, msg


def show_list(language: Language, *, as_json: bool) -> None:
    """The built-in studies, a line each."""
    studies = [load_study(name, calibrated=False).record for name in sorted(built_in())]
    if as_json:
        rows = [
            {
                "id": study.id,
                "name": study.name.text.text(language),
                "journal": study.citation.journal,
                "date": study.citation.date,
                "findings": len(study.findings),
            }
            for study in studies
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for head in (msg("Study"), msg("Name"), msg("Published"), msg("Findings")):
        table.add_column(head.text(language))
    for study in studies:
        published = f"{study.citation.journal}, {study.citation.date}"
        table.add_row(study.id, study.name.text.text(language), published, str(len(study.findings)))
    OUT.print(table)


def show_study(name: str, language: Language, *, as_json: bool) -> None:
    """A study's record, for reading."""
    record = load_study(name, calibrated=False).record
    if as_json:
        print(record.model_dump_json(indent=2, by_alias=True))
        return
    citation = record.citation
    lines = [
        f"{record.id}  {record.name.text.text(language)}",
        f"{citation.authors}. {citation.title}. {citation.journal}, {citation.date}.",
    ]
    lines += ["\n" + words.text.text(language) for words in (record.question, record.answer, record.plain)]
    lines.append("")
    lines += [
        f"  {link.source} --{link.sign}--> {link.target}: {link.statement.text.text(language)}" for link in record.chain
    ]
    for experiment in record.experiments:
        lines.append(f"\n{experiment.id}: {experiment.label.text.text(language)}")
        lines += [f"  {arm.id}: {arm.label.text.text(language)}" for arm in experiment.arms]
    lines.append("")
    lines += [f"  {f.id} ({f.use}): {f.statement.text.text(language)}" for f in record.findings]
    OUT.print("\n".join(lines), markup=False)
