"""Elementwise functions against PyTorch: numbers, types, gradients, corners, in place, and what is refused."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given
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
    floats,
    layouts,
    outcome,
    shapes,
    typed,
)

INF, NAN = float("inf"), float("nan")

# name: (the function, the lowest and the highest number to try)
SMOOTH = {
    "exp2": (lambda lib, x: lib.exp2(x), -2, 2),
    "expm1": (lambda lib, x: lib.expm1(x), -2, 2),
    "log2": (lambda lib, x: lib.log2(x), 0.1, 3),
    "log10": (lambda lib, x: lib.log10(x), 0.1, 3),
    "log1p": (lambda lib, x: lib.log1p(x), -0.8, 3),
    "rsqrt": (lambda lib, x: lib.rsqrt(x), 0.2, 3),
    "reciprocal": (lambda lib, x: lib.reciprocal(x), 0.2, 3),
    "sin": (lambda lib, x: lib.sin(x), -4, 4),
    "cos": (lambda lib, x: lib.cos(x), -4, 4),
    "tan": (lambda lib, x: lib.tan(x), -1, 1),
    "asin": (lambda lib, x: lib.asin(x), -0.9, 0.9),
    "acos": (lambda lib, x: lib.acos(x), -0.9, 0.9),
    "atan": (lambda lib, x: lib.atan(x), -4, 4),
    "sinh": (lambda lib, x: lib.sinh(x), -2, 2),
    "cosh": (lambda lib, x: lib.cosh(x), -2, 2),
    "erf": (lambda lib, x: lib.erf(x), -4, 4),
    "clamp": (lambda lib, x: x.clamp(-1, 0.5) * x, -2, 2),
    "clamp_min": (lambda lib, x: x.clamp_min(0.3) * x, -2, 2),
    "clamp_max": (lambda lib, x: lib.clamp_max(x, 0.3) * x, -2, 2),
    "remainder": (lambda lib, x: (x % 0.7) * x, -2, 2),
    "fmod": (lambda lib, x: x.fmod(-0.7) * x, -2, 2),
    "frac": (lambda lib, x: x.frac() * x, -2, 2),
    "lerp": (lambda lib, x: lib.lerp(x, x * x, 0.3), -2, 2),
    "true_divide": (lambda lib, x: x.true_divide(3), -2, 2),
    "floor": (lambda lib, x: x.floor() * x, -2, 2),
    "ceil": (lambda lib, x: x.ceil() * x, -2, 2),
    "trunc": (lambda lib, x: x.trunc() * x, -2, 2),
    "round": (lambda lib, x: x.round(decimals=1) * x, -2, 2),
}


@pytest.mark.parametrize("name", SMOOTH)
@few
@given(shape=shapes, layout=layouts, dtype=floats)
def test_a_function_of_one_tensor_agrees(name, shape, layout, dtype):
    function, low, high = SMOOTH[name]
    assert_parity(function, array_of(shape, dtype, low, high), layout=layout, scale=50)


OF_TWO = {
    "minimum": lambda lib, x, y: lib.minimum(x, y) * x,
    "atan2": lambda lib, x, y: lib.atan2(x, y),
    "logaddexp": lambda lib, x, y: lib.logaddexp(x, y),
    "remainder": lambda lib, x, y: lib.remainder(x, y),
    "fmod": lambda lib, x, y: lib.fmod(x, y),
    "rounded down": lambda lib, x, y: lib.div(x, y, rounding_mode="floor") * x,
    "rounded to 0": lambda lib, x, y: x.div(y, rounding_mode="trunc") * x,
    "clamp": lambda lib, x, y: x.clamp(min=y) * x,
    "clamp between tensors": lambda lib, x, y: lib.clamp(x, y, 2 * y),
    "addcmul": lambda lib, x, y: lib.addcmul(x, x, y, value=0.5),
    "addcdiv": lambda lib, x, y: lib.addcdiv(x, y, y + 2, value=-2),
    "lerp": lambda lib, x, y: lib.lerp(x, y, x * y),
}


@pytest.mark.parametrize("name", OF_TWO)
@few
@given(
    pair=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0),
    layout=layouts,
    dtype=floats,
)
def test_a_function_of_two_tensors_agrees_on_all_shapes_that_broadcast(name, pair, layout, dtype):
    x, y = (array_of(shape, dtype, low=0.5, seed=i) for i, shape in enumerate(pair.input_shapes))
    assert_parity(OF_TWO[name], x, y, layout=layout, scale=50)


SPECIAL = np.array([-INF, -2.5, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.5, INF, NAN])
EVERYWHERE = [*SMOOTH, "sign", "isnan", "isinf", "isfinite", "nan_to_num", "round to whole", "sigmoid", "logical_not"]


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_function_agrees_at_zero_at_halves_at_infinity_and_at_nan(name):
    function = SMOOTH[name][0] if name in SMOOTH else lambda lib, x: getattr(x, name)()
    if name == "round to whole":
        function = lambda lib, x: x.round()  # noqa: E731
    ours, theirs = function(tg, tg.tensor(SPECIAL)), function(torch, torch.tensor(SPECIAL))
    assert_same(ours, theirs, 10)


@pytest.mark.parametrize("name", ["exp2", "log1p", "rsqrt", "reciprocal", "tan", "atan", "cosh", "erf", "frac"])
def test_gradients_at_zero_and_infinity_agree(name):
    points = np.array([-INF, -1.0, -0.0, 0.0, 0.5, 1.0, INF])
    assert_parity(SMOOTH[name][0], points, second=False, scale=10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erf_is_pytorch_s_to_the_last_digit_over_the_whole_line(dtype):
    """Each is less than 1.5 units in the last place from the true number."""
    sizes = np.concatenate([np.linspace(0, 6.5, 20001), np.geomspace(1e-320, 1, 4001)])
    x = np.concatenate([-sizes, sizes, [-INF, -1e30, -6.0, 6.0, 1e30, INF, NAN]]).astype(dtype)
    np.testing.assert_array_max_ulp(tg.erf(tg.tensor(x)).numpy(), torch.erf(torch.tensor(x)).numpy(), maxulp=2)


PAIRS = [(7, 3), (-7, 3), (7, -3), (-7, -3), (0, 3), (6, 3), (-6, 3)]
WHOLE = {
    "//": operator.floordiv,
    "%": operator.mod,
    "fmod": lambda x, y: x.fmod(y),
    "floor": lambda x, y: x.div(y, rounding_mode="floor"),
    "trunc": lambda x, y: x.div(y, rounding_mode="trunc"),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64", "float16"])
def test_whole_quotients_and_remainders_have_pytorch_s_signs(name, dtype):
    x, y = (np.array(column, dtype) for column in zip(*PAIRS))
    assert_same(WHOLE[name](tg.tensor(x), tg.tensor(y)), WHOLE[name](torch.tensor(x), torch.tensor(y)))


@pytest.mark.parametrize("name", WHOLE)
def test_division_of_floats_by_zero_and_by_infinity_agrees(name):
    x, y = (np.array(column) for column in zip(*[(a, b) for a in (-5.0, -0.0, 5.0, INF, NAN) for b in (0.0, 2.0, INF)]))
    assert_same(WHOLE[name](tg.tensor(x), tg.tensor(y)), WHOLE[name](torch.tensor(x), torch.tensor(y)))


@pytest.mark.parametrize("name", WHOLE)
def test_two_tensors_of_any_types_give_pytorch_s_quotients_and_remainders(name):
    for first in DTYPES:
        for second in DTYPES:
            for dims in [(1, 1), (1, 0), (0, 0)]:
                ours, theirs = (
                    outcome(lambda lib=lib: WHOLE[name](typed(lib, first, dims[0]), typed(lib, second, dims[1])))  # noqa: B023
                    for lib in (tg, torch)
                )
                assert_same_outcome(ours, theirs, (first, second, dims))


BITS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]


@pytest.mark.parametrize("op", BITS, ids=lambda op: op.__name__)
def test_bits_of_any_types_give_pytorch_s_type_and_numbers(op):
    for first in DTYPES:
        for second in DTYPES:
            if "bool" == first == second and op in (operator.lshift, operator.rshift):
                continue
            pairs = [(typed(lib, first, 1), typed(lib, second, 1)) for lib in (tg, torch)]
            ours, theirs = (outcome(lambda x=x, y=y: op(x, y)) for x, y in pairs)
            assert_same_outcome(ours, theirs, (first, second))
        for number in (1, 3, 2.5):
            for swap in (False, True):
                ours, theirs = (
                    outcome(lambda lib=lib: op(*[typed(lib, first, 1), number][:: -1 if swap else 1]))  # noqa: B023
                    for lib in (tg, torch)
                )
                assert_same_outcome(ours, theirs, (first, number, swap))


ONE_OF_ANY = [
    "exp2",
    "expm1",
    "log2",
    "log1p",
    "rsqrt",
    "reciprocal",
    "sin",
    "acos",
    "atan",
    "cosh",
    "erf",
    "floor",
    "ceil",
]
ONE_OF_ANY += [
    "trunc",
    "round",
    "frac",
    "isnan",
    "isinf",
    "isfinite",
    "logical_not",
    "sign",
    "nan_to_num",
    "square",
    "abs",
]


@pytest.mark.parametrize("name", ONE_OF_ANY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_function_of_any_type_gives_pytorch_s_type(name, dtype):
    ours, theirs = (outcome(lambda lib=lib: getattr(typed(lib, dtype, 1), name)()) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, (name, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_not_of_any_type_agrees(dtype):
    ours, theirs = (outcome(lambda lib=lib: ~typed(lib, dtype, 1)) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, dtype)


@pytest.mark.parametrize("bounds", [(0, 2), (0.5, None), (None, 2.5), (True, 2), (2, 1), (NAN, 1)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_clamping_any_type_agrees(dtype, bounds):
    ours, theirs = (outcome(lambda lib=lib: typed(lib, dtype, 1).clamp(*bounds)) for lib in (tg, torch))
    assert_same_outcome(ours, theirs, (dtype, bounds))


def test_clamp_passes_the_gradient_at_its_bounds_and_to_the_bounds_beyond_them():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 2.0])
    low, high = np.array([2.0, 2.0, 2.0, 6.0, 5.0, 3.0]), np.array([3.0, 3.0, 3.0, 4.0, 5.0, 3.0])
    assert_parity(lambda lib, x, low, high: lib.clamp(x, low, high), x, low, high)
    assert_parity(lambda lib, x: x.clamp(2, 4), x)
    assert_parity(lambda lib, x: x.clamp(4, 2), x)
    assert_parity(lambda lib, x: x.clamp(3), x)


def test_minimum_shares_the_gradient_where_both_are_equal():
    assert_parity(lambda lib, x, y: lib.minimum(x, y), np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    assert_parity(lambda lib, x, y: lib.min(x, y), np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))


def test_maximum_and_minimum_hand_the_gradient_on_where_one_is_nan():
    x, y = np.array([NAN, 1.0, NAN]), np.array([1.0, NAN, NAN])
    assert_parity(lambda lib, x, y: lib.maximum(x, y), x, y, second=False)
    assert_parity(lambda lib, x, y: lib.minimum(x, y), x, y, second=False)


def test_relu_and_abs_have_gradient_zero_at_zero():
    assert_parity(lambda lib, x: x.relu() + x.abs(), np.array([-1.0, -0.0, 0.0, 1.0]))


def test_atan2_has_gradient_zero_at_the_origin():
    assert_parity(
        lambda lib, y, x: lib.atan2(y, x), np.array([0.0, 1.0, -1.0]), np.array([0.0, 0.0, -1.0]), second=False
    )


def test_nan_to_num_takes_its_numbers_and_stops_the_gradient_there():
    points = np.array([NAN, INF, -INF, 1.0])
    assert_parity(lambda lib, x: x.nan_to_num() / 1e300, points)
    assert_parity(lambda lib, x: lib.nan_to_num(x, 1.0, 2.0, 3.0) * x.nan_to_num(0, 0, 0), points)


WRAPPED = [300, -1, 255, 256, 2**40, -(2**40), 2**63]


@pytest.mark.parametrize("number", WRAPPED)
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_a_number_too_large_for_the_type_wraps_around(dtype, number):
    for op in (operator.add, operator.sub, operator.mul):
        for swap in (False, True):
            ours, theirs = (
                outcome(lambda lib=lib: op(*[typed(lib, dtype, 1), number][:: -1 if swap else 1]))  # noqa: B023
                for lib in (tg, torch)
            )
            assert_same_outcome(ours, theirs, (dtype, number, op))


def test_results_too_large_for_the_type_wrap_around():
    for lib_pair in [(200, 100), (255, 255), (0, 1)]:
        x, y = (np.array([n], "uint8") for n in lib_pair)
        for op in (operator.add, operator.sub, operator.mul, operator.pow):
            assert_same(op(tg.tensor(x), tg.tensor(y)), op(torch.tensor(x), torch.tensor(y)))
    assert_same(-tg.tensor([1, 200], dtype=tg.uint8), -torch.tensor([1, 200], dtype=torch.uint8))


def test_negative_powers_of_integers_agree():
    base, exponent = np.array([0, 1, -1, -1, 2, -2, 3, 2]), np.array([-1, -2, -2, -3, -1, -1, 2, 0])
    assert_same(tg.tensor(base) ** tg.tensor(exponent), torch.tensor(base) ** torch.tensor(exponent))
    assert_same(2 ** tg.tensor(exponent), 2 ** torch.tensor(exponent))


COMPARED = ["eq", "ne", "lt", "le", "gt", "ge"]


@pytest.mark.parametrize("name", COMPARED)
def test_comparisons_as_functions_agree(name):
    x, y = np.array([1.0, 2.0, NAN]), np.array([1.0, 3.0, NAN])
    assert_same(getattr(tg, name)(tg.tensor(x), tg.tensor(y)), getattr(torch, name)(torch.tensor(x), torch.tensor(y)))
    assert_same(getattr(tg.tensor(x), name)(2), getattr(torch.tensor(x), name)(2))


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_logic_agrees(name, dtype):
    x, y = np.array([0, 0, 1, 1]).astype(dtype), np.array([0, 1, 0, 2])
    assert_same(getattr(tg, name)(tg.tensor(x), tg.tensor(y)), getattr(torch, name)(torch.tensor(x), torch.tensor(y)))


def test_closeness_and_equality_agree():
    x, y = np.array([1.0, 1.0, INF, NAN, 0.0]), np.array([1.0 + 1e-6, 1.1, INF, NAN, 1e-9])
    for options in ({}, {"rtol": 0.2}, {"atol": 0.2, "rtol": 0}, {"equal_nan": True}):
        assert_same(
            tg.isclose(tg.tensor(x), tg.tensor(y), **options),
            torch.isclose(torch.tensor(x), torch.tensor(y), **options),
        )
    for a, b in [(x, x), (x[:3], x[:3]), (x[:3], y[:3]), (x[:3], x[:2]), (x[:2], x[:2].astype("float32"))]:
        assert tg.equal(tg.tensor(a), tg.tensor(b)) == torch.equal(torch.tensor(a), torch.tensor(b))
    assert tg.allclose(tg.tensor([1.0]), tg.tensor([1.0 + 1e-7])) is True
    assert tg.tensor([1.0]).allclose(tg.tensor([1.1])) is False


IN_PLACE = [
    "exp",
    "expm1",
    "exp2",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "neg",
    "abs",
    "sign",
]
IN_PLACE += ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "relu", "erf", "floor"]
IN_PLACE += ["ceil", "trunc", "logical_not", "square", "round", "nan_to_num"]
WITH_ARGUMENTS = {
    "clamp": (0.2, 0.6), "clip": (0.2,), "clamp_min": (0.3,), "clamp_max": (0.3,), "pow": (3,), "floor_divide": (0.3,),
    "remainder": (0.3,), "fmod": (0.3,), "div": (2,),
}  # fmt: skip


@pytest.mark.parametrize("name", [*IN_PLACE, *WITH_ARGUMENTS])
def test_an_op_in_place_gives_the_numbers_the_gradient_and_the_same_tensor(name):
    def in_place(lib, x):
        y = x * 1
        z = getattr(y, name + "_")(*WITH_ARGUMENTS.get(name, ()))
        assert z is y
        return y

    if name in ("logical_not", "floor_divide"):  # PyTorch has no gradient for these
        ours, theirs = in_place(tg, tg.tensor([0.5, 0.0])), in_place(torch, torch.tensor([0.5, 0.0]))
        assert_same(ours, theirs)
    else:
        assert_parity(in_place, array_of((2, 3), low=0.1, high=0.9), second=False, scale=10)


@pytest.mark.parametrize("name", [*IN_PLACE, *WITH_ARGUMENTS])
def test_an_op_in_place_on_integers_agrees_or_is_refused_alike(name):
    ours, theirs = (
        outcome(lambda lib=lib: getattr(lib.tensor([1, 2, 3]), name + "_")(*WITH_ARGUMENTS.get(name, ())))
        for lib in (tg, torch)
    )
    assert_same_outcome(ours, theirs, name)


def test_three_operands_in_place_agree():
    def steps(lib, x, y):
        z = x * 1
        z.addcmul_(x, y, value=0.5)
        z.addcdiv_(x, y, value=2)
        z.lerp_(y, 0.25)
        z.lerp_(x, y)
        return z.div_(3, rounding_mode=None)

    assert_parity(steps, array_of((2, 3), low=0.5), array_of((2, 3), low=0.5, seed=1), second=False)


def test_augmented_assignments_agree():
    def floats_(lib):
        x = lib.tensor([5.0, -7.0])
        x **= 2
        x //= 3
        x %= 5
        return x

    def bits(lib):
        x = lib.tensor([5, 6])
        x &= 7
        x |= 8
        x ^= 1
        x <<= 2
        x >>= 1
        return x

    assert_same(floats_(tg), floats_(torch))
    assert_same(bits(tg), bits(torch))


REFUSED = {
    "exp of a list": lambda lib: lib.exp([1.0]),
    "relu of None": lambda lib: lib.relu(None),
    "erf of text": lambda lib: lib.erf("a"),
    "a sum with None": lambda lib: lib.tensor([1.0]) + None,
    "a remainder with a list": lambda lib: lib.tensor([1.0]) % [1],
    "bits of a list": lambda lib: lib.tensor([1]) & [1],
    "maximum with a number": lambda lib: lib.maximum(lib.tensor([1.0]), 1),
    "minimum of a list": lambda lib: lib.minimum([1.0], lib.tensor([1.0])),
    "logical_and with a number": lambda lib: lib.logical_and(lib.tensor([1.0]), 1),
    "isnan of a list": lambda lib: lib.isnan([1.0]),
    "isclose with a number": lambda lib: lib.isclose(lib.tensor([1.0]), 1.0),
    "isclose of unlike types": lambda lib: lib.isclose(lib.tensor([1.0]), lib.tensor([1])),
    "isclose with a negative tolerance": lambda lib: lib.isclose(lib.tensor([1.0]), lib.tensor([1.0]), rtol=-1),
    "equal with a list": lambda lib: lib.equal(lib.tensor([1.0]), [1.0]),
    "clamp without bounds": lambda lib: lib.tensor([1.0]).clamp(),
    "clamp with text": lambda lib: lib.tensor([1.0]).clamp("a"),
    "a bound the type cannot hold": lambda lib: lib.tensor([1], dtype=lib.uint8).clamp(0, 300),
    "an exponent the type cannot hold": lambda lib: lib.tensor([1], dtype=lib.uint8) ** 300,
    "a number of more than 64 bits": lambda lib: lib.tensor([1]) + 2**70,
    "lerp of integers": lambda lib: lib.lerp(lib.tensor([1]), lib.tensor([1]), 0.5),
    "lerp of unlike types": lambda lib: lib.lerp(lib.ones(1), lib.ones(1).double(), 0.5),
    "addcdiv of integers": lambda lib: lib.addcdiv(lib.ones(1), lib.tensor([1]), lib.tensor([1])),
    "addcmul with a number": lambda lib: lib.addcmul(lib.ones(1), lib.ones(1), 2),
    "addcmul_ with a number": lambda lib: lib.ones(1).addcmul_(lib.ones(1), 2),
    "addcdiv_ of integers": lambda lib: lib.ones(1).addcdiv_(lib.tensor([1]), lib.tensor([1])),
    "a float alpha among integers": lambda lib: lib.add(lib.tensor([1]), lib.tensor([1]), alpha=1.5),
    "an alpha of text": lambda lib: lib.add(lib.ones(1), lib.ones(1), alpha="a"),
    "an unknown rounding": lambda lib: lib.div(lib.ones(1), 2, rounding_mode="up"),
    "integers divided by 0": lambda lib: lib.tensor([1]) // 0,
    "a remainder of integers by 0": lambda lib: lib.tensor([1]) % lib.tensor([1, 0]),
    "not of floats": lambda lib: ~lib.ones(1),
    "shapes that do not broadcast": lambda lib: lib.fmod(lib.ones(2), lib.ones(3)),
    "logaddexp of integers": lambda lib: lib.logaddexp(lib.tensor([1]), lib.tensor([1])),
    "frac of integers": lambda lib: lib.tensor([1]).frac(),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_raises_pytorch_s_exception(name):
    theirs = outcome(lambda: REFUSED[name](torch))
    assert isinstance(theirs, str)
    assert outcome(lambda: REFUSED[name](tg)) == theirs


MIXED = {
    "add of uint8 with a negative alpha": lambda lib, x, n: lib.add(x, n, alpha=-1),
    "sub of uint8 with a large alpha": lambda lib, x, n: x.sub(n, alpha=200),
    "add_ of uint8": lambda lib, x, n: (x * 1).add_(n, alpha=-2),
    "add of a half and integers": lambda lib, x, n: lib.add(x.half(), n, alpha=0.5),
    "addcmul of uint8": lambda lib, x, n: lib.addcmul(x, n, n, value=-1),
    "addcmul_ of uint8": lambda lib, x, n: (x * 1).addcmul_(n, n, value=-1),
    "addcmul of halves": lambda lib, x, n: lib.addcmul(x, (x + 0.123).half(), n),
    "addcmul of a number tensor": lambda lib, x, n: lib.addcmul(x.double(), n, lib.tensor(0.1)),
    "addcdiv of uint8": lambda lib, x, n: lib.addcdiv(x, x.half(), n, value=2),
}


@pytest.mark.parametrize("name", MIXED)
def test_operands_of_unlike_types_get_one_type_before_they_are_multiplied(name):
    ours, theirs = (MIXED[name](lib, lib.tensor([0.3, -1.7, 2.1]), lib.tensor([4, 100, 255]).byte()) for lib in LIBS)
    assert_same(ours, theirs)


def test_an_op_in_place_brings_the_other_operand_a_gradient_of_its_own_type():
    def gradient(lib):
        y = lib.tensor([1.0, 2.0], dtype=lib.float64, requires_grad=True)
        x = lib.ones(2, dtype=lib.float16)
        x.sub_(y)
        x.sum().backward()
        return y.grad

    assert_same(gradient(tg), gradient(torch))


def test_an_op_in_place_without_a_derivative_leaves_the_old_numbers_no_gradient():
    x = tg.tensor([0.0, 2.0], requires_grad=True)
    y = x * 3
    y.logical_not_()
    (y * x).sum().backward()
    assert y.tolist() == x.grad.tolist() == [1.0, 0.0]


def test_lerp_meets_its_end_exactly():
    for weight in (1.0, 0.75, 0.25):
        ours, theirs = (lib.lerp(lib.tensor([1e8, -3.0]), lib.tensor([1.0, 5.0]), weight) for lib in LIBS)
        assert ours.tolist() == theirs.tolist()


def test_halves_are_rounded_to_decimals_without_overflow():
    ours, theirs = (lib.tensor([1000.0, 1.2345], dtype=lib.float16).round(decimals=3) for lib in LIBS)
    assert_same(ours, theirs)


LIBS = (tg, torch)
NOT_OF_BOOLS = {
    "matmul": lambda lib, b: b @ b,
    "mv": lambda lib, b: b.mv(b[0]),
    "dot": lambda lib, b: b[0].dot(b[0]),
    "left shift": lambda lib, b: b << b,
    "right shift": lambda lib, b: b >> b,
    "addcmul": lambda lib, b: lib.addcmul(b, b, b),
    "round_ of integers to decimals": lambda lib, b: b.long().round_(decimals=-1),
}


@pytest.mark.parametrize("name", NOT_OF_BOOLS)
def test_what_bools_do_not_have_is_refused_as_there(name):
    ours, theirs = (lib.tensor([[True, False], [True, True]]) for lib in LIBS)
    wanted = outcome(lambda: NOT_OF_BOOLS[name](torch, theirs))
    assert isinstance(wanted, str)
    assert outcome(lambda: NOT_OF_BOOLS[name](tg, ours)) == wanted
