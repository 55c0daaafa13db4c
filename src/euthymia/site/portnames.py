"""Names of what interventions reach, as people say them: genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, msg

GENES: Final[Mapping[str, Message]] = {
    "ADIPOQ": msg("adiponectin"),
    "ADIPOR1": msg("adiponectin receptor AdipoR1"),
    "CCR2": msg("chemokine receptor CCR2"),
    "CLDN5": msg("claudin-5"),
    "DNM1": msg("dynamin"),
    "GNG4": msg("G protein subunit Gγ4"),
    "HTR1A": msg("serotonin receptor 5-HT1A"),
    "HTR2A": msg("serotonin receptor 5-HT2A"),
    "HTR2B": msg("serotonin receptor 5-HT2B"),
    "HTR2C": msg("serotonin receptor 5-HT2C"),
    "IL6": msg("interleukin-6"),
    "MAP2K1": msg("kinase MEK1"),
    "MDK": msg("midkine"),
    "NR3C1": msg("glucocorticoid receptor"),
    "NTRK2": msg("BDNF receptor TrkB"),
    "PRKAA2": msg("kinase AMPK"),
    "PTN": msg("pleiotrophin"),
    "SLC6A4": msg("serotonin transporter"),
    "TPH2": msg("serotonin synthesis (tryptophan hydroxylase)"),
}
"""What the product of a gene is called, where its symbol does not say so."""


def gene_name(symbol: str) -> Message | str:
    """A gene's symbol, with what its product is called.

    >>> str(gene_name("NTRK2")), str(gene_name("ULK1"))
    ('NTRK2, BDNF receptor TrkB', 'ULK1')
    """
    product = GENES.get(symbol)
    return msg("{symbol}, {product}", symbol=symbol, product=product) if product else symbol
