"""Where the lessons are, and what is in one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parents[1]


def lessons_folder() -> Path:
    """The folder of the lessons: inside the installed package, or beside it in a clone."""
    inside = PACKAGE / "lessons"
    return inside if inside.is_dir() else PACKAGE.parent / "lessons"


def load(path: Path) -> ModuleType:
    """A lesson's file as a module of its own. Each call reads it anew."""
    name = f"{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look there
    spec.loader.exec_module(module)
    return module
