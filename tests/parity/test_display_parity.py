"""How a tensor shows itself, against PyTorch: every type, size and option. (PyTorch's types have a longer name.)"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

many = settings(derandomize=True, deadline=None, max_examples=150)
TYPES = ["float32", "float64", "float16", "int64", "int32", "uint8", "bool"]
numbers = st.one_of(
    st.just(0.0), st.floats(-10, 10), st.integers(-2000, 2000), st.sampled_from([np.nan, np.inf, -np.inf]),
    st.floats(1e-7, 1e-3), st.floats(1e4, 1e10),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _default_options():
    yield
    for lib in (tg, torch):
        lib.set_printoptions(profile="default")


@st.composite
def arrays(draw):
    """Arrays of all types; the numbers of each are of a few kinds, so that each form has its turn."""
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=8))
    few = draw(st.lists(numbers, min_size=1, max_size=4))
    scale = draw(st.sampled_from([1, 1, 0.001, 1000]))
    picked = np.random.default_rng(draw(st.integers(0, 99))).choice(np.array(few, "float64") * scale, size=shape)
    with np.errstate(all="ignore"):
        return np.asarray(picked).astype(draw(st.sampled_from(TYPES)))


def without_type(text: str) -> str:
    """The text up to the type, whose longer name may need a line of its own."""
    return text.split("dtype=")[0].rstrip(", \n")


def assert_looks_the_same(array):
    ours, theirs = tg.tensor(array), torch.tensor(array)
    assert without_type(repr(ours)) == without_type(repr(theirs))
    assert ("dtype=" in repr(ours)) == ("dtype=" in repr(theirs))
    if array.dtype == "float32":
        for make in (lambda x: x.requires_grad_(), lambda x: x.requires_grad_() * 2):
            assert repr(make(tg.tensor(array))) == repr(make(torch.tensor(array)))


@many
@given(arrays())
def test_any_tensor_looks_as_in_pytorch(array):
    assert_looks_the_same(array)


@pytest.mark.parametrize("shape", [(1001,), (40, 50), (5, 300), (11, 12, 13), (2, 2, 2, 200), (7, 0, 200)])
def test_a_large_tensor_is_shortened_as_in_pytorch(shape):
    rng = np.random.default_rng(0)
    for array in (rng.normal(size=shape), rng.integers(0, 9, shape), rng.normal(size=shape) > 0):
        assert_looks_the_same(array.astype("float32" if array.dtype.kind == "f" else array.dtype))


@many
@given(
    arrays(), st.integers(1, 6), st.sampled_from([3, 1000]), st.integers(1, 3), st.sampled_from([40, 80, 120]),
    st.sampled_from([None, True, False]),
)  # fmt: skip
def test_options_act_as_in_pytorch(array, precision, threshold, edgeitems, linewidth, sci_mode):
    for lib in (tg, torch):
        lib.set_printoptions(precision, threshold, edgeitems, linewidth, None, sci_mode)
    assert_looks_the_same(array)


@pytest.mark.parametrize("profile", ["short", "full", "default"])
def test_profiles_act_as_in_pytorch(profile):
    for lib in (tg, torch):
        lib.set_printoptions(profile=profile)
    assert_looks_the_same(np.random.default_rng(0).normal(size=(30, 40)).astype("float32"))
