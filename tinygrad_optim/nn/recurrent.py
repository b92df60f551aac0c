"""Recurrent nets over whole sequences: RNN, LSTM and GRU, of several layers and in both directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..creation import zeros
from ..engine import new_tensor
from ..functions import cat, stack
from ..tensor import Tensor
from . import functional as F
from .functional.checks import check_tensors
from .functional.dropouts import dropout
from .functional.reduction import warn
from .functional.slices import slices_of
from .module import Module
from .parameter import Parameter
from .recurrent_cells import States, Step, draw_weights, given_states, gru_step, lstm_step, relu_step, tanh_step

__all__ = ["GRU", "LSTM", "RNN"]


class Recurrent(Module):
    """A step taken along a sequence (T, N, I), by num_layers layers, each reading the outputs of the one below.

    Each layer's weights are those of a cell, named weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, and so on;
    those of the way back, in a bidirectional net, end in _reverse. dropout: the share of a layer's outputs that the
    next layer does not see, in training. batch_first: sequences are (N, T, I).
    """

    gates, states = 1, 1
    step: Step = staticmethod(tanh_step)
    weight_ih_l0: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_sizes(input_size, hidden_size, num_layers, dropout, proj_size)
        if dropout > 0 and num_layers == 1:
            warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers=1"
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, dropout, bidirectional
        rows = self.gates * hidden_size
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else hidden_size * (2 if bidirectional else 1)
            for suffix in self.suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    self.register_parameter(name + suffix, Parameter(zeros(*shape, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        draw_weights(self, self.hidden_size)

    def suffixes(self, layer: int) -> list[str]:
        """How the names of a layer's weights end, for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"] if self.bidirectional else [f"_l{layer}"]

    def weights(self, suffix: str) -> list[Any]:
        """One direction of one layer: the two weights, and the two biases or None."""
        return [getattr(self, name + suffix, None) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """The last layer's outputs (T, N, D * H), and each layer's last states (layers * D, N, H); D directions.

        hx: the first states, zeros unless given; for an LSTM they and those returned are pairs (h, c).
        Without a batch: (T, I) to (T, D * H) and (layers * D, H).
        """
        first = self.checked(input, hx)
        batched = input.ndim == 3
        x = input if batched else input.unsqueeze(1)
        x = x.transpose(0, 1) if self.batch_first and batched else x
        first = first if batched else tuple(state.unsqueeze(1) for state in first)
        if not first:
            shape = (self.num_layers * len(self.suffixes(0)), x.shape[1], self.hidden_size)
            first = tuple(new_tensor(np.zeros(shape, x.dtype)) for _ in range(self.states))
        last = list[States]()
        for layer in range(self.num_layers):
            if layer and self.dropout and self.training:
                x = dropout(x, self.dropout)
            ways = []
            for suffix in self.suffixes(layer):
                begin = tuple(state[len(last)] for state in first)
                outputs, end = along(self.step_of(), x, begin, self.weights(suffix), "reverse" in suffix)
                ways.append(outputs)
                last.append(end)
            x = ways[0] if len(ways) == 1 else cat(ways, -1)
        return self.as_given(x, [stack(states) for states in zip(*last)], batched)

    def step_of(self) -> Step:
        """The step this net takes."""
        return type(self).step

    def as_given(self, output: Tensor, states: list[Tensor], batched: bool) -> tuple[Tensor, Any]:
        """Outputs and last states in the layout of the input."""
        if not batched:
            output, states = output.squeeze(1), [state.squeeze(1) for state in states]
        elif self.batch_first:
            output = output.transpose(0, 1)
        return output, tuple(states) if self.states > 1 else states[0]

    def checked(self, input: Any, hx: Any) -> States:
        """The states given. ValueError, RuntimeError or TypeError for an input or states that do not fit."""
        kind = type(self).__name__
        check_tensors(kind, input=input)
        weight = self.weight_ih_l0
        if input.ndim not in (2, 3):
            raise ValueError(f"{kind}: Expected input to be 2D or 3D, (T, N, I) or (T, I), got shape {input.shape}")
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}: the "
                f"input has shape {input.shape}"
            )
        if input.shape[1 if self.batch_first and input.ndim == 3 else 0] == 0:
            raise RuntimeError(f"Expected sequence length to be larger than 0 in {kind}: the input is {input.shape}")
        layers = self.num_layers * len(self.suffixes(0))
        batch = () if input.ndim == 2 else (input.shape[0 if self.batch_first else 1],)
        wanted = (layers, *batch, self.hidden_size)
        states = given_states(kind, hx, self.states)
        for place, state in enumerate(states):
            if state.shape != wanted:
                raise RuntimeError(f"Expected hidden[{place}] size {wanted}, got {list(state.shape)}")
            if state.dtype != input.dtype:
                raise RuntimeError(f"hidden[{place}] holds {state.dtype}, and the input {input.dtype}: use .to()")
        return states

    def extra_repr(self) -> str:
        told = [f"{self.input_size}, {self.hidden_size}"]
        told += [f"num_layers={self.num_layers}"] * (self.num_layers != 1)
        told += ["bias=False"] * (not self.bias) + ["batch_first=True"] * self.batch_first
        told += [f"dropout={self.dropout}"] * bool(self.dropout) + ["bidirectional=True"] * self.bidirectional
        return ", ".join(told)


class RNN(Recurrent):
    """h' = tanh(W x + b + U h + c), or with nonlinearity="relu" its positive part. Elman 1990."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype
        )
        self.nonlinearity = nonlinearity

    def step_of(self) -> Step:
        return tanh_step if self.nonlinearity == "tanh" else relu_step


class LSTM(Recurrent):
    """Long short-term memory, Hochreiter & Schmidhuber 1997; see ops/recurrent.py for its step."""

    gates, states, step = 4, 2, staticmethod(lstm_step)


class GRU(Recurrent):
    """Gated recurrent unit, Cho et al. 2014; see ops/recurrent.py for its step."""

    gates, states, step = 3, 1, staticmethod(gru_step)


def along(step: Step, x: Tensor, states: States, weights: Any, backwards: bool) -> tuple[Tensor, States]:
    """The outputs along a sequence (T, N, I), in its order, and the last states; backwards: from the end."""
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    from_inputs = slices_of(F.linear(x, weight_ih, bias_ih))  # for all places at once: no state is needed for that
    outputs = []
    for from_input in reversed(from_inputs) if backwards else from_inputs:
        states = step(from_input, states, weight_hh, bias_hh)
        outputs.append(states[0])
    return stack(outputs[::-1] if backwards else outputs), states


def check_sizes(input_size: Any, hidden_size: Any, num_layers: Any, dropout: Any, proj_size: int) -> None:
    """TypeError for sizes that are no ints, ValueError for those that are not positive, or a share that is none."""
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if not isinstance(size, int) and name != "num_layers":
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero, and it is {size}")
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
        raise ValueError(
            f"dropout should be a number in range [0, 1], the probability of an element being zeroed, not {dropout!r}"
        )
    if proj_size:
        raise NotImplementedError(f"recurrent nets are not made with a projection here: proj_size={proj_size}")
