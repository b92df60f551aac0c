"""Writes the pages of the API, from the docstrings, to docs/_site: open index.html. Any warning is an error.

python docs/build.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent
OUT = DOCS / "_site"
# What `import tinygrad_optim` does not name: rooms that a program imports for themselves.
ROOMS = ["data", "graph", "interop", "notebook", "plot", "value", "engine"]


# The types of a NamedTuple's fields are names that pdoc cannot look up: the pages show them as they are written.
WARNINGS = ["-W", "error", "-W", "ignore:Error parsing type annotation ForwardRef"]


def main() -> int:
    """Run pdoc on the whole package; returns its exit code."""
    command = [sys.executable, *WARNINGS, "-m", "pdoc", "--docformat", "markdown", "--no-include-undocumented"]
    environment = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
    modules = ["tinygrad_optim", *(f"tinygrad_optim.{room}" for room in ROOMS)]
    code = subprocess.run([*command, "-o", OUT, *modules], env=environment).returncode
    if code == 0:
        print(f"wrote {OUT / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
