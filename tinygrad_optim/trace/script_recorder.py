"""The Recorder for a whole program: some of its steps, and of its own lines those that lead somewhere.

It records how the optimizer is made and the steps asked for. Before them and after them nothing watches the
program, but for a hook that counts the steps. A function of the program's own that runs on and on without any call
that is recorded (reading data, say) is not followed line by line for longer than a while.
"""

from __future__ import annotations

import math
import sys
from types import FrameType
from typing import Any

from ..source_line import LIBRARY
from .choice import Choice, optimizer_in
from .chosen import is_chosen
from .lens import StepCount, is_torch_optimizer
from .plans import Plan
from .recorder import Recorder
from .recording import Call, Line, place_at
from .steps import is_step

QUIET = 200  # lines of a function's own without a recorded call, and it is followed no more until there is one
MAKING = ("__init__", "add_param_group")


class Scout(Choice):
    """Chooses only how optimizers are made."""

    def is_recorded(self, frame: FrameType) -> bool:
        return frame.f_code.co_name in MAKING and optimizer_in(frame) is not None


class ScriptRecorder(Recorder):
    """Records the optimizer's making and the steps from `from_step` on (counted from 1), `steps` of them or all."""

    def __init__(self, *, from_step: int = 1, steps: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.first = from_step
        self.last = math.inf if steps is None else from_step + steps - 1
        self.taken = 0  # steps that the program has taken so far
        self.full, self.over = self.choice, False
        self.counting: Any = None  # the hook that counts while nothing is recorded
        self.asleep: dict[FrameType, Call] = {}
        self.recording.first_step = from_step

    def start(self, home: FrameType) -> None:
        if self.first > 1:
            self.choice = Scout([])
            self.count()
        super().start(home)

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self.asleep.clear()
        if self.counting is not None:
            self.counting.remove()
        if self.taken < self.first and not self.over and self.first > 1:
            took = f"{self.taken} step{'' if self.taken == 1 else 's'}"
            self.recording.notes.append(f"no step was recorded: the program took {took}, and not {self.first}")
        elif self.taken > self.last:
            which = f"step {self.first}" if self.first == self.last else f"steps {self.first} to {self.last}"
            self.recording.notes.append(
                f"recorded: {which} of the {self.taken} that the program took; the others ran at full speed"
            )

    # ---- steps -------------------------------------------------------------------------------------------

    def close_call(self, call: Call, frame: FrameType, result: Any) -> None:
        self.asleep.pop(frame, None)
        super().close_call(call, frame, result)
        if self.counting is not None:
            self.counting.look_for_torch()
        if self.counting is None and is_step(call) and not call.raised:
            self.taken += 1
            if self.taken >= self.last:
                self.halt()
                self.count()
                self.taken -= is_torch_optimizer(call.owner)  # PyTorch calls hooks after step(): it counts this one yet

    def halt(self, look: bool = True) -> None:
        for frame, call in self.active.items():
            frame.f_trace_lines = True
            if self.is_own(call):
                self.name_variables(frame.f_locals)
        super().halt(look)

    def count(self) -> None:
        """From now on a hook counts the steps."""
        self.counting = StepCount(self.after_step)

    def after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """The hook: one more step has been taken while nothing was recorded."""
        self.taken += 1
        try:
            self.halt()  # of the making no more will come
            if self.taken == self.first - 1 and not self.over:
                self.resume(sys._getframe(1))
        except Exception as error:  # the program must not feel it
            self.fail(error)

    def resume(self, frame: FrameType | None) -> None:
        """Record from here on: in the program's own functions that are at work, and in all that is called."""
        if self.counting is not None:
            self.counting.remove()
            self.counting = None
        self.choice, self.running = self.full, True
        self.collecting.rest()
        at_work = []
        while frame is not None:
            if self.choice.is_recorded(frame) and frame.f_code.co_filename not in LIBRARY:
                at_work.append(frame)
            frame = frame.f_back
        for one in reversed(at_work):
            one.f_trace = self.open_call(one)
            self.stack[-1].resumed = True
            self.go_on_from(self.stack[-1], one)
        sys.settrace(self.on_call)

    def cut(self, call: Call, number: int) -> None:
        self.over = True
        super().cut(call, number)
        self.count()

    # ---- the program's own lines -----------------------------------------------------------------------

    def begin_line(self, call: Call, frame: FrameType) -> None:
        super().begin_line(call, frame)
        lines = call.lines
        if self.running and len(lines) % QUIET == 0 and lines and self.is_own(call):
            if any(one.calls for one in lines[-QUIET:]):
                return
            place = place_at(call.code.co_filename, lines[-1].plan.first, call.name)
            lines.append(Line(Plan(call.code.co_filename, frame.f_lineno, frame.f_lineno, "")))
            frame.f_trace_lines = False
            if not self.asleep:
                self.recording.notes.append(
                    f"from {place} in {place.function} on, lines are left out for as long as nothing recorded is called"
                )
            self.asleep[frame] = call

    def is_own(self, call: Call) -> bool:
        return is_chosen(call.code.co_filename, self.recording.own)

    def open_call(self, frame: FrameType) -> Any:
        back = frame.f_back
        while self.asleep and back is not None:
            call = self.asleep.pop(back, None)
            if call is not None:
                back.f_trace_lines = True
                self.go_on_from(call, back)
            back = back.f_back
        return super().open_call(frame)

    def go_on_from(self, call: Call, frame: FrameType) -> None:
        """The line that this function is at: what it reads has passed, what it will write has not."""
        number = frame.f_lineno
        call.lines.append(Line(call.plans.get(number) or self.bare_plan(call, number)))
