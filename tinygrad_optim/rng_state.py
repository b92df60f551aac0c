"""Where a stream of random numbers is, in the bytes that PyTorch keeps of it: a state saved there goes on here."""

from __future__ import annotations

from typing import Any

import numpy as np

WORDS = 624  # of the twister's state

_STREAM = np.dtype(
    [
        ("seed", np.uint64),
        ("left", np.int32),  # words until the twister must make new ones, and one
        ("seeded", np.int32),
        ("next", np.uint64),  # the place of the next word
        ("words", np.uint64, WORDS),
        ("unused_x", np.float64),
        ("spare", np.float64),
        ("unused_rho", np.float64),
        ("has_spare", np.int32),
    ],
    align=True,
)
# The last two stand for a spare number of float32, which the CPU never has.
_STATE = np.dtype([("stream", _STREAM), ("spare32", np.float32), ("has_spare32", np.bool_)], align=True)


def packed_state(seed: int, twister: Any, spare: float | None) -> np.ndarray[Any, Any]:
    """PyTorch's bytes of a seed, the twister's state as numpy has it, and a normal number that is left over."""
    _, words, place, *_ = twister
    state = np.zeros(1, _STATE)
    stream = state["stream"]
    stream["seed"], stream["seeded"], stream["words"] = seed % 2**64, 1, words
    stream["left"], stream["next"] = (1, 0) if place == WORDS else (WORDS + 1 - place, place)
    stream["spare"], stream["has_spare"] = spare or 0.0, spare is not None
    return state.view(np.uint8)


def unpacked_state(state: Any) -> tuple[int, Any, float | None]:
    """The seed, numpy's state of the twister and the spare number. TypeError for what are no bytes."""
    array = getattr(state, "array", None)
    if array is None or array.dtype != np.uint8:
        found = type(state).__name__ if array is None else f"one of {array.dtype}"
        raise TypeError(f"a state is a tensor of bytes (uint8), as get_state() gives it, not {found}")
    if array.size != _STATE.itemsize:
        raise RuntimeError(f"a state has {_STATE.itemsize} bytes, and this one {array.size}")
    stream = np.ascontiguousarray(array).reshape(-1).view(_STATE)["stream"][0]
    place = WORDS if stream["left"] == 1 else int(stream["next"])
    if not stream["seeded"] or place > WORDS:
        raise RuntimeError("these bytes are no state of a generator: they were not written by get_state()")
    spare = float(stream["spare"]) if stream["has_spare"] else None
    return int(stream["seed"]), ("MT19937", stream["words"].astype(np.uint32), place, 0, 0.0), spare
