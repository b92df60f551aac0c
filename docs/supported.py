"""Writes supported.md: every name that is here and in PyTorch, with what it does. Run it after adding one.

python docs/supported.py
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import tinygrad_optim as torch
from tinygrad_optim import autograd, creation, functions, linalg, nn, optim, utils
from tinygrad_optim.optim import lr_scheduler, swa_utils
from tinygrad_optim.tensor import Tensor

OUT = Path(__file__).with_name("supported.md")
HEAD = """# What is supported

Each name is PyTorch's, with PyTorch's arguments, defaults, types and numbers; tests compare them with PyTorch 2.13.0.
What is not listed is not there. This page is written by `docs/supported.py` from the package itself.
"""

# The title, how a program writes the names, and where they are found.
ROOMS: list[tuple[str, str, Any]] = [
    ("Tensors made", "torch.", creation),
    ("Functions", "torch.", functions),
    ("Linear algebra", "torch.linalg.", linalg),
    ("Autograd", "torch.autograd.", autograd),
    ("Modules and losses", "nn.", nn),
    ("Modules and losses as functions", "nn.functional.", nn.functional),
    ("How parameters start", "nn.init.", nn.init),
    ("What is done to parameters", "nn.utils.", nn.utils),
    ("Optimizers", "optim.", optim),
    ("Schedules", "optim.lr_scheduler.", lr_scheduler),
    ("Averaged weights", "optim.swa_utils.", swa_utils),
    ("Data", "torch.utils.data.", utils.data),
]


def names_in(room: ModuleType) -> list[str]:
    """The public functions and classes of a module, in the alphabet's order."""
    listed = getattr(room, "__all__", None) or [
        name
        for name, value in vars(room).items()
        if callable(value) and not name.startswith("_") and value.__module__ == room.__name__
    ]
    return sorted({name for name in listed if callable(getattr(room, name))}, key=str.lower)


def first_line(thing: Any) -> str:
    """What it says of itself, without what would break a table."""
    said = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return said


def is_method(name: str) -> bool:
    """Whether a Tensor has it as a method too."""
    return callable(getattr(Tensor, name, None))


def table_of(title: str, prefix: str, room: ModuleType) -> str:
    """A table of one room's names."""
    with_methods = room is functions
    head = f"## {title}: `{prefix}`\n\n| name | {'method | ' if with_methods else ''}what it does |\n"
    rule = f"| --- | {'--- | ' if with_methods else ''}--- |\n"
    rows = []
    for name in names_in(room):
        method = f"{'yes' if is_method(name) else ''} | " if with_methods else ""
        rows.append(f"| `{name}` | {method}{first_line(getattr(room, name))} |\n")
    return head + rule + "".join(rows)


def methods_alone() -> list[str]:
    """The Tensor's public methods that are no function as well."""
    found = {name for name in dir(Tensor) if not name.startswith("_") and callable(getattr(Tensor, name))}
    return sorted(found - set(torch.__all__))


def page() -> str:
    """The whole page."""
    methods = (
        "## Methods of a Tensor that are no functions\n\n" + ", ".join(f"`{name}`" for name in methods_alone()) + "\n"
    )
    return "\n".join([HEAD, *(table_of(*room) for room in ROOMS), methods])


if __name__ == "__main__":
    OUT.write_text(page(), encoding="utf-8")
