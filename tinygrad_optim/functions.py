"""The functions of one or more tensors, under PyTorch's names and arguments; Tensor has them as methods too.

Each checks what it was given and hands on to one op. `axis` and `keepdims` are numpy's names for `dim` and
`keepdim`; PyTorch takes them too, and derivative rules use them because arrays have no others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from . import dtypes, engine
from .engine import apply, new_tensor
from .ops import arithmetic, elementwise, indexing, linalg, reduce, shape
from .ops import softmax as softmax_ops
from .shapes import as_dim, as_dims, as_index, as_shape, ints_apart

__all__ = [
    "abs",
    "add",
    "amax",
    "argmax",
    "cat",
    "clone",
    "div",
    "exp",
    "expand",
    "flatten",
    "gather",
    "getitem",
    "log",
    "log_softmax",
    "matmul",
    "max",
    "maximum",
    "mean",
    "mm",
    "mul",
    "neg",
    "permute",
    "pow",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "softmax",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "sub",
    "sum",
    "t",
    "tanh",
    "to",
    "transpose",
    "unsqueeze",
    "where",
]

Tensor = Any  # tensor.py is built on this file


class ValuesAndIndices(NamedTuple):
    """What max(dim) returns: the largest elements, and where along dim they stood."""

    values: Tensor
    indices: Tensor


# ---- element by element ------------------------------------------------------------------------------------


def add(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """input + alpha * other"""
    return apply(arithmetic.ADD, input, other if alpha == 1 else alpha * other)


def sub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """input - alpha * other"""
    return apply(arithmetic.SUB, input, other if alpha == 1 else alpha * other)


def mul(input: Tensor, other: Any) -> Tensor:
    """input * other"""
    return apply(arithmetic.MUL, input, other)


def div(input: Tensor, other: Any) -> Tensor:
    """input / other; integers divide as floats"""
    return apply(arithmetic.DIV, input, other)


def pow(input: Tensor, exponent: Any) -> Tensor:
    """input ** exponent"""
    return input**exponent


def neg(input: Tensor) -> Tensor:
    """-input"""
    return apply(arithmetic.NEG, input)


def abs(input: Tensor) -> Tensor:
    """|input|; its gradient at 0 is 0"""
    return apply(elementwise.ABS, input)


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1, by the sign of input"""
    return apply(elementwise.SIGN, input)


def square(input: Tensor) -> Tensor:
    """input ** 2"""
    return apply(arithmetic.POW, input, 2)


def exp(input: Tensor) -> Tensor:
    """e ** input"""
    return apply(elementwise.EXP, input)


def log(input: Tensor) -> Tensor:
    """The natural logarithm of input"""
    return apply(elementwise.LOG, input)


