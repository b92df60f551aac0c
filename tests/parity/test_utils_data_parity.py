"""utils.data against PyTorch's: the same batches, in the same order, from the same seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg
from tinygrad_optim import utils

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
import torch.utils.data as torch_data  # noqa: E402

BOTH = (tg, utils.data), (torch, torch_data)


def plain(batch):
    """A batch as nested lists, with the kind and type of each part."""
    if isinstance(batch, dict):
        return {name: plain(part) for name, part in batch.items()}
    if isinstance(batch, list | tuple):
        return [type(batch).__name__, *map(plain, batch)]
    if hasattr(batch, "dtype"):
        return str(batch.dtype).removeprefix("torch."), tuple(batch.shape), batch.tolist()
    return batch


def batches_of(lib, data, make, passes=2):
    lib.manual_seed(7)
    loader = make(lib, data)
    found = [len(loader)]
    for _ in range(passes):
        found += [plain(batch) for batch in loader]
    return [*found, lib.rand(2).tolist()]  # and the stream stands where PyTorch's does


def pairs(lib, data, n):
    return data.TensorDataset(lib.arange(n), lib.arange(n * 3, dtype=lib.float32).reshape(n, 3))


LOADERS = {
    "plain": {},
    "batches": {"batch_size": 4},
    "shuffled": {"batch_size": 4, "shuffle": True},
    "without the last": {"batch_size": 4, "shuffle": True, "drop_last": True},
    "samples": {"batch_size": None},
    "samples shuffled": {"batch_size": None, "shuffle": True},
    "no workers": {"batch_size": 5, "num_workers": 0, "pin_memory": False, "timeout": 0},
}


@pytest.mark.parametrize("name", LOADERS)
def test_a_loader_gives_pytorchs_batches(name):
    ours, theirs = (
        batches_of(*lib, lambda lib, data: data.DataLoader(pairs(lib, data, 11), **LOADERS[name])) for lib in BOTH
    )
    assert ours == theirs


def test_a_loader_with_a_generator_draws_from_it_alone():
    def make(lib, data):
        generator = lib.Generator().manual_seed(3)
        return data.DataLoader(pairs(lib, data, 10), batch_size=3, shuffle=True, generator=generator)

    ours, theirs = (batches_of(*lib, make) for lib in BOTH)
    assert ours == theirs


SAMPLERS = {
    "sequential": lambda lib, data: data.SequentialSampler(range(5)),
    "random": lambda lib, data: data.RandomSampler(range(40)),
    "random, some": lambda lib, data: data.RandomSampler(range(10), num_samples=25),
    "random, with replacement": lambda lib, data: data.RandomSampler(range(9), replacement=True, num_samples=70),
    "random, generator": lambda lib, data: data.RandomSampler(range(9), generator=lib.Generator().manual_seed(1)),
    "subset": lambda lib, data: data.SubsetRandomSampler([3, 1, 4, 1, 5, 9]),
    "weighted": lambda lib, data: data.WeightedRandomSampler([0.1, 0.0, 3.0, 1.0], 20),
    "weighted, each once": lambda lib, data: data.WeightedRandomSampler([0.1, 2.0, 3.0, 1.0], 3, replacement=False),
    "batches": lambda lib, data: data.BatchSampler(data.SequentialSampler(range(10)), 4, False),
    "whole batches": lambda lib, data: data.BatchSampler(data.RandomSampler(range(10)), 4, True),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_gives_pytorchs_indices(name):
    found = []
    for lib, data in BOTH:
        lib.manual_seed(5)
        sampler = SAMPLERS[name](lib, data)
        found.append([len(sampler), list(sampler), list(sampler)])
    assert found[0] == found[1]


LENGTHS = st.lists(st.integers(0, 6), min_size=1, max_size=4)


@given(lengths=LENGTHS, seed=st.integers(0, 99))
@settings(derandomize=True, deadline=None, max_examples=25)
def test_random_split_gives_pytorchs_parts(lengths, seed):
    found = []
    for lib, data in BOTH:
        parts = data.random_split(range(sum(lengths)), lengths, generator=lib.Generator().manual_seed(seed))
        found.append([list(part) for part in parts])
    assert found[0] == found[1]


@pytest.mark.parametrize("fractions", [[0.5, 0.5], [0.3, 0.3, 0.4], [0.8, 0.1, 0.1], [1.0]], ids=str)
@pytest.mark.parametrize("total", [10, 11, 13])
def test_random_split_by_fractions_gives_pytorchs_parts(fractions, total):
    found = []
    for lib, data in BOTH:
        lib.manual_seed(2)
        found.append([list(part) for part in data.random_split(range(total), fractions)])
    assert found[0] == found[1]


SAMPLES = {
    "floats": [1.0, 2.5],
    "ints": [1, 2],
    "bools": [True, False],
    "strings": ["a", "b"],
    "tuples": [(1, 2.0), (3, 4.0)],
    "lists": [[1, "x"], [2, "y"]],
    "dicts": [{"x": 1, "y": [1.5, 2]}, {"x": 2, "y": [2.5, 3]}],
    "arrays": [np.ones(3, np.float32), np.zeros(3, np.float32)],
    "numpy numbers": [np.float32(1), np.float32(2)],
    "numpy ints": [np.int32(1), np.int32(2)],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_default_collate_makes_what_pytorch_makes(name):
    ours, theirs = (plain(data.default_collate(SAMPLES[name])) for _, data in BOTH)
    assert ours == theirs
    ours, theirs = (plain(data.default_convert(SAMPLES[name][0])) for _, data in BOTH)
    assert ours == theirs


class Counted:
    """A dataset that only says its samples, as a user's own does."""

    def __len__(self):
        return 7

    def __getitem__(self, index):
        return {"x": np.full(2, index, np.float32), "label": index}


