"""Writing into a tensor's memory, on the record: who may be written, and what becomes of its history."""

from __future__ import annotations

from typing import Any

from . import engine_errors
from .dtypes import KINDS
from .engine import apply, new_tensor, tick
from .grad_mode import is_inference_mode_enabled
from .gradient_hooks import carry_retained
from .op import Op
from .ops import shape
from .source_line import calling_line
from .storage import INFERENCE, Storage, storage_of
from .views import check_write, is_recorded, pass_on


def apply_in_place(op: Op, target: Any, *args: Any) -> Any:
    """target becomes op of args (among them the target itself): its numbers are overwritten, and its history
    goes on through op. RuntimeError, and nothing written, where the result does not fit into the target."""
    check_memory(target)
    recorded = is_recorded(target, args)
    if recorded:
        check_write(target, op)
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
    if out.array.dtype != target.array.dtype:
        out = out.to(target.array.dtype)
    if recorded and out.node is None:  # an op without a derivative: the old numbers do not matter any more
        out = apply(shape.COPY, before, out)
    target.array[...] = out.array
    stamp(target)
    if recorded:
        target.node, target.needs_grad = out.node, out.needs_grad
        carry_retained(before.node, target.node, target)
        pass_on(target)
    return target


def check_memory(tensor: Any) -> None:
    """Refuse to write where one element lies under two indices, or outside inference_mode to what was made in it."""
    array = tensor.array
    if array.size and any(stride == 0 and n > 1 for stride, n in zip(array.strides, array.shape)):
        raise engine_errors.write_to_repeated(tensor)
    if tensor.storage is INFERENCE and not is_inference_mode_enabled():
        raise engine_errors.write_to_inference_tensor(tensor)


def stamp(*tensors: Any) -> None:
    """Note that these tensors' memory has just been overwritten, and by which line."""
    line = calling_line()
    now = Storage.latest = tick()  # at once: another thread's later write must not be followed by this earlier number
    for tensor in tensors:
        storage = tensor.storage or storage_of(tensor)
        if storage is not INFERENCE:
            storage.written, storage.where, storage.version = now, line, storage.version + 1
