"""How a bug is put in, for a time: the real function gets the code that its source has with some lines changed.

The function itself stays the same object, so whoever holds it (a class, an op, an optimizer) runs the mutant. Its
source goes to linecache under a name of its own: tracebacks, recordings and the stepper show the lines that really ran.
"""

from __future__ import annotations

import importlib
import linecache
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from ... import same_code, source_line
from .mutants import Change, Mutant, mutant_called

on_show: list[str] = []  # the name of what is being shown: one at most


@dataclass(frozen=True)
class Swap:
    """A function of the package, and the code that it has in a mutant."""

    function: FunctionType
    code: CodeType


@contextmanager
def exhibit(name: str) -> Iterator[Mutant]:
    """Within this the package has the bug of that name: in every thread, for Values and Tensors, in whatever room.

    KeyError for a name the museum does not have; RuntimeError inside another exhibit, or where the lines that the
    bug changes are not in the source any more. Then nothing has been changed.
    """
    mutant = mutant_called(name)
    with shown(mutant, mutant.name):
        yield mutant


@contextmanager
def shown(mutant: Mutant, label: str) -> Iterator[None]:
    """Show a mutant whose source is called by this label: optim/sgd.py is sgd.<label>.py in traces."""
    if on_show:
        raise RuntimeError(f"one bug at a time: {on_show[0]!r} is being shown already. Leave its `with` first.")
    swaps = swaps_for(mutant, label)
    real = [swap.function.__code__ for swap in swaps]
    on_show.append(label)
    try:
        put(swaps)
        yield
    finally:
        put([Swap(swap.function, code) for swap, code in zip(swaps, real)])
        on_show.clear()


def put(swaps: list[Swap]) -> None:
    """Give each function its code; rules for Tensors that were made from the code before are made anew."""
    for swap in swaps:
        swap.function.__code__ = swap.code
    same_code.on_tensors.cache_clear()


def swaps_for(mutant: Mutant, label: str) -> list[Swap]:
    """The mutant's functions with their code, compiled from the changed source of each module. Changes nothing yet."""
    by_module: dict[str, list[Change]] = {}
    for change in mutant.changes:
        by_module.setdefault(change.function.partition(":")[0], []).append(change)
    swaps = []
    for name, changes in by_module.items():
        module = importlib.import_module(f"tinygrad_optim.{name}")
        source, functions = changed_source(module, changes)
        file = register(source, Path(str(module.__file__)), label)
        whole = compiled(source, file)
        swaps += [Swap(function_at(module, path), code_at(whole, path)) for path in functions]
    for swap in swaps:
        if swap.code.co_freevars != swap.function.__code__.co_freevars:
            raise RuntimeError(f"{mutant.name}: {swap.function.__qualname__} shares names with the function around it")
    return swaps


def changed_source(module: Any, changes: list[Change]) -> tuple[str, list[str]]:
    """The module's source with the changes made, and the paths of the functions they are in, each once."""
    lines = linecache.getlines(str(module.__file__))
    paths = [change.function.partition(":")[2] for change in changes]
    for change, path in zip(changes, paths):
        first, last = span("".join(lines), str(module.__file__), path)
        place, count = find(lines[first:last], change)
        indent = lines[first + place][: len(lines[first + place]) - len(lines[first + place].lstrip())]
        lines = [
            *lines[: first + place],
            *textwrap.indent(change.becomes, indent).splitlines(keepends=True),
            "\n",
            *lines[first + place + count :],
        ]
        lines = "".join(lines).splitlines(keepends=True)
    return "".join(lines), list(dict.fromkeys(paths))


def find(lines: list[str], change: Change) -> tuple[int, int]:
    """Where the lines to be changed stand among a function's, and how many they are. RuntimeError unless once."""
    wanted = change.was.splitlines()
    places = [
        place
        for place in range(len(lines) - len(wanted) + 1)
        if textwrap.dedent("".join(lines[place : place + len(wanted)])).splitlines() == wanted
    ]
    if len(places) != 1:
        raise RuntimeError(
            f"the museum wants to change a line of {change.function} that stands there {len(places)} times, not once: "
            f"{change.was!r}. Has the source changed? Mend the mutant in course/museum/mutants.py."
        )
    return places[0], len(wanted)


def span(source: str, file: str, path: str) -> tuple[int, int]:
    """The lines of a function in a source: the number of its first, from 0, and that after its last."""
    code = code_at(compiled(source, file), path)
    numbers = [line for _, _, line in code.co_lines() if line]
    return code.co_firstlineno - 1, max(numbers)


@lru_cache(64)  # whoever looks for a bug shows each of them many times
def compiled(source: str, file: str) -> CodeType:
    """A module's code. It is not run: what is wanted is the functions in it."""
    return compile(source, file, "exec", dont_inherit=True)


def code_at(code: CodeType, path: str) -> CodeType:
    """The code of the function at this path ("Value.backward") in a module's."""
    for name in path.split("."):
        inside = [one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name]
        if len(inside) != 1:
            raise RuntimeError(f"{code.co_filename} has {len(inside)} functions {path!r}; the museum needs one")
        code = inside[0]
    return code


def function_at(module: Any, path: str) -> Any:
    """The function itself."""
    found = module
    for name in path.split("."):
        found = vars(found)[name]
    return found


def register(source: str, file: Path, label: str) -> str:
    """Make the changed source known as a file's of the library; returns the file's name, which is on no disk.

    It stays known after the exhibit: what was recorded is often told later.
    """
    name = str(file.with_name(f"{file.stem}.{label}.py"))
    known = linecache.cache.get(name)
    if known is None or "".join(known[2]) != source:  # type: ignore[misc]
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    source_line.LIBRARY.add(name)
    return name
