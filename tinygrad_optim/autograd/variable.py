"""Variable: what a tensor that wants a gradient was wrapped in once, as older courses still do."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor


def Variable(data: Any, requires_grad: bool = False) -> Tensor:
    """The same memory and dtype as a leaf tensor without history; tensors have long been enough by themselves."""
    if not isinstance(data, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}: use tensor(...)")
    return data.detach().requires_grad_(requires_grad)
