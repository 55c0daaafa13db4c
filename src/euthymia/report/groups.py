"""Which arms of an experiment are drawn together: those whose animals differ by their drugs only."""

from __future__ import annotations

from collections.abc import Sequence

from euthymia.records.protocol import Bath, Drug, Imaging, Infusion
from euthymia.records.study import Arm

Background = tuple[object, ...]
Group = tuple[Background, list[Arm], list[tuple[Arm, bool]]]
"""A background, its arms, and the arms shown for comparison, each with whether it stands in a group of its own."""


def background(arm: Arm) -> Background:
    """What was done to an arm's animals apart from drugs and imaging."""
    return tuple(item for item in arm.protocol if not isinstance(item, Drug | Bath | Infusion | Imaging))


def treatment(arm: Arm) -> tuple[str, ...]:
    """The drugs of an arm, as a key; empty for an untreated arm."""
    return tuple(sorted(repr(item) for item in arm.protocol if isinstance(item, Drug | Bath | Infusion)))


def shade(arm: Arm) -> tuple[str, ...]:
    """What an arm's colour stands for: its drugs, and the reading that picks its animals; empty if there is neither."""
    return treatment(arm) if arm.split is None else (*treatment(arm), repr(arm.split))


def grouped(arms: Sequence[Arm]) -> list[Group]:
    """Arms by background, each group with the arms that it is read against.

    A lone untreated arm joins the group whose background holds the least besides its own. A group without an untreated
    arm gets those of the group whose background is the largest part of its own: the same treatments, and none.
    """
    groups: dict[Background, list[Arm]] = {}
    for arm in arms:
        groups.setdefault(background(arm), []).append(arm)
    joined: dict[Background, list[tuple[Arm, bool]]] = {key: [] for key in groups}
    for key, members in list(groups.items()):
        over = [other for other in groups if other != key and _part(key, other)]
        if len(members) == 1 and not treatment(members[0]) and over:
            joined[min(over, key=len)].append((members[0], False))
            del groups[key], joined[key]
    for key, members in groups.items():
        if all(treatment(arm) for arm in members):
            joined[key] += _reference(key, members, groups)
    return [(key, members, joined[key]) for key, members in groups.items()]


def _reference(key: Background, members: Sequence[Arm], groups: dict[Background, list[Arm]]) -> list[tuple[Arm, bool]]:
    under = [other for other in groups if other != key and _part(other, key)]
    if not under:
        return []
    wanted = {(), *(treatment(arm) for arm in members)}
    return [(arm, True) for arm in groups[max(under, key=len)] if treatment(arm) in wanted]


def _part(less: Background, more: Background) -> bool:
    return all(item in more for item in less)
