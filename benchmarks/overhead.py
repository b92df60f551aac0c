"""Row 7: what one tiny op costs, a chain of a million, and importing."""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import Any

from peers import chains, pytorch
from timing import OURS, PEAK, Entrant, Row, race

import tinygrad_optim

CHAIN = 10_000
MILLION = f"""{PEAK}
import sys
import time
from importlib import import_module
torch = import_module(sys.argv[1])
if sys.argv[1] == "torch":
    torch.set_num_threads(1)
torch.tensor([1.0])
before = peak()
start = time.perf_counter()
x = torch.tensor([0.5], requires_grad=True)
y = x
for _ in range(1_000_000):
    y = y * 1.0
y.sum().backward()
taken = time.perf_counter() - start
assert x.grad.item() == 1.0
print(taken, peak() - before)
"""


def chain_step(torch: Any) -> Any:
    """A chain of tiny ops, forward and backward: a multiplication, an addition, a tanh, over and over."""

    def step() -> float:
        x = torch.tensor([0.5], requires_grad=True)
        c = torch.tensor([0.25])
        y = x
        for _ in range(CHAIN // 3):
            y = (y * c + x).tanh()
        y.sum().backward()
        return float(x.grad.item())

    return step


def chain() -> Row:
    """Microseconds a node."""
    entrants = [Entrant(OURS, chain_step(tinygrad_optim))]
    torch = pytorch()
    if torch is not None:
        entrants.append(Entrant("PyTorch", chain_step(torch)))
    entrants += chains(CHAIN // 3)
    row = race("a chain of tiny ops", entrants, {"PyTorch": 2.5 / 6}, turns=9)
    per_node = {who: f"{taken / CHAIN * 1e6:.2f} us a node" for who, taken in row.seconds.items()}
    row.note = ", ".join(f"{who} {cost}" for who, cost in per_node.items()) + "; ours is to be at most 2.50"
    return row


def million() -> Row:
    """A million nodes, forward and backward, each time in a process of its own.

    The goal was 4 s where PyTorch took 10.6: other machines have other seconds.
    """
    modules = {OURS: "tinygrad_optim"} | ({"PyTorch": "torch"} if pytorch() is not None else {})
    measured: dict[str, list[tuple[float, float]]] = {who: [] for who in modules}
    for _ in range(3):
        for who, module in modules.items():
            said = subprocess.check_output([sys.executable, "-c", MILLION, module], text=True)
            taken, megabytes = map(float, said.split())
            measured[who].append((taken, megabytes))
    row = Row("a chain of a million nodes", goals={"PyTorch": 4 / 10.6})
    for who, runs in measured.items():
        taken, megabytes = map(statistics.median, zip(*runs))
        row.seconds[who] = taken
        row.note += f"{who} {taken:.1f} s and {megabytes:.0f} MB; "
        if who != OURS:
            row.ratios[who] = statistics.median(mine[0] / theirs[0] for mine, theirs in zip(measured[OURS], runs))
    row.note += "ours is to be at most 4 s and 350 MB"
    return row


def importing() -> Row:
    """A Python that imports the package, against one that imports numpy; and what a name's first use then takes."""

    def importer(line: str) -> Any:
        return lambda: subprocess.run([sys.executable, "-c", line], check=True) and None

    uses = {"a tensor": "torch.tensor", "a net and an optimizer": "torch.tensor, torch.nn, torch.optim"}
    used = [Entrant(what, importer(f"import tinygrad_optim as torch; {names}")) for what, names in uses.items()]
    entrants = [Entrant(OURS, importer("import tinygrad_optim")), Entrant("numpy", importer("import numpy")), *used]
    row = race("import", entrants, {"numpy": 1.2}, turns=9)
    for what in uses:  # not others whom we are compared with: what is still to come
        over = row.seconds[what] / row.seconds["numpy"]
        row.note += f"{', ' if row.note else 'until '}{what} can be used {over:.2f} times numpy's import"
        del row.ratios[what]
    return row


ROWS = {"chain": chain, "million": million, "importing": importing}
