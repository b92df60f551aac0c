"""The users that confined processes run as: one for each worker, which no one else has."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

FIRST = (200_000, 50_000)  # where the range begins; the second, where a container does not have the first
MOST = 1_000


@dataclass
class Worker:
    """One user's number, taken until it is given back."""

    uid: int
    held: socket.socket | None = None


@dataclass
class Workers:
    """Who is free. Several graders on one machine do not get in each other's way: a taken number is held by name."""

    first: int = FIRST[0]
    taken: set[int] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def take(self) -> Worker:
        """The first user who is free."""
        with self.lock:
            for uid in range(self.first, self.first + MOST):
                if uid in self.taken:
                    continue
                try:
                    held = hold(uid)
                except FileExistsError:
                    continue
                self.taken.add(uid)
                return Worker(uid, held)
        raise RuntimeError(
            f"no user is free: all of {self.first} to {self.first + MOST - 1} are at work; use fewer --jobs"
        )

    def give_back(self, worker: Worker) -> None:
        """It may be taken again."""
        with self.lock:
            if worker.held is not None:
                worker.held.close()
            self.taken.discard(worker.uid)


def hold(uid: int) -> socket.socket | None:
    """A name on this machine that only one process can have, and that is free again when it ends.

    FileExistsError if another one has it; None where there are no such names.
    """
    held = None
    with suppress(AttributeError, OSError):
        held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if held is None:
        return None
    try:
        held.bind(f"\0tinygrad-optim/{uid}")
    except OSError as error:
        held.close()
        if error.errno == errno.EADDRINUSE:
            raise FileExistsError(f"the user {uid} is at work for another grader") from None
        return None
    return held
