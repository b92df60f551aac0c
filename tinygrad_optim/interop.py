"""State dicts into PyTorch's and back: the same nesting and keys, with every tensor turned into the other's.

The only file that imports torch, and only when one of its functions is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .engine import new_tensor
from .tensor import Tensor
from .value import Value


def to_torch_state_dict(state_dict: dict[str, Any]) -> dict[str, Any]:
    """A Module's, an Optimizer's or a scheduler's state_dict() for PyTorch's load_state_dict(): copies.

    Types and shapes stay as they are. ImportError where PyTorch is not installed.
    """
    torch = imported_torch()

    def converted(one: Any) -> Any:
        if isinstance(one, Tensor):
            return torch.from_numpy(np.array(one.array, order="C"))
        return torch.tensor(one.data, dtype=torch.float64) if isinstance(one, Value) else one

    return throughout(state_dict, converted)


def from_torch_state_dict(state_dict: dict[str, Any]) -> dict[str, Any]:
    """PyTorch's state_dict() of a module, an optimizer or a scheduler for load_state_dict() here: copies.

    TypeError for a tensor of a type that numpy does not have, such as bfloat16. ImportError
    where PyTorch is not installed.
    """
    torch = imported_torch()

    def converted(one: Any) -> Any:
        if not isinstance(one, torch.Tensor):
            return one
        try:
            return new_tensor(np.array(one.detach().cpu().numpy()))
        except TypeError as error:
            raise TypeError(
                f"a tensor of {one.dtype} has no counterpart here: convert it first, as in x.float()"
            ) from error

    return throughout(state_dict, converted)


def throughout(value: Any, converted: Callable[[Any], Any]) -> Any:
    """The same dicts, lists and tuples with everything in them converted."""
    if isinstance(value, dict):
        return {key: throughout(one, converted) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(throughout(one, converted) for one in value)
    return converted(value)


def imported_torch() -> Any:
    """PyTorch. ImportError, with what to do, where there is none."""
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            "tinygrad_optim.interop turns state dicts into PyTorch's and back, and PyTorch is not installed: "
            "pip install torch. To save state for use here, tinygrad_optim.save() needs nothing else."
        ) from error
    return torch
