"""Rows 2 to 4 and 8: whole training steps of nets."""

from __future__ import annotations

from functools import partial
from typing import Any

import by_hand
from peers import mlps, pytorch
from timing import FLOOR, OURS, Entrant, Row, race

import tinygrad_optim
from tinygrad_optim import nn, optim


def train_step(torch: Any, net: Any, optimizer: Any, x: Any, labels: Any) -> Any:
    """A training step as everybody writes it."""
    criterion = torch.nn.CrossEntropyLoss()

    def step() -> float:
        optimizer.zero_grad()
        loss = criterion(net(x), labels)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def in_pytorch(torch: Any, build: Any, net: Any) -> Any:
    """The same net in PyTorch, with the same weights."""
    theirs = build(torch.nn)
    with torch.no_grad():
        for mine, other in zip(net.parameters(), theirs.parameters()):
            other.copy_(torch.from_numpy(mine.array.copy()))
    return theirs


def net_row(
    name: str,
    build: Any,
    features: Any,
    size: int,
    floor: Any,
    choose: Any,
    theirs: Any,
    goals: Any,
    others: Any = None,
) -> Row:
    """A row of a net: ours, the floor, PyTorch, and the other peers where there are any."""
    tinygrad_optim.manual_seed(0)
    net = build(nn)
    x, labels = by_hand.batch(size, features, 10)
    params = by_hand.parameters(net)
    by_us = train_step(
        tinygrad_optim, net, choose(optim, net.parameters()), tinygrad_optim.tensor(x), tinygrad_optim.tensor(labels)
    )
    entrants = [Entrant(OURS, by_us), Entrant(FLOOR, floor(params, x, labels))]
    entrants += others(params, x, labels) if others else []
    torch = pytorch()
    if torch is not None:
        other = in_pytorch(torch, build, net)
        chosen = theirs(torch.optim, other.parameters())
        step = train_step(torch, other, chosen, torch.from_numpy(x), torch.from_numpy(labels))
        entrants.append(Entrant("PyTorch", step))
    return race(name, entrants, goals)


def small_mlp() -> Row:
    """Batch 32, 64-32-10, SGD with momentum."""

    def build(nn: Any) -> Any:
        return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def choose(optim: Any, params: Any) -> Any:
        return optim.SGD(params, lr=0.01, momentum=0.9)

    def floor(params: Any, x: Any, labels: Any) -> Any:
        optimizer = by_hand.Momentum(params, 0.01, 0.9)
        return lambda: by_hand.mlp_step(params, x, labels, optimizer)

    goals = {FLOOR: 1.75, "PyTorch": 1 / 4}
    name = "small MLP 64-32-10, batch 32, SGD"
    return net_row(name, build, (64,), 32, floor, choose, choose, goals, partial(mlps, adam=False))


def medium_mlp(**options: Any) -> Row:
    """Batch 128, 784-256-128-10, Adam with these options; PyTorch's is the fused one."""

    def build(nn: Any) -> Any:
        return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))

    def floor(params: Any, x: Any, labels: Any) -> Any:
        optimizer = by_hand.Adam(params)
        return lambda: by_hand.mlp_step(params, x, labels, optimizer)

    said = "".join(f", {name}={value}" for name, value in options.items())
    return net_row(
        f"medium MLP 784-256-128-10, batch 128, Adam{said}",
        build,
        (784,),
        128,
        floor,
        lambda optim, params: optim.Adam(params, **options),
        lambda optim, params: optim.Adam(params, fused=True),
        {FLOOR: 1.1, "PyTorch": 1.1},
        partial(mlps, adam=True),
    )


def medium_mlp_fused() -> Row:
    """The same, ours compiled too."""
    return medium_mlp(fused=True)


def cnn() -> Row:
    """Batch 32, 1x28x28, two 3x3 convolutions of 8 and 16, pooling, linear, Adam."""

    def build(nn: Any) -> Any:
        return nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * 7 * 7, 10),
        )

    def floor(params: Any, x: Any, labels: Any) -> Any:
        optimizer = by_hand.Adam(params)
        return lambda: by_hand.cnn_step(params, x, labels, optimizer)

    def choose(optim: Any, params: Any) -> Any:
        return optim.Adam(params)

    goals = {FLOOR: 1.4, "PyTorch": 1.0}
    return net_row("CNN 8-16, batch 32, 28x28, Adam", build, (1, 28, 28), 32, floor, choose, choose, goals)


def block_of(nn: Any, width: int, heads: int) -> Any:
    """A transformer block whose parameters stand in the order in which they are used."""

    class Block(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(width)
            self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
            self.norm2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            h = self.norm1(x)
            x = x + self.attention(h, h, h, need_weights=False)[0]
            return x + self.mlp(self.norm2(x))

    return Block()


def transformer() -> Row:
    """Batch 8, sequence 32, width 64, 4 heads: forward and backward."""
    tinygrad_optim.manual_seed(0)
    net = block_of(nn, 64, 4)
    x = tinygrad_optim.rand(8, 32, 64).array
    params = by_hand.parameters(net)

    def stepper(net: Any, x: Any) -> Any:
        def step() -> float:
            net.zero_grad()
            loss = (net(x) ** 2).mean()
            loss.backward()
            return float(loss.item())

        return step

    entrants = [
        Entrant(OURS, stepper(net, tinygrad_optim.tensor(x, requires_grad=True))),
        Entrant(FLOOR, lambda: by_hand.block(params, x, 4)[0]),
    ]
    torch = pytorch()
    if torch is not None:
        other = in_pytorch(torch, lambda nn: block_of(nn, 64, 4), net)
        entrants.append(Entrant("PyTorch", stepper(other, torch.from_numpy(x.copy()).requires_grad_())))
    goals = {FLOOR: 1.25, "PyTorch": 1.1}
    return race("transformer block, batch 8, sequence 32, width 64", entrants, goals)


ROWS = {
    "small_mlp": small_mlp,
    "medium_mlp": medium_mlp,
    "medium_mlp_fused": medium_mlp_fused,
    "cnn": cnn,
    "transformer": transformer,
}
