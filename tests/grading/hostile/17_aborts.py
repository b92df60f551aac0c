"""Aborts."""

import os


def running_sums(numbers):
    os.abort()
