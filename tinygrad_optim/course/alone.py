"""A check's call by itself: from its source alone, with no other name of its file."""

from __future__ import annotations

import ast
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType
from typing import Any

CHECK = "<check>"  # what stands for the file of such a call


@cache
def source_alone(call: Callable[..., Any]) -> str:
    """The source of a check's call, as it goes to the learner's process."""
    return textwrap.dedent(inspect.getsource(call))


def from_source(source: str) -> Callable[..., Any]:
    """The function that this source defines, in a namespace that has nothing but Python's own names.

    ValueError if it defines none: a lambda, say. Annotations are not evaluated: they may name anything.
    """
    name, code = compiled(source)
    space: dict[str, Any] = {"__builtins__": __builtins__, "__name__": "check"}
    exec(code, space)
    found: Callable[..., Any] = space[name]
    return found


@cache
def compiled(source: str) -> tuple[str, CodeType]:
    """The name of the one function in a source, and the code that defines it: each case of a check needs it anew."""
    names = [node.name for node in parsed(source) if isinstance(node, ast.FunctionDef)]
    if len(names) != 1:
        raise ValueError("a check's call must be one function, written with def")
    return names[0], compile(source, CHECK, "exec", annotations.compiler_flag, dont_inherit=True)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of what runs here: what is expected may be the outcome of a mistake, and on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parsed(source: str) -> list[ast.stmt]:
    """The statements of a source; none where it is a piece of one."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []
