"""The nursery: it loads the package once, runs no learner's code, and forks a watcher for each submission."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress

from . import folders, processes, system
from .task import LINUX, Task
from .watcher import start


def main() -> None:
    """Fork a watcher for each task that comes, until there are no more."""
    from ... import Tensor, mistakes, nn, optim  # noqa: F401  # what a learner's process needs, while all can be read
    from .. import child, museum  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's, who then lets go of the lifelines
    tasks = socket.socket(fileno=int(sys.argv.pop()))
    sys.orig_argv.clear()
    waker = processes.woken_by_children()
    if LINUX:
        system.set_process(system.SUBREAPER)
        system.set_process(system.DUMPABLE, 0)
    gc.freeze()  # who is forked does not look through what is loaded, which would copy it
    watchers: set[int] = set()
    private: list[str] = []  # the folders of what they have watched over
    while True:
        ready = select.select([tasks.fileno(), waker], [], [])[0]
        if waker in ready:
            forget_ended(watchers, waker)
        if tasks.fileno() not in ready:
            continue
        received = receive(tasks)
        if received is None:
            return end(private)
        pid = os.fork()
        if pid == 0:
            tasks.close()
            start(*received)
        watchers.add(pid)
        private.append(received[0].folder)
        for pipe in received[1:]:
            os.close(pipe)


def end(private: list[str]) -> None:
    """The grader has ended, maybe without a word: so do the watchers, and the folders that it has not removed go."""
    processes.reap(time.monotonic() + processes.PATIENCE)
    for folder in private:
        with suppress(OSError):
            folders.remove(folder)


def forget_ended(watchers: set[int], waker: int) -> None:
    """Let go of watchers that have ended. Where one has been ended by others, what it watched over ends too."""
    os.read(waker, 4096)
    attacked = False
    for pid, status in processes.ended_children():
        attacked |= status != 0 and pid in watchers
        watchers.discard(pid)
    if attacked:  # who has lost its watcher is below this process now
        processes.end_below(watchers, time.monotonic() + processes.PATIENCE)


def receive(tasks: socket.socket) -> tuple[Task, int, int, int, int] | None:
    """The next task, with its pipes: for requests, for answers, for what is printed, and the lifeline."""
    size, pipes, _, _ = socket.recv_fds(tasks, 4, 4)
    if len(size) < 4:
        return None
    text = tasks.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    requests, answers, printed, lifeline = pipes
    return Task(**json.loads(text)), requests, answers, printed, lifeline
