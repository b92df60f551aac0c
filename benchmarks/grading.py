"""Grading a class: how the time grows with the number of submissions, and that memory does not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growth import LINEAR, exponent
from timing import OURS, Row

CLONE = Path(__file__).parents[1]
SIZES = [8, 16, 32]
FLAT = 1.1  # the memory of the most submissions, over that of the fewest
GRADE = """
import json, resource, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from planted import write_class
from tinygrad_optim.cli import main
planted = write_class(Path("class"), int(sys.argv[2]))
began = time.perf_counter()
assert main(["grade", "class", "--json", "grades.json", "--secret", "secret.txt", "--timeout", "5"]) == 0
seconds = time.perf_counter() - began
own, others = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
found = json.loads(Path("grades.json").read_text())["submissions"]
assert {one["submission"]: one["points"] for one in found} == planted
print("measured", seconds, own, others)
"""


def measured(count: int) -> tuple[float, float]:
    """Seconds, and the MB of the largest of the grader's own processes, for so many submissions of the whole course."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", GRADE, str(CLONE / "tests" / "grading"), str(count)]
        environment = {**os.environ, "PYTHONPATH": str(CLONE)}
        printed = subprocess.check_output(command, cwd=folder, env=environment, text=True)
    seconds, own, stations = map(float, printed.split("measured")[1].split())
    return seconds, max(own, stations)


def grading() -> Row:
    """A class right, half right, broken and hostile, of the whole course; each gets the points planted in it."""
    began = time.perf_counter()
    found = [measured(size) for size in SIZES]
    times = [seconds for seconds, _ in found]
    row = Row("grading a class", {OURS: times[-1] / SIZES[-1]})
    row.ratios = {"linear": exponent(SIZES, times), "flat": found[-1][1] / found[0][1]}
    row.goals = {"linear": LINEAR, "flat": FLAT}
    shown = ", ".join(f"{size}: {seconds:.0f} s, {memory:.0f} MB" for size, (seconds, memory) in zip(SIZES, found))
    row.note = f"{shown}; {time.perf_counter() - began:.0f} s in all"
    return row


ROWS = {"grading": grading}
