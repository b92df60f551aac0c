"""Making and converting tensors, against PyTorch: numbers, types, shared memory, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import array_of, assert_parity, assert_same  # noqa: E402

few = settings(derandomize=True, deadline=None, max_examples=25)

MADE = {
    "zeros by size": lambda lib: lib.zeros(size=(2, 3)),
    "zeros of numpy sizes": lambda lib: lib.zeros(np.int64(2), 3),
    "zeros of a tensor size": lambda lib: lib.zeros(lib.tensor(3)),
    "ones": lambda lib: lib.ones((2,), dtype=lib.bool),
    "empty": lambda lib: lib.empty(3, 0),
    "full": lambda lib: lib.full((2,), 1.5, dtype=lib.int64),
    "full of a tensor": lambda lib: lib.full((2,), lib.tensor(3.0)),
    "full_like": lambda lib: lib.full_like(lib.zeros(2, dtype=lib.int64), 2.7),
    "empty_like": lambda lib: lib.empty_like(lib.zeros(2, 0, dtype=lib.int8)),
    "arange of a float": lambda lib: lib.arange(5.0),
    "arange by name": lambda lib: lib.arange(start=1, end=3),
    "arange of tensors": lambda lib: lib.arange(lib.tensor(5)),
    "arange of nothing": lambda lib: lib.arange(2, 2),
    "arange of a bool": lambda lib: lib.arange(True),
    "arange of float16": lambda lib: lib.arange(5, dtype=lib.float16),
    "linspace": lambda lib: lib.linspace(0, 1, 7, dtype=lib.float64),
    "linspace of float32": lambda lib: lib.linspace(3, -10, 50),
    "linspace of integers": lambda lib: lib.linspace(0, 10, 7, dtype=lib.int32),
    "linspace of one": lambda lib: lib.linspace(2, 3, 1),
    "linspace of nothing": lambda lib: lib.linspace(2, 3, 0),
    "logspace": lambda lib: lib.logspace(-3, 3, 13),
    "logspace of base 2": lambda lib: lib.logspace(0, 2, 3, base=2),
    "eye": lambda lib: lib.eye(3),
    "eye of bools": lambda lib: lib.eye(2, 3, dtype=lib.bool),
    "scalar_tensor": lambda lib: lib.scalar_tensor(2),
    "asarray": lambda lib: lib.asarray([1, 2]),
    "new_zeros": lambda lib: lib.zeros(1, dtype=lib.int64).new_zeros(2, 3),
    "new_ones": lambda lib: lib.zeros(1, dtype=lib.int64).new_ones((2,), dtype=lib.float32),
    "new_full": lambda lib: lib.zeros(1, dtype=lib.int64).new_full((2,), 1.5),
    "new_tensor": lambda lib: lib.zeros(1, dtype=lib.int64).new_tensor([1.5]),
    "new_empty": lambda lib: lib.zeros(1, dtype=lib.float64).new_empty(0, 2),
    "numpy's float64 among numbers": lambda lib: lib.tensor([np.float64(1), 2.0]),
    "numpy's float32 numbers": lambda lib: lib.tensor([np.float32(1), np.float32(2)]),
    "numpy's ints": lambda lib: lib.tensor([np.int32(3), 4]),
    "a numpy float64": lambda lib: lib.tensor(np.float64(3)),
    "arrays in a list": lambda lib: lib.tensor([array_of(2), array_of(2)]),
    "bools and floats": lambda lib: lib.tensor([True, 1.5]),
    "a large int": lambda lib: lib.tensor(2**40),
}


@pytest.mark.filterwarnings("ignore:Creating a tensor from a list of numpy")
@pytest.mark.parametrize("name", MADE)
def test_a_tensor_is_made_as_pytorch_makes_it(name):
    assert_same(MADE[name](tg), MADE[name](torch))


@few
@given(st.floats(-100, 100), st.floats(-100, 100), st.integers(0, 40), st.sampled_from(["float32", "float64"]))
def test_evenly_spaced_numbers_agree(start, end, steps, dtype):
    ours, theirs = (lib.linspace(start, end, steps, dtype=getattr(lib, dtype)) for lib in (tg, torch))
    assert_same(ours, theirs, scale=100)
    assert ours[:1].tolist() == theirs[:1].tolist()
    assert ours[1:][-1:].tolist() == theirs[1:][-1:].tolist()


CONVERTED = {
    "to a type": lambda lib, x: x.to(lib.int64),
    "to a type, copied": lambda lib, x: x.to(lib.float32, copy=True),
    "to a type by position": lambda lib, x: x.to(lib.float64, True),
    "to the cpu": lambda lib, x: x.to("cpu"),
    "to the cpu and a type": lambda lib, x: x.to("cpu", lib.float64, True, True),
    "to a device": lambda lib, x: x.to(lib.device("cpu"), non_blocking=True),
    "to a device and type by name": lambda lib, x: x.to(device="cpu", dtype=lib.float16),
    "to another's type": lambda lib, x: x.to(lib.zeros(1, dtype=lib.int32)),
    "to nothing": lambda lib, x: x.to(),
    "type_as": lambda lib, x: x.type_as(lib.zeros(1, dtype=lib.uint8)),
    "type": lambda lib, x: x.type(lib.int16),
    "type by its old name": lambda lib, x: x.type("torch.HalfTensor"),
    "cpu": lambda lib, x: x.cpu(),
    **{name: lambda lib, x, name=name: getattr(x, name)() for name in
       ("float", "double", "half", "int", "long", "short", "char", "byte", "bool")},
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERTED)
def test_a_tensor_is_converted_as_pytorch_converts_it_and_is_itself_where_nothing_changes(name):
    same = []
    for lib in (tg, torch):
        x = lib.tensor([0.0, 1.0, 2.5])
        same.append(CONVERTED[name](lib, x) is x)
        assert CONVERTED[name](lib, x).type() == CONVERTED[name](torch, torch.tensor([0.0])).type()
    assert same[0] == same[1]
    assert_same(CONVERTED[name](tg, tg.tensor([0.0, 1.0, 2.5])), CONVERTED[name](torch, torch.tensor([0.0, 1.0, 2.5])))


def test_a_gradient_comes_back_in_the_type_of_the_tensor_it_belongs_to():
    assert_parity(lambda lib, x: x.to("cpu", lib.float64).square(), array_of((3,), "float32"))


def test_memory_is_shared_where_pytorch_shares_it():
    for make, shared in [("from_numpy", True), ("as_tensor", True), ("asarray", True), ("tensor", False)]:
        for lib in (tg, torch):
            array = np.zeros(2)
            made = getattr(lib, make)(array)
            array[0] = 1.0
            assert bool(made[0] == 1.0) is shared


WRONG = {
    "zeros of nothing": lambda lib: lib.zeros(),
    "zeros of a negative size": lambda lib: lib.zeros(-1),
    "zeros of text": lambda lib: lib.zeros("a"),
    "zeros of a bool": lambda lib: lib.zeros(2.0),
    "full of a size that is no tuple": lambda lib: lib.full(2, 3),
    "full of a list": lambda lib: lib.full((2,), [1]),
    "zeros_like of a list": lambda lib: lib.zeros_like([1]),
    "arange without a step": lambda lib: lib.arange(0, 5, 0),
    "arange the wrong way": lambda lib: lib.arange(5, 0),
    "arange of nothing": lambda lib: lib.arange(),
    "arange of text": lambda lib: lib.arange("a"),
    "linspace of fewer than none": lambda lib: lib.linspace(0, 1, -5),
    "linspace without steps": lambda lib: lib.linspace(0, 1),
    "linspace of half a step": lambda lib: lib.linspace(0, 1, 2.5),
    "eye below 0": lambda lib: lib.eye(-1),
    "eye of a float": lambda lib: lib.eye(2.5),
    "text": lambda lib: lib.tensor("a"),
    "text in a list": lambda lib: lib.tensor([1, "a"]),
    "unequal lengths": lambda lib: lib.tensor([[1], [1, 2]]),
    "None": lambda lib: lib.tensor([1, None]),
    "tensors of several elements in a list": lambda lib: lib.tensor([lib.ones(2), lib.ones(2)]),
    "integers with a gradient": lambda lib: lib.tensor([1], requires_grad=True),
    "from_numpy of a list": lambda lib: lib.from_numpy([1]),
    "another byte order": lambda lib: lib.from_numpy(np.ones(2, ">f4")),
    "memory walked backwards": lambda lib: lib.from_numpy(np.ones(3)[::-1]),
    "a device of no name": lambda lib: lib.tensor(1, device="foo"),
    "to a device of no name": lambda lib: lib.zeros(2).to("foo"),
    "to another processor": lambda lib: lib.zeros(2).to("mps"),
    "to a numbered device": lambda lib: lib.zeros(2).to(0),
    "to a list": lambda lib: lib.zeros(2).to([1]),
    "type_as of a number": lambda lib: lib.zeros(2).type_as(3),
    "finfo of integers": lambda lib: lib.finfo(lib.int32),
    "iinfo of floats": lambda lib: lib.iinfo(lib.float32),
    "no threads": lambda lib: lib.set_num_threads(0),
    "numpy of what needs a gradient": lambda lib: lib.ones(2, requires_grad=True).numpy(),
    "asarray of what needs a gradient": lambda lib: np.asarray(lib.ones(2, requires_grad=True)),
    "exp of what needs a gradient": lambda lib: np.exp(lib.ones(2, requires_grad=True)),
    "add of what needs a gradient": lambda lib: np.add(np.ones(2), lib.ones(2, requires_grad=True)),
    "an index that is a float": lambda lib: [1, 2][lib.tensor(1.0)],
    "an int of two": lambda lib: int(lib.zeros(2)),
    "a bool of two": lambda lib: bool(lib.zeros(2)),
    "an item of two": lambda lib: lib.zeros(2).item(),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_pytorch_refuses_is_refused_by_an_error_of_its_type(name):
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[name](torch)
    with pytest.raises(theirs.type):
        WRONG[name](tg)


@pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # of PyTorch's
def test_numpy_s_functions_give_what_they_give_with_pytorch():
    functions = {
        "exp": np.exp, "add": lambda x: np.add(np.ones(3), x), "stack": lambda x: np.stack([x, x]), "array": np.array,
        "float64": lambda x: np.asarray(x, dtype=np.float64), "clip": lambda x: np.clip(x, 0, 2),
    }  # fmt: skip
    for function in functions.values():
        ours, theirs = (function(lib.tensor([1.0, 2.0, 3.0])) for lib in (tg, torch))
        assert (type(ours) is np.ndarray) == (type(theirs) is np.ndarray)
        assert_same(tg.as_tensor(ours), torch.as_tensor(theirs))


def test_the_limits_of_types_agree():
    for name in ("float16", "float32", "float64"):
        ours, theirs = (lib.finfo(getattr(lib, name)) for lib in (tg, torch))
        for fact in ("bits", "min", "max", "eps", "tiny", "smallest_normal", "resolution", "dtype"):
            assert getattr(ours, fact) == getattr(theirs, fact)
        assert repr(ours) == repr(theirs)
    for name in ("uint8", "int8", "int16", "int32", "int64"):
        ours, theirs = (lib.iinfo(getattr(lib, name)) for lib in (tg, torch))
        assert (ours.bits, ours.min, ours.max, repr(ours)) == (theirs.bits, theirs.min, theirs.max, repr(theirs))


def test_devices_have_pytorch_s_names_and_equalities():
    for arguments in (("cpu",), ("cuda:1",), ("cuda", 1), ("cpu", 0)):
        ours, theirs = (lib.device(*arguments) for lib in (tg, torch))
        assert (repr(ours), str(ours), ours.type, ours.index) == (repr(theirs), str(theirs), theirs.type, theirs.index)
    assert tg.device("cpu") == tg.zeros(1).device
    assert tg.device("cpu") != tg.device("cpu:0")
    assert (tg.device("cpu") == "cpu") is (torch.device("cpu") == "cpu")


STORED = {
    "tensor": lambda lib, v, d: lib.tensor([v], dtype=d),
    "full": lambda lib, v, d: lib.full((1,), v, dtype=d),
    "fill_": lambda lib, v, d: lib.zeros(1, dtype=d).fill_(v),
    "x[0] = v": lambda lib, v, d: written(lib.zeros(1, dtype=d), v),
    "masked_fill": lambda lib, v, d: lib.zeros(1, dtype=d).masked_fill(lib.tensor([True]), v),
    "masked_fill by a tensor": lambda lib, v, d: lib.zeros(1, dtype=d).masked_fill(lib.tensor([True]), lib.tensor(v)),
    "scatter": lambda lib, v, d: lib.zeros(1, dtype=d).scatter(0, lib.tensor([0]), v),
    "index_fill_": lambda lib, v, d: lib.zeros(1, dtype=d).index_fill_(0, lib.tensor([0]), v),
}


def written(x, value):
    x[0] = value
    return x


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "bool"])
@pytest.mark.parametrize("name", STORED)
def test_a_number_that_a_type_cannot_hold_is_refused_and_others_are_stored_alike(name, dtype):
    for value in (float("nan"), float("inf"), 300, -1, -200, -300, 1.7, -1.5, 1e6, 2**40, True):
        found = []
        for lib in (tg, torch):
            try:
                found.append(STORED[name](lib, value, getattr(lib, dtype)).tolist())
            except RuntimeError:
                found.append("RuntimeError")
        assert found[0] == found[1], value
