"""The command `playground`: a page on which to choose an optimizer and its options, and watch where it goes."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import Any

FIRST = """Example:
  tinygrad-optim playground --out playground.html

Thousands of paths are computed, by this package's optimizers, which takes less than a minute on most machines. Then
open the file in a browser: it needs no network, and all else is explained there."""


def add(commands: Any) -> None:
    """Declare `playground` and its argument."""
    words = "a page on which to choose an optimizer and its options, and watch where it goes"
    raw = argparse.RawDescriptionHelpFormatter
    playground = commands.add_parser(
        "playground", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    playground.set_defaults(run=run)
    playground.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page, such as playground.html")


def run(given: Any) -> int:
    """Compute all paths and write the page. OSError, before anything is computed, if the file cannot be written."""
    from ..group_table import import_rich
    from ..plot.style import require_matplotlib
    from ..saving import ready_folder

    import_rich()
    require_matplotlib()
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from ..playground import FULL, save_playground

    ready_folder(given.out.parent, (given.out.name,))
    console = Console()
    columns = (TextColumn("computing paths"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console)
    task = progress.add_task("", total=FULL.steps * len(FULL.algorithms))
    with progress if console.is_terminal else nullcontext():  # some of rich's versions end an unseen bar with a line
        written = save_playground(given.out, FULL, lambda: progress.advance(task))
    size = written.stat().st_size / 1e6
    console.print(f"wrote {written}: {len(FULL)} paths, {size:.1f} MB", soft_wrap=True, highlight=False)
    return 0
