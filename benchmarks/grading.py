"""Grading a class: how the time grows with the number of submissions, and that memory does not.

The time is that of the grader's own processes, on a processor: what draws, expects and compares. The clock's is told
beside it; it has the learners' code in it, and whatever else this machine is at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growth import LINEAR, exponent
from timing import OURS, PEAK, Row

CLONE = Path(__file__).parents[1]
SIZES = [8, 16, 32]
FLAT = 1.1  # the memory of the most submissions, over that of the fewest
GRADE = (
    PEAK
    + """
import json, resource, shutil, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from planted import write_class
from tinygrad_optim.cli import main
planted = write_class(Path("class"), 8)  # the same eight over and over: what grows is their number alone
for name, points in list(planted.items()):
    for more in range(1, int(sys.argv[2]) // 8):
        shutil.copytree(Path("class", name), Path("class", f"{more}-{name}"))
        planted[f"{more}-{name}"] = points
began = time.perf_counter()
code = main(["grade", "class", "--json", "grades.json", "--secret", "secret.txt", "--timeout", "5"])
clock = time.perf_counter() - began
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
seconds = sum(one.ru_utime + one.ru_stime for one in used)
memory = max(peak(), used[1].ru_maxrss / 1024)
found = json.loads(Path("grades.json").read_text())["submissions"]
assert code == 0, [one["error"] for one in found if one["error"]]
wrong = {one["submission"]: one["points"] for one in found if one["points"] != planted[one["submission"]]}
assert not wrong, f"planted were other points: {wrong}"
print("measured", seconds, clock, memory)
"""
)


def measured(count: int) -> tuple[float, float, float]:
    """For so many submissions of the course: the grader's seconds, the clock's, the MB of its largest process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", GRADE, str(CLONE / "tests" / "grading"), str(count)]
        environment = {**os.environ, "PYTHONPATH": str(CLONE)}
        printed = subprocess.check_output(command, cwd=folder, env=environment, text=True)
    seconds, clock, memory = map(float, printed.split("measured")[1].split())
    return seconds, clock, memory


def grading() -> Row:
    """A class right, half right, broken and hostile, of the whole course; each gets the points planted in it."""
    began = time.perf_counter()
    found = [measured(size) for size in SIZES]
    times = [seconds for seconds, _, _ in found]
    row = Row("grading a class", {OURS: times[-1] / SIZES[-1]})
    row.ratios = {"linear": exponent(SIZES, times), "flat": found[-1][2] / found[0][2]}
    row.goals = {"linear": LINEAR, "flat": FLAT}
    each = [f"{size}: {clock:.0f} s, {memory:.0f} MB" for size, (_, clock, memory) in zip(SIZES, found)]
    shown = f"by the clock {', '.join(each)}"
    row.note = f"{shown}; {time.perf_counter() - began:.0f} s in all"
    return row


ROWS = {"grading": grading}
