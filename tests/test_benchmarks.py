"""The benchmarks: those who race do the same work, and a run's JSON becomes the README's table. Nothing is timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[1]
RACES = ["scalars", "plain_scalars", "small_mlp", "medium_mlp", "cnn", "transformer", "chain", "many_small"]
ROW = {
    "name": "small MLP",
    "seconds": {"tinygrad_optim": 0.00015, "numpy by hand": 0.0001, "PyTorch": 0.0005},
    "ratios": {"numpy by hand": 1.5, "PyTorch": 0.3},
    "goals": {"numpy by hand": 1.75, "PyTorch": 0.25},
    "unit": "ms",
    "note": "",
}
TOLD = {
    "date": "2026-01-02",
    "machine": {"processor": "A, 2 cores", "system": "Linux", "python": "3.11.7", "numpy": "2.4.6"},
    "without": {"tinygrad": "it is not installed"},
    "rows": [ROW, {**ROW, "name": "alone", "seconds": {"tinygrad_optim": 2.5}, "ratios": {}, "note": "2.5 s and 3 MB"}],
}
TABLE = """\
| what | ours | against | ratio | goal | |
| --- | ---: | --- | ---: | ---: | --- |
| small MLP | 150 µs | numpy by hand | 1.5 | 1.75 | reached |
|  |  | PyTorch | 0.3 | 0.25 | **not reached** |
| alone | 2.5 s |  |  |  |  |
| *2.5 s and 3 MB* | | | | | |

Measured on 2026-01-02, A, 2 cores, Linux, Python 3.11.7, numpy 2.4.6. Without tinygrad: it is not installed.
"""


def benchmarks(*arguments: object, path: str = str(CLONE)) -> subprocess.CompletedProcess[str]:
    """Run the command of the clone."""
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, CLONE / "benchmarks", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")


def test_all_who_race_in_a_row_compute_the_same_losses():
    done = benchmarks("--agree", *RACES)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(RACES)
    assert all(": tinygrad_optim" in line for line in done.stdout.splitlines())


@pytest.mark.parametrize("peer", ["mygrad", "autograd"])
def test_a_peer_that_is_installed_does_the_same_work(peer: str):
    pytest.importorskip(peer, reason=f"{peer} is one of the extra bench")
    done = benchmarks("--agree", "small_mlp", "medium_mlp", "chain")
    assert done.stdout.lower().count(peer) == 3, done.stderr


def test_a_net_whose_steps_are_compiled_does_the_same_work():
    pytest.importorskip("numba", reason="fused=True compiles with numba")
    done = benchmarks("--agree", "medium_mlp_fused")
    assert done.stdout.startswith("medium MLP 784-256-128-10, batch 128, Adam, fused=True: tinygrad_optim"), done.stderr


def test_rows_that_compile_are_left_out_where_numba_is_missing(tmp_path: Path):
    (tmp_path / "numba.py").write_text("raise ImportError('none here')", encoding="utf-8")
    done = benchmarks("--agree", "medium_mlp_fused", "chain", path=f"{tmp_path}{os.pathsep}{CLONE}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("a chain of tiny ops")
    assert len(done.stdout.splitlines()) == 1
    assert "without numba: it is not installed" in done.stderr


def test_a_run_s_numbers_become_the_readme_s_table(tmp_path: Path):
    (tmp_path / "measured.json").write_text(json.dumps(TOLD), encoding="utf-8")
    assert benchmarks("--markdown", tmp_path / "measured.json").stdout == TABLE


def test_a_row_that_there_is_not_is_told_with_those_that_there_are():
    done = benchmarks("small_mpl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no row small_mpl: there are scalars, " in done.stderr


def test_without_the_package_it_says_how_to_install_it(tmp_path: Path):
    (tmp_path / "tinygrad_optim.py").write_text("raise ImportError('No module named tinygrad_optim')", "utf-8")
    done = benchmarks(path=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "benchmarks: No module named tinygrad_optim. Install the package and its peers, from the clone's folder: "
        "pip install '.[bench]'"
    ]
