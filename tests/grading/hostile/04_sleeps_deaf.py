"""Sleeps, with every signal that can be ignored ignored, SIGTERM among them."""

import signal
import time

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)


def running_sums(numbers):
    while True:
        time.sleep(1)
