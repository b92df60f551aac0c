"""The story of some parameters alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from fnmatch import fnmatchcase

from .chapters import Backward, Chapter, Construct, Forward, Param, Step, StepGroup
from .story import Story


def narrowed(story: Story, patterns: Iterable[str] = (), group: int | None = None) -> Story:
    """The story without what is about other parameters: only names like one of the patterns, only this group's.

    A chapter of which nothing is left is left out, and so are the program's own lines.
    LookupError, naming those there are, if there is no such parameter.
    """
    patterns = list(patterns)
    chosen = chosen_tokens(story, patterns, group)
    chapters = [one for chapter in story.chapters if (one := narrowed_chapter(chapter, chosen)) is not None]
    return dataclasses.replace(story, chapters=chapters, own=[])


def chosen_tokens(story: Story, patterns: list[str], group: int | None) -> set[int]:
    """The tokens of the parameters asked for."""
    known: dict[int, tuple[str, int]] = {}  # by token: the name, and the group
    for chapter in story.chapters:
        if isinstance(chapter, Construct):
            known.update((p.token, (p.name, one.number)) for one in chapter.groups for p in one.parameters)
        elif isinstance(chapter, Step):
            known.update((p.token, (p.name, one.number)) for one in chapter.groups for p in members(one))
    found = {
        token
        for token, (name, number) in known.items()
        if (group is None or number == group) and (not patterns or any(fnmatchcase(name, one) for one in patterns))
    }
    if not found:
        asked = " and ".join(
            [
                *([f"named like {' or '.join(patterns)}"] if patterns else []),
                *([f"in group {group}"] if group is not None else []),
            ]
        )
        there = ", ".join(f"{name} in group {number}" for name, number in known.values()) or "none"
        raise LookupError(f"there is no parameter {asked}. There are: {there:.600}")
    return found


def members(group: StepGroup) -> list[Param]:
    return [*(update.parameter for update in group.updates), *group.idle]


def narrowed_chapter(chapter: Chapter, chosen: set[int]) -> Chapter | None:
    """What of a chapter is about them."""
    if isinstance(chapter, Construct):
        groups = [one for one in chapter.groups if any(p.token in chosen for p in one.parameters)]
        return dataclasses.replace(chapter, groups=groups) if groups else None
    if isinstance(chapter, Forward):
        ops = [run for run in chapter.ops if any(one.token in chosen for one in run.inputs)]
        return Forward(ops) if ops else None
    if isinstance(chapter, Backward):
        nodes = []
        for node in chapter.nodes:
            given = [one for one in node.contributions if one.token in chosen]
            nodes += [dataclasses.replace(node, contributions=given)] if given else []
        leaves = [leaf for leaf in chapter.leaves if leaf.leaf.token in chosen]
        return dataclasses.replace(chapter, nodes=nodes, leaves=leaves) if nodes or leaves else None
    turns = [
        dataclasses.replace(
            one,
            updates=[update for update in one.updates if update.parameter.token in chosen],
            idle=[p for p in one.idle if p.token in chosen],
        )
        for one in chapter.groups
    ]
    turns = [one for one in turns if members(one)]
    return dataclasses.replace(chapter, groups=turns) if turns else None
