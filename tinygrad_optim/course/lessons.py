"""Where the lessons are, what is in one, and which one is meant by "6" or "06_the_optimizers_loop"."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from .exercise import Exercise

PACKAGE = Path(__file__).parents[1]
ELSEWHERE = "TINYGRAD_OPTIM_LESSONS"  # names a folder of lessons to take in the place of the package's
FOLDER = re.compile(r"(\d\d)_(\w+)")
LEARNERS = ("lesson.py", "exercises.py")  # the files of a lesson that a learner gets


class NoSuchLesson(LookupError):
    """A lesson or an exercise that is not there; the message says which are."""


@dataclass(frozen=True)
class Lesson:
    """One lesson of the course, by its folder."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def number(self) -> int:
        return int(self.name[:2])

    @property
    def title(self) -> str:
        """What its first line says after the number: "The optimizer's loop"."""
        for line in (self.folder / "lesson.py").read_text(encoding="utf-8").splitlines():
            found = re.match(r"#+ # *(?:\d+\. *)?(.*)", line)
            if found:
                return found[1].strip()
        return self.name[3:].replace("_", " ")

    def checks(self) -> Path:
        return self.folder / "checks.py"

    def exercises(self) -> tuple[Exercise, ...]:
        """What its checks.py declares."""
        found: tuple[Exercise, ...] = load(self.checks()).EXERCISES
        return found

    def exercise(self, name: str) -> Exercise:
        """The exercise of this name, or of this number in their order. NoSuchLesson if there is none."""
        found = self.exercises()
        for number, exercise in enumerate(found, start=1):
            if exercise.name == name or (name.isdecimal() and int(name) == number):
                return exercise
        names = ", ".join(one.name for one in found)
        raise NoSuchLesson(f"lesson {self.number} has no exercise {name!r:.60}; it has {names}")


def lessons_folder() -> Path:
    """The folder of the lessons: inside the installed package, beside it in a clone, or where the environment says."""
    if os.environ.get(ELSEWHERE):
        return Path(os.environ[ELSEWHERE])
    inside = PACKAGE / "lessons"
    return inside if inside.is_dir() else PACKAGE.parent / "lessons"


def all_lessons() -> list[Lesson]:
    """The lessons of the course, in order. NoSuchLesson if there are none."""
    folder = lessons_folder()
    found = [Lesson(path) for path in sorted(folder.glob("[0-9][0-9]_*")) if is_whole(path)]
    if not found:
        raise NoSuchLesson(f"there are no lessons in {folder}")
    return found


def is_whole(folder: Path) -> bool:
    """Whether a folder has what a lesson must have."""
    return all((folder / name).is_file() for name in (*LEARNERS, "checks.py"))


def find_lesson(asked: str) -> Lesson:
    """The lesson that "6", "06", the name of its folder or a path to one of its files means. NoSuchLesson if none."""
    name = folder_in(asked)
    lessons = all_lessons()
    for lesson in lessons:
        if name == lesson.name or (name.isdecimal() and int(name) == lesson.number):
            return lesson
    numbers = ", ".join(str(lesson.number) for lesson in lessons)
    raise NoSuchLesson(f"there is no lesson {asked!r:.60}; there are {numbers}")


def is_path(asked: str) -> bool:
    return asked.endswith(".py") or "/" in asked or "\\" in asked


def folder_in(asked: str) -> str:
    """The folder's name in a path to a lesson, or to a file of one: to "exercises.py" alone that of this folder."""
    if not is_path(asked):
        return asked
    names = [name for name in re.split(r"[/\\]", asked) if name not in ("", ".")]
    folders = names[:-1] if names and names[-1].endswith(".py") else names
    return folders[-1] if folders else Path.cwd().name


def find(asked: str) -> tuple[Lesson, Exercise | None]:
    """The lesson, and the exercise if one is named, that was asked for.

    As in "6", "6.next_weight", "6.1" (its first exercise), "06_the_loop.next_weight", "06_the_loop/exercises.py".
    """
    if is_path(asked):
        return find_lesson(asked), None
    name, dot, exercise = asked.partition(".")
    lesson = find_lesson(name)
    return lesson, lesson.exercise(exercise) if dot else None


def load(path: Path) -> ModuleType:
    """A lesson's file as a module of its own. Each call reads it anew."""
    name = f"{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look there
    spec.loader.exec_module(module)
    return module
