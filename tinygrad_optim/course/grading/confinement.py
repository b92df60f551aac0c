"""A learner's code run where it can do no harm, as far as this machine allows: `Confinement.best()`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from ..lessons import PACKAGE, lessons_folder
from ..runner import Child, Running
from . import calls, folders, processes, system
from .limits import Limits
from .nursery import Confined, Nursery
from .task import FAILED, LINUX, Task
from .workers import FIRST, Worker, Workers

POSIX = os.name == "posix"
UNREADABLE = "it may not read Python itself"
PROBE = "for path in {!r}:\n    open(path, 'rb').close()\n"
CLOSED = (
    "learners' code must not run as root, and here no other user can run it: {}. Use a Python that every user may "
    "read, and not one in root's home (python3 -m venv /opt/grading, of the system's Python), or grade as another user"
)
INSTALLED = ("lib*/python3*/*-packages", "local/lib*/python3*/*-packages")  # in /usr
DISK_LOOK = 0.5  # seconds between looks at how much was written


class CannotConfine(RuntimeError):
    """A process could not be started as it should; the message says why. It is no fault of the learner's."""


@dataclass
class Confinement:
    """How processes are confined. One of them serves any number of submissions, also at the same time.

    user: each child is a user of its own (needs root). namespaces: it sees no files but Python's, no processes but its
    own and no network. landlock: the kernel itself refuses it files, signals to others and TCP. filtered: and the calls
    that calls.py names.
    hidden: files and folders that the children must not see: the lessons, and whatever the grader adds.
    """

    user: bool = False
    namespaces: bool = False
    landlock: bool = False
    filtered: bool = False
    hidden: list[Path] = field(default_factory=lambda: lessons())
    reasons: list[str] = field(default_factory=list)  # why it is not more
    workers: Workers = field(default_factory=Workers)
    nursery: Nursery | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def best(cls, hidden: list[Path] | None = None) -> Confinement:
        """The strictest that works on this machine: each is tried, with a process."""
        reasons: list[str] = []
        for one in possible([*lessons(), *(hidden or [])]):
            if is_root() and not one.user and any(UNREADABLE in reason for reason in reasons):
                raise CannotConfine(CLOSED.format("; ".join(reasons)))
            reason = one.fails()
            if not reason:
                one.reasons = reasons
                return one
            reasons.append(f"{one.mode}: {reason}")
        raise CannotConfine("no process can be started at all: " + "; ".join(reasons))

    @property
    def mode(self) -> str:
        """ "root", "namespace" or "plain"."""
        return "root" if self.user else "namespace" if self.namespaces else "plain"

    @property
    def cannot(self) -> list[str]:
        """What it does not stop, in sentences; the course's page on grading says what no confinement here stops."""
        return list(unstopped(self))

    def child(self, limits: Limits | None = None) -> ConfinedChild:
        """A process, started: for one submission, and no other."""
        return ConfinedChild(self, limits or Limits())

    def start(self, task: Callable[[list[str]], Task], output: IO[bytes]) -> Running:
        """A process from the nursery; from a new one, if something has ended the old."""
        with self.lock:
            if self.nursery is not None and self.nursery.process.poll() is not None:
                self.close()
            if LINUX and not self.user:
                system.set_process(system.DUMPABLE, 0)  # processes of the same user may not look into this one
            self.nursery = self.nursery or Nursery()
            return self.nursery.start(task(self.nursery.shown), output)

    def close(self) -> None:
        """End the nursery. A child that is started later makes another."""
        if self.nursery is not None:
            self.nursery.close()
        self.nursery = None

    def __enter__(self) -> Confinement:
        return self

    def __exit__(self, *given: object) -> None:
        self.close()

    def fails(self) -> str:
        """Why no process can be confined so, or not run what learners write there; "" if one can."""
        try:
            with self.child() as child:
                answer = child.load(Path("exercises.py"), PROBE.format(needed()))
        except (OSError, CannotConfine) as error:
            answer = {"error": str(error)}
        if "ready" in answer:
            return ""
        self.close()
        broken = answer.get("broken", {}).get("message")
        return str(answer.get("error") or (f"{UNREADABLE}: {broken}" if broken else f"a process said {answer}"))


def is_root() -> bool:
    return POSIX and os.geteuid() == 0


def needed() -> list[str]:
    """A file each of Python's, numpy's and this package's: what is imported later lies beside them."""
    import numpy

    return [os.__file__, numpy.__file__, __file__]


def lessons() -> list[Path]:
    """Where checks and solutions lie: those in use, and those that came with the package, wherever one is installed."""
    found = [lessons_folder(), PACKAGE / "lessons", PACKAGE.parent / "lessons"]
    installed = [path for pattern in INSTALLED for path in Path("/usr").glob(pattern)]
    for place in (*map(Path, sys.path), *installed):
        found += [one for one in (place / PACKAGE.name / "lessons", place / "lessons") if holds_checks(one)]
    return found


