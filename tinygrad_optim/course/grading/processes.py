"""Which processes there are, and how those that the learner's code has left behind are ended: on Linux alone."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

PATIENCE = 5.0  # seconds within which everything must have ended
ROUNDS = 10  # in which it is looked for what is not stopped yet


def numbers() -> list[int]:
    """Every process that can be seen."""
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return []


def fields(pid: int) -> list[str]:
    """What /proc/PID/stat says after the name, beginning with the state; [] if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode("ascii").split()
    except OSError:
        return []


def descendants(pid: int, but: set[int]) -> set[int]:
    """All processes that a process has started, and those have, as far as they are still below it."""
    parents = {one: int(found[1]) for one in numbers() if one not in but and (found := fields(one))}
    below: set[int] = set()
    grown = {pid}
    while grown:
        grown = {one for one, parent in parents.items() if parent in grown} - below
        below |= grown
    return below


def threads_of(uid: int) -> int:
    """How many threads a user has: what RLIMIT_NPROC counts."""
    count = 0
    for pid in numbers():
        with suppress(OSError, IndexError, ValueError):
            if os.stat(f"/proc/{pid}").st_uid == uid:
                count += int(fields(pid)[17])
    return count


def send(pids: set[int], number: int) -> None:
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)


def end_below(known: set[int], until: float) -> None:
    """End all processes below this one, but for known children and what is below these; at the latest by then.

    First none may go on, so that none is started meanwhile. Who starts itself again is gone before it can be stopped:
    it is caught among the children, to whom it comes when its parent ends (see SUBREAPER), and which are quickly read.
    """
    stopped: set[int] = set()
    for _ in range(ROUNDS):
        more = descendants(os.getpid(), known) - stopped
        send(more, signal.SIGSTOP)
        stopped |= more
        if not more:
            break
    send(stopped, signal.SIGKILL)
    while (left := children() - known) and time.monotonic() < until:
        send(left, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def reap(until: float) -> None:
    """Wait for the ended children of this process until there are none, or it is so late."""
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.005)
        except ChildProcessError:
            return


def children() -> set[int]:
    """The children of this process, which has one thread."""
    try:
        with open("/proc/thread-self/children", "rb") as file:
            return {int(pid) for pid in file.read().split()}
    except OSError:  # a kernel without that list
        return {pid for pid in numbers() if (found := fields(pid)) and int(found[1]) == os.getpid()}


def end_user(uid: int) -> None:
    """End every process of a user: by one who is that user, to whom the system sends them all at once."""
    for _ in range(100):
        pid = os.fork()
        if pid == 0:
            become_and_end(uid)
        if os.waitpid(pid, 0)[1] == 0:
            return
    raise RuntimeError(f"processes of the user {uid} cannot be ended")


def become_and_end(uid: int) -> None:
    """What the forked process of end_user does. The exit code is 0 if it came through: it can be ended itself."""
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        for _ in range(3):
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        os._exit(0)
    except BaseException:
        os._exit(1)


def woken_by_children() -> int:
    """A pipe that can be read when a child has ended."""
    waker, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    return waker


def ended_children() -> list[tuple[int, int]]:
    """The children that have ended since this was last asked, each with its status."""
    found = []
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found.append((pid, status))
    return found
