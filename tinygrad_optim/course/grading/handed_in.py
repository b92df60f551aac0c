"""What a learner has handed in: the text of each lesson's exercises, whose it is, and when it was last changed."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import category

from ..lessons import FOLDER, Lesson
from ..progress import FILE, Broken, Progress

LARGEST = 100_000  # bytes of one file
LONGEST_NAME = 200  # letters
DEEPEST = 3  # folders in folders, before the lessons' begin
Whose = Progress  # the learner and the course: what predictions are drawn from


class NotPlainFile(OSError):
    """What stands in a file's place and cannot be read as one; the message says what it is."""


@dataclass
class HandedIn:
    """A submission as it was read; nothing of it is read again."""

    texts: dict[str, str] = field(default_factory=dict)  # by lesson
    problems: dict[str, str] = field(default_factory=dict)  # why there is no text, by lesson
    whose: Whose | None = None
    problem: str = ""  # why it is not known whose it is
    digest: str = ""  # of all texts, and of whose they are
    changed: float | None = None  # when the newest of the files was last changed


def handed_in(folder: Path, lessons: list[Lesson], alone: Lesson | None = None) -> HandedIn:
    """What a folder holds of these lessons: all of the course's, whichever are to be graded.

    alone: the lesson that an exercises.py outside any lesson's folder is of.
    """
    top, found = top_of(folder), HandedIn()
    for lesson in lessons:
        place = Path(lesson.name, "exercises.py")
        if lesson == alone and not os.path.lexists(top / lesson.name):
            place = Path("exercises.py")
        read_lesson(found, lesson, top, place)
    read_whose(found, top)
    found.digest = digest_of(found)
    return found


def top_of(folder: Path) -> Path:
    """The folder that holds the lessons: this one, or where it holds but one folder, that; a few times."""
    for _ in range(DEEPEST):
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith((".", "__MACOSX"))]
        if len(entries) != 1 or not entries[0].is_dir(follow_symlinks=False) or FOLDER.fullmatch(entries[0].name):
            break
        folder = Path(entries[0].path)
    return folder


def read_lesson(found: HandedIn, lesson: Lesson, top: Path, place: Path) -> None:
    """Keep a lesson's text, or why there is none."""
    try:
        data, changed = plain_file(top, place)
        found.texts[lesson.name] = data.decode("utf-8-sig")
        found.changed = max(changed, found.changed or changed)
    except NotPlainFile as error:
        found.problems[lesson.name] = f"{place.as_posix()} {error}"
    except UnicodeDecodeError:
        found.problems[lesson.name] = f"{place.as_posix()} is not text in UTF-8"


def read_whose(found: HandedIn, top: Path) -> None:
    """Keep whose it is, or why that is not known."""
    try:
        plain_file(top, Path(FILE))
        found.whose = named(Progress.read(top / FILE))
    except NotPlainFile as error:
        found.problem = f"{FILE} {error}"
    except Broken:
        found.problem = f"{FILE} is not what `tinygrad-optim start` wrote"


def named(whose: Whose) -> Whose:
    """The same. Broken if its names are none that reports and seeds can hold."""
    for name in (whose.learner, whose.course):
        if len(name) > LONGEST_NAME or any(category(letter) in ("Cc", "Cs") for letter in name):
            raise Broken("a name is too long, or has letters that are none")
    return whose


def plain_file(top: Path, place: Path) -> tuple[bytes, float]:
    """A file's bytes, and when it was last changed. NotPlainFile if it is missing, a link or behind one, or large."""
    steps = [Path(*place.parts[: count + 1]) for count in range(len(place.parts))]
    for step in steps:
        if (top / step).is_symlink():
            raise NotPlainFile("is a link, which is not followed" if step == place else "is behind a link")
    try:
        about = os.stat(top / place)
        if not stat.S_ISREG(about.st_mode):
            raise NotPlainFile("is no file")
        if about.st_size > LARGEST:
            raise NotPlainFile(f"is larger than {LARGEST // 1_000} kB")
        with open(top / place, "rb") as file:
            return file.read(LARGEST + 1), about.st_mtime
    except FileNotFoundError:
        raise NotPlainFile("is missing") from None
    except NotPlainFile:
        raise
    except OSError as error:
        raise NotPlainFile(f"cannot be read: {error.strerror}") from None


def digest_of(found: HandedIn) -> str:
    """What tells a submission from every other: all texts, and whose they are; not names of folders, and not times."""
    parts = [f"{name}\0{text}" for name, text in sorted(found.texts.items())]
    if found.whose is not None:
        parts.append(f"{found.whose.course}\0{found.whose.learner}")
    each = [hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest() for part in parts]
    return hashlib.sha256(b"".join(each)).hexdigest()