def sqrt(input: Tensor) -> Tensor:
    """The square root of input"""
    return apply(elementwise.SQRT, input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent of input"""
    return apply(elementwise.TANH, input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e ** -input)"""
    return apply(elementwise.SIGMOID, input)


def relu(input: Tensor) -> Tensor:
    """max(input, 0); its gradient at 0 is 0"""
    return apply(elementwise.RELU, input)


def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of each pair; where both are equal, each gets half of the gradient. The two broadcast."""
    if not isinstance(other, engine.Tensor):
        raise TypeError(f"maximum(): argument 'other' must be Tensor, not {type(other).__name__}")
    return apply(elementwise.MAXIMUM, input, other)


def where_method(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """input where the condition holds, else other: `x.where(condition, other)`"""
    return where(condition, input, other)


def where(condition: Tensor, input: Any, other: Any) -> Tensor:
    """input where the condition (of bools) holds, other elsewhere; the three broadcast."""
    if getattr(condition, "dtype", None) != dtypes.bool_:
        raise RuntimeError("where expected condition to be a boolean tensor: compare with something, as in x > 0")
    wanted = dtypes.result_type(getattr(input, "array", input), getattr(other, "array", other))
    x, y = (v.to(wanted) if isinstance(v, engine.Tensor) else np.asarray(v, wanted) for v in (input, other))
    return apply(elementwise.WHERE, condition, x, y)


# ---- reductions --------------------------------------------------------------------------------------------


def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The sum over dim (an int, a tuple, or None for all); bools and integers sum to int64."""
    dim = as_dims(axis if dim is None else dim, input.ndim)
    return apply(reduce.SUM, input, dim, bool(keepdim or keepdims))


def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean over dim (an int, a tuple, or None for all). RuntimeError for integers."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"mean(): could not infer output dtype of {input.dtype}: use .float() first")
    dim = as_dims(axis if dim is None else dim, input.ndim)
    return apply(reduce.MEAN, input, dim, bool(keepdim or keepdims))


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The maximum over dim; where elements tie they share the gradient. IndexError if there are none."""
    dim = as_dims(dim, input.ndim)
    if 0 in (input.shape if dim is None else np.take(input.shape, dim).reshape(-1)):
        raise no_maximum("amax", input, dim)
    return apply(reduce.AMAX, input, dim, keepdim)


def no_maximum(name: str, input: Tensor, dim: Any) -> Exception:
    kind = RuntimeError if dim is None else IndexError
    return kind(
        f"{name}(): there is no maximum of no elements (shape {input.shape}, dim={dim}): "
        "Expected reduction dim to have non-zero size"
    )


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the maximum along dim, or in the flattened tensor."""
    if dim is not None:
        dim = as_dims(dim, input.ndim)
    if (input.array.size if dim is None else input.shape[dim]) == 0:
        raise no_maximum("argmax", input, 0 if dim is None else dim)
    return new_tensor(input.array.argmax(axis=dim, keepdims=keepdim))


def max(input: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The maximum of all; along a dim, (values, indices); with another tensor, the larger of each pair."""
    if dim is None:
        return amax(input)
    if isinstance(dim, engine.Tensor) and not keepdim:
        return maximum(input, dim)
    place = as_dim(dim, input.ndim)
    if input.ndim and input.shape[place] == 0:
        raise no_maximum("max", input, dim)
    if input.ndim == 0:
        return ValuesAndIndices(input.clone(), new_tensor(np.zeros((), np.int64)))
    positions = input.array.argmax(axis=place, keepdims=True)
    values, indices = apply(indexing.GATHER, input, place, positions), new_tensor(positions)
    return ValuesAndIndices(*((values, indices) if keepdim else (values.squeeze(place), indices.squeeze(place))))


def check_floats(name: str, input: Tensor) -> None:
    if input.dtype.kind != "f":
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype}: convert with .float() first')


def softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """e**input, divided by its sum along dim"""
    if dim is None:
        raise TypeError("softmax() needs dim: along which dimension should the results sum to 1? Often dim=-1")
    check_floats("softmax", input)
    return apply(softmax_ops.SOFTMAX, input, as_dim(dim, input.ndim))


def log_softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """The logarithm of softmax, computed without overflow"""
    if dim is None:
        raise TypeError("log_softmax() needs dim: along which dimension should the results sum to 1? Often dim=-1")
    check_floats("log_softmax", input)
    return apply(softmax_ops.LOG_SOFTMAX, input, as_dim(dim, input.ndim))


# ---- products ----------------------------------------------------------------------------------------------


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product; 1-d tensors are rows on the left and columns on the right, stacks broadcast.

    RuntimeError where the inner sizes differ, or the types.
    """
    x, y = (v if isinstance(v, engine.Tensor) else as_constant(v) for v in (input, other))
    if x.ndim == 0 or y.ndim == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    if x.dtype != y.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}. Use .to()")
    inner = y.shape[-2] if y.ndim > 1 else y.shape[0]
    if x.shape[-1] != inner:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({x.shape} and {y.shape}): the last size of the first, "
            f"{x.shape[-1]}, must be the {'second last' if y.ndim > 1 else 'only'} size of the second, {inner}"
        )
    if x.ndim > 1 and y.ndim > 1:
        return apply(linalg.MATMUL, x, y)
    rows = x if x.ndim > 1 else unsqueeze(x, 0)
    columns = y if y.ndim > 1 else unsqueeze(y, 1)
    product = apply(linalg.MATMUL, rows, columns)
    product = product if x.ndim > 1 else squeeze(product, -2)
    return product if y.ndim > 1 else squeeze(product, -1)


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices; RuntimeError if either is no matrix."""
    for name, factor in (("self", input), ("mat2", mat2)):
        if factor.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, and it has shape {factor.shape}: matmul() takes others too")
    return matmul(input, mat2)


def as_constant(value: Any) -> Tensor:
    """An array as a tensor without history. TypeError for anything else."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"expected a Tensor, but got {type(value).__name__}: {value!r:.80}")
    return new_tensor(value)


