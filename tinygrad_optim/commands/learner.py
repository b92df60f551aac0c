"""What the commands of the course share: where the working copy is, and how its errors are told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import Refused

if TYPE_CHECKING:
    from ..course.copies import Copy
    from ..course.exercise import Exercise
    from ..course.lessons import Lesson
    from ..course.progress import Progress


def add_command(commands: Any, name: str, words: str, first: str, run: Any) -> argparse.ArgumentParser:
    """Declare a command."""
    raw = argparse.RawDescriptionHelpFormatter
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=words[0].upper() + words[1:] + ".", epilog=first, formatter_class=raw
    )
    parser.set_defaults(run=run)
    return parser


def add_dir(parser: argparse.ArgumentParser) -> None:
    """Declare --dir."""
    words = "the working copy, or a folder in it (default: this folder)"
    parser.add_argument("--dir", type=Path, default=Path(), metavar="DIR", help=words)


@contextmanager
def refusing() -> Iterator[None]:
    """What the course has to say against a command ends it in one line."""
    from ..course.copies import NoCopy
    from ..course.lessons import NoSuchLesson
    from ..course.progress import Broken
    from ..course.source import Unreadable

    try:
        yield
    except (NoCopy, NoSuchLesson, Broken, Unreadable) as error:
        raise Refused(str(error.args[0])) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f"cannot use {error.filename or 'a file'}: {error.strerror or error}") from None


def asked_for(given: Any) -> tuple[Copy, Progress, Lesson, Exercise | None]:
    """The copy, its progress, and the lesson and exercise that a command was given. Use inside `refusing`."""
    from ..course.copies import find_copy
    from ..course.lessons import find

    copy = find_copy(given.dir)
    progress = copy.progress()
    return copy, progress, *find(given.what)


def solutions_of(progress: Progress, lesson: Lesson) -> Path | None:
    """The file of a lesson's solutions; None where they are not released."""
    file = lesson.folder / "solutions.py"
    return file if progress.solutions and file.is_file() else None


def command_for(lesson: Lesson, exercise: Exercise | None = None) -> str:
    """How a lesson or an exercise is named on the command line."""
    return f"{lesson.number}.{exercise.name}" if exercise else str(lesson.number)
