"""The story as terminal text, line by line: every scene in the order in which it came."""

from __future__ import annotations

from typing import Any

from .chapters import StoryLine
from .scenes import screenplay
from .screenplay import LINE
from .shown import shown
from .snapshot import ABSENT
from .text import begin, finish, write_line
from .text_page import CHANGED, Page


def every_line(story: Any) -> Page:
    """All lines that the story tells, under the headings of its outline."""
    page = Page(full=True)
    begin(page, story)
    play = screenplay(story)
    headings: dict[int, list[Any]] = {}
    for part in play.parts:
        headings.setdefault(part.first, []).append(part)
    depth = 0
    for number, scene in enumerate(play.scenes):
        for part in headings.get(number, ()):
            depth = part.depth
            page.say(depth, (part.title, "bold"))
        if scene.kind == LINE and scene.place is not None:
            line = StoryLine(scene.place, scene.reads, scene.writes, scene.raised)
            write_line(page, depth + 1, line)
        else:
            write_outcome(page, depth + 1, scene)
    finish(page, story)
    return page


def write_outcome(page: Page, depth: int, scene: Any) -> None:
    """What some lines came to."""
    page.say(depth, (scene.says, "italic"))
    for name, value in scene.reads.items():
        page.say(depth + 1, (f"{name} = {shown(value)}", "dim"))
    for change in scene.writes:
        was = "" if change.before is ABSENT else f"{shown(change.before)} -> "
        page.say(depth + 1, (f"{CHANGED} {change.name} = {was}{shown(change.after)}", "green"))
