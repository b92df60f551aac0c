"""The command `completion`: a script that lets the Tab key complete commands, flags and file names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .arguments import Refused

SHELLS = ("bash", "zsh", "fish")
FIRST = """Examples:
  tinygrad-optim completion bash > ~/.local/share/bash-completion/completions/tinygrad-optim
  tinygrad-optim completion zsh > ~/.zfunc/_tinygrad-optim
  tinygrad-optim completion fish > ~/.config/fish/completions/tinygrad-optim.fish

A new shell reads the file; zsh does once `fpath+=~/.zfunc` stands before `compinit` in ~/.zshrc."""


def add(commands: Any) -> None:
    """Declare `completion` and its argument."""
    words = "print a script that lets the Tab key complete commands and flags"
    raw = argparse.RawDescriptionHelpFormatter
    completion = commands.add_parser(
        "completion", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    completion.set_defaults(run=run)
    completion.add_argument("shell", choices=SHELLS, help="the shell to write it for")


def run(given: Any) -> int:
    """Print the script. Refused if what writes it is not installed."""
    from ..cli import make_parser

    try:
        import shtab
    except ImportError as error:
        why = f"the script is written with shtab, and it could not be imported ({error})"
        raise Refused(f"{why}: install it with `pip install shtab`", 1) from None
    parser = make_parser()
    complete_files(parser, shtab.FILE)
    print(shtab.complete(parser, given.shell))
    return 0


def complete_files(parser: argparse.ArgumentParser, files: Any) -> None:
    """Mark each argument that is a path, also those of the commands, as completed by the names of files."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                complete_files(command, files)
        elif action.type is Path:
            action.complete = files  # type: ignore[attr-defined]  # the attribute that shtab asks for
