"""Parameter: a tensor that a module holds and an optimizer moves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import new_tensor
from ..tensor import Tensor


class Parameter(Tensor):
    """A leaf tensor that wants a gradient. Assigned to an attribute of a Module, it is registered there."""

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if data is None:
            data = new_tensor(np.zeros(0, np.float32))
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter(data) takes a Tensor, not {type(data).__name__}: use Parameter(tensor(...))")
        self.array = data.array
        self.storage = data.storage
        self.node = None
        self.needs_grad = False
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A copy of the numbers alone: it has no gradient yet. (That of a plain tensor is copied.)"""
        copied = memo[id(self)] = type(self)(new_tensor(self.array.copy()), self.needs_grad)
        return copied
