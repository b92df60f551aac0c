"""The program's own lines, told between the chapters, and the names that they give to tensors."""

from __future__ import annotations

from .chapters import Change, Chapter, Forward, GroupChange, OwnLine, StoryLine
from .chosen import is_chosen
from .construct import told_options
from .lens_steps import options_of
from .reading import Teller, group_key, story_lines
from .recording import Call, Line
from .snapshot import ABSENT, ContainerAt, ObjectAt, is_same
from .steps import is_step

NAMED = ("tensor", "parameter", "value")


class OwnLines:
    """Collects the lines of the program's own files; what is part of a step is told there, and left out here."""

    def __init__(self, teller: Teller, inside: set[int]) -> None:
        self.teller, self.recording = teller, teller.recording
        self.inside = inside  # ids of the calls that are part of a step
        self.told: list[OwnLine] = []
        self.lines: dict[int, dict[int, StoryLine]] = {}  # by the ids of a call and of its line
        self.chosen: dict[str, bool] = {}  # by file

    def is_own(self, call: Call) -> bool:
        """Whether this call is of the program's own functions, and no part of a step."""
        file = call.code.co_filename
        if file not in self.chosen:
            self.chosen[file] = is_chosen(file, self.recording.own)
        return self.chosen[file] and call.owner is None and id(call) not in self.inside

    def tell(self, call: Call, line: Line, chapters: list[Chapter]) -> None:
        """Note a line that began when these were the chapters."""
        if not self.is_own(call) or not line.plan.text or (call.resumed and line is call.lines[0]):
            return
        self.name_what_it_made(line)
        known = self.lines.get(id(call))
        if known is None:
            lines = story_lines(call.lines, call.name, call.args)
            known = self.lines[id(call)] = {id(one): said for one, said in zip(call.lines, lines)}
        last = chapters[-1] if chapters else None
        place = (len(chapters) - 1, len(last.ops)) if isinstance(last, Forward) else (len(chapters), 0)
        told = OwnLine(known[id(line)], *place)
        self.told.append(told)
        if line.groups:
            self.tell_groups(told, line)

    def tell_groups(self, told: OwnLine, line: Line) -> None:
        """What the line did to options of groups: with its values, unless a step was taken while it ran."""
        told.groups = [change for one in line.groups if (change := group_change(self.teller, *one)).changes]
        told.steps = sum(is_step(one) for call in line.calls for one in call.all_calls())
        if not told.steps:
            told.line.writes.extend(change for group in told.groups for change in group.changes)

    def name_what_it_made(self, line: Line) -> None:
        """A tensor is called by the variable that first held it, if it has no other name."""
        for name, value in line.values("writes").items():
            if isinstance(value, ObjectAt) and value.kind in NAMED and "[" not in name:
                self.recording.names.setdefault(value.token, name)


def group_change(teller: Teller, optimizer: ObjectAt, before: ContainerAt, after: ContainerAt) -> GroupChange:
    """Which options differ between two moments, and who is known to have changed them."""
    number = teller.group_numbers.get(group_key(after), 0)
    if after.origin is None:  # a plain dict: PyTorch's
        options = options_of(teller, after, optimizer.token, number)
    else:
        options = told_options(teller, after, optimizer.token)
    changes = []
    for option in options:
        old = before.get(option.name, ABSENT)
        if not is_same(old, option.value):
            named = (after.origin or {}).get(option.name, "assigned") not in ("assigned", "group", "default")
            who = f" ({option.origin})" if named else ""
            changes.append(Change(f"group {number} {option.name}{who}", old, option.value, True))
    return GroupChange(optimizer.type, optimizer.token, number, changes, options)
