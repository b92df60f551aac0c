"""The package as it is installed: built, checked, put into a bare environment, and used outside the clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from help_examples import BESIDE_A_COPY, CODES, IN_A_COPY, TRAIN, examples

CLONE = Path(__file__).parents[1]
NOT_SOURCES = (
    ".git",
    ".venv*",
    "__pycache__",
    "*.egg-info",
    "build",
    "dist",
    ".*_cache",
    ".hypothesis",
    "out",
    "_site",
)
# What a command needs besides the package, by design: without it the command ends with code 1 and says so.
NEEDS = {"compare": "torch", "completion": "shtab"}
EXAMPLES = [line for lines in examples().values() for line in lines]


@dataclass
class Installed:
    """The two archives, and the programs of an environment that holds the package and what it requires alone."""

    sdist: Path
    wheel: Path
    programs: Path

    def python(self, code: str, cwd: Path) -> str:
        """What a program printed."""
        command = [self.programs / "python", "-W", "error", "-c", code]
        return subprocess.run(command, cwd=cwd, env=clean(cwd), capture_output=True, text=True, check=True).stdout


def clean(home: Path) -> dict[str, str]:
    """An environment without what points into the clone or asks for colour; its home is a folder of the test's."""
    pointing = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR")
    return {**{name: value for name, value in os.environ.items() if name not in pointing}, "HOME": str(home)}


def call(*command: object, cwd: Path) -> None:
    """Run a command that must succeed; one that cannot reach its packages skips the test."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True)
    if "No matching distribution found" in done.stdout + done.stderr:
        pytest.skip("pip cannot reach the packages that building and installing need")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The package built as it is published, source archive first and the wheel from that, and installed."""
    pytest.importorskip("build.__main__", reason="building the package needs the package build")  # no folder "build"
    folder = tmp_path_factory.mktemp("install")
    shutil.copytree(CLONE, folder / "source", ignore=shutil.ignore_patterns(*NOT_SOURCES))
    call(sys.executable, "-m", "build", "--outdir", folder / "dist", folder / "source", cwd=folder)
    (wheel,), (sdist,) = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
    call(sys.executable, "-m", "venv", folder / "bare", cwd=folder)
    programs = folder / "bare" / ("Scripts" if os.name == "nt" else "bin")
    call(programs / "python", "-m", "pip", "install", wheel, cwd=folder)
    return Installed(sdist, wheel, programs)


def sources(*folders: str) -> set[str]:
    """The files of these folders of the clone, but for what running them left."""
    paths = [path for folder in folders for path in (CLONE / folder).rglob("*") if path.is_file()]
    left = {"__pycache__", "_site"}
    names = {path.relative_to(CLONE).as_posix() for path in paths if left.isdisjoint(path.parts)}
    return {name for name in names if not name.startswith("lessons/") or name.endswith((".py", ".md"))}


def test_both_archives_pass_the_index_s_checks(installed: Installed):
    pytest.importorskip("twine", reason="checking the archives needs the package twine")
    call(
        sys.executable, "-m", "twine", "check", "--strict", installed.sdist, installed.wheel, cwd=installed.sdist.parent
    )


def test_the_wheel_holds_each_file_of_the_package_and_nothing_else(installed: Installed):
    with zipfile.ZipFile(installed.wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    lessons = {f"tinygrad_optim/{name}" for name in sources("lessons")}
    assert held == sources("tinygrad_optim") | lessons


def test_the_source_archive_holds_the_tests_and_all_that_they_read(installed: Installed):
    with tarfile.open(installed.sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "setup.cfg", "setup.py"}
    assert (
        wanted | sources("tinygrad_optim", "lessons", "tests", "docs", "examples", "plots", "tools", "benchmarks")
        <= held
    )


def test_importing_it_outside_the_clone_loads_numpy_alone(installed: Installed, tmp_path: Path):
    code = """
import sys
before = set(sys.modules)
import tinygrad_optim
loaded = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
loaded = {name for name in loaded if not name.startswith("_")} - {"cython_runtime"}  # numpy's own
print(*sorted(loaded), tinygrad_optim.__file__)
"""
    numpy, package, file = installed.python(code, tmp_path).split()
    assert (numpy, package) == ("numpy", "tinygrad_optim")
    assert Path(file).is_relative_to(installed.programs.parent)


def test_its_data_comes_with_it(installed: Installed, tmp_path: Path):
    code = """
from tinygrad_optim.data import load_digits, load_iris, load_text
digits, irises = load_digits(), load_iris()
print(sum(len(part[0]) for part in digits), sum(len(part[0]) for part in irises), len(load_text().codes))
"""
    digits, irises, letters = map(int, installed.python(code, tmp_path).split())
    assert (digits, irises) == (1797, 150)
    assert letters > 4000


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_help_run_outside_the_clone(example: str, installed: Installed, tmp_path: Path):
    (tmp_path / "train.py").write_text(TRAIN)
    line = example.replace("~", str(tmp_path))
    for target in re.findall(r"> (\S+)", line):
        Path(target).parent.mkdir(parents=True)
    program, name = installed.programs / "tinygrad-optim", example.split()[1]
    line = line.replace("tinygrad-optim", f'"{program}"', 1)
    folder = tmp_path
    if name in IN_A_COPY | BESIDE_A_COPY:
        call(program, "start", "course", cwd=tmp_path)
    if name in IN_A_COPY:
        folder = tmp_path / "course"
    done = subprocess.run(
        line, shell=True, cwd=folder, env=clean(tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    need = NEEDS.get(name)
    if name in CODES:
        assert (done.returncode, "Traceback" in done.stderr) == (CODES[name], False)
    elif need:
        assert done.returncode == 1
        assert f"pip install {need}" in done.stderr
        assert done.stderr.count("\n") == 1
    else:
        assert (done.returncode, done.stderr) == (0, "")


def test_a_learner_works_through_a_lesson_outside_the_clone(installed: Installed, tmp_path: Path):
    program, copy = installed.programs / "tinygrad-optim", tmp_path / "course"
    call(program, "start", "course", "--learner", "Ada", cwd=tmp_path)
    lessons = {path.name for path in copy.iterdir() if path.is_dir()}
    assert lessons == {path.name for path in (CLONE / "lessons").glob("[0-9][0-9]_*")}
    (lesson,) = copy.glob("06_*")
    shutil.copy(CLONE / "lessons" / lesson.name / "solutions.py", lesson / "exercises.py")
    done = subprocess.run([program, "check", "6"], cwd=lesson, env=clean(tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "exercises passed" in done.stdout
    call(program, "diff", "6", cwd=copy)
