"""Small real data that comes with the package: no network, nothing to install."""

from .digits import Digits, load_digits

__all__ = ["Digits", "load_digits"]
