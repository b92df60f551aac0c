"""Where in the story each moment of a recording lies: its chapter, the step's group and parameter, what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .construct import maker_of, tell_construct
from .navigation import Moment, Track, track_of
from .passes import is_backward, is_op
from .reading import Teller, first_argument, group_in
from .recording import Call, Recording
from .snapshot import ABSENT, ContainerAt, ObjectAt, is_same
from .steps import is_step, more, parameter_in
from .story import within_steps

ENDINGS = {".array": "", ".data": "", ".gradient": ".grad", ".grad": ".grad"}  # of a path: which of a tensor's numbers


@dataclass
class Chapter:
    """A stretch of moments with a meaning."""

    title: str
    kind: str
    first: int
    last: int


@dataclass
class Turn:
    """A stretch of a step about one group, or about one parameter of it (else "")."""

    step: int
    group: int
    parameter: str
    first: int
    last: int
    is_end: bool = False  # the loop over the group's parameters coming to its end


@dataclass
class Changed:
    """A parameter's or gradient's numbers as one line found them and as it left them."""

    moment: int
    before: Any
    after: Any


@dataclass
class Marks:
    """What is known of a track: its chapters and turns in order, and every parameter's changes by name."""

    track: Track
    teller: Teller
    chapters: list[Chapter] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    changes: dict[str, list[Changed]] = field(default_factory=dict)
    tensors: dict[str, ObjectAt] = field(default_factory=dict)  # by name, as first seen: the parameters
    steps: int = 0  # recorded
    first_step: int = 1  # the number of the first one: those before it were not recorded

    @property
    def last_step(self) -> int:
        return self.first_step + self.steps - 1

    def chapter_at(self, number: int) -> Chapter | None:
        """The innermost chapter that this moment is in."""
        return next((one for one in reversed(self.chapters) if one.first <= number <= one.last), None)

    def turn_at(self, number: int) -> Turn | None:
        """The innermost turn that this moment is in."""
        return next((one for one in reversed(self.turns) if one.first <= number <= one.last), None)

    def steps_done(self, number: int) -> int:
        """How many steps were over before this moment, those not recorded included."""
        return self.first_step - 1 + sum(one.kind == "step" and one.last < number for one in self.chapters)

    def moments_of(self, name: str) -> list[int]:
        """When the parameter (or with ".grad" behind its name, its gradient) changed."""
        return sorted({one.moment for one in self.changes.get(name, ())})

    def numbers_of(self, name: str, number: int) -> Any:
        """What the parameter or gradient of this name held when the moment began; ABSENT if that is not known."""
        last = None
        for one in self.changes.get(name, ()):
            if one.moment >= number:
                return one.before if last is None else last.after
            last = one
        if last is not None:
            return last.after
        return self.tensors[name].array if name in self.tensors else ABSENT


def marks_of(recording: Recording) -> Marks:
    """Look through a recording once."""
    track = track_of(recording)
    marks = Marks(track, Teller(recording), first_step=recording.first_step)
    calls = list(recording.all_calls())
    inside = within_steps(calls)
    steps_of: dict[int, int] = {}
    for call in calls:
        if call.lines and call.name == "add_param_group":
            mark_construct(marks, call)
        elif call.lines and is_step(call):
            marks.steps += 1
            mark_step(marks, call)
            steps_of |= {id(one): marks.last_step for one in call.all_calls()}
        elif call.lines and id(call) not in inside and (is_backward(call) or is_op(call)):
            mark_pass(marks, call, steps_of.get(id(call), 0))
    marks.chapters.sort(key=lambda one: (one.first, -one.last))
    find_changes(marks)
    return marks


def mark_construct(marks: Marks, call: Call) -> None:
    """An optimizer being made, or a group added to it."""
    optimizer = first_argument(call)
    if not isinstance(optimizer, ObjectAt):
        return
    tell_construct(marks.teller, call)  # it notes names and numbers of groups
    first, last = marks.track.spans[id(maker_of(call, optimizer) or call)]
    known = [one for one in marks.chapters if one.kind == "construct" and one.first == first]
    if not known:
        marks.chapters.append(Chapter(f"making {optimizer.type}", "construct", first, last))
    number = max(marks.teller.group_numbers.values(), default=0)
    marks.turns.append(Turn(0, number, "", *marks.track.spans[id(call)]))


def mark_pass(marks: Marks, call: Call, inside: int) -> None:
    """Ops on their way forward, or a walk back. inside: the step whose closure this is in, or 0."""
    first, last = marks.track.spans[id(call)]
    kind = "backward" if is_backward(call) else "forward"
    title = f"{kind}, in step {inside}" if inside else f"{kind}, before step {marks.last_step + 1}"
    open_one = marks.chapters[-1] if marks.chapters else None
    if kind == "forward" and open_one is not None and open_one.title == title:
        open_one.last = last
    else:
        marks.chapters.append(Chapter(title, kind, first, last))


