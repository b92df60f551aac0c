"""Types of numbers under PyTorch's names, and PyTorch's rules for what two unlike types become."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

dtype = np.dtype
float64 = np.dtype("float64")
float32 = np.dtype("float32")
float16 = np.dtype("float16")
int64 = np.dtype("int64")
int32 = np.dtype("int32")
int16 = np.dtype("int16")
int8 = np.dtype("int8")
uint8 = np.dtype("uint8")
bool_ = np.dtype("bool")

# How PyTorch names the kinds of tensors it had before it had dtypes.
LEGACY_NAMES = {
    float64: "torch.DoubleTensor",
    float32: "torch.FloatTensor",
    float16: "torch.HalfTensor",
    int64: "torch.LongTensor",
    int32: "torch.IntTensor",
    int16: "torch.ShortTensor",
    int8: "torch.CharTensor",
    uint8: "torch.ByteTensor",
    bool_: "torch.BoolTensor",
}

KINDS = {"b": 0, "u": 1, "i": 1, "f": 2}  # a higher kind wins
_default = [float32]


def get_default_dtype() -> np.dtype[Any]:
    """The type that Python floats become: float32 unless set otherwise."""
    return _default[0]


def set_default_dtype(d: Any) -> None:
    """Make Python floats become this type. TypeError if it is no floating type."""
    wanted = as_dtype(d)
    if wanted.kind != "f":
        raise TypeError(f"the default type must be a floating type such as float32 or float64, not {wanted}")
    _default[0] = wanted


def as_dtype(d: Any) -> np.dtype[Any]:
    """A dtype from what a caller may give: ours, numpy's, or Python's float, int and bool. Else TypeError."""
    if d is float:
        return get_default_dtype()
    try:
        found = np.dtype(d)
    except TypeError:
        found = None
    if d is None or found is None or found.kind not in KINDS:
        raise TypeError(f"dtype must be one such as float32, float64, int64 or bool, not {d!r}")
    return found


def arithmetic_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """The type two operands must first be brought to, or None if numpy's own choice is PyTorch's."""
    if x.__class__ is ndarray:
        if y.__class__ is ndarray:
            if x.dtype is y.dtype:
                return None
        elif (y.__class__ is float or y.__class__ is int) and x.dtype.kind == "f":
            return None
    elif (x.__class__ is float or x.__class__ is int) and y.__class__ is ndarray and y.dtype.kind == "f":
        return None
    wanted = result_type(x, y)
    for v in (x, y):
        if isinstance(v, np.generic) or getattr(v, "dtype", wanted) != wanted or not holds(wanted, v):
            return wanted
    return None


def comparison_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`, but a Python integer too large for the other's type stays as it is: no wrapping around."""
    wanted = arithmetic_type(x, y)
    if wanted is not None and all(getattr(v, "dtype", wanted) == wanted for v in (x, y)):
        return None
    return wanted


def holds(d: np.dtype[Any], number: Any) -> bool:
    """Whether a type can hold a Python integer, or a bool, a float or an array, which are not the question here."""
    if number.__class__ is not int or d.kind not in "iu":
        return True
    return bool(np.iinfo(d).min <= number <= np.iinfo(d).max)


def wrapped(d: np.dtype[Any], option: Any) -> Any:
    """What stands beside arrays of type d, a number or an option: itself, or of an integer too large for d (200 in
    int8) what its lowest bits say (-56), as a 0-d array. OverflowError for integers of more than 64 bits."""
    option = option.item() if isinstance(option, np.generic) else option
    return option if holds(d, option) else np.asarray(option).astype(np.int64).astype(d)


def stored(d: np.dtype[Any], number: Any) -> np.ndarray[Any, Any]:
    """A number as a 0-d array of type d. Integers drop what is behind the point; unsigned ones take -1 as their last.

    RuntimeError for what a type of integers cannot hold: nan, infinities, numbers too large.
    """
    number = number.item() if isinstance(number, np.generic) else number
    check_stored(d, number, number, isinstance(number, int))
    return np.asarray(number).astype(d)


def check_stored(d: np.dtype[Any], lowest: Any, highest: Any, whole: bool) -> None:
    """RuntimeError if a type of integers cannot hold all numbers from the lowest to the highest (whole: integers)."""
    if d.kind not in "iu":
        return
    limits = np.iinfo(d)
    least = -int(limits.max) if d.kind == "u" and whole else int(limits.min)
    for number in (lowest, highest):
        if not least <= number <= int(limits.max):
            raise RuntimeError(
                f"value cannot be converted to type {d} without overflow: {number} is not from {limits.min} to "
                f"{limits.max}"
            )


