"""The command `hint`: the next hint to an exercise, one at a time."""

from __future__ import annotations

from typing import Any

from .learner import add_command, add_dir, asked_for, command_for, refusing

FIRST = """Examples:
  tinygrad-optim hint 6
  tinygrad-optim hint 6.train

The first shows the exercises of lesson 6 by name. The second gives the first hint to one of them, and each time
after that the next, from a nudge to nearly the answer; those given before are shown again."""


def add(commands: Any) -> None:
    """Declare `hint` and its arguments."""
    hint = add_command(commands, "hint", "give the next hint to an exercise", FIRST, run)
    hint.add_argument(
        "what", metavar="LESSON.EXERCISE", help="such as 6.train; 6 alone names the exercises of lesson 6"
    )
    add_dir(hint)


def run(given: Any) -> int:
    """Print the hints given so far and one more, and remember that."""
    from ..course.telling import say_text
    from ..trace.text import show_page
    from ..trace.text_page import Page

    with refusing():
        _, progress, lesson, exercise = asked_for(given)
        page = Page()
        if exercise is None:
            page.say(0, (f"Lesson {lesson.number}: {lesson.title}", "bold"))
            for one in lesson.exercises():
                held = progress.entry(lesson, one).hints
                told = f"{len(one.hints)} hints" + (f", {held} given" if held else "")
                page.say(1, (f"{one.name:<28} ", "bold"), f"{one.kind:<8} {told}")
            page.say(0, f"tinygrad-optim hint {command_for(lesson, lesson.exercises()[0])} gives the first hint to one")
            show_page(page)
            return 0
        entry = progress.entry(lesson, exercise)
        new = entry.hints < len(exercise.hints)
        entry.hints = min(entry.hints + 1, len(exercise.hints))
        for number, text in enumerate(exercise.hints[: entry.hints], start=1):
            page.say(0, (f"Hint {number} of {len(exercise.hints)}", "bold" if number == entry.hints else "dim"))
            say_text(page, 1, text)
        left = len(exercise.hints) - entry.hints
        page.say(0, (f"{left} left" if left else "that is the last" if new else "there are no more", "dim"))
        if new:
            progress.write()
        show_page(page)
    return 0
