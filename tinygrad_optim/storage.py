"""What is known of a stretch of memory: when it was overwritten, and whether derivatives may rely on it."""

from __future__ import annotations

from typing import Any

from . import engine_errors
from .grad_mode import is_inference_mode_enabled


class Storage:
    """When and by which line a stretch of memory was last overwritten. Views share it."""

    latest = 0  # the clock at the last write to any memory
    written = 0  # the clock at the last write to this
    where: Any = None  # and its line: (code object, offset of the instruction)
    recorded = 0  # the number of the node made by the last write that the graph recorded
    version = 0  # how often it was written


class InferenceStorage(Storage):
    """The storage of all that inference_mode made: not followed, so no derivative may rely on it."""

    given = False  # whether any tensor was ever made there

    def __bool__(self) -> bool:
        return False


INFERENCE = InferenceStorage()


def first_storage() -> Storage | None:
    """What a new tensor's storage is while some thread is in inference_mode: None as ever in the others."""
    if not is_inference_mode_enabled():
        return None
    INFERENCE.given = True
    return INFERENCE


def storage_of(tensor: Any) -> Storage:
    """The tensor's Storage, made when it is first asked for.

    A node that keeps its own result is told of it then: the tensor itself it cannot hold, for that holds the node.
    """
    if tensor.storage is None:
        tensor.storage = Storage()
        node = tensor.node
        if node is not None and node.kept and node.kept[len(node.op.layout) - 1] is tensor.array:
            node.kept += (tensor.storage,)
    return tensor.storage


def refuse_inference(tensors: Any) -> None:
    """RuntimeError if one of those that a node keeps was made by inference_mode."""
    for tensor in tensors:
        if tensor.storage is INFERENCE:
            raise engine_errors.kept_inference_tensor(tensor)
