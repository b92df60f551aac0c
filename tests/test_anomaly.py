"""detect_anomaly: which op and line made the first nan or inf."""

from __future__ import annotations

import pytest

import tinygrad_optim as tg
from tinygrad_optim.autograd import Function, detect_anomaly, set_detect_anomaly


def leaf(*numbers):
    return tg.tensor(list(numbers), requires_grad=True)


def test_backward_names_the_op_that_gave_nan_and_the_line_that_called_it():
    x = leaf(0.0, 1.0)
    y = x.sqrt()  # its slope at 0 is infinite
    loss = (y * 0).sum()
    with detect_anomaly(), pytest.raises(RuntimeError) as caught:
        loss.backward()
    for part in ["'SqrtBackward0' returned nan values in its 0th output", "test_anomaly.py", "y = x.sqrt()"]:
        assert part in str(caught.value)
    assert x.grad is None


def test_it_names_the_first_op_of_the_forward_that_was_not_finite():
    x = leaf(0.0, 1.0)
    with detect_anomaly():
        logs = x.log()  # -inf, of 0
        scaled = logs * x  # -inf * 0 is nan
        loss = (scaled * scaled).sum()
        with pytest.raises(RuntimeError) as caught:
            loss.backward()
    message = str(caught.value)
    assert "first inf of the forward was made by LogBackward0" in message
    assert "logs = x.log()" in message


def test_inf_alone_is_no_error():
    x = leaf(0.0, 1.0)
    with detect_anomaly():
        x.log().sum().backward()
    assert x.grad.tolist() == [float("inf"), 1.0]


def test_the_forward_may_raise_at_once():
    x = leaf(0.0, 1.0)
    with detect_anomaly(check_forward=True), pytest.raises(RuntimeError, match="'LogBackward0' returned inf values"):
        x.log()
    x.log()


def test_with_check_nan_off_nothing_is_raised():
    x = leaf(0.0, 1.0)
    with detect_anomaly(check_nan=False):
        (x.sqrt() * 0).sum().backward()
    assert x.grad.tolist()[1] == 0.0


def test_a_nan_that_a_learners_function_gives_is_named_after_it():
    class Bad(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    with detect_anomaly(), pytest.raises(RuntimeError, match="'BadBackward' returned nan"):
        Bad.apply(leaf(1.0)).backward()


def test_gradients_are_the_same_while_it_looks():
    found = []
    for looking in (False, True):
        x = leaf(0.5, 2.0)
        with set_detect_anomaly(looking):
            (g,) = tg.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
            g.sum().backward()
        found.append(x.grad.tolist())
    assert found[0] == found[1]


def test_the_switch_holds_from_the_call_on_and_blocks_restore_it():
    assert not tg.is_anomaly_enabled()
    with set_detect_anomaly(True, check_nan=False):
        assert (tg.is_anomaly_enabled(), tg.is_anomaly_check_nan_enabled()) == (True, False)
        with detect_anomaly():
            assert tg.is_anomaly_check_nan_enabled()
    assert not tg.is_anomaly_enabled()
    set_detect_anomaly(True)
    assert tg.is_anomaly_enabled()
    set_detect_anomaly(False)
    assert not tg.is_anomaly_enabled()
