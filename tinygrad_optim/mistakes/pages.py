"""The page of each mistake: what happens, a small program that does it, and its nearest correct neighbour."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "pages"
PROGRAM = re.compile(r"^```python (wrong|right)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
MARK = "# <- here"
PATIENCE = 60.0  # seconds that a page's program may take; they take one


@dataclass(frozen=True)
class Page:
    """One mistake, told."""

    code: str
    title: str
    before: str  # the text above the programs,
    after: str  # and below them
    wrong: str
    right: str

    @property
    def marked(self) -> int:
        """The number of the wrong program's line that the warning names."""
        lines = self.wrong.splitlines()
        return next(number for number, line in enumerate(lines, start=1) if line.rstrip().endswith(MARK))


@dataclass(frozen=True)
class Run:
    """What a program printed, and said on standard error."""

    printed: str
    said: str


def codes() -> list[str]:
    """The codes of all pages, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def page(code: str) -> Page:
    """The page of this code. KeyError if there is none; ValueError, saying what is missing, for a malformed one."""
    path = FOLDER / f"{code}.md"
    if code not in codes():
        raise KeyError(f"no mistake has the code {code!r}; there are {', '.join(codes())}")
    text = path.read_text(encoding="utf-8")
    programs = dict(PROGRAM.findall(text))
    title = re.match(r"# (.+)\n", text)
    if title is None or set(programs) != {"wrong", "right"} or MARK not in programs["wrong"]:
        raise ValueError(
            f"{path.name} is no page: it needs '# Title', a block ```python wrong with a line that ends in '{MARK}', "
            "and a block ```python right"
        )
    before, _, rest = text[title.end() :].partition("```python wrong\n")
    return Page(
        code, title[1], before.strip(), rest.rpartition("```\n")[2].strip(), programs["wrong"], programs["right"]
    )


def run(program: str, name: str) -> Run:
    """Run a program in a process and folder of its own, as `python <name>.py` would.

    TimeoutError if it takes longer than a minute.
    """
    places = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{name}.py").write_text(program, encoding="utf-8")
        try:
            done = subprocess.run(
                [sys.executable, f"{name}.py"],
                cwd=folder,
                env={**kept, "PYTHONPATH": os.pathsep.join(places), "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                encoding="utf-8",
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the {name} program took longer than {PATIENCE:.0f} seconds") from None
        return Run(done.stdout, done.stderr.replace(folder + os.sep, ""))
