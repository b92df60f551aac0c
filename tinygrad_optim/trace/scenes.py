"""The story as a sequence of scenes: each a line of source as it ran, or what some lines came to; with an outline.

A face that moves through time shows one scene after the other. The parts of the outline say where in the sequence
each step, op, node and parameter begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .chapters import BackNode, Backward, Change, Construct, Forward, OpRun, OwnLine, Param, Step, StoryLine, Update
from .recording import Place
from .shown import shown, size, size_of
from .snapshot import ABSENT, numbers_of
from .story import Story

LINE, OP, ARRIVES, GOES_ON, LEAF, GROUP, MOVED, IDLE = range(8)  # kinds of scenes


@dataclass
class Scene:
    """One thing to look at."""

    kind: int
    chapter: int  # its chapter's number, counted from 0; that of the chapter to come for lines between two
    place: Place | None
    says: str = ""  # what it comes to; empty for a line, which speaks for itself
    reads: dict[str, Any] = field(default_factory=dict)
    writes: list[Change] = field(default_factory=list)
    op: int = 0  # the number of the op it is about
    parameter: int = 0  # the token of the parameter it is about
    update: Update | None = None
    own: bool = False  # a line of the program's own
    raised: bool = False


@dataclass
class Part:
    """A piece of the outline: from its first scene to where the next one of its depth, or of a lesser, begins."""

    depth: int
    title: str
    first: int
    kind: str  # program, construct, step, forward, backward, op, node, group or parameter
    group: int | None = None
    parameter: int = 0


@dataclass
class Screenplay:
    """All scenes of a story, and its outline."""

    scenes: list[Scene] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    chapter: int = 0
    steps: int = 0  # training steps begun

    def open(self, depth: int, title: str, kind: str, group: int | None = None, parameter: int = 0) -> None:
        """Begin a part of the outline with the next scene."""
        self.parts.append(Part(depth, title, len(self.scenes), kind, group, parameter))

    def show(self, kind: int, place: Place | None, says: str, **more: Any) -> None:
        self.scenes.append(Scene(kind, self.chapter, place, says, **more))

    def show_lines(self, lines: list[StoryLine], **more: Any) -> None:
        for line in lines:
            scene = Scene(LINE, self.chapter, line.place, "", line.reads, line.writes, raised=line.raised, **more)
            self.scenes.append(scene)


def screenplay(story: Story) -> Screenplay:
    """The scenes of a story, in the order in which things happened."""
    play = Screenplay(steps=story.first_step - 1)
    own: dict[tuple[int, int], list[OwnLine]] = {}
    for one in story.own:
        own.setdefault((one.chapter, one.at), []).append(one)
    within_step = False
    waiting: list[OwnLine] = []  # those after a forward's last op: told with what comes next
    for number, chapter in enumerate(story.chapters):
        play.chapter = number
        lines, waiting = waiting + own.pop((number, 0), []), []
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
        play.show_lines([one.line for one in lines], own=True)
        if isinstance(chapter, Forward):
            for at, run in enumerate(chapter.ops):
                show_op(play, run, own.pop((number, at), []))
            waiting = own.pop((number, len(chapter.ops)), [])
        elif isinstance(chapter, Backward):
            show_backward(play, chapter)
        else:
            show_step(play, chapter)
            within_step = False
    play.chapter = len(story.chapters)
    between(play, waiting + own.pop((play.chapter, 0), []), "Afterwards")
    return play


def between(play: Screenplay, lines: list[OwnLine], title: str = "The program begins") -> None:
    """Lines of the program outside of construction and training."""
    if lines:
        play.open(0, title, "program")
        play.show_lines([one.line for one in lines], own=True)


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
        play.show(GROUP, chapter.place, f"Group {group.number} is made: {members}.")


def show_op(play: Screenplay, run: OpRun, own: list[OwnLine]) -> None:
    """The program's lines that led to an op, the lines of its forward, and its result."""
    play.open(2, f"{run.number} {run.op}", "op")
    play.show_lines([one.line for one in own], own=True)
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
