"""Looking things up by index: embedding and one_hot."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dtypes import int64
from ...engine import apply, new_tensor
from ...ops.lookup import EMBEDDING
from ...tensor import Tensor
from .checks import check_tensors

__all__ = ["embedding", "one_hot"]


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight (V, D) at the indices in input: of shape (*, D). The row padding_idx gets no gradient.

    IndexError for an index that is no row, RuntimeError for indices of another type than int64 or int32,
    NotImplementedError for max_norm, scale_grad_by_freq and sparse.
    """
    check_tensors("embedding", input=input, weight=weight)
    check_options(max_norm, scale_grad_by_freq, sparse)
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: 'weight' must be 2-D, a row for each index, but has shape {weight.shape}")
    place = check_padding(padding_idx, weight.shape[0])
    if input.dtype.name not in ("int64", "int32"):
        raise RuntimeError(f"embedding: Expected indices of type int64 or int32, but got {input.dtype}: use .long()")
    wrong = input.array[(input.array < 0) | (input.array >= weight.shape[0])]
    if wrong.size:
        raise IndexError(
            f"index out of range in self: {wrong.flat[0]} is no row of the embedding's weight {weight.described()}, "
            f"whose rows are 0 to {weight.shape[0] - 1}"
        )
    return apply(EMBEDDING, weight, input.array, place)


def check_options(max_norm: Any, scale_grad_by_freq: Any, sparse: Any) -> None:
    """NotImplementedError for what an embedding cannot do here."""
    for name, given in (("max_norm", max_norm), ("scale_grad_by_freq", scale_grad_by_freq), ("sparse", sparse)):
        if given is not None and given is not False:
            raise NotImplementedError(f"an embedding with {name}={given} is not implemented: leave it out")


def check_padding(padding_idx: int | None, rows: int) -> int | None:
    """padding_idx counted from the front. AssertionError if there is no such row."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings: it is {padding_idx}, and there are {rows} rows"
        )
    return padding_idx % rows


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For each class index a row of zeros with a 1 in its place, in int64: of shape (*, num_classes).

    num_classes: one more than the largest index, if not given. RuntimeError for indices it has no place for.
    """
    check_tensors("one_hot", tensor=tensor)
    if tensor.dtype != int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type int64, not {tensor.dtype}: use .long()")
    indices = tensor.array
    if num_classes == -1 and not indices.size:
        raise RuntimeError("Can not infer total number of classes from empty tensor: give num_classes")
    count = int(indices.max()) + 1 if num_classes == -1 else num_classes
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise RuntimeError(
            f"one_hot: class values must be from 0 to num_classes - 1, but these reach from {indices.min()} to "
            f"{indices.max()}, and num_classes is {num_classes}"
        )
    if count < 1:
        raise RuntimeError(f"one_hot: num_classes must be positive for an empty tensor, but is {num_classes}")
    return new_tensor((indices[..., None] == np.arange(count)).astype(np.int64))
