"""How large, small and fine the numbers of a type are: finfo of floats, iinfo of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import as_dtype, get_default_dtype


class finfo:
    """The limits of a floating type (the default one, if none is given), as Python numbers."""

    def __init__(self, type: Any = None) -> None:
        wanted = get_default_dtype() if type is None else as_dtype(type)
        if wanted.kind != "f":
            raise TypeError(f"finfo() takes a floating type, not {wanted}: use iinfo() for integers")
        found = np.finfo(wanted)
        self.dtype, self.bits = str(wanted), int(found.bits)
        self.min, self.max, self.eps = float(found.min), float(found.max), float(found.eps)
        self.tiny = self.smallest_normal = float(found.smallest_normal)
        self.resolution = float(f"1e{-found.precision}")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.tiny:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer type."""

    def __init__(self, type: Any) -> None:
        wanted = as_dtype(type)
        if wanted.kind not in "iu":
            raise TypeError(f"iinfo() takes an integer type, not {wanted}: use finfo() for floats")
        found = np.iinfo(wanted)
        self.dtype, self.bits, self.min, self.max = str(wanted), found.bits, int(found.min), int(found.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
