"""Makes tens of thousands of files."""

import os


def running_sums(numbers):
    for number in range(30_000):
        os.close(os.open(f"file{number}", os.O_CREAT))
    return numbers
