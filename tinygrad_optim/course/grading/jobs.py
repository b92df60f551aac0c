"""Gives submissions to processes that grade, several at once, and hands on each result as it comes."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import system
from .found import Submission
from .results import Mark, SubmissionResult, add_lesson, nothing_yet
from .task import LINUX

CODE = "import sys; sys.path[:] = {path!r}; from tinygrad_optim.course.grading.serving import main; main()"
PATIENCE = 15.0  # seconds a process that grades may take to end what it has started


class CannotGrade(RuntimeError):
    """No process that grades could be started; the message says why."""


@dataclass(frozen=True)
class Terms:
    """How the submissions of a run are graded."""

    secret: bytes
    lessons: tuple[str, ...]
    limit: float = 10.0  # seconds for a case
    longest: float = 600.0  # seconds for a submission
    hidden: tuple[Path, ...] = ()  # what learners' code must not see, besides the lessons

    def as_text(self) -> str:
        data = {"secret": self.secret.hex(), "lessons": self.lessons, "limit": self.limit, "longest": self.longest}
        return json.dumps({**data, "hidden": [str(one.absolute()) for one in self.hidden]}) + "\n"


class Station:
    """One process that grades. What it is told goes through its standard input: nobody else can read that."""

    def __init__(self, terms: Terms) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE.format(path=[os.path.abspath(place) for place in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **threads},
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the one who started it
        )
        self.tell(terms.as_text())
        self.about: dict[str, Any] = self.hear().get("ready", {})

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):  # it has ended, which the answer will tell
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """What it says next; {} if it has ended."""
        assert self.process.stdout is not None
        try:
            said: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
        except ValueError:
            return {}
        return said

    def grade(self, submission: Submission, mark: Mark | None = None) -> SubmissionResult | None:
        """A submission's result; if the process ends on the way, with what was known until then, and an error.

        mark: that of an earlier result; None comes back if the submission is still the one that had it.
        """
        result, began = nothing_yet(submission.name), time.monotonic()
        self.tell(json.dumps({"path": str(submission.path.absolute()), "mark": mark}) + "\n")
        while True:
            said = self.hear()
            if "begun" in said:
                result.update(said["begun"])
            elif "lesson" in said:
                add_lesson(result, said["lesson"])
            else:
                break
        if "same" in said:
            return None
        result["error"] = said.get("done", {}).get("error", "the process that graded it was ended")
        result["seconds"] = round(time.monotonic() - began, 3)
        return result

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """Let it end, and what it has started."""
        with suppress(OSError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class Jobs:
    """Several stations at work: `with Jobs(terms, 2) as jobs: for result in jobs.graded(submissions): ...`."""

    def __init__(self, terms: Terms, count: int) -> None:
        self.terms, self.count = terms, count
        if LINUX and os.geteuid() != 0:  # what the secret is in, processes of the same user may not look into
            system.set_process(system.DUMPABLE, 0)
        self.first = Station(terms)
        if "mode" not in self.first.about:
            self.first.close()
            reason = self.first.about.get("failed", "it ended at once")
            raise CannotGrade(f"no learner's code can be run here: {reason}")
        self.about = self.first.about
        self.stations: set[Station] = {self.first}
        self.waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self.results: queue.SimpleQueue[SubmissionResult | None] = queue.SimpleQueue()
        self.marks: Mapping[str, Mark] = {}
        self.stopped = False

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *given: object) -> None:
        self.stopped = True
        for station in list(self.stations):
            station.close()

    def graded(
        self, submissions: list[Submission], marks: Mapping[str, Mark] | None = None
    ) -> Iterator[SubmissionResult | None]:
        """The results, in the order in which they come; None for one that still has its mark."""
        self.marks = marks or {}
        for one in submissions:
            self.waiting.put(one)
        count = min(self.count, len(submissions))
        for number in range(count):
            self.waiting.put(None)
            station = self.first if number == 0 else None
            threading.Thread(target=self.work, args=(station,), daemon=True).start()
        for _ in submissions:
            yield self.results.get()

    def work(self, station: Station | None) -> None:
        """Let a station grade until there is no more; where one has ended, another goes on."""
        while (submission := self.waiting.get()) is not None and not self.stopped:
            try:
                if station is None or not station.alive:
                    self.leave(station)
                    station = Station(self.terms)
                    self.stations.add(station)
                self.results.put(station.grade(submission, self.marks.get(submission.name)))
            except Exception as error:  # whoever waits for the result must get one
                self.results.put({**nothing_yet(submission.name), "error": f"{type(error).__name__}: {error}"})
        self.leave(station)

    def leave(self, station: Station | None) -> None:
        """End a station that is not needed any more."""
        if station is not None:
            self.stations.discard(station)
            station.close()
