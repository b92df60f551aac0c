"""Every op and method of Tensor against PyTorch: values, types, shapes, first and second gradients."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_optim as tg
from tinygrad_optim.engine import apply
from tinygrad_optim.ops import loss

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

DTYPES = ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]
TOLERANCE = {"float64": 1e-12, "float32": 1e-5, "float16": 2e-2}
few = settings(derandomize=True, deadline=None, max_examples=25)


def name_of(dtype) -> str:
    """A dtype's name, without the package's."""
    return str(dtype).removeprefix("torch.")


def numbers(tensor) -> np.ndarray:
    tensor = tensor.detach()
    return np.array(tensor.numpy(force=True) if isinstance(tensor, torch.Tensor) else tensor.numpy())


def assert_same(ours, theirs, scale=1.0):
    """Shape and dtype are PyTorch's, and the numbers are up to rounding (or exactly, of integers and bools)."""
    assert name_of(ours.dtype) == name_of(theirs.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    rounding = TOLERANCE.get(name_of(ours.dtype), 0) * scale
    np.testing.assert_allclose(numbers(ours), numbers(theirs), rtol=rounding, atol=rounding)


def weights_like(array: np.ndarray, seed: int) -> np.ndarray:
    """Numbers to weight a result with, so that no two of its elements have the same gradient."""
    return np.random.default_rng(seed).uniform(-1, 1, array.shape).astype(array.dtype)


def laid_out(lib, array: np.ndarray, layout: str):
    """A leaf with these numbers, and the tensor to compute with: the leaf, or a strided view that equals it."""
    if layout == "transposed" and array.ndim > 1:
        leaf = lib.tensor(np.ascontiguousarray(array.swapaxes(0, -1)), requires_grad=True)
        return leaf, leaf.transpose(0, -1)
    if layout == "sliced" and array.ndim:
        leaf = lib.tensor(np.repeat(array, 2, axis=0), requires_grad=True)
        return leaf, leaf[::2]
    leaf = lib.tensor(array, requires_grad=True)
    return leaf, leaf


def derivatives(lib, function, arrays, layout="plain", second=True):
    """[result, each gradient, each gradient of the gradients' weighted sum] of a function of tensors."""
    leaves, used = zip(*[laid_out(lib, array, layout) for array in arrays])
    out = function(lib, *used)
    seed = lib.tensor(weights_like(numbers(out), 1))
    first = lib.autograd.grad(out, leaves, seed, create_graph=second, allow_unused=True)
    found = [out, *first]
    first = [g for g in first if second and g is not None and g.requires_grad]
    if first:
        seeds = [lib.tensor(weights_like(numbers(g), 2)) for g in first]
        found += lib.autograd.grad(first, leaves, seeds, allow_unused=True)
    return found


def assert_parity(function, *arrays, layout="plain", second=True, scale=1.0):
    ours = derivatives(tg, function, arrays, layout, second)
    theirs = derivatives(torch, function, arrays, layout, second)
    for found, wanted in zip(ours, theirs):
        # PyTorch has zeros in some places where no gradient arrives here, and the other way round.
        found = torch.zeros_like(wanted) if found is None and wanted is not None else found
        if wanted is None:
            assert found is None or not numbers(found).any()
        elif isinstance(found, torch.Tensor):
            assert not numbers(wanted).any()
        else:
            assert_same(found, wanted, scale)
    for extra in [*ours[len(theirs) :], *theirs[len(ours) :]]:
        assert extra is None or not numbers(extra).any()


def array_of(shape, dtype="float64", low=-2.0, high=2.0, seed=0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
layouts = st.sampled_from(["plain", "transposed", "sliced"])
floats = st.sampled_from(["float64", "float32"])


@st.composite
def shape_and_dims(draw, keep_some=False):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3))
    dims = draw(st.lists(st.integers(-len(shape), len(shape) - 1), max_size=3, unique_by=lambda d: d % len(shape)))
    return shape, draw(st.sampled_from([None, tuple(dims), *dims]))


# ---- element by element ------------------------------------------------------------------------------------

