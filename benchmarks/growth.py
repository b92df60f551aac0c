"""Row 9: how time and memory grow with depth, width, parameters, groups and steps."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from timing import OURS, PEAK, Row, time_of

import tinygrad_optim as torch
from tinygrad_optim import optim

LINEAR = 1.1  # an exponent no larger than this counts as linear
STEPS = f"""{PEAK}
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
x, y = torch.rand(8, 4), torch.randint(0, 2, (8,))
for step in range(100_000):
    optimizer.zero_grad()
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
    if step + 1 in (1_000, 100_000):
        print(peak())
"""


def exponent(sizes: list[int], costs: list[float]) -> float:
    """b of cost = a * size**b: the slope of a line through the logarithms, by least squares."""
    xs, ys = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def fitted(name: str, sizes: list[int], prepare: Callable[[int], Any]) -> Row:
    """How the time of a step grows with a size: the least of several runs at each, fitted."""
    costs = []
    for size in sizes:
        step = prepare(size)
        step()
        costs.append(min(time_of(step, 1) for _ in range(5)))
    found = exponent(sizes, costs)
    shown = ", ".join(f"{size}: {cost * 1e3:.3g} ms" for size, cost in zip(sizes, costs))
    return Row(name, {OURS: costs[-1]}, {"linear": found}, {"linear": LINEAR}, note=f"size**{found:.2f} ({shown})")


def depth() -> Row:
    """A chain of ops, forward and backward."""

    def prepare(size: int) -> Any:
        def step() -> None:
            x = torch.tensor([0.5], requires_grad=True)
            y = x
            for _ in range(size):
                y = y * 1.0
            y.sum().backward()

        return step

    return fitted("time against depth", [3_000, 10_000, 30_000, 100_000], prepare)


def width() -> Row:
    """One node made from many."""

    def prepare(size: int) -> Any:
        def step() -> None:
            x = torch.tensor([0.5], requires_grad=True)
            torch.stack([x * 1.0 for _ in range(size)]).sum().backward()

        return step

    return fitted("time against width", [1_000, 3_000, 10_000, 30_000], prepare)


def with_parameters(count: int, groups: int) -> Any:
    """A step of Adam for so many parameters in so many groups."""
    params = [torch.rand(10).requires_grad_() for _ in range(count)]
    for p in params:
        p.grad = torch.rand(10)
    optimizer = optim.Adam([{"params": params[start::groups]} for start in range(groups)])

    def step() -> None:
        optimizer.step()

    return step


def parameters() -> Row:
    """A step of Adam against the number of parameters."""
    return fitted("time against parameters", [300, 1_000, 3_000, 10_000], lambda n: with_parameters(n, 3))


def groups() -> Row:
    """A step of Adam on 3,000 parameters against the number of groups."""
    return fitted("time against groups", [10, 30, 100, 300, 1_000], lambda n: with_parameters(n, n))


def steps() -> Row:
    """Memory after 1,000 and after 100,000 training steps."""
    start = time.perf_counter()
    early, late = map(float, subprocess.check_output([sys.executable, "-c", STEPS], text=True).split())
    row = Row("memory after 100,000 steps over that after 1,000", {OURS: time.perf_counter() - start})
    row.ratios, row.goals = {"1,000 steps": late / early}, {"1,000 steps": 1.02}
    row.note = f"peak {early:.1f} MB after 1,000 steps, {late:.1f} MB after 100,000"
    return row


ROWS = {"depth": depth, "width": width, "parameters": parameters, "groups": groups, "steps": steps}
