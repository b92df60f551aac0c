"""Mathematical ops without PyTorch: derivatives against differences, corners worked by hand, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim.engine import apply
from tinygrad_optim.ops import cumulative

INF, NAN = float("inf"), float("nan")


def leaf(*shape, low=-2.0, high=2.0, seed=0):
    """A float64 leaf whose elements all differ, with none near 0 or another kink."""
    return tg.tensor(np.random.default_rng(seed).uniform(low, high, shape), requires_grad=True)


def gradient_of(function, *numbers):
    """The gradients of the sum of function's result, as lists."""
    leaves = [tg.tensor(x, dtype=tg.float64, requires_grad=True) for x in numbers]
    function(*leaves).sum().backward()
    found = [x.grad.tolist() for x in leaves]
    return found if len(found) > 1 else found[0]


def check_both(function, *inputs):
    assert tg.gradcheck(function, inputs)
    assert tg.gradgradcheck(function, inputs)


# ---- derivatives -------------------------------------------------------------------------------------------

SMOOTH = {
    "exp2": (tg.exp2, -2, 2), "expm1": (tg.expm1, -2, 2), "log2": (tg.log2, 0.3, 2), "log10": (tg.log10, 0.3, 2),
    "log1p": (tg.log1p, -0.5, 2), "rsqrt": (tg.rsqrt, 0.5, 2), "reciprocal": (tg.reciprocal, 0.5, 2),
    "sin": (tg.sin, -3, 3), "cos": (tg.cos, -3, 3), "tan": (tg.tan, -1, 1), "asin": (tg.asin, -0.8, 0.8),
    "acos": (tg.acos, -0.8, 0.8), "atan": (tg.atan, -3, 3), "sinh": (tg.sinh, -2, 2), "cosh": (tg.cosh, -2, 2),
    "erf": (tg.erf, -2, 2), "frac": (lambda x: x.frac() * x, 0.2, 0.9), "fmod": (lambda x: x.fmod(5) * x, -2, 2),
    "remainder": (lambda x: (x % 5) * x, 0.2, 2), "floor": (lambda x: x.floor() * x, 0.2, 0.9),
    "trunc": (lambda x: x.trunc() * x, 0.2, 0.9), "ceil": (lambda x: x.ceil() * x, 0.2, 0.9),
    "round": (lambda x: x.round() * x, 0.6, 0.9), "nan_to_num": (lambda x: x.nan_to_num() ** 2, -2, 2),
    "clamp": (lambda x: x.clamp(-0.5, 0.55) * x, -2, 2), "var": (lambda x: x.var(correction=0.5), -2, 2),
    "var of rows": (lambda x: x.var(-1), -2, 2), "std": (lambda x: x.std(-1, keepdim=True), -2, 2),
    "prod": (lambda x: x.prod(), -2, 2), "prod of rows": (lambda x: x.prod(-1), -2, 2),
    "cumsum": (lambda x: x.cumsum(0) ** 2, -2, 2), "cumprod": (lambda x: x.cumprod(-1), -2, 2),
    "amin": (lambda x: x.amin(-1) ** 2, -2, 2), "median": (lambda x: x.median() ** 2, -2, 2),
    "logsumexp": (lambda x: x.logsumexp(-1), -2, 2), "norm": (lambda x: x.norm(), -2, 2),
    "norm 1": (lambda x: x.norm(1, -1) ** 2, -2, 2), "norm 3": (lambda x: x.norm(3, 0), 0.3, 2),
    "norm inf": (lambda x: x.norm(INF) ** 2, -2, 2), "sort": (lambda x: x.sort(-1).values ** 2, -2, 2),
    "topk": (lambda x: x.topk(2).values ** 2, -2, 2), "max": (lambda x: x.max(0).values ** 2, -2, 2),
    "einsum of one": (lambda x: tg.einsum("ij->j", x) ** 2, -2, 2), "trace": (lambda x: (x @ x.t()).trace(), -2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_first_and_second_derivatives_are_right(name):
    function, low, high = SMOOTH[name]
    check_both(function, leaf(2, 3, low=low, high=high))


# Of one number there is no spread, its norm has a kink, and the others take a matrix.
NOT_OF_ONE = ["var", "std", "norm inf", "var of rows", "topk", "trace", "einsum of one"]


@pytest.mark.parametrize("name", [name for name in SMOOTH if name not in NOT_OF_ONE])
def test_derivatives_are_right_of_a_single_number(name):
    function, low, high = SMOOTH[name]
    assert tg.gradcheck(lambda x: function(x.reshape(())), leaf(1, low=low, high=high))


OF_TWO = {
    "minimum": lambda x, y: tg.minimum(x, y) ** 2,
    "atan2": tg.atan2,
    "logaddexp": tg.logaddexp,
    "remainder": lambda x, y: (x % y) * x,
    "fmod": lambda x, y: tg.fmod(x, y) * y,
    "lerp": lambda x, y: tg.lerp(x, y, x),
    "clamp": lambda x, y: tg.clamp(x, y - 1, y + 0.1) * x,
    "addcmul": lambda x, y: tg.addcmul(x, x, y, value=3),
    "addcdiv": lambda x, y: tg.addcdiv(x, x, y, value=3),
    "rounded quotient": lambda x, y: tg.div(x, y, rounding_mode="floor") * x,
    "outer": lambda x, y: tg.einsum("ij,kj->ik", x, y),
    "attention": lambda x, y: tg.einsum("...qd,...kd->...qk", x, y),
}


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("second", [(2, 3), (1, 3)], ids=str)
def test_derivatives_of_two_tensors_are_right(name, second):
    check_both(OF_TWO[name], leaf(2, 3, low=0.5), leaf(*second, low=0.6, seed=1))


def test_derivatives_of_remainders_are_right_for_all_signs():
    check_both(
        lambda x, y: x % y, tg.tensor([-5.0, 5.0, -5.0, 5.0]).double().requires_grad_(), leaf(4, low=1.1, high=1.4)
    )
    assert gradient_of(tg.remainder, [-5.0, 5.0], [2.0, 2.0]) == [[1.0, 1.0], [3.0, -2.0]]
    assert gradient_of(tg.fmod, [-5.0, 5.0], [2.0, 2.0]) == [[1.0, 1.0], [2.0, -2.0]]


def test_tensordot_sums_over_the_dims_named_from_either_end():
    x, y = leaf(2, 3, 4), leaf(4, 2, 5, seed=1)
    wanted = np.tensordot(x.detach().numpy(), y.detach().numpy(), ([-1, 0], [0, -2]))
    np.testing.assert_allclose(tg.tensordot(x, y, ([-1, 0], [0, -2])).detach().numpy(), wanted)
    assert tg.gradcheck(lambda x, y: tg.tensordot(x, y, ([-1, 0], [0, -2])), (x, y))


@pytest.mark.parametrize("by", [-3, -1, 0, 1, 2])
def test_derivatives_of_a_shift_are_right(by):
    check_both(lambda x: apply(cumulative.SHIFT, x, 1, by) ** 2, leaf(2, 3))


@pytest.mark.parametrize("row", [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0]], ids=str)
def test_derivatives_of_products_are_right_with_zeros(row):
    x = tg.tensor(row, dtype=tg.float64, requires_grad=True)
    check_both(lambda x: x.prod(), x)
    check_both(lambda x: x.cumprod(0), x)


# ---- corners, worked by hand -------------------------------------------------------------------------------


def test_max_of_all_and_amax_share_a_tie_and_max_along_a_dim_gives_it_to_the_first():
    assert gradient_of(lambda x: x.max(), [2.0, 2.0, 1.0]) == [0.5, 0.5, 0.0]
    assert gradient_of(lambda x: x.amax(0), [2.0, 2.0, 1.0]) == [0.5, 0.5, 0.0]
    assert gradient_of(lambda x: x.max(0).values, [2.0, 2.0, 1.0]) == [1.0, 0.0, 0.0]


def test_min_of_all_amin_and_median_share_a_tie_and_min_along_a_dim_gives_it_to_the_first():
    assert gradient_of(lambda x: x.min(), [1.0, 1.0, 2.0]) == [0.5, 0.5, 0.0]
    assert gradient_of(lambda x: x.amin(0), [1.0, 1.0, 2.0]) == [0.5, 0.5, 0.0]
    assert gradient_of(lambda x: x.median(), [1.0, 1.0, 2.0]) == [0.5, 0.5, 0.0]
    assert gradient_of(lambda x: x.min(0).values, [1.0, 1.0, 2.0]) == [1.0, 0.0, 0.0]


def test_maximum_and_minimum_halve_the_gradient_of_a_tie():
    assert gradient_of(tg.maximum, [1.0, 3.0], [1.0, 2.0]) == [[0.5, 1.0], [0.5, 0.0]]
    assert gradient_of(tg.minimum, [1.0, 3.0], [1.0, 2.0]) == [[0.5, 0.0], [0.5, 1.0]]


def test_relu_abs_and_norms_have_gradient_zero_at_zero():
    assert gradient_of(tg.relu, [0.0, -0.0]) == [0.0, 0.0]
    assert gradient_of(tg.abs, [0.0, -0.0]) == [0.0, 0.0]
    for p in (1, 2, 3, INF):
        assert gradient_of(lambda x: x.norm(p), [0.0, 0.0]) == [0.0, 0.0]  # noqa: B023


def test_the_second_gradient_of_the_norm_is_zero_at_zero():
    x = tg.zeros(2, dtype=tg.float64, requires_grad=True)
    (g,) = tg.autograd.grad(x.norm(), x, create_graph=True)
    assert tg.autograd.grad(g.sum(), x)[0].tolist() == [0.0, 0.0]


def test_clamp_passes_the_gradient_at_its_bounds():
    assert gradient_of(lambda x: x.clamp(1, 3), [0.0, 1.0, 2.0, 3.0, 4.0]) == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_rounding_has_gradient_zero_and_stays_in_the_graph():
    for function in (tg.floor, tg.ceil, tg.round, tg.trunc, tg.sign, lambda x: x // 1):
        assert gradient_of(function, [1.5, -0.5]) == [0.0, 0.0]


def test_var_divides_by_n_less_the_correction():
    x = tg.tensor([1.0, 2.0, 4.0, 5.0])  # mean 3, squared deviations 4 + 1 + 1 + 4
    assert x.var().item() == pytest.approx(10 / 3)
    assert x.var(unbiased=False).item() == x.var(correction=0).item() == 2.5
    assert x.var(correction=1.5).item() == 4.0
    assert x.std(correction=1.5).item() == 2.0
    assert [v.item() for v in tg.var_mean(x, correction=0)] == [2.5, 3.0]
    assert [v.item() for v in tg.std_mean(x, correction=1.5)] == [2.0, 3.0]


def test_var_warns_where_nothing_is_left_to_divide_by():
    with pytest.warns(UserWarning, match="degrees of freedom"):
        assert math.isnan(tg.tensor([1.0]).var().item())
    with pytest.warns(UserWarning, match="3 elements and a correction of 3"):
        assert tg.tensor([1.0, 2.0, 3.0]).var(correction=3).item() == INF


def test_median_of_an_even_number_is_the_lower_one():
    assert tg.tensor([4.0, 1.0, 3.0, 2.0]).median().item() == 2.0
    values, indices = tg.tensor([[4, 1, 3, 2]]).median(1)
    assert (values.tolist(), indices.tolist()) == ([2], [3])


def test_sorting_is_stable_both_ways():
    x = tg.tensor([1, 0, 1, 0])
    assert x.sort().indices.tolist() == [1, 3, 0, 2]
    assert x.sort(descending=True).indices.tolist() == [0, 2, 1, 3]


def test_nan_is_the_maximum_and_the_last_in_order():
    x = tg.tensor([1.0, NAN, 2.0])
    assert math.isnan(x.max().item())
    assert x.argmax().item() == x.argmin().item() == 1
    assert x.sort().indices.tolist() == [0, 2, 1]
    assert x.topk(1).indices.tolist() == [1]
    assert math.isnan(x.median().item())


def test_a_named_result_shows_its_names():
    shown = repr(tg.tensor([1.0, 3.0]).max(0))
    assert shown == "torch.return_types.max(\nvalues=tensor(3.),\nindices=tensor(1))"


def test_einsum_takes_diagonals_sums_and_broadcasts():
    x = tg.tensor([[1, 2], [3, 4]])
    assert tg.einsum("ii", x).item() == 5
    assert tg.einsum("ii->i", x).tolist() == [1, 4]
    assert tg.einsum("ij->", x).item() == 10
    assert tg.einsum("ij,j", x, tg.tensor([1, 10])).tolist() == [21, 43]
    assert tg.einsum("...i,...i->...", x, tg.tensor([1, 10])).tolist() == [21, 43]


SIZES = np.concatenate([np.linspace(0, 6.5, 20001), np.geomspace(1e-300, 1, 4001), np.geomspace(1e-320, 1e-300, 99)])
LINE = np.concatenate([-SIZES, SIZES, [1e-44, 0.46875, 1e30]])


@pytest.mark.parametrize(("dtype", "units"), [("float64", 2), ("float32", 1.5)])
def test_erf_is_the_error_function_to_the_last_digit(dtype, units):
    """Units: 1 is the distance of two neighbouring numbers. math.erf may itself be 1 off in float64."""
    x = LINE.astype(dtype)
    exact = np.array([math.erf(number) for number in x.tolist()])
    off = np.abs(tg.erf(tg.tensor(x)).numpy() - exact) / np.spacing(np.abs(exact).astype(dtype)).astype("float64")
    worst = off.argmax()
    assert off[worst] <= units, f"erf({x[worst]}) is {off[worst]} units off"


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64])
def test_erf_is_odd_never_beyond_1_and_keeps_the_sign_of_zero(dtype):
    x = tg.tensor(SIZES, dtype=dtype)
    found = tg.erf(x)
    assert tg.erf(-x).tolist() == (-found).tolist()
    assert found.max().item() == 1.0
    zeros = tg.erf(tg.tensor([0.0, -0.0], dtype=dtype)).tolist()
    assert [math.copysign(1, zero) for zero in zeros] == [1.0, -1.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gelu_is_x_times_the_normal_distribution_to_the_last_digit_of_x(dtype):
    x = np.linspace(-12, 12, 20001).astype(dtype)
    exact = np.array([number / 2 * math.erfc(-number * math.sqrt(0.5)) for number in x.tolist()])
    off = np.abs(tg.nn.functional.gelu(tg.tensor(x)).numpy() - exact)
    assert (off <= 1.5 * np.finfo(dtype).eps * np.abs(x)).all()


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64])
def test_far_from_zero_erf_is_1_exactly(dtype):
    """Or else x * (1 - erf(-x)), as in gelu, would grow with x."""
    x = tg.tensor([6.0, -6.0, 123.4, 1e30, -1e30, INF, -INF], dtype=dtype)
    assert tg.erf(x).tolist() == [1.0, -1.0, 1.0, 1.0, -1.0, 1.0, -1.0]
    assert tg.nn.functional.gelu(x[3:5]).tolist() == [x[3].item(), 0.0]
    assert math.isnan(tg.erf(tg.tensor(NAN, dtype=dtype)).item())
    assert tg.erf(tg.zeros(2, 0, dtype=dtype)).shape == (2, 0)


