"""Views of parts of a tensor: one slice, some, or all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import new_tensor
from ..shapes import as_dim
from .order import movedim
from .picking import getitem

__all__ = [
    "chunk",
    "narrow",
    "select",
    "split",
    "tensor_split",
    "unbind",
]

Tensor = Any  # tensor.py is built on these files


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of the one slice at a position along dim, without that dimension"""
    place = a_dim("select", dim, input)
    size = input.shape[place]
    if not -size <= index < size:
        raise IndexError(f"select(): index {index} out of range for tensor of shape {input.shape} at dimension {place}")
    return getitem(input, (slice(None),) * place + (int(index),))


def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """A view of `length` slices along dim, from start on"""
    place = a_dim("narrow", dim, input)
    size, start = input.shape[place], int(start)
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, not {length}")
    if not -size <= start <= size:
        raise IndexError(f"narrow(): start {start} is out of range for dimension {place} of shape {input.shape}")
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"narrow(): start ({start}) + length ({length}) exceeds dimension {place} of {input.shape}")
    return getitem(input, (slice(None),) * place + (slice(start, start + length),))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts along dim: all of one size (the last may be smaller), or of the sizes in a list"""
    place = a_dim("split", dim, tensor, RuntimeError)
    size = tensor.shape[place]
    if not isinstance(split_size_or_sections, int):
        sizes = [int(n) for n in split_size_or_sections]
        if sum(sizes) != size or any(n < 0 for n in sizes):
            raise RuntimeError(f"split(): the sizes {sizes} must sum to {size}, the size of dimension {place}")
        return parts_of(tensor, place, np.cumsum(sizes).tolist())
    step = split_size_or_sections
    if step < 0 or (step == 0 and size):
        raise RuntimeError(f"split(): the size of a part must be positive, not {step}, for a dimension of size {size}")
    return parts_of(tensor, place, [*range(step, size, step or 1), size])


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of at most so many parts along dim, of one size; the last may be smaller"""
    if chunks <= 0:
        raise RuntimeError(f"chunk() expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[a_dim("chunk", dim, input, RuntimeError)]
    return split(input, -(-size // chunks), dim) if size else split(input, [0] * chunks, dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of so many parts along dim, as equal as can be; or cut at these positions"""
    place = a_dim("tensor_split", dim, input, RuntimeError)
    size = input.shape[place]
    if not isinstance(indices_or_sections, int):
        ends = [*(slice(end).indices(size)[1] for end in indices_or_sections), size]
        return parts_of(input, place, [int(end) for end in ends])
    if indices_or_sections <= 0:
        raise RuntimeError(f"tensor_split(): the number of parts must be larger than 0, not {indices_or_sections}")
    each, more = divmod(size, indices_or_sections)
    return parts_of(input, place, [each * (i + 1) + min(i + 1, more) for i in range(indices_or_sections)])


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of all slices along dim, without that dimension"""
    place = a_dim("unbind", dim, input)
    return tuple([getitem(input, (slice(None),) * place + (i,)) for i in range(input.shape[place])])


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Stretches of `size` elements along a dimension, each `step` further on, along a new last dimension: a copy"""
    place = a_dim("unfold", dimension, input)
    if not 0 <= size <= input.shape[place] or step <= 0:
        raise RuntimeError(f"unfold(): no stretch of {size} with step {step} along dimension {place} of {input.shape}")
    starts = np.arange(0, input.shape[place] - size + 1, step)
    places = new_tensor(starts[:, None] + np.arange(size))
    return movedim(getitem(input, (slice(None),) * place + (places,)), place + 1, -1)


def parts_of(input: Tensor, place: int, ends: list[int]) -> tuple[Tensor, ...]:
    """Views of stretches along a dimension, each from where the last one ended to its own end."""
    before = (slice(None),) * place
    return tuple([getitem(input, (*before, slice(start, end))) for start, end in zip([0, *ends], ends)])


def a_dim(name: str, dim: int, input: Tensor, wrong: Any = IndexError) -> int:
    """One dimension, counted from the front. An error of that kind for a tensor without any."""
    if not input.ndim:
        raise wrong(f"{name}() cannot be applied to a 0-d tensor: it is one number, without dimensions")
    return as_dim(dim, input.ndim)
