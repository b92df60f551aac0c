"""Closes every descriptor, and goes on."""

import os
import time


def running_sums(numbers):
    os.closerange(0, 256)
    time.sleep(1000)
