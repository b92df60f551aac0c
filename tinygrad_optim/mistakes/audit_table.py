"""`audit`: every check that can be made standing still, in one table. Advice, not warnings."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

from ..nn.module import Module
from ..optim.lr_scheduler.group_options import check_is_optimizer
from . import audit_groups, audit_losses, audit_schedules

TOPICS = (audit_groups, audit_schedules, audit_losses)


class Advice(NamedTuple):
    """A row of the table."""

    what: str  # a mistake's code, of which `tinygrad-optim why` knows more, or a few words
    found: str
    where: str


def audit(optimizer: Any, model: Any = None) -> list[Advice]:
    """Look at an optimizer, its schedules and its model as they stand, print what may be amiss, and return the rows.

    model: whose parameters the optimizer should hold; default: the modules its parameters are registered with.
    What has happened so far counts too: how often schedules were stepped, what metrics and losses they saw.
    TypeError for what is no Optimizer, or no Module.
    """
    check_is_optimizer(audit, optimizer)
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"audit(optimizer, model) takes a Module as its model, not a {type(model).__name__}")
    rows = []
    for topic in TOPICS:
        for look in topic.STANDING:
            rows += [Advice(*row) for row in look(optimizer, model)]
    show(type(optimizer).__name__, rows)
    return rows


def show(kind: str, rows: list[Advice]) -> None:
    """Print the rows: as a table where rich is there, else as text."""
    title = f"{kind}: {len(rows) or 'nothing'} to look at"
    try:
        from ..group_table import import_rich

        box, table_of = import_rich()
        from rich.console import Console
    except ImportError:
        print(as_text(title, rows))
        return
    console = Console(highlight=False)
    if not rows:
        console.print(title)
        return
    table = table_of(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for head, most in (("what", 30), ("found", None), ("where", 20)):
        table.add_column(head, max_width=most, overflow="fold")
    for row in rows:
        table.add_row(*map(unmarked, row))
    console.print(table)


def unmarked(text: str) -> Any:
    """Text as it stands: brackets in it are no markup."""
    from rich.text import Text

    return Text(text)


def as_text(title: str, rows: list[Advice]) -> str:
    """The rows as plain lines."""
    lines = [title]
    for row in rows:
        lines += [
            "",
            f"{row.what} ({row.where})",
            *textwrap.wrap(row.found, 100, initial_indent="    ", subsequent_indent="    "),
        ]
    return "\n".join(lines)
