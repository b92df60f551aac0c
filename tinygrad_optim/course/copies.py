"""A learner's working copy: made by `start`, found from any folder inside it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from ..saving import write_text
from .lessons import LEARNERS, Lesson, NoSuchLesson, all_lessons
from .progress import FILE, Progress
from .source import Unreadable, text_of

README = """# The course

{count} lessons, each of 20 to 40 minutes. For each:

1. Read `lesson.py`, and run it as you go, cell by cell: in an editor that knows cells (VS Code, PyCharm, Spyder; each
   begins with `# %%`), or in a notebook (`pip install notebook jupytext`, then open the file as one). There each number
   stands beside the text that speaks of it; run as a script, `python lesson.py`, a lesson is a stream of bare numbers.
2. Write what `exercises.py` beside it asks for. Some exercises ask you to predict a number: do so before you run
   anything.
3. Check it, from any folder in here:

       tinygrad-optim check {first}            # or: check {first} --watch, which checks again on each save
       tinygrad-optim hint {first}             # the exercises of lesson {first}; hint {first}.{exercise} gives a hint
       tinygrad-optim progress

Begin with `{folder}/lesson.py`.

If you lose your way in a file, `tinygrad-optim reset {first}` gives it back as it was, and keeps yours beside it. Once
an exercise has passed, `tinygrad-optim diff {first}.{exercise}` shows it beside the solution, where your course has
released that. What you have done is kept in `{file}`.
"""


class NoCopy(LookupError):
    """There is no working copy where one was looked for; the message says what to do."""


@dataclass(frozen=True)
class Copy:
    """A learner's folder."""

    folder: Path

    def place(self, lesson: Lesson) -> Path:
        """The learner's folder of a lesson."""
        return self.folder / lesson.name

    def file(self, lesson: Lesson) -> Path:
        """The learner's exercises.py of a lesson."""
        return self.place(lesson) / "exercises.py"

    def text(self, lesson: Lesson) -> str:
        """What stands in it. Unreadable, and what to do, if it is missing or no text."""
        file = self.file(lesson)
        if not file.exists():
            raise Unreadable(f"{file} is missing: `tinygrad-optim reset {lesson.number}` brings it back")
        return text_of(file)

    def text_or_nothing(self, lesson: Lesson) -> str:
        """The same; nothing where that cannot be read."""
        try:
            return self.text(lesson)
        except Unreadable:
            return ""

    def progress(self) -> Progress:
        """What has been done. progress.Broken if its file is no longer what was written."""
        return Progress.read(self.folder / FILE)

    def lessons(self) -> list[Lesson]:
        """Those lessons of the course that are in the copy, in order. NoSuchLesson if none is."""
        found = [lesson for lesson in all_lessons() if self.place(lesson).is_dir()]
        if not found:
            raise NoSuchLesson(
                f"{self.folder} holds no lesson of the course: `tinygrad-optim start DIR --add` brings them"
            )
        return found


def find_copy(folder: Path) -> Copy:
    """The working copy that this folder is, or is in. NoCopy if it is in none."""
    try:
        whole = folder.resolve()
    except OSError:
        whole = folder.absolute()
    for one in (whole, *whole.parents):
        if (one / FILE).is_file():
            return Copy(one)
    for one in (whole, *whole.parents):
        if has_lessons(one):
            raise NoCopy(
                f"{one} has lessons of the course, but no {FILE} any more: `tinygrad-optim start {one} --add` makes a "
                "new one; your exercises stay as they are"
            )
    where = f"{folder} is" if str(folder) != "." else "this folder is"
    raise NoCopy(
        f"{where} in no working copy of the course: make one with `tinygrad-optim start course`, then go into it "
        "(cd course), or name it with --dir"
    )


def has_lessons(folder: Path) -> bool:
    """Whether a folder has what a learner has of a lesson, and not the course itself, which has the checks, too."""
    places = [folder / lesson.name for lesson in all_lessons()]
    return any((place / "exercises.py").is_file() and not (place / "checks.py").exists() for place in places)


def make_copy(
    folder: Path, learner: str | None, course: str, solutions: bool, keep: bool = False
) -> tuple[Copy, list[Path]]:
    """A new working copy in a folder, which is made if it is missing; and the files written.

    FileExistsError, with nothing written, if one of the files is there already; with keep, those stay as they are. The
    progress file comes last: where this was broken off there is no copy yet.
    """
    files = files_of(folder, all_lessons())
    there = [path for path in (*files, folder / FILE) if path.exists()]
    if there and not keep:
        raise FileExistsError(str(there[0]))
    written = write_files({path: text for path, text in files.items() if path not in there})
    progress = Progress(folder / FILE, learner or f"learner-{secrets.token_hex(4)}", course, solutions)
    progress.write()
    return Copy(folder), [*written, folder / FILE]


def add_missing(copy: Copy) -> list[Path]:
    """Write the files of the course that the copy lacks; those that are there stay as they are."""
    files = files_of(copy.folder, all_lessons())
    return write_files({path: text for path, text in files.items() if not path.exists()})


def files_of(folder: Path, lessons: list[Lesson]) -> dict[Path, str]:
    """All files of a copy in this folder, but for the progress."""
    first = lessons[0]
    names = {"first": first.number, "folder": first.name, "exercise": first.exercises()[0].name}
    files = {folder / "README.md": README.format(count=len(lessons), file=FILE, **names)}
    for lesson in lessons:
        for name in LEARNERS:
            files[folder / lesson.name / name] = text_of(lesson.folder / name)
    return files


def write_files(files: dict[Path, str]) -> list[Path]:
    """Write each file whole or not at all, in its folder, which is made."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return list(files)
