"""How a process confines itself before it runs a learner's code: what it is forked to do, step by step.

With namespaces there are two: the first process of its namespace, whose end is the end of all there, and the learner's.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from . import calls, processes, system, view
from .limits import Limits, set_limits
from .task import LINUX, Task, code_of, failed, work_of


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
    devices = [f"/dev/{name}" for name in view.DEVICES]
    readable = view.without(task.shown, task.hidden) + devices if task.landlock else []
    alone = task.namespaces or task.uid is not None
    set_limits(limits, 0 if alone else processes.threads_of(os.getuid()) if LINUX else None)
    os.environ.update(HOME=work, TMPDIR=work)
    os.chdir(work)
    if task.uid is not None:
        os.setgroups([])
        os.setresgid(task.uid, task.uid, task.uid)
        os.setresuid(task.uid, task.uid, task.uid)
    os.umask(0o077)
    if LINUX:
        system.set_process(system.NO_NEW_PRIVILEGES)
    if task.namespaces:
        system.drop_capabilities()
    if task.landlock:
        system.landlock(task.shown, readable, [work, "/dev/null"])
    if task.filtered:
        calls.refuse()


def serve() -> None:
    """Answer the grader's requests, as any child does."""
    from ..child import main as answer

    try:
        answer(again=True)
    finally:
        os._exit(0)
