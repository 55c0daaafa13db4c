"""What a question can be put together from, as plain data for the form of the page "Ask": all from the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from euthymia.asking import read_question
from euthymia.records.drug import DrugRecord
from euthymia.records.folder import built_in
from euthymia.records.intervention import read_catalogue
from euthymia.records.library import ATLAS, common_library
from euthymia.records.protocol import Drug, Infusion
from euthymia.records.question import MOST_ANIMALS, MOST_ARMS, MOST_DAYS, Question
from euthymia.records.reading import build, read_yaml
from euthymia.records.study import Study
from euthymia.report.bilingual import Words, shown
from euthymia.report.placewords import SUBSTANCES, place_name
from euthymia.report.protocolwords import INJURIES, drug_name
from euthymia.report.units import unit_words
from euthymia.site.portnames import gene_name
from euthymia.words import LANGUAGES, msg

QUESTIONS: Final = ATLAS / "common" / "questions"
"""Example questions; the first by name of `FIRST` is the one that the page begins with."""
FIRST: Final = "psilocybin"
USUAL: Final[Mapping[str, float]] = {"animals": MOST_ANIMALS, "arms": MOST_ARMS, "days": MOST_DAYS}
"""Limits of any question."""
Both = dict[str, str]
Item = dict[str, Any]


def atlas_data(limits: Mapping[str, float] | None = None) -> Item:
    """Studies, drugs, stressors, assays, targets, interventions and example questions, JSON-able.

    Parameters
    ----------
    limits
        What a server takes on; the limits of any question if left out.

    >>> [one["id"] for one in atlas_data()["drugs"]][:2]
    ['bci', 'buspirone']
    """
    return {**_known(), "limits": dict(USUAL if limits is None else limits)}


def example_questions() -> dict[str, Question]:
    """The example questions by id, the one that the page begins with first."""
    files = sorted(QUESTIONS.glob("*.yaml"), key=lambda file: (file.stem != FIRST, file.stem))
    return {file.stem: read_question(file) for file in files}


@cache
def _known() -> Item:
    studies = [build(Study, read_yaml(folder / "study.yaml")) for folder in built_in().values()]
    return {
        "studies": [{"id": study.id, "name": _both(study.name)} for study in studies],
        "drugs": list(_drugs(studies)),
        "stressors": [{"id": name, "label": _both(one.label), "daily": one.daily}
                      for name, one in common_library().stressors.items()],
        "injuries": [{"id": name, "label": _both(INJURIES[name])}
                     for name in _names(study.mechanism.ports.injury for study in studies)],
        "genes": list(_genes(studies)),
        "targets": list(_targets(studies)),
        "infusions": list(_infusions(studies)),
        "assays": list(_assays(studies)),
        "interventions": list(_interventions()),
        "examples": [{"id": name, "title": _both(one.title), "question": plain_question(one)}
                     for name, one in example_questions().items()],
    }  # fmt: skip


def plain_question(question: Question) -> Item:
    """A question as JSON data that holds no more than what was asked."""
    whole: Item = question.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"format": 1, **whole, "animals": question.animals, "seed": question.seed}


def _both(words: Words) -> Both:
    return {language: shown(words, language) for language in LANGUAGES}


def _names(found: Iterable[Collection[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in found for name in names))


def _drugs(studies: list[Study]) -> Iterator[Item]:
    ported = _names(study.mechanism.ports.drugs for study in studies)
    for name, drug in common_library().drugs.items():
        if name in ported and drug.routes:
            given = _given(studies, drug)
            yield {"id": name, "label": _both(drug.label), "routes": list(drug.routes), "given": given}


def _given(studies: list[Study], drug: DrugRecord) -> list[Item]:
    """How experiments of the studies give a drug, the most usual way first."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for study in studies:
        for item in _protocols(study):
            if isinstance(item, Drug) and item.drug == drug.id and item.route in drug.routes:
                found.setdefault((str(item.dose), item.route), Counter())[study.id] += 1
    usual = sorted(found.items(), key=lambda one: -one[1].total())
    return [{"dose": dose, "route": route, "studies": sorted(count)} for (dose, route), count in usual]


