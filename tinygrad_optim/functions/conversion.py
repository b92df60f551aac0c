"""Another type of number, and questions about a tensor."""

from __future__ import annotations

from typing import Any

from .. import dtypes, engine
from ..devices import check_device, device as Device
from ..engine import apply, new_tensor
from ..ops import shape
from ..tensor_conversion import tell_of_cut
from .shape import clone

__all__ = [
    "is_complex",
    "is_floating_point",
    "is_tensor",
    "numel",
]

Tensor = Any  # tensor.py is built on these files


def to(
    input: Tensor, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """The same numbers in another type: to(dtype), to(device), to(device, dtype), to(other tensor).

    The tensor itself if it is of that type, unless copy. RuntimeError for a device other than the cpu.
    """
    rest = list(args)
    if rest and isinstance(rest[0], engine.Tensor):
        dtype = rest.pop(0).dtype
    else:
        if rest and is_device(rest[0]):
            device = rest.pop(0)
        if rest and not isinstance(rest[0], bool):
            first = rest.pop(0)
            dtype = dtype if first is None else first
    copy = copy or (len(rest) > 1 and bool(rest[1]))  # after non_blocking
    check_device(device)
    wanted = input.dtype if dtype is None else dtypes.as_dtype(dtype)
    if wanted == input.dtype:
        return clone(input) if copy else input
    if wanted.kind != "f":
        if input.needs_grad:
            tell_of_cut(input, "a conversion to whole numbers")
        return new_tensor(input.array.astype(wanted))
    return apply(shape.TO, input, wanted, input.dtype)


def is_device(value: Any) -> bool:
    """Whether this is, or names, a device. To PyTorch a str or an int always does."""
    return isinstance(value, str | Device) or (isinstance(value, int) and not isinstance(value, bool))


def is_tensor(obj: Any) -> bool:
    """Whether this is a Tensor"""
    return isinstance(obj, engine.Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether its numbers are floats"""
    return input.array.dtype.kind == "f"


def is_complex(input: Tensor) -> bool:
    """False: there are no complex numbers here"""
    return False


def numel(input: Tensor) -> int:
    """The number of elements"""
    return input.array.size