def test_erf_of_more_than_a_block_is_that_of_its_parts():
    x = tg.tensor(np.linspace(-3, 3, 70001))
    assert tg.erf(x)[40000:40010].tolist() == tg.erf(x[40000:40010]).tolist()


# ---- types -------------------------------------------------------------------------------------------------


def test_integers_divide_as_floats_and_bools_sum_to_integers():
    assert (tg.tensor([1]) / tg.tensor([2])).dtype == tg.float32
    assert tg.tensor([True, True]).sum().dtype == tg.tensor([True]).cumsum(0).dtype == tg.int64


def test_a_0d_tensor_does_not_change_the_type_of_one_with_dimensions():
    x, number = tg.ones(2), tg.tensor(2.0, dtype=tg.float64)
    for function in (tg.maximum, tg.fmod, tg.atan2, tg.remainder, tg.clamp):
        assert function(x, number).dtype == tg.float32


FLOATS = [
    tg.erf,
    tg.sin,
    tg.rsqrt,
    tg.log1p,
    tg.var,
    tg.std,
    tg.prod,
    tg.norm,
    tg.floor,
    tg.frac,
    tg.nan_to_num,
    tg.median,
]


@pytest.mark.parametrize(
    "function", [*FLOATS, lambda x: x.cumprod(0), lambda x: x.logsumexp(0), lambda x: x.clamp(0.1, 2.5)]
)
def test_float32_and_float16_stay_what_they_are_forward_and_backward(function):
    for dtype in (tg.float32, tg.float16):
        for shape in ((2, 3), (3,)):
            x = tg.full(shape, 0.5, dtype=dtype)
            x.requires_grad_()
            out = function(x * tg.arange(1, 4).to(dtype))
            out.sum().backward()
            assert out.dtype == x.grad.dtype == dtype


