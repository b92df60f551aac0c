"""Hostile and broken submissions, in each confinement that this machine allows: none earns a point that it did not
earn, none stops the others, none leaves anything behind.

Each file of hostile/ says what it does; attacking.py grades them all, once in each confinement.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tinygrad_optim

HERE = Path(__file__).parent
PACKAGE = Path(tinygrad_optim.__file__).parent  # as it is installed, or in the clone
HOSTILE = sorted((HERE / "hostile").glob("*.py"))
MODES = (
    "root",
    "user",
    "namespace",
    "landlock",
    "plain",
)  # attacking.py's; "user" and "landlock" are without namespaces
ALLOWED = {"99_half_right": 2}  # points earned
# Where these say by their answers that they went through, the confinement had said before that it does not stop them.
GO_THROUGH = ("reads_checks", "network", "writes_elsewhere", "services", "uncounted_memory", "memory_that_stays")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only on Linux can what an attack has left be looked for"
)


def not_stopped(path: Path) -> list[str]:
    """The confinements that do not stop this one, by its own words."""
    found = re.search(r"Not stopped: (.*)\.", path.read_text("utf-8", "replace"))
    return found[1].split(", ") if found else []


def goes_through(path: Path) -> bool:
    return path.stem.partition("_")[2] in GO_THROUGH


@cache
def told(mode: str) -> dict[str, Any]:
    """What became of all submissions in a confinement; those that it does not stop, and that do harm, are left out."""
    paths = [path for path in HOSTILE if mode not in not_stopped(path) or goes_through(path)]
    command = [sys.executable, str(HERE / "attacking.py"), mode, *map(str, paths)]
    path = os.pathsep.join(map(str, (PACKAGE.parent, HERE.parent)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-4000:]}"
    found: dict[str, Any] = {"by": {}}
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if "name" in said:
            found["by"][said.pop("name")] = said
        else:
            found |= said
    return found


def outcomes(mode: str) -> dict[str, Any]:
    """As `told`; skips where the machine has no such confinement."""
    if mode in ("root", "user") and os.geteuid() != 0:
        pytest.skip("only root can let each submission be a user of its own")
    found = told(mode)
    if found["fails"]:
        pytest.skip(f"this machine has no such confinement: {found['fails']}")
    return found


CASES = [(mode, path) for mode in MODES for path in HOSTILE if mode not in not_stopped(path)]


@pytest.mark.parametrize(("mode", "path"), CASES, ids=[f"{mode}-{path.stem}" for mode, path in CASES])
def test_a_hostile_submission_earns_nothing_and_comes_to_an_end(mode: str, path: Path):
    found = outcomes(mode)["by"][path.stem]
    assert "error" not in found
    assert sum(found["points"].values()) <= ALLOWED.get(path.stem, 0), found["hows"]
    assert found["seconds"] < 60


@pytest.mark.parametrize("mode", MODES)
def test_an_honest_submission_beside_them_gets_its_full_points_each_time(mode: str):
    honest = outcomes(mode)["honest"]
    assert len(honest) >= 3
    assert [one for one in honest if "error" in one or sum(one["points"].values()) != 5] == []


@pytest.mark.parametrize("mode", MODES)
def test_no_process_is_left(mode: str):
    assert outcomes(mode)["processes"] == []


@pytest.mark.parametrize("mode", MODES)
def test_no_file_is_left(mode: str):
    assert outcomes(mode)["files"] == []


@pytest.mark.parametrize("mode", MODES)
def test_the_grader_s_memory_stays_flat(mode: str):
    assert outcomes(mode)["grown"] < 100  # megabytes, of an attack that sends as much as it can


@pytest.mark.parametrize("path", [path for path in HOSTILE if goes_through(path)], ids=lambda path: path.stem)
def test_what_plain_confinement_says_that_it_cannot_stop_it_does_not_stop(path: Path):
    found = outcomes("plain")
    assert sum(found["by"][path.stem]["points"].values()) > 0
    assert len(found["cannot"]) == 7


def test_the_strictest_confinements_have_nothing_that_they_cannot_stop():
    assert outcomes("root")["cannot"] == outcomes("namespace")["cannot"] == []


def test_there_are_more_than_forty_and_each_says_what_it_does():
    assert len(HOSTILE) >= 40
    for path in HOSTILE:
        assert path.read_bytes().startswith(b'"""'), path
