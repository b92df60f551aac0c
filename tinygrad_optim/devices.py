"""Devices, so that scripts which ask for the best one run: here it is always the "cpu"."""

from __future__ import annotations

from typing import Any

KNOWN = ("cpu", "cuda", "mps", "meta", "xpu", "mtia", "hpu", "xla")  # names that PyTorch gives to devices


class device:
    """The name of a place where numbers lie: `device("cpu")`, `device("cuda:0")`, `device("cuda", 0)`.

    Any known one can be named, only the cpu used. RuntimeError for a name that is not known.
    """

    __slots__ = ("type", "index")
    type: str
    index: int | None

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        if not isinstance(type, str):
            raise TypeError(f"device() takes a name such as 'cpu', not {type.__class__.__name__}: {type!r:.80}")
        kind, colon, number = type.partition(":")
        if kind not in KNOWN or (colon and not number.isdecimal()):
            raise RuntimeError(f"{type!r} is no device: expected one of {', '.join(KNOWN)}, or one like cpu:0")
        self.type = kind
        self.index = int(number) if colon else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"


CPU = device("cpu")


def check_device(wanted: Any) -> None:
    """RuntimeError unless numbers can lie there, which is: on the cpu. None stands for it too."""
    if wanted is None or wanted is CPU:
        return
    named = device("cuda", wanted) if isinstance(wanted, int) else device(wanted)
    if named.type != "cpu":
        raise RuntimeError(
            f"device '{named}' is not available: everything here runs on the 'cpu'. Choose the device by asking: "
            'device = "cuda" if cuda.is_available() else "cpu"'
        )
