"""What starts a confined process, watches over it, and ends it with all that it has started.

Three processes, one below the other: the watcher, which lives where the grader does; in a namespace of its own the
first process, whose end is the end of all there; and the learner's. Without namespaces the second is left out.
The package is loaded once, before they part: the learner's process begins with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from . import processes, system, view
from .limits import Limits, set_limits

KILLED = 128  # more than this as an exit code: by that signal
FAILED = 97  # the process could not be confined; the reason is the last line of what was printed
KIND = getattr(os, "uname", lambda: None)() and os.uname().sysname


@dataclass(frozen=True)
class Task:
    """What the grader says of the process to start. It is no secret: the learner's code may find it."""

    limits: dict[str, Any]
    lifeline: int  # a pipe that comes to its end when the grader wants this to end, or has ended itself
    uid: int | None  # whose process it will be; None: who starts it
    namespaces: bool
    landlock: bool
    folder: str  # the private one, outside
    shown: list[str]
    hidden: list[str]


def main() -> None:
    """Start the learner's process and stay until it has ended, with its exit code."""
    from .. import child, codec  # noqa: F401  # what the learner's process needs, while all of it can be read

    task = Task(**json.loads(sys.argv.pop()))
    sys.orig_argv.clear()
    waker, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    guard(task)
    pid = os.fork()
    if pid == 0:
        begin(task)
    for number in (0, 1, 2):  # the pipes end when the learner's process has none of them any more
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    status = watch(pid, task.lifeline, waker)
    end_all(pid, task)
    os._exit(status)


def guard(task: Task) -> None:
    """What the watcher does to itself, before there is anyone to watch."""
    if task.namespaces:
        if task.uid is None:
            into_user_namespace()
        else:
            system.unshare(NAMESPACES)
    elif KIND == "Linux":
        system.set_process(system.SUBREAPER)
        system.set_process(system.DUMPABLE, 0)


NAMESPACES = (
    system.NEW_MOUNTS | system.NEW_PROCESSES | system.NEW_NETWORK | system.NEW_IPC | system.NEW_NAMES
)  # of files, processes, network, shared memory, and the machine's name


def into_user_namespace() -> None:
    """Namespaces of one's own as an ordinary user, who stays who they are."""
    uid, gid = os.getuid(), os.getgid()
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
            ended = dict(ended_children())
            if pid in ended:
                return code_of(ended[pid])
        if lifeline in ready:
            return KILLED + signal.SIGKILL


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


def code_of(status: int) -> int:
    """A child's status as an exit code."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else KILLED - code


def end_all(pid: int, task: Task) -> None:
    """End the process and all that it has started; once this returns there are none."""
    until = time.monotonic() + processes.PATIENCE
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # with the first process of a namespace ends everything in it
    if not task.namespaces:
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        processes.end_below(os.getpid())
        if task.uid is not None:
            processes.end_user(task.uid)
    processes.reap(until)


# ---- on the other side -------------------------------------------------------------------------------------


def begin(task: Task) -> None:
    """The process that was forked: confine it, and let it serve. It does not return."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if task.namespaces:
            enter(task)
            pid = os.fork()
            if pid:
                stay_first(pid)
        os.setsid()
        confine(task)
    except BaseException as error:
        os.write(2, f"\n{type(error).__name__}: {error}".encode("utf-8", "replace"))
        os._exit(FAILED)
    serve()


def enter(task: Task) -> None:
    """In new namespaces: see nothing but what is shown."""
    system.set_process(system.PARENT_DEATH_SIGNAL, signal.SIGKILL)
    system.set_process(system.DUMPABLE, 0)
    root = os.path.join(task.folder, "root")
    os.mkdir(root)
    limits = Limits(**task.limits)
    view.show_only(root, task.shown, task.hidden, work_of(task), limits.disk, limits.files)
    if task.uid is not None:
        os.chown(work_of(task), task.uid, task.uid)


def work_of(task: Task) -> str:
    """The private folder that the learner's process works in, as it sees it."""
    return "/tmp/" + os.path.basename(task.folder) if task.namespaces else os.path.join(task.folder, "work")


def stay_first(pid: int) -> None:
    """Be the first process of a namespace: wait for the learner's, and end everything with it."""
    os.closerange(0, 256)
    while True:
        with suppress(InterruptedError):
            ended, status = os.waitpid(-1, 0)
            if ended == pid:
                os._exit(code_of(status))


def confine(task: Task) -> None:
    """Leave this process nothing that it does not need. From here on nothing of it can be taken back."""
    os.closerange(3, 256)
    limits, work = Limits(**task.limits), work_of(task)
    others = 0 if task.namespaces or task.uid is not None else processes.threads_of(os.getuid())
    set_limits(limits, others)
    os.environ.update(HOME=work, TMPDIR=work)
    os.chdir(work)
    if task.uid is not None:
        os.setgroups([])
        os.setresgid(task.uid, task.uid, task.uid)
        os.setresuid(task.uid, task.uid, task.uid)
    os.umask(0o077)
    if KIND == "Linux":
        system.set_process(system.NO_NEW_PRIVILEGES)
    if task.namespaces:
        system.drop_capabilities()
    if task.landlock:
        devices = [f"/dev/{name}" for name in view.DEVICES]
        system.landlock(task.shown, view.without(task.shown, task.hidden) + devices, [work, "/dev/null"])


def serve() -> None:
    """Answer the grader's requests, as any child does."""
    from ..child import main as answer

    try:
        answer()
    finally:
        os._exit(0)
