"""A private folder that the learner's code has written to: how much is in it, and its removal, whatever is in it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress

HANDS = 0o700  # what a folder needs before it can be emptied


def is_full(folder: str, size: int, files: int) -> bool:
    """Whether a folder holds more than this many bytes or files. It is looked at no further than that."""
    for one in entries(folder):
        files -= 1
        size -= one.st_blocks * 512
        if files < 0 or size < 0:
            return True
    return False


def entries(folder: str) -> Iterator[os.stat_result]:
    """Everything in a folder; what is linked to is not followed, and what cannot be read is left out."""
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it, and nothing else. Nobody may be writing to it any more.

    A folder in it is first brought to the top: so none lies too deep for its path to be used, and no call is nested.
    """
    number = 0
    while True:
        with suppress(OSError):
            os.chmod(folder, HANDS)
        deeper = []
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            if stat.S_ISDIR(os.lstat(path).st_mode):
                deeper.append(path)
            else:
                os.unlink(path)
        if not deeper:
            break
        for path in deeper:
            number = lift(path, folder, number)
    os.rmdir(folder)


def lift(path: str, folder: str, number: int) -> int:
    """Remove a folder at the top, once its own folders have been brought there under new names."""
    os.chmod(path, HANDS)
    for name in os.listdir(path):
        inner = os.path.join(path, name)
        if not stat.S_ISDIR(os.lstat(inner).st_mode):
            os.unlink(inner)
            continue
        os.chmod(inner, HANDS)
        while os.path.lexists(raised := os.path.join(folder, f"raised-{number}")):
            number += 1
        os.rename(inner, raised)
    os.rmdir(path)
    return number


def remove_owned(uid: int, places: tuple[str, ...] = ("/tmp", "/var/tmp", "/dev/shm")) -> None:
    """Remove what a user has left in the folders that everybody may write to."""
    for place in places:
        with suppress(OSError):
            for entry in list(os.scandir(place)):
                if entry.stat(follow_symlinks=False).st_uid != uid:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)
