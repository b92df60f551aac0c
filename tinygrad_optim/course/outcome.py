"""What became of an exercise: of each of its checks, the case that told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .exercise import Check, Exercise, Inputs, Wrong

PASSED, WRONG, RAISED, UNWRITTEN = "passed", "wrong", "raised", "not written"
ODD, LATE, NOISY, ENDED, MISSING, NOT_RUN, BROKEN = "odd", "late", "noisy", "ended", "missing", "not run", "broken"
FULL, TAMPERED = "full", "tampered"  # it wrote too many files; it wrote answers by itself


@dataclass
class CheckOutcome:
    """How one check went. All below `how` is of its first case that failed, or else of its last."""

    check: Check
    how: str  # one of the words above
    inputs: Inputs = field(default_factory=dict)
    expected: Any = None
    got: Any = None
    difference: str = ""  # where it begins
    wrong: Wrong | None = None  # the mistake, if it is a known one
    answer: dict[str, Any] = field(default_factory=dict)  # what the child said, where it gave no value
    slice: dict[str, Any] = field(default_factory=dict)  # of the learner's lines as they ran
    printed: str = ""

    @property
    def passed(self) -> bool:
        return self.how == PASSED


@dataclass
class Outcome:
    """How an exercise went."""

    exercise: Exercise
    checks: list[CheckOutcome]
    touched: bool = True  # False where there is code to mend, and it still is as it was given

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.checks)

    @property
    def points(self) -> int:
        return sum(one.check.points for one in self.checks if one.passed)

    @property
    def of(self) -> int:
        return sum(one.check.points for one in self.checks)

    @property
    def unwritten(self) -> bool:
        """Whether the learner has not begun: each check that ran met the stub, or the code that is to be mended."""
        return not self.passed and (not self.touched or all(one.how in (UNWRITTEN, NOT_RUN) for one in self.checks))
