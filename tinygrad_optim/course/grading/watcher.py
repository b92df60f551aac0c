"""What watches over one confined process, and ends it with all that it has started.

It is forked by the nursery and lives where the grader does, or in the same namespaces as the process that it watches.
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress

from . import processes, system
from .confined import begin
from .task import FAILED, KILLED, LINUX, Task, code_of, failed

NAMESPACES = (
    system.NEW_MOUNTS | system.NEW_PROCESSES | system.NEW_NETWORK | system.NEW_IPC | system.NEW_NAMES
)  # of files, processes, network, shared memory, and the machine's name


def start(task: Task, requests: int, answers: int, printed: int, lifeline: int) -> None:
    """Be a watcher: start the learner's process, stay until it has ended, and tell its exit code by the lifeline.

    The lifeline comes to its end when the grader wants this to end, or has ended itself.
    """
    for number, pipe in enumerate((requests, answers, printed)):
        os.dup2(pipe, number)
        os.close(pipe)
    waker = processes.woken_by_children()
    try:
        guard(task)
        pid = os.fork()
    except OSError as error:
        os.write(lifeline, bytes([FAILED]))
        failed(error)
    if pid == 0:
        begin(task)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # the pipes end when the learner's process has none of them any more
        os.dup2(nothing, number)
    status = watch(pid, lifeline, waker)
    end_all(pid, task)
    with suppress(OSError):  # the grader may be gone
        os.write(lifeline, bytes([status]))
    os._exit(0)


def guard(task: Task) -> None:
    """What the watcher does to itself, before there is anyone to watch."""
    if task.namespaces:
        if task.uid is None:
            into_user_namespace()
        else:
            system.unshare(NAMESPACES)
    elif LINUX:
        system.set_process(system.SUBREAPER)
        system.set_process(system.DUMPABLE, 0)


def into_user_namespace() -> None:
    """Namespaces of one's own as an ordinary user, who stays who they are."""
    uid, gid = os.getuid(), os.getgid()
    system.set_process(system.DUMPABLE, 1)  # what it may write to below is else root's
    system.unshare(system.NEW_USER | NAMESPACES)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    with suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")  # of this one: whoever is in it makes no more


def watch(pid: int, lifeline: int, waker: int) -> int:
    """Wait until the process has ended, or the grader lets go. The exit code."""
    while True:
        ready, _, _ = select.select([lifeline, waker], [], [])
        if waker in ready:
            os.read(waker, 4096)
            ended = dict(processes.ended_children())
            if pid in ended:
                return code_of(ended[pid])
        if lifeline in ready:
            return KILLED + signal.SIGKILL


def end_all(pid: int, task: Task) -> None:
    """End the process and all that it has started; once this returns there are none."""
    until = time.monotonic() + processes.PATIENCE
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # with the first process of a namespace ends everything in it
    if not task.namespaces:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        processes.end_below(set(), until)
        if task.uid is not None:
            processes.end_user(task.uid)
    processes.reap(until)
