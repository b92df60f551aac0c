"""One step of a recurrent net, after its two linear maps: the gates, and what they let through.

from_input and from_state are what the maps made of the input and of the last state, (N, gates * H): side by side
the gates of PyTorch's order, H columns each.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy import tanh

from ..op import Op
from .elementwise import sigmoid_forward
from .shape import cat_forward, stack_forward
from .slices import all_of


def part(gates, place, size):
    """The columns of one gate"""
    return gates[..., place * size : (place + 1) * size]


def lstm_gates_forward(from_input, from_state):
    """i, f, z, o: of their parts of from_input + from_state, sigmoids, but for z the tanh. Side by side, (N, 4H)"""
    sums = from_input + from_state
    gates, size = sigmoid_forward(sums), sums.shape[-1] // 4
    tanh(part(sums, 2, size), out=part(gates, 2, size))
    return gates


def lstm_gates_vjp(g, out):
    """dL/d(sum) = g * the gate's own slope: s * (1 - s) for a sigmoid, and 1 - z**2 = (1 + z) * (1 - z) for the tanh"""
    g_sums = g * ((where_tanh(out.shape[-1] // 4, out.dtype) + out) * (1 - out))
    return g_sums, g_sums


@lru_cache(8)
def where_tanh(size, dtype):
    """1 in the columns of the gate that is a tanh, the third of four, else 0: made once, not to be written to"""
    return np.repeat(np.array([0, 0, 1, 0], dtype), size)


def lstm_cell_forward(gates, cell):
    """The new state and the new cell, (2, N, H): c' = f * c + i * z and h' = o * tanh(c'). To be used by its slices

    Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000 for the forget gate f.
    """
    i, f, z, o = [part(gates, place, cell.shape[-1]) for place in range(4)]
    new = f * cell
    new += i * z
    return stack_forward(0, o * tanh(new), new)


def lstm_cell_vjp(g, gates, cell):
    """With t = tanh(c'): dL/dc' = g_c + g_h * o * (1 - t**2); through it dL/dc = dL/dc' * f, and to each gate what
    it is multiplied by."""
    size = cell.shape[-1]
    i, f, z, o = [part(gates, place, size) for place in range(4)]
    g_state, g_new = all_of(g)
    t = tanh(f * cell + i * z)
    g_cell = g_new + g_state * o * (1 - t * t)
    g_gates = cat_forward(-1, [size] * 4, g_cell * z, g_cell * cell, g_cell * i, g_state * t)
    return g_gates, g_cell * f


def gru_cell_forward(from_input, from_state, state):
    """The new state h' = (1 - u) * n + u * h, with reset gate r and update gate u sigmoids of their parts of
    from_input + from_state, and n = tanh(its part of from_input + r * its part of from_state)

    Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder"; the parts stand in the order r, u, n.
    """
    size = state.shape[-1]
    r = sigmoid_forward(part(from_input, 0, size) + part(from_state, 0, size))
    u = sigmoid_forward(part(from_input, 1, size) + part(from_state, 1, size))
    n = tanh(part(from_input, 2, size) + r * part(from_state, 2, size))
    return n + u * (state - n)


def gru_cell_vjp(g, from_input, from_state, state):
    """dL/dh = g * u, and to each gate what it is multiplied by, times its own slope"""
    size = state.shape[-1]
    r = sigmoid_forward(part(from_input, 0, size) + part(from_state, 0, size))
    u = sigmoid_forward(part(from_input, 1, size) + part(from_state, 1, size))
    n = tanh(part(from_input, 2, size) + r * part(from_state, 2, size))
    g_n = g * (1 - u) * (1 - n * n)
    g_r = g_n * part(from_state, 2, size) * (r * (1 - r))
    g_u = g * (state - n) * (u * (1 - u))
    sizes = [size] * 3
    return cat_forward(-1, sizes, g_r, g_u, g_n), cat_forward(-1, sizes, g_r, g_u, g_n * r), g * u


LSTM_GATES = Op(lstm_gates_forward, lstm_gates_vjp)
LSTM_CELL = Op(lstm_cell_forward, lstm_cell_vjp)
GRU_CELL = Op(gru_cell_forward, gru_cell_vjp)
