"""Tells a learner how an exercise went: what was asked, what came, where they part, and the lines that led there."""

from __future__ import annotations

import ast
import inspect
import textwrap
from contextlib import suppress
from pprint import pformat
from typing import Any

from ..trace.text_page import Page
from . import outcome as how
from .exercise import Check, Exercise, Inputs
from .judge import written
from .outcome import CheckOutcome, Outcome
from .telling_answers import odd_words, raised_words

WIDTH = 100  # letters of a line of values
ROWS = 25  # of one value, or of what was printed
LETTERS = 200  # of a line that was printed, or of a value
WIDE = 120  # letters of a line that ran, where no terminal says how many it has
SLICED = 16  # of these before its source
SEEN = 8  # of these at the end of what was printed
NOT_BEGUN = {"predict": "not answered yet", "find": "not begun"}

Place = tuple[str, int]  # a file as the learner knows it, and a line


def tell(outcome: Outcome, place: Place, parameters: list[str], width: int = WIDE) -> Page:
    """One exercise: its checks, and of the first that failed all that helps. width: that lines which ran are cut to."""
    page, exercise = Page(), outcome.exercise
    page.say(0, *headline(outcome, place))
    if exercise.kind == "predict":
        tell_prediction(page, outcome, parameters, width)
    elif not outcome.unwritten:
        for one in outcome.checks:
            tell_check(page, exercise, one, parameters, width)
    if not outcome.unwritten:
        tell_printed(page, outcome)
    return page


def headline(outcome: Outcome, place: Place) -> list[Any]:
    """The exercise, and in a few words how it went."""
    exercise = outcome.exercise
    name = (f"{exercise.name} ", "bold")
    if outcome.passed:
        return [("ok    ", "bold green"), name, (f"({exercise.kind}, {points(outcome)})", "dim")]
    where = (f"   {place[0]}:{place[1]}", "cyan")
    if outcome.unwritten:
        what = NOT_BEGUN.get(exercise.kind, "not written yet")
        return [("-     ", ""), name, (f"({exercise.kind}) {what}", "dim"), where]
    return [("FAIL  ", "bold red"), name, (f"({exercise.kind}, {points(outcome)})", "dim"), where]


def points(outcome: Outcome) -> str:
    return f"{outcome.points} of {outcome.of} point{'s' if outcome.of != 1 else ''}"


# ---- predictions -----------------------------------------------------------------------------------------


def tell_prediction(page: Page, outcome: Outcome, parameters: list[str], width: int) -> None:
    """The question with the learner's own numbers; whether the answer is right; then, and only then, what was run."""
    exercise, one = outcome.exercise, next((one for one in outcome.checks if not one.passed), outcome.checks[0])
    if not outcome.passed:
        say_text(page, 3, question(exercise, one.inputs, parameters))
    if outcome.unwritten:
        return
    if one.how == how.PASSED:
        page.say(3, ("right: ", "green"), value(one.got), f"   ({one.check.says})")
        say_what_was_run(page, one.check)
    elif one.how == how.WRONG:
        missing = " Has your function a `return`?" if one.got is None else ""
        page.say(3, (f"{value(one.got)} is not it.{missing}", "red"))
        if one.wrong is not None:
            say_text(page, 3, one.wrong.hint, "yellow")
    else:
        tell_failure(page, exercise, one, parameters, width)


def say_what_was_run(page: Page, check: Check) -> None:
    """The source of what knew the answer; not where it is hidden behind another function."""
    function = inspect.unwrap(check.expected)
    if getattr(function, "__closure__", ()) is not None:
        return
    page.say(3, ("what was run to know it:", "dim"))
    for line in textwrap.dedent(inspect.getsource(function)).rstrip().split("\n"):
        page.say(4, (line, "dim"))


def question(exercise: Exercise, inputs: Inputs, parameters: list[str]) -> str:
    """A prediction's question; where it has none, its numbers."""
    if exercise.question is not None:
        return exercise.question(**inputs)
    return f"What is {call_text(exercise.name, inputs, parameters)}?"


# ---- checks ----------------------------------------------------------------------------------------------


def tell_check(page: Page, exercise: Exercise, one: CheckOutcome, parameters: list[str], width: int) -> None:
    """One check: its sentence, and why it failed."""
    if one.passed:
        page.say(3, ("ok    ", "green"), one.check.says)
    elif one.how == how.NOT_RUN:
        page.say(3, (f"-     {one.check.says}: not run, because of the one before", "dim"))
    else:
        page.say(3, ("FAIL  ", "red"), (one.check.says, "bold"))
        tell_failure(page, exercise, one, parameters, width)


def tell_failure(page: Page, exercise: Exercise, one: CheckOutcome, parameters: list[str], width: int) -> None:
    """The call, what was expected, what came instead, and the lines that ran."""
    if one.how not in (how.MISSING, how.BROKEN):
        row(page, "call", call_text(exercise.name, one.inputs, parameters))
    if exercise.kind != "predict" and one.how in (how.WRONG, how.RAISED, how.ODD):
        row(page, "expected", value(one.expected))
    if one.how == how.WRONG:
        row(page, "got", value(one.got), "bold")
        if isinstance(one.expected, list | tuple | dict) or type(one.got) is not type(one.expected):
            row(page, "differs", one.difference)
    else:
        for label, text in reasons(exercise, one):
            row(page, label, text, "bold" if label == "got" else "")
    if one.wrong is not None:
        row(page, "hint", one.wrong.hint, "yellow")
    tell_slice(page, one, width - SLICED)


