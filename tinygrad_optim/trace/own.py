"""The program's own lines, told between the chapters, and the names that they give to tensors."""

from __future__ import annotations

from .chapters import Chapter, Forward, OwnLine, StoryLine
from .chosen import is_chosen
from .reading import story_lines
from .recording import Call, Line, Recording
from .snapshot import ObjectAt

NAMED = ("tensor", "parameter", "value")


class OwnLines:
    """Collects the lines of the program's own files; what is part of a step is told there, and left out here."""

    def __init__(self, recording: Recording, inside: set[int]) -> None:
        self.recording, self.inside = recording, inside  # inside: ids of the calls that are part of a step
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
            told = story_lines(call.lines, call.name, call.args)
            known = self.lines[id(call)] = {id(one): said for one, said in zip(call.lines, told)}
        last = chapters[-1] if chapters else None
        place = (len(chapters) - 1, len(last.ops)) if isinstance(last, Forward) else (len(chapters), 0)
        self.told.append(OwnLine(known[id(line)], *place))

    def name_what_it_made(self, line: Line) -> None:
        """A tensor is called by the variable that first held it, if it has no other name."""
        for name, value in line.values("writes").items():
            if isinstance(value, ObjectAt) and value.kind in NAMED and "[" not in name:
                self.recording.names.setdefault(value.token, name)
