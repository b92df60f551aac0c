"""The story as a sequence of scenes: each a line of source as it ran, or what some lines came to; with an outline.

A face that moves through time shows one scene after the other. The parts of the outline say where in the sequence
each step, op, node and parameter begins.
"""

from __future__ import annotations

from typing import Any

from .chapters import (
    BackNode,
    Backward,
    Change,
    Construct,
    Forward,
    OpRun,
    OwnLine,
    Param,
    Step,
    StepGroup,
    StoryLine,
    Update,
)
from .screenplay import ARRIVES, GOES_ON, GROUP, IDLE, LEAF, MOVED, OP, GroupAt, Screenplay
from .shown import shown, size, size_of
from .snapshot import ABSENT, numbers_of
from .story import Story


def screenplay(story: Story) -> Screenplay:
    """The scenes of a story, in the order in which things happened."""
    play = Screenplay(steps=story.first_step - 1)
    own: dict[tuple[int, int], list[OwnLine]] = {}
    for one in story.own:
        own.setdefault((one.chapter, one.at), []).append(one)
    within_step = False
    waiting: list[OwnLine] = []  # lines after a forward's last op: told with what comes next
    for number, chapter in enumerate(story.chapters):
        lines, waiting = waiting + own.pop((number, 0), []), []
        if not within_step:
            lines = show_gap(play, story, number, lines)
        play.chapter = number
        if isinstance(chapter, Construct):
            between(play, lines)
            show_construct(play, chapter)
            continue
        if not within_step:
            play.steps += 1
            loss = loss_of(story, number)
            play.open(0, f"Step {play.steps}" + ("" if loss is None else f", loss {shown(loss)}"), "step")
            within_step = True
        play.open(1, TITLES[chapter.kind](chapter), chapter.kind)
        play.show_own(lines)
        if isinstance(chapter, Forward):
            for at, run in enumerate(chapter.ops):
                show_op(play, run, own.pop((number, at), []))
            waiting = own.pop((number, len(chapter.ops)), [])
        elif isinstance(chapter, Backward):
            show_backward(play, chapter)
        else:
            show_step(play, chapter)
            within_step = False
    number = len(story.chapters)
    lines = waiting + own.pop((number, 0), [])
    lines = lines if within_step else show_gap(play, story, number, lines)
    play.chapter = number
    between(play, lines, "Afterwards" if story.chapters else "The program begins")
    return play


def show_gap(play: Screenplay, story: Story, number: int, lines: list[OwnLine]) -> list[OwnLine]:
    """Show the lines before chapter `number` that belong to the step before it, or to none; the others are returned.

    A step begins with the line of the loop that it is taken in.
    """
    before = story.chapters[number - 1] if number else None
    coming = next((one for one in story.chapters[number:] if isinstance(one, Step)), None)
    loops = [one.loop for one in (before, coming) if isinstance(one, Step) and one.loop is not None]
    cut = next((at for at, one in enumerate(lines) if one.line.place in loops), 0)
    if cut and isinstance(before, Step):
        play.open(1, f"After {before.optimizer}.step()", "after")
        play.show_own(lines[:cut])
    elif cut and before is not None:
        play.chapter = number
        between(play, lines[:cut], "Before the first step")
    elif cut and not isinstance(story.chapters[number], Construct):
        between(play, lines[:cut])
    else:
        return lines
    return lines[cut:]


def between(play: Screenplay, lines: list[OwnLine], title: str = "The program begins") -> None:
    """Lines of the program outside of construction and training."""
    if lines:
        play.open(0, title, "program")
        play.show_own(lines)


def loss_of(story: Story, number: int) -> Any:
    """The number from which the next walk back begins; None if there is none before the step ends."""
    runs: dict[int, OpRun] = {}
    for chapter in story.chapters[number:]:
        if isinstance(chapter, Forward):
            runs.update((run.number, run) for run in chapter.ops)
        elif isinstance(chapter, Backward):
            run = runs.get(chapter.nodes[0].run) if chapter.nodes else None
            numbers = numbers_of(run.output) if run else None
            return run.output if run and numbers is not None and getattr(numbers, "size", 1) == 1 else None
        else:
            break
    return None


# ---- the chapters ------------------------------------------------------------------------------------------


def show_construct(play: Screenplay, chapter: Construct) -> None:
    more = " more" if chapter.added else ""
    play.open(0, f"{chapter.optimizer} gets {counted(len(chapter.groups), 'group')}{more}", "construct")
    for group in chapter.groups:
        play.open(1, f"Group {group.number}", "group", group.number)
        play.show_lines(group.lines)
        members = ", ".join(one.name for one in group.parameters)
        made = GroupAt(chapter.optimizer, chapter.token, group.number, group.options, group.parameters)
        play.show(GROUP, chapter.place, f"Group {group.number} is made: {members}.", groups=[made])


