"""What a late submission loses: a policy in a few words, a deadline, and when it was submitted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from .results import LateResult, SubmissionResult

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNITS = {"day": DAY, "days": DAY, "hour": HOUR, "hours": HOUR, "minute": HOUR / 60, "minutes": HOUR / 60}
PARTS = {
    "rate": re.compile(r"(\d+(?:\.\d+)?)\s*(%|points?)\s*/\s*(day|hour)"),
    "most": re.compile(r"at most (\d+(?:\.\d+)?)\s*(%|points?)"),
    "max": re.compile(r"max (\d+(?:\.\d+)?)\s*(days?|hours?)"),
    "grace": re.compile(r"grace (\d+(?:\.\d+)?)\s*(days?|hours?|minutes?)"),
}
EXAMPLE = '"10%/day, at most 30%, max 3 days, grace 15 minutes"'


class BadPolicy(ValueError):
    """A late policy or a time that cannot be understood; the message says which are."""


@dataclass(frozen=True)
class Policy:
    """10%/day: for each day begun, so much of the points earned. at most: never more. max: later earns nothing."""

    rate: float = 0.0
    percent: bool = True  # of the points earned; else points
    unit: timedelta = DAY
    most: float = math.inf
    most_percent: bool = True
    last: timedelta | None = None
    grace: timedelta = timedelta()

    def penalty(self, points: float, late: timedelta) -> float:
        """The points that are lost, of these, by one who is so late."""
        late -= self.grace
        if late <= timedelta() or points <= 0:
            return 0.0
        if self.last is not None and late > self.last:
            return float(points)
        lost = self.rate * math.ceil(late / self.unit)
        lost = points * lost / 100 if self.percent else lost
        most = points * self.most / 100 if self.most_percent else self.most
        return round(min(lost, most, points), 6)


def policy_of(text: str) -> Policy:
    """The policy that a text says. BadPolicy if it says none."""
    found: dict[str, re.Match[str]] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        for name, pattern in PARTS.items():
            matched = pattern.fullmatch(part)
            if matched and name not in found:
                found[name] = matched
                break
        else:
            raise BadPolicy(f"--late {text!r:.100}: cannot read {part!r:.60}; say for example {EXAMPLE}")
    rate, most = found.get("rate"), found.get("most")
    return Policy(
        float(rate[1]) if rate else 0.0,
        not rate or rate[2] == "%",
        UNITS[rate[3]] if rate else DAY,
        float(most[1]) if most else math.inf,
        not most or most[2] == "%",
        length(found.get("max")),
        length(found.get("grace")) or timedelta(),
    )


def length(matched: re.Match[str] | None) -> timedelta | None:
    """The time that a part of a policy names."""
    return float(matched[1]) * UNITS[matched[2]] if matched else None


def moment(text: str, where: str) -> datetime:
    """A time by ISO 8601; where it names no zone, it is this machine's. BadPolicy if it is none."""
    try:
        found = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError:
        raise BadPolicy(
            f"{where}: {text!r:.60} is no time; write it as 2026-05-01T18:00, or with a zone, 2026-05-01T18:00+02:00"
        ) from None
    return found if found.tzinfo else found.astimezone()


@dataclass(frozen=True)
class Deadline:
    """When submissions were due, and what lateness costs."""

    due: datetime
    policy: Policy

    def lateness(self, result: SubmissionResult, submitted: str) -> LateResult | None:
        """How late a submission was; None if it was not. submitted: by the roster; else its newest file tells.

        BadPolicy if the roster's time is none.
        """
        if submitted:
            when, source = moment(submitted, f"the roster's time of {result['submission']}"), "roster"
        elif result["changed"] is not None:
            when, source = datetime.fromtimestamp(result["changed"]).astimezone(), "newest file"
        else:
            return None
        late = when - self.due
        if late <= self.policy.grace:
            return None
        days = math.ceil((late - self.policy.grace) / DAY)
        penalty = self.policy.penalty(result["points"], late)
        return {"submitted": when.isoformat(timespec="seconds"), "source": source, "days": days, "penalty": penalty}
