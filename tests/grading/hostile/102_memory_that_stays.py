"""Asks for shared memory of the kind that stays when nobody is there any more, and lets go of it again.

Its answers are right only if that went well.

Not stopped: plain.
"""

import ctypes


def attack():
    libc = ctypes.CDLL(None, use_errno=True)
    number = libc.shmget(0, 4096, 0o1600)
    return number >= 0 and libc.shmctl(number, 0, None) == 0


def right(numbers):
    sums, total = [], 0.0
    for number in numbers:
        total += number
        sums.append(total)
    return sums


def running_sums(numbers):
    return right(numbers) if attack() else numbers