def mark_step(marks: Marks, call: Call) -> None:
    """A step, and in it each group's turn and each parameter's."""
    marks.chapters.append(Chapter(f"step {marks.last_step}", "step", *marks.track.spans[id(call)]))
    group: ContainerAt | None = None
    number = -1
    for place, line in enumerate(call.lines):
        first = marks.track.numbers[id(line)]
        if line.plan.kind == "For":
            found = group_in(line)
            if found is not None and any(value is found for value in line.values("writes").values()):
                group = found if more(line) else None
                if group is not None:  # one that was made before the recording began is known by its turn
                    number = marks.teller.group_numbers.get(group.token, number + 1)
                    marks.turns.append(Turn(marks.last_step, number, "", first, first))
                continue
            taken = parameter_in(line, group)
            if taken is not None and group is not None:
                marks.turns.append(Turn(marks.last_step, number, marks.teller.name(taken[1]), first, first))
                continue
            if group is not None and not more(line):
                marks.turns.append(Turn(marks.last_step, number, "", first, first, is_end=True))
        if group is not None and marks.turns:
            last = call.lines[place + 1] if place + 1 < len(call.lines) else None
            end = marks.track.numbers[id(last)] - 1 if last else marks.track.spans[id(call)][1]
            marks.turns[-1].last = max(marks.turns[-1].last, end)


# ---- what changed ------------------------------------------------------------------------------------------


def find_changes(marks: Marks) -> None:
    """Note for every named leaf when its numbers and its gradient's changed, by the innermost line that did it."""
    found: dict[tuple[int, str], dict[int, Changed]] = {}
    leaves: dict[int, list[ObjectAt]] = {}  # by token: as first seen and as last seen
    known: dict[int, dict[str, int]] = {}  # by id of a call: the tensors that its names hold, by token
    for moment in marks.track.moments:
        names = (
            known.setdefault(id(moment.call), {})
            if moment.place
            else known.setdefault(id(moment.call), held_in(leaves, moment.call.args))
        )
        for key, one in changes_in(moment, names):
            found.setdefault(key, {})[moment.number] = one
        for shelf in ("reads", "writes"):
            names.update(held_in(leaves, moment.line.values(shelf)))
    called = {token: marks.teller.name(last, " ") for token, (_, last) in leaves.items()}
    marks.tensors = {called[token]: first for token, (first, _) in leaves.items() if called[token] != " "}
    for (token, suffix), by_moment in found.items():
        if called.get(token) in marks.tensors:
            ends = {number: end_of(marks.track, number) for number in by_moment}
            outer = {n for n, end in ends.items() if any(n < other <= end for other in by_moment)}
            marks.changes[called[token] + suffix] = [one for n, one in sorted(by_moment.items()) if n not in outer]


def end_of(track: Track, number: int) -> int:
    """The last moment of what this moment's line called; the moment itself if it called nothing."""
    calls = track.moments[number].line.calls
    return max([number, *(track.spans[id(call)][1] for call in calls if id(call) in track.spans)])


def held_in(leaves: dict[int, list[ObjectAt]], values: dict[str, Any]) -> dict[str, int]:
    """The tokens of the leaf tensors and Values among these values, by the path they were read by."""
    held = {}
    for text, value in values.items():
        if isinstance(value, ObjectAt) and value.kind in ("tensor", "parameter", "value") and value.token:
            if value.made_by:  # an op's result, after all
                leaves.pop(value.token, None)
            else:
                held[text] = value.token
                leaves.setdefault(value.token, [value, value])[1] = value
    return held


def changes_in(moment: Moment, names: dict[str, int]) -> list[tuple[tuple[int, str], Changed]]:
    """((token, ""), what changed) for each tensor whose numbers this line changed; with ".grad", the gradient's."""
    found = []
    before = moment.line.values("before")
    for text, after in moment.line.values("writes").items():
        old = before.get(text, ABSENT)
        ending = next((one for one in ENDINGS if text.endswith(one)), None)
        if ending is not None and text.removesuffix(ending) in names:
            key = names[text.removesuffix(ending)], ENDINGS[ending]
        elif isinstance(after, ObjectAt) and isinstance(old, ObjectAt) and after.token == old.token and after.token:
            key = after.token, ""
        else:
            continue
        old, after = (one.array if isinstance(one, ObjectAt) else one for one in (old, after))
        if old is not ABSENT and not is_same(old, after):
            found.append((key, Changed(moment.number, old, after)))
    return found
