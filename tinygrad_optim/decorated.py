"""A function that runs inside a block of its own each time it is called; generators, each time they go on."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def decorated(function: F, block: Callable[[], AbstractContextManager[Any]]) -> F:
    """The function, called inside `with block():`, a new one each time."""
    if inspect.isclass(function):
        warnings.warn(
            f"Decorating classes is deprecated: {function.__name__} becomes a function. Decorate __init__ instead.",
            FutureWarning,
            stacklevel=3,
        )

    @functools.wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with block():
            return function(*args, **kwargs)

    @functools.wraps(function)
    def going_on(*args: Any, **kwargs: Any) -> Any:
        with block():
            generator = function(*args, **kwargs)
        return (yield from resumed(generator, block))

    return going_on if inspect.isgeneratorfunction(function) else inside  # type: ignore[return-value]


def resumed(generator: Generator[Any, Any, Any], block: Callable[[], Any]) -> Generator[Any, Any, Any]:
    """What the generator yields; it runs inside the block, and whoever uses it outside."""
    resume: Callable[[], Any] = generator.__next__
    while True:
        try:
            with block():
                given = resume()
        except StopIteration as end:
            return end.value
        try:
            sent = yield given
        except GeneratorExit:
            with block():
                generator.close()
            raise
        except BaseException as error:
            resume = functools.partial(generator.throw, error)
        else:
            resume = functools.partial(generator.send, sent)
