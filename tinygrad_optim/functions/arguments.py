"""What the functions ask of their arguments before they compute."""

from __future__ import annotations

from typing import Any

from .. import engine


def check_tensor(function: str, value: Any, name: str = "input", position: int = 1) -> None:
    """TypeError for what is no Tensor where only a Tensor will do."""
    if not isinstance(value, engine.Tensor):
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}: "
            f"{value!r:.80}. Use tensor(...) to make one."
        )


def check_tensors(function: str, input: Any, other: Any, name: str = "other") -> None:
    """TypeError for a first or second argument that is no Tensor."""
    check_tensor(function, input)
    check_tensor(function, other, name, 2)


def check_number(function: str, name: str, value: Any) -> None:
    """TypeError for what is no Python number (numpy's scalars and tensors of one element may stand for one)."""
    if not hasattr(value, "__float__") or getattr(value, "ndim", 0) > 0:
        raise TypeError(f"{function}(): argument '{name}' must be Number, not {type(value).__name__}: {value!r:.80}")


def check_floats(function: str, input: Any) -> None:
    """TypeError for what is no Tensor, NotImplementedError for one that holds no floats."""
    check_tensor(function, input)
    if input.dtype.kind != "f":
        raise NotImplementedError(f'"{function}" not implemented for {input.dtype}: convert with .float() first')