def stream(data, with_length):
    """An iterable dataset of 7 numbers."""

    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(range(7))

    if with_length:
        Stream.__len__ = lambda self: 7
    return Stream()


DATASETS = {
    "own": lambda lib, data: Counted(),
    "list": lambda lib, data: [1, 2, 3, 4, 5],
    "concat": lambda lib, data: pairs(lib, data, 3) + pairs(lib, data, 4),
    "subset": lambda lib, data: data.Subset(data.Subset(pairs(lib, data, 9), [8, 1, 2, 2, 5]), [4, 0, 0]),
    "stack": lambda lib, data: data.StackDataset([1, 2, 3], [4.0, 5.0, 6.0]),
    "stack by name": lambda lib, data: data.StackDataset(a=[1, 2, 3], b=[4.0, 5.0, 6.0]),
    "stream": lambda lib, data: stream(data, True),
    "chain": lambda lib, data: stream(data, True) + stream(data, True),
}


@pytest.mark.parametrize("batch_size", [1, 2, 3, None])
@pytest.mark.parametrize("name", DATASETS)
def test_every_kind_of_dataset_loads_as_in_pytorch(name, batch_size):
    ours, theirs = (
        batches_of(*lib, lambda lib, data: data.DataLoader(DATASETS[name](lib, data), batch_size=batch_size))
        for lib in BOTH
    )
    assert ours == theirs


WRONG = {
    "sizes": lambda lib, data: data.TensorDataset(lib.zeros(3), lib.zeros(4)),
    "batch size 0": lambda lib, data: data.DataLoader([1], batch_size=0),
    "batch size half": lambda lib, data: data.DataLoader([1], batch_size=0.5),
    "no samples shuffled": lambda lib, data: data.DataLoader([], shuffle=True),
    "sampler and shuffle": lambda lib, data: data.DataLoader([1], sampler=[0], shuffle=True),
    "batch sampler and size": lambda lib, data: data.DataLoader([1], batch_sampler=[[0]], batch_size=2),
    "no batches, last dropped": lambda lib, data: data.DataLoader([1], batch_size=None, drop_last=True),
    "stream shuffled": lambda lib, data: data.DataLoader(stream(data, False), shuffle=True),
    "stream with sampler": lambda lib, data: data.DataLoader(stream(data, False), sampler=[1]),
    "workers below 0": lambda lib, data: data.DataLoader([1], num_workers=-1),
    "timeout below 0": lambda lib, data: data.DataLoader([1], timeout=-1),
    "prefetch without workers": lambda lib, data: data.DataLoader([1], prefetch_factor=2),
    "persistent without workers": lambda lib, data: data.DataLoader([1], persistent_workers=True),
    "split too long": lambda lib, data: data.random_split([1, 2], [1, 2]),
    "fraction below 0": lambda lib, data: data.random_split([1, 2], [1.5, -0.5]),
    "index out of range": lambda lib, data: pairs(lib, data, 3)[3],
    "concat out of range": lambda lib, data: data.ConcatDataset([[1], [2]])[-3],
    "concat of nothing": lambda lib, data: data.ConcatDataset([]),
    "stack of nothing": lambda lib, data: data.StackDataset(),
    "stack of two lengths": lambda lib, data: data.StackDataset([1], [1, 2]),
    "shapes": lambda lib, data: next(iter(data.DataLoader([lib.zeros(2), lib.zeros(3)], batch_size=2))),
    "lengths": lambda lib, data: next(iter(data.DataLoader([[1], [1, 2]], batch_size=2))),
    "no kind": lambda lib, data: data.default_collate([object()]),
    "replacement": lambda lib, data: data.RandomSampler([1], replacement=1),
    "weights": lambda lib, data: data.WeightedRandomSampler([[1.0]], 1),
    "samples below 0": lambda lib, data: data.WeightedRandomSampler([1.0], -1),
    "no getitem": lambda lib, data: data.Dataset()[0],
    "no length of a stream": lambda lib, data: len(data.DataLoader(stream(data, False), batch_size=2)),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_right_raises_as_in_pytorch(name):
    kinds = []
    for lib, data in BOTH:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            WRONG[name](lib, data)
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]
