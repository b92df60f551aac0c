"""Writing into a tensor's memory, on the record: who may be written, and what becomes of its history."""

from __future__ import annotations

from typing import Any

from . import engine_errors
from .dtypes import KINDS
from .engine import apply, new_tensor, storage_of, tick
from .grad_mode import mode
from .op import Op
from .source_line import calling_line


def apply_in_place(op: Op, target: Any, *args: Any) -> Any:
    """target becomes op of args (among them the target itself): its numbers are overwritten, and its history
    goes on through op. RuntimeError, and nothing written, where the result does not fit into the target."""
    recorded = mode.enabled and any(getattr(arg, "needs_grad", False) for arg in args)
    if recorded and target.needs_grad and target.node is None:
        raise engine_errors.write_to_leaf(target, op)
    if recorded and target.is_view:
        raise engine_errors.write_through_view(target, op)
    if recorded:
        # The node about to be made may keep the old numbers: it gets a copy that stays as it is.
        before = new_tensor(target.array.copy())
        before.node, before.needs_grad = target.node, target.needs_grad
        args = tuple(before if arg is target else arg for arg in args)
    out = apply(op, *args)
    if out.array.shape != target.array.shape:
        raise RuntimeError(
            f"{op.name} in place: the result has shape {out.array.shape}, which does not fit into the tensor of "
            f"shape {target.array.shape} it is to be written to"
        )
    if KINDS[out.array.dtype.kind] > KINDS[target.array.dtype.kind]:
        raise RuntimeError(
            f"result type {out.array.dtype} can't be cast to {target.array.dtype}: {op.name} in place cannot hold its "
            f"result in this tensor. Convert the tensor first, with .to({out.array.dtype})."
        )
    target.array[...] = out.array
    stamp(target)
    if recorded:
        target.node, target.needs_grad = out.node, out.needs_grad
        target.storage.recorded = out.node.number
    return target


def stamp(tensor: Any) -> None:
    """Note that the tensor's memory has just been overwritten, and by which line."""
    storage = storage_of(tensor)
    storage.written, storage.where = tick(), calling_line()
