"""Forks where it is called, so that two processes answer."""

import os


def running_sums(numbers):
    os.fork()
    return numbers
