"""Leaves links that lead out of its folder, to what is not to be removed."""

import os


def running_sums(numbers):
    for number, target in enumerate(("/tmp", "/etc/passwd", "/", "..", "../printed.txt", "../../..", "loop")):
        try:
            os.symlink(target, f"link{number}")
            os.link("/etc/hostname", f"hard{number}")
        except OSError:
            continue
    os.symlink("loop", "loop")
    return numbers
