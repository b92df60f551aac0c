"""detect_anomaly: have backward, or the forward itself, say which op and line made the first nan or inf."""

from __future__ import annotations

from typing import Any

from ..anomaly_mode import state

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Look for nan from this call on (mode=True) or no more; as a block, until its end. For all threads.

    check_nan      backward raises RuntimeError for the first op whose gradient is nan, naming the op, the line of
                   the forward that called it, and the op and line of the forward that made the first nan or inf
    check_forward  the forward raises too, as soon as a recorded op makes nan or inf of finite numbers
                   (PyTorch has no such option)
    """

    def __init__(self, mode: bool, check_nan: bool = True, *, check_forward: bool = False) -> None:
        self.before = (state.enabled, state.check_nan, state.check_forward)
        self.switch(bool(mode), bool(mode and check_nan), bool(mode and check_forward))

    def switch(self, enabled: bool, check_nan: bool, check_forward: bool) -> None:
        state.enabled, state.check_nan, state.check_forward = enabled, check_nan, check_forward

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        self.switch(*self.before)


class detect_anomaly(set_detect_anomaly):
    """`with detect_anomaly():` as set_detect_anomaly(True), inside the block alone. Every op is slower there."""

    def __init__(self, check_nan: bool = True, *, check_forward: bool = False) -> None:
        self.wanted = (True, check_nan, check_forward)

    def __enter__(self) -> None:
        self.before = (state.enabled, state.check_nan, state.check_forward)
        self.switch(*self.wanted)
