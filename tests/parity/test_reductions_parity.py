"""Reductions, cumulative sums and norms against PyTorch: numbers, types, gradients, corners, what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as tg

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

from test_ops_parity import (  # noqa: E402
    DTYPES,
    array_of,
    assert_parity,
    assert_same,
    assert_same_outcome,
    floats,
    layouts,
    numbers,
    outcome,
    shape_and_dims,
    typed,
)

INF, NAN = float("inf"), float("nan")
fewer = settings(derandomize=True, deadline=None, max_examples=15)

OVER_DIMS = {
    "var": lambda lib, x, dim, keepdim: x.var(dim, correction=0.5, keepdim=keepdim),
    "var unbiased": lambda lib, x, dim, keepdim: lib.var(x, dim, False, keepdim),
    "std": lambda lib, x, dim, keepdim: lib.std(x, dim, correction=0, keepdim=keepdim),
    "var_mean": lambda lib, x, dim, keepdim: sum(lib.var_mean(x, dim, correction=0, keepdim=keepdim)),
    "std_mean": lambda lib, x, dim, keepdim: sum(lib.std_mean(x, dim, correction=0, keepdim=keepdim)),
    "amin": lambda lib, x, dim, keepdim: x.amin(() if dim is None else dim, keepdim),
    "sum in float64": lambda lib, x, dim, keepdim: x.sum(dim, keepdim, dtype=lib.float64),
    "mean in float64": lambda lib, x, dim, keepdim: x.mean(dim, keepdim, dtype=lib.float64),
    "logsumexp": lambda lib, x, dim, keepdim: x.logsumexp(tuple(range(x.ndim)) if dim in (None, ()) else dim, keepdim),
    "norm": lambda lib, x, dim, keepdim: x.norm(2, dim or None, keepdim) if dim != 0 else x.norm(2, 0, keepdim),
    "vector_norm 1": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, 1, dim, keepdim),
    "vector_norm inf": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, INF, dim, keepdim),
    "vector_norm -inf": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, -INF, dim, keepdim),
    "vector_norm 0": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, 0, dim, keepdim) * x.sum(),
    "vector_norm 3": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, 3, dim, keepdim),
    "vector_norm 0.5": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, 0.5, dim, keepdim),
    "vector_norm -2": lambda lib, x, dim, keepdim: lib.linalg.vector_norm(x, -2, dim, keepdim),
}


@pytest.mark.parametrize("name", OVER_DIMS)
@fewer
@given(drawn=shape_and_dims(), keepdim=st.booleans(), layout=layouts, dtype=floats)
def test_a_reduction_over_any_dims_agrees(name, drawn, keepdim, layout, dtype):
    shape, dims = drawn
    if dims == () and name.startswith(("var", "std")):
        dims = None  # for () PyTorch has another gradient than for None, and finite differences say: a wrong one
    x = array_of(shape, dtype, 0.5, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one element has no spread, and both say so
        # The standard deviation of one element is 0, and has no second derivative there.
        one = name.startswith("std") and tg.tensor(x).std(dims, correction=0).array.min() < 1e-3
        assert_parity(
            lambda lib, x: OVER_DIMS[name](lib, x, dims, keepdim),
            x,
            layout=layout,
            second=not one,
            scale=1e3 if one else 50,
        )


ALONG_A_DIM = {
    "prod": lambda lib, x, dim: x.prod(dim),
    "prod keeping": lambda lib, x, dim: lib.prod(x, dim, keepdim=True),
    "prod of all": lambda lib, x, dim: x.prod(),
    "cumsum": lambda lib, x, dim: x.cumsum(dim) * x,
    "cumprod": lambda lib, x, dim: lib.cumprod(x, dim),
    "softmax in float64": lambda lib, x, dim: x.softmax(dim, dtype=lib.float64),
    "log_softmax in float64": lambda lib, x, dim: lib.log_softmax(x, dim, dtype=lib.float64),
    "max": lambda lib, x, dim: x.max(dim).values * x.sum(),
    "min": lambda lib, x, dim: lib.min(x, dim, True).values * x.sum(),
    "median": lambda lib, x, dim: x.median(dim).values * x.sum(),
    "median of all": lambda lib, x, dim: x.median() * x,
    "min of all": lambda lib, x, dim: x.min() * x,
    "aminmax": lambda lib, x, dim: sum(x.aminmax(dim=dim)) * x.sum(),
}


@pytest.mark.parametrize("name", ALONG_A_DIM)
@fewer
@given(drawn=shape_and_dims(), which=st.integers(0, 2), layout=layouts, dtype=floats)
def test_a_function_along_a_dim_agrees(name, drawn, which, layout, dtype):
    shape, _ = drawn
    assert_parity(
        lambda lib, x: ALONG_A_DIM[name](lib, x, which % len(shape)), array_of(shape, dtype), layout=layout, scale=50
    )


def spread_outcome(lib, function, shape, **options):
    """The result of var or std, and whether it warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = outcome(lambda: getattr(lib.tensor(array_of(shape)), function)(**options))
    return result, any("degrees of freedom" in str(w.message) for w in caught)


