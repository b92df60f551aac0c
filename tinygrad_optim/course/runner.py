"""The checker's side of the process that runs the learner's code: start it, ask it, end it."""

from __future__ import annotations

import os
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

from .answers import is_an_answer
from .codec import from_text, to_text

LIMIT = 10.0  # seconds a case may take
STARTING = 60.0  # and Python itself, on a slow machine
LONGEST = 20_000_000  # bytes of an answer
PRINTED = 10_000_000  # bytes that may be printed before it is taken for an endless loop
WAITING = 8  # answers that may wait to be read: more than one is more than was asked for
LOOK = 0.05  # seconds between looks at what was printed
ENDING = 2.0  # seconds that a process which says no more may take to end
GONE = ("late", "noisy", "full", "tampered", "ended")  # instead of an answer; then it is over with the process
START = "import sys; sys.path[:] = {path!r}; from tinygrad_optim.course.child import main; main()"


class Running(Protocol):
    """What is asked of the process itself, as subprocess.Popen has it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


class Child:
    """One process of the learner's code. `with Child() as child: child.load(path, text); child.ask({...})`.

    Its working folder is a private one, which is removed with it; what it prints is kept there. Each request goes out
    with a token, and the answer must carry it: what the learner's code writes by itself is no answer.
    """

    longest, most_printed = LONGEST, PRINTED
    again = False  # whether its process can begin again, with another file

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.folder = tempfile.TemporaryDirectory(prefix="tinygrad-optim-", ignore_cleanup_errors=True)
        self.output = Path(self.folder.name) / "printed.txt"
        self.seen = 0  # bytes of it that have been read
        self.alive = True
        self.token = b""
        self.starting = STARTING
        self.requests: queue.Queue[bytes] = queue.Queue()
        self.answers: queue.Queue[bytes] = queue.Queue(WAITING)
        work = Path(self.folder.name) / "work"
        work.mkdir()
        with open(self.output, "ab") as output:
            self.process: Running = self.start(work, output)
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self.listen, self.write)]
        for thread in self.threads:
            thread.start()

    def start(self, work: Path, output: IO[bytes]) -> Running:
        """The process, in its working folder, with its output there."""
        code = START.format(path=[os.path.abspath(place) for place in sys.path])
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-c", code], bufsize=0, stdin=pipe, stdout=pipe, stderr=output, cwd=work
        )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def listen(self) -> None:
        """Hand on each answer as it comes; b"" once there will be no more."""
        assert self.process.stdout is not None
        pipe = os.fdopen(self.process.stdout.fileno(), "rb", closefd=False)
        line = b"."
        while line and self.alive:
            try:
                line = pipe.readline(self.longest)
            except (OSError, ValueError):  # closed from this side
                line = b""
            while self.alive:
                with suppress(queue.Full):
                    self.answers.put(line, timeout=1.0)
                    break

    def write(self) -> None:
        """Send each request: from a thread, since a process that reads nothing lets whoever writes to it wait."""
        pipe = self.process.stdin
        assert pipe is not None
        while line := self.requests.get():
            try:
                while line:
                    line = line[pipe.write(line) :]
            except (OSError, ValueError):  # it has ended; what it had to say may still be on its way
                return

    def load(self, path: Path, text: str) -> dict[str, Any]:
        """Let it run this text as this file: {"ready": True}, or why it could not, as `ask` tells."""
        started = self.wait_for_answer(self.starting)
        self.starting = self.limit  # where it begins again, Python has started already
        return self.ask({"load": str(path), "text": text}) if "started" in started else self.over(started)

    def begin_again(self) -> bool:
        """Let it forget the file it has run, and all that this has changed, for the next `load`; whether it can."""
        if not self.again or not self.alive:
            return False
        self.token = b""  # that of the next {"started": True}
        self.requests.put(b" " + to_text({"end": True}).encode("ascii") + b"\n")
        return True

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it answers to a request; {"late": seconds}, or another of GONE, if it does not.

        After one of these it is over with this process.
        """
        self.token = secrets.token_hex(8).encode()
        self.requests.put(self.token + b" " + to_text(request).encode("ascii") + b"\n")
        return self.over(self.wait_for_answer(self.limit))

    def over(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer; where it is none, the process is ended."""
        self.alive = not answer.keys() & set(GONE)
        if not self.alive:
            self.end()
        return answer

    def end(self) -> None:
        """End the process, and all that it has started as far as that is known."""
        self.process.kill()
        self.process.wait()

    def wait_for_answer(self, limit: float) -> dict[str, Any]:
        """The next answer, if it comes before the limit and before anything else is too much."""
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            try:
                line = self.answers.get(timeout=min(LOOK, left))
            except queue.Empty:
                excess = self.excess()
                if excess:
                    return excess
                continue
            return self.read(line)
        return {"late": limit}

    def excess(self) -> dict[str, Any]:
        """What the process does too much of, besides taking its time; {} if nothing."""
        printed = self.output.stat().st_size - self.seen
        return {"noisy": self.most_printed} if printed > self.most_printed else {}

    def read(self, line: bytes) -> dict[str, Any]:
        """An answer, if it is one."""
        if not line:
            return {"ended": self.ended()}
        token, _, text = line.partition(b" ")
        if token != self.token or not line.endswith(b"\n"):
            return {"tampered": "wrote what was not asked for"}
        try:
            answer = from_text(text)
        except ValueError:
            return {"tampered": "wrote what is no answer"}
        return answer if is_an_answer(answer) else {"tampered": "wrote what is no answer"}

    def ended(self) -> int | None:
        """The code with which the process ended; None if it goes on without a word."""
        try:
            return self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            return None

    def printed(self) -> str:
        """What the learner's code has printed since this was last asked."""
        with open(self.output, "rb") as file:
            file.seek(self.seen)
            data = file.read(self.most_printed)
            self.seen = file.seek(0, os.SEEK_END)
        return data.decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """End the process and remove its folder."""
        self.alive = False
        self.end()
        self.requests.put(b"")
        for thread, pipe in zip(self.threads, (self.process.stdout, self.process.stdin)):
            thread.join(1.0)
            if pipe is not None and not thread.is_alive():
                with suppress(OSError):
                    pipe.close()
        self.remove_folder()

    def remove_folder(self) -> None:
        """Remove the private folder, now that nobody writes to it any more."""
        self.folder.cleanup()
