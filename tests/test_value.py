"""Value: one number, its parents and its local derivatives."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tinygrad_optim import Value
from tinygrad_optim.value import dot, sum as sum_of

few = settings(derandomize=True, deadline=None, max_examples=30)
numbers = st.floats(0.2, 3.0)

OF_ONE = {
    "exp": (lambda v: v.exp(), math.exp),
    "log": (lambda v: v.log(), math.log),
    "tanh": (lambda v: v.tanh(), math.tanh),
    "sigmoid": (lambda v: v.sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
    "relu": (lambda v: v.relu(), lambda x: max(x, 0.0)),
    "neg": (lambda v: -v, lambda x: -x),
    "square": (lambda v: v**2, lambda x: x * x),
    "power": (lambda v: v**-1.5, lambda x: x**-1.5),
    "number + value": (lambda v: 3 + v, lambda x: 3 + x),
    "number - value": (lambda v: 3 - v, lambda x: 3 - x),
    "number * value": (lambda v: 3 * v, lambda x: 3 * x),
    "number / value": (lambda v: 3 / v, lambda x: 3 / x),
    "number ** value": (lambda v: 3**v, lambda x: 3**x),
    "value - number": (lambda v: v - 3, lambda x: x - 3),
    "value / number": (lambda v: v / 3, lambda x: x / 3),
}

OF_TWO = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
}


@pytest.mark.parametrize("name", OF_ONE)
@few
@given(x=numbers, negative=st.booleans())
def test_a_function_of_one_value_has_the_right_number_and_slope(name, x, negative):
    on_values, on_floats = OF_ONE[name]
    if negative and name not in ("log", "power"):
        x = -x
    v = Value(x)
    out = on_values(v)
    out.backward()
    assert out.data == pytest.approx(on_floats(x), rel=1e-12)
    assert v.grad == pytest.approx((on_floats(x + 1e-6) - on_floats(x - 1e-6)) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("name", OF_TWO)
@few
@given(x=numbers, y=numbers)
def test_an_operator_has_the_right_number_and_both_slopes(name, x, y):
    f = OF_TWO[name]
    a, b = Value(x), Value(y)
    out = f(a, b)
    out.backward()
    assert out.data == pytest.approx(f(x, y), rel=1e-12)
    assert a.grad == pytest.approx((f(x + 1e-6, y) - f(x - 1e-6, y)) / 2e-6, rel=1e-4, abs=1e-6)
    assert b.grad == pytest.approx((f(x, y + 1e-6) - f(x, y - 1e-6)) / 2e-6, rel=1e-4, abs=1e-6)


def test_a_value_used_twice_gets_the_sum_over_both_paths():
    v = Value(3.0)
    (v * v + v).backward()
    assert v.grad == 7.0  # d(v^2 + v)/dv = 2v + 1


def test_every_node_is_complete_before_it_hands_on():
    x = Value(2.0)
    y = x * 3
    z = y * y  # z = 9 x^2, dz/dx = 18 x
    (z + y).backward()  # and dy/dx = 3
    assert x.grad == 39.0
    assert y.grad == 13.0  # 2y + 1


def test_a_leaf_adds_up_over_backwards_and_what_was_computed_starts_afresh():
    x = Value(2.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 8.0
    assert y.grad == 1.0


def test_backward_on_a_leaf_gives_it_a_gradient_of_one():
    x = Value(5.0)
    x.backward()
    assert x.grad == 1.0


def test_no_gradient_before_backward():
    assert Value(1.0).grad is None


def test_relu_is_flat_at_zero():
    x = Value(0.0)
    x.relu().backward()
    assert x.grad == 0.0


@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_sigmoid_does_not_overflow(x):
    v = Value(x)
    out = v.sigmoid()
    out.backward()
    assert out.data == (x > 0)
    assert v.grad == 0.0


def test_zero_to_the_zero_is_one_and_flat():
    x = Value(0.0)
    out = x**0
    out.backward()
    assert (out.data, x.grad) == (1.0, 0.0)


def test_a_negative_base_may_have_a_whole_power():
    x = Value(-2.0)
    out = x**3
    out.backward()
    assert (out.data, x.grad) == (-8.0, 12.0)  # 3 x^2


def test_sum_is_one_node_however_many_values():
    values = [Value(i) for i in range(5)]
    total = sum_of(v for v in values)
    total.backward()
    assert total.data == 10.0
    assert total.parents == tuple(values)
    assert [v.grad for v in values] == [1.0] * 5


def test_built_in_sum_works_too():
    values = [Value(1.0), Value(2.0)]
    total = sum(values)
    total.backward()
    assert (total.data, values[0].grad) == (3.0, 1.0)


def test_dot_takes_values_and_numbers_on_either_side():
    x, y = Value(2.0), Value(3.0)
    out = dot([x, 5.0, x], [y, y, 7.0])  # xy + 5y + 7x
    out.backward()
    assert out.data == 35.0
    assert (x.grad, y.grad) == (10.0, 7.0)  # y + 7, x + 5


def test_dot_of_unequal_lengths_is_refused():
    with pytest.raises(ValueError, match="given 1 and 2"):
        dot([Value(1.0)], [1.0, 2.0])


def test_dot_of_numbers_alone_is_a_leaf_and_of_nothing_zero():
    assert (dot([2.0], [3]).data, dot([2.0], [3]).parents, dot([2.0], [3]).locals) == (6.0, (), ())
    assert (dot([], []).data, dot([], []).parents) == (0.0, ())


def test_what_a_value_holds_is_always_a_plain_float():
    for number in (3, True, np.float64(0.5), Value(2.0) * 3, Value(np.float64(2.0)) + np.float64(1.0), dot([1], [2])):
        held = number.data if isinstance(number, Value) else Value(number).data
        assert type(held) is float


@pytest.mark.parametrize("bad", ["1", None, [1.0], 1j])
def test_a_value_holds_one_number_and_nothing_else(bad):
    with pytest.raises(TypeError, match="a Value holds one number, not"):
        Value(bad)


@pytest.mark.parametrize("bad", ["a", None, [1]])
@pytest.mark.parametrize("name", OF_TWO)
def test_an_operand_that_is_no_number_is_refused(name, bad):
    with pytest.raises(TypeError):
        OF_TWO[name](Value(1.0), bad)


def test_a_root_of_a_negative_value_is_refused():
    with pytest.raises(TypeError, match="not complex"):
        Value(-2.0) ** 0.5


def test_a_value_is_equal_to_itself_alone():
    a = Value(1.0)
    assert len({a, a, Value(1.0)}) == 2


def test_a_value_shows_its_number_and_its_gradient():
    x = Value(2.0)
    assert repr(x) == "Value(2)"
    (x * 1.5).backward()
    assert repr(x) == "Value(2, grad=1.5)"


def test_a_value_becomes_a_float():
    assert float(Value(2.5)) == 2.5


def test_a_chain_of_200_000_goes_forward_and_back_and_away():
    x = Value(1.0)
    y = x
    for _ in range(200_000):
        y = y + 0.5
    y.backward()
    assert (y.data, x.grad) == (100_001.0, 1.0)
    first = weakref.ref(x)
    del x, y
    assert first() is None


def test_memory_returns_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x = Value(2.0)
        y = (x * x).tanh() + x
        y.backward()
        gone = [weakref.ref(v) for v in (y, *y.parents)][:2]
        del y
        assert [r() for r in gone] == [None, None]
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert x.grad is not None
