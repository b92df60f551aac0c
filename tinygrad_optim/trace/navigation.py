"""A cursor over a recording: forward and back through the lines that ran, as a debugger's letters do.

A moment is one line as it ran; moments are numbered from 0 in the order in which the lines began. All has happened
already, so a breakpoint is the list of moments it would stop at, and going on is looking up the next one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .recording import Call, Line, Recording


class Moment(NamedTuple):
    """One line as it ran: in which call, and at which place among the call's lines."""

    number: int
    call: Call
    place: int

    @property
    def line(self) -> Line:
        return self.call.lines[self.place]


@dataclass
class Track:
    """All moments of a recording, in order; and for each call, by id, its first moment and its last."""

    moments: list[Moment] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)  # by id of a Line

    def where(self, wanted: Callable[[Moment], bool]) -> list[int]:
        """The numbers of the moments for which this holds."""
        return [moment.number for moment in self.moments if wanted(moment)]

    def beginnings(self, function: str) -> list[int]:
        """The first moment of each call of the functions with this name."""
        return self.where(lambda moment: moment.place == 0 and moment.call.name == function)

    def at_line(self, file: str, line: int) -> list[int]:
        """When this line of a file ran; of a statement of several lines, each of them counts."""
        return self.where(
            lambda moment: moment.line.plan.file == file and moment.line.plan.first <= line <= moment.line.plan.last
        )


def track_of(recording: Recording) -> Track:
    """The moments of a recording. Calls inside calls are followed without recursion, however deep they are."""
    track = Track()
    stack: list[Iterator[tuple[Call, int]]] = [places_of(recording.roots)]
    while stack:
        following = next(stack[-1], None)
        if following is None:
            stack.pop()
            continue
        call, place = following
        number = len(track.moments)
        track.moments.append(Moment(number, call, place))
        track.numbers[id(call.lines[place])] = number
        stack.append(places_of(call.lines[place].calls))
    for moment in track.moments:
        for call in (moment.call, *moment.call.ancestors()):
            first, _ = track.spans.get(id(call), (moment.number, 0))
            track.spans[id(call)] = first, moment.number
    return track


def places_of(calls: list[Call]) -> Iterator[tuple[Call, int]]:
    """Each line of these calls, as the call and the line's place in it."""
    return iter([(call, place) for call in calls for place in range(len(call.lines))])


class Cursor:
    """Where in the track one stands, and which of the calls at work there is looked at.

    Each move says whether there was somewhere to go; if not, nothing changes.
    """

    def __init__(self, track: Track) -> None:
        self.track = track
        self.now = 0
        self.up_by = 0  # calls above the one at work

    # ---- where ---------------------------------------------------------------------------------------

    @property
    def moment(self) -> Moment:
        """The line at work now."""
        return self.track.moments[self.now]

    def stack(self) -> list[Moment]:
        """The lines at work, innermost first: this one, the one that called its function, and so on."""
        found = [self.moment]
        while (caller := found[-1].call.line) is not None:
            found.append(self.track.moments[self.track.numbers[id(caller)]])
        return found

    @property
    def looked_at(self) -> Moment:
        """The line at work in the call that is looked at."""
        return self.stack()[self.up_by]

    def look_up(self) -> bool:
        """Look at the call that made the one looked at."""
        if self.up_by + 1 >= len(self.stack()):
            return False
        self.up_by += 1
        return True

    def look_down(self) -> bool:
        """Look at the call that was made from the one looked at."""
        if not self.up_by:
            return False
        self.up_by -= 1
        return True

    # ---- moves ---------------------------------------------------------------------------------------

    def jump(self, number: int | None) -> bool:
        """Go to a moment."""
        if number is None or not 0 <= number < len(self.track.moments):
            return False
        self.now, self.up_by = number, 0
        return True

    def step(self) -> bool:
        """To the line that ran next, in whatever call."""
        return self.jump(self.now + 1)

    def step_back(self) -> bool:
        """To the line that ran before."""
        return self.jump(self.now - 1)

    def next(self) -> bool:
        """To the next line of the call looked at; after its last, of the one that made it."""
        here = self.looked_at
        return self.jump(self.first_in(around(here.call), range(self.now + 1, len(self.track.moments))))

    def next_back(self) -> bool:
        """To the line before in the call looked at; before its first, to the line that made the call."""
        here = self.looked_at
        if self.up_by:  # the line looked at is itself the one before
            return self.jump(here.number)
        return self.jump(self.first_in(around(here.call), range(self.now - 1, -1, -1)))

    def first_in(self, calls: set[int], numbers: range) -> int | None:
        """The first of these moments that is in one of these calls; where there is none, in no call of another's."""
        return next(
            (
                number
                for number in numbers
                if id((one := self.track.moments[number]).call) in calls or one.call.parent is None
            ),
            None,
        )

    def to_return(self) -> bool:
        """To the last line of the call looked at; from there, on to the line after the call."""
        last = len(self.looked_at.call.lines) - 1
        number = self.track.numbers[id(self.looked_at.call.lines[last])]
        return self.jump(number) if number > self.now else self.next()

    def to_call(self) -> bool:
        """Back to the first line of the call looked at; from there, to the line that made the call."""
        number = self.track.numbers[id(self.looked_at.call.lines[0])]
        return self.jump(number) if number < self.now else self.next_back()

    def go_on(self, stops: list[int]) -> bool:
        """To the next of these moments (in order)."""
        place = bisect_right(stops, self.now)
        return self.jump(stops[place] if place < len(stops) else None)

    def go_back(self, stops: list[int]) -> bool:
        """To the last of these moments before now."""
        place = bisect_left(stops, self.now)
        return self.jump(stops[place - 1] if place else None)


def around(call: Call) -> set[int]:
    """The ids of a call and of those it was made from."""
    return {id(call), *map(id, call.ancestors())}
