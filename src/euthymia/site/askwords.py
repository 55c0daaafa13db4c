"""The fixed sentences of the page "Ask": those of the page, and those that its scripts pick and fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euthymia.words import Message, Text, msg


def _kept(*names: str) -> dict[str, str]:
    """Places that stay in a sentence for a script to fill."""
    return {name: f"{{{name}}}" for name in names}


PAGE: Final[Mapping[str, Message]] = {
    "title": msg("What would happen if …?"),
    "lead": msg(
        "Put groups of virtual mice together, decide what each is given and when, and see what the joined model of all "
        "studies predicts."
    ),
    "no_script": msg(
        "Putting a question together on this page needs JavaScript. Without it, save one of these questions, change it "
        "in any text editor, and run it with the command below."
    ),
    "starts": msg("Begin with an example, or change the one below"),
    "open": msg("Open a protocol file"),
    "design": msg("The question"),
    "timeline_hint": msg(
        "Drag a mark to move it in time, or focus it and press the left and right arrow keys; with Shift they move it "
        "seven steps, and make stress longer or shorter. Enter leads to its fields."
    ),
    "zoom": msg("Zoom in on day 0"),
    "groups": msg("Groups"),
    "groups_lead": msg("Each group is given something else. The first one is what the others are compared with."),
    "add_group": msg("Add a group"),
    "animals": msg("Animals and stress"),
    "readings": msg("Readings"),
    "add_reading": msg("Add an assay"),
    "compared": msg("Comparisons"),
    "more": msg("Studies, and parts for experts"),
    "as_data": msg("The question as data"),
    "as_data_lead": msg(
        "What is sent, saved and linked, as JSON. It can be edited here; the form follows once it is applied."
    ),
    "data_label": msg("Question as JSON"),
    "apply": msg("Apply"),
    "data_error": msg(
        "This is not a question: it must be JSON with a list of groups (“arms”), each with an “id”, and a list of "
        "readings (“sampling”), each with an “assay” and “times”."
    ),
    "run": msg("Run"),
    "save": msg("Save as protocol file"),
    "copy_link": msg("Copy link"),
    "static_title": msg("How to run it"),
    "static_run": msg(
        "This copy of the page has no server behind it, so it cannot run the question itself. Save it as a protocol "
        "file and run it on your computer; or start the live page, which runs questions here."
    ),
    "copy_text": msg("Copy"),
    "answer": msg("Answer"),
    "stale": msg("The question has been changed since this answer; run it again to see what changes."),
    "own": msg("Your own model or study"),
    "own_lead": msg(
        "Everything is read as data; nothing of it is executed. Files and results stay on the computer that runs the "
        "server."
    ),
    "own_static": msg("This needs the live page: start it with the command above."),
    "model": msg("A model"),
    "model_lead": msg(
        "SBML or Antimony text, up to 2 MB. It is simulated as it is, and shown as curves and a table; what the engine "
        "does not support is named."
    ),
    "model_file": msg("Model file"),
    "hours": msg("Time to simulate, in the model’s own unit"),
    "points": msg("Points of the curves"),
    "simulate": msg("Simulate"),
    "study": msg("A study"),
    "study_lead": msg(
        "The folder of a study (study.yaml, mechanism, parameters) as a ZIP file, up to 4 MB packed and 16 MB "
        "unpacked, 200 files. It is checked line by line, run on virtual mice, and each of its findings gets a verdict."
    ),
    "study_file": msg("Study folder as ZIP"),
    "study_animals": msg("Animals per group"),
    "seed": msg("Random seed"),
    "check_study": msg("Check and run"),
    "interface": msg("For programs: the interface of this server as OpenAPI"),
    "pick_search": msg("Search, in English or Chinese"),
    "close": msg("Close"),
}
"""Headings and explanations."""

_UNITS: Final[Mapping[str, Message | Text]] = {
    "unit": msg("Unit"),
    "unit_min": msg("min"),
    "unit_h": msg("h"),
    "unit_d": msg("days"),
    "axis_min": msg("minutes from day 0"),
    "axis_h": msg("hours from day 0"),
    "axis_d": msg("days"),
    "hours_a_day": msg("h a day"),
    "times": msg("times"),
    "days": msg("{days} days", **_kept("days")),
    "on_day": msg("day {day}", **_kept("day")),
    "before_day_0": msg("{time} before day 0", **_kept("time")),
    "after_day_0": msg("{time} after day 0", **_kept("time")),
    "comma": msg(", "),
    "semicolon": msg("; "),
    "between_names": Text(", ", "、"),
}
_NAMES: Final[Mapping[str, Message]] = {
    "untreated": msg("untreated"),
    "unstressed": msg("unstressed"),
    "stressed_untreated": msg("stressed, untreated"),
    "injured_untreated": msg("injured, untreated"),
    "given_unstressed": msg("{given}, unstressed", **_kept("given")),
    "title_against": msg("{arms} against {first}", **_kept("arms", "first")),
    "title_several": msg("{count} interventions against {first}", **_kept("count", "first")),
    "short_without": msg("without {gene}", **_kept("gene")),
    "short_gene": msg("{gene} at {level} %", **_kept("gene", "level")),
    "short_drive": msg("{place} driven", **_kept("place")),
    "short_silence": msg("{place} silenced", **_kept("place")),
    "short_infusion": msg("{substance} in {place}", **_kept("substance", "place")),
    "imaging": msg("imaging"),
    "other": msg("something else"),
    "treadmill": msg("treadmill running"),
    "wheel": msg("wheel running"),
    "assay_of": msg("{assay}, {of}", **_kept("assay", "of")),
    "assay_unit": msg("{assay}, in {unit}", **_kept("assay", "unit")),
    "study_named": msg("{study}: {name}", **_kept("study", "name")),
    "contrast": msg("“{arm}” against “{against}”: {assay}, {when}", **_kept("arm", "against", "assay", "when")),
}
_GROUPS: Final[Mapping[str, Message]] = {
    "group_name": msg("Name of the group"),
    "group_number": msg("Group {number}", **_kept("number")),
    "empty_group": msg("Nothing (untreated)"),
    "up": msg("Move up"),
    "copy": msg("Copy"),
    "remove": msg("Remove"),
    "remove_named": msg("Remove: {name}", **_kept("name")),
    "stressed_too": msg("Has the stress or injury of all groups"),
    "nothing_given": msg("Nothing is given."),
    "add_intervention": msg("Add an intervention"),
    "groups_full": msg("A question has at most {most} groups here.", **_kept("most")),
    "lost": msg(
        "The group is removed, and with it what compared it ({count}).",
        **_kept("count"),
    ),
    "pick_group": msg("What is the new group given?"),
    "pick_intervention": msg("What is added?"),
    "by_hand": msg("By hand"),
    "offers_drugs": msg("Drugs, at any dose"),
    "offers_drug": msg("Courses of drugs, as in the studies"),
    "offers_combination": msg("Combinations"),
    "offers_infusion": msg("Infusions into the brain"),
    "offers_exercise": msg("Exercise"),
    "offers_gene": msg("Genes"),
    "offers_circuit": msg("Cells and pathways driven or silenced"),
    "found": msg("Found: {count}.", **_kept("count")),
    "found_none": msg("Nothing has this name. Other words may help, or build it by hand."),
    "kind_gene": msg("Change of a gene"),
    "kind_method": msg("Cells driven or silenced"),
    "kind_infusion": msg("Infusion into the brain"),
    "kind_exercise": msg("Running"),
    "kind_stress": msg("Stress"),
    "kind_injury": msg("Injury"),
    "kind_imaging": msg("Imaging"),
    "kind_other": msg("Something else, as data"),
}
_ITEMS: Final[Mapping[str, Message]] = {
    "dose": msg("Dose"),
    "route": msg("Route"),
    "route_ip": msg("into the abdomen (i.p.)"),
    "route_sc": msg("under the skin (s.c.)"),
    "route_iv": msg("into a vein (i.v.)"),
    "route_po": msg("by mouth (p.o.)"),
    "route_in": msg("through the nose (i.n.)"),
    "usual_dose": msg("{dose}, {route} ({studies})", **_kept("dose", "route", "studies")),
    "usual_doses": msg("In the studies: {doses}.", **_kept("doses")),
    "usual_none": msg("No study of the atlas gives this drug by itself; its dose is your own choice."),
    "when": msg("When"),
    "when_once": msg("once"),
    "when_series": msg("repeatedly"),
    "when_list": msg("at listed times"),
    "at_time": msg("Time from day 0"),
    "at_times": msg("At these times"),
    "first_at": msg("First, from day 0"),
    "how_often": msg("How often"),
    "every": msg("Every"),
    "times_hint": msg("Separated by commas, such as 2 h, 1 d, 7 d; a number without a unit is in days."),
    "stressor": msg("Kind of stress"),
    "from": msg("Begins, from day 0"),
    "for_days": msg("Lasts for"),
    "for_time": msg("Lasts for"),
    "each_day": msg("Time a day"),
    "daily_hint": msg("Left empty, {daily} h as usual.", **_kept("daily")),
    "injury": msg("Kind of injury"),
    "gene": msg("Gene"),
    "change": msg("Its product is"),
    "knock_out": msg("knocked out"),
    "knock_down": msg("knocked down"),
    "over_expression": msg("over-expressed"),
    "level": msg("Level left"),
    "level_hint": msg("100 % is the usual level; less for a knock-down, more for an over-expression."),
    "where": msg("Where"),
    "since": msg("Begins, from day 0"),
    "since_hint": msg("Left empty, present throughout."),
    "target": msg("Cells or pathway"),
    "effect": msg("Effect"),
    "effect_drive": msg("driven"),
    "effect_silence": msg("silenced"),
    "means": msg("By"),
    "optogenetic": msg("light"),
    "chemogenetic": msg("a designer receptor"),
    "share": msg("Share of cells"),
    "timed": msg("For a set time, without a drug of its own"),
    "carried_hint": msg("The receptor acts as far as its drug is there: add clozapine N-oxide (CNO) to the group."),
    "exercise": msg("Kind of running"),
    "effort": msg("Effort"),
    "substance": msg("Substance"),
    "into": msg("Into"),
    "amount": msg("Amount"),
    "as_line": msg("As data"),
    "line_hint": msg("This kind has no form here; it is kept as one line of JSON, as in a protocol file."),
}
_REST: Final[Mapping[str, Message]] = {
    "title_name": msg("Title"),
    "no_stress": msg("No stress: the animals live undisturbed."),
    "add_stress": msg("Add stress"),
    "add_injury": msg("Add an injury"),
    "add_genotype": msg("Change a gene in all groups"),
    "animals": msg("Animals per group"),
    "animals_hint": msg("Up to {most}. More make intervals steadier and take longer.", **_kept("most")),
    "seed": msg("Random seed"),
    "seed_hint": msg("The same number draws the same animals again."),
    "sex": msg("Sex"),
    "sex_unknown": msg("not stated"),
    "sex_female": msg("female"),
    "sex_male": msg("male"),
    "sex_both": msg("both"),
    "sex_hint": msg("The models know no difference between females and males; the answer will say so."),
    "read_at": msg("Times of reading"),
    "read_where": msg("Populations"),
    "pick_assay": msg("What is read?"),
    "assays_behaviour": msg("Behaviour"),
    "assays_biology": msg("Brain and body"),
    "compare": msg("Which groups are compared"),
    "compare_first": msg("each with the first"),
    "compare_chosen": msg("chosen pairs"),
    "pair_number": msg("Comparison {number}", **_kept("number")),
    "pair_arm": msg("Group"),
    "pair_against": msg("Against"),
    "pair_assay": msg("Assay"),
    "pair_time": msg("Time"),
    "any_assay": msg("all assays"),
    "last_time": msg("the last one"),
    "add_pair": msg("Add a comparison"),
    "together_number": msg("More together than expected? {number}", **_kept("number")),
    "together_both": msg("Both together"),
    "together_first": msg("One of them"),
    "together_second": msg("The other"),
    "together_none": msg("Neither"),
    "together_hint": msg(
        "Whether two do more together than expected can be asked with four groups: neither, each, both."
    ),
    "full": msg("Full effect"),
    "full_unstressed": msg("the unstressed level"),
    "full_limit": msg("the end of the assay’s range"),
    "loewe": msg("Also compare with more of one alone (Loewe; takes longer)"),
    "add_together": msg("Ask whether two do more together"),
    "studies": msg("Studies in the joined model"),
    "studies_hint": msg("All by default. Fewer answer faster, and lack the mechanisms of those left out."),
    "lines": msg("Parts without a form"),
    "lines_hint": msg("As JSON, with the keys of a protocol file; empty where the question has none."),
    "line_rivals": msg("Rival readings"),
    "line_split": msg("Susceptible or resilient animals"),
    "line_grid": msg("Grid of doses or times"),
    "has_combinations": msg("It also asks whether two do more together than expected ({count}).", **_kept("count")),
    "has_grid": msg("It also asks for a grid of doses or times."),
    "has_split": msg("It asks only about animals that a reading sets apart."),
    "has_studies": msg("It joins only some of the studies ({count}).", **_kept("count")),
    "size": msg("{arms} groups of {animals} animals, {days} days", **_kept("arms", "animals", "days")),
    "too_long": msg("The question spans {days} days; at most {most} are taken.", **_kept("days", "most")),
    "wrong_number": msg("Give a number within the limits of this field."),
    "wrong_text": msg("Write at least one character here."),
    "wrong_times": msg("Give times separated by commas, such as 2 h, 1 d, 7 d."),
    "wrong_data": msg("This is not JSON of the kind that belongs here."),
    "problems_title": msg("The question cannot be run as it is:"),
}
_TIMELINE: Final[Mapping[str, Message]] = {
    "timeline_name": msg("The question over time: a row for each group, then the readings"),
    "mark": msg("{name}, {when}", **_kept("name", "when")),
    "mark_always": msg("{name}, throughout", **_kept("name")),
    "mark_since": msg("{name}, since {when}", **_kept("name", "when")),
    "mark_series": msg("{name}, {count} times from {first} to {last}", **_kept("name", "count", "first", "last")),
    "mark_stress": msg("{name}, {days} days from {when}", **_kept("name", "days", "when")),
    "mark_reading": msg("Reading: {assay}, {when}", **_kept("assay", "when")),
}
_RUN: Final[Mapping[str, Message]] = {
    "sending": msg("Sending it."),
    "waiting": msg("Waiting for its turn; it is next."),
    "ahead": msg("Waiting for its turn; before it: {count}.", **_kept("count")),
    "running": msg("Running."),
    "cancel": msg("Cancel"),
    "cancelling": msg("Cancelling."),
    "cancelled": msg("Cancelled."),
    "failed": msg("The run failed, and the server gave no reason."),
    "busy": msg("The server has as much to do as it can take. It is asked again by itself."),
    "busy_again": msg("Next try in {seconds} s.", **_kept("seconds")),
    "lost_server": msg("The server cannot be reached. It is asked again by itself."),
    "gone": msg("The server cannot be reached. Your question is kept in this page; try again once the server runs."),
    "server_error": msg("The server answered with an error ({status}).", **_kept("status")),
    "done_of": msg("{done} of {total} runs, {time}", **_kept("done", "total", "time")),
    "seconds": msg("{seconds} s", **_kept("seconds")),
    "minutes": msg("{minutes} min {seconds} s", **_kept("minutes", "seconds")),
    "files": msg("Files to keep"),
    "explain_title": msg("What does a difference come from?"),
    "explain_lead": msg(
        "Each link of the mechanisms is cut in turn; what the difference loses shows which links carry it. This is "
        "done in fewer animals, so the difference is not quite the one above."
    ),
    "explain_which": msg("Difference"),
    "explain": msg("Explain"),
    "own_no_file": msg("Choose a file first."),
}
_FILES: Final[Mapping[str, Message]] = {
    "saved": msg("Saved as question.yaml; “euthymia simulate question.yaml --out answer” runs it."),
    "opened": msg("Opened: {name}.", **_kept("name")),
    "applied": msg("The form shows the edited question."),
    "example_loaded": msg("Example: {title}.", **_kept("title")),
    "file_large": msg("The file is larger than {most} kB, which no question is.", **_kept("most")),
    "file_needs_server": msg(
        "Without a server this page reads only files that it has saved itself. Other protocol files can be run with "
        "“euthymia simulate”, or opened on the live page."
    ),
    "file_unread": msg("The file holds no question that this form can show."),
    "link_copied": msg("The link is copied; whoever opens it sees this question."),
    "link_broken": msg("The link is damaged or incomplete, so its question cannot be shown. Here is the usual one."),
    "link_impossible": msg("This browser is too old to read questions from links. Here is the usual one."),
    "use_loaded": msg("The treatment stands here as in its study. Change what you like, then run it."),
    "link_unknown": msg("The link names interventions that the atlas does not have: {names}.", **_kept("names")),
    "copied": msg("Copied."),
    "copy_failed": msg("The browser does not allow copying; copy it by hand."),
}
PHRASES: Final[Mapping[str, Message | Text]] = {
    **_UNITS, **_NAMES, **_GROUPS, **_ITEMS, **_REST, **_TIMELINE, **_RUN, **_FILES
}  # fmt: skip
"""What the scripts of the page say, by key; places in braces are filled by them."""
