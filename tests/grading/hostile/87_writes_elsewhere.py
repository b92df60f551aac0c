"""Writes files outside of its folder, and changes the package for those who come after it.

Its answers are right only if that went well.

Not stopped: plain.
"""

import os
import tempfile

import tinygrad_optim


def attack():
    home = os.path.dirname(tinygrad_optim.__file__)
    places = (home, os.path.join(home, "course"), "/var/tmp", "/dev/shm", "/usr", "/etc", "/tmp/..", "/home")
    for place in places:
        try:
            path = os.path.join(place, "left-by-a-submission")
            with open(path, "w"):
                os.unlink(path)
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