def show_op(play: Screenplay, run: OpRun, own: list[OwnLine]) -> None:
    """The program's lines that led to an op, the lines of its forward, and its result."""
    play.open(2, f"{run.number} {run.op}", "op")
    play.show_own(own)
    play.show_lines(run.lines, op=run.number)
    where = f" in {run.module}" if run.module else ""
    gone = "" if run.remembered else " No node remembers it: no gradient will come back through it."
    formula = f": {run.formula}" if run.formula else ""
    reads = {named(one.role, one.who): one.value for one in run.inputs}
    result = [Change("result", ABSENT, run.output, True)]
    says = f"Op {run.number}, {run.op}{where}{formula}.{gone}"
    play.show(OP, run.place, says, reads=reads, writes=result, op=run.number)


def show_backward(play: Screenplay, chapter: Backward) -> None:
    """Node by node, and then what arrived at the leaves."""
    for node in chapter.nodes:
        show_node(play, node)
    if chapter.leaves:
        play.open(2, "what the leaves hold", "node")
    for leaf in chapter.leaves:
        made = "; ".join(leaf.sources)
        change = Change(f"{leaf.leaf.name}.grad", leaf.before, leaf.after, True)
        says = f"The gradient of {leaf.leaf.name} is there{', made by ' + made if made else ''}."
        play.show(LEAF, chapter.place, says, writes=[change], parameter=leaf.leaf.token)


def show_node(play: Screenplay, node: BackNode) -> None:
    """What arrives at a node, the lines of its rules, and what goes on."""
    name = f"{node.run} {node.op}" if node.run else node.op
    play.open(2, f"back through {name}", "node")
    says = f"The gradient arrives at op {name}." if node.run else f"The gradient arrives at {name}."
    play.show(ARRIVES, node.place, says, writes=[Change("arrives", ABSENT, node.arrived, True)], op=node.run)
    for given in node.contributions:
        play.show_lines(given.lines, op=node.run)
        place = given.lines[-1].place if given.lines else node.place
        writes = [Change(f"to {given.to}", ABSENT, given.value, True)]
        if given.summed is not ABSENT:
            writes.append(Change("summed, where broadcasting had repeated it", given.value, given.summed, True))
        if given.total is not ABSENT:
            writes.append(Change("in all, with what had arrived there before", ABSENT, given.total, True))
        says = f"It goes on to {given.to}{': ' + given.formula if given.formula else ''}."
        play.show(GOES_ON, place, says, writes=writes, op=node.run, parameter=given.token)


def show_step(play: Screenplay, chapter: Step) -> None:
    """Every parameter of every group: the lines of step(), the rule's among them, and what they came to."""
    first = len(play.scenes)
    for group in chapter.groups:
        for update in group.updates:
            who = update.parameter
            play.open(2, f"group {group.number}: {who.name}", "parameter", group.number, who.token)
            before, after = around_rule(update)
            play.show_lines(before, parameter=who.token)
            play.show_lines(update.lines, parameter=who.token)
            play.show_lines(after, parameter=who.token)
            place = update.lines[-1].place if update.lines else chapter.place
            writes = [Change(who.name, update.old, update.new, True)]
            for key in {**update.state_before, **update.state_after}:
                old, new = update.state_before.get(key, ABSENT), update.state_after.get(key, ABSENT)
                writes.append(Change(f"state {key}", old, new, True))
            says = f"{who.name} has moved{by(update)}."
            play.show(MOVED, place, says, writes=writes, parameter=who.token, update=update)
        for one in group.idle:
            show_idle(play, chapter, group.number, one)
    if len(play.scenes) > first:
        play.scenes[first].groups = [group_of(chapter, group) for group in chapter.groups]
        play.end_step()


def group_of(chapter: Step, group: StepGroup) -> GroupAt:
    """A group as a step read it."""
    members = [*(one.parameter for one in group.updates), *group.idle]
    return GroupAt(chapter.optimizer, chapter.token, group.number, group.options, members)


def show_idle(play: Screenplay, chapter: Step, group: int, one: Param) -> None:
    play.open(2, f"group {group}: {one.name} (stays)", "parameter", group, one.token)
    says = f"{one.name} ({size_of(one.shape) or 'one number'}) stays as it is: it has no gradient."
    play.show(IDLE, chapter.place, says, parameter=one.token)


def around_rule(update: Update) -> tuple[list[StoryLine], list[StoryLine]]:
    """The lines of step() up to the one that called the rule, and those after it."""
    lines = update.around
    called = next((i for i, line in enumerate(lines, 1) if "rule(" in line.place.text), len(lines))
    return lines[:called], lines[called:]


def by(update: Update) -> str:
    """How far it has moved, in words."""
    return "" if update.change is None else f" by {size(update.change) or shown(update.change)}"


def named(role: str, who: str) -> str:
    return f"{role} ({who})" if who and who != role else role


TITLES: dict[str, Any] = {
    "forward": lambda chapter: f"Forward, {counted(len(chapter.ops), 'op')}",
    "backward": lambda chapter: f"Backward, {counted(len(chapter.nodes), 'node')}",
    "step": lambda chapter: f"{chapter.optimizer}.step()",
}


def counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