def reasons(exercise: Exercise, one: CheckOutcome) -> list[tuple[str, str]]:
    """Why there is no value to compare, as rows."""
    answer = one.answer
    if one.how == how.ODD:
        return [("got", odd_words(answer["odd"], one.expected))]
    if one.how in (how.RAISED, how.UNWRITTEN):
        return raised_words(answer["raised"], one.slice.get("returned", ""))
    if one.how == how.LATE:
        return [("got", f"nothing: it took longer than {answer['late']:g} s. Is there an endless loop?")]
    if one.how == how.NOISY:
        return [("got", f"nothing: it printed more than {answer['noisy'] / 1e6:g} MB. Is there an endless loop?")]
    if one.how == how.FULL:
        return [("got", f"nothing: it wrote more files than may be: {answer['full']}")]
    if one.how == how.TAMPERED:
        return [("got", f"nothing: your code {answer['tampered']} where only the checker's answers go")]
    if one.how == how.MISSING:
        return [("got", f"exercises.py has no {exercise.name!r} any more: `tinygrad-optim reset` puts it back")]
    if one.how == how.BROKEN:
        return [("problem", f"the check itself failed, through no fault of yours: {answer['message']}")]
    code = answer.get("ended")
    told = "" if code is None else f" with exit code {code}" if code >= 0 else f", by signal {-code}"
    return [("got", f"nothing: your code ended the whole process{told}. A function gives its value with return")]


def tell_slice(page: Page, one: CheckOutcome, room: int) -> None:
    """The learner's own lines as they ran in this case, with what each changed; each in so many letters."""
    rows = one.slice.get("lines") or []
    if not rows:
        return
    row(page, "what ran", "in exercises.py, line by line, in this case:")
    least = min(depth for _, depth, *_ in rows[1:] or rows)  # of a function deep in its own calls the end is shown
    for line, depth, text, changed, raised in rows:
        indent = "  " * max(0, depth - least)
        if not line:
            page.say(5, (f"      {cut(indent + text, room)}", "dim"))
            continue
        first, *rest = text.split("\n")
        told = f"   # {', '.join(changed)}" if changed else ""
        say_line(page, f"{line:>4}  ", indent + first, "" if rest else told, room)
        for number, more in enumerate(rest):
            say_line(page, " " * 6, indent + more, told if number == len(rest) - 1 else "", room)
        if raised:
            page.say(5, (f"      {indent}^ raised here", "bold red"))


def say_line(page: Page, label: str, source: str, told: str, room: int) -> None:
    """A line that ran, and what is told of it, in so many letters."""
    page.say(5, (label, "cyan"), cut(source, room), (cut(told, room - len(source)), "green"))


def cut(text: str, room: int) -> str:
    """The beginning of a text, where there is not room for all its letters."""
    return text if len(text) <= room else f"{text[: max(0, room - 4)]} ..."[: max(0, room)]


def tell_printed(page: Page, outcome: Outcome) -> None:
    """What the learner's code printed: in the case that failed, or else in the first that printed anything."""
    failed = [one for one in outcome.checks if not one.passed]
    told = next((one.printed for one in [*failed, *outcome.checks] if one.printed.strip()), "")
    if not told:
        return
    rows = told.rstrip("\n").split("\n")
    page.say(3, ("printed by your code:", "dim"))
    if len(rows) > ROWS:
        rows = [*rows[: ROWS - SEEN], f"... {len(rows) - ROWS} more lines ...", *rows[-SEEN:]]
    for one_row in rows:
        page.say(4, one_row if len(one_row) <= LETTERS else one_row[:LETTERS] + " ...")


# ---- values ----------------------------------------------------------------------------------------------


def call_text(name: str, inputs: Inputs, parameters: list[str]) -> str:
    """The call as Python would write it; where the inputs are not the function's own arguments, the inputs."""
    told = [f"{key}={value(one)}" for key, one in inputs.items()]
    own = set(inputs) <= set(parameters)
    opening, closing = (f"{name}(", ")") if own else (f"{name}, with ", "")
    line = opening + ", ".join(told) + closing
    if len(line) <= WIDTH and "\n" not in line:
        return line
    return "\n".join([opening.rstrip(), *(textwrap.indent(one, "    ") + "," for one in told), closing]).rstrip()


def value(one: Any) -> str:
    """A value as Python would write it; long ones on several lines, and only their beginning."""
    text = written(one)
    if isinstance(one, str) and "\n" in one:
        text = '"""\n' + one.rstrip("\n") + '\n"""'
    elif len(text) > WIDTH and isinstance(one, list | tuple | dict):
        with suppress(ValueError):  # an int too long to write
            text = pformat(one, width=WIDTH, compact=True, sort_dicts=False)
    rows = [each if len(each) <= LETTERS else each[:LETTERS] + " ..." for each in text.split("\n")]
    if len(rows) > ROWS:
        rows = [*rows[:ROWS], f"... {len(rows) - ROWS} more lines"]
    return "\n".join(rows)


def row(page: Page, label: str, text: str, style: str = "") -> None:
    """A label, and beside it a text of one or more lines."""
    for number, one in enumerate(text.split("\n")):
        page.row(4, "" if number else label, one, style)


def say_text(page: Page, depth: int, text: str, style: str = "") -> None:
    """A text of one or more lines, each no longer than is easy to read."""
    for line in textwrap.dedent(text).strip("\n").split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        for one in textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False) or [""]:
            page.say(depth, (one, style))


def parameters_of(source: str | None) -> list[str]:
    """The names of a function's arguments, from its source; none for a class."""
    node = ast.parse(source).body[0] if source else None
    if not isinstance(node, ast.FunctionDef):
        return []
    arguments = node.args
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
