"""Mistakes that beginners make: what the message says to do about each, and names that older courses use."""

from __future__ import annotations

import io

import pytest

import tinygrad_optim as tg
from tinygrad_optim import nn


class Headless(nn.Module):
    def foward(self, x):
        return x


MISTAKES = {
    "a loss made with what it is to be called with": (
        lambda: nn.CrossEntropyLoss(tg.ones(2, 3), tg.zeros(2)), RuntimeError, "make the loss first, then call it"),
    "forward misspelled": (lambda: Headless()(tg.ones(1)), NotImplementedError, "define forward"),
    "the class in place of a module": (lambda: nn.Sequential(nn.ReLU), TypeError, r"write ReLU\(\.\.\.\)"),
    "a list of modules": (lambda: nn.Sequential([nn.ReLU()]), TypeError, r"Sequential\(\*modules\)"),
    "all that an LSTM returns": (
        lambda: nn.Linear(4, 2)(nn.LSTM(3, 4)(tg.ones(5, 2, 3))), TypeError, "name the Tensor in it"),
    "all that an LSTM returns, into a loss": (
        lambda: nn.MSELoss()(nn.GRU(3, 4)(tg.ones(5, 2, 3)), tg.ones(5, 2, 4)), TypeError, "name the Tensor in it"),
    "item() of many": (lambda: tg.ones(2).item(), RuntimeError, r"\.tolist\(\)"),
    "if of many": (lambda: bool(tg.ones(2) > 0), RuntimeError, r"\.any\(\) or \.all\(\)"),
    "numbers as sizes": (lambda: tg.Tensor(1.5, 2.5), TypeError, "one list of numbers"),
    "a Variable of a list": (lambda: tg.autograd.Variable([1.0]), TypeError, r"use tensor\(\.\.\.\)"),
    "flip along nothing": (lambda: tg.flip(tg.ones(2)), TypeError, "needs dims once"),
    "flip twice": (lambda: tg.flip(tg.ones(2), 0, dims=0), TypeError, "needs dims once"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_message_says_what_to_do(mistake):
    make, kind, said = MISTAKES[mistake]
    with pytest.raises(kind, match=said):
        make()


def test_ints_alone_are_the_shape_of_a_new_tensor():
    assert tg.Tensor(2, 3).shape == tg.FloatTensor(2, 3).shape == tg.ones(1).new(2, 3).shape == (2, 3)
    assert tg.Tensor([2, 3]).tolist() == tg.ones(1).new([2, 3]).tolist() == [2.0, 3.0]
    assert tg.Tensor(4).dtype == tg.float32
    assert not tg.Tensor(2, 3).requires_grad


def test_a_variable_keeps_its_tensors_type():
    labels = tg.tensor([0, 1])
    assert tg.autograd.Variable(labels).dtype == tg.int64


def test_a_checkpoint_is_loaded_to_the_device_that_was_chosen():
    file = io.BytesIO()
    tg.save({"w": tg.ones(2)}, file)
    for place in (tg.device("cpu"), "cpu", tg.device("cuda" if tg.cuda.is_available() else "cpu")):
        file.seek(0)
        assert tg.load(file, map_location=place)["w"].tolist() == [1.0, 1.0]
    file.seek(0)
    with pytest.raises(ValueError, match="map_location"):
        tg.load(file, map_location="cuda:0")
