"""The source is the lesson: how long it is, what it leans on, and what importing it loads."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tinygrad_optim"
FILES = sorted(PACKAGE.rglob("*.py"))
AFTERNOON = ("value.py", "engine.py", "ops/arithmetic.py", "optim/optimizer.py", "optim/sgd.py", "optim/adam.py")
LONGEST = 300


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def imported_by(path: Path) -> set[str]:
    """The full names of the modules and names that a file of the package imports, wherever the import stands."""
    here = ("tinygrad_optim", *path.relative_to(PACKAGE).parent.parts)
    found = set()
    for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(part, ast.Import):
            found |= {alias.name for alias in part.names}
        elif isinstance(part, ast.ImportFrom):
            start = here[: len(here) + 1 - part.level] if part.level else ()
            base = ".".join([*start, *([part.module] if part.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in part.names}
    return found


def under(names: set[str], *rooms: str) -> set[str]:
    """Those of the names that are one of these modules of the package, or inside it."""
    roots = [f"tinygrad_optim.{room}" for room in rooms]
    return {name for name in names if any(name == root or name.startswith(root + ".") for root in roots)}


def test_the_imports_of_a_file_are_found_wherever_they_stand():
    assert under(imported_by(PACKAGE / "optim" / "sgd.py"), "optim.optimizer") == {
        "tinygrad_optim.optim.optimizer",
        "tinygrad_optim.optim.optimizer.Optimizer",
        "tinygrad_optim.optim.optimizer.Params",
    }
    assert under(imported_by(PACKAGE / "optim" / "optimizer.py"), "grad_mode")
    assert under(imported_by(PACKAGE / "tensor.py"), "display")  # that import stands inside a method


def test_the_afternoons_reading_is_at_most_750_lines():
    counted = {name: lines_of(PACKAGE / name) for name in AFTERNOON}
    assert sum(counted.values()) <= 750, counted


def test_no_file_is_longer_than_300_lines():
    assert {str(path.relative_to(PACKAGE)): n for path in FILES if (n := lines_of(path)) > LONGEST} == {}


ROOMS_BELOW = [
    path for path in FILES if path.parent.name in ("ops", "optim", "lr_scheduler") or path.parent == PACKAGE / "ops"
]
ROOMS_BELOW += [
    PACKAGE / name for name in ("value.py", "engine.py", "engine_errors.py", "op.py", "tensor.py", "grad_mode.py")
]


@pytest.mark.parametrize("path", ROOMS_BELOW, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_engine_ops_and_optimizers_know_nothing_of_those_who_watch_them(path):
    assert under(imported_by(path), "trace", "graph", "plot", "mistakes", "course", "cli", "demo") == set()


# apply_rule takes gradients through a step, which needs Tensors; swa_utils averages whole models.
MAY_KNOW_TENSORS = ("apply_rule.py", "swa_utils.py")
OPTIM = [path for path in sorted((PACKAGE / "optim").rglob("*.py")) if path.name not in MAY_KNOW_TENSORS]


@pytest.mark.parametrize("path", OPTIM, ids=lambda path: path.name)
def test_optimizers_do_not_know_what_a_tensor_is(path):
    assert under(imported_by(path), "tensor", "nn", "functions") == set()


@pytest.mark.parametrize("path", sorted((PACKAGE / "ops").rglob("*.py")), ids=lambda path: path.name)
def test_ops_do_not_know_what_a_tensor_is(path):
    assert under(imported_by(path), "tensor", "nn", "functions", "optim") == set()


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return set(done.stdout.split())


def test_importing_the_package_loads_numpy_and_nothing_heavy():
    loaded = loaded_by("import tinygrad_optim")
    assert {"tinygrad_optim", "numpy"} <= loaded
    assert loaded.isdisjoint({"matplotlib", "rich", "torch", "numba", "hypothesis", "pytest", "sklearn", "PIL"})


def test_training_loads_nothing_more():
    program = (
        "import tinygrad_optim as torch; from tinygrad_optim import nn, optim; net = nn.Linear(1, 1); "
        "o = optim.Adam(net.parameters()); nn.MSELoss()(net(torch.ones(1, 1)), torch.ones(1, 1)).backward(); o.step()"
    )
    assert loaded_by(program).isdisjoint({"matplotlib", "rich", "torch", "numba"})


def test_no_room_hides_the_function_whose_name_it_has():
    program = """
import importlib, pkgutil
import tinygrad_optim as torch
before = {name: getattr(torch, name) for name in torch.__all__}
for room in pkgutil.iter_modules(torch.__path__):
    if not room.name.startswith("_"):
        importlib.import_module(f"tinygrad_optim.{room.name}")
hidden = [name for name, thing in before.items() if callable(thing) and not callable(getattr(torch, name))]
assert not hidden, hidden
assert torch.trace(torch.eye(3)) == 3  # and tinygrad_optim.trace is a room as well
"""
    pytest.importorskip("matplotlib", reason="some rooms draw with matplotlib")
    assert "tinygrad_optim" in loaded_by(program)
