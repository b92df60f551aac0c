"""Two ops that change nothing and let a gradient be seen: how a module's backward hooks are called.

A barrier stands before a module's tensors, and a gate at each of them. Going back, each gate notes the gradient
that arrives at it; the barrier is older than all its gates, so when its turn comes all have arrived.
"""

from __future__ import annotations

import numpy as np

from ..op import Op

NOTHING = np.zeros(())  # what goes from the barrier to its gates, and back


def barrier_forward(arrivals, *tensors):
    """Nothing; arrivals.finish() will be given all the gradients that arrived at the gates"""
    return NOTHING


def barrier_vjp(g, arrivals):
    """dL/d(tensor) = what arrived at its gate, or what finish() makes of it; None where none arrived"""
    return (None, *arrivals.finish())


def gate_forward(x, barrier, place, arrivals):
    """x"""
    return x


def gate_vjp_barrier(g, place, arrivals):
    """Nothing; g has been noted"""
    arrivals.found[place] = g
    return NOTHING


BARRIER = Op(barrier_forward, barrier_vjp)
GATE = Op(gate_forward, gate_vjp_barrier, view=True)
