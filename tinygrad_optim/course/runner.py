"""The checker's side of the process that runs the learner's code: start it, ask it, end it."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from .codec import from_text, to_text

LIMIT = 10.0  # seconds a case may take
STARTING = 60.0  # and Python itself, on a slow machine
LONGEST = 20_000_000  # bytes of an answer
PRINTED = 10_000_000  # bytes that may be printed before it is taken for an endless loop
LOOK = 0.05  # seconds between looks at what was printed
START = "import sys; sys.path[:] = {path!r}; from tinygrad_optim.course.child import main; main()"


class Child:
    """One process of the learner's code. `with Child(path) as child: child.ask({...})`.

    Its working folder is a private one, which is removed with it; what it prints is kept there.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.folder = tempfile.TemporaryDirectory(prefix="tinygrad-optim-", ignore_cleanup_errors=True)
        self.output = Path(self.folder.name) / "printed.txt"
        self.seen = 0  # bytes of it that have been read
        self.alive = True
        self.answers: queue.Queue[bytes] = queue.Queue()
        code = START.format(path=[os.path.abspath(place) for place in sys.path])
        work = Path(self.folder.name) / "work"
        work.mkdir()
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, cwd=work
            )
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def listen(self) -> None:
        """Hand on each answer as it comes; b"" once there will be no more."""
        pipe = self.process.stdout
        assert pipe is not None
        while True:
            try:
                line = pipe.readline(LONGEST)
            except (OSError, ValueError):  # closed from this side
                line = b""
            self.answers.put(line)
            if not line:
                return

    def load(self, path: Path, text: str) -> dict[str, Any]:
        """Let it run this text as this file: {"ready": True}, or why it could not, as `ask` tells."""
        started = self.wait_for_answer(STARTING)
        return self.ask({"load": str(path), "text": text}) if "started" in started else self.over(started)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it answers to a request; {"late": seconds}, {"noisy": bytes} or {"ended": code} if it does not.

        After one of these it is over with this process.
        """
        pipe = self.process.stdin
        assert pipe is not None
        try:
            pipe.write(to_text(request).encode("ascii") + b"\n")
            pipe.flush()
        except OSError:  # it has ended; what it had to say may still be on its way
            pass
        return self.over(self.wait_for_answer(self.limit))

    def over(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer; where it is none, the process is ended."""
        self.alive = not answer.keys() & {"late", "noisy", "ended"}
        if not self.alive:
            self.process.kill()
            self.process.wait()
        return answer

    def wait_for_answer(self, limit: float) -> dict[str, Any]:
        end = time.monotonic() + limit
        while (left := end - time.monotonic()) > 0:
            try:
                line = self.answers.get(timeout=min(LOOK, left))
            except queue.Empty:
                if self.output.stat().st_size - self.seen > PRINTED:
                    return {"noisy": PRINTED}
                continue
            return self.read(line)
        return {"late": self.limit}

    def read(self, line: bytes) -> dict[str, Any]:
        """An answer, if it is one."""
        if not line:
            return {"ended": self.process.wait()}
        try:
            answer = from_text(line)
        except ValueError:
            answer = None
        return answer if isinstance(answer, dict) and answer else {"ended": None}

    def printed(self) -> str:
        """What the learner's code has printed since this was last asked."""
        with open(self.output, "rb") as file:
            file.seek(self.seen)
            data = file.read(PRINTED)
            self.seen = file.seek(0, os.SEEK_END)
        return data.decode("utf-8", "backslashreplace")

    def close(self) -> None:
        """End the process and remove its folder."""
        self.process.kill()
        self.process.wait()
        self.listener.join(1.0)
        pipes = [self.process.stdin, None if self.listener.is_alive() else self.process.stdout]
        for pipe in pipes:
            with suppress(OSError):  # what was not yet written can no longer be
                if pipe is not None:
                    pipe.close()
        self.folder.cleanup()
