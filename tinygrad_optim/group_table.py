"""An optimizer's parameter groups as a table: who is in which, and where each option came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .plot.history import name_of

if TYPE_CHECKING:
    from rich.table import Table

    from .optim import Optimizer


def group_table(optimizer: Optimizer) -> Table:
    """A rich Table: one column a group, headed by its parameters, and one row an option, with its origin.

    ImportError, saying what to install, where rich is missing.
    """
    box, table_of = import_rich()
    title = f"{type(optimizer).__name__}: its parameter groups"
    table: Table = table_of(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, padding=(0, 1, 0, 0)
    )
    table.add_column("option", no_wrap=True)
    groups = optimizer.param_groups
    for number, group in enumerate(groups):
        table.add_column("\n".join([f"group {number}", *(parameter(group, i) for i in range(len(group["params"])))]))
    options = dict.fromkeys(key for group in groups for key in group if key not in ("params", "param_names"))
    for option in options:
        table.add_row(option, *(cell(group, option) for group in groups))
    return table


def import_rich() -> tuple[Any, Any]:
    """rich's box module and its Table. ImportError if rich is not installed."""
    try:
        from rich import box
        from rich.table import Table
    except ImportError as error:
        raise ImportError(
            f"tables are drawn with rich, and it could not be imported ({error}): install it with `pip install rich`"
        ) from error
    return box, Table


def parameter(group: dict[str, Any], place: int) -> str:
    """One parameter by name and shape, such as `first.weight 64x64`."""
    shape = group["params"][place].shape
    return f"{name_of(group, place)} {'x'.join(map(str, shape)) or 'one number'}"


def cell(group: Any, option: str) -> str:
    """An option's value and origin; what the group itself gave stands out."""
    if option not in group:
        return "-"
    value, origin = group[option], group.origin[option]
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"[bold]{shown}  {origin}[/bold]" if origin != "default" else f"{shown}  [dim]{origin}[/dim]"
