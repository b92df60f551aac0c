"""Checking derivatives: what backward() says against what small steps of the inputs do to the outputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dtypes import float64
from .engine import new_tensor
from .tensor import Tensor


class GradcheckError(RuntimeError):
    """A derivative differs from the quotient of small differences."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of func(*inputs) are (f(x + eps) - f(x - eps)) / (2 * eps), for every element.

    Looked at are the inputs that require a gradient, which should be float64 (a warning says so), and all outputs.
    Two numbers agree if they differ by at most atol + rtol * |numerical|. GradcheckError names the first that do
    not, or False if not raise_exception; the same where a second backward gives a gradient more than nondet_tol
    away from the first one's. The inputs are left as they were.
    ValueError if no input requires a gradient. What is forward, batched, sparse or fast in PyTorch's check is not
    here: True for those is a NotImplementedError; the rest is always checked, as the engine does, or means nothing.
    """
    if check_forward_ad or check_batched_grad or check_batched_forward_grad or not check_backward_ad:
        raise NotImplementedError("gradcheck checks backward() of one gradient at a time: leave the other ways out")
    given = as_tuple(inputs)
    checked = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True"
        )
    for i in checked:
        if given[i].dtype != float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point but {given[i].dtype}: "
                "the check will likely fail. Make it float64.",
                stacklevel=2,
            )
        if given[i].array.size and any(s == 0 and n > 1 for s, n in zip(given[i].array.strides, given[i].shape)):
            raise RuntimeError(f"The {i}th input has elements that are one in memory (stride 0): clone() it first")
    try:
        for j in range(len(outputs_of(func, given))):
            for i in checked:
                compare(func, given, i, j, eps, atol, rtol, nondet_tol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def compare(func, given, i, j, eps, atol, rtol, nondet_tol):  # type: ignore[no-untyped-def]
    """Raise GradcheckError if output j's derivatives by input i, worked out both ways, differ anywhere."""
    analytical, again = (analytical_jacobian(func, given, i, j) for _ in range(2))
    if not np.allclose(analytical, again, rtol=0, atol=nondet_tol, equal_nan=True):
        raise GradcheckError(
            f"Backward is not reentrant: run twice, it gave gradients of output {j} with respect to input {i} "
            f"that differ by up to {np.abs(analytical - again).max():g}. Something is random there."
        )
    numerical = numerical_jacobian(func, given, i, j, eps)
    wrong = np.argwhere(~np.isclose(analytical, numerical, rtol=rtol, atol=atol, equal_nan=True))
    if len(wrong):
        row, column = wrong[0]
        element = tuple(map(int, np.unravel_index(row, given[i].shape)))
        of = tuple(map(int, np.unravel_index(column, outputs_of(func, given)[j].shape)))
        raise GradcheckError(
            f"Jacobian mismatch for output {j} with respect to input {i}: moving element {element} of input {i} "
            f"changes element {of} of output {j} at the rate\n"
            f"numerical:  {numerical[row, column]:.10g}\nanalytical: {analytical[row, column]:.10g}\n"
            f"({len(wrong)} of {numerical.size} derivatives differ). Look at the derivative rules of what func uses; "
            "where a function has a kink or a jump near this input, no derivative is right."
        )


def analytical_jacobian(func, given, i, j):  # type: ignore[no-untyped-def]
    """d(output j) / d(input i) as backward has it: a row for each element of the input, a column for the output's."""
    from .autograd import grad  # which has gradcheck beside it

    out = outputs_of(func, given)[j]
    jacobian = np.zeros((given[i].array.size, out.array.size))
    for column in range(out.array.size if out.requires_grad else 0):
        seed = np.zeros(out.shape, out.dtype)
        seed[np.unravel_index(column, out.shape)] = 1
        (g,) = grad(out, given[i], new_tensor(seed), retain_graph=True, allow_unused=True)
        if g is not None:
            jacobian[:, column] = g.array.reshape(-1)
    return jacobian


def numerical_jacobian(func, given, i, j, eps):  # type: ignore[no-untyped-def]
    """The same by central differences: each element of the input moved up and down by eps."""
    x = given[i].array
    jacobian = np.zeros((x.size, outputs_of(func, given)[j].array.size))
    for row, place in enumerate(np.ndindex(x.shape)):
        before = x[place]
        try:
            x[place] = before + eps
            above = outputs_of(func, given)[j].array.reshape(-1).astype(float64)
            x[place] = before - eps
            below = outputs_of(func, given)[j].array.reshape(-1).astype(float64)
        finally:
            x[place] = before
        jacobian[row] = (above - below) / (2 * eps)
    return jacobian


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    gen_non_contig_grad_outputs: bool = False,
    **options: Any,
) -> bool:
    """Whether the gradients of func's gradients are right too: gradcheck, of the gradients weighted by grad_outputs.

    grad_outputs: one for each output (float64); numbers between -1 and 1 if not given. The options are gradcheck's.
    """
    from .autograd import grad

    given = as_tuple(inputs)
    random = np.random.default_rng(0)
    if grad_outputs is None:
        grad_outputs = [new_tensor(random.uniform(-1, 1, y.shape)).requires_grad_() for y in outputs_of(func, given)]
    weights = as_tuple(grad_outputs)

    def gradients(*both: Any) -> tuple[Any, ...]:
        used = both[: len(given)]
        wanted = [x for x in used if isinstance(x, Tensor) and x.requires_grad]
        return grad(outputs_of(func, used), wanted, both[len(given) :], create_graph=True, allow_unused=True)

    return gradcheck(gradients, given + weights, **options)


def as_tuple(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, tuple | list) else (values,)


def outputs_of(func: Callable[..., Any], given: tuple[Any, ...]) -> list[Any]:
    """What func returns that has a gradient; if nothing has, all that could: their derivatives should be 0."""
    floats = [out for out in as_tuple(func(*given)) if isinstance(out, Tensor) and out.dtype.kind == "f"]
    return [out for out in floats if out.requires_grad] or floats
