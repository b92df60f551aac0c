"""Apple's graphics processors: not used here."""

from __future__ import annotations


def is_available() -> bool:
    """False: everything runs on the cpu"""
    return False


def is_built() -> bool:
    """False: everything runs on the cpu"""
    return False
