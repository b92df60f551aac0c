"""Every op's first and second derivatives against differences; gradcheck itself against rules known to be wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis.extra import numpy as hnp

import tinygrad_optim as tg
from tinygrad_optim.engine import apply
from tinygrad_optim.gradcheck import GradcheckError
from tinygrad_optim.op import Op
from tinygrad_optim.ops import linalg, loss

few = settings(derandomize=True, deadline=None, max_examples=10)


def leaf(*shape, low=-2.0, high=2.0, seed=0):
    """A float64 leaf with no number near 0, where some functions have a kink."""
    numbers = np.random.default_rng(seed).uniform(low, high, shape)
    return tg.tensor(np.where(np.abs(numbers) < 0.1, 0.5, numbers), requires_grad=True)


def check_both(function, *inputs):
    """First and second derivatives agree with differences."""
    assert tg.gradcheck(function, inputs)
    assert tg.gradgradcheck(function, inputs)


OF_ANY = {
    "neg": lambda x: -x,
    "abs": lambda x: x.abs(),
    "sign": lambda x: x.sign() * x,
    "square": lambda x: x.square(),
    "exp": lambda x: x.exp(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: x.sigmoid(),
    "relu": lambda x: x.relu() * x,
    "pow 3": lambda x: x**3,
    "pow 0": lambda x: x**0 * x,
    "pow -2": lambda x: x**-2,
    "2 to the": lambda x: 2**x,
    "where": lambda x: tg.where(x > 0, x * x, x.exp()),
    "clone": lambda x: x.clone() * x,
    "to": lambda x: x.to(tg.float64) * x,
    "sum": lambda x: x.sum() * x,
    "sum keeping": lambda x: x.sum(-1, keepdim=True) * x,
    "mean": lambda x: x.mean(-1) ** 2,
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: x.log_softmax(-1),
    "unsqueeze": lambda x: x.unsqueeze(-1) * x.sum(),
    "reshape": lambda x: x.reshape(-1) ** 2,
    "expand": lambda x: x.expand(2, *x.shape) ** 2,
    "stack": lambda x: tg.stack([x, x * x], -1),
}
SHAPES = [(), (3,), (2, 3), (0,), (2, 0)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", OF_ANY)
def test_first_and_second_derivatives_of_a_function_are_right_in_every_shape(name, shape):
    check_both(OF_ANY[name], leaf(*shape))


@pytest.mark.parametrize("name", OF_ANY)
def test_derivatives_are_right_where_elements_do_not_lie_in_order(name):
    check_both(lambda x: OF_ANY[name](x.t()[::2]), leaf(2, 3))


POSITIVE = {"log": lambda x: x.log(), "sqrt": lambda x: x.sqrt(), "pow 0.5": lambda x: x**0.5, "pow": lambda x: x**x}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", POSITIVE)
def test_derivatives_are_right_of_functions_of_positive_numbers(name, shape):
    check_both(POSITIVE[name], leaf(*shape, low=0.5))


OF_TWO = {
    "add": lambda x, y: (x + y) ** 2,
    "sub": lambda x, y: (x - y) ** 2,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "maximum": lambda x, y: tg.maximum(x, y) ** 2,
    "where": lambda x, y: tg.where(x > y, x * y, y * y),
    "squared error": lambda x, y: apply(loss.MSE_LOSS, x, y, "mean"),
    "sum of squared errors": lambda x, y: apply(loss.MSE_LOSS, x, y, "sum"),
}


@pytest.mark.parametrize("name", OF_TWO)
@few
@given(pair=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=2, min_side=0))
def test_derivatives_are_right_under_broadcasting(name, pair):
    assume(name != "squared error" or 0 not in pair.result_shape)  # a mean of nothing is nan
    first, second = pair.input_shapes
    check_both(OF_TWO[name], leaf(*first, low=0.5), leaf(*second, low=0.6, seed=1))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 2)),
        ((2, 2, 3), (3, 1)),
        ((1, 2), (3, 2, 1)),
        ((2, 0), (0, 2)),
    ],
    ids=str,
)
def test_derivatives_of_a_matrix_product_are_right(first, second):
    check_both(lambda x, y: x @ y, leaf(*first), leaf(*second, seed=1))


@pytest.mark.parametrize("rows", [(), (2,), (2, 2), (0,)])
def test_derivatives_of_a_linear_layer_are_right(rows):
    def linear(x, weight, bias):
        return apply(linalg.LINEAR, x, weight, bias)

    check_both(linear, leaf(*rows, 3), leaf(2, 3, seed=1), leaf(2, seed=2))


@pytest.mark.parametrize("divisor", [None, 3.0])
def test_derivatives_of_cross_entropy_are_right(divisor):
    def entropy(logits, shares):
        return apply(loss.CROSS_ENTROPY, logits, logits.log_softmax(1).detach().array, shares, divisor)

    check_both(entropy, leaf(3, 2), leaf(3, 2, low=0.2, seed=1))


@pytest.mark.parametrize("dim", [0, 1, -1, (0, 1), None])
@pytest.mark.parametrize("name", ["sum", "mean", "amax"])
def test_derivatives_of_reductions_are_right_along_every_dimension(name, dim):
    x = leaf(2, 3)

    def reduced(x):
        return (getattr(x, name)(() if dim is None else dim) ** 2).exp()

    check_both(reduced, x)


def test_derivatives_of_max_along_a_dimension_are_right():
    check_both(lambda x: x.max(1).values ** 2, leaf(2, 3))


def test_derivatives_of_max_where_two_tie_share_the_gradient():
    x = tg.tensor([2.0, 2.0, 1.0], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0.0]  # each of the two ties gets half


INDICES = {
    "an int": 1,
    "a slice": (slice(None), slice(0, 3, 2)),
    "a new dimension": (None, 0),
    "repeated indices": ([0, 1, 1, 0],),
    "repeated pairs": ([0, 1, 1], [2, 0, 0]),
    "a mask": (np.array([[True, False, True], [False, True, False]]),),
    "nothing": ([],),
}


@pytest.mark.parametrize("name", INDICES)
def test_derivatives_of_picking_elements_are_right(name):
    check_both(lambda x: x[INDICES[name]] ** 2, leaf(2, 3))


@pytest.mark.parametrize("name", ["an int", "a slice", "a mask"])
def test_derivatives_of_writing_elements_are_right(name):
    def written(x, v):
        y = x * x
        y[INDICES[name]] = v * v
        return y * x

    check_both(written, leaf(2, 3), leaf(seed=1))


def test_derivatives_of_gather_add_up_over_repeated_positions():
    check_both(lambda x: x.gather(1, tg.tensor([[0, 0, 2], [1, 1, 1]])) ** 2, leaf(2, 3))


MOVED = {
    "transpose": lambda x: x.transpose(0, 1),
    "permute": lambda x: x.permute(1, 0),
    "squeeze": lambda x: x.unsqueeze(1).squeeze(1),
    "flatten": lambda x: x.flatten(),
    "cat": lambda x: tg.cat([x, x * x, x[:0]], 0),
    "cat along the last": lambda x: tg.cat([x, x * x], -1),
}


@pytest.mark.parametrize("name", MOVED)
def test_derivatives_of_moving_elements_are_right(name):
    check_both(lambda x: MOVED[name](x) ** 2, leaf(2, 3))


IN_PLACE = {
    "add_": lambda y, v: y.add_(v),
    "sub_": lambda y, v: y.sub_(v, alpha=3),
    "mul_": lambda y, v: y.mul_(v),
    "div_": lambda y, v: y.div_(v),
    "copy_": lambda y, v: y.copy_(v),
    "zero_": lambda y, v: y.zero_().add_(v),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_derivatives_of_writing_in_place_are_right(name):
    check_both(lambda x, v: IN_PLACE[name](x * x, v) ** 2 * x, leaf(2, 3), leaf(3, low=0.5, seed=1))


# ---- gradcheck itself ------------------------------------------------------------------------------------------


def halved_forward(x):
    return x * 1.0


def halved_vjp_x(g):
    return g * 0.5  # wrong on purpose: the derivative is 1


def flaky_forward(x):
    return x * 1.0


COUNT = iter(range(1000))


def flaky_vjp_x(g):
    return g + 1e-3 * next(COUNT)  # another gradient each time


WRONG, FLAKY = Op(halved_forward, halved_vjp_x), Op(flaky_forward, flaky_vjp_x)


def test_a_wrong_rule_is_found_and_the_message_names_input_element_and_both_numbers():
    with pytest.raises(GradcheckError) as caught:
        tg.gradcheck(lambda a, x: apply(WRONG, x), (leaf(2), leaf(2, 3)))
    message = str(caught.value)
    for part in ["output 0 with respect to input 1", "element (0, 0)", "numerical:  1", "analytical: 0.5"]:
        assert part in message


def test_a_wrong_rule_is_told_by_false_if_no_exception_is_wanted():
    assert tg.gradcheck(lambda x: apply(WRONG, x), (leaf(2),), raise_exception=False) is False


def test_the_error_is_a_runtime_error():
    assert issubclass(GradcheckError, RuntimeError)


def test_a_gradient_that_changes_from_run_to_run_is_found():
    with pytest.raises(GradcheckError, match="not reentrant"):
        tg.gradcheck(lambda x: apply(FLAKY, x), (leaf(2),), atol=1e3)


def test_a_missing_gradient_is_found():
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        tg.gradcheck(lambda x: x * x.detach(), (leaf(2),))


def test_a_result_cut_off_from_its_input_is_found():
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        tg.gradcheck(lambda x: x.detach() * 2, (leaf(2),))


def test_a_wrong_second_derivative_is_found_where_the_first_is_right():
    def first_right(x):
        return x.detach() * x * 2 - (x * x).detach()  # value x^2, gradient 2x; but the gradient is a constant

    assert tg.gradcheck(lambda x: x * x, (leaf(2),))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        tg.gradgradcheck(first_right, (leaf(2),))


def test_all_outputs_are_checked():
    with pytest.raises(GradcheckError, match="output 1"):
        tg.gradcheck(lambda x: (x * 2, apply(WRONG, x)), (leaf(2),))


def test_the_inputs_are_left_as_they_were_even_after_an_error():
    x = leaf(3)
    before = x.detach().clone()

    def fails_at_the_second_call(x, calls=[]):  # noqa: B006
        calls.append(x)
        if len(calls) > 5:
            raise ZeroDivisionError
        return x * 2

    with pytest.raises(ZeroDivisionError):
        tg.gradcheck(fails_at_the_second_call, (x,))
    assert x.tolist() == before.tolist()
    assert x.grad is None


def test_an_input_that_requires_a_gradient_is_needed():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        tg.gradcheck(lambda x: x, (tg.ones(2),))


def test_float32_inputs_are_warned_of():
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        tg.gradcheck(lambda x: x * 2, (tg.ones(2, requires_grad=True),), atol=1, raise_exception=False)


def test_an_input_whose_elements_are_one_in_memory_is_refused():
    with pytest.raises(RuntimeError, match="stride 0"):
        tg.gradcheck(lambda x: x * 2, (tg.ones(1, dtype=tg.float64).expand(3).detach().requires_grad_(),))


def test_other_inputs_are_passed_on():
    assert tg.gradcheck(lambda x, n, c: (x**n) * c, (leaf(2), 3, tg.tensor(2.0)))


def test_gradgradcheck_takes_the_weights_of_the_outputs():
    weight = leaf(2, seed=4)
    assert tg.gradgradcheck(lambda x: x**3, (leaf(2),), (weight,))
