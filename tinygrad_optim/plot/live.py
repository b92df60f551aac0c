"""A History shown while it grows: in a notebook, in a terminal, or as a line now and then.

Training is what matters: a screen draws at most so often that it takes a twentieth of the time, and it writes
to stderr, so that what the program prints stays what it is.
"""

from __future__ import annotations

import math
import sys
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from .records import Series

if TYPE_CHECKING:
    from rich.console import Console

    from .history import History

SHARE = 0.05  # of the time, at most, for showing
BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"  # eight heights; for terminals that cannot show the first
WIDTH = 48  # columns of one sparkline


class Screen(Protocol):
    """What a History shows itself on."""

    def show(self, history: History) -> None:
        """Called after each step: draw, if it is time."""

    def close(self, history: History) -> None:
        """Draw the last state, and leave it standing."""


def as_screen(live: Any) -> Screen:
    """The screen for `live=True`, here; anything with show and close is one itself. TypeError for what is not.

    ImportError, saying what to install, for a terminal without rich.
    """
    if live is not True:
        if not (hasattr(live, "show") and hasattr(live, "close")):
            raise TypeError(f"live is True, or a screen with show and close, but it is {type(live).__name__} {live!r}")
        return live
    if in_notebook():
        return NotebookScreen()
    if sys.stderr is None or not sys.stderr.isatty():
        return LineScreen()
    console = new_console()
    return LineScreen() if console.is_dumb_terminal else TerminalScreen(console)


def in_notebook() -> bool:
    """Whether this program runs in a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")


def new_console() -> Console:
    try:
        from rich.console import Console
    except ImportError as error:
        raise ImportError(
            f"live=True draws with rich in a terminal, and it could not be imported ({error}): "
            "install it with `pip install rich`"
        ) from error
    return Console(stderr=True)


class Pace:
    """When to draw next: not before `least` seconds have gone, nor more often than SHARE of the time allows."""

    def __init__(self, least: float) -> None:
        self.least, self.due = least, 0.0

    def is_due(self) -> bool:
        return perf_counter() >= self.due

    def drew_since(self, started: float) -> None:
        now = perf_counter()
        self.due = now + max(self.least, (now - started) / SHARE)


class TerminalScreen:
    """A table in the terminal that stays in its place, a sparkline a row. What the program prints goes above it."""

    def __init__(self, console: Console, least: float = 0.2) -> None:
        from rich.live import Live

        self.console, self.pace = console, Pace(least)
        # No thread of its own, and stdout is only taken over if it ends on the same terminal.
        together = sys.stdout is not None and sys.stdout.isatty()
        self.live = Live(console=console, auto_refresh=False, redirect_stdout=together, redirect_stderr=True)

    def show(self, history: History) -> None:
        if self.pace.is_due():
            self.draw(history)

    def close(self, history: History) -> None:
        self.draw(history)
        self.live.stop()

    def draw(self, history: History) -> None:
        started = perf_counter()
        if not self.live.is_started:
            self.live.start()
        marks = BLOCKS if "utf" in (self.console.encoding or "").lower() else PLAIN
        self.live.update(panel(history, marks), refresh=True)
        self.pace.drew_since(started)


class LineScreen:
    """A line on stderr every ten seconds and at the end: for files, pipes and continuous integration."""

    def __init__(self, least: float = 10.0) -> None:
        self.pace = Pace(least)

    def show(self, history: History) -> None:
        if self.pace.is_due():
            self.draw(history)

    def close(self, history: History) -> None:
        self.draw(history)

    def draw(self, history: History) -> None:
        started = perf_counter()
        if sys.stderr is not None:
            print(line(history), file=sys.stderr, flush=True)
        self.pace.drew_since(started)


class NotebookScreen:
    """The history's figures and table, in the cell's output, drawn anew in their place."""

    def __init__(self, least: float = 1.0) -> None:
        self.pace = Pace(least)
        self.handle: Any = None

    def show(self, history: History) -> None:
        if self.pace.is_due():
            self.draw(history)

    def close(self, history: History) -> None:
        self.draw(history)

    def draw(self, history: History) -> None:
        ipython = import_module("IPython.display")
        started = perf_counter()
        shown = ipython.HTML(history._repr_html_())
        if self.handle is None:
            self.handle = ipython.display(shown, display_id=True)
        else:
            self.handle.update(shown)
        self.pace.drew_since(started)


def rows(history: History) -> list[tuple[str, Series]]:
    """What a terminal shows: each number logged, each group's lr and its update for its size."""
    found = list(history.logged.items())
    for group in history.groups:
        found.append((f"lr, group {group.number}", group.lr))
        found.append((f"update / weight, group {group.number}", group.ratio))
    return [(name, series) for name, series in found if series.values]


def line(history: History) -> str:
    """The present step and the last value of all that is shown, in one line."""
    told = "; ".join(f"{name} {series.values[-1]:.4g}" for name, series in rows(history))
    return f"step {history.step}: {told}" if told else f"step {history.step}"


def panel(history: History, marks: str) -> Any:
    """The table in the terminal: name, sparkline from the first step to now, last value."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=f"step {history.step}", title_justify="left", pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column(f"from step {first_step(history)} to now", no_wrap=True)
    table.add_column("now", justify="right", no_wrap=True)
    for name, series in rows(history):
        table.add_row(Text(name), Text(sparkline(series.values, marks), style="cyan"), f"{series.values[-1]:.4g}")
    return table


def first_step(history: History) -> int:
    return min((series.steps[0] for _, series in rows(history)), default=0)


def sparkline(values: list[float], marks: str = BLOCKS, width: int = WIDTH) -> str:
    """Numbers as a row of at most `width` marks of eight heights, each the mean of its share of them.

    By their logarithm if they are positive and span more than a factor of ten; "!" where none is finite.
    """
    heights = binned(values, width)
    finite = [height for height in heights if math.isfinite(height)]
    if not finite:
        return "!" * len(heights)
    low, high = min(finite), max(finite)
    if low > 0 and high > 10 * low:
        heights, low, high = [math.log(h) if math.isfinite(h) else h for h in heights], math.log(low), math.log(high)
    scale = (len(marks) - 1) / (high - low) if high > low else 0.0
    return "".join(marks[round((h - low) * scale)] if math.isfinite(h) else "!" for h in heights)


def binned(values: list[float], width: int) -> list[float]:
    """At most `width` numbers, each the mean of the finite ones of its share; nan where there are none."""
    shares = min(width, len(values))
    means = []
    for i in range(shares):
        share = values[len(values) * i // shares : len(values) * (i + 1) // shares]
        finite = [v for v in share if math.isfinite(v)]
        means.append(sum(finite) / len(finite) if finite else float("nan"))
    return means
