"""The submissions that a folder or an archive holds, each with its name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..lessons import FOLDER
from ..progress import FILE

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class NoSubmission(LookupError):
    """There is nothing to grade where something was looked for; the message says what was expected there."""


@dataclass(frozen=True)
class Submission:
    """One learner's work: a working copy of the course, as a folder or packed."""

    name: str
    path: Path


def is_archive(path: Path) -> bool:
    """Whether this is a packed submission, by its name."""
    return path.is_file() and path.name.lower().endswith(ARCHIVES)


def is_submission(folder: Path) -> bool:
    """Whether a folder is one learner's: it has a lesson's folder, or a file of the learner's own."""
    names = [entry.name for entry in os.scandir(folder)]
    return FILE in names or "exercises.py" in names or any(FOLDER.fullmatch(name) for name in names)


def submissions_in(path: Path) -> list[Submission]:
    """The submissions at a path: the path's own, or one for each folder and archive in it, by name.

    What begins with a dot is passed over, and so is a link. NoSubmission if there is none.
    """
    if is_archive(path) or (path.is_dir() and is_submission(path)):
        return [Submission(name_of(path.resolve()), path)]
    if not path.is_dir():
        reason = "is no folder, and no zip or tar archive" if path.exists() else "is missing"
        raise NoSubmission(f"{path} {reason}: give a learner's folder, an archive of one, or a folder of these")
    inside = [Path(entry.path) for entry in os.scandir(path) if not entry.name.startswith(".")]
    inside = [one for one in inside if not one.is_symlink() and (one.is_dir() or is_archive(one))]
    if not inside:
        raise NoSubmission(
            f"{path} holds no submission: expected folders NN_topic with exercises.py, as `tinygrad-optim start` makes "
            "them, or a folder or an archive for each learner"
        )
    return sorted((Submission(name_of(one), one) for one in inside), key=lambda one: one.name)


def name_of(path: Path) -> str:
    """What a submission is called: its folder's name, or its archive's without the ending."""
    if path.is_dir():
        return path.name
    return re.sub(r"(\.tar)?\.[^.]+$", "", path.name)


def find_submissions(paths: list[Path]) -> list[Submission]:
    """All submissions at these paths. NoSubmission if one holds none, or if two have one name."""
    found: dict[str, Submission] = {}
    for path in paths:
        for one in submissions_in(path):
            if one.name in found and found[one.name].path.resolve() != one.path.resolve():
                raise NoSubmission(
                    f"two submissions are called {one.name!r}: {found[one.name].path} and {one.path}. Rename one"
                )
            found[one.name] = one
    return list(found.values())
