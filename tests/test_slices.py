"""Slices taken all together: one gradient comes back, whole, whatever becomes of each slice."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.nn.functional.slices import slices_of


def drawn(*shape):
    return torch.tensor(np.random.default_rng(0).uniform(-1, 1, shape), requires_grad=True)


def test_slices_are_views_of_the_tensor_along_its_first_dimension():
    x = drawn(3, 2)
    found = slices_of(x)
    assert [one.tolist() for one in found] == x.tolist()
    assert all(np.shares_memory(one.array, x.array) for one in found)


def test_slices_bring_back_their_gradients_each_to_its_place():
    x = drawn(3, 2)
    a, b, c = slices_of(x * 1)
    (2 * c + a * b + 5 * a).sum().backward()
    x_ = x.tolist()
    assert x.grad.tolist() == [[v + 5 for v in x_[1]], x_[0], [2.0, 2.0]]


def test_a_slice_that_was_not_used_gets_0_whatever_the_others_get():
    x = torch.tensor([[1.0], [0.0], [2.0]], requires_grad=True)
    _, zero, two = slices_of(x)
    (two / zero).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0.0], [-math.inf], [math.inf]])


def test_slices_have_second_derivatives():
    def function(x):
        a, b, c = slices_of(x)
        return a * b * b + c.sin()

    assert torch.autograd.gradcheck(function, (drawn(3, 2),))
    assert torch.autograd.gradgradcheck(function, (drawn(3, 2),))


def test_a_graph_of_slices_can_be_walked_twice():
    x = drawn(3, 2)
    a, b, _ = slices_of(x)
    y = (a * b).sum()
    y.backward(retain_graph=True)
    once = x.grad.tolist()
    x.grad = None
    y.backward()
    assert x.grad.tolist() == once


def test_a_tensor_written_to_after_its_slices_were_used_is_noticed():
    x = drawn(2, 2) * 1
    a, b = slices_of(x)
    y = (a * b).sum()
    x.mul_(2)
    with pytest.raises(RuntimeError, match=r"overwritten|in[- ]place|modified"):
        y.backward()


def test_anomaly_mode_looks_at_each_slices_gradient():
    x = torch.tensor([[1.0], [0.0]], requires_grad=True)
    with torch.autograd.detect_anomaly():
        a, b = slices_of(x)
        (a + b).sum().backward()
        _, zero = slices_of(x)
        loss = (zero * math.inf).sum() * 0
        with pytest.raises(RuntimeError, match="nan"):
            loss.backward()


def test_the_states_of_an_lstm_cell_may_be_written_to():
    torch.manual_seed(0)
    cell, x = nn.LSTMCell(2, 3), torch.ones(1, 2)
    h, c = cell(x)
    h.mul_(2)
    (h.sum() + c.sum()).backward()
    written = cell.weight_ih.grad.tolist()
    cell.zero_grad()
    h, c = cell(x)
    (2 * h.sum() + c.sum()).backward()
    np.testing.assert_allclose(written, cell.weight_ih.grad.tolist(), rtol=1e-6)
