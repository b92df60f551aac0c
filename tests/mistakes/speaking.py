"""What a program says of its mistakes: its text run as a file, with every warning recorded."""

from __future__ import annotations

import contextlib
import io
import linecache
import warnings
from collections.abc import Iterator
from itertools import count
from textwrap import dedent

from tinygrad_optim import mistakes
from tinygrad_optim.mistakes.speaking import MANNER, forget

PROGRAMS = count(1)


def spoken(program: str) -> list[tuple[str, int, str]]:
    """Run a program's text: (code, line, message) of each mistake that was told, in order.

    The text is one file, so lines can be looked up in it; what it prints is not shown. Any other warning is an error.
    """
    text = dedent(program).lstrip("\n")
    with listening(text) as (name, told):
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    found = []
    for one in told:
        assert issubclass(one.category, mistakes.TeachingWarning), one
        assert one.filename == name, one
        code, message = str(one.message).split(": ", 1)
        found.append((code, one.lineno, message))
    return found


@contextlib.contextmanager
def listening(text: str) -> Iterator[tuple[str, list[warnings.WarningMessage]]]:
    """A file of this text in the line cache, and the list to which the warnings given meanwhile are added."""
    name, strict = f"program_{next(PROGRAMS)}.py", MANNER.strict
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    forget()
    mistakes.on()
    MANNER.strict = False
    try:
        with warnings.catch_warnings(record=True) as told, contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="tinygrad_optim")  # numpy's, of numbers
            yield name, told
    finally:
        MANNER.strict = strict
        linecache.cache.pop(name, None)


def marked(program: str, mark: str = "# <- here") -> int:
    """The number of the line that bears this mark."""
    lines = dedent(program).lstrip("\n").splitlines()
    (line,) = [number for number, line in enumerate(lines, 1) if mark in line]
    return line


def said_once(program: str, code: str) -> str:
    """The message of the one mistake of a program, which must be this one, told at the line marked `# <- here`."""
    told = spoken(program)
    assert [(found, line) for found, line, _ in told] == [(code, marked(program))], told
    return told[0][2]
