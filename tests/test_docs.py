"""Every program and every command in the documents runs, in the order in which a reader meets them.

In a document's python blocks, `# prints X` says what is printed, a line each; a block that begins with `# name.py` is
that file, for the commands. The README has a test of its own, which fills in the lines that it leaves out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[1]
DOCUMENTS = sorted(path for path in (CLONE, *(CLONE / "docs").glob("**/")) for path in path.glob("*.md"))
DOCUMENTS = [path for path in DOCUMENTS if path.name != "README.md" and "_site" not in path.parts]
DOCUMENTS.append(CLONE / "lessons" / "README.md")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
KNOWN = {"python", "console", "json", "text", ""}


def blocks(path: Path) -> list[tuple[str, str]]:
    """The language and the text of each fenced block."""
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [(language, textwrap.dedent(text)) for language, text in found]


def run_program(program: str, names: dict[str, object], where: str) -> None:
    """Run a block among the names of those before it, and compare what it prints with what it says it does."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, where, "exec", dont_inherit=True), names)
    said = re.findall(r"# prints (.*)$", program, re.MULTILINE)
    if said:
        assert printed.getvalue().splitlines() == said, f"{where}:\n{program}"


def run_commands(text: str, folder: Path) -> None:
    """Run the block's commands, `$ tinygrad-optim ...`; each must end well and say nothing on stderr."""
    environment = {**os.environ, "PYTHONPATH": str(CLONE)}
    for line in re.findall(r"^\$ (tinygrad-optim .*)$", text, re.MULTILINE):
        command = [sys.executable, "-m", "tinygrad_optim", *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, input="")
        assert (done.returncode, done.stderr) == (0, ""), line


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(CLONE).as_posix())
def test_each_block_of_a_document_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    for number, (language, text) in enumerate(blocks(path), 1):
        where = f"{path.name}, block {number}"
        assert language in KNOWN, f"{where} is in {language}, which no test can run"
        if language == "python":
            if file := re.match(r"# (\w+\.py)\n", text):
                (tmp_path / file[1]).write_text(text, encoding="utf-8")
            run_program(text, names, where)
        elif language == "console":
            run_commands(text, tmp_path)


@pytest.mark.parametrize("path", [*DOCUMENTS, CLONE / "README.md"], ids=lambda path: path.relative_to(CLONE).as_posix())
def test_each_link_of_a_document_leads_to_a_file(path: Path):
    prose = re.sub(r"`[^`\n]*`", "", BLOCK.sub("", path.read_text(encoding="utf-8")))
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose)
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_a_program_that_prints_something_else_than_it_says_is_found():
    with pytest.raises(AssertionError, match="block 1"):
        run_program("print(2)  # prints 3\n", {}, "block 1")