# ---- shape -------------------------------------------------------------------------------------------------


def reshape(input: Tensor, *shape_: Any) -> Tensor:
    """The same elements in another shape, one size of which may be -1; a view where that is possible."""
    return apply(shape.RESHAPE, input, as_shape(shape_, input.array.size))


def view(input: Tensor, *shape_: Any) -> Tensor:
    """As reshape, but always a view. RuntimeError where the elements do not lie in memory in that order."""
    out = reshape(input, *shape_)
    if input.array.size and not np.may_share_memory(out.array, input.array):
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride: as shape {out.shape} the elements of "
            f"this tensor of shape {input.shape} would have to be copied. Use .reshape(...) instead."
        )
    return out


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim made one."""
    start, end = as_dim(start_dim, input.ndim), as_dim(end_dim, input.ndim)
    if start > end:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} comes after end_dim {end_dim}")
    merged = int(np.prod(input.shape[start : end + 1]))
    return reshape(input, (*input.shape[:start], merged, *input.shape[end + 1 :]))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions swapped"""
    return apply(shape.TRANSPOSE, input, as_dim(dim0, input.ndim), as_dim(dim1, input.ndim))


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or number as it is. RuntimeError for more dimensions."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D: use transpose()")
    return transpose(input, 0, 1) if input.ndim == 2 else input


def permute(input: Tensor, *dims: Any) -> Tensor:
    """A view with the dimensions in another order"""
    order = as_shape(dims)
    if len(order) != input.ndim:
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    places = tuple(as_dim(d, input.ndim) for d in order)
    if sorted(places) != list(range(input.ndim)):
        raise RuntimeError(f"permute(): dims {order} must name each of the {input.ndim} dimensions once")
    return apply(shape.PERMUTE, input, places)


