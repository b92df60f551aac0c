"""One batch from many samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...creation import as_tensor, tensor
from ...dtypes import float64
from ...functions import stack
from ...tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """The batch that these samples make: tensors, arrays and numbers stacked, and the same inside dicts and lists.

    Strings stay a list of strings. Python floats become float64, as in PyTorch. TypeError for samples of another
    kind, RuntimeError for tensors of different shapes and lists of different lengths.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stacked(batch)
    if isinstance(first, np.ndarray) and first.dtype.kind in "biuf":
        return stacked([as_tensor(array) for array in batch])
    if isinstance(first, np.generic):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return {name: default_collate([sample[name] for sample in batch]) for name in first}
    if isinstance(first, Sequence):
        if len({len(sample) for sample in batch}) != 1:
            raise RuntimeError(
                "each element in list of batch should be of equal size: these samples have "
                f"{sorted({len(sample) for sample in batch})} parts. Give DataLoader a collate_fn of your own"
            )
        return parts_like(first, [default_collate(parts) for parts in zip(*batch)])
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
        f"{type(first)}. Give DataLoader a collate_fn of your own"
    )


def default_convert(data: Any) -> Any:
    """A sample with its numpy arrays and numbers as tensors, and the same inside dicts and lists."""
    if isinstance(data, np.ndarray | np.generic):
        return as_tensor(data) if data.dtype.kind in "biuf" else data
    if isinstance(data, Mapping):
        return {name: default_convert(part) for name, part in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return parts_like(data, [default_convert(part) for part in data])
    return data


def stacked(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors along a new first dimension. RuntimeError, with the shapes, if these differ."""
    shapes = {one.shape for one in tensors}
    if len(shapes) > 1:
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but the samples of this batch have the shapes "
            f"{sorted(shapes)}: give DataLoader a collate_fn that pads them"
        )
    return stack(list(tensors))


def parts_like(sample: Any, parts: list[Any]) -> Any:
    """The parts in a namedtuple if the sample is one, else in a list, as PyTorch has it."""
    make: Callable[..., Any] | None = type(sample) if hasattr(sample, "_fields") else None
    return make(*parts) if make else parts
