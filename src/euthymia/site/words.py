"""The fixed sentences of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from euthymia.records.base import Bilingual
from euthymia.records.digest import Chapter
from euthymia.words import Message, Text, msg

HOME: Final[Mapping[str, Message]] = {
    "title": msg("How do antidepressants that act within hours work?"),
    "to_treatments": msg("See all treatments"),
    "search": msg("Look up a treatment, a drug, a study, a place in the brain, a test or a word"),
    "examples": msg("For example:"),
    "to_ask": msg("Ask your own question"),
    "to_digest": msg("Read the digest"),
    "to_map": msg("Explore the brain"),
    "to_studies": msg("See the studies"),
    "all_findings": msg("All findings of the atlas"),
    "plane": msg("When it starts to help, and for how long"),
    "plane_lead": msg(
        "Each mark is an intervention given to the same stressed virtual mice: further left acts sooner, further up "
        "lasts longer. Ellipses show the uncertainty; a mark that is larger does more harm."
    ),
    "plane_play": msg("Play it from the first minute to the last day"),
    "plane_more": msg("The comparison in full, with harms and tables"),
    "map": msg("Where in the brain"),
    "map_lead": msg(
        "A mouse brain cut lengthwise, front to the left; the drawing is schematic. Choose a region or a cell type to "
        "see which studies involve it, through which links, and which findings rest on them."
    ),
    "beside": msg("Dashed: beside this section."),
    "choose": msg("Choose a place"),
    "nothing": msg("Choose a region on the map or a name in the list."),
    "links": msg("Links here"),
    "telling": msg("Findings that rest on them"),
    "all_of": msg("All findings, in the study"),
    "ids": msg("Identifiers"),
    "colon": msg(": "),
    "picture": msg("This picture"),
}
"""Headings and explanations of the first page."""

STUDY: Final[Mapping[str, Message]] = {
    "graph_lead": msg(
        "Point at a link, tap it or step through the numbers below: beside it stand its evidence, its parameters, and "
        "what breaks without it. Drag to move, hold Ctrl and scroll to zoom."
    ),
    "fit_view": msg("Show all"),
    "step": msg("Links by number"),
    "none_chosen": msg("No link is chosen yet."),
    "table_of_links": msg("All links as a table"),
    "link": msg("Link"),
    "says": msg("What the study says"),
    "evidence": msg("Evidence"),
    "its_parameters": msg("Parameters that carry it"),
    "no_parameters": msg("No ablation cuts this link, so no parameter is tied to it."),
    "breaks": msg("What breaks without it"),
    "breaks_unknown": msg("No ablation of the study cuts this link: what it is needed for is not known."),
    "breaks_not_run": msg("It can be cut, but no cut was run for this page."),
    "python": msg("In Python"),
    "bibtex": msg("As BibTeX"),
    "on_map": msg("On the map of the brain:"),
    "neighbours": msg("Other studies"),
    "cite_atlas": msg(
        "If you use the numbers of this page, cite the study, and the atlas with its version and this command."
    ),
    "whole": msg("All data of this study"),
    "whole_files": msg("All files of this study, and what they hold"),
    "record": msg("record of the study"),
    "findings_file": msg("findings and verdicts"),
    "links_file": msg("links"),
    "entities_file": msg("entities of the chain"),
    "parameters_file": msg("parameters"),
    "fits_file": msg("how the published series fit"),
    "cuts_file": msg("what each cut does to each finding, everything else left as it is"),
    "cuts_anew_file": msg("what each cut does to each finding, with the rest calibrated anew"),
    "scores_file": msg("scores of the mechanism and of the null competitor"),
    "calibration_file": msg("each parameter before and after calibration, with R-hat and effective draws"),
    "ranks_file": msg("rank plots of the parameter on which the runs of the sampler agree least"),
    "card_file": msg("credibility card"),
    "checks_file": msg("the ten rules with their checks"),
    "picture_of_chain": msg("picture of the chain"),
}
"""Headings and explanations that the page of a study has in the site only."""

GLOSSARY: Final[Mapping[str, Message]] = {
    "title": msg("Words used on this site"),
    "lead": msg("Terms of the science, of the models and of the results; for assays and drugs also who uses them."),
    "used": msg("Used in"),
    "colon": msg(": "),
}
"""Headings of the glossary."""
STATUS_MEANINGS: Final[Mapping[str, Message]] = {
    "measured": msg("Of a parameter: the value stands in a source."),
    "derived": msg("Of a parameter: the value follows from numbers of a source by a calculation that is noted."),
    "calibrated": msg("Of a parameter: the value was fitted to the findings that are used to fit."),
    "assumed": msg("Of a parameter: the value is our choice; no source gives it, so it is left wide."),
}
"""What the statuses of parameters mean."""
SIGN_MEANINGS: Final[Mapping[str, Message]] = {
    "+": msg("Of a link: more of the source makes more of the target. Drawn with a triangle."),
    "-": msg("Of a link: more of the source makes less of the target. Drawn with a bar."),
    "0": msg("Of a link: the study found that the source does not change the target. Drawn with an open circle."),
    "gate": msg("Of a link: the target happens only where the source is there. Drawn with a diamond."),
}
"""What the signs of links mean."""
DATA: Final[Mapping[str, Message]] = {
    "title": msg("All data of this site"),
    "lead": msg(
        "Every table as CSV or JSON and every picture as SVG. The same files are linked beside the tables and figures, "
        "where a PNG of each figure can be made as it is seen."
    ),
    "atlas": msg("The whole atlas"),
    "study": msg("Study by study"),
    "file": msg("File"),
    "what": msg("What it holds"),
    "size": msg("Size, kB"),
    "figures": msg("Figures of the page, as SVG in each language, and their numbers"),
    "again": msg("Build this site again"),
    "licence": msg(
        "The pages use Cytoscape.js for the pictures of causal chains; its licence stands beside it in the folder of "
        "scripts."
    ),
    "findings.csv": msg("All findings with verdicts, probabilities and sources"),
    "places.json": msg("Places of the brain with their studies, links and findings"),
    "brain.svg": msg("The map of the brain"),
    "compare": msg("The comparison of interventions"),
    "relief": msg("Relief over time, intervention by intervention"),
    "strengths": msg("Strengths of interventions, as SVG in each language, and their numbers"),
    "joined": msg("The joined model: findings alone and joined, and predictions"),
    "digest": msg("The digest"),
}
"""Headings and explanations of the page of data."""
DIGEST: Final[Mapping[str, Message]] = {
    "title": msg("Fast relief from depression: what can be explained so far"),
    "made": msg(
        "This article is put together by fixed templates from the records of the studies and the numbers of this run; "
        "no language model writes it. Every statement leads to the finding that it comes from."
    ),
    "brief": msg("In brief"),
    "comma": msg(", "),
    "article": msg("This article"),
    "colon": msg(": "),
    "shared": msg("Where the studies meet"),
    "open": msg("What is open, and where the models are wrong"),
    "read": msg("How to read this"),
    "holds": msg("Foretold, not fitted"),
    "wrong": msg("Where the model is wrong"),
    "missing": msg("Not in the model"),
    "needed": msg("What carries it"),
    "print": msg("To keep it as PDF, print this page."),
}
"""Headings of the digest."""


def listed(words: Sequence[Message | Text]) -> Message:
    """Words as a list in one sentence part."""
    whole: Message = msg("{only}", only=words[0])
    for one in words[1:]:
        whole = msg("{list}, {next}", list=whole, next=one)
    return whole


def other_chapter(studies: tuple[str, ...]) -> Chapter:
    """A chapter for studies that belong to none."""
    title, lead = msg("Other studies"), msg("Studies that belong to no chapter of the atlas.")
    both = [Bilingual(en=one.text("en"), zh=one.text("zh")) for one in (title, lead)]
    return Chapter(id="others", heading=both[0], lead=both[1], studies=studies)