def holds_checks(folder: Path) -> bool:
    """Whether this is a folder of lessons."""
    return any(folder.glob("[0-9][0-9]_*/checks.py"))


def possible(hidden: list[Path]) -> Iterator[Confinement]:
    """What might work here, the strictest first."""
    locked, filtered = LINUX and system.landlock_version() > 0, calls.can_be_refused()
    if LINUX and os.geteuid() == 0:
        for first in FIRST:
            yield Confinement(True, True, False, filtered, hidden, workers=Workers(first))
        for first in FIRST:
            yield Confinement(True, False, locked, filtered, hidden, workers=Workers(first))
    elif LINUX:
        yield Confinement(False, True, False, filtered, hidden)
    if locked:
        yield Confinement(False, False, True, filtered, hidden)
    yield Confinement(False, False, False, filtered, hidden)


def unstopped(this: Confinement) -> Iterator[str]:
    """Each thing that a confinement does not stop."""
    if this.namespaces:
        return
    if is_root() and not this.user:
        yield "It runs as root."
    version = system.landlock_version() if this.landlock else 0
    if not version:
        yield "It can read the lessons' checks and solutions, and what else its user may read."
        if not this.user:
            yield "It can change and remove files of the user who grades."
    if not this.user and version < system.SIGNALS_STAY:
        yield "It can end the grader, and other processes of the user who grades."
    if not this.filtered:
        yield "It can use the network" + ("." if version < system.TCP_STAYS else ", though not by TCP.")
        yield "It can ask services of this machine for what they do for the user who grades."
        yield "It can take memory that its limit does not count."
    if not LINUX:
        yield "What it starts may go on after it, if it leaves its process group."
        yield "It can take as much memory, and start as many processes, as its user may."
    elif not this.user and version < system.SIGNALS_STAY:
        yield "What it starts may go on after it, if it ends the process that watches over it."
    if not POSIX:
        yield "It can write as many files as there is room for."


class ConfinedChild(Child):
    """A process of the learner's code, confined. It is a runner.Child: whoever asks it need not know."""

    again = POSIX

    def __init__(self, confinement: Confinement, limits: Limits) -> None:
        self.confinement, self.limits = confinement, limits
        self.longest, self.most_printed = limits.answer, limits.printed
        self.looked = 0.0
        self.first = True
        self.worker: Worker | None = confinement.workers.take() if confinement.user else None
        super().__init__(limits.seconds)

    def start(self, work: Path, output: IO[bytes]) -> Running:
        """The learner's process, from the nursery."""
        if not POSIX:
            return super().start(work, output)
        if not self.confinement.namespaces and self.worker is not None:
            os.chmod(self.folder.name, 0o711)
            os.chown(work, self.worker.uid, self.worker.uid)
        work.chmod(0o700)
        return self.confinement.start(self.task, output)

    def task(self, shown: list[str]) -> Task:
        """What the watcher is told."""
        this = self.confinement
        return Task(
            limits=asdict(self.limits),
            uid=self.worker.uid if self.worker else None,
            namespaces=this.namespaces,
            landlock=this.landlock,
            filtered=this.filtered,
            folder=self.folder.name,
            shown=shown,
            hidden=sorted({path for one in this.hidden for path in (os.path.abspath(one), os.path.realpath(one))}),
        )

    def load(self, path: Path, text: str) -> dict[str, Any]:
        """As any child's. CannotConfine if it was not even started."""
        answer = super().load(path, text)
        first, self.first = self.first, False
        if first and not self.token and answer.get("ended") == FAILED:  # it had not been asked for anything yet
            raise CannotConfine(f"a confined process could not be started: {self.printed().strip()[-400:]}")
        return answer

    def excess(self) -> dict[str, Any]:
        """What it prints too much, or writes too much: where the file system itself sees to that, there is no need."""
        found = super().excess()
        if found or self.confinement.namespaces or time.monotonic() - self.looked < DISK_LOOK:
            return found
        self.looked = time.monotonic()
        return {"full": self.limits.disk} if self.is_full() else {}

    def is_full(self) -> bool:
        work = os.path.join(self.folder.name, "work")
        return folders.is_full(work, self.limits.disk, self.limits.files)

    def end(self) -> None:
        """End the process and all that it has started."""
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(2 * processes.PATIENCE)

    def close(self) -> None:
        """End it, remove its folder, and let its user be another's."""
        super().close()
        if isinstance(self.process, Confined):
            self.process.close()
        if self.worker is not None:
            if not self.confinement.namespaces:
                folders.remove_owned(self.worker.uid)
            self.confinement.workers.give_back(self.worker)
            self.worker = None

    def remove_folder(self) -> None:
        """Remove the private folder, whatever the learner's code has made of it."""
        if POSIX:
            with suppress(FileNotFoundError):
                folders.remove(self.folder.name)
        super().remove_folder()
