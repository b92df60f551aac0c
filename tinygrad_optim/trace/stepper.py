"""A stepper through a recorded run: pdb's letters, and the same in capitals to go back."""

from __future__ import annotations

import cmd
import linecache
import sys
from typing import Any

from rich.console import Console

from .navigation import Cursor
from .recording import Recording
from .stepper_breakpoints import Breakpoints, Complaint, nearest
from .stepper_marks import Marks, marks_of
from .stepper_screen import Screen, whole
from .stepper_values import find, names_in

HELP = """\
on          back
n           N           the next line of this function, or of its caller
s           S           the line that ran next, into calls too
r           R           where this function returns; where it begins
c           C           the next breakpoint
changed P   Changed P   where parameter P changes: fc.bias, or fc.bias.grad

step K      step K             p NAME   a recorded value: g, or group["lr"]
group G     group G's turn     a        what this function was given
chapter N   a chapter          v        all that this line read and wrote
chapters    all of them        w        the calls at work
j N         moment N           u, d     look at the caller; back down
l           source around, again for more
ll          the whole function

b FILE:LINE   b FUNCTION   b PARAMETER   sets a breakpoint
b   lists them       cl N   takes one off; cl, all
An empty line does the last command again. q or Ctrl-D leaves."""


class Stepper(cmd.Cmd):
    """Reads commands and moves a cursor over the recording; each move shows the page of where it led."""

    prompt = "(step) "

    def __init__(self, recording: Recording, console: Console | None = None, stdin: Any = None) -> None:
        super().__init__(stdin=stdin)
        self.marks: Marks = marks_of(recording)
        self.recording = recording
        self.cursor = Cursor(self.marks.track)
        self.screen = Screen(console or Console(highlight=False))
        self.use_rawinput = self.stdin is sys.stdin and sys.stdin.isatty()
        self.stdout = self.screen.console.file
        self.breakpoints = Breakpoints(self.marks)
        self.listed = 0  # the last line of source that l showed

    # ---- the loop ------------------------------------------------------------------------------------

    def run(self) -> None:
        """Read commands until q or the end of input."""
        if not self.marks.track.moments:
            self.screen.say("Nothing was recorded, so there is nothing to step through.")
            return
        for note in self.recording.notes:
            self.screen.say((f"Note: {note}", "yellow"))
        steps = f"{self.marks.steps} step{'' if self.marks.steps == 1 else 's'}"
        self.screen.say(f"{len(self.marks.track.moments)} lines were recorded, {steps} among them. h helps, q leaves.")
        if self.recording.error is not None:
            where = self.recording.error_place
            self.screen.say((f"It ended with {self.recording.error}{f', at {where}' if where else ''}", "bold red"))
        self.screen.page(self.marks, self.cursor)
        with dotted_words():
            while True:
                try:
                    self.cmdloop("")
                    return
                except KeyboardInterrupt:
                    self.screen.say("\nq or Ctrl-D leaves.")

    def precmd(self, line: str) -> str:
        if not self.use_rawinput:
            self.screen.say("" if line == "EOF" else line)  # so that the written dialogue can be read
        return line

    def onecmd(self, line: str) -> bool:
        try:
            return bool(super().onecmd(line))
        except Complaint as complaint:
            self.screen.say((str(complaint), "yellow"))
            return False

    def default(self, line: str) -> None:
        word = line.split()[0]
        near = nearest(word, [name[3:] for name in self.get_names() if name.startswith("do_")])
        raise Complaint(f"There is no command {word}{near or '.'} h lists them.")

    def completenames(self, text: str, *ignored: Any) -> list[str]:
        return [name for name in super().completenames(text, *ignored) if name not in ("EOF", "help")]

    def move(self, moved: bool, otherwise: str) -> None:
        """Show where a move led; or say why it led nowhere."""
        if not moved:
            raise Complaint(otherwise)
        self.listed = 0
        self.show()

    def show(self) -> None:
        self.screen.clear()
        self.screen.page(self.marks, self.cursor)

    # ---- moves ---------------------------------------------------------------------------------------

    def do_n(self, _: str) -> None:
        self.move(self.cursor.next(), END)

    def do_N(self, _: str) -> None:
        self.move(self.cursor.next_back(), BEGINNING)

    def do_s(self, _: str) -> None:
        self.move(self.cursor.step(), END)

    def do_S(self, _: str) -> None:
        self.move(self.cursor.step_back(), BEGINNING)

    def do_r(self, _: str) -> None:
        self.move(self.cursor.to_return(), END)

    def do_R(self, _: str) -> None:
        self.move(self.cursor.to_call(), BEGINNING)

    def do_c(self, _: str) -> None:
        self.move(self.cursor.go_on(self.breakpoints.stops()), f"No breakpoint lies ahead. {self.breakpoints.advice()}")

    def do_C(self, _: str) -> None:
        self.move(
            self.cursor.go_back(self.breakpoints.stops()), f"No breakpoint lies behind. {self.breakpoints.advice()}"
        )

    def do_u(self, _: str) -> None:
        self.move(self.cursor.look_up(), "This is the outermost call that was recorded.")

    def do_d(self, _: str) -> None:
        self.move(self.cursor.look_down(), "This is the innermost call at this moment.")

    def do_j(self, text: str) -> None:
        self.move(
            self.cursor.jump(self.number(text, "j")), f"Moments are numbered 0 to {len(self.marks.track.moments) - 1}."
        )

    def do_changed(self, text: str) -> None:
        name, moments = self.changes(text, "changed")
        self.move(self.cursor.go_on(moments), f"{name} does not change after this.{self.times(moments)}")

    def do_Changed(self, text: str) -> None:
        name, moments = self.changes(text, "Changed")
        self.move(self.cursor.go_back(moments), f"{name} did not change before this.{self.times(moments)}")

    def do_step(self, text: str) -> None:
        steps = {one.title: one.first for one in self.marks.chapters if one.kind == "step"}
        first, last = self.marks.first_step, self.marks.last_step
        known = f"Steps {first} to {last} were recorded." if steps else "No step was recorded."
        self.move(self.cursor.jump(steps.get(f"step {self.number(text, 'step')}")), known)

    def do_group(self, text: str) -> None:
        number, now = self.number(text, "group"), self.marks.steps_done(self.cursor.now) + 1
        turns = [one for one in self.marks.turns if one.step and not one.is_end]
        groups = sorted({one.group for one in turns})
        first = next((one.first for one in turns if one.group == number and one.step >= now), None)
        self.move(self.cursor.jump(first), f"Group {number} has no turn in this step or a later one. Groups: {groups}.")

    def do_chapter(self, text: str) -> None:
        number, chapters = self.number(text, "chapter"), self.marks.chapters
        known = 1 <= number <= len(chapters)
        self.move(
            known and self.cursor.jump(chapters[number - 1].first), f"There are {len(chapters)}: chapters lists them."
        )

    # ---- looks ---------------------------------------------------------------------------------------

    def do_p(self, text: str) -> None:
        here, names = self.cursor.looked_at, names_in(self.marks, self.cursor.looked_at)
        if not text:
            raise Complaint(f"p NAME. Known here: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}")
        found = find(self.marks, here, text)
        if found is None:
            outer = next((i for i, one in enumerate(self.cursor.stack()) if find(self.marks, one, text)), None)
            hint = f"; it is known {outer - self.cursor.up_by} up: u" if outer and outer > self.cursor.up_by else ""
            raise Complaint(f"Of {text} nothing was recorded here{hint or nearest(text, names) or '.'}")
        self.screen.value(found)

    def do_a(self, _: str) -> None:
        for name, value in self.cursor.looked_at.call.args.items():
            self.screen.say((f"{name} = ", "bold"), whole(value))

    def do_v(self, _: str) -> None:
        self.screen.rows(self.screen.values(self.cursor.looked_at))

    def do_w(self, _: str) -> None:
        self.screen.stack(self.cursor)

    def do_l(self, _: str) -> None:
        here = self.cursor.looked_at
        first = self.listed + 1 if self.listed else here.line.plan.first - 5
        if first > len(linecache.getlines(here.line.plan.file)):
            raise Complaint("The file ends here.")
        self.listed = max(1, first) + 10
        self.screen.source(here, first, self.listed)

    def do_ll(self, _: str) -> None:
        here = self.cursor.looked_at
        rows = [line for *_, line in here.call.code.co_lines() if line]
        self.screen.source(here, min([here.call.code.co_firstlineno, *rows]), max(rows))

    def do_chapters(self, _: str) -> None:
        now = self.marks.chapter_at(self.cursor.now)
        for number, one in enumerate(self.marks.chapters, 1):
            mark = "->" if one is now else "  "
            self.screen.say((f"{mark} {number:>3}  ", "bold yellow"), one.title, (f"   from moment {one.first}", "dim"))

    # ---- breakpoints ---------------------------------------------------------------------------------

    def do_b(self, text: str) -> None:
        if text:
            self.screen.say(self.breakpoints.add(text.strip(), self.cursor.looked_at))
            return
        for number in self.breakpoints.kept:
            self.screen.say(self.breakpoints.described(number))
        if not self.breakpoints.kept:
            self.screen.say(self.breakpoints.advice())

    def do_cl(self, text: str) -> None:
        self.breakpoints.clear(self.number(text, "cl") if text else None)

    # ---- what commands are given ---------------------------------------------------------------------

    def changes(self, text: str, command: str) -> tuple[str, list[int]]:
        """A parameter's name, and when it changed."""
        if not text:
            raise Complaint(f"{command} PARAMETER, such as {next(iter(self.marks.changes), 'fc.bias')}.")
        if text not in self.marks.changes and text not in self.marks.tensors:
            raise Complaint(f"No parameter is called {text}{nearest(text, list(self.marks.changes)) or '.'}")
        return text, self.marks.moments_of(text)

    def times(self, moments: list[int]) -> str:
        return f" It changed {len(moments)} times, at the moments {moments[0]} to {moments[-1]}." if moments else ""

    def number(self, text: str, command: str) -> int:
        if not text.strip().isdecimal() or len(text) > DIGITS:
            raise Complaint(f"{command} N: a whole number, such as {command} 1.")
        return int(text)

    # ---- completion, help, leaving -------------------------------------------------------------------

    def complete_p(self, text: str, *_: Any) -> list[str]:
        return [name for name in names_in(self.marks, self.cursor.looked_at) if name.startswith(text)]

    def complete_b(self, text: str, *_: Any) -> list[str]:
        return [name for name in self.breakpoints.targets() if name.startswith(text)]

    def complete_changed(self, text: str, *_: Any) -> list[str]:
        return [name for name in self.marks.changes if name.startswith(text)]

    complete_Changed = complete_changed

    def do_h(self, _: str) -> None:
        self.screen.say(HELP)

    def do_help(self, _: str) -> None:
        self.do_h("")

    def do_q(self, _: str) -> bool:
        return True

    do_EOF = do_q


DIGITS = 12  # of a number that a command takes: Python refuses to read one of thousands
END = "This is the last line that was recorded; N, S, R and C go back."
BEGINNING = "This is the first line that was recorded; n, s, r and c go on."


class dotted_words:
    """While commands are read, names such as fc.bias and group["lr"] are one word to completion."""

    def __enter__(self) -> None:
        try:
            import readline

            self.before = readline.get_completer_delims()
            readline.set_completer_delims(" \t\n")
        except ImportError:  # no completion where there is no readline
            self.before = None  # type: ignore[assignment]

    def __exit__(self, *error: object) -> None:
        if self.before is not None:
            import readline

            readline.set_completer_delims(self.before)
