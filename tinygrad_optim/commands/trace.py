"""The command `trace`: run a script, unchanged, and tell what its optimizer did, by the lines that ran."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..saving import write_text
from .arguments import Refused, whole_number
from .output import check_files, reader_has_gone, show_any_letter

STEPS = 10
LINES = 200_000
FIRST = """Examples:
  tinygrad-optim trace train.py
  tinygrad-optim trace --steps 2 --param "*.weight" train.py
  tinygrad-optim trace --quiet --html story.html train.py

Flags come before SCRIPT.py; what follows it is the script's own.

The script runs as `python SCRIPT.py ARGS` would, with the same output and exit code. Then its story is printed:
how the optimizer was made, and of each recorded step the forward, the backward and the update, with the lines of
source that ran and the values that they had."""


def add(commands: Any) -> None:
    """Declare `trace` and its arguments."""
    words = "run a script, unchanged, and tell what its optimizer did, line by line"
    raw = argparse.RawDescriptionHelpFormatter
    trace = commands.add_parser(
        "trace", help=words, description=words.capitalize() + ".", epilog=FIRST, formatter_class=raw
    )
    trace.set_defaults(run=run)
    which = trace.add_argument_group("what is recorded")
    which.add_argument("--steps", type=whole_number(1), default=STEPS, metavar="N", help=f"steps (default: {STEPS})")
    which.add_argument("--from-step", type=whole_number(1), default=1, metavar="K", help="the first step (default: 1)")
    which.add_argument(
        "--max-lines", type=whole_number(1), default=LINES, metavar="N", help=f"no more lines (default: {LINES})"
    )
    which.add_argument("--package", metavar="PKG", help="a package or folder, in this package's place")
    what = trace.add_argument_group("what is printed")
    what.add_argument("--param", action="append", default=[], metavar="NAME", help="of these parameters; * is any text")
    what.add_argument("--group", type=whole_number(0), metavar="N", help="of this parameter group")
    how = what.add_mutually_exclusive_group()
    how.add_argument("--story", action="store_true", help="in chapters, what is alike told once (the default)")
    how.add_argument("--lines", action="store_true", help="every line")
    how.add_argument("--quiet", action="store_true", help="nothing: only files are written")
    files = trace.add_argument_group("files, with the whole story")
    files.add_argument("--out", type=Path, metavar="FILE", help="what would be printed, as plain text")
    files.add_argument("--html", type=Path, metavar="FILE", help="a page to move through the story, forward and back")
    files.add_argument("--json", type=Path, metavar="FILE", help="for programs: see Story.to_dict")
    trace.add_argument("script", type=Path, metavar="SCRIPT.py")
    trace.add_argument("args", nargs=argparse.REMAINDER, metavar="ARGS")


def run(given: Any) -> int:
    """Run the script and tell its story; returns the script's exit code, or 2 if it could not be run or told."""
    from ..trace.script_recorder import ScriptRecorder
    from ..trace.story import tell

    check_files(given.script, given.out, given.html, given.json)
    recorder = {"steps": given.steps, "from_step": given.from_step, "max_lines": given.max_lines, "only": given.package}
    done = run_recorded(given, ScriptRecorder, recorder)
    flush_output()
    report(done.error)
    story = tell(done.recording)
    if not any(chapter.kind in ("construct", "step") for chapter in story.chapters):
        story.notes.append(f"no optimizer was made or took a step while {given.script.name} was recorded")
    code = face(given, story)
    return done.exit_code or code


def run_recorded(given: Any, kind: Any, options: dict[str, Any]) -> Any:
    """Run the script under a recorder. Refused, with nothing run, if it cannot be."""
    from ..trace.script import read_script, run_script
    from ..trace.tracers import watching_debugger

    if watching_debugger():
        raise Refused("a debugger is at work, and both need Python's trace function: run this without it", 1)
    try:
        read_script(given.script)
        kind(only=given.package)
    except OSError as error:
        raise Refused(f"cannot read {given.script}: {error.strerror}") from None
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        raise Refused(f"{given.script}{where} is not Python: {error.msg}") from None
    except ValueError as error:
        raise Refused(str(error)) from None
    return run_script(given.script, given.args, kind, **options)


def report(error: BaseException | None) -> None:
    """Say of the script's own exception what Python would have said."""
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    elif error is not None:
        sys.excepthook(type(error), error, error.__traceback__)


def flush_output() -> None:
    """What the script has printed comes before the story, which is shown whatever letters are in it."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    show_any_letter()


def face(given: Any, story: Any) -> int:
    """Print the story and write the files that were asked for; returns 2 if there is no such parameter."""
    from ..trace.narrow import narrowed
    from ..trace.text import show_page, told
    from ..trace.text_lines import every_line

    written = []
    if given.html:
        written.append(story.save_html(given.html))
    if given.json:
        written.append(write_text(given.json, json.dumps(story.to_dict(), allow_nan=False) + "\n"))
    try:
        some = narrowed(story, given.param, given.group) if given.param or given.group is not None else story
    except LookupError as error:
        raise Refused(str(error.args[0])) from None
    page = every_line(some) if given.lines else told(some, full=some is not story)
    if given.out:
        written.append(write_text(given.out, page.plain()))
    if sys.stdout is None:  # closed: there is nowhere to print to
        return 0
    try:
        if not given.quiet:
            show_page(page)
        if written:
            print("wrote", ", ".join(map(str, written)))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever was to read it has gone
        reader_has_gone()
    return 0
