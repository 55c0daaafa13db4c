"""Populations, projections, regions and cell types as protocols name them, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, msg

PLACES: Final[Mapping[str, Message]] = {
    "whole_body": msg("the whole body"),
    "dorsal_raphe": msg("dorsal raphe"),
    "raphe": msg("dorsal raphe"),
    "forebrain": msg("forebrain"),
    "excitatory_neurons": msg("excitatory neurons"),
    "lateral_habenula": msg("lateral habenula"),
    "medial_frontal_cortex": msg("medial frontal cortex"),
    "prefrontal_cortex": msg("prefrontal cortex"),
    "anterior_cingulate": msg("anterior cingulate cortex"),
    "acc_glutamatergic": msg("excitatory cells of the anterior cingulate cortex"),
    "spinal_cord": msg("spinal cord"),
    "amygdala_astrocytes": msg("astrocytes of the amygdala"),
    "amygdala_neurons": msg("neurons of the amygdala"),
    "monocytes": msg("monocytes"),
    "leukocytes": msg("leukocytes"),
    "brain_vessels": msg("brain vessels"),
    "astrocytes": msg("astrocytes"),
    "PT": msg("pyramidal tract (PT) neurons"),
    "IT": msg("intratelencephalic (IT) neurons"),
    "pyramidal": msg("pyramidal cells of the anterior cingulate cortex"),
    "interneuron": msg("interneurons of the anterior cingulate cortex"),
    "BLA": msg("basolateral amygdala (BLA)"),
    "vCA1_to_BLA": msg("ventral CA1 cells that project to the amygdala"),
    "shell_D1": msg("D1 cells of the accumbens shell"),
    "shell_D2": msg("D2 cells of the accumbens shell"),
    "D1_to_MD": msg("terminals of D1 cells in the mediodorsal thalamus"),
    "D2_to_LH": msg("terminals of D2 cells in the lateral hypothalamus"),
    "MD": msg("mediodorsal thalamus (MD)"),
    "LH": msg("lateral hypothalamus (LH)"),
    "VTA": msg("dopamine neurons (VTA)"),
    "BNST_CCK": msg("CCK cells of the bed nucleus (BNST)"),
    "HbX_SST": msg("SST cells of the habenula"),
    "IPN_PENK": msg("PENK cells of the interpeduncular nucleus"),
    "BNST_CCK_to_HbX": msg("terminals of CCK cells in the habenula"),
    "HbX_SST_to_IPN": msg("terminals of SST cells in the interpeduncular nucleus"),
    "V1": msg("primary visual cortex (V1)"),
    "V1_LP_cells": msg("V1 cells that project to the thalamus (LP)"),
    "V1_other": msg("other cells of V1"),
    "V1_to_LP": msg("terminals of V1 cells in the thalamus (LP)"),
    "LP": msg("lateral posterior thalamus (LP)"),
    "serotonin": msg("serotonin"),
}
"""By the name that protocols use."""
SUBSTANCES: Final[Mapping[str, Message]] = {"adiponectin": msg("adiponectin"), "psilocin": msg("psilocin")}
"""Substances that are infused and are no drugs of the library."""


def place_name(name: str) -> Message | str:
    """A place, in words; one that is not known is shown as it is written, with spaces.

    >>> str(place_name("shell_D1")), place_name("my_cells")
    ('D1 cells of the accumbens shell', 'my cells')
    """
    return PLACES.get(name, name.replace("_", " "))


def short_place(name: str) -> Message | str:
    """A place as a chart names it: an abbreviation as it is written, any other in words.

    >>> short_place("PT"), str(short_place("V1_other"))
    ('PT', 'other cells of V1')
    """
    return name if (name.isupper() and "_" not in name) or len(name) == 2 else place_name(name)
