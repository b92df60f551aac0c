"""All that is measured, in one command: python benchmarks [ROW...] [--json FILE]

Each row races this package against numpy written by hand for the same work, and against the peers that are installed
(pip install '.[bench]'); one thread, one process, ratios of times taken within moments of each other.
"""

from __future__ import annotations

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"  # before numpy is loaded

import argparse  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import sys  # noqa: E402
from dataclasses import asdict  # noqa: E402
from datetime import date  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from pathlib import Path  # noqa: E402

try:
    import tinygrad_optim  # noqa: F401
except ImportError as error:
    sys.exit(f"benchmarks: {error}. Install the package and its peers, from the clone's folder: pip install '.[bench]'")

import grading  # noqa: E402
import growth  # noqa: E402
import markdown  # noqa: E402
import mistakes  # noqa: E402
import nets  # noqa: E402
import overhead  # noqa: E402
import peers  # noqa: E402
import scalars  # noqa: E402
import timing  # noqa: E402
import updates  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402
from timing import OURS, Row  # noqa: E402

ROWS = {**scalars.ROWS, **nets.ROWS, **updates.ROWS, **overhead.ROWS, **growth.ROWS, **mistakes.ROWS, **grading.ROWS}
PACKAGES = ("tinygrad-optim", "numpy", "numba", "torch", "micrograd", "mygrad", "autograd", "tinygrad")


def main(arguments: list[str] | None = None) -> int:
    """Measure the rows that are named (default: all), print a table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"one of {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there")
    parser.add_argument("--markdown", type=Path, metavar="JSON", help="measure nothing: print such a file as a table")
    parser.add_argument("--agree", action="store_true", help="measure nothing: only see that the rows' losses agree")
    given = parser.parse_args(arguments)
    timing.measuring = not given.agree
    if given.markdown:
        print(markdown.rendered(json.loads(given.markdown.read_text(encoding="utf-8"))), end="")
        return 0
    unknown = [name for name in given.rows if name not in ROWS]
    if unknown:
        parser.error(f"there is no row {', '.join(unknown)}: there are {', '.join(ROWS)}")
    found = []
    for name in given.rows or ROWS:
        if "fused" in name and peers.numba() is None:
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        found.append(ROWS[name]())
    if given.agree:
        print(*(f"{row.name}: {', '.join(row.seconds)}" for row in found), sep="\n")
        return 0
    Console(width=140).print(table(found))
    for who, why in peers.missing.items():
        print(f"without {who}: {why}")
    if given.json:
        rows = [asdict(row) for row in found]
        told = {"date": str(date.today()), "machine": machine(), "without": peers.missing, "rows": rows}
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


def table(rows: list[Row]) -> Table:
    """A line for each row: our time, and our time over each other's."""
    out = Table("what", "time", "over", "ratio", "goal", title=f"{date.today()}, {machine()['processor']}")
    for row in rows:
        times = f"{row.seconds[OURS] * 1e3:.3g} ms"
        for number, (who, ratio) in enumerate(row.ratios.items() or [("", None)]):
            goal = row.goals.get(who)
            first = (row.name, times) if number == 0 else ("", "")
            missed = who in row.missed()
            shown = "" if ratio is None else f"{ratio:.3g}"
            out.add_row(*first, who, f"[red]{shown}[/red]" if missed else shown, "" if goal is None else f"{goal:.3g}")
        if row.note:
            out.add_row(f"  {row.note}", "", "", "", "", style="dim")
    return out


def machine() -> dict[str, str]:
    """What it was measured on."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        **versions,
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor()


if __name__ == "__main__":
    sys.exit(main())
