"""The nursery, as the grader holds it: one process that confined ones are forked from, so that each starts at once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from dataclasses import asdict
from typing import IO

from . import view
from .task import KILLED, Task

CODE = "import sys; sys.path[:] = {path!r}; from tinygrad_optim.course.grading.launcher import main; main()"
SAFE = ["-I", "-B"]  # no settings from the environment or the user's home, and no files written


class NurseryEnded(OSError):
    """The nursery cannot start a process; the message says why."""


class Nursery:
    """Starts confined processes. It is itself started when first needed, and ends with the grader, or with `close`."""

    def __init__(self) -> None:
        self.shown = view.shown()
        self.lock = threading.Lock()
        self.tasks, far = socket.socketpair()
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `end`
        code = CODE.format(path=view.imported_from(self.shown))
        with far:
            self.process = subprocess.Popen(
                [sys.executable, *SAFE, "-c", code, str(far.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                cwd="/",
                env=environment(),
                pass_fds=(far.fileno(),),
                start_new_session=True,
            )
        self.close = weakref.finalize(self, end, self.tasks, self.process, self.errors)

    def start(self, task: Task, printed: IO[bytes]) -> Confined:
        """A process that does this task. NurseryEnded if there is no nursery any more."""
        started = Confined()
        try:
            text = json.dumps(asdict(task)).encode("ascii")
            with self.lock:
                pipes = [started.requests, started.answers, printed.fileno(), started.far.fileno()]
                socket.send_fds(self.tasks, [len(text).to_bytes(4, "big")], pipes)
                self.tasks.sendall(text)
        except OSError as error:
            started.close()
            raise NurseryEnded(f"the nursery of confined processes has ended: {self.last_words() or error}") from None
        finally:
            started.leave()
        return started

    def last_words(self) -> str:
        """What it said when it ended."""
        with suppress(OSError, ValueError):
            self.errors.seek(0)
            return self.errors.read()[-400:].decode("utf-8", "replace").strip()
        return ""


def end(tasks: socket.socket, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    """Let the nursery end: those that it has started have ended, or end by their lifelines."""
    tasks.close()
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    errors.close()


def environment() -> dict[str, str]:
    """All that is in the environment of a confined process, but for its folder: nothing of the grader's."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **threads}


class Confined:
    """One confined process, as the grader holds it: what runner.Child asks of a process."""

    def __init__(self) -> None:
        self.requests, sending = os.pipe()
        receiving, self.answers = os.pipe()
        self.stdin: IO[bytes] | None = os.fdopen(sending, "wb", 0)
        self.stdout: IO[bytes] | None = os.fdopen(receiving, "rb", 0)
        self.lifeline, self.far = socket.socketpair()
        self.code: int | None = None

    def leave(self) -> None:
        """Let go of what is the process's own."""
        os.close(self.requests)
        os.close(self.answers)
        self.far.close()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once all that the process has started has ended; less than 0 for a signal."""
        if self.code is None:
            self.lifeline.settimeout(timeout)
            try:
                told = self.lifeline.recv(1) or bytes([KILLED + 9])  # the watcher itself was ended
            except TimeoutError:
                raise subprocess.TimeoutExpired("the confined process", timeout or 0.0) from None
            except OSError:
                told = bytes([KILLED + 9])
            self.code = told[0] if told[0] <= KILLED else KILLED - told[0]
        return self.code

    def kill(self) -> None:
        """End it, and all that it has started."""
        with suppress(OSError):
            self.lifeline.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Let go of the lifeline."""
        self.lifeline.close()
