"""What terminal text tells in a line or two: chapters like one told before, and the program's own lines."""

from __future__ import annotations

from typing import Any

from .chapters import Backward, Forward, Step, StepGroup
from .shown import shown, size
from .snapshot import ObjectAt
from .text_page import CHANGED, Page


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
    """The program's own lines from the last chapter to this one; of a line told before, only what it changed."""
    for one in story.own:
        if one.chapter == number - (one.at > 0) and (one.at == 0 or after_last_op(story, one)):
            changes = [
                f"{change.name} = {shown(change.after)}"
                for change in one.line.writes
                if change.changed and not (isinstance(change.after, ObjectAt) and change.after.kind == "object")
            ]
            said = f"   {CHANGED} {', '.join(changes)}" if changes else ""
            page.say(1, (f"{one.line.place}  ", "cyan"), one.line.place.text.split("\n")[0].strip(), (said, "green"))
            if one.line.raised:
                page.say(2, ("! raised here", "bold red"))


def after_last_op(story: Any, one: Any) -> bool:
    """Whether a line in a forward chapter came after its last op: the others are told as the places of the ops."""
    return bool(one.at >= len(story.chapters[one.chapter].ops))


def write_idle(page: Page, group: StepGroup) -> None:
    for one in group.idle:
        page.say(2, one.name, ("  stays as it is: it has no gradient", "dim"))


SHORT: dict[str, Any] = {"forward": short_forward, "backward": short_backward, "step": short_step}
