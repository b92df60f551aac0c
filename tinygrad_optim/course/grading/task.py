"""What the grader says of a process to start, and how the process says how it ended."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

LINUX = sys.platform == "linux"
KILLED = 128  # more than this as an exit code: by that signal
FAILED = 97  # the process could not be confined; the reason is the last line of what was printed


@dataclass(frozen=True)
class Task:
    """What the grader says of the process to start. It is no secret: the learner's code may find it."""

    limits: dict[str, Any]
    uid: int | None  # whose process it will be; None: who starts it
    namespaces: bool
    landlock: bool
    filtered: bool
    folder: str  # the private one, outside
    shown: list[str]
    hidden: list[str]


def work_of(task: Task) -> str:
    """The private folder that the learner's process works in, as it sees it."""
    return "/tmp/" + os.path.basename(task.folder) if task.namespaces else os.path.join(task.folder, "work")


def code_of(status: int) -> int:
    """A child's status as an exit code."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else KILLED - code


def failed(error: BaseException) -> NoReturn:
    """Say why this process cannot be confined, and end."""
    os.write(2, f"\n{type(error).__name__}: {error}".encode("utf-8", "replace"))
    os._exit(FAILED)