def _protocols(study: Study) -> Iterator[object]:
    for experiment in study.experiments:
        for arm in experiment.arms:
            yield from arm.protocol


def _genes(studies: list[Study]) -> Iterator[Item]:
    for gene in sorted(_names(study.mechanism.ports.genes for study in studies)):
        places = _names(study.mechanism.ports.genes.get(gene, {}) for study in studies)
        places.sort(key=lambda name: name != "whole_body")
        yield {"id": gene, "label": _both(gene_name(gene)),
               "places": [{"id": name, "label": _both(place_name(name))} for name in places]}  # fmt: skip


def _targets(studies: list[Study]) -> Iterator[Item]:
    """Populations that can be driven or silenced: for a time, or by a receptor whose drug is given."""
    ports = {name: port for study in studies for name, port in study.mechanism.ports.stimulation.items()}
    for name, port in ports.items():
        timed = {"drive": port.drive is not None or port.driven is not None,
                 "silence": port.silence is not None or port.silenced is not None}  # fmt: skip
        carried = {"drive": port.hm3d is not None, "silence": port.hm4d is not None}
        yield {
            "id": name,
            "label": _both(place_name(name)),
            "timed": [effect for effect, there in timed.items() if there],
            "carried": [effect for effect, there in carried.items() if there],
        }


def _infusions(studies: list[Study]) -> Iterator[Item]:
    library = common_library()
    for name in _names(study.mechanism.ports.infusion for study in studies):
        regions = _names(study.mechanism.ports.infusion.get(name, {}) for study in studies)
        amounts = Counter(item.amount for study in studies for item in _protocols(study)
                          if isinstance(item, Infusion) and item.infusion == name)  # fmt: skip
        yield {
            "id": name,
            "label": _both(SUBSTANCES.get(name) or drug_name(name, library)),
            "regions": [{"id": one, "label": _both(place_name(one))} for one in regions],
            "amount": amounts.most_common(1)[0][0] if amounts else None,
        }


def _assays(studies: list[Study]) -> Iterator[Item]:
    """What the joined model reads: tests of behaviour, and read-outs that some study has."""
    for name, assay in common_library().assays.items():
        found = [] if assay.latent is not None else _populations(studies, name)
        if assay.latent is not None or found:
            yield {
                "id": name,
                "label": _both(assay.label),
                "unit": _both(unit_words(assay.unit)),
                "behaviour": assay.latent is not None,
                "of": [] if [one["id"] for one in found] == ["all"] else found,
            }


def _populations(studies: list[Study], assay: str) -> list[Item]:
    """Populations that an assay reads, by the names that `euthymia.models.views.whole_record` gives them; none if it
    reads the whole animal.
    """
    states = {
        study.id: study.mechanism.readouts[assay].states for study in studies if assay in study.mechanism.readouts
    }
    users = Counter(of for found in states.values() for of in found)
    names = {study.id: study.name for study in studies}
    found = []
    for study, own in states.items():
        for of in own:
            prefixed = users[of] > 1
            name = of if not prefixed else study if of == "all" else f"{study}_{of}"
            words: Words = place_name(of)
            if prefixed and of == "all":
                words = msg("{study}: {name}", study=study, name=names[study].text)
            elif prefixed:
                words = msg("{place} ({study})", place=words, study=study)
            found.append({"id": name, "label": _both(words)})
    return found


def _interventions() -> Iterator[Item]:
    for name, entry in read_catalogue().interventions.items():
        yield {
            "id": name,
            "label": _both(entry.label),
            "short": _both(entry.short),
            "study": entry.study,
            "kind": entry.kind,
            "protocol": [item.model_dump(mode="json", exclude_none=True) for item in entry.protocol],
        }
