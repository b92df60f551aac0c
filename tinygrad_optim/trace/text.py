"""The story as terminal text: chapters, source lines with their values, and a mark where something changed."""

from __future__ import annotations

import sys
from typing import Any

from .chapters import Backward, Construct, Forward, Group, Option, Step, StoryLine, Update
from .construct import is_own_default
from .shown import range_of, shown, size, size_of
from .snapshot import ABSENT, ArrayAt
from .text_page import CHANGED, KEY, Page, say_source
from .text_short import SHORT, signature, write_idle, write_own


def as_text(story: Any, full: bool = False) -> str:
    """The story as plain text."""
    return told(story, full).plain()


def show(story: Any, full: bool = False, file: Any = None) -> None:
    """Print the story: in colour on a terminal (with rich, if it is installed), else plain."""
    show_page(told(story, full), file)


def show_page(page: Page, file: Any = None) -> None:
    """Print a page: in colour on a terminal (with rich, if it is installed), else plain."""
    file = file or sys.stdout
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        file.write(page.plain())
        return
    console = Console(file=file)
    if not console.is_terminal:
        file.write(page.plain())
        return
    for line in page.lines:
        console.print(Text.assemble(*line), soft_wrap=True)


def told(story: Any, full: bool) -> Page:
    """All chapters on one page."""
    page = Page(full=full)
    begin(page, story)
    alike: set[Any] = set()
    for number, chapter in enumerate(story.chapters):
        write_own(page, story, number)
        page.say(0, (f"{number + 1}. {TITLES[chapter.kind](chapter)}", "bold"))
        same = signature(chapter)
        if same is not None and same in alike and not full:
            SHORT[chapter.kind](page, chapter)
        else:
            alike.add(same)
            say_source(page, 1, chapter)
            WRITERS[chapter.kind](page, chapter)
        page.say(0)
    write_own(page, story, len(story.chapters))
    finish(page, story)
    return page


def begin(page: Page, story: Any) -> None:
    """What is to be known before."""
    for note in story.notes:
        page.say(0, ("Note: " + note, "yellow"))


def finish(page: Page, story: Any) -> None:
    """How it ended, and how to read it."""
    if story.ended_by:
        page.say(0, (f"The recording ended with an exception: {story.ended_by}", "bold red"))
    if not story.chapters:
        page.say(0, "No optimizer was built, no op applied and no step taken while this was recorded.")
    page.say(0, (f"{story.lines} lines were recorded. {KEY}", "dim"))


# ---- construct and forward ---------------------------------------------------------------------------------


def write_construct(page: Page, chapter: Construct) -> None:
    for group in chapter.groups:
        write_group(page, group)


def write_group(page: Page, group: Group) -> None:
    """Who is in a group, and its options: first those that someone chose."""
    page.say(1, (f"group {group.number}", "bold"))
    for one in group.parameters:
        page.say(2, f"{one.name}  {size_of(one.shape) or 'one number'}  {one.dtype}")
    chosen = [option for option in group.options if not is_own(option)]
    for option in chosen:
        page.say(2, f"{option.name:<16} {shown(option.value):<10} ", (option.origin, "dim"))
    rest = [option for option in group.options if is_own(option)]
    if rest:
        page.say(2, (f"{rest[0].origin}:  ", "dim"), ", ".join(f"{one.name} {shown(one.value)}" for one in rest))


def is_own(option: Option) -> bool:
    """Whether nobody chose the value: it is the class's own."""
    return is_own_default(option.origin)


def write_forward(page: Page, chapter: Forward) -> None:
    for run in chapter.ops:
        where = f"in {run.module}" if run.module else ""
        page.say(1, (f"op {run.number}  {run.op}", "bold"), f"  {run.formula}  ", (where, "dim"))
        say_source(page, 2, run)
        for one in run.inputs:
            page.row(2, one.role, f"{one.who}: {shown(one.value)}" if one.who else shown(one.value))
        page.row(
            2, "result", shown(run.output) + ("" if run.remembered else "   (not remembered for backward)"), "bold"
        )


# ---- backward ----------------------------------------------------------------------------------------------


def write_backward(page: Page, chapter: Backward) -> None:
    for node in chapter.nodes:
        where = f"  op {node.run} at {node.place}" if node.place else ""
        page.say(1, (node.op, "bold"), (where, "cyan"))
        page.row(2, "arrives", shown(node.arrived))
        for given in node.contributions:
            page.row(2, "goes to", f"{given.to}   by {given.formula or 'the rule'}")
            page.row(3, "", shown(given.value))
            if given.summed is not ABSENT:
                page.row(3, "summed to", f"{shown(given.summed)}   where broadcasting had repeated it")
            if given.total is not ABSENT:
                page.row(3, "in all", f"{shown(given.total)}   with what had arrived before")
    if chapter.leaves:
        page.say(1, ("what the leaves hold now", "bold"))
    for leaf in chapter.leaves:
        page.say(2, (f"{CHANGED} {leaf.leaf.name}.grad", "green"), f"  {shown(leaf.before)} -> {shown(leaf.after)}")
        for source in leaf.sources:
            page.say(4, (f"made by {source}", "dim"))


