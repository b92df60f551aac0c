"""Writes one file without end, past the signal that says that it is too long."""

import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def running_sums(numbers):
    with open("long", "wb", 0) as file:
        while True:
            file.write(bytes(1 << 20))
