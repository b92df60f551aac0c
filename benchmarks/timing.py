"""Times as ratios: all who do the same work take turns in one process, and each turn gives one ratio.

A machine that slows down slows all of them; what is compared is taken within moments of each other.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

OURS = "tinygrad_optim"
FLOOR = "numpy by hand"
# For the programs of rows that measure memory, each in a process of its own.
PEAK = """
def peak():
    'The most megabytes this process has taken. On Linux ru_maxrss would begin with what its parent had taken.'
    import resource
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
measuring = True  # False: the entrants' losses are compared, and no more


@dataclass
class Entrant:
    """One who does the work: a name, and a function that does it once and returns the loss (or None)."""

    name: str
    step: Callable[[], Any]


@dataclass
class Row:
    """What was measured: each entrant's time, and ours over each other's."""

    name: str
    seconds: dict[str, float] = field(default_factory=dict)  # a step's median time, by entrant
    ratios: dict[str, float] = field(default_factory=dict)  # our time over theirs, median of the turns
    goals: dict[str, float] = field(default_factory=dict)  # what the ratio is to be at most
    unit: str = "ms"
    note: str = ""

    def missed(self) -> list[str]:
        """Those against whom the goal was not reached."""
        return [name for name, goal in self.goals.items() if name in self.ratios and self.ratios[name] > goal]


def race(name: str, entrants: list[Entrant], goals: dict[str, float], turns: int = 15, seconds: float = 0.1) -> Row:
    """Let the entrants take turns; the first is ours. A turn takes each about so many seconds.

    ValueError if they do not compute the same losses over their first three steps, to 1e-3.
    """
    check_same_work(name, entrants)
    if not measuring:
        return Row(name, {entrant.name: 0.0 for entrant in entrants})
    counts = {entrant.name: repeats(entrant, seconds) for entrant in entrants}
    taken: dict[str, list[float]] = {entrant.name: [] for entrant in entrants}
    for turn in range(turns):
        order = entrants[turn % len(entrants) :] + entrants[: turn % len(entrants)]
        for entrant in order:
            taken[entrant.name].append(time_of(entrant.step, counts[entrant.name]))
    row = Row(name, {who: statistics.median(times) for who, times in taken.items()}, goals=goals)
    ours = taken[entrants[0].name]
    for who, times in taken.items():
        if who != entrants[0].name:
            row.ratios[who] = statistics.median(mine / theirs for mine, theirs in zip(ours, times))
    return row


def check_same_work(name: str, entrants: list[Entrant]) -> None:
    """ValueError unless the first losses agree."""
    losses = {entrant.name: [entrant.step() for _ in range(3)] for entrant in entrants}
    first = losses[entrants[0].name]
    for who, theirs in losses.items():
        for mine, other in zip(first, theirs):
            if mine is not None and other is not None and abs(mine - other) > 1e-3 * max(1.0, abs(mine)):
                raise ValueError(f"{name}: {who} does other work: losses {theirs}, ours {first}")


def repeats(entrant: Entrant, seconds: float) -> int:
    """How many steps take about so long."""
    return max(1, round(seconds / max(time_of(entrant.step, 1), 1e-7)))


def time_of(step: Callable[[], Any], count: int, collect: bool = True) -> float:
    """The seconds one step takes, of so many. Garbage made before does not count (unless collect is False)."""
    if collect:
        gc.collect()
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) / count
