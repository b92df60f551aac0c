"""Ends itself by a signal."""

import os
import signal


def running_sums(numbers):
    os.kill(os.getpid(), signal.SIGKILL)
    return numbers
