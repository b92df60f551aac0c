"""What can be chosen on the page: the grid, whose every point is one path."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from .. import optim
from ..plot.surfaces import SURFACES, Surface

BETA2 = 0.999  # of Adam and AdamW: PyTorch's default


@dataclass(frozen=True)
class Algorithm:
    """One entry of the page's list of optimizers."""

    name: str  # as the page has it
    kind: type[Any]  # of Optimizer
    about: str  # a sentence
    memory: str = ""  # the option that says how much of the past stays: momentum, betas, or none
    momenta: tuple[float, ...] = (0.0,)  # its values; of betas the first
    nesterov: bool = False

    def options(self, momentum: float) -> dict[str, Any]:
        """The options that make the optimizer this one, with this much momentum."""
        if self.memory == "betas":
            return {"betas": (momentum, BETA2)}
        return {"momentum": momentum, "nesterov": self.nesterov} if self.memory else {}


# ---- the table -------------------------------------------------------------------------------------------

ALGORITHMS = (
    Algorithm("SGD", optim.SGD, "Steps of lr times the gradient's running sum.", "momentum", (0.0, 0.5, 0.9, 0.99)),
    Algorithm("SGD, Nesterov", optim.SGD, "SGD that looks one velocity ahead.", "momentum", (0.9, 0.99), nesterov=True),
    Algorithm("Adagrad", optim.Adagrad, "Gradient over the root of the sum of all its squares so far."),
    Algorithm("RMSprop", optim.RMSprop, "Gradient over the root of its squares' running mean."),
    Algorithm("Adam", optim.Adam, "Gradient's running mean over the root of its squares'.", "betas", (0.0, 0.9, 0.99)),
    Algorithm("AdamW", optim.AdamW, "Adam whose decay shrinks the parameters themselves.", "betas", (0.9,)),
)  # fmt: skip
LRS = (0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.3, 1.0)
WEIGHT_DECAYS = (0.0, 0.1, 1.0)
FACTORS = (0.01, 0.1, 1.0, 10.0)  # y's lr over x's
STEPS = 200


@dataclass(frozen=True)
class Setting:
    """One choice of everything but the surface: an optimizer with two groups, x in one and y in the other."""

    algorithm: Algorithm
    momentum: float
    weight_decay: float
    lr: float
    factor: float

    @property
    def y_lr(self) -> float:
        """The lr of y's group, as a person would write it: 0.003 times 10 is 0.03, not 0.030000000000000002."""
        return float(f"{self.lr * self.factor:.6g}")

    def options(self, lr: float) -> dict[str, Any]:
        """All that a group with this lr gives."""
        return {"lr": lr, **self.algorithm.options(self.momentum), "weight_decay": self.weight_decay}

    @property
    def code(self) -> str:
        """The line that makes this optimizer. What is as PyTorch's defaults have it is left out, but lr and betas."""
        kind = self.algorithm.kind
        defaults = inspect.signature(kind).parameters
        told = [
            f"{name}={value}"
            for name, value in self.options(self.lr).items()
            if name in ("lr", "betas") or value != defaults[name].default
        ]
        other = "" if self.y_lr == self.lr else f', "lr": {self.y_lr}'
        groups = f'    [\n        {{"params": [x]}},\n        {{"params": [y]{other}}},\n    ],\n'
        return f"optimizer = optim.{kind.__name__}(\n{groups}" + "".join(f"    {option},\n" for option in told) + ")"


@dataclass(frozen=True)
class Grid:
    """Everything times everything: each algorithm's momenta, the decays, the lrs and the factors, on each surface."""

    surfaces: tuple[Surface, ...] = tuple(SURFACES.values())
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    weight_decays: tuple[float, ...] = WEIGHT_DECAYS
    lrs: tuple[float, ...] = LRS
    factors: tuple[float, ...] = FACTORS
    steps: int = STEPS

    def settings(self, algorithm: Algorithm) -> list[Setting]:
        """An algorithm's settings, the last option changing fastest; the page counts them in the same order."""
        return [
            Setting(algorithm, momentum, weight_decay, lr, factor)
            for momentum in algorithm.momenta
            for weight_decay in self.weight_decays
            for lr in self.lrs
            for factor in self.factors
        ]

    def __len__(self) -> int:
        """How many paths there are."""
        return len(self.surfaces) * sum(len(self.settings(algorithm)) for algorithm in self.algorithms)


FULL = Grid()


def program(surface: Surface, optimizer: str, steps: int) -> str:
    """The whole program that goes one path, and prints where it ends. optimizer: the line that makes it."""
    x, y = surface.start
    return (
        "import tinygrad_optim as torch\n"
        "from tinygrad_optim import optim\n"
        "from tinygrad_optim.plot import surfaces\n\n"
        f"x = torch.tensor({x}, requires_grad=True)\n"
        f"y = torch.tensor({y}, requires_grad=True)\n"
        f"{optimizer}\n"
        f"for step in range({steps}):\n"
        "    optimizer.zero_grad()\n"
        f"    surfaces.{surface.name}(x, y).backward()\n"
        "    optimizer.step()\n"
        "print(x.item(), y.item())\n"
        f"print(surfaces.{surface.name}(x, y).item())\n"
    )