UNARY = {
    "neg": lambda lib, x: -x,
    "abs": lambda lib, x: x.abs(),
    "sign": lambda lib, x: x.sign(),
    "square": lambda lib, x: x.square(),
    "exp": lambda lib, x: x.exp(),
    "log": lambda lib, x: x.log(),
    "sqrt": lambda lib, x: x.sqrt(),
    "tanh": lambda lib, x: x.tanh(),
    "sigmoid": lambda lib, x: x.sigmoid(),
    "relu": lambda lib, x: x.relu(),
    "clone": lambda lib, x: x.clone(),
    "pow 2": lambda lib, x: x**2,
    "pow 3": lambda lib, x: x**3,
    "pow 0": lambda lib, x: x**0,
    "pow 1": lambda lib, x: x**1,
    "pow 0.5": lambda lib, x: x**0.5,
    "pow -1": lambda lib, x: x**-1,
    "pow 2.5": lambda lib, x: x.pow(2.5),
    "2 to the": lambda lib, x: 2**x,
    "0.5 to the": lambda lib, x: 0.5**x,
    "1 -": lambda lib, x: 1 - x,
    "2 /": lambda lib, x: 2 / x,
    "/ 3": lambda lib, x: x / 3,
    "* True": lambda lib, x: x * True,
    "add with alpha": lambda lib, x: x.add(x, alpha=3),
    "sub with alpha": lambda lib, x: x.sub(1.5, alpha=2),
    "where": lambda lib, x: lib.where(x > 0.7, x, -2.0 * x),
    "where with a number": lambda lib, x: lib.where(x > 0.7, 1.0, x * x),
    "where method": lambda lib, x: x.where(x > 0.7, x * x),
    "detach": lambda lib, x: x * x.detach(),
    "twice": lambda lib, x: x * x + x,
}


@pytest.mark.parametrize("name", UNARY)
@few
@given(shape=shapes, layout=layouts, dtype=floats)
def test_a_function_of_one_tensor_agrees(name, shape, layout, dtype):
    assert_parity(UNARY[name], array_of(shape, dtype, low=0.1), layout=layout, scale=10)


@pytest.mark.parametrize("name", ["abs", "sign", "square", "exp", "tanh", "sigmoid", "relu", "neg", "pow 2", "pow 3"])
def test_a_function_of_one_tensor_agrees_at_negative_numbers_zero_and_far_out(name):
    x = np.array([-700.0, -30.0, -1.5, -0.0, 0.0, 1e-300, 30.0, 700.0])
    assert_parity(UNARY[name], x, scale=10)


@pytest.mark.parametrize("name", ["log", "sqrt", "pow 0.5", "pow -1", "2 /", "pow 0", "pow 1", "pow 2.5"])
def test_infinities_and_nans_come_where_they_come_in_pytorch(name):
    assert_parity(UNARY[name], np.array([0.0, -1.0, np.inf, 1.0]), second=False)


BINARY = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


@pytest.mark.parametrize("name", BINARY)
@few
@given(
    pair=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0),
    layout=layouts,
    dtype=floats,
)
def test_an_operator_agrees_on_all_shapes_that_broadcast(name, pair, layout, dtype):
    x, y = (array_of(shape, dtype, low=0.5, seed=i) for i, shape in enumerate(pair.input_shapes))
    assert_parity(lambda lib, a, b: BINARY[name](a, b), x, y, layout=layout, scale=20)


def test_powers_agree_at_zero_to_the_zero_and_at_negative_bases():
    base = np.array([0.0, 0.0, 0.0, -2.0, -2.0, -1.0, 2.0, 1.0])
    exponent = np.array([0.0, 1.0, 2.0, 2.0, -1.0, 0.0, -2.0, 0.0])
    assert_parity(lambda lib, x, y: x**y, base, exponent, second=False)


def test_zero_to_a_negative_power_is_infinite_with_pytorch_s_gradient():
    assert_parity(lambda lib, x, y: x**y, np.array([0.0]), np.array([-1.0]), second=False)


@pytest.mark.parametrize("base", [0.0, 0, 1.0, 2, -2.0])
def test_a_number_to_the_power_of_a_tensor_agrees(base):
    exponents = np.array([0.0, 1.0, 2.0, 3.0])
    assert_parity(lambda lib, y: base**y, exponents, second=False)