def test_small_integers_wrap_around():
    x = tg.tensor([200, 5], dtype=tg.uint8)
    assert (x + 300).tolist() == [244, 49]  # 300 is 44, and 200 + 44 = 244
    assert (x * 2).tolist() == [144, 10]
    assert (x - 6).tolist() == [194, 255]


def test_a_comparison_with_a_number_too_large_for_the_type_is_true_to_the_numbers():
    x = tg.tensor([200, 5], dtype=tg.uint8)
    assert (x < 300).tolist() == [True, True]
    assert (x > -1).tolist() == [True, True]
    assert (x == 456).tolist() == [False, False]  # 456 would wrap around to 200


# ---- refused -----------------------------------------------------------------------------------------------


def ones():
    return tg.ones(3)


REFUSED = {
    "exp of a list": (
        lambda: tg.exp([1.0]), TypeError, ["exp(): argument 'input' (position 1) must be Tensor, not list"]),
    "sum of a list": (
        lambda: tg.sum([1.0]), TypeError, ["sum(): argument 'input' (position 1) must be Tensor, not list"]),
    "sort of None": (lambda: tg.sort(None), TypeError, ["sort(): argument 'input' (position 1)", "not NoneType"]),
    "relu of text": (lambda: tg.relu("a"), TypeError, ["relu(): argument 'input'", "not str", "'a'", "tensor(...)"]),
    "maximum with a number": (
        lambda: tg.maximum(ones(), 1), TypeError, ["maximum(): argument 'other' (position 2) must be Tensor, not int"]),
    "a remainder with a list": (lambda: ones() % [1], TypeError, ["remainder()", "'other'", "list", "[1]"]),
    "a dim out of range": (lambda: ones().var(1), IndexError, ["[-1, 0]", "got 1"]),
    "shapes that do not broadcast": (lambda: tg.atan2(ones(), tg.ones(2)), RuntimeError, ["atan2", "(3,)", "(2,)"]),
    "var of integers": (lambda: tg.tensor([1, 2]).var(), RuntimeError, ["floating", "int64", ".float()"]),
    "division by an integer 0": (lambda: tg.tensor([1]) // 0, RuntimeError, ["ZeroDivisionError", "int64", ".float()"]),
    "clamp without bounds": (lambda: ones().clamp(), RuntimeError, ["'min' or 'max'"]),
    "bits of floats": (lambda: ones() & ones(), NotImplementedError, ["float32", "(x > 0) & (x < 1)"]),
    "lerp of two types": (lambda: tg.lerp(ones(), ones().double(), 0.5), RuntimeError, ["float32", "float64", ".to()"]),
    "too many for topk": (lambda: ones().topk(4), RuntimeError, ["out of range", "k = 4 of 3"]),
    "median of bools": (lambda: tg.tensor([True]).median(), NotImplementedError, ["Bool", ".long()"]),
    "a norm of singular values": (
        lambda: tg.linalg.norm(tg.ones(2, 2), 2), NotImplementedError, ["ord=2", "singular values"]),
    "an equation too short": (lambda: tg.einsum("i", tg.ones(2, 2)), RuntimeError, ["(1)", "(2)", "operand 0"]),
    "an equation of other sizes": (
        lambda: tg.einsum("i,i", ones(), tg.ones(2)), RuntimeError, ["subscript i", "size 2", "size 3"]),
    "vectors of two lengths": (lambda: tg.dot(ones(), tg.ones(2)), RuntimeError, ["(3,)", "(2,)"]),
    "an exponent too large": (
        lambda: tg.tensor([2], dtype=tg.uint8) ** 300, RuntimeError, ["uint8", "300", "overflow"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_with_a_message_that_says_what_was_found(name):
    run, error, parts = REFUSED[name]
    with pytest.raises(error) as caught:
        run()
    assert caught.type is error
    for part in parts:
        assert part in str(caught.value)


def test_a_refused_write_in_place_changes_nothing():
    x = tg.tensor([1, 2])
    with pytest.raises(RuntimeError, match="float32 can't be cast to int64"):
        x.exp_()
    with pytest.raises(RuntimeError, match="float32 can't be cast to int64"):
        x.clamp_(0.5)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        x //= 0
    assert x.tolist() == [1, 2]
    assert x.dtype == tg.int64
