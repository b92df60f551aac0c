"""Which source is recorded: by default this package's rooms that training goes through."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..source_line import LIBRARY

TRACE = str(Path(__file__).parent) + os.sep
MISTAKES = str(Path(__file__).parents[1] / "mistakes") + os.sep
ASIDE = ("creation.py", "grad_mode.py", "rng.py")  # part of the library, but not of training's story


def default_places() -> list[str]:
    """The library's source: the optimizer's room, the engine, the ops, and what stands on them."""
    return sorted(file for file in LIBRARY if os.path.basename(file) not in ASIDE)


def places_of(chosen: Any) -> list[str]:
    """Files and folders, as absolute paths, from what was chosen: see Recorder. TypeError, ValueError if unknown."""
    if isinstance(chosen, str | os.PathLike | ModuleType) or callable(chosen):
        chosen = [chosen]
    if not isinstance(chosen, Iterable):
        raise TypeError(
            f"what to record is a file, a folder, a module or a function, or a list of those, not {chosen!r:.80}"
        )
    return [place_of_one(one) for one in chosen]


def place_of_one(one: Any) -> str:
    """One file or folder."""
    if isinstance(one, ModuleType):
        return folder_or_file(getattr(one, "__file__", None), one.__name__)
    if isinstance(one, str | os.PathLike):
        path = os.path.abspath(one)
        if os.path.exists(path):
            return path
        return folder_or_file(source_of_module(str(one)), str(one))
    code = getattr(one, "__code__", None)
    module = importlib.import_module(one.__module__) if code is None and isinstance(one, type) else None
    file: str | None = code.co_filename if code is not None else getattr(module, "__file__", None)
    if file is None:
        raise TypeError(f"no source is known of {one!r:.80}: give its file, its module or a function written in Python")
    return os.path.abspath(file)


def source_of_module(name: str) -> str | None:
    """The file of a module by its dotted name; None if there is no such module."""
    try:
        spec = importlib.util.find_spec(name) if all(part.isidentifier() for part in name.split(".")) else None
    except ModuleNotFoundError:
        spec = None
    return spec.origin if spec else None


def folder_or_file(file: str | None, name: str) -> str:
    """A package's folder, or a module's file."""
    if file is None:
        remedy = "install PyTorch" if name.split(".")[0] == "torch" else "check how it is spelled"
        raise ValueError(f"there is neither a file nor a module {name!r} to record: {remedy}")
    path = Path(file)
    return str(path.parent if path.name == "__init__.py" else path)


def is_chosen(file: str, places: list[str]) -> bool:
    """Whether this file is one of the places, or in one of them. The recorder's own room never is."""
    file = os.path.abspath(file)
    if file.startswith(TRACE):
        return False
    return file in places or any(file.startswith(place + os.sep) for place in places)


def looks_on(file: str) -> bool:
    """Whether this file's functions only look on, as the checks of mistakes do."""
    return file.startswith(MISTAKES)
