"""Measures what the README's table of comparisons says, of those packages that are installed here.

python docs/compare_measured.py        (pip install torch micrograd mygrad, for all of its columns)
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

# What a reader reads to understand one training step with Adam (micrograd has no optimizer, MyGrad neither).
READING = {
    "tinygrad_optim": ("value", "engine", "ops/arithmetic", "optim/optimizer", "optim/sgd", "optim/adam"),
    "torch": ("optim/optimizer", "optim/sgd", "optim/adam"),
    "micrograd": ("engine", "nn"),
    "mygrad": ("operation_base", "tensor_base", "math/arithmetic/ops"),
}
UPDATES = {"adam", "_single_tensor_adam", "_multi_tensor_adam"}  # the functions that do Adam's arithmetic
LONG = 20_000


def lines_to_read(name: str, package: Any) -> int:
    """Lines of the files listed above, with their docstrings."""
    folder = Path(package.__file__).parent
    return sum(len((folder / f"{file}.py").read_text(encoding="utf-8").splitlines()) for file in READING[name])


def leaf(name: str, package: Any, number: float) -> Any:
    """A number that a gradient is wanted for, as the package writes it."""
    if name == "micrograd":
        return package.engine.Value(number)
    if name == "mygrad":
        return package.tensor(number)
    return package.tensor(number, requires_grad=True)


def survives_long_chains(name: str, package: Any) -> bool:
    """Whether backward() gets through a chain of so many additions."""
    y = x = leaf(name, package, 1.0)
    for _ in range(LONG):
        y = y + 1.0
    try:
        y.backward()
    except RecursionError:
        return False
    return float(x.grad.data if name == "micrograd" and hasattr(x.grad, "data") else x.grad) == 1.0


def has_second_derivatives(name: str, package: Any) -> bool:
    """Whether a gradient can be differentiated again."""
    if not hasattr(package, "autograd"):  # micrograd's gradients are floats, MyGrad's are arrays
        return False
    x = leaf(name, package, 2.0)
    (first,) = package.autograd.grad(x * x * x, x, create_graph=True)
    return bool(package.autograd.grad(first, x)[0] == 12.0)


def adam_of(package: Any) -> Any:
    """An Adam with two groups, whose options differ; None if there is no such thing."""
    try:
        optim = importlib.import_module(f"{package.__name__}.optim")
    except ImportError:
        return None
    w, b = (package.ones(3, requires_grad=True) for _ in range(2))
    optimizer = optim.Adam([{"params": [w]}, {"params": [b], "lr": 0.5}], lr=0.1)
    for _ in range(3):  # warm
        (w * b).sum().backward()
        optimizer.step()
    return optimizer


def frames_of(step: Callable[[], Any]) -> tuple[int, int]:
    """How many frames deep below the caller the update's arithmetic is, and how many calls a step makes."""
    depth = calls = found = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal depth, calls, found
        depth += {"call": 1, "return": -1}.get(event, 0)
        if event == "call":
            calls += 1
            if frame.f_code.co_name in UPDATES and "optim" in frame.f_code.co_filename:
                found = max(found, depth)

    sys.setprofile(count)
    try:
        step()
    finally:
        sys.setprofile(None)
    return found, calls


def measured(name: str) -> dict[str, Any] | None:
    """What is measured of one package; None if it is not installed."""
    try:
        package = importlib.import_module(name)
        if name == "micrograd":
            importlib.import_module("micrograd.engine")
    except ImportError:
        return None
    optimizer = adam_of(package)
    groups = [group["lr"] for group in optimizer.param_groups] if optimizer else None
    deep, calls = frames_of(optimizer.step) if optimizer else ("-", "-")
    return {
        "lines to read": lines_to_read(name, package),
        "parameter groups": groups == [0.1, 0.5],
        "frames from step() to Adam's arithmetic": deep,
        "Python calls a warm Adam step makes": calls,
        "second derivatives": has_second_derivatives(name, package),
        f"a chain of {LONG} operations": survives_long_chains(name, package),
    }


def main() -> None:
    """Print a line for each thing measured of each package."""
    for name in READING:
        found = measured(name)
        print(f"{name}:" if found else f"{name}: not installed here")
        for what, value in (found or {}).items():
            print(f"  {what}: {value}")


if __name__ == "__main__":
    main()
