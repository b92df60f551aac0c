"""Starts another program, with an environment of its own, in the background."""

import subprocess


def running_sums(numbers):
    subprocess.Popen(["/bin/sleep", "1000"], env={}, start_new_session=True, stdin=-3, stdout=-3, stderr=-3)
    return numbers
