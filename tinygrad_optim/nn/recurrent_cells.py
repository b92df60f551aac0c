"""One step of a recurrent net as a module: RNNCell, LSTMCell and GRUCell, and the steps themselves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..creation import zeros
from ..engine import apply
from ..ops.elementwise import RELU, TANH
from ..ops.recurrent import GRU_CELL, LSTM_CELL, LSTM_GATES
from ..ops.slices import SLICE
from ..tensor import Tensor
from . import functional as F, init
from .functional.checks import check_tensors
from .module import Module
from .parameter import Parameter

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]

# A step: from (what the input was mapped to, states, weight_hh, bias_hh) to the new states; the first is the output.
States = tuple[Tensor, ...]
Step = Callable[..., States]


def tanh_step(from_input: Tensor, states: States, weight: Tensor, bias: Tensor | None) -> States:
    """h' = tanh(W x + b + U h + c)"""
    return (apply(TANH, from_input + F.linear(states[0], weight, bias)),)


def relu_step(from_input: Tensor, states: States, weight: Tensor, bias: Tensor | None) -> States:
    """h' = max(W x + b + U h + c, 0)"""
    return (apply(RELU, from_input + F.linear(states[0], weight, bias)),)


def lstm_step(from_input: Tensor, states: States, weight: Tensor, bias: Tensor | None) -> States:
    """The new state and cell; see ops/recurrent.py"""
    gates = apply(LSTM_GATES, from_input, F.linear(states[0], weight, bias))
    new = apply(LSTM_CELL, gates, states[1])
    return apply(SLICE, new, 0), apply(SLICE, new, 1)


def gru_step(from_input: Tensor, states: States, weight: Tensor, bias: Tensor | None) -> States:
    """The new state; see ops/recurrent.py"""
    return (apply(GRU_CELL, from_input, F.linear(states[0], weight, bias), states[0]),)


def draw_weights(module: Module, hidden_size: int) -> None:
    """Draw all parameters anew, uniform in [-1/sqrt(hidden_size), 1/sqrt(hidden_size))."""
    bound = 1 / math.sqrt(hidden_size)
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)


class Cell(Module):
    """A step with its weights: weight_ih (gates * H, I), weight_hh (gates * H, H), bias_ih and bias_hh (gates * H,)."""

    gates, states, step = 1, 1, staticmethod(tanh_step)
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(zeros(rows, input_size, dtype=dtype))
        self.weight_hh = Parameter(zeros(rows, hidden_size, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(zeros(rows, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        draw_weights(self, self.hidden_size)

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The new state (for an LSTM, state and cell) from an input (N, I) or (I,) and the last; zeros unless given."""
        check_tensors(type(self).__name__, input=input)
        states = self.checked(input, hx)
        if hx is None:
            shape = (*input.shape[:-1], self.hidden_size)
            states = tuple(zeros(shape, dtype=input.dtype) for _ in range(self.states))
        new = self.step_of()(F.linear(input, self.weight_ih, self.bias_ih), states, self.weight_hh, self.bias_hh)
        return tuple([state.clone() for state in new]) if self.states > 1 else new[0]  # each with memory of its own

    def step_of(self) -> Step:
        """The step this cell takes."""
        return type(self).step

    def checked(self, input: Tensor, hx: Any) -> States:
        """The states given. ValueError, RuntimeError or TypeError for an input or states that do not fit."""
        kind = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{kind}: Expected input to be 1D or 2D, (N, features) or (features,), got {input.shape}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.shape[-1]} expected {self.input_size}")
        states = given_states(kind, hx, self.states)
        for place, state in enumerate(states):
            if state.ndim != input.ndim:
                raise ValueError(f"{kind}: Expected hidden to be {input.ndim}D as the input is, got {state.shape}")
            if state.shape[:-1] != input.shape[:-1]:
                raise RuntimeError(
                    f"Input batch size {input.shape[0]} doesn't match hidden{place} batch size {state.shape[0]}"
                )
            if state.shape[-1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{place} has inconsistent hidden_size: got {state.shape[-1]}, expected {self.hidden_size}"
                )
        return states

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(Cell):
    """h' = tanh(W x + b + U h + c), or with nonlinearity="relu" its positive part."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def step_of(self) -> Step:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity!r}: use 'tanh' or 'relu'")
        return tanh_step if self.nonlinearity == "tanh" else relu_step

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class LSTMCell(Cell):
    """One step of a long short-term memory: (h', c') from an input and (h, c)."""

    gates, states, step = 4, 2, staticmethod(lstm_step)


class GRUCell(Cell):
    """One step of a gated recurrent unit: h' from an input and h."""

    gates, states, step = 3, 1, staticmethod(gru_step)


def given_states(kind: str, hx: Any, wanted: int) -> States:
    """The states given, as a tuple; none for None. TypeError for another number of them, or what is no tensor."""
    if hx is None:
        return ()
    states = hx if isinstance(hx, tuple | list) else (hx,)
    if len(states) != wanted or not all(isinstance(state, Tensor) for state in states):
        what = "a tuple (h_0, c_0) of Tensors" if wanted == 2 else "a Tensor"
        raise TypeError(f"{kind}(): argument 'hx' must be {what}, not {[type(state).__name__ for state in states]}")
    return tuple(states)
