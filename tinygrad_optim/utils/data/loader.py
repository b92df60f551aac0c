"""DataLoader: a dataset's samples, in some order, in batches."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ...rng import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset, Subset, TensorDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed


class DataLoader:
    """The batches of a dataset: `for x, y in DataLoader(dataset, batch_size=32, shuffle=True): ...`

    shuffle: in another order at each pass, drawn from `generator` if one is given.
    drop_last: without a last batch that is shorter. batch_size=None: the samples themselves.
    sampler, batch_sampler: what says which samples come, or which make each batch.
    collate_fn: makes a batch of a list of samples.
    All is loaded in this process: num_workers, pin_memory and the like are taken for PyTorch's sake.
    ValueError for options that exclude each other.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset, self.generator = dataset, generator
        self.num_workers, self.timeout, self.pin_memory = num_workers, timeout, pin_memory
        self.iterable = isinstance(dataset, IterableDataset)
        check_choices(self.iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler or (), batch_size, drop_last)
        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)

    def __iter__(self) -> Iterator[Any]:
        """One pass through the data."""
        # PyTorch draws a seed for its workers at the start of each pass, before any index.
        draw_seed(self.generator)
        if self.iterable:
            return self.batches_as_they_come(iter(self.dataset))
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[index]) for index in self.sampler or ())
        return (self.fetched(indices) for indices in self.batch_sampler)

    def fetched(self, indices: list[Any]) -> Any:
        """The batch of the samples at these indices."""
        dataset = self.dataset
        while type(dataset) is Subset:
            indices, dataset = [dataset.indices[index] for index in indices], dataset.dataset
        if type(dataset) is TensorDataset and self.collate_fn is default_collate:
            return list(dataset[indices])  # picked at once: the same numbers as one by one, and stacked
        if hasattr(dataset, "__getitems__"):
            return self.collate_fn(dataset.__getitems__(indices))
        return self.collate_fn([dataset[index] for index in indices])

    def batches_as_they_come(self, samples: Iterator[Any]) -> Iterator[Any]:
        """The batches of a dataset that can only be gone through."""
        if self.batch_size is None:
            yield from map(self.collate_fn, samples)
            return
        while batch := list(islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def __len__(self) -> int:
        """How many batches a pass has."""
        if self.iterable and self.batch_size is not None:
            whole, rest = divmod(len(self.dataset), self.batch_size)
            return whole + bool(rest and not self.drop_last)
        counted: Any = self.dataset if self.iterable else self.batch_sampler or self.sampler
        return len(counted)


def check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    """ValueError where PyTorch refuses an option of its workers; a warning that here there are none."""
    if num_workers < 0:
        raise ValueError(f"num_workers option should be non-negative, but it is {num_workers}: use num_workers=0")
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but it is {timeout}")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(f"prefetch_factor={prefetch_factor} goes with num_workers > 0 alone: leave it out")
    if num_workers == 0 and persistent_workers:
        raise ValueError("persistent_workers option needs num_workers > 0: leave it out")
    if num_workers:
        warnings.warn(
            f"num_workers={num_workers}: the data is loaded in this process all the same, and the batches are those "
            "of num_workers=0. To have no warning, leave it out.",
            stacklevel=3,
        )


def check_choices(
    iterable: bool, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """ValueError for options that exclude each other."""
    if iterable:
        for name, given in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if given is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}="
                    f"{given!r:.80}: such a dataset gives its own order"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle: the sampler says which order")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last: it says what "
            "each batch is made of"
        )
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
