"""What starts confined processes, watches over each, and ends it with all that it has started.

The nursery loads the package once and runs no learner's code. For each submission it forks a watcher, which lives where
the grader does; the watcher forks, into a namespace of its own, the first process, whose end is the end of all there;
and that one forks the learner's. Without namespaces the first process is left out.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from . import processes, system, view
from .limits import Limits, set_limits

KILLED = 128  # more than this as an exit code: by that signal
FAILED = 97  # the process could not be confined; the reason is the last line of what was printed
KIND = getattr(os, "uname", lambda: None)() and os.uname().sysname


@dataclass(frozen=True)
class Task:
    """What the grader says of the process to start. It is no secret: the learner's code may find it."""

    limits: dict[str, Any]
    uid: int | None  # whose process it will be; None: who starts it
    namespaces: bool
    landlock: bool
    folder: str  # the private one, outside
    shown: list[str]
    hidden: list[str]


def main() -> None:
    """Fork a watcher for each task that comes, until there are no more."""
    from .. import child, codec  # noqa: F401  # what the learner's process needs, while all of it can be read

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's, who then lets go of the lifelines
    tasks = socket.socket(fileno=int(sys.argv.pop()))
    sys.orig_argv.clear()
    waker = woken_by_children()
    if KIND == "Linux":
        system.set_process(system.SUBREAPER)
        system.set_process(system.DUMPABLE, 0)
    watchers: set[int] = set()
    while True:
        ready = select.select([tasks.fileno(), waker], [], [])[0]
        if waker in ready:
            forget_ended(watchers, waker)
        if tasks.fileno() not in ready:
            continue
        received = receive(tasks)
        if received is None:
            return processes.reap(time.monotonic() + processes.PATIENCE)  # the watchers end by their lifelines
        pid = os.fork()
        if pid == 0:
            tasks.close()
            start(*received)
        watchers.add(pid)
        for pipe in received[1:]:
            os.close(pipe)


def woken_by_children() -> int:
    """A pipe that can be read when a child has ended."""
    waker, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    return waker


def forget_ended(watchers: set[int], waker: int) -> None:
    """Let go of watchers that have ended. Where one has been ended by others, what it watched over ends too."""
    os.read(waker, 4096)
    attacked = False
    for pid, status in ended_children():
        attacked |= status != 0 and pid in watchers
        watchers.discard(pid)
    if attacked:
        processes.end_below(os.getpid(), watchers)  # whoever has lost its watcher is below this now


def receive(tasks: socket.socket) -> tuple[Task, int, int, int, int] | None:
    """The next task, with its pipes: for requests, for answers, for what is printed, and the lifeline."""
    size, pipes, _, _ = socket.recv_fds(tasks, 4, 4)
    if len(size) < 4:
        return None
    text = tasks.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    requests, answers, printed, lifeline = pipes
    return Task(**json.loads(text)), requests, answers, printed, lifeline


def start(task: Task, requests: int, answers: int, printed: int, lifeline: int) -> None:
    """Be a watcher: start the learner's process, stay until it has ended, and tell its exit code by the lifeline.

    The lifeline comes to its end when the grader wants this to end, or has ended itself.
    """
    for number, pipe in enumerate((requests, answers, printed)):
        os.dup2(pipe, number)
        os.close(pipe)
    waker = woken_by_children()
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


def failed(error: BaseException) -> NoReturn:
    """Say why this process cannot be confined, and end."""
    os.write(2, f"\n{type(error).__name__}: {error}".encode("utf-8", "replace"))
    os._exit(FAILED)


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
        failed(error)
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
        answer(again=True)
    finally:
        os._exit(0)
