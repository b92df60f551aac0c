"""Rows 5 and 6: the optimizers' steps alone, on one large parameter and on many small ones."""

from __future__ import annotations

import tracemalloc
from typing import Any

import by_hand
import numpy as np
from peers import pytorch
from timing import FLOOR, OURS, Entrant, Row, race

import tinygrad_optim
from tinygrad_optim.mistakes.attention import FIRST

LARGE = 10_000_000
RULES = ("SGD", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop")
OPTIONS: dict[str, dict[str, float]] = {"SGD": {"lr": 1e-3, "momentum": 0.9}}


def stepper(library: Any, name: str, arrays: list[Any], grads: list[Any], groups: int = 1, **options: Any) -> Any:
    """A function that makes one step of this optimizer, on copies of these arrays, with these gradients."""
    made = library.from_numpy if library is not tinygrad_optim else library.tensor
    params = [made(array.copy()).requires_grad_() for array in arrays]
    for p, g in zip(params, grads):
        p.grad = made(g.copy())
    parts = [{"params": params[start::groups]} for start in range(groups)]
    optimizer = getattr(library.optim, name)(parts, **OPTIONS.get(name, {}))
    for group in optimizer.param_groups:  # every rule can be compiled, but not every constructor takes `fused`
        group.update(options)

    def step() -> None:
        optimizer.step()

    return step


def large_arrays() -> tuple[list[Any], list[Any]]:
    """One parameter of ten million float32, and its gradient."""
    chosen = np.random.default_rng(0)
    return [chosen.standard_normal(LARGE, np.float32)], [chosen.standard_normal(LARGE, np.float32)]


def large(name: str, ours: dict[str, Any], theirs: dict[str, Any], label: str, goal: float) -> Row:
    """One optimizer's step on the large parameter, here and in PyTorch."""
    arrays, grads = large_arrays()
    how = ", ".join(ours) or "in blocks"
    step = stepper(tinygrad_optim, name, arrays, grads, **ours)
    for _ in range(FIRST):  # which all checks look at, and no longer than these: mistakes/attention.py
        step()
    entrants = [Entrant(OURS, step)]
    torch = pytorch()
    if torch is not None:
        entrants.append(Entrant(label, stepper(torch, name, arrays, grads, **theirs)))
    row = race(f"{name}, {LARGE:,} float32, {how}", entrants, {label: goal}, turns=5)
    row.note = f"peak beyond parameters, gradients and state: {peak_beyond(name, ours) / 1e6:.1f} MB"
    return row


def peak_beyond(name: str, options: dict[str, Any]) -> int:
    """The bytes that a step takes at its peak, beyond what lies there before it."""
    step = stepper(tinygrad_optim, name, *large_arrays(), **options)
    step()
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def large_rows() -> dict[str, Any]:
    """Each as a function, by name."""
    rows = {}
    for name in ("Adam", "AdamW"):
        rows[f"large_{name}"] = lambda name=name: large(name, {}, {"foreach": True}, "PyTorch foreach", 0.95)
    for name in RULES:
        if name in ("SGD", "Adam", "AdamW"):
            theirs, label, goal = {"fused": True}, "PyTorch fused", 1.1
        else:
            theirs, label, goal = {}, "PyTorch", 1 / 3
        rows[f"large_fused_{name}"] = lambda name=name, theirs=theirs, label=label, goal=goal: large(
            name, {"fused": True}, theirs, label, goal
        )
    return rows


def many_small() -> Row:
    """300 parameters of 10 to 200 elements in three groups, Adam."""
    chosen = np.random.default_rng(0)
    sizes = chosen.integers(10, 200, 300)
    arrays, grads = ([chosen.standard_normal(size, np.float32) for size in sizes] for _ in range(2))
    floor = by_hand.Adam([array.copy() for array in arrays])
    entrants = [
        Entrant(OURS, stepper(tinygrad_optim, "Adam", arrays, grads, 3)),
        Entrant(FLOOR, lambda: floor.step(grads)),
    ]
    torch = pytorch()
    if torch is not None:
        for how in ("fused", "foreach"):
            entrants.append(Entrant(f"PyTorch {how}", stepper(torch, "Adam", arrays, grads, 3, **{how: True})))
    return race("300 small parameters in three groups, Adam", entrants, {"PyTorch fused": 0.6, "PyTorch foreach": 0.2})


ROWS = {**large_rows(), "many_small": many_small}
