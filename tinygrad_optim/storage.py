"""What is known of a stretch of memory: when it was overwritten, and whether derivatives may rely on it."""

from __future__ import annotations

from typing import Any

from . import engine_errors
from .grad_mode import is_inference_mode_enabled


class Storage:
    """When and by which line a stretch of memory was last overwritten. Views share it."""

    written = 0  # the clock at the last write
    where: Any = None  # and its line: (code object, offset of the instruction)
    recorded = 0  # the number of the node made by the last write that the graph recorded
    version = 0  # how often it was written


class InferenceStorage(Storage):
    """The storage of all that inference_mode made: not followed, so no derivative may rely on it."""

    def __bool__(self) -> bool:
        return False


INFERENCE = InferenceStorage()


def first_storage() -> Storage | None:
    """What a new tensor's storage is while some thread is in inference_mode: None as ever in the others."""
    return INFERENCE if is_inference_mode_enabled() else None


def storage_of(tensor: Any) -> Storage:
    """The tensor's Storage, made when it is first asked for."""
    if tensor.storage is None:
        tensor.storage = Storage()
    return tensor.storage


def kept_storage(tensor: Any) -> Storage:
    """The Storage of a tensor that a node keeps. RuntimeError for one that inference_mode made."""
    if tensor.storage is INFERENCE:
        raise engine_errors.kept_inference_tensor(tensor)
    return tensor.storage or storage_of(tensor)
