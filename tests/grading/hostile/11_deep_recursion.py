"""Calls itself, with no limit on how deep."""

import sys

sys.setrecursionlimit(1 << 30)


def running_sums(numbers):
    return running_sums(numbers) + running_sums(numbers)
