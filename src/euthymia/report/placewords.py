"""Populations, projections and regions as protocols name them, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.records.regions import read_regions
from euthymia.report.bilingual import Words
from euthymia.words import Message, msg

NAMES: Final[Mapping[str, Message]] = {
    "BNST_CCK": msg("CCK cells of the bed nucleus"),
    "BNST_CCK_to_HbX": msg("CCK axons from the bed nucleus in the habenula"),
    "D1_to_MD": msg("D1 axons in the mediodorsal thalamus"),
    "D2_to_LH": msg("D2 axons in the lateral hypothalamus"),
    "HbX_SST": msg("SST cells of the habenula"),
    "HbX_SST_to_IPN": msg("SST axons from the habenula in the interpeduncular nucleus"),
    "IPN_PENK": msg("PENK cells of the interpeduncular nucleus"),
    "IT": msg("IT neurons"),
    "LH": msg("lateral hypothalamus (LH)"),
    "LP": msg("lateral posterior thalamus (LP)"),
    "MD": msg("mediodorsal thalamus (MD)"),
    "PT": msg("PT neurons"),
    "V1_LP_cells": msg("V1 cells that project to LP"),
    "V1_to_LP": msg("V1 axons in LP"),
    "VTA": msg("dopamine cells of the VTA"),
    "acc_glutamatergic": msg("excitatory cells of the anterior cingulate cortex"),
    "amygdala_astrocytes": msg("astrocytes of the amygdala"),
    "brain_vessels": msg("brain vessels"),
    "excitatory_neurons": msg("excitatory neurons"),
    "forebrain": msg("forebrain"),
    "leukocytes": msg("leukocytes"),
    "shell_D1": msg("D1 cells of the accumbens shell"),
    "shell_D2": msg("D2 cells of the accumbens shell"),
    "spinal_cord": msg("spinal cord"),
    "vCA1_to_BLA": msg("vCA1 cells that project to the amygdala"),
}
"""What is no place on the map of the brain."""


def place_name(name: str) -> Words:
    """The words for a population, a projection or a region; its id where none are known.

    >>> str(place_name("anterior_cingulate")), str(place_name("shell_D1")), place_name("my_cells")
    ('anterior cingulate cortex', 'D1 cells of the accumbens shell', 'my cells')
    """
    spaced = name.replace("_", " ")
    places = read_regions().places
    found = next((one.label.text for key, one in places.items()
                  if name == key or f"{one.label.en} ".startswith(f"{spaced} ")), None)  # fmt: skip
    return NAMES.get(name) or found or spaced