# ---- step --------------------------------------------------------------------------------------------------


def write_step(page: Page, chapter: Step) -> None:
    told_in_full = False
    for group in chapter.groups:
        names = ", ".join(update.parameter.name for update in group.updates) or "nobody had a gradient"
        page.say(1, (f"group {group.number}", "bold"), f"  {names}")
        for update in group.updates:
            if page.full or not told_in_full or not told_before(chapter, update):
                write_update(page, update)
                told_in_full = True
            else:
                write_short(page, update)
        write_idle(page, group)


def told_before(chapter: Step, update: Update) -> bool:
    """Whether an earlier parameter's story had the same lines: then this one's can be short."""
    lines = [line.place for line in update.lines]
    earlier: list[Any] = []
    for group in chapter.groups:
        for other in group.updates:
            if other is update:
                return lines in earlier
            earlier.append([line.place for line in other.lines])
    return False


def write_update(page: Page, update: Update) -> None:
    """One parameter's step in full."""
    one = update.parameter
    page.say(2, (one.name, "bold"), f"  {size_of(one.shape) or 'one number'} {one.dtype}, in group {update.group}")
    page.row(3, "gradient", shown(update.gradient))
    for source in update.made_of:
        page.row(3, "", f"made by {source}", "dim")
    for option in update.options:
        page.row(3, "option", f"{option.name} = {shown(option.value)}   ({option.origin})")
    page.say(3, (f"{update.rule}: {update.formula}" if update.rule else "the lines of step() about it", "italic"))
    for line in update.lines:
        write_line(page, 4, line)
    write_outcome(page, 3, update)


def write_outcome(page: Page, depth: int, update: Update) -> None:
    """State, value and change; what each option added; the proof."""
    for key in {**update.state_before, **update.state_after}:
        before, after = update.state_before.get(key, ABSENT), update.state_after.get(key, ABSENT)
        page.row(depth, "state", f"{key}: {shown(before)} -> {shown(after)}", "green")
    page.row(depth, "before", shown(update.old))
    page.row(depth, "after", shown(update.new), "bold green")
    if said := range_of(update.new):
        page.row(depth, "", said, "dim")
    if update.change is not None:
        page.row(depth, "change", f"{shown(update.change)}   {size(update.change)}{of_sample(update)}")
    for term in update.terms:
        without = "" if term.without is None else f"; without it the change would be {shown(term.without)}"
        page.row(depth, "of which", f"{term.name}: {shown(term.share)}   {size(term.share)}{without}")
    if update.adds_up is not None:
        page.row(depth, "", f"these add up to the change within {update.adds_up:.2g}", "dim")
    page.row(depth, "proof", update.proof.words, "red" if update.proof.holds is False else "dim")


def of_sample(update: Update) -> str:
    """Said where the numbers are those of the sample."""
    return " of the sampled elements" if isinstance(update.old, ArrayAt) and update.old.sampled else ""


def write_short(page: Page, update: Update) -> None:
    """One parameter whose lines were those of an earlier one."""
    options = ", ".join(f"{one.name} {shown(one.value)}" for one in update.options if one.value)
    page.say(2, (update.parameter.name, "bold"), f"  the same lines, with {options}")
    page.row(3, "gradient", shown(update.gradient))
    write_outcome(page, 3, update)


def write_line(page: Page, depth: int, line: StoryLine) -> None:
    """A line of source, what it read, and what it changed."""
    rows = line.place.text.split("\n")
    reads = ", ".join(f"{name} = {shown(value)}" for name, value in line.reads.items())
    page.say(depth, (f"{line.place!s:<13} ", "cyan"), (rows[0], ""))
    for row in rows[1:]:
        page.say(depth, " " * 14 + row)
    if reads:
        page.say(depth, " " * 16, (f"reads {reads}", "dim"))
    for change in line.writes:
        was = "" if change.before is ABSENT else f"{shown(change.before)} -> "
        mark = CHANGED if change.changed else " "
        page.say(
            depth, " " * 14, (f"{mark} {change.name} = {was}{shown(change.after)}", "green" if change.changed else "")
        )
    if line.raised:
        page.say(depth, " " * 14, ("! raised here", "bold red"))


def construct_title(chapter: Construct) -> str:
    groups = f"{len(chapter.groups)} group{'s' if len(chapter.groups) != 1 else ''}"
    return f"CONSTRUCT: {chapter.optimizer} gets {groups}" + (" more" if chapter.added else "")


TITLES: dict[str, Any] = {
    "construct": construct_title,
    "forward": lambda chapter: f"FORWARD: {len(chapter.ops)} op{'s' if len(chapter.ops) != 1 else ''}",
    "backward": lambda chapter: f"BACKWARD: {len(chapter.nodes)} nodes, {len(chapter.leaves)} leaves",
    "step": lambda chapter: f"STEP: {chapter.optimizer}.step()",
}
WRITERS: dict[str, Any] = {
    "construct": write_construct,
    "forward": write_forward,
    "backward": write_backward,
    "step": write_step,
}
