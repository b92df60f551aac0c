"""What a learner has done, in one file: which code passed which checks, and how many hints were given."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..saving import write_text
from .exercise import Exercise
from .lessons import Lesson
from .outcome import Outcome
from .source import code_of, fingerprint, text_of

FILE = "progress.json"
FORMAT = 1
PASSED, EARLIER, FAILED, UNTRIED = "passed", "passed an earlier version", "not passed", "not tried"


class Broken(ValueError):
    """A progress file that is not what this wrote; the message says what to do."""


@dataclass
class Entry:
    """One exercise: how it went when it was last checked."""

    code: str = ""  # the fingerprint of the learner's function then
    checks: str = ""  # and of the lesson's checks
    points: int = 0
    of: int = 0
    passed: bool = False  # it passed then, or some time before
    hints: int = 0  # given so far


@dataclass
class Progress:
    """The progress file of a working copy."""

    path: Path
    learner: str
    course: str = ""  # with the learner's name, what the inputs of the checks are drawn from
    solutions: bool = True  # whether `diff` shows them
    entries: dict[str, Entry] = field(default_factory=dict)  # by "06_the_optimizers_loop.next_weight"

    def seed(self, lesson: Lesson) -> str:
        """What this learner's inputs are drawn from."""
        return f"{self.course}/{self.learner}/{lesson.name}"

    def entry(self, lesson: Lesson, exercise: Exercise) -> Entry:
        """What is known of an exercise; a new entry if nothing is."""
        return self.entries.setdefault(f"{lesson.name}.{exercise.name}", Entry())

    def note(self, lesson: Lesson, text: str, outcome: Outcome) -> None:
        """Keep how an exercise went in an exercises.py of this text; nothing of one that was never begun."""
        entry = self.entry(lesson, outcome.exercise)
        if outcome.unwritten and entry.of == 0:
            return
        entry.code, entry.checks = code_of(text, outcome.exercise.name), fingerprint(text_of(lesson.checks()))
        entry.points, entry.of, entry.passed = outcome.points, outcome.of, entry.passed or outcome.passed

    def stands(self, lesson: Lesson, text: str, exercise: Exercise) -> bool:
        """Whether the code as it is now has passed the checks as they are now."""
        return self.state(lesson, text, exercise) == PASSED

    def state(self, lesson: Lesson, text: str, exercise: Exercise) -> str:
        """In a few words, how an exercise stands: what was found of it holds for this code and these checks alone."""
        entry = self.entry(lesson, exercise)
        if not entry.of:
            return UNTRIED
        now = code_of(text, exercise.name), fingerprint(text_of(lesson.checks()))
        if entry.points == entry.of and (entry.code, entry.checks) == now:
            return PASSED
        return EARLIER if entry.passed else FAILED

    def forget(self, lesson: Lesson, exercise: Exercise) -> None:
        """As if it had never been tried."""
        self.entries.pop(f"{lesson.name}.{exercise.name}", None)

    def write(self) -> None:
        """Write the file, whole or not at all."""
        entries = {name: asdict(entry) for name, entry in sorted(self.entries.items()) if entry != Entry()}
        data = {"format": FORMAT, "learner": self.learner, "course": self.course, "solutions": self.solutions}
        write_text(self.path, json.dumps({**data, "exercises": entries}, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Progress:
        """The file as it stands. Broken if it cannot be understood."""
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
            return cls.understood(path, data)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not what `tinygrad-optim start` wrote"
            raise Broken(
                f"cannot read {path}: {reason}. Mend it, or put it aside, and `tinygrad-optim start DIR --add` makes a "
                "new one: your exercises stay as they are"
            ) from None

    @classmethod
    def understood(cls, path: Path, data: Any) -> Progress:
        """The progress that some data of JSON tells of; any of several exceptions if it is none."""
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']}")
        found = cls(path, data["learner"], data["course"], data["solutions"])
        found.entries = {name: Entry(**entry) for name, entry in data["exercises"].items()}
        if not isinstance(found.learner, str) or not isinstance(found.course, str):
            raise TypeError("names are text")
        for entry in found.entries.values():
            for name, sample in asdict(Entry()).items():
                if type(getattr(entry, name)) is not type(sample):
                    raise TypeError(f"{name} is of another type")
        return found
