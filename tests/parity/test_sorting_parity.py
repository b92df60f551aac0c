"""Sorting, the largest k, distinct elements and counts against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import (  # noqa: E402
    DTYPES,
    array_of,
    assert_parity,
    assert_same,
    assert_same_outcome,
    few,
    layouts,
    outcome,
    shape_and_dims,
    typed,
)

NAN, INF = float("nan"), float("inf")
FEW_NUMBERS = [0.0, 1.0, 2.0, -1.0, INF, -INF, NAN]  # so few that many are equal


@few
@given(
    x=hnp.arrays("float32", hnp.array_shapes(max_dims=3, max_side=5), elements=st.sampled_from(FEW_NUMBERS)),
    descending=st.booleans(),
    which=st.integers(-1, 2),
)
def test_sorting_keeps_the_order_of_equals_and_puts_nan_where_pytorch_does(x, descending, which):
    dim = which if which < x.ndim else -1
    options = {"dim": dim, "descending": descending, "stable": True}
    ours, theirs = (lib.sort(lib.tensor(x), **options) for lib in (tg, torch))
    assert_same(ours.values, theirs.values)
    assert_same(ours.indices, theirs.indices)
    assert_same(tg.tensor(x).argsort(**options), torch.tensor(x).argsort(**options))


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int8", "bool", "float16"])
@pytest.mark.parametrize("descending", [False, True])
def test_integers_and_bools_sort_too(dtype, descending):
    x = np.array([3, 0, 255, 1, 3, 0]).astype(dtype)
    for mine, wanted in zip(
        tg.tensor(x).sort(descending=descending), torch.tensor(x).sort(descending=descending, stable=True)
    ):
        assert_same(mine, wanted)


PICKED = {
    "sort": lambda lib, x, dim: x.sort(dim).values,
    "sort descending": lambda lib, x, dim: lib.sort(x, dim, True).values,
    "topk": lambda lib, x, dim: x.topk(1, dim).values,
    "smallest": lambda lib, x, dim: lib.topk(x, k=min(2, x.shape[dim]), dim=dim, largest=False).values,
    "kthvalue": lambda lib, x, dim: x.kthvalue(1, dim).values,
    "kthvalue kept": lambda lib, x, dim: lib.kthvalue(x, x.shape[dim], dim, keepdim=True).values,
}


@pytest.mark.parametrize("name", PICKED)
@few
@given(drawn=shape_and_dims(), which=st.integers(0, 2), layout=layouts)
def test_the_gradient_goes_where_the_elements_came_from(name, drawn, which, layout):
    shape, _ = drawn
    assert_parity(lambda lib, x: PICKED[name](lib, x, which % len(shape)) ** 2, array_of(shape), layout=layout)


@few
@given(
    x=st.lists(st.integers(-100, 100), min_size=1, max_size=8, unique=True), k=st.integers(0, 8), largest=st.booleans()
)
def test_topk_agrees_or_is_refused_alike(x, k, largest):
    for pick in (lambda t: t.topk(k, largest=largest).values, lambda t: t.topk(k, 0, largest).indices):
        ours, theirs = (outcome(lambda lib=lib: pick(lib.tensor(x))) for lib in (tg, torch))  # noqa: B023
        assert_same_outcome(ours, theirs, (x, k))
    ours, theirs = (outcome(lambda lib=lib: lib.kthvalue(lib.tensor(x), k).values) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, (x, k))


@pytest.mark.parametrize("dtype", DTYPES)
def test_order_of_any_type_agrees_or_is_refused_alike(dtype):
    for dims in (0, 1):
        for ask in (lambda x: x.topk(1)[0], lambda x: x.sort()[0], lambda x: x.argsort(), lambda x: x.unique()):
            ours, theirs = (outcome(lambda lib=lib: ask(typed(lib, dtype, dims))) for lib in (tg, torch))  # noqa: B023
            assert_same_outcome(ours, theirs, (dtype, dims))


@few
@given(
    x=hnp.arrays(
        "float32", hnp.array_shapes(max_dims=3, max_side=4, min_side=0), elements=st.sampled_from([0.0, 1.0, 2.5])
    ),
    inverse=st.booleans(),
    counts=st.booleans(),
)
def test_distinct_elements_agree(x, inverse, counts):
    ours, theirs = (lib.unique(lib.tensor(x), return_inverse=inverse, return_counts=counts) for lib in (tg, torch))
    for mine, wanted in zip(ours, theirs) if inverse or counts else [(ours, theirs)]:
        assert_same(mine, wanted)


def test_distinct_slices_agree_and_two_nans_are_distinct():
    x = np.array([[3, 1, 3], [3, 1, 3], [0, 1, 0]])
    for dim in (0, 1, -1):
        ours, theirs = (lib.unique(lib.tensor(x), True, True, True, dim=dim) for lib in (tg, torch))
        for mine, wanted in zip(ours, theirs):
            assert_same(mine, wanted)
    points = np.array([NAN, 1.0, NAN])
    assert_same(tg.tensor(points).unique(), torch.tensor(points).unique())


COUNTED = {
    "plain": lambda lib: lib.bincount(lib.tensor([1, 1, 3])),
    "at least so many": lambda lib: lib.tensor([1, 1, 3]).bincount(minlength=6),
    "float32 weights": lambda lib: lib.bincount(lib.tensor([1, 1, 3]), lib.tensor([0.5, 1.0, 2.0])),
    "float64 weights": lambda lib: lib.bincount(lib.tensor([1, 1, 3]), lib.tensor([0.5, 1.0, 2.0]).double(), 5),
    "integer weights": lambda lib: lib.bincount(lib.tensor([1, 1, 3]), lib.tensor([1, 1, 2])),
    "of uint8": lambda lib: lib.bincount(lib.tensor([1, 1, 3], dtype=lib.uint8)),
    "of nothing": lambda lib: lib.bincount(lib.zeros(0, dtype=lib.int64)),
    "of a negative number": lambda lib: lib.bincount(lib.tensor([-1])),
    "of floats": lambda lib: lib.bincount(lib.ones(2)),
    "of a matrix": lambda lib: lib.bincount(lib.tensor([[1]])),
    "with too many weights": lambda lib: lib.bincount(lib.tensor([1]), lib.ones(2)),
    "with a negative length": lambda lib: lib.bincount(lib.tensor([1]), minlength=-1),
    "of a list": lambda lib: lib.bincount([1]),
    "sort of a list": lambda lib: lib.sort([1]),
    "sort along no dim": lambda lib: lib.ones(3).sort(1),
    "argsort along no dim": lambda lib: lib.ones(3).argsort(-2),
    "topk of half an element": lambda lib: lib.ones(3).topk(1.5),
    "topk of text": lambda lib: lib.ones(3).topk("a"),
    "topk of too many": lambda lib: lib.ones(3).topk(4),
    "kthvalue of none": lambda lib: lib.ones(3).kthvalue(0),
    "kthvalue along no dim": lambda lib: lib.ones(3).kthvalue(1, 1),
    "unique of a list": lambda lib: lib.unique([1]),
}


@pytest.mark.parametrize("name", COUNTED)
def test_counts_agree_and_bad_input_is_refused_alike(name):
    ours, theirs = (outcome(lambda lib=lib: COUNTED[name](lib)) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, name)
