"""Every path of the grid, gone by this package's optimizers.

All settings of one algorithm go at once, in one optimizer. A coordinate's options decide its group, so all
coordinates with the same options lie in one tensor, a row for each and a column for each surface. An update rule
is elementwise: each number moves just as it would alone (a test runs some alone, and compares bit by bit).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_optim as torch

from .grid import Algorithm, Grid, Setting


def go(grid: Grid, algorithm: Algorithm, tick: Callable[[], object] = lambda: None) -> Any:
    """The points of all paths: float32 (settings, surfaces, steps + 1, 3), the last axis x, y and the loss there.

    Paths that blow up go on to inf and nan. tick is called after each step.
    """
    settings = grid.settings(algorithm)
    groups, row = in_groups(grid, settings)
    optimizer = algorithm.kind(groups)
    tensors = [group["params"][0] for group in groups]
    points = np.empty((grid.steps + 1, 3, len(settings), len(grid.surfaces)), np.float32)
    with np.errstate(all="ignore"):
        for step in range(grid.steps + 1):
            optimizer.zero_grad()
            everything = torch.cat(tensors)
            x, y = everything[row[: len(settings)]], everything[row[len(settings) :]]
            losses = [surface(x[:, i], y[:, i]) for i, surface in enumerate(grid.surfaces)]
            loss = torch.stack(losses, dim=1)
            loss.sum().backward()
            points[step] = [x.detach().numpy(), y.detach().numpy(), loss.detach().numpy()]
            if step < grid.steps:
                optimizer.step()
                tick()
    return points.transpose(2, 3, 0, 1)


def in_groups(grid: Grid, settings: list[Setting]) -> tuple[list[dict[str, Any]], Any]:
    """The groups, and the row in which each coordinate stands once their tensors are laid end to end.

    Coordinates are counted from 0: every setting's x, then every setting's y.
    """
    members: dict[tuple[Any, ...], list[int]] = {}
    for i, setting in enumerate(settings):
        for coordinate, lr in ((i, setting.lr), (len(settings) + i, setting.y_lr)):
            members.setdefault(tuple(setting.options(lr).items()), []).append(coordinate)
    starts = [[surface.start[axis] for surface in grid.surfaces] for axis in (0, 1)]
    groups = [
        {"params": [torch.tensor([starts[i >= len(settings)] for i in inside], requires_grad=True)], **dict(options)}
        for options, inside in members.items()
    ]
    return groups, np.argsort([i for inside in members.values() for i in inside])
