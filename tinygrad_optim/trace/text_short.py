"""What terminal text tells in a line or two: chapters like one told before, and the program's own lines."""

from __future__ import annotations

from typing import Any

from .chapters import Backward, Forward, Step, StepGroup, StoryLine
from .shown import shown, size
from .snapshot import ObjectAt
from .text_page import CHANGED, Page

RUNS = 3  # of one line between two chapters, how many are told


def signature(chapter: Any) -> Any:
    """What chapters that tell the same lines have in common; None for one that is always told whole."""
    if isinstance(chapter, Forward):
        return "forward", tuple((run.op, run.place) for run in chapter.ops)
    if isinstance(chapter, Backward):
        return "backward", chapter.place, tuple((node.op, node.place) for node in chapter.nodes)
    if isinstance(chapter, Step):
        updates = [(group.number, one) for group in chapter.groups for one in group.updates]
        return "step", chapter.place, tuple((n, one.parameter.token, len(one.lines)) for n, one in updates)
    return None


def short_forward(page: Page, chapter: Forward) -> None:
    if chapter.ops:
        page.row(1, "result", f"{shown(chapter.ops[-1].output)}   by the same ops as before", "bold")


def short_backward(page: Page, chapter: Backward) -> None:
    for leaf in chapter.leaves:
        page.say(1, (f"{CHANGED} {leaf.leaf.name}.grad", "green"), f"  {shown(leaf.after)}")


def short_step(page: Page, chapter: Step) -> None:
    for group in chapter.groups:
        for update in group.updates:
            moved = "" if update.change is None else f"   moved by {size(update.change) or shown(update.change)}"
            after = f"{shown(update.old)} -> {shown(update.new)}"
            lr = "".join(f", {one.name} {shown(one.value)}" for one in group.options if one.name == "lr")
            page.say(1, (f"{CHANGED} {update.parameter.name}", "green"), f"  {after}{moved}{lr}")
        write_idle(page, group)


def write_own(page: Page, story: Any, number: int) -> None:
    """The program's own lines from the last chapter to this one; of a line that ran often, the first few runs."""
    runs: dict[Any, int] = {}
    left_out = 0
    for one in story.own:
        if one.chapter != number - (one.at > 0) or (one.at and not after_last_op(story, one)):
            continue
        runs[one.line.place] = runs.get(one.line.place, 0) + 1
        if runs[one.line.place] <= RUNS or page.full or one.line.raised:
            write_own_line(page, one.line)
        else:
            left_out += 1
    if left_out:
        page.say(1, (f"... and {left_out} more runs of these lines", "dim"))


def write_own_line(page: Page, line: StoryLine) -> None:
    """A line of the program's, and what it changed."""
    changes = [
        f"{change.name} = {shown(change.after)}"
        for change in line.writes
        if change.changed and not (isinstance(change.after, ObjectAt) and change.after.kind == "object")
    ]
    said = f"   {CHANGED} {', '.join(changes)}" if changes else ""
    page.say(1, (f"{line.place}  ", "cyan"), line.place.text.split("\n")[0].strip(), (said, "green"))
    if line.raised:
        page.say(2, ("! raised here", "bold red"))


def after_last_op(story: Any, one: Any) -> bool:
    """Whether a line in a forward chapter came after its last op: the others are told as the places of the ops."""
    return bool(one.at >= len(story.chapters[one.chapter].ops))


def write_idle(page: Page, group: StepGroup) -> None:
    for one in group.idle:
        page.say(2, one.name, ("  stays as it is: it has no gradient", "dim"))


SHORT: dict[str, Any] = {"forward": short_forward, "backward": short_backward, "step": short_step}
