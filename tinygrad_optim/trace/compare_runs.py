"""Runs one script twice: with this package, and with PyTorch in its place; both under a Recorder."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .script import ScriptRun, run_script
from .script_recorder import ScriptRecorder
from .story import Story, tell

OURS, THEIRS = "tinygrad_optim", "torch"


@dataclass
class Run:
    """One of the two runs: its story, what it printed, and the exception that ended it (None: none did)."""

    package: str
    story: Story
    printed: str
    error: BaseException | None


def run_both(path: str | os.PathLike[str], args: Sequence[str] = (), steps: int = 1) -> tuple[Run, Run]:
    """The runs with this package and with PyTorch. ImportError if PyTorch is not installed.

    Whichever of the two the script imports, it gets this package the first time and PyTorch the second.
    """
    require_torch()
    return run_with(OURS, path, args, steps), run_with(THEIRS, path, args, steps)


def require_torch() -> None:
    """ImportError, in words, where there is no PyTorch."""
    try:
        importlib.import_module(THEIRS)
    except ImportError as error:
        raise ImportError(
            f"the script is to run with PyTorch too, and PyTorch could not be imported ({error}): install it with "
            "`pip install torch`"
        ) from None


def run_with(package: str, path: str | os.PathLike[str], args: Sequence[str], steps: int) -> Run:
    """Run the script with this package under the name of either."""
    printed = io.StringIO()
    folder = os.path.dirname(os.path.realpath(path))
    with imports_of(package), modules_let_go(folder), contextlib.redirect_stdout(printed):
        done: ScriptRun = run_script(path, args, ScriptRecorder, only=f"{package}.optim", steps=steps)
    return Run(package, tell(done.recording), printed.getvalue(), done.error if done.exit_code else None)


@contextlib.contextmanager
def imports_of(package: str) -> Iterator[None]:
    """While this lasts, the program's imports of either package give this one; the packages' own are left alone."""
    other = OURS if package == THEIRS else THEIRS
    real: Any = builtins.__import__

    def swapped(name: str, names: Any = None, local: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        importer = str((names or {}).get("__name__", "")).split(".")[0]
        if level == 0 and name.split(".")[0] == other and importer not in (OURS, THEIRS):
            name = package + name[len(other) :]
        return real(name, names, local, fromlist, level)

    builtins.__import__ = swapped  # type: ignore[assignment]
    try:
        yield
    finally:
        builtins.__import__ = real


@contextlib.contextmanager
def modules_let_go(folder: str) -> Iterator[None]:
    """Afterwards the program's own modules, those in its folder, are forgotten: the next run imports them anew."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None) if isinstance(sys.modules[name], ModuleType) else None
            if file and os.path.dirname(os.path.realpath(file)) == folder:
                del sys.modules[name]
