"""Clipping gradients, and parameters as one vector, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.nn.utils import (
    clip_grad_norm_,
    clip_grad_value_,
    get_total_norm,
    parameters_to_vector,
    vector_to_parameters,
)


def with_gradients(*gradients):
    found = []
    for gradient in gradients:
        p = torch.zeros(np.shape(0.0 if gradient is None else gradient), requires_grad=True)
        p.grad = None if gradient is None else torch.tensor(gradient)
        found.append(p)
    return found


def test_all_gradients_are_scaled_by_one_factor_to_the_length_wanted():
    # |(3, 4, 12)| = 13, so a length of 6.5 halves them all.
    found = with_gradients([3.0, 4.0], [[12.0]])
    assert clip_grad_norm_(found, 6.5).item() == 13.0
    assert [p.grad.tolist() for p in found] == [pytest.approx([1.5, 2.0]), [[pytest.approx(6.0)]]]


def test_shorter_gradients_stay_as_they_are():
    found = with_gradients([3.0, 4.0])
    clip_grad_norm_(found, 5.1)
    assert found[0].grad.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("norm_type", "length"),
    [(1, 7.0), (2, 5.0), (math.inf, 4.0), ("inf", 4.0), (-math.inf, 3.0), (0, 1.0), (3, 91 ** (1 / 3))],
)
def test_the_length_by_other_norms(norm_type, length):
    assert get_total_norm([torch.tensor([3.0, -4.0])], norm_type).item() == pytest.approx(length)


def test_half_precision_does_not_overflow_on_the_way():
    # 300**2 is beyond float16's 65504; the length, 519.6, is 519.5 in float16.
    length = get_total_norm([torch.tensor([300.0, 300.0, 300.0]).half()])
    assert (length.item(), length.dtype) == (519.5, torch.float16)


def test_parameters_without_gradient_are_passed_over():
    found = with_gradients(None, [3.0, 4.0], None)
    assert clip_grad_norm_(found, 1.0).item() == 5.0
    assert found[0].grad is None


def test_nothing_to_clip_has_the_length_0():
    assert clip_grad_norm_([], 1.0).item() == 0.0
    assert clip_grad_norm_(with_gradients(None), 1.0).item() == 0.0


def test_one_tensor_is_taken_alone():
    (p,) = with_gradients([6.0, 8.0])
    clip_grad_norm_(p, 5.0)
    assert p.grad.tolist() == pytest.approx([3.0, 4.0])


def test_a_gradient_that_is_not_finite_is_refused_if_asked_and_then_nothing_has_changed():
    found = with_gradients([3.0, math.inf], [1.0])
    with pytest.raises(RuntimeError, match="non-finite, so it cannot be clipped"):
        clip_grad_norm_(found, 1.0, error_if_nonfinite=True)
    assert [p.grad.tolist() for p in found] == [[3.0, math.inf], [1.0]]


def test_clipping_writes_where_the_gradient_is():
    (p,) = with_gradients([6.0, 8.0])
    gradient, memory = p.grad, p.gradient
    clip_grad_norm_([p], 5.0)
    clip_grad_value_([p], 3.5)
    assert p.grad is gradient
    assert p.gradient is memory
    assert memory.tolist() == pytest.approx([3.0, 3.5])


def test_values_are_clipped_too():
    values = [torch.Value(1.0), torch.Value(2.0)]
    (values[0] * 3 + values[1] * 4).backward()
    assert clip_grad_norm_(values, 2.5).item() == 5.0
    assert [v.grad for v in values] == pytest.approx([1.5, 2.0], rel=1e-6)


def test_elements_are_clipped_to_the_bound():
    found = with_gradients([-3.0, 0.5], None, [[9.0]])
    clip_grad_value_(found, 1.0)
    assert [p.grad.tolist() for p in found if p.grad is not None] == [[-1.0, 0.5], [[1.0]]]


def test_a_negative_bound_is_warned_of():
    with pytest.warns(UserWarning, match="turns every gradient round"):
        clip_grad_norm_(with_gradients([1.0]), -1.0)
    with pytest.warns(UserWarning, match="clip_value is -1.0"):
        clip_grad_value_(with_gradients([1.0]), -1.0)


def test_a_generator_that_was_used_up_is_warned_of():
    parameters = nn.Linear(2, 2).parameters()
    list(parameters)
    with pytest.warns(UserWarning, match=r"Call model.parameters\(\) anew"):
        clip_grad_norm_(parameters, 1.0)


def test_a_module_is_refused_with_what_to_write():
    with pytest.raises(TypeError, match=r"got the module Linear: write .parameters\(\)"):
        clip_grad_norm_(nn.Linear(2, 2), 1.0)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4), min_size=1, max_size=4), st.floats(1e-3, 1e4))
def test_after_clipping_the_length_is_at_most_what_was_wanted_and_the_direction_the_same(rows, max_norm):
    found = with_gradients(*rows)
    before = np.concatenate([p.gradient for p in found]).astype(np.float64)
    clip_grad_norm_(found, max_norm)
    after = np.concatenate([p.gradient for p in found]).astype(np.float64)
    assert np.linalg.norm(after) <= max_norm * (1 + 1e-5)
    assert np.linalg.norm(before) > max_norm or (after == before).all()
    assert after @ before == pytest.approx(np.linalg.norm(after) * np.linalg.norm(before), rel=1e-4, abs=1e-30)


# ---- vectors ---------------------------------------------------------------------------------------------------


def test_a_vector_holds_all_parameters_in_order():
    parts = [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor(5.0), torch.tensor([6.0])]
    assert parameters_to_vector(parts).tolist() == [1, 2, 3, 4, 5, 6]


def test_gradients_go_back_through_the_vector():
    model = nn.Linear(2, 1)
    (parameters_to_vector(model.parameters()) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert (model.weight.grad.tolist(), model.bias.grad.tolist()) == ([[1.0, 2.0]], [3.0])


def test_a_vector_goes_back_into_the_parameters():
    model = nn.Linear(2, 1)
    vector = torch.tensor([7.0, 8.0, 9.0])
    vector_to_parameters(vector, model.parameters())
    assert (model.weight.tolist(), model.bias.tolist()) == ([[7.0, 8.0]], [9.0])
    vector.zero_()
    assert model.weight.tolist() == [[7.0, 8.0]]


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1)])
def test_a_vector_that_does_not_fit_is_refused_and_nothing_has_changed(shape):
    model = nn.Linear(2, 1)
    before = model.weight.tolist()
    with pytest.raises(RuntimeError, match="is invalid for parameters of 3 elements"):
        vector_to_parameters(torch.ones(*shape), model.parameters())
    assert model.weight.tolist() == before
