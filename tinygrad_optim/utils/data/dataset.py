"""Datasets: what can be asked for its samples, one by one."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from ...creation import randperm
from ...rng import Generator
from ...tensor import Tensor

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """The base of all datasets: a subclass says what sample `index` is, and mostly how many there are (__len__)."""

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index): what a sample is")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        """This dataset's samples, and then the other's."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample]):
    """A dataset that can only be gone through from its beginning: a subclass defines __iter__."""

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(self): which samples come")

    def __add__(self, other: Dataset[Any]) -> Dataset[Any]:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Sample i is (a[i], b[i], ...) of some tensors whose first dimensions are equal.

    AssertionError, as in PyTorch, where they are not.
    """

    def __init__(self, *tensors: Tensor) -> None:
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"TensorDataset holds Tensors, not {type(tensor).__name__}: use torch.tensor(...)")
        if len({tensor.size(0) for tensor in tensors}) != 1:
            raise AssertionError(
                "Size mismatch between tensors: TensorDataset needs as many samples in each, that is, equal first "
                f"dimensions, but got the shapes {[tuple(tensor.shape) for tensor in tensors]}"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Any]):
    """Sample i is made of sample i of several datasets: a tuple of them, or (given by name) a dict."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset takes datasets, at least one, either all by position or all by name")
        self.datasets: Any = args or kwargs
        lengths = [len(dataset) for dataset in (args or kwargs.values())]
        if len(set(lengths)) != 1:
            raise ValueError(f"Size mismatch between datasets: StackDataset was given some of {lengths} samples")
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[Any]):
    """Several datasets one after the other, as one."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets or any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError(
                "ConcatDataset needs one dataset at least, and none that is an IterableDataset (chain those with +); "
                f"it was given {[type(dataset).__name__ for dataset in self.datasets]}"
            )
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        place = index + len(self) if index < 0 else index
        if place < 0:
            raise ValueError(f"absolute value of index should not exceed dataset length: {index} of {len(self)}")
        which = bisect_right(self.cumulative_sizes, place)
        if which == len(self.datasets):
            raise IndexError(f"index {index} is out of range: these datasets have {len(self)} samples together")
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset[Any]):
    """Several iterable datasets, one after the other."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(f"ChainDataset only supports IterableDataset, not {type(dataset).__name__}")

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.datasets)


class Subset(Dataset[Sample]):
    """Some samples of a dataset: sample i is dataset[indices[i]]."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset[Any]]:
    """Parts of the dataset, of these lengths (or fractions that add up to 1), each sample in one, at random.

    What fractions leave over goes one by one to the first parts. ValueError if the lengths do not add up to all
    samples; a warning for a part without samples.
    """
    sizes: list[Any] = lengths_of_fractions(lengths, len(dataset)) if is_whole(lengths) else list(lengths)
    if sum(sizes) != len(dataset):
        raise ValueError(
            f"Sum of input lengths does not equal the length of the input dataset: {list(lengths)} add up to "
            f"{sum(sizes)}, and the dataset has {len(dataset)} samples"
        )
    order = randperm(sum(sizes), generator=generator).tolist()
    return [Subset(dataset, order[end - n : end]) for n, end in zip(sizes, accumulate(sizes))]


def is_whole(lengths: Sequence[float]) -> bool:
    """Whether these are fractions of a whole: they add up to 1."""
    return math.isclose(sum(lengths), 1) and sum(lengths) <= 1


def lengths_of_fractions(fractions: Sequence[float], total: int) -> list[int]:
    """How many of so many samples each fraction gets."""
    for i, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {i} is not between 0 and 1: {fraction}")
    sizes = [math.floor(total * fraction) for fraction in fractions]
    for i in range(total - sum(sizes)):
        sizes[i % len(sizes)] += 1
    for i, size in enumerate(sizes):
        if size == 0:
            warnings.warn(
                f"Length of split at index {i} is 0: {fractions[i]:g} of {total} samples is less than one. "
                "This might result in an empty dataset.",
                stacklevel=3,
            )
    return sizes
