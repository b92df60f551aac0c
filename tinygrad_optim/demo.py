"""The demo: a small net learns to read handwritten digits, with its parameters in three groups.

The first half is a program as PyTorch's users write them; all that differs is which package they import.
The second half runs it, shows what happens, and saves what happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import Digits, load_digits
from tinygrad_optim.group_table import group_table
from tinygrad_optim.plot import History, group_activity, loss_curves
from tinygrad_optim.plot.style import new_figure
from tinygrad_optim.saving import ready_folder, save_figure
from tinygrad_optim.trace import record, tell
from tinygrad_optim.trace.tracers import watching_debugger

if TYPE_CHECKING:
    from rich.console import Console

FILES = ("loss.png", "groups.png", "trace.txt", "trace.html")


@dataclass(frozen=True)
class Settings:
    """What can be turned in the demo. With the numbers here it reads at least 95 % of the test digits."""

    epochs: int = 40
    batch_size: int = 32
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-3
    seed: int = 0


# ---- the program -----------------------------------------------------------------------------------------


class DigitNet(nn.Module):
    """64 pixels in, 10 scores out: one for each digit."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 32)
        self.third = nn.Linear(32, 10)
        self.relu = nn.ReLU()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        hidden = self.relu(self.first(images))
        hidden = self.relu(self.second(hidden))
        scores: torch.Tensor = self.third(hidden)
        return scores


loss_function = nn.CrossEntropyLoss()


def make_optimizer(net: DigitNet, lr: float, momentum: float, weight_decay: float) -> optim.SGD:
    """SGD with three groups. An option that a group does not give is the one given after the list."""
    first, second, other = net.first.parameters(), net.second.parameters(), net.third.parameters()
    return optim.SGD(
        [
            {"params": other},
            {"params": first, "lr": 0.01 * lr},
            {"params": second, "weight_decay": weight_decay},
        ],
        lr=lr,
        momentum=momentum,
    )


def training_step(
    net: DigitNet, optimizer: optim.Optimizer, images: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """Forward, backward, step: once. Returns the loss as it was before the step."""
    optimizer.zero_grad()
    scores = net(images)
    loss: torch.Tensor = loss_function(scores, labels)
    loss.backward()
    optimizer.step()
    return loss


def evaluate(net: DigitNet, data: Digits) -> tuple[float, int]:
    """The loss on all of the data, and how many digits are read correctly."""
    with torch.no_grad():
        scores = net(data.images)
        loss = loss_function(scores, data.labels)
        correct = (scores.argmax(dim=1) == data.labels).sum()
    return loss.item(), int(correct)


def batches(data: Digits, size: int) -> Iterator[Digits]:
    """All of the data once, in random order, `size` images at a time."""
    order = np.argsort(torch.rand(len(data.labels)).numpy())
    for start in range(0, len(order), size):
        chosen = torch.tensor(order[start : start + size])
        yield Digits(data.images[chosen], data.labels[chosen])


def train(
    net: DigitNet, optimizer: optim.Optimizer, data: tuple[Digits, Digits], settings: Settings, history: History
) -> Iterator[float]:
    """Train for the epochs that are set, logging both losses; gives back each step's loss as it comes."""
    train_digits, test_digits = data
    for _epoch in range(settings.epochs):
        for images, labels in batches(train_digits, settings.batch_size):
            loss = training_step(net, optimizer, images, labels).item()
            history.log("train loss", loss)
            yield loss
        history.log("test loss", evaluate(net, test_digits)[0])


# ---- running it, showing it, saving it -------------------------------------------------------------------


def run_demo(out: Path, settings: Settings, console: Console) -> int:
    """Train, print the table of groups and the accuracy, and write FILES to the folder `out`.

    Returns how many test digits were read correctly. OSError, before training, if `out` cannot be written to.
    """
    ready_folder(out, FILES)
    data = load_digits()
    torch.manual_seed(settings.seed)
    net = DigitNet()
    optimizer = make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
    console.print(group_table(optimizer))

    with History(optimizer) as history:
        train_and_show(net, optimizer, data, settings, history, console)
    correct, digits = evaluate(net, data[1])[1], len(data[1].labels)
    console.print(f"test accuracy: {100 * correct / digits:.1f} % ({correct} of {digits} digits it was not trained on)")

    written = write_figures(history, out)
    if watching_debugger():
        console.print("no story of a step: a debugger is at work, and both would need Python's trace function")
    else:
        written += write_trace(first_step(data[0], settings), out)
    console.print("wrote", ", ".join(str(path) for path in written), soft_wrap=True, highlight=False)
    return correct


def train_and_show(
    net: DigitNet,
    optimizer: optim.Optimizer,
    data: tuple[Digits, Digits],
    settings: Settings,
    history: History,
    console: Console,
) -> None:
    """Train with a progress bar that shows the loss; where no bar can move, one line at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.4f}"))
    steps = settings.epochs * -(-len(data[0].labels) // settings.batch_size)
    started = time.perf_counter()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("training", total=steps, loss=float("nan"))
        for loss in train(net, optimizer, data, settings, history):
            progress.update(task, advance=1, loss=loss)
    ends = ", ".join(f"{name} {series.values[-1]:.4f}" for name, series in history.logged.items())
    console.print(f"trained {steps} steps in {time.perf_counter() - started:.1f} s: {ends}")


def first_step(digits: Digits, settings: Settings) -> Callable[[], object]:
    """What builds the optimizer and takes one whole training step, with the numbers of the training's first."""
    torch.manual_seed(settings.seed)
    net = DigitNet()
    images, labels = next(batches(digits, settings.batch_size))

    def build_and_step() -> torch.Tensor:
        optimizer = make_optimizer(net, settings.lr, settings.momentum, settings.weight_decay)
        return training_step(net, optimizer, images, labels)

    return build_and_step


def write_figures(history: History, out: Path) -> list[Path]:
    """loss.png and groups.png"""
    loss_figure, (loss_ax,) = new_figure(1, (6.5, 3.6))
    loss_curves(history, loss_ax, ylabel="cross-entropy loss (nats per digit)")
    groups_figure, axes = new_figure(2, (7.5, 6.0))
    group_activity(history, axes)
    figures = {"loss.png": loss_figure, "groups.png": groups_figure}
    return [save_figure(figure, out / name, dpi=150) for name, figure in figures.items()]


def write_trace(run: Callable[[], object], out: Path) -> list[Path]:
    """trace.txt and trace.html: what `run` did, by the source lines that ran and the values they had."""
    story = tell(record(run))
    return [story.save_text(out / "trace.txt"), story.save_html(out / "trace.html")]
