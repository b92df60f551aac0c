"""The program that tests of the trace run: three groups, a schedule, and a parameter that never gets a gradient."""

PROGRAM = """\
import argparse

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

from measured import measured


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)
        self.unused = nn.Parameter(torch.ones(3))

    def forward(self, x):
        hidden = self.first(x).relu()
        return self.second(hidden)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3)
    given = parser.parse_args()
    torch.manual_seed(0)
    net = Net()
    optimizer = optim.SGD(
        [
            {"params": net.first.parameters(), "lr": 0.01},
            {"params": net.second.parameters(), "weight_decay": 0.1},
            {"params": [net.unused]},
        ],
        lr=0.1,
        momentum=0.9,
    )
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    x, y = measured(torch)
    for step in range(given.steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
    print(f"loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
"""
MEASURED = """\
def measured(torch):
    torch.manual_seed(1)
    return torch.rand(8, 2), torch.rand(8, 1)
"""


def write_program(folder):
    """Put the program and the module it imports into a folder; returns the program's path."""
    (folder / "measured.py").write_text(MEASURED)
    (folder / "train.py").write_text(PROGRAM)
    return folder / "train.py"
