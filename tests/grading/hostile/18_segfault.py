"""Reads memory that is not its own."""

import ctypes


def running_sums(numbers):
    ctypes.string_at(0)
