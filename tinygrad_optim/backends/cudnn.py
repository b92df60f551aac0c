"""Switches for CUDA's library of neural networks: may be set, and change nothing here."""

from __future__ import annotations

enabled = True
deterministic = False
benchmark = False
allow_tf32 = True


def is_available() -> bool:
    """False: everything runs on the cpu"""
    return False
