"""A rule as a program of numpy calls, each of which writes its result into memory that is there already.

On arrays a rule makes a new one at every operation, and of large ones that takes longer than the arithmetic. Run on
symbols it says which operations these are (symbols.py). A program makes the same ones in the same order, with the same
numbers, a block at a time in few buffers, and puts the new parameter and state in the place of the old: bitwise what
the rule gives.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from ..op import picker
from .rule_binding import numbers_of
from .symbols import formula_of, function_of

BLOCK = 65_536  # elements: some arrays of so many stay in the cache, and calls of numpy weigh little
HERE = f"{__package__}."
MAKES_ITS_OWN = {">", "<", "where"}  # a result of another type, or a function that cannot be told where to write

Lines = tuple[tuple[str, str, tuple[str, ...]], ...]  # a formula's: (result, operation, arguments)


class Program(NamedTuple):
    """What is done to each block. Its memory is one list: the constants, the arrays, and so many buffers."""

    buffers: int
    calls: list[tuple[Any, Any, int, bool]]  # a function, what picks its arguments, the result's place; is that memory
    copies: list[tuple[int, int]]  # at the end: to here, from there


def is_own(rule: Any) -> bool:
    """Whether it is one of this package's rules, all of which look at nothing but numbers, and can run on symbols."""
    return str(rule.__module__).startswith(HERE)


def kernel_of(kernels: dict[Any, Any], optimizer: Any, dtype: Any, before: list[Any], numbers: dict[str, Any]) -> Any:
    """What program_for() gives, made once for all arrays of a kind. kernels: those of this step so far."""
    kind = dtype, tuple([numbers[key] for key in numbers_of(optimizer)]), tuple([a is None for a in before])
    if kind not in kernels:
        kernels[kind] = program_for(optimizer.rule, dtype, before, numbers)
    return kernels[kind]


def move(found: tuple[Any, Any, list[bool]], p: Any, g: Any, before: list[Any]) -> list[Any]:
    """Put the new numbers into p and the state from before; the state arrays that begin in this step (None: others)."""
    kernel, constants, begins = found
    begun = [np.empty_like(p) if begin else None for begin in begins]
    after = [old if new is None else new for old, new in zip(before, begun)]
    kernel(p, g, *[array for array in after if array is not None], constants)
    return begun


def program_for(rule: Any, dtype: Any, before: list[Any], numbers: dict[str, Any]) -> tuple[Any, Any, list[bool]]:
    """(kernel(p, g, *state, constants), the constants, which state arrays the rule begins in this step).

    As compiled.py's: the kernel takes flat arrays of one size and of this type, no two of which share memory.
    """
    names = rule.__code__.co_varnames[: rule.__code__.co_argcount]
    there = (True, True, *[array is not None for array in before])
    formula, results = formula_of(rule, dict(zip(names, there)), numbers)
    news = tuple([None if result is None else result.name for result in results])
    begins = [not old and new is not None for old, new in zip(there[2:], news[1:])]
    program = written(tuple(formula.lines), len(formula.constants), names, there, news)
    return partial(run, program), [np.array(number, dtype) for number in formula.constants], begins


@cache
def written(
    lines: Lines, constants: int, names: tuple[str, ...], there: tuple[bool, ...], news: tuple[str | None, ...]
) -> Program:
    """The program of a formula with so many constants. news: what the new parameter and state are in it."""
    targets = {name: new for name, new in zip((names[0], *names[2:]), news) if new is not None}
    arrays = [name for name, is_there in zip(names, there) if is_there or name in targets]
    for name, old in targets.items():
        if old in targets and old != name:  # an array's old numbers become another's new ones: these are kept apart
            lines = ((f"old {old}", "positive", (old,)), *lines)
            targets[name] = f"old {old}"
    places = {name: place for place, name in enumerate([*[f"c{i}" for i in range(constants)], *arrays])}
    first = len(places)
    calls = laid_out(lines, places, targets)
    copies = [(places[name], places[new]) for name, new in targets.items() if places[name] != places[new]]
    return Program(max([first - 1, *places.values()]) + 1 - first, calls, copies)


def laid_out(lines: Lines, places: dict[str, int], targets: dict[str, str]) -> list[tuple[Any, Any, int, bool]]:
    """The calls that the lines come to. Each result is given a place: where one lies that nobody reads any more.

    A new parameter or state goes where the old one lies, if it can; before, other results may lie there too.
    """
    last_read = {name: i for i, (_, _, arguments) in enumerate(lines) for name in arguments}
    last_read.update(dict.fromkeys(targets.values(), len(lines)))
    made = {result: i for i, (result, _, _) in enumerate(lines)}
    lent = {places[name]: made.get(new, -1) for name, new in targets.items()}  # until when others may lie there
    homes = {new: name for name, new in reversed(targets.items())}
    end = len(places)
    calls, free = [], []
    for i, (result, operation, arguments) in enumerate(lines):
        read = picker([places[name] for name in arguments])
        free += [places[name] for name in dict.fromkeys(arguments) if last_read[name] == i and places[name] in lent]
        fit = [place for place in free if lent[place] >= last_read.get(result, i)]
        writes, home = operation not in MAKES_ITS_OWN, homes.get(result)
        if writes and home is not None and last_read.get(home, -1) <= i:
            place = places[home]
        elif writes and fit:
            place = fit[-1]
            free.remove(place)
        else:
            place, end = end, end + 1
            if writes:
                lent[place] = len(lines)
        places[result] = place
        calls.append((function_of(operation), read, place, writes))
    return calls


def run(program: Program, *given: Any) -> None:
    """Carry the program out: on the arrays, and the constants."""
    *arrays, constants = given
    size = arrays[0].size
    buffers = np.empty((program.buffers, min(size, BLOCK)), arrays[0].dtype)
    for start in range(0, size, BLOCK):
        end = min(start + BLOCK, size)
        memory = [*constants, *[array[start:end] for array in arrays], *buffers[:, : end - start]]
        for function, pick, place, writes in program.calls:
            if writes:
                function(*pick(memory), out=memory[place])
            else:
                memory[place] = function(*pick(memory))
        for target, source in program.copies:
            memory[target][...] = memory[source]
