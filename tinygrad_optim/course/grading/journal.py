"""The results of a run on the disk, a line each as they come: a run that breaks off loses only what follows."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from .results import FORMAT, SubmissionResult


class OtherRun(ValueError):
    """A journal of a run with other terms; the message says what to do."""


class Journal:
    """Results by submission, kept in a file and not in memory.

    path: where they are kept; None for a file that goes with this object. key: what tells runs with the same lessons,
    secret and limits from all others. resume: whether to take over what a run before has left there.
    """

    def __init__(self, path: Path | None, key: str, resume: bool = False) -> None:
        self.places: dict[str, int] = {}  # where in the file each result begins
        self.path = path
        if path is None:
            self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`, as is the other
        else:
            kept = resume and path.exists()
            self.file = open(path, "r+b" if kept else "w+b")  # noqa: SIM115
            if kept:
                self.take_over(key)
        if not self.places:
            self.file.seek(0)
            self.file.truncate()
            self.write_line({"format": FORMAT, "key": key})

    def take_over(self, key: str) -> None:
        """Find the results that are there. A last line without its end was being written as the run broke off."""
        line = self.file.readline()
        if not line:
            return
        try:
            same = json.loads(line) == {"format": FORMAT, "key": key}
        except ValueError:
            same = False
        if not same:
            self.file.close()
            raise OtherRun(f"{self.path} is of a run with other lessons, limits or secret: run without --resume")
        whole = place = self.file.tell()
        while (line := self.file.readline()).endswith(b"\n"):
            self.places[json.loads(line)["submission"]] = place
            whole = place = self.file.tell()
        self.file.truncate(whole)

    def write_line(self, data: object) -> None:
        """A line, on the disk before this returns."""
        self.file.seek(0, os.SEEK_END)
        self.file.write(json.dumps(data).encode("ascii") + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def add(self, result: SubmissionResult) -> None:
        """Keep a result; of one submission the last counts."""
        place = self.file.seek(0, os.SEEK_END)
        self.write_line(result)
        self.places[result["submission"]] = place

    def read(self, name: str) -> SubmissionResult:
        self.file.seek(self.places[name])
        found: SubmissionResult = json.loads(self.file.readline())
        return found

    def results(self, names: Iterable[str] | None = None) -> Iterator[SubmissionResult]:
        """Each result, by name or in this order, read as it is asked for."""
        for name in sorted(self.places) if names is None else names:
            if name in self.places:
                yield self.read(name)

    def close(self, remove: bool = False) -> None:
        """Close the file; and remove it, once what is in it is elsewhere."""
        self.file.close()
        if remove and self.path is not None:
            self.path.unlink(missing_ok=True)
