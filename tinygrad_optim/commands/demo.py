"""The command `demo`: train on handwritten digits with three parameter groups, and see all of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .arguments import number, whole_number

FIRST = """Examples:
  tinygrad-optim demo --out out
  tinygrad-optim demo --out slow --lr 0.01 --epochs 5"""


def add(commands: Any) -> None:
    """Declare `demo` and its arguments."""
    words = "train on handwritten digits with three parameter groups, and see all of it"
    raw = argparse.RawDescriptionHelpFormatter
    demo = commands.add_parser(
        "demo", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    demo.set_defaults(run=run)
    demo.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures and the story")
    for flag, kind, default, words in (
        ("--epochs", whole_number(1), 40, "times through the training digits"),
        ("--batch-size", whole_number(1), 32, "digits a step"),
        ("--lr", number(0.0), 0.1, "learning rate; the first layer gets 0.01 of it"),
        ("--momentum", number(0.0), 0.9, "how much of the last velocity goes on"),
        ("--weight-decay", number(0.0), 1e-3, "of the second layer alone"),
        ("--seed", whole_number(0), 0, "where the random numbers start"),
    ):
        demo.add_argument(flag, type=kind, default=default, metavar="N", help=f"{words} (default: {default})")


def run(given: Any) -> int:
    """Run the demo. ImportError, before it begins, if what it draws with is not installed."""
    from ..group_table import import_rich
    from ..plot.style import require_matplotlib

    import_rich()
    require_matplotlib()
    from rich.console import Console

    from ..demo import Settings, run_demo

    options = {name: value for name, value in vars(given).items() if name not in ("command", "run", "out")}
    run_demo(given.out, Settings(**options), Console())
    return 0