def squeeze(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """A view without the dimensions of size 1: all of them, or of this one or these"""
    dims = dim if isinstance(dim, tuple) else (dim,)
    drop = range(input.ndim) if dim is None else [as_dim(d, input.ndim) for d in dims]
    return reshape(input, tuple(n for d, n in enumerate(input.shape) if n != 1 or d not in drop))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a dimension of size 1 put in at dim"""
    sizes = list(input.shape)
    most = input.ndim + 1
    if not -most <= dim < most:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-most}, {most - 1}], but got {dim}): the tensor "
            f"has {input.ndim} dimensions, and the new one can stand before, between or after them"
        )
    sizes.insert(dim % most, 1)
    return reshape(input, tuple(sizes))


def expand(input: Tensor, *sizes: Any) -> Tensor:
    """A view repeated along dimensions of size 1, or along new ones in front; -1 keeps a size"""
    wanted = as_shape(sizes)
    added = len(wanted) - input.ndim
    if added < 0 or -1 in wanted[:added]:
        raise RuntimeError(f"expand({wanted}): a tensor of shape {input.shape} needs at least {input.ndim} sizes")
    full = tuple(n if n != -1 else input.shape[d - added] for d, n in enumerate(wanted))
    return apply(shape.EXPAND, input, full)


def cat(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors laid end to end along dim; their other sizes must agree. RuntimeError otherwise."""
    if isinstance(tensors, engine.Tensor):
        raise TypeError("cat(): argument 'tensors' must be a list or tuple of Tensors, not one Tensor")
    parts = list(tensors)
    if not parts:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    for part in parts:
        if not isinstance(part, engine.Tensor):
            raise TypeError(f"cat(): expected Tensors, but one of them is {type(part).__name__}")
    wanted = dtypes.result_type(*(part.array for part in parts))
    parts = [part for part in parts if part.shape != (0,)] or parts  # these fit anywhere
    place = as_dim(dim, parts[0].ndim)
    if any(part.ndim != parts[0].ndim or part.ndim == 0 for part in parts):
        raise RuntimeError(f"cat(): tensors of shapes {[part.shape for part in parts]} have no common dimensions")
    sizes = [part.shape[place] for part in parts]
    return apply(shape.CAT, place, sizes, *(part.to(wanted) for part in parts))


def stack(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension"""
    parts = list(tensors)
    if not parts:
        raise RuntimeError("stack expects a non-empty list of Tensors")
    if len({part.shape for part in parts}) > 1:
        raise RuntimeError(f"stack expects each tensor to be equal size, but got {[part.shape for part in parts]}")
    return cat([unsqueeze(part, dim) for part in parts], dim)


def clone(input: Tensor) -> Tensor:
    """A copy, through which gradients pass"""
    return apply(shape.CLONE, input)


def to(input: Tensor, dtype: Any = None, *rest: Any, device: Any = None, copy: bool = False) -> Tensor:
    """The same numbers in another type; the tensor itself if it is of that type. The only device is 'cpu'."""
    if isinstance(dtype, engine.Tensor):
        dtype = dtype.dtype
    if isinstance(dtype, str) and dtype.startswith("cpu"):
        dtype, device = (rest[0] if rest else None), dtype
    if isinstance(dtype, str):
        dtype, device = None, dtype  # a string names a device
    if device is not None and str(device) != "cpu":
        raise RuntimeError(f"device {device!r} is not available: everything here runs on the 'cpu'")
    wanted = input.dtype if dtype is None else dtypes.as_dtype(dtype)
    if wanted == input.dtype:
        return clone(input) if copy else input
    if wanted.kind != "f":
        return new_tensor(input.array.astype(wanted))
    return apply(shape.TO, input, wanted, input.dtype)


# ---- picking elements --------------------------------------------------------------------------------------


def getitem(input: Tensor, index: Any) -> Tensor:
    """input[index], for ints, slices, None, ... and tensors of integers or bools. IndexError out of range."""
    parts = as_index(index)
    split = ints_apart(parts)
    if split is not None:
        return apply(indexing.GETITEM, apply(indexing.GETITEM, input, split[0]), split[1])
    return apply(indexing.GETITEM, input, parts)


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """From each line of input along dim, the elements at the positions in index"""
    place = as_dim(dim, input.ndim)
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"gather(): Expected dtype int32/int64 for index, but got {index.dtype}: use .long()")
    if index.ndim != input.ndim:
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {index.ndim} and {input.ndim}"
        )
    if not input.ndim:
        return gather(input.reshape(1), 0, index.reshape(1)).reshape(())
    if any(n > m for d, (n, m) in enumerate(zip(index.shape, input.shape)) if d != place):
        raise RuntimeError(
            f"Size does not match at a dimension other than {place}: the index of shape {index.shape} is larger there "
            f"than the input of shape {input.shape}"
        )
    size = input.shape[place]
    if index.array.size and not (index.array.min() >= 0 and index.array.max() < size):
        bad = index.array[(index.array < 0) | (index.array >= size)].flat[0]
        raise RuntimeError(f"index {bad} is out of bounds for dimension {place} with size {size}")
    return apply(indexing.GATHER, input, place, index.array)
