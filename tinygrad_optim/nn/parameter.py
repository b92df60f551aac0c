"""Parameter: a tensor that a module holds and an optimizer moves."""

from __future__ import annotations

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
