"""What is done to all parameters or gradients at once: clipping, and laying them out as one vector."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from types import GeneratorType
from typing import Any

import numpy as np

from .. import occasions
from ..engine import new_tensor
from ..functions import cat
from ..tensor import Tensor

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "vector_to_parameters",
]


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients by one factor so that together they are no longer than max_norm; the length they had.

    All gradients count as one vector; those that are shorter stay. norm_type: 2, 1, any p, or math.inf.
    A length that is NaN or infinite makes all gradients NaN or 0; with error_if_nonfinite, RuntimeError instead,
    and nothing has changed. Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", sec. 3.2.
    """
    found = as_list(parameters, "clip_grad_norm_")
    if isinstance(parameters, GeneratorType) and not found:
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur. Was it used up before? Call "
            "model.parameters() anew.",
            UserWarning,
            stacklevel=2,
        )
    for look in occasions.clip:
        look(found, max_norm)
    total = get_total_norm([p.gradient for p in found if p.gradient is not None], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(found, max_norm, total)
    return total


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The length of all tensors' elements as one vector: (sum |x|**p)**(1/p), the largest |x| for p = inf.

    It is the norm of the tensors' norms, so p = 0 counts the tensors that are not all 0, as in PyTorch.
    RuntimeError, with error_if_nonfinite, if it is NaN or infinite; and for an empty tensor where p < 0 or inf.
    """
    arrays = [np.asarray(getattr(one, "array", one)) for one in as_list(tensors, "get_total_norm")]
    if not arrays:
        return new_tensor(np.array(0.0, np.float32))
    p = float(norm_type)
    total = norm(np.array([norm(array, p) for array in arrays]), p)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it cannot be clipped: it "
            f"is {total}. No gradient was changed. Look for the loss's first NaN or infinity, or set "
            "`error_if_nonfinite=False` to scale the gradients by it anyway."
        )
    return new_tensor(np.asarray(total))


def norm(array: Any, p: float) -> Any:
    """(sum |x|**p)**(1/p) of all elements, as a number of the array's own type; p = 0 counts those that are not 0."""
    sizes = np.abs(array.astype(np.float32) if array.dtype == np.float16 else array).reshape(-1)
    if not sizes.size and (p < 0 or p == math.inf):
        raise RuntimeError(
            f"the norm of order {p} of an empty tensor does not exist: it has no element. Leave out parameters without "
            "elements, or use the norm of order 2"
        )
    with np.errstate(all="ignore"):
        if p == math.inf:
            length = sizes.max()
        elif p == -math.inf:
            length = sizes.min()
        elif p == 0:
            length = np.count_nonzero(sizes)
        elif p == 2:
            length = np.sqrt(np.dot(sizes, sizes))
        else:
            length = (sizes if p == 1 else sizes**p).sum() ** (1 / p)
        return array.dtype.type(length)


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Tensor, foreach: bool | None = None) -> None:
    """Scale all gradients by max_norm / total_norm, if that is less than 1."""
    warn_if_negative("max_norm", max_norm, "it turns every gradient round")
    total = np.asarray(getattr(total_norm, "array", total_norm))
    with np.errstate(all="ignore"):
        factor = np.minimum(float(max_norm) / (total + 1e-6), total.dtype.type(1))
        for p in as_list(parameters, "clip_grads_with_norm_"):
            if p.gradient is not None:
                set_gradient(p, p.gradient * factor.astype(np.asarray(p.gradient).dtype))


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Bring every element of every gradient into [-clip_value, clip_value]."""
    warn_if_negative("clip_value", clip_value, "it sets every element to itself")
    bound, found = float(clip_value), as_list(parameters, "clip_grad_value_")
    for look in occasions.clip:
        look(found, bound)
    for p in found:
        if p.gradient is not None:
            set_gradient(p, np.minimum(np.maximum(p.gradient, -bound), bound))


def set_gradient(p: Any, array: Any) -> None:
    """Overwrite a parameter's gradient, off the record; of a Value, its one number."""
    if isinstance(p, Tensor):
        p.grad.write(array)  # type: ignore[union-attr]
    else:
        p.gradient = float(array)


def warn_if_negative(name: str, value: float, effect: str) -> None:
    """A UserWarning for a bound below 0 or NaN, which PyTorch takes without a word."""
    if not float(value) >= 0:
        warnings.warn(f"{name} is {value}, and {effect}: give a positive number", UserWarning, stacklevel=3)


def as_list(given: Any, function: str) -> list[Any]:
    """One tensor, or several, as a list. TypeError for a module or what holds no parameters."""
    if hasattr(given, "named_parameters"):
        raise TypeError(
            f"{function}() takes parameters, but got the module {type(given).__name__}: write .parameters()"
        )
    if hasattr(given, "gradient"):
        return [given]
    if isinstance(given, str | dict) or not isinstance(given, Iterable):
        raise TypeError(f"{function}() takes a Tensor or a list of them, but got {type(given).__name__}: {given!r:.80}")
    found = list(given)
    for place, one in enumerate(found):
        if not hasattr(one, "gradient") and not isinstance(one, np.ndarray | float):
            raise AttributeError(
                f"{type(one).__name__!r} object has no attribute 'grad': {function}() takes Tensors, but number "
                f"{place} is {one!r:.80}. Give it model.parameters()"
            )
    return found


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters' elements, one after the other, as one vector; gradients go back through it.

    ValueError if there are none.
    """
    return cat([p.reshape(-1) for p in as_list(parameters, "parameters_to_vector")])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy a vector's elements into the parameters, one after the other, as parameters_to_vector laid them out.

    TypeError for what is no Tensor, RuntimeError if it has not just as many elements; then none is copied.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(
            f"expected torch.Tensor, but got: {type(vec).__name__}. Give what parameters_to_vector() returned"
        )
    found = as_list(parameters, "vector_to_parameters")
    wanted = sum(p.numel() for p in found)
    if vec.ndim != 1 or vec.numel() != wanted:
        raise RuntimeError(
            f"a vector of shape {vec.shape} is invalid for parameters of {wanted} elements: it must have one "
            "dimension, and just as many. No parameter was changed."
        )
    start = 0
    for p in found:
        p.write(vec.array[start : start + p.numel()].reshape(p.shape))
        start += p.numel()
