"""What the class makes of a result: the roster's row, what lateness costs, and what the instructor should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .late import Deadline
from .results import SubmissionResult, nothing_yet
from .roster import SUBMITTED, Roster

NOTHING = "has handed in nothing"
Names = tuple[str, str]  # a learner's and a course's, which predictions are drawn from


@dataclass
class Dressing:
    """Dresses results, any number of times: a result that is dressed again is as if it were the first time."""

    roster: Roster | None = None
    deadline: Deadline | None = None
    complete: bool = False  # whether there is a result for everything that was handed in
    partial: bool = False  # whether only some were to be graded
    same: dict[Names, list[str]] = field(default_factory=lambda: defaultdict(list))  # who has these names

    def note(self, result: SubmissionResult) -> None:
        """Remember whose names these are."""
        if result["learner"]:
            self.same[result["learner"], result["course"]].append(result["submission"])

    def dressed(self, results: Iterable[SubmissionResult]) -> Iterator[SubmissionResult]:
        """The results with all of this, and after them one for each of the roster's who has handed in nothing."""
        seen, of = set(), 0
        for result in results:
            of = max(of, result["of"])
            seen.add(result["submission" if self.roster is None else self.roster.key])  # type: ignore[literal-required]
            yield self.dress(result)
        if self.roster is not None and self.complete and not self.partial:
            yield from (self.missing(name, of) for name in self.roster.without(seen))

    def dress(self, result: SubmissionResult) -> SubmissionResult:
        """One result with all of this."""
        row = self.roster.row(result["submission"], result["learner"]) if self.roster else {}
        late = self.deadline.lateness(result, row.get(SUBMITTED, "")) if self.deadline else None
        final = round(result["points"] - (late["penalty"] if late else 0.0), 6)
        return {**result, "roster": row, "late": late, "final": final, "flags": list(self.flags(result, row))}

    def flags(self, result: SubmissionResult, row: dict[str, str]) -> Iterator[str]:
        """What the instructor should look at: predictions are the learner's own only under the learner's own name."""
        if result["unnamed"]:
            yield result["unnamed"]
        others = [name for name in self.same[result["learner"], result["course"]] if name != result["submission"]]
        if others:
            yield f"has the same learner and course in progress.json as {', '.join(sorted(others)[:3])}"
        if self.roster is not None and not row:
            yield "is not in the roster"
        expected = row.get("learner", "")
        if expected and result["learner"] and expected != result["learner"]:
            yield f"progress.json says {result['learner']!r:.60}, the roster {expected!r:.60}"

    def missing(self, name: str, of: int) -> SubmissionResult:
        """The result of one who has handed in nothing, where others may have earned so much."""
        assert self.roster is not None
        row = self.roster.rows[name]
        found = nothing_yet(row.get("submission", ""))
        return {**found, "learner": row.get("learner", ""), "of": of, "roster": row, "flags": [NOTHING]}