def test_maximum_shares_the_gradient_where_both_are_equal():
    x, y = np.array([1.0, 2.0, 3.0, 0.0]), np.array([1.0, 3.0, 2.0, -0.0])
    assert_parity(lambda lib, a, b: lib.maximum(a, b), x, y)
    assert_parity(lambda lib, a, b: lib.max(a, b), x, y.astype("float32").astype("float64"))


# ---- types -------------------------------------------------------------------------------------------------

OPERATORS = [*BINARY.values(), operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def outcome(function):
    """What a call gives: its dtype and numbers, or that it raises."""
    try:
        result = function()
    except Exception as error:
        return type(error).__name__
    return name_of(result.dtype), np.array(result.tolist(), dtype=float)


def assert_same_outcome(ours, theirs, what):
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == theirs, what
    else:
        assert ours[0] == theirs[0], what
        np.testing.assert_allclose(ours[1], theirs[1], rtol=TOLERANCE.get(ours[0], 0), err_msg=str(what))


def typed(lib, dtype: str, dims: int):
    numbers_ = [True, False, True] if dtype == "bool" else [1, 2, 3]
    return lib.tensor(numbers_ if dims else numbers_[-1], dtype=getattr(lib, dtype))


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_two_tensors_of_any_types_give_pytorch_s_type_and_numbers(op):
    for first in DTYPES:
        for second in DTYPES:
            for dims in [(1, 1), (1, 0), (0, 1), (0, 0)]:
                ours, theirs = (
                    outcome(lambda lib=lib: op(typed(lib, first, dims[0]), typed(lib, second, dims[1])))  # noqa: B023
                    for lib in (tg, torch)
                )
                assert_same_outcome(ours, theirs, (first, second, dims))


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_a_tensor_and_a_python_number_give_pytorch_s_type_and_numbers(op):
    for dtype in DTYPES:
        for number in (2, 2.5, True):
            if (op, dtype, number) == (operator.pow, "bool", True):
                continue  # here an error, as for two bool tensors; PyTorch passes `mask ** True` through
            for dims in (0, 1):
                for swap in (False, True):
                    ours, theirs = (
                        outcome(lambda lib=lib: op(*[typed(lib, dtype, dims), number][:: -1 if swap else 1]))  # noqa: B023
                        for lib in (tg, torch)
                    )
                    assert_same_outcome(ours, theirs, (dtype, number, dims, swap))


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "square", "sum", "mean", "amax", "argmax"])
@pytest.mark.parametrize("dtype", DTYPES[:-1])
def test_a_function_of_integers_or_bools_gives_pytorch_s_type(name, dtype):
    ours, theirs = (outcome(lambda lib=lib: getattr(typed(lib, dtype, 1), name)()) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, (name, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_conversion_between_any_two_types_agrees(dtype):
    for source in DTYPES:
        ours, theirs = (outcome(lambda lib=lib: typed(lib, source, 1).to(getattr(lib, dtype))) for lib in (tg, torch))  # noqa: B023
        assert_same_outcome(ours, theirs, (source, dtype))


def test_a_gradient_goes_through_conversions_in_the_type_each_tensor_has():
    def mixed(lib, x):
        return (x.double() * 2).sum() + (x.to(lib.float16) * 3).sum()

    assert_parity(mixed, np.array([0.5, -1.5], dtype="float32"))


def test_a_gradient_goes_through_mixed_types():
    x, y = array_of((3,), "float32"), array_of((2, 3), "float64", seed=1)
    assert_parity(lambda lib, a, b: (a * b + a) / b, x, y, scale=1e7)


# ---- reductions, softmax -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sum", "mean", "amax"])
@few
@given(drawn=shape_and_dims(), keepdim=st.booleans(), layout=layouts, dtype=floats)
def test_a_reduction_over_any_dims_agrees(name, drawn, keepdim, layout, dtype):
    shape, dims = drawn

    def reduced(lib, x):
        out = getattr(x, name)(() if dims is None and name == "amax" else dims, keepdim=keepdim)
        return out * out

    assert_parity(reduced, array_of(shape, dtype), layout=layout, scale=10)


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_a_reduction_of_nothing_agrees(name):
    assert_parity(lambda lib, x: getattr(x, name)(), np.zeros((0, 3)))
    assert_parity(lambda lib, x: getattr(x, name)(0), np.zeros((0, 3)))
    assert_parity(lambda lib, x: getattr(x, name)(1), np.zeros((0, 3)))


@pytest.mark.parametrize("name", ["sum", "mean", "max", "amax"])
def test_a_reduction_of_a_single_number_agrees(name):
    assert_parity(lambda lib, x: getattr(x, name)(), np.array(2.0))


TIED = np.array([[1.0, 3.0, 3.0], [3.0, 0.0, 3.0]])


@pytest.mark.parametrize("dim", [0, 1, -1, (0, 1)])
def test_amax_shares_the_gradient_among_ties(dim):
    assert_parity(lambda lib, x: x.amax(dim) * 2, TIED, second=False)


def test_max_of_all_shares_the_gradient_among_ties():
    assert_parity(lambda lib, x: x.max() * 2, TIED, second=False)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("keepdim", [False, True])
def test_max_along_a_dim_gives_values_positions_and_the_gradient_to_one_of_the_ties(dim, keepdim):
    assert_parity(lambda lib, x: x.max(dim, keepdim=keepdim).values * 2, TIED, second=False)
    assert_same(tg.tensor(TIED).max(dim, keepdim).indices, torch.tensor(TIED).max(dim, keepdim).indices)


@pytest.mark.parametrize("dim", [None, 0, 1])
def test_argmax_gives_the_first_of_the_largest(dim):
    assert_same(tg.tensor(TIED).argmax(dim), torch.tensor(TIED).argmax(dim))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@few
@given(
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    dim=st.sampled_from([0, -1]),
    layout=layouts,
    dtype=floats,
)
def test_softmax_and_its_logarithm_agree(name, shape, dim, layout, dtype):
    assert_parity(lambda lib, x: getattr(x, name)(dim), array_of(shape, dtype, -5, 5), layout=layout, scale=10)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_agrees_with_minus_infinity_and_with_huge_numbers(name):
    x = np.array([[0.0, -np.inf, 1.0], [1000.0, 0.0, -1000.0]])
    assert_parity(lambda lib, x: getattr(x, name)(1), x, second=False)
    assert_parity(lambda lib, x: lib.softmax(x, 1), np.array([[-np.inf, -np.inf]]), second=False)


# ---- products ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((1, 2, 3), (5, 3, 4)),
        ((2, 1, 2, 3), (5, 3, 1)),
        ((5, 2, 3), (3,)),
        ((3,), (5, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
    ],
)
@pytest.mark.parametrize("layout", ["plain", "transposed", "sliced"])
def test_a_matrix_product_agrees(first, second, layout):
    assert_parity(lambda lib, x, y: x @ y, array_of(first), array_of(second, seed=1), layout=layout, scale=10)


def test_a_product_of_integers_agrees():
    assert_same(tg.tensor([[1, 2]]) @ tg.tensor([[3], [4]]), torch.tensor([[1, 2]]) @ torch.tensor([[3], [4]]))


# ---- shape -------------------------------------------------------------------------------------------------

SHAPE = {
    "reshape": lambda lib, x: x.reshape(4, -1),
    "reshape of a tuple": lambda lib, x: x.reshape((3, 2, 4)),
    "view": lambda lib, x: lib.cat([x]).view(-1),
    "flatten": lambda lib, x: x.flatten(),
    "flatten some": lambda lib, x: x.flatten(1, -1),
    "transpose": lambda lib, x: x.transpose(0, -1),
    "swapaxes": lambda lib, x: x.swapaxes(1, 2),
    "permute": lambda lib, x: x.permute(2, 0, 1),
    "permute of a tuple": lambda lib, x: x.permute((1, -1, 0)),
    "squeeze": lambda lib, x: x[:1].squeeze(),
    "squeeze one": lambda lib, x: x[:1].squeeze(0),
    "squeeze none": lambda lib, x: x.squeeze(1),
    "squeeze two": lambda lib, x: x[:1, :1].squeeze((0, 1)),
    "unsqueeze": lambda lib, x: x.unsqueeze(0),
    "unsqueeze at the end": lambda lib, x: x.unsqueeze(-1),
    "expand": lambda lib, x: x.unsqueeze(1).expand(-1, 5, -1, -1),
    "expand in front": lambda lib, x: x.expand(2, 2, 3, 4),
    "t": lambda lib, x: x[0].t(),
    "T": lambda lib, x: x[0].T,
    "cat": lambda lib, x: lib.cat([x, x[:1] * 2, x[:0]], 0),
    "cat at the end": lambda lib, x: lib.cat((x, x[:, :, :1]), dim=-1),
    "cat with one without elements": lambda lib, x: lib.cat([lib.zeros(0, dtype=lib.float64), x]),
    "stack": lambda lib, x: lib.stack([x, x * x], 1),
    "stack at the end": lambda lib, x: lib.stack([x[0], x[1]], -1),
    "iteration": lambda lib, x: sum(row * row for row in x),
}


@pytest.mark.parametrize("layout", ["plain", "transposed", "sliced"])
@pytest.mark.parametrize("name", SHAPE)
def test_moving_elements_agrees(name, layout):
    def squared(lib, x):
        out = SHAPE[name](lib, x)
        return out * out

    assert_parity(squared, array_of((2, 3, 4)), layout=layout)


def test_cat_takes_the_common_type():
    parts = [np.ones(2, "float32"), np.ones(1, "int64"), np.ones(1, "float64")]
    assert_same(tg.cat([tg.tensor(p) for p in parts]), torch.cat([torch.tensor(p) for p in parts]))


INDICES = {
    "an int": lambda lib: 1,
    "a negative int": lambda lib: -1,
    "ints to a single element": lambda lib: (1, 2, 3),
    "a slice": lambda lib: slice(1, None),
    "a slice with a step": lambda lib: (slice(None), slice(None, None, 2)),
    "a slice past the end": lambda lib: slice(1, 100),
    "an ellipsis": lambda lib: (Ellipsis, 0),
    "a new dimension": lambda lib: (None, 0, slice(None), None),
    "a list": lambda lib: ([0, 1, 1],),
    "an empty list": lambda lib: ([],),
    "a tensor": lambda lib: lib.tensor([1, 0, 1]),
    "a negative tensor": lambda lib: lib.tensor([-1, -2]),
    "a 0-d tensor": lambda lib: lib.tensor(1),
    "a 2-d tensor": lambda lib: (slice(None), lib.tensor([[0, 2], [2, 2]])),
    "two tensors": lambda lib: (lib.tensor([0, 1]), lib.tensor([2, 2])),
    "two tensors apart": lambda lib: (lib.tensor([0, 1]), slice(None), lib.tensor([3, 0])),
    "tensors that broadcast": lambda lib: (lib.tensor([[0], [1]]), lib.tensor([0, 2])),
    "a tensor and an int": lambda lib: (lib.tensor([0, 1]), 1),
    "an int, a slice and a tensor": lambda lib: (0, slice(None), lib.tensor([1, 1])),
    "a mask": lambda lib: lib.tensor([True, False]),
    "a mask of all": lambda lib: lib.tensor(array_of((2, 3, 4))) > 0,
    "a mask in the middle": lambda lib: (slice(None), lib.tensor([True, False, True])),
    "a bool": lambda lib: True,
    "a tensor of int32": lambda lib: lib.tensor([0, 1], dtype=lib.int32),
}


@pytest.mark.parametrize("layout", ["plain", "transposed", "sliced"])
@pytest.mark.parametrize("name", INDICES)
def test_indexing_agrees(name, layout):
    def picked(lib, x):
        out = x[INDICES[name](lib)]
        return out * out

    assert_parity(picked, array_of((2, 3, 4)), layout=layout)


# An index that names an element twice is left out: which of the values written there stays is not defined.
NAMING_ONCE = [name for name in INDICES if name not in ("a list", "a 2-d tensor", "an int, a slice and a tensor")]


@pytest.mark.parametrize("name", NAMING_ONCE)
def test_writing_at_an_index_agrees(name):
    def written(lib, x, v):
        y = x * 1
        y[INDICES[name](lib)] = v * v
        return y * y

    assert_parity(written, array_of((2, 3, 4)), array_of((), seed=3))


@few
@given(st.data())
def test_gather_agrees(data):
    x = array_of((3, 4))
    dim = data.draw(st.sampled_from([0, 1, -1]))
    rows = st.integers(0, x.shape[dim] - 1)
    sizes = st.tuples(*[st.integers(0, 4 if d == dim % 2 else x.shape[d]) for d in (0, 1)])
    index = data.draw(hnp.arrays("int64", data.draw(sizes), elements=rows))
    assert_parity(lambda lib, a: (a * a).gather(dim, lib.tensor(index)), x)


# ---- in place ----------------------------------------------------------------------------------------------

IN_PLACE = {
    "add_": lambda lib, y, v: y.add_(v),
    "add_ with alpha": lambda lib, y, v: y.add_(v, alpha=-2),
    "sub_": lambda lib, y, v: y.sub_(v),
    "mul_": lambda lib, y, v: y.mul_(v),
    "div_": lambda lib, y, v: y.div_(v),
    "+=": lambda lib, y, v: operator.iadd(y, v),
    "-=": lambda lib, y, v: operator.isub(y, v),
    "*=": lambda lib, y, v: operator.imul(y, v),
    "/=": lambda lib, y, v: operator.itruediv(y, v),
    "copy_": lambda lib, y, v: y.copy_(v),
    "fill_": lambda lib, y, v: y.fill_(3.0).add_(v),
    "zero_": lambda lib, y, v: y.zero_().add_(v),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_writing_in_place_agrees(name):
    def written(lib, x, v):
        y = IN_PLACE[name](lib, x * 2, v)
        return y * y

    assert_parity(written, array_of((2, 3)), array_of((3,), seed=5, low=0.5))


def test_multiplying_a_tensor_by_itself_in_place_agrees():
    assert_parity(lambda lib, x: operator.imul(x * 2, x * 2), array_of((3,)))


def test_a_view_of_one_element_shares_its_memory_as_in_pytorch():
    for lib in (tg, torch):
        x = lib.zeros(3)
        x[1].add_(5.0)
        assert x.tolist() == [0.0, 5.0, 0.0]


# ---- losses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("shape", [(3, 4), (0, 4), ()])
def test_the_squared_error_agrees(reduction, shape):
    def error(lib, x, y):
        if lib is torch:
            return torch.nn.functional.mse_loss(x, y, reduction=reduction)
        return apply(loss.MSE_LOSS, x, y, reduction)

    assert_parity(error, array_of(shape), array_of(shape, seed=1))


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_cross_entropy_with_soft_targets_agrees(reduction, dtype):
    divisor = {"none": None, "sum": 1, "mean": 5}[reduction]

    def entropy(lib, x, y):
        if lib is torch:
            return torch.nn.functional.cross_entropy(x, y, reduction=reduction)
        return apply(loss.CROSS_ENTROPY, x, x.log_softmax(1).detach().array, y, divisor)

    assert_parity(entropy, array_of((5, 3), dtype, -4, 4), array_of((5, 3), dtype, 0, 1, seed=1), scale=10)


# ---- making tensors ----------------------------------------------------------------------------------------

MADE = {
    "numbers": lambda lib: lib.tensor([[1, 2], [3, 4]]),
    "floats": lambda lib: lib.tensor([1.5, 2]),
    "bools": lambda lib: lib.tensor([True, False]),
    "nothing": lambda lib: lib.tensor([]),
    "a nested nothing": lambda lib: lib.tensor([[], []]),
    "a list of tensors": lambda lib: lib.tensor([lib.tensor(1.0), lib.tensor(2.0)]),
    "a float64 array": lambda lib: lib.tensor(np.arange(3.0)),
    "with a type": lambda lib: lib.tensor([1, 2], dtype=lib.float64),
    "zeros": lambda lib: lib.zeros(2, 3),
    "zeros of a tuple": lambda lib: lib.zeros((2, 3), dtype=lib.int64),
    "ones": lambda lib: lib.ones(0, 2),
    "full": lambda lib: lib.full((2,), 2.5),
    "full of ints": lambda lib: lib.full((2,), 3),
    "full of bools": lambda lib: lib.full((2,), True),
    "zeros_like": lambda lib: lib.zeros_like(lib.tensor([1, 2])),
    "ones_like": lambda lib: lib.ones_like(lib.tensor([1.0]), dtype=lib.float64),
    "arange": lambda lib: lib.arange(5),
    "arange from": lambda lib: lib.arange(2, 10, 3),
    "arange down": lambda lib: lib.arange(3, 0, -1),
    "arange of floats": lambda lib: lib.arange(0, 1, 0.1),
    "arange of float64": lambda lib: lib.arange(0, 1, 0.3, dtype=lib.float64),
    "as_tensor": lambda lib: lib.as_tensor([1, 2.0]),
    "from_numpy": lambda lib: lib.from_numpy(np.arange(3, dtype="int16")),
}


@pytest.mark.parametrize("name", MADE)
def test_a_tensor_is_made_as_pytorch_makes_it(name):
    assert_same(MADE[name](tg), MADE[name](torch))


@pytest.mark.parametrize("seed", [0, 1, 1234, 2**32 + 5, -1, 2**64 - 1])
def test_one_stream_of_random_numbers_drawn_from_in_mixed_order_is_pytorch_s_bit_for_bit(seed):
    tg.manual_seed(seed)
    torch.manual_seed(seed)
    for shape, dtype in [
        (3, "float32"),
        (2, "float64"),
        ((5, 4), "float32"),
        ((), "float32"),
        (3, "float16"),
        (1, "float64"),
    ]:
        ours, theirs = (lib.rand(shape, dtype=getattr(lib, dtype)) for lib in (tg, torch))
        assert np.array_equal(ours.numpy(), theirs.numpy())
        assert ours.numpy().dtype == theirs.numpy().dtype


def test_many_random_numbers_are_pytorch_s_bit_for_bit():
    tg.manual_seed(7)
    torch.manual_seed(7)
    for dtype in ("float32", "float64"):
        assert np.array_equal(
            tg.rand(1000, dtype=getattr(tg, dtype)).numpy(), torch.rand(1000, dtype=getattr(torch, dtype)).numpy()
        )


def test_a_generator_of_its_own_leaves_the_common_stream_alone():
    drawn = []
    for lib in (tg, torch):
        lib.manual_seed(3)
        own = lib.Generator().manual_seed(4)
        drawn.append([lib.rand(2, generator=own).tolist(), lib.rand(2).tolist()])
    assert drawn[0] == drawn[1]


# ---- what it looks like ------------------------------------------------------------------------------------

SHOWN = [
    np.zeros(()),
    np.array(3),
    np.array(2.5),
    np.array([]),
    np.zeros((2, 0)),
    np.array([True, False]),
    np.array([1, -20, 3]),
    array_of((3, 4)),
    array_of((2, 2, 3)),
    np.arange(2000.0),
    np.arange(2000),
    array_of((40, 50)),
    array_of((6, 500)),
    np.array([1e-5, 1]),
    np.array([1e9]),
    np.array([np.nan, np.inf, -np.inf]),
    np.array([np.nan, 1.5]),
    np.array([1001.0, 1.0]),
    np.arange(40.0),
    np.array([1e-8, 0]),
]


@pytest.mark.parametrize("array", SHOWN, ids=range(len(SHOWN)))
def test_a_tensor_looks_as_in_pytorch_apart_from_the_name_of_its_type(array):
    ours, theirs = tg.tensor(array), torch.tensor(array)
    assert repr(ours) == repr(theirs).replace("torch.", "")
    if ours.is_floating_point():
        ours, theirs = ours.float().requires_grad_(), theirs.float().requires_grad_()
        assert repr(ours) == repr(theirs)
        assert repr(ours * 2) == repr(theirs * 2)


@pytest.mark.parametrize(
    "function",
    [UNARY[name] for name in ("neg", "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "abs", "clone", "pow 2", "where")]
    + [lambda lib, x: x.sum(), lambda lib, x: x.mean(), lambda lib, x: x.softmax(0), lambda lib, x: x.log_softmax(0)],
)
def test_the_node_has_pytorch_s_name(function):
    names = [function(lib, lib.tensor([1.0, 2.0], requires_grad=True)).grad_fn.name() for lib in (tg, torch)]
    assert names[0] == names[1]
