"""One step of a recurrent net, after its two linear maps: the gates, and what they let through.

from_input and from_state are what the maps made of the input and of the last state, (N, gates * H): side by side
the gates of PyTorch's order, H columns each.
"""

from __future__ import annotations

from numpy import tanh

from ..op import Op
from .elementwise import sigmoid_forward
from .shape import cat_forward


def part(gates, place, size):
    """The columns of one gate"""
    return gates[..., place * size : (place + 1) * size]


def lstm_cell_forward(from_input, from_state, cell):
    """The new state and the new cell side by side, (N, 2H): c' = f * c + i * z and h' = o * tanh(c')

    with i, f, o = sigmoid and z = tanh of their parts of from_input + from_state (in the order i, f, z, o).
    Hochreiter & Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000 for the forget gate f.
    """
    gates, size = from_input + from_state, cell.shape[-1]
    i, f = sigmoid_forward(part(gates, 0, size)), sigmoid_forward(part(gates, 1, size))
    z, o = tanh(part(gates, 2, size)), sigmoid_forward(part(gates, 3, size))
    new = f * cell + i * z
    return cat_forward(-1, [size, size], o * tanh(new), new)


def lstm_cell_vjp(g, from_input, from_state, cell, out):
    """With t = tanh(c'): dL/dc' = g_c + g_h * o * (1 - t**2); through it dL/dc = dL/dc' * f, and to each gate what
    it is multiplied by, times its own slope: s * (1 - s) for a sigmoid, 1 - z**2 for the tanh."""
    gates, size = from_input + from_state, cell.shape[-1]
    i, f = sigmoid_forward(part(gates, 0, size)), sigmoid_forward(part(gates, 1, size))
    z, o = tanh(part(gates, 2, size)), sigmoid_forward(part(gates, 3, size))
    t = tanh(part(out, 1, size))
    g_state = part(g, 0, size)
    g_cell = part(g, 1, size) + g_state * o * (1 - t * t)
    g_gates = cat_forward(
        -1,
        [size] * 4,
        g_cell * z * (i * (1 - i)),
        g_cell * cell * (f * (1 - f)),
        g_cell * i * (1 - z * z),
        g_state * t * (o * (1 - o)),
    )
    return g_gates, g_gates, g_cell * f


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


LSTM_CELL = Op(lstm_cell_forward, lstm_cell_vjp)
GRU_CELL = Op(gru_cell_forward, gru_cell_vjp)
