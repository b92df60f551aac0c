"""Stops its process, which then does not even end."""

import os
import signal


def running_sums(numbers):
    os.kill(os.getpid(), signal.SIGSTOP)