def division_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`, except that integers divide as floats."""
    wanted = arithmetic_type(x, y)
    array = x if hasattr(x, "dtype") else y
    if wanted is None and array.dtype.kind == "f":
        return None
    return get_default_dtype() if wanted is None or wanted.kind != "f" else wanted


def difference_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`. RuntimeError for bools, which have no difference."""
    for v in (x, y):
        if v.__class__ is bool or (v.__class__ is np.ndarray and v.dtype.kind == "b"):
            raise RuntimeError(
                "Subtraction, the `-` operator, with a bool tensor is not supported: to turn a mask around, compare "
                "with False (mask == False); to count, convert it first (mask.long())"
            )
    return arithmetic_type(x, y)


def negative_type(x: Any) -> None:
    """Any type will do but bool. RuntimeError for that."""
    if x.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported: to turn a mask around, compare with "
            "False (mask == False)"
        )


def power_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`. NotImplementedError for bools, RuntimeError for negative powers of integers."""
    wanted = arithmetic_type(x, y)
    common = wanted or getattr(x, "dtype", None) or y.dtype
    if common.kind == "b":
        raise NotImplementedError("pow: bools have no powers: convert them first, as in mask.long()")
    if common.kind != "f" and not holds(common, y):
        raise RuntimeError(f"value cannot be converted to type {common} without overflow: the exponent {y}")
    if common.kind != "f" and y.__class__ is int and y < 0:
        raise RuntimeError(
            f"Integers to negative integer powers are not allowed, and the exponent is {y}: "
            "the result would be no integer. Convert the base with .float() first."
        )
    return wanted


def sum_type(x: Any, *options: Any) -> np.dtype[Any] | None:
    """int64 if x holds other integers or bools, else None: a sum of small integers may be large."""
    return None if x.dtype.kind == "f" or x.dtype == int64 else int64


def floating_type(x: Any, *options: Any) -> np.dtype[Any] | None:
    """The default float type if x holds integers or bools, else None: for exp, sqrt and the like."""
    return None if x.dtype.kind == "f" else get_default_dtype()


def number_type(x: Any, *options: Any) -> None:
    """Any type will do but bool. NotImplementedError for that."""
    if x.dtype.kind == "b":
        raise NotImplementedError(
            "not implemented for 'Bool': abs, relu, floor and the like are of numbers. Convert first, as in mask.long()"
        )


def quotient_type(x: Any, y: Any, *options: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`. NotImplementedError for two bools, RuntimeError for integers divided by 0."""
    wanted = arithmetic_type(x, y)
    common = wanted or getattr(x, "dtype", None) or y.dtype
    if common.kind == "b":
        raise NotImplementedError("not implemented for 'Bool': convert first, as in mask.long()")
    if common.kind != "f" and not np.all(y):
        raise RuntimeError(
            f"ZeroDivisionError: integers ({common}) divided by 0 have no quotient and no remainder: "
            "convert with .float() first if it should be inf or nan"
        )
    return wanted


def bits_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `arithmetic_type`. NotImplementedError for floats, which are not used bit by bit."""
    wanted = arithmetic_type(x, y)
    common = wanted or getattr(x, "dtype", None) or y.dtype
    if common.kind == "f":
        raise NotImplementedError(
            f"not implemented for {common}: &, |, ^, << and >> work on bools and integers. Compare first, as in "
            "(x > 0) & (x < 1), or convert with .long()"
        )
    return wanted


def shift_type(x: Any, y: Any) -> np.dtype[Any] | None:
    """As `bits_type`. NotImplementedError for two bools too, whose one bit cannot be moved."""
    wanted = bits_type(x, y)
    common = wanted or getattr(x, "dtype", None) or y.dtype
    if common.kind == "b":
        raise NotImplementedError("<< and >> are not implemented for 'Bool': convert first, as in mask.long()")
    return wanted


def bounds_type(x: Any, low: Any, high: Any) -> np.dtype[Any] | None:
    """The common type of x and its bounds, of which one may be None. RuntimeError for a bound it cannot hold."""
    bounds = [v for v in (low, high) if v is not None]
    wanted = result_type(x, *bounds)
    for bound in bounds:
        if not holds(wanted, bound):
            raise RuntimeError(f"value cannot be converted to type {wanted} without overflow: the bound {bound}")
    return None if all(getattr(v, "dtype", wanted) == wanted for v in (x, *bounds)) else wanted


def result_type(*operands: Any) -> np.dtype[Any]:
    """PyTorch's type promotion. The higher kind wins (bool, integer, float); within a kind, tensors with
    dimensions go before 0-d tensors, and these before Python numbers. TypeError for anything else."""
    numbers = [_type_of_number(v) for v in operands if not isinstance(v, np.ndarray)]
    scalars = [v.dtype for v in operands if isinstance(v, np.ndarray) and v.ndim == 0]
    tensors = [v.dtype for v in operands if isinstance(v, np.ndarray) and v.ndim > 0]
    groups = [_common(group) for group in (tensors, scalars, numbers) if group]
    return max(groups, key=lambda d: KINDS[d.kind])  # of equals, the first


def _type_of_number(number: Any) -> np.dtype[Any]:
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, bool):
        return bool_
    if isinstance(number, int):
        return int64
    if isinstance(number, float):
        return get_default_dtype()
    raise TypeError(
        f"expected a Tensor or a number here, but got {type(number).__name__}: {number!r:.80}. "
        "Numbers in a list become a Tensor with tensor([...])."
    )


def _common(group: list[np.dtype[Any]]) -> np.dtype[Any]:
    """The common type of several: if some are floats, theirs alone."""
    return np.result_type(*([d for d in group if d.kind == "f"] or group))
