"""utils.data: datasets, samplers and the loader, by examples worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)


def ten():
    """Samples (i, 10 * i) for i from 0 to 9."""
    numbers = torch.arange(10)
    return TensorDataset(numbers, numbers * 10)


def firsts(loader):
    """The first parts of all batches."""
    return [batch[0].tolist() for batch in loader]


def test_a_loader_cuts_the_samples_into_batches_in_order():
    loader = DataLoader(ten(), batch_size=4)
    assert [[part.tolist() for part in batch] for batch in loader] == [
        [[0, 1, 2, 3], [0, 10, 20, 30]],
        [[4, 5, 6, 7], [40, 50, 60, 70]],
        [[8, 9], [80, 90]],
    ]
    assert len(loader) == 3


def test_drop_last_leaves_out_a_shorter_last_batch():
    loader = DataLoader(ten(), batch_size=4, drop_last=True)
    assert firsts(loader) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(loader) == 2


def test_shuffling_gives_each_sample_once_in_another_order_each_pass():
    torch.manual_seed(0)
    loader = DataLoader(ten(), batch_size=3, shuffle=True)
    passes = [np.concatenate(firsts(loader)).tolist() for _ in range(2)]
    assert [sorted(one) for one in passes] == [list(range(10))] * 2
    assert passes[0] != passes[1]
    assert list(range(10)) not in passes


def test_shuffling_with_a_generator_can_be_repeated_and_leaves_the_global_stream_alone():
    torch.manual_seed(1)
    untouched = torch.rand(1).item()
    torch.manual_seed(1)
    runs = [
        firsts(DataLoader(ten(), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(5)))
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert torch.rand(1).item() == untouched


def test_parts_of_a_sample_stay_together_when_shuffled():
    for numbers, tens in DataLoader(ten(), batch_size=3, shuffle=True):
        assert (tens == numbers * 10).all()


def test_a_batch_of_a_split_has_the_samples_of_its_part():
    train, test = random_split(ten(), [7, 3], generator=torch.Generator().manual_seed(0))
    parts = [np.concatenate(firsts(DataLoader(part, batch_size=2))).tolist() for part in (train, test)]
    assert [len(part) for part in parts] == [7, 3]
    assert sorted(parts[0] + parts[1]) == list(range(10))
    assert parts[0] == [train[i][0].item() for i in range(7)]


def test_fractions_give_what_is_left_over_to_the_first_parts():
    assert [len(part) for part in random_split(range(11), [0.5, 0.25, 0.25])] == [6, 3, 2]  # 5.5, 2.75, 2.75


def test_a_split_into_nothing_is_warned_of():
    with pytest.warns(UserWarning, match=r"index 1 is 0: 0.1 of 4 samples"):
        assert [len(part) for part in random_split(range(4), [0.9, 0.1])] == [4, 0]


def test_a_dataset_of_ones_own_needs_only_to_say_its_samples():
    class Squares(Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return {"number": index, "square": float(index * index), "name": f"{index} squared"}

    first, second, last = DataLoader(Squares(), batch_size=2)
    assert first["number"].tolist() == [0, 1]
    assert second["square"].dtype == torch.float64  # Python's floats, as in PyTorch
    assert last["name"] == ["4 squared"]


def test_datasets_add_up():
    both = ten() + ten()
    assert isinstance(both, ConcatDataset)
    assert (len(both), both[10][1].item(), both[-1][1].item()) == (20, 0, 90)


def test_a_stream_is_cut_as_it_comes():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter([1, 2, 3, 4, 5])

    assert [batch.tolist() for batch in DataLoader(Stream(), batch_size=2)] == [[1, 2], [3, 4], [5]]
    assert [batch.tolist() for batch in DataLoader(Stream(), batch_size=2, drop_last=True)] == [[1, 2], [3, 4]]
    assert list(DataLoader(Stream(), batch_size=None)) == [1, 2, 3, 4, 5]


def test_a_collate_fn_of_ones_own_makes_the_batches():
    loader = DataLoader(
        [[1], [2, 3], [4, 5, 6]], batch_size=3, collate_fn=lambda samples: [len(one) for one in samples]
    )
    assert list(loader) == [[1, 2, 3]]


def test_a_gradient_goes_back_through_a_batch_to_the_data():
    x = torch.zeros(4, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(x), batch_size=3):
        (batch * 2).sum().backward()
    assert x.grad.tolist() == [2, 2, 2, 2]


def test_writing_to_a_batch_leaves_the_data_as_it_is():
    data = ten()
    for numbers, _ in DataLoader(data, batch_size=4):
        numbers.zero_()
    assert data.tensors[0].tolist() == list(range(10))


def test_workers_are_said_to_be_this_process_and_the_batches_are_the_same():
    with pytest.warns(UserWarning, match=r"num_workers=2: the data is loaded in this process"):
        loader = DataLoader(ten(), batch_size=4, num_workers=2, prefetch_factor=2, persistent_workers=True)
    assert firsts(loader) == firsts(DataLoader(ten(), batch_size=4))


def test_a_batch_of_images_and_labels_has_the_types_that_layers_want():
    images, labels = next(iter(DataLoader([(np.ones((2, 2), np.float32), 3)], batch_size=1)))
    assert (images.shape, images.dtype, labels.dtype) == ((1, 2, 2), torch.float32, torch.int64)


WRONG = {
    "sizes": (AssertionError, r"shapes \[\(3,\), \(4,\)\]", lambda: TensorDataset(torch.zeros(3), torch.zeros(4))),
    "a list": (TypeError, r"not list: use torch.tensor", lambda: TensorDataset([1, 2])),
    "batch size": (ValueError, r"batch_size should be a positive integer value, but got batch_size=0",
                   lambda: DataLoader(ten(), batch_size=0)),
    "no samples": (ValueError, r"the dataset is empty: num_samples", lambda: DataLoader([], shuffle=True)),
    "lengths": (ValueError, r"\[3, 3\] add up to 6, and the dataset has 10",
                lambda: random_split(ten(), [3, 3])),
    "fraction": (ValueError, r"Fraction at index 0 is not between 0 and 1: 1.5",
                 lambda: random_split(ten(), [1.5, -0.5])),
    "shapes": (RuntimeError, r"shapes \[\(2,\), \(3,\)\]: give DataLoader a collate_fn",
               lambda: default_collate([torch.zeros(2), torch.zeros(3)])),
    "kind": (TypeError, r"found <class 'object'>", lambda: default_collate([object()])),
    "index": (IndexError, r"index 3 is out of range: these datasets have 3 samples",
              lambda: ConcatDataset([[1, 2], [3]])[3]),
    "sampler": (ValueError, r"mutually exclusive with shuffle", lambda: DataLoader(ten(), sampler=[1], shuffle=True)),
    "drop_last": (ValueError, r"drop_last should be a boolean value, but got drop_last='no'",
                  lambda: BatchSampler([1], 2, "no")),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    kind, words, program = WRONG[name]
    with pytest.raises(kind, match=words):
        program()


def test_a_subset_of_a_subset_has_the_samples_of_the_first():
    inner = Subset(ten(), [9, 8, 7, 6])
    assert firsts(DataLoader(Subset(inner, [3, 0]), batch_size=2)) == [[6, 9]]