@pytest.mark.parametrize(
    "options", [{}, {"correction": 0}, {"correction": 3}, {"correction": 5.5}, {"unbiased": False}], ids=str
)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (0, 2), (3, 1)], ids=str)
@pytest.mark.parametrize("function", ["var", "std"])
def test_var_and_std_warn_where_pytorch_warns(function, shape, options):
    (ours, warned), (theirs, they_warned) = (spread_outcome(lib, function, shape, **options) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, options)
    assert warned == they_warned


def test_std_of_equal_elements_has_gradient_zero():
    assert_parity(lambda lib, x: x.std(), np.array([2.0, 2.0, 2.0]), second=False)


ZEROS = [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("row", ZEROS, ids=str)
@pytest.mark.parametrize("function", ["prod", "prod of all", "cumprod"])
def test_products_with_zeros_have_the_right_first_and_second_gradient(function, row):
    assert_parity(lambda lib, x: ALONG_A_DIM[function](lib, x, 0), np.array(row))


def test_second_gradients_of_long_products_agree():
    x = array_of((2, 37), low=0.5, high=1.5)
    x[:, 5] = 0
    assert_parity(lambda lib, x: x.prod(1), x)
    assert_parity(lambda lib, x: x.cumprod(1), x)


TIED = np.array([[1.0, 3.0, 3.0], [1.0, 0.0, 3.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize("function", [
    lambda lib, x: x.min(), lambda lib, x: x.max(), lambda lib, x: x.amin(0), lambda lib, x: x.aminmax(dim=1).min,
    lambda lib, x: x.aminmax().max, lambda lib, x: x.median(), lambda lib, x: x.min(0).values,
    lambda lib, x: x.max(1, keepdim=True).values, lambda lib, x: x.norm(INF), lambda lib, x: x.norm(-INF, 0),
])  # fmt: skip
def test_ties_share_the_gradient_or_not_as_in_pytorch(function):
    assert_parity(function, TIED, second=False)


@pytest.mark.parametrize("p", [2, 1, 0, INF, 3, 1.5, 0.5, -1])
def test_the_gradient_of_a_norm_is_zero_where_pytorch_s_is(p):
    points = [np.zeros(3), np.array([0.0, 2.0, -3.0])] if p > 0 else [np.array([1.0, 2.0, -3.0])]
    for x in points:
        assert_parity(lambda lib, x: lib.linalg.vector_norm(x, p), x, second=False)


def test_the_second_gradient_of_norms_of_rows_agrees():
    assert_parity(lambda lib, x: x.norm(dim=1) ** 2 + x.norm(3, 1), np.array([[1.0, -2.0], [3.0, 4.0]]))


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, INF, -INF])
@pytest.mark.parametrize("keepdim", [False, True])
def test_the_norm_of_a_matrix_agrees(ord, keepdim):
    assert_parity(lambda lib, x: lib.linalg.norm(x, ord, keepdim=keepdim), array_of((3, 4)), second=False)
    assert_parity(lambda lib, x: lib.linalg.norm(x, ord, (2, 0), keepdim), array_of((3, 2, 4)), second=False)
    if ord is not None:
        assert_parity(lambda lib, x: lib.linalg.matrix_norm(x, ord), array_of((2, 3, 4)), second=False)


@pytest.mark.parametrize("function", ["logsumexp", "softmax", "log_softmax"])
def test_infinities_do_not_spoil_exponential_sums(function):
    for row in ([-INF, -INF], [-INF, 1.0], [1000.0, 1000.5], [-1000.0, -1001.0]):
        x = np.array(row)
        if function == "logsumexp" or row != [-INF, -INF]:
            assert_parity(lambda lib, x: getattr(x, function)(0), x, second=False)
    assert_same(tg.tensor([INF, 1.0]).logsumexp(0), torch.tensor([INF, 1.0]).logsumexp(0))
    assert_same(tg.zeros(0, 2).logsumexp(0), torch.zeros(0, 2).logsumexp(0))


ANY_TYPE = {
    **{name: (lambda x, name=name: getattr(x, name)()) for name in (
        "prod", "all", "any", "min", "max", "amin", "argmin", "argmax", "count_nonzero", "var", "std", "norm",
        "median")},
    **{name + "(0)": (lambda x, name=name: getattr(x, name)(0)) for name in (
        "prod", "all", "any", "argmin", "argmax", "count_nonzero", "cumsum", "cumprod", "logsumexp", "amin")},
    **{name + "(0) named": (lambda x, name=name: getattr(x, name)(0)[0]) for name in ("min", "max", "median")},
}  # fmt: skip


@pytest.mark.parametrize("name", ANY_TYPE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_reduction_of_any_type_gives_pytorch_s_type(name, dtype):
    for dims in (1, 0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = (outcome(lambda lib=lib: ANY_TYPE[name](typed(lib, dtype, dims))) for lib in (tg, torch))  # noqa: B023
        if dtype == "float16" and not isinstance(ours, str):
            assert ours[0] == theirs[0]
            np.testing.assert_allclose(ours[1], theirs[1], rtol=2e-3)
        else:
            assert_same_outcome(ours, theirs, (name, dtype, dims))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int32", "uint8"])
@pytest.mark.parametrize("name", ["sum", "prod", "cumsum", "cumprod"])
def test_a_given_dtype_is_the_result_s(name, dtype):
    options = {} if name in ("sum", "prod") else {"dim": 0}
    for source in DTYPES:
        ours, theirs = (
            outcome(lambda lib=lib: getattr(typed(lib, source, 1), name)(dtype=getattr(lib, dtype), **options))  # noqa: B023
            for lib in (tg, torch)
        )
        assert_same_outcome(ours, theirs, source)


NANS = np.array([[1.0, NAN, 3.0], [4.0, 2.0, 0.0]])
ASKED = ["max", "min", "amax", "amin", "argmax", "argmin", "median", "any", "all", "count_nonzero", "sum", "prod"]


@pytest.mark.parametrize("name", ASKED)
def test_nan_comes_through_where_it_does_in_pytorch(name):
    assert_same(getattr(tg.tensor(NANS), name)(), getattr(torch.tensor(NANS), name)())
    for dim in (0, 1):
        ours, theirs = getattr(tg.tensor(NANS), name)(dim), getattr(torch.tensor(NANS), name)(dim)
        for mine, wanted in zip(ours, theirs) if isinstance(theirs, tuple) else [(ours, theirs)]:
            assert_same(mine, wanted)


@pytest.mark.parametrize("name", ["all", "any", "count_nonzero", "argmin", "argmax"])
def test_questions_over_dims_agree(name):
    x = np.array([[[0.0, 2.0], [0.0, 1.0]], [[3.0, -1.0], [0.0, 0.0]]])
    for dim in (None, 0, 1, -1, *([(0, 2), (1,)] if name[:3] != "arg" else [])):
        assert_same(getattr(tg, name)(tg.tensor(x), dim), getattr(torch, name)(torch.tensor(x), dim))
        if name != "count_nonzero" and dim is not None:
            ours, theirs = (getattr(lib.tensor(x), name)(dim=dim, keepdim=True) for lib in (tg, torch))
            assert_same(ours, theirs)


NOTHING = {
    **{name: (lambda x, name=name: getattr(x, name)()) for name in (
        "sum", "prod", "all", "any", "max", "min", "amax", "amin", "argmax", "argmin", "aminmax", "median",
        "count_nonzero", "norm")},
    **{name + "(0)": (lambda x, name=name: getattr(x, name)(0)) for name in (
        "sum", "prod", "all", "max", "min", "amax", "amin", "argmax", "argmin", "median", "logsumexp", "cumsum",
        "cumprod")},
    **{name + "(1)": (lambda x, name=name: getattr(x, name)(1)) for name in (
        "sum", "prod", "any", "amax", "amin", "argmax", "argmin", "logsumexp", "cumsum", "cumprod")},
    "max(1)": lambda x: x.max(1).values,
    "min(1)": lambda x: x.min(1).indices,
    "norm inf": lambda x: x.norm(INF),
    "norm -1": lambda x: x.norm(-1),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_a_reduction_of_nothing_agrees_or_is_refused_alike(name):
    ours, theirs = (outcome(lambda lib=lib: NOTHING[name](lib.zeros(0, 3))) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, name)


@pytest.mark.parametrize("show", [
    lambda lib: lib.tensor([[1.0, 2.0], [4.0, 3.0]]).max(1),
    lambda lib: lib.tensor([[1.0, 2.0], [4.0, 3.0]]).min(0, True),
    lambda lib: lib.tensor([3, 1, 2]).median(0), lambda lib: lib.tensor([3.0, 1.0]).aminmax(),
    lambda lib: lib.tensor([3, 1, 2]).sort(), lambda lib: lib.tensor([3, 1, 2]).topk(2),
    lambda lib: lib.tensor([3, 1, 2]).kthvalue(2), lambda lib: lib.tensor(3.0).max(0),
])  # fmt: skip
def test_named_results_show_themselves_as_pytorch_s(show):
    assert repr(show(tg)) == repr(show(torch))
    assert type(show(tg)).__name__ == type(show(torch)).__name__


REFUSED = {
    "a sum of a list": lambda lib: lib.sum([1.0]),
    "a mean of integers": lambda lib: lib.tensor([1]).mean(),
    "a mean in integers": lambda lib: lib.ones(1).mean(dtype=lib.int64),
    "var of integers": lambda lib: lib.tensor([1, 2]).var(),
    "var with unbiased and correction": lambda lib: lib.var(lib.ones(3), unbiased=True, correction=1),
    "a dim out of range": lambda lib: lib.ones(3).std(1),
    "a dim twice": lambda lib: lib.ones(3).var((0, 0)),
    "text for a dim": lambda lib: lib.ones(3).sum("a"),
    "a tuple of dims in prod": lambda lib: lib.ones(3, 3).prod((0, 1)),
    "a tuple of dims in max": lambda lib: lib.ones(3, 3).max((0, 1)),
    "keepdim without a dim in max": lambda lib: lib.ones(3).max(keepdim=True),
    "argmax of bools": lambda lib: lib.tensor([True]).argmax(),
    "median of bools": lambda lib: lib.tensor([True]).median(),
    "cumsum without a dim": lambda lib: lib.ones(3).cumsum(),
    "cumprod out of range": lambda lib: lib.ones(3).cumprod(1),
    "logsumexp without a dim": lambda lib: lib.ones(3).logsumexp(),
    "softmax of a list": lambda lib: lib.softmax([1.0], 0),
    "softmax without a dim": lambda lib: lib.softmax(lib.ones(3)),
    "softmax with text for a dim": lambda lib: lib.ones(3).softmax("a"),
    "all of a list": lambda lib: lib.all([True]),
    "a norm of integers": lambda lib: lib.tensor([1]).norm(),
    "an unknown norm": lambda lib: lib.ones(3).norm("x"),
    "text for a vector's norm": lambda lib: lib.linalg.vector_norm(lib.ones(3), "fro"),
    "a matrix norm of a vector": lambda lib: lib.linalg.norm(lib.ones(3), "fro"),
    "a matrix norm that is none": lambda lib: lib.linalg.norm(lib.ones(3, 3), 3),
    "a norm of three dims": lambda lib: lib.linalg.norm(lib.ones(3, 3, 3), 2),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_raises_pytorch_s_exception(name):
    theirs = outcome(lambda: REFUSED[name](torch))
    assert isinstance(theirs, str)
    assert outcome(lambda: REFUSED[name](tg)) == theirs


def test_a_mean_of_many_float32_numbers_is_as_exact_as_pytorch_s_variance():
    x = array_of((1000,), "float32", 100, 101)
    exact = x.astype("float64").var(ddof=1)
    assert abs(numbers(tg.tensor(x).var()) - exact) <= 1e-5 * exact
