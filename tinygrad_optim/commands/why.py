"""The command `why`: the page of one mistake, and what its wrong and its right program print."""

from __future__ import annotations

import argparse
import difflib
import itertools
from typing import Any

from .arguments import Refused

FIRST = """Examples:
  tinygrad-optim why
  tinygrad-optim why no-zero-grad
  tinygrad-optim why --no-run no-zero-grad

The codes are those that a TeachingWarning begins with."""


def add(commands: Any) -> None:
    """Declare `why` and its arguments."""
    words = "what a warning's code means: the wrong program, the right one, and what differs"
    raw = argparse.RawDescriptionHelpFormatter
    described = {"description": words.capitalize() + ".", "epilog": FIRST}
    why = commands.add_parser("why", help=words, formatter_class=raw, **described)
    why.set_defaults(run=run)
    why.add_argument("--no-run", action="store_true", help="show the two programs without running them")
    why.add_argument("code", nargs="?", metavar="CODE", help="such as no-zero-grad; without it, all are listed")


def run(given: Any) -> int:
    """Show a page, or the list of all. Refused for a code there is not."""
    from ..group_table import import_rich
    from ..mistakes import pages

    import_rich()
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    codes = pages.codes()
    if given.code is None:
        console.print(listed([pages.page(code) for code in codes]))
        return 0
    code = given.code.strip().rstrip(":").lower()
    if code not in codes:
        near = difflib.get_close_matches(code, codes, 3, 0.4)
        advice = f"did you mean {' or '.join(near)}?" if near else "`tinygrad-optim why` lists all"
        raise Refused(f"no mistake has the code {given.code!r}: {advice}")
    found = pages.page(code)
    show(console, found)
    if not given.no_run:
        try:
            runs = pages.run(found.wrong, "wrong"), pages.run(found.right, "right")
        except TimeoutError as error:
            raise Refused(str(error), 1) from None
        show_runs(console, *runs)
    return 0


def listed(found: list[Any]) -> Any:
    """All codes with their titles, as a table."""
    from ..group_table import import_rich

    box, table_of = import_rich()
    table = table_of("code", "what it is", box=box.SIMPLE_HEAD, pad_edge=False)
    for one in found:
        table.add_row(one.code, one.title)
    return table


def show(console: Any, found: Any) -> None:
    """The page's text and its two programs."""
    from rich.markdown import Markdown
    from rich.syntax import Syntax

    console.print(f"[bold]{found.code}[/bold]: {found.title}\n")
    console.print(Markdown(found.before))
    for name, program in (("wrong", found.wrong), ("right", found.right)):
        console.print(f"\n[bold]The {name} program[/bold]\n")
        code = Syntax(program.rstrip(), "python", background_color="default", line_numbers=True, word_wrap=True)
        console.print(code)
    if found.after:
        console.print()
        console.print(Markdown(found.after))


def show_runs(console: Any, wrong: Any, right: Any) -> None:
    """What the two programs print, side by side, and what the wrong one is told."""
    from ..group_table import import_rich

    box, table_of = import_rich()
    table = table_of("the wrong program prints", "the right program prints", box=box.SIMPLE_HEAD, pad_edge=False)
    for pair in itertools.zip_longest(wrong.printed.splitlines(), right.printed.splitlines(), fillvalue=""):
        table.add_row(*pair)
    console.print()
    console.print(table, markup=False)
    for name, run in (("wrong", wrong), ("right", right)):
        if run.said.strip():
            console.print(f"[bold]The {name} program is told[/bold]\n")
            console.print(run.said.rstrip(), markup=False)
