"""What the functions of nn ask of their arguments before they compute."""

from __future__ import annotations

from typing import Any

from ... import occasions
from ...tensor import Tensor


def check_tensors(function: str, **given: Any) -> None:
    """TypeError for an argument that is no Tensor."""
    for name, value in given.items():
        if not isinstance(value, Tensor):
            raise TypeError(
                f"{function}(): argument '{name}' must be Tensor, not {type(value).__name__}: {way_out(value)}"
            )


def check_loss(function: str, input: Any, target: Any) -> bool:
    """What a loss opens with: TypeError unless both are Tensors; and whoever looks on may look at them.

    True if one who looked on has told of their shapes, so that no other need.
    """
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        check_tensors(function, input=input, target=target)
    told = False
    for look in occasions.loss:
        told = look(function, input, target) or told
    return told


def way_out(value: Any) -> str:
    """What to do about a value that is no Tensor."""
    if isinstance(value, tuple) and value and isinstance(value[0], Tensor):
        return "name the Tensor in it that is meant, as in `output, hidden = rnn(x)`"
    return "use tensor(...)"


def check_floats(function: str, **given: Any) -> None:
    """TypeError for an argument that is no Tensor, NotImplementedError for one that holds no floats."""
    for name, value in given.items():
        if not isinstance(value, Tensor):
            check_tensors(function, **{name: value})
        if value.array.dtype.kind != "f":
            raise NotImplementedError(
                f"{function} is not implemented for {value.dtype}, which '{name}' holds: convert it with .float() first"
            )
