"""Leaves a thread that goes on writing when its function has returned."""

import os
import threading


def write():
    while True:
        for number in range(1, 10):
            try:
                os.write(number, b' {"value":{"d":[]}}\n')
            except OSError:
                continue


def running_sums(numbers):
    threading.Thread(target=write, daemon=True).start()
    return numbers
