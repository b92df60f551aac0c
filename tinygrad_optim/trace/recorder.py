"""The Recorder: writes down each line that runs in chosen source, with the values it read and wrote.

It uses Python's own trace function, in this thread only: the program's code is what it always is. At each line
it looks at the names the line is about to read; when the line is over, at those it wrote. Nothing of the
program's runs for that, no property and no `__repr__`, and values are copied now and made into text later.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..source_line import LIBRARY
from .camera import PLAIN, Camera
from .choice import Choice
from .chosen import default_places, is_chosen, looks_on, places_of
from .collecting import Collecting
from .group_watch import GroupWatch
from .lens import is_torch_module, names_in_module
from .paths import ALL, SOME, Path
from .plans import Plan
from .reader import Reader
from .recording import Call, Line, Recording, place_at
from .snapshot import ABSENT, ObjectAt
from .tracers import name_of, refuse_beside_debugger

TABLES = (dict, list, tuple, set)  # as globals they are the program's constants: not opened


class Recorder:
    """Records this thread's run through chosen source: `with Recorder() as recorder: ...`, then `recorder.recording`.

    also: files, folders, modules or functions whose source is recorded besides this package's, such as __file__.
    only: those recorded in its place, such as "torch.optim". An optimizer's own methods and rule always are.
    max_lines: recording ends there, with a note; the program runs on.
    RuntimeError beside a debugger. An exception of the program's ends the recording and goes on its way.
    """

    def __init__(self, *, also: Any = (), only: Any = None, max_lines: int = 100_000) -> None:
        if not isinstance(max_lines, int) or max_lines < 1:
            raise ValueError(f"max_lines must be a whole number of lines, at least 1, but it is {max_lines!r:.80}")
        own = places_of(also)
        self.choice = Choice((default_places() if only is None else places_of(only)) + own)
        self.max_lines = max_lines
        self.recording = Recording(own=own)
        self.camera, self.reader = Camera(), Reader()
        self.take, self.follow = self.camera.take, self.reader.follow
        self.groups = GroupWatch(self.take, own)
        self.active: dict[FrameType, Call] = {}
        self.stack: list[Call] = []
        self.running = False
        self.collecting = Collecting()
        self.previous: Any = None  # who traced this thread before
        self.home: tuple[FrameType, Any] | None = None

    # ---- beginning and end ---------------------------------------------------------------------------

    def __enter__(self) -> Recorder:
        self.start(sys._getframe(1))
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self.halt()
        if error is not None:
            self.note_error(error)
        home = sys._getframe(1)
        self.name_variables(home.f_locals)
        # The tracer before gets the thread back; unless the program has put another there since. This comes last
        # and stands here: coverage counts calls and returns, and has seen neither this call nor one made from it.
        if sys.gettrace() is None:
            sys.settrace(self.previous)

    def start(self, home: FrameType) -> None:
        """Begin to record, the rest of the frame `home` included if its source is chosen."""
        refuse_beside_debugger()
        self.previous = sys.gettrace()
        if isinstance(getattr(self.previous, "__self__", None), Recorder):
            raise RuntimeError("cannot record within a recording: a Recorder is at work here already. Leave it first.")
        if self.recording.lines or self.recording.roots:
            raise RuntimeError("this Recorder has recorded already: make a new one for each recording")
        if self.previous is not None:
            self.recording.notes.append(
                f"{name_of(self.previous)} was tracing this thread: it was set aside while this was recorded, and "
                "did not see the calls made meanwhile"
            )
        self.running = True
        self.collecting.rest()
        if self.choice.is_recorded(home):
            self.home = home, home.f_trace
            home.f_trace = self.open_call(home)
        sys.settrace(self.on_call)

    def halt(self, look: bool = True) -> None:
        """Record no more, after a last look at what the lines at work have written."""
        if not self.running:
            return
        if sys.gettrace() == self.on_call:  # else the program has put another in its place
            sys.settrace(None)
        self.running = False
        self.collecting.go_on()
        self.camera.next_moment()
        for frame, call in self.active.items():
            if look and call.lines and call.lines[-1].writes is None and not call.lines[-1].raised:
                self.finish(call.lines[-1], frame)
        if self.home is not None:
            self.home[0].f_trace = self.home[1]
        self.active, self.stack, self.home = {}, [], None
        self.camera.forget()

    def note_error(self, error: BaseException) -> None:
        """Note the exception that ended the recording, and the line that raised it: the program's own, if recorded."""
        words = [
            str(word)[:300] for word in vars(BaseException)["args"].__get__(error) if type(word) in (str, int, float)
        ]
        self.recording.error = ": ".join([type(error).__name__, *words])
        traceback = error.__traceback__
        while traceback is not None:
            frame, line = traceback.tb_frame, traceback.tb_lineno
            own = is_chosen(frame.f_code.co_filename, self.recording.own)
            recorded = not self.recording.own and self.choice.is_recorded(frame)
            if own or recorded or self.recording.error_place is None:
                self.recording.error_place = place_at(frame.f_code.co_filename, line, frame.f_code.co_name)
            traceback = traceback.tb_next

    def name_variables(self, names: Any) -> None:
        """What the program calls the things it holds in variables, for those that no module has named."""
        held = list(names.items())
        held += [(path, p) for _, one in held if is_torch_module(type(one)) for p, path in names_in_module(one)]
        for name, value in held:
            found = self.camera.tokens.get(id(value))
            if found is not None and found[0]() is value:
                self.recording.names.setdefault(found[1], name)

    # ---- which calls ---------------------------------------------------------------------------------

    def on_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        """The thread's trace function: asked at every call whether its lines are to be recorded."""
        if not self.running or event != "call":
            return None
        try:
            return self.open_call(frame) if self.choice.is_recorded(frame) else None
        except Exception as error:
            self.fail(error)
            return None

    def open_call(self, frame: FrameType) -> Callable[..., Any] | None:
        """Begin the record of a call; returns the trace function for its lines (None: it is not recorded)."""
        code, back = frame.f_code, frame.f_back
        while back is not None and back not in self.active and back.f_code.co_filename in LIBRARY:
            back = back.f_back
        if back is not None and looks_on(back.f_code.co_filename):  # what a check calls is no part of the story
            return None
        parent = self.stack[-1] if self.stack else None
        known = self.choice.known.get(id(code)) or self.choice.get_to_know(code)
        call = Call(code, frame.f_globals, known.plans, parent)
        if back is not None and back not in self.active:
            call.outside = back.f_code, back.f_lasti
        self.camera.next_moment()
        names, take = frame.f_locals, self.take
        for name in known.arguments:
            value = names.get(name, ABSENT)
            call.args[name] = value if type(value) in PLAIN else take(value, SOME if name == "self" else ALL)
        if known.free:
            call.cells = tuple(take(names.get(name, ABSENT)) for name in known.free)
        first = next(iter(call.args.values()), None)
        if isinstance(first, ObjectAt) and first.kind == "optimizer":
            call.owner = self.choice.meet(frame)
            self.groups.meet(names[code.co_varnames[0]])
        self.active[frame] = call
        self.stack.append(call)
        if parent is None:
            self.recording.roots.append(call)
        elif parent.lines:
            call.line = parent.lines[-1]
            call.line.calls.append(call)
        return self.lines_of(call)

    # ---- which lines ---------------------------------------------------------------------------------

    def lines_of(self, call: Call) -> Callable[..., Any]:
        """The trace function of one call."""

        def on_event(frame: FrameType, event: str, arg: Any) -> Any:
            if not self.running:
                return None
            try:
                if event == "line":
                    self.begin_line(call, frame)
                elif event == "return":
                    self.close_call(call, frame, arg)
                elif event == "exception" and call.lines and arg[0] is not StopIteration:
                    call.lines[-1].raised = True
            except Exception as error:
                self.fail(error)
            return on_event

        return on_event

    def begin_line(self, call: Call, frame: FrameType) -> None:
        """A line is about to run, which ends the one before it in this call."""
        number = frame.f_lineno
        plan = call.plans.get(number) or self.bare_plan(call, number)
        if plan.aside:  # it changes nothing, so the line before can be looked at when the next one begins
            return
        lines = call.lines
        if lines and lines[-1].plan is plan and plan.merges and not lines[-1].raised:
            return
        self.camera.next_moment()
        names = frame.f_locals
        if lines and lines[-1].writes is None and not lines[-1].raised:
            self.finish(lines[-1], frame, names)
        if self.recording.lines >= self.max_lines:
            self.cut(call, number)
            return
        self.recording.lines += 1
        line = Line(plan)
        lines.append(line)
        if plan.reads:
            line.reads = self.look(plan.reads, names, frame.f_globals)
        if plan.before:
            line.before = self.look(plan.before, names, frame.f_globals)

    def finish(self, line: Line, frame: FrameType, names: Any = None) -> None:
        """Look at what a line wrote. names: the frame's variables, if they are at hand (Python collects them anew)."""
        paths = line.plan.writes
        if paths:
            names = frame.f_locals if names is None else names
        line.writes = self.look(paths, names, frame.f_globals) if paths else []
        if self.groups.optimizers:
            self.groups.look(line)

    def look(self, paths: list[Path], names: Any, global_names: dict[str, Any]) -> list[Any]:
        """What stands at the end of each path now. Nearly all of the recorder's time is spent here."""
        found = []
        for path in paths:
            depth, value = path.depth, names.get(path.root, ABSENT)
            if value is ABSENT:
                value = global_names.get(path.root, ABSENT)
                depth = 3 if type(value) in TABLES else depth
            if path.steps:
                value = self.follow(path.steps, value, names, global_names)
            found.append(value if type(value) in PLAIN else self.take(value, depth))
        return found

    def close_call(self, call: Call, frame: FrameType, result: Any) -> None:
        """A call is over: by its return, or (result None, its last line raised) by an exception."""
        self.camera.next_moment()
        line = call.lines[-1] if call.lines else None
        call.raised = line is not None and line.raised and result is None
        if line is not None and not line.raised:
            self.finish(line, frame)
        call.result = ABSENT if call.raised else self.take(result)
        self.active.pop(frame, None)
        while self.stack and self.stack.pop() is not call:
            pass

    def bare_plan(self, call: Call, number: int) -> Plan:
        """A line whose source cannot be found: that it ran is all that is known."""
        call.plans[number] = plan = Plan(call.code.co_filename, number, number, "")
        return plan

    # ---- when it must end ----------------------------------------------------------------------------

    def cut(self, call: Call, number: int) -> None:
        """The bound is reached: the recording ends, the program goes on."""
        place = place_at(call.code.co_filename, number, call.name)
        self.recording.notes.append(
            f"cut after {self.max_lines} lines, at {place} in {place.function}: what ran from there on was not "
            "recorded. Record less of the program, or give Recorder a larger max_lines."
        )
        self.halt()

    def fail(self, error: Exception) -> None:
        """The recorder itself failed: the program must not feel it."""
        self.recording.notes.append(f"the recording ended early, by an error of the recorder's own: {error!r:.300}")
        self.halt(look=False)


def record(
    function: Callable[..., Any],
    *args: Any,
    also: Any = (),
    only: Any = None,
    max_lines: int = 100_000,
    **kwargs: Any,
) -> Recording:
    """Call the function with these arguments and return the Recording of it; what it returned is in `.result`."""
    with Recorder(also=also, only=only, max_lines=max_lines) as recorder:
        recorder.recording.result = function(*args, **kwargs)
    return recorder.recording
