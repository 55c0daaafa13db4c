"""A causal chain for the interactive picture: entities and links with their places and words in both languages."""

from __future__ import annotations

from typing import Any

from euthymia.records.base import Bilingual
from euthymia.records.study import Link, Study
from euthymia.report.bilingual import Words, shown
from euthymia.report.chain import CLASSES, KINDS, SIGNS
from euthymia.report.layers import layout
from euthymia.words import LANGUAGES


def chain_graph(study: Study) -> dict[str, Any]:
    """The chain as plain data.

    `nodes` have a place in the layers (`along`, `across`); long `edges` have the places that they run through (`via`).

    Examples
    --------
    ::

        chain_graph(load_study("S04").record)["edges"][0]["id"]
    """
    plan = layout(list(study.entities), [(link.source, link.target) for link in study.chain])
    level = {node: index for index, layer in enumerate(plan.layers) for node in layer}
    nodes = [
        {"id": name, "label": _both(one.label), "kind": one.kind, "kind_word": _both(KINDS[one.kind]),
         "ids": list(one.ids), "along": level[name], "across": round(plan.across[name], 3)}
        for name, one in study.entities.items()
    ]  # fmt: skip
    edges = [
        _edge(i + 1, link) | {"via": [[level[node], round(plan.across[node], 3)] for node in route[1:-1]]}
        for i, (link, route) in enumerate(zip(study.chain, plan.routes, strict=True))
    ]
    return {"study": study.id, "nodes": nodes, "edges": edges}


def _edge(number: int, link: Link) -> dict[str, Any]:
    return {
        "id": link.id, "number": number, "source": link.source, "target": link.target, "sign": CLASSES[link.sign],
        "sign_word": _both(SIGNS[link.sign]), "statement": _both(link.statement), "evidence": link.evidence.id,
        "where": link.evidence.where, "grade": link.evidence.grade,
    }  # fmt: skip


def _both(words: Words | Bilingual) -> dict[str, str]:
    return {language: shown(words, language) for language in LANGUAGES}
