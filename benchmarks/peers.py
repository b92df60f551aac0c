"""The peers, each at work as its own documents would have it: what an entrant does is what ours does.

MyGrad and autograd ship no optimizer that makes a single step: theirs is the one written by hand for the floor, so that
nothing but their gradients is slower than it. tinygrad compiles the whole step (TinyJit), on the CPU, for which it
calls clang. All of them compute on one thread: numpy's is set in __main__.py, the others' here.
"""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from typing import Any

import by_hand
import numpy as np
from timing import Entrant

LEARNING_RATE, MOMENTUM = 0.01, 0.9  # of the small MLP


@cache
def pytorch() -> Any:
    """PyTorch, with one thread; None if it is not installed."""
    try:
        import torch
    except ImportError:
        return absent("PyTorch", "it is not installed")
    torch.set_num_threads(1)
    return torch


@cache
def mygrad() -> Any:
    """MyGrad as it ships, with its memory guarding; None if it is not installed."""
    try:
        import mygrad
        import mygrad.nnet
    except ImportError:
        return absent("MyGrad", "it is not installed")
    return mygrad


@cache
def autograd() -> Any:
    """HIPS autograd; None if it is not installed."""
    try:
        import autograd
        import autograd.numpy
    except ImportError:
        return absent("autograd", "it is not installed")
    return autograd


@cache
def tinygrad() -> Any:
    """tinygrad on the CPU, with one thread; None if it is not installed, or has no clang to compile with."""
    os.environ.update(DEV="CPU", NUM_CPU_THREADS="1", PARALLEL="0")  # read when it is imported
    try:
        import tinygrad
    except ImportError:
        return absent("tinygrad", "it is not installed")
    compiler = os.environ.get("CC", "clang")
    if shutil.which(compiler) is None:
        return absent("tinygrad", f"its CPU backend needs the compiler {compiler}, which is not installed")
    return tinygrad


@cache
def numba() -> Any:
    """What fused=True compiles with; None if it is not installed."""
    try:
        import numba
    except ImportError:
        return absent("numba", "it is not installed, so there are no rows with fused=True")
    return numba


missing: dict[str, str] = {}  # those that took no part, and why


def absent(who: str, why: str) -> None:
    """Note why a peer takes no part: the table says so."""
    missing[who] = why
    print(f"  without {who}: {why}", file=sys.stderr)


# ---- a chain of tiny ops ---------------------------------------------------------------------------------------


def chains(length: int) -> list[Entrant]:
    """y = tanh(y * c + x), so many times, and back. Not tinygrad: it would write one program of so many lines."""
    x, c = np.array([0.5], np.float32), np.array([0.25], np.float32)
    made = []
    if (mg := mygrad()) is not None:

        def by_mygrad() -> float:
            start, factor = mg.tensor(x), mg.tensor(c, constant=True)
            y = start
            for _ in range(length):
                y = mg.tanh(y * factor + start)
            y.sum().backward()
            return float(start.grad[0])

        made.append(Entrant("MyGrad", by_mygrad))
    if (ag := autograd()) is not None:

        def chain(start: Any) -> Any:
            y = start
            for _ in range(length):
                y = ag.numpy.tanh(y * c + start)
            return ag.numpy.sum(y)

        slope = ag.grad(chain)
        made.append(Entrant("autograd", lambda: float(slope(x)[0])))
    return made


# ---- a step of an MLP with ReLUs, cross-entropy and SGD or Adam ------------------------------------------------


def mlps(params: list[Any], x: Any, labels: Any, adam: bool) -> list[Entrant]:
    """One entrant for each peer that is there: forward, backward and update, from copies of these parameters."""
    made = []
    for name, library, step in (
        ("MyGrad", mygrad, mygrad_step),
        ("autograd", autograd, autograd_step),
        ("tinygrad", tinygrad, tinygrad_step),
    ):
        if (loaded := library()) is not None:
            made.append(Entrant(name, step(loaded, [p.copy() for p in params], x, labels, adam)))
    return made


def update_by_hand(params: list[Any], adam: bool) -> Any:
    """The floor's optimizer."""
    return by_hand.Adam(params) if adam else by_hand.Momentum(params, LEARNING_RATE, MOMENTUM)


def mygrad_step(mg: Any, params: list[Any], x: Any, labels: Any, adam: bool) -> Any:
    """MyGrad: its tensors hold the parameters, its softmax_crossentropy is one op."""
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    weights = [mg.tensor(p, copy=False) for p in params]
    optimizer = update_by_hand([w.data for w in weights], adam)

    def step() -> float:
        h = mg.tensor(x, constant=True)
        for place in range(0, len(weights), 2):
            h = mg.matmul(h, weights[place].T) + weights[place + 1]
            if place + 2 < len(weights):
                h = relu(h)
        loss = softmax_crossentropy(h, labels)
        loss.backward()
        optimizer.step([w.grad for w in weights])
        for w in weights:
            w.null_grad()
        return float(loss.data)

    return step


def autograd_step(ag: Any, params: list[Any], x: Any, labels: Any, adam: bool) -> Any:
    """autograd: the loss is a plain function of numpy's, and value_and_grad makes another of it."""
    anp, rows = ag.numpy, np.arange(len(labels))
    optimizer = update_by_hand(params, adam)

    def loss_of(weights: list[Any]) -> Any:
        h = x
        for place in range(0, len(weights), 2):
            h = anp.dot(h, weights[place].T) + weights[place + 1]
            if place + 2 < len(weights):
                h = anp.maximum(h, 0)
        shifted = h - anp.max(h, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(shifted), axis=1)) - shifted[rows, labels])

    both = ag.value_and_grad(loss_of)

    def step() -> float:
        loss, gradients = both(params)
        optimizer.step(gradients)
        return float(loss)

    return step


def tinygrad_step(tg: Any, params: list[Any], x: Any, labels: Any, adam: bool) -> Any:
    """tinygrad: the step is compiled when it is first run, which takes seconds and is not measured."""
    from tinygrad.nn import optim

    weights = [tg.Tensor(p).contiguous().realize() for p in params]
    for weight in weights:
        weight.requires_grad = True
    optimizer = optim.Adam(weights) if adam else optim.SGD(weights, lr=LEARNING_RATE, momentum=MOMENTUM)
    inputs, targets = tg.Tensor(x).realize(), tg.Tensor(labels.astype(np.int32)).realize()

    @tg.TinyJit
    def compiled() -> Any:
        optimizer.zero_grad()
        h = inputs
        for place in range(0, len(weights), 2):
            h = h.linear(weights[place].T, weights[place + 1])
            if place + 2 < len(weights):
                h = h.relu()
        loss = h.sparse_categorical_crossentropy(targets)
        loss.backward()
        return loss.realize(*optimizer.schedule_step())

    def step() -> float:
        with tg.Context(TRAINING=1):
            return float(compiled().item())

    return step
