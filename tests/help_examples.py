"""The examples of the commands' help, and a program for those that take one: shared by the tests that run them."""

from __future__ import annotations

import argparse
import re

from tinygrad_optim.cli import make_parser

TRAIN = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
x, y = torch.rand(16, 2), torch.rand(16, 1)
for step in range(4):
    optimizer.zero_grad()
    loss = nn.MSELoss()(net(x), y)
    loss.backward()
    optimizer.step()
"""

# Commands for a working copy of the course: their examples are for a folder in which `start` has just made one.
IN_A_COPY = {"check", "hint", "progress", "reset", "diff"}
# Commands for a folder that holds such a copy, called course.
BESIDE_A_COPY = {"grade"}
# What they end with where nothing is written yet: not passed, and not to be shown.
CODES = {"check": 1, "diff": 1}


def commands() -> dict[str, argparse.ArgumentParser]:
    """Each command's parser, by name."""
    actions = make_parser()._actions
    (subparsers,) = (action for action in actions if isinstance(action, argparse._SubParsersAction))
    return dict(subparsers.choices)


def examples() -> dict[str, list[str]]:
    """The lines of each command's help that are commands to try."""
    return {
        name: re.findall(r"^  (tinygrad-optim .*)$", str(parser.epilog), re.MULTILINE)
        for name, parser in commands().items()
    }
