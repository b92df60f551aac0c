"""The command `reset`: give an exercise, or a lesson's exercises.py, back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .arguments import Refused
from .learner import add_command, add_dir, refusing

FIRST = """Examples:
  tinygrad-optim reset 6.train
  tinygrad-optim reset 6

The first gives back one function, the second the whole file. The file as you had it is kept beside it, as
exercises.before-reset.py; the one of an earlier reset is not overwritten."""


def add(commands: Any) -> None:
    """Declare `reset` and its arguments."""
    reset = add_command(commands, "reset", "give back an exercise as it was, and keep yours beside it", FIRST, run)
    reset.add_argument("what", metavar="LESSON[.EXERCISE]", help="6 for the whole file, 6.train for one exercise")
    add_dir(reset)


def run(given: Any) -> int:
    """Write the file anew and forget how it went."""
    from ..course.copies import find_copy
    from ..course.lessons import find
    from ..course.source import Unreadable, put_back, source_of, text_of
    from ..saving import write_text

    with refusing():
        copy = find_copy(given.dir)
        progress = copy.progress()
        lesson, exercise = find(given.what)
        file, original = copy.file(lesson), lesson.folder / "exercises.py"
        if exercise is None:
            text, forgotten = text_of(original), lesson.exercises()
        else:
            source = source_of(text_of(original), exercise.name)
            if source is None:
                raise Refused(f"lesson {lesson.number} has no {exercise.name!r} to give back")
            try:
                text, forgotten = put_back(copy.text(lesson), exercise.name, source), (exercise,)
            except Unreadable as error:
                whole = f"tinygrad-optim reset {lesson.number}"
                raise Refused(f"{file}: {error}; `{whole}` gives the whole file back") from None
        kept = keep(file) if file.exists() and file.read_bytes() != text.encode() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text(file, text)
        for one in forgotten:
            progress.forget(lesson, one)
        progress.write()
    print(f"{file} is as it was" + (f"; yours is kept in {kept.name}" if kept else ""))
    return 0


def keep(file: Path) -> Path:
    """A copy of a file beside it, under a name that nothing has yet."""
    number = 1
    while True:
        kept = file.with_name(f"{file.stem}.before-reset{'' if number == 1 else f'-{number}'}{file.suffix}")
        try:
            with open(kept, "xb") as copy:
                copy.write(file.read_bytes())
            return kept
        except FileExistsError:
            number += 1
