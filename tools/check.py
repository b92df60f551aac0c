"""All that is checked, in one command: formatting, lint, types, the API's pages, tests. CI runs it; so does a hook.

python tools/check.py                 all of it, in this environment
python tools/check.py lint types      these parts alone

It stops at the first part that fails, with that part's exit code. What it needs:
pip install '.[test,docs]' -r tools/requirements.txt
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).parents[1]
PARTS = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy", "tinygrad_optim"],
    "pages": ["docs/build.py"],
    "tests": ["-m", "pytest"],
}


def main(names: list[str]) -> int:
    """Run these parts (all, if none is named) one after the other; returns the first exit code that is not 0."""
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names or PARTS:
        print(f"-- {name}", flush=True)
        code = subprocess.run([sys.executable, *PARTS[name]], cwd=CLONE).returncode
        if code:
            print(f"{name} failed: python {' '.join(PARTS[name])}", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
