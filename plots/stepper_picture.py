"""A picture of the stepper at work, as it looks in a terminal: plots/stepper.svg.

python plots/stepper_picture.py

A real session: a training script with three parameter groups is recorded, and the stepper is told to go to the
second step's change of one parameter, and on into the rule. The numbers come from one seed, so the picture is the
same each time.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from tinygrad_optim.saving import write_text
from tinygrad_optim.trace.script import run_script
from tinygrad_optim.trace.stepper import Stepper

WIDTH, HEIGHT = 96, 26
SCRIPT = """\
import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.fc = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.hidden(x).relu())


net = Net()
optimizer = optim.SGD(
    [
        {"params": [net.hidden.weight], "lr": 0.01},
        {"params": [net.fc.weight], "weight_decay": 0.1},
        {"params": [net.hidden.bias, net.fc.bias]},
    ],
    lr=0.1,
    momentum=0.9,
)
x, y = torch.ones(8, 3), torch.ones(8, 2)
for step in range(3):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
"""
COMMANDS = ("step 2", "group 1", "b sgd", "c", "n", "n")  # to the line that adds the decay


def picture() -> str:
    """The last page of the session, as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "train.py"
        script.write_text(SCRIPT)
        recording = run_script(script).recording
        console = Console(
            file=io.StringIO(), width=WIDTH, height=HEIGHT, record=True, force_terminal=True, color_system="truecolor",
            legacy_windows=False, highlight=False, _environ={},
        )  # fmt: skip
        stepper = Stepper(recording, console, io.StringIO())
        for command in COMMANDS:
            stepper.onecmd(command)
        console.export_text(clear=True)  # of the session only what is on the screen at its end is drawn
        stepper.show()
        console.print(stepper.prompt, end="")
    drawn = console.export_svg(title="tinygrad-optim step train.py", theme=MONOKAI, unique_id="stepper")
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL)  # it fetches no font
    return drawn.replace("Fira Code", "DejaVu Sans Mono")


if __name__ == "__main__":
    where = write_text(Path(__file__).parent / "stepper.svg", picture())
    print("wrote", where)
