"""Tensor: a numpy array that remembers where it came from. Its methods only hand on to ops."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import dtypes, engine, functions
from .engine import apply, new_tensor, storage_of, walk_back
from .grad_mode import mode
from .in_place import apply_in_place, stamp
from .ops import arithmetic, comparison, elementwise, indexing, shape
from .shapes import as_dim, as_index, ints_apart


class Tensor:
    """An n-dimensional array of numbers, and its gradient if one is wanted.

    array        the numbers, a numpy array: the one slot that ops and rules read
    needs_grad   whether a gradient is wanted; set it through `requires_grad`
    node         the applied op that made this tensor (`grad_fn`); None for a leaf
    gradient     of a leaf, the gradient's numbers once backward() has brought some; `.grad` as a Tensor
    """

    __slots__ = ("array", "needs_grad", "node", "storage", "__dict__", "__weakref__")

    # Of most tensors these are never set, so they are class attributes until they are.
    gradient: np.ndarray | None = None
    grad_tensor: Tensor | None = None
    is_view = False  # shares the memory of the tensor it was made from
    registered: Any = None  # (the module that holds this parameter, under which name)
    number, parents = 0, ()  # a leaf, as the engine's walk sees it: older than every node, made from nothing

    __array_priority__ = 1000  # `array * tensor` is ours to compute, not numpy's
    __hash__ = object.__hash__  # a tensor is itself; == compares elements

    def __init__(self, data: Any = (), requires_grad: bool = False) -> None:
        self.array = np.array(data, dtype=dtypes.get_default_dtype())
        self.needs_grad = False
        self.node = self.storage = None
        self.requires_grad = requires_grad

    # ---- what it is ----------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size along one dimension."""
        return self.array.shape if dim is None else self.array.shape[as_dim(dim, self.ndim)]

    @property
    def ndim(self) -> int:
        return self.array.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind == "f"

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor: it is one number; use item() for it")
        return len(self.array)

    def __repr__(self) -> str:
        from .display import show_tensor

        return show_tensor(self)

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec else str(self), spec)

    @property
    def name(self) -> str | None:
        """The dotted name of a parameter in its outermost module; None for other tensors."""
        from .naming import registered_name

        return registered_name(self)

    # ---- gradients -----------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether backward() brings a gradient to (a leaf) or through this tensor.

        Setting it: RuntimeError for integers, and for a tensor computed from others.
        """
        return self.needs_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if wanted and self.array.dtype.kind != "f":
            raise RuntimeError(
                f"only Tensors of floating point dtype can require gradients, and this one holds {self.array.dtype}: "
                "make it of floats, such as 1.0, or convert it with .float() first"
            )
        if self.node is not None and not wanted:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables, and this tensor was computed by "
                f"{self.node.name()}. Use detach() for a tensor without that history."
            )
        self.needs_grad = bool(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self) -> engine.Node | None:
        """The node of the op that made this tensor, None for a leaf."""
        return self.node

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this tensor."""
        return self.node is None

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward() has brought here so far; None before. Assignable.

        Assigning: TypeError for what is no Tensor, RuntimeError for another shape or dtype.
        """
        if self.grad_tensor is None and self.gradient is not None:
            self.grad_tensor = new_tensor(self.gradient)
        return self.grad_tensor

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad has type {type(value).__name__}; it must be a Tensor or None")
            if (value.shape, value.dtype) != (self.shape, self.dtype):
                raise RuntimeError(
                    f"attempting to assign a gradient of shape {value.shape} and type {value.dtype} to "
                    f"{self.described()} of type {self.dtype}: they must be the same"
                )
        self.grad_tensor = value
        self.gradient = None if value is None else value.array

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Bring to every leaf that this tensor was computed from its gradient, added to what is there.

        gradient: what dL/d(self) is, of this tensor's shape; 1 for a tensor of one element.
        retain_graph: keep what a second backward would read (default: as create_graph).
        create_graph: make the gradients part of the graph, so that they can be differentiated too.
        RuntimeError if nothing here requires a gradient, if a shape does not fit, if the graph was let go,
        or if a value it needs was overwritten; then no gradient has changed.
        """
        from .autograd import deliver, seed_for

        seed = seed_for(self, gradient, create_graph)
        keep = create_graph if retain_graph is None else retain_graph
        before = mode.enabled
        mode.enabled = create_graph
        try:
            deliver(walk_back([self.node or self], [seed], keep, create_graph))
        finally:
            mode.enabled = before

    def detach(self) -> Tensor:
        """The same memory, as a tensor without history: no gradient goes back from it."""
        out = new_tensor(self.array)
        out.storage = storage_of(self)
        return out

    @property
    def data(self) -> Tensor:
        """The same memory, out of autograd's sight: writes through it are not noticed. Assignable."""
        return new_tensor(self.array)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data must be a Tensor, not {type(value).__name__}")
        self.array = value.array

    def described(self) -> str:
        """How a message names this tensor: by its registered name if it has one, and its shape."""
        kind = "a leaf tensor" if self.node is None else "a tensor"
        return f"{self.name or kind} of shape {self.shape}"

    # ---- out of the graph ----------------------------------------------------------------------------

    def item(self) -> Any:
        """The one element, as a Python number. RuntimeError if there is not just one."""
        if self.array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.array.size} elements cannot be converted to Scalar: its shape is {self.shape}"
            )
        return self.array.item()

    def tolist(self) -> Any:
        return self.array.tolist()

    def numpy(self) -> np.ndarray:
        """The array itself, not a copy. RuntimeError if a gradient is wanted: numpy would not be followed."""
        if self.needs_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad: the graph does not follow what numpy does. "
                "Use tensor.detach().numpy() instead."
            )
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return np.array(array, dtype=dtype, copy=copy) if copy or dtype is not None else array

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
        return new_tensor(array)

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {self.array.size} elements is ambiguous (shape {self.shape})"
            )
        return bool(self.array.item())

    def __float__(self) -> float:
        return float(self.one_number())

    def __int__(self) -> int:
        return int(self.one_number())

    def one_number(self) -> Any:
        """As `item`, but ValueError if there is not just one: what PyTorch has for float(x) and int(x)."""
        if self.array.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, and this one has shape {self.shape}: "
                "reduce it (.sum()) or pick one element (x[0]) first"
            )
        return self.array.item()

    def __index__(self) -> int:
        if self.array.size != 1 or self.array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __iter__(self) -> Iterator[Tensor]:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor: it is one number; use item() for it")
        return iter([self[i] for i in range(len(self.array))])

    def __contains__(self, value: Any) -> bool:
        return bool((self.array == getattr(value, "array", value)).any())

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.node is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol, and this "
                f"one was computed by {self.node.name()}: use detach().clone()"
            )
        memo[id(self)] = copied = self.__new__(type(self))
        copied.__setstate__((self.array.copy(), self.needs_grad, copy.deepcopy(self.grad, memo)))
        return copied

    def __reduce__(self) -> Any:
        if self.node is not None:
            raise RuntimeError("a tensor with a history cannot be pickled: use detach()")
        return (object.__new__, (type(self),), (self.array, self.needs_grad, self.grad))

    def __setstate__(self, state: tuple[np.ndarray, bool, Tensor | None]) -> None:
        self.array, self.needs_grad, grad = state
        self.node = self.storage = None
        self.grad = grad

    # ---- arithmetic ----------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Tensor:
        return apply(arithmetic.ADD, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return apply(arithmetic.ADD, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return apply(arithmetic.SUB, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return apply(arithmetic.SUB, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return apply(arithmetic.MUL, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return apply(arithmetic.MUL, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return apply(arithmetic.DIV, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return apply(arithmetic.DIV, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return apply(arithmetic.POW, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        base = np.asarray(other, dtypes.result_type(self.array, other))
        return apply(arithmetic.POW, new_tensor(base), self)

    def __neg__(self) -> Tensor:
        return apply(arithmetic.NEG, self)

    def __abs__(self) -> Tensor:
        return apply(elementwise.ABS, self)

    def __matmul__(self, other: Any) -> Tensor:
        return functions.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return functions.matmul(other, self)

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, COMPARABLE):
            return NotImplemented  # then Python says that they differ: `tensor == None` is False
        return apply(comparison.EQ, self, other)

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(other, COMPARABLE):
            return NotImplemented
        return apply(comparison.NE, self, other)

    def __lt__(self, other: Any) -> Tensor:
        return apply(comparison.LT, self, other)

    def __le__(self, other: Any) -> Tensor:
        return apply(comparison.LE, self, other)

    def __gt__(self, other: Any) -> Tensor:
        return apply(comparison.GT, self, other)

    def __ge__(self, other: Any) -> Tensor:
        return apply(comparison.GE, self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return functions.getitem(self, index)

    # ---- in place: the numbers are overwritten, and the write is stamped ---------------------------------

    def __setitem__(self, index: Any, values: Any) -> None:
        index = as_index(index)
        if ints_apart(index) and np.ndim(getattr(values, "array", values)):
            raise NotImplementedError(
                "a write at an int and at tensors apart from it: pick with the int first, as in x[0][..., places] = v"
            )
        if not mode.enabled or not (self.needs_grad or getattr(values, "needs_grad", False)):
            self.array[index] = getattr(values, "array", values)
            stamp(self)
        else:
            values = values if isinstance(values, Tensor) else new_tensor(np.asarray(values, self.dtype))
            apply_in_place(indexing.SETITEM, self, self, index, values)

    def add_(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """self becomes self + alpha * other"""
        return apply_in_place(arithmetic.ADD, self, self, other if alpha == 1 else other * alpha)

    def sub_(self, other: Any, *, alpha: Any = 1) -> Tensor:
        """self becomes self - alpha * other"""
        return apply_in_place(arithmetic.SUB, self, self, other if alpha == 1 else other * alpha)

    def mul_(self, other: Any) -> Tensor:
        """self becomes self * other"""
        return apply_in_place(arithmetic.MUL, self, self, other)

    def div_(self, other: Any) -> Tensor:
        """self becomes self / other"""
        return apply_in_place(arithmetic.DIV, self, self, other)

    def copy_(self, source: Any) -> Tensor:
        """self takes the numbers of source, which may have a smaller shape or another type"""
        if not isinstance(source, Tensor):
            raise TypeError(f"copy_() takes a Tensor, not {type(source).__name__}: use from_numpy() or tensor() first")
        return apply_in_place(shape.COPY, self, self, source.to(self.dtype))

    def fill_(self, value: Any) -> Tensor:
        """every element of self becomes value"""
        if not isinstance(value, int | float | np.generic):
            raise TypeError(f"fill_() takes a number, not {type(value).__name__}: {value!r:.80}")
        return apply_in_place(shape.COPY, self, self, new_tensor(np.asarray(value, self.dtype)))

    def zero_(self) -> Tensor:
        """every element of self becomes 0"""
        return self.fill_(0)

    def __iadd__(self, other: Any) -> Tensor:
        return self.add_(other)

    def __isub__(self, other: Any) -> Tensor:
        return self.sub_(other)

    def __imul__(self, other: Any) -> Tensor:
        return self.mul_(other)

    def __itruediv__(self, other: Any) -> Tensor:
        return self.div_(other)

    def write(self, array: Any) -> None:
        """Overwrite the numbers, off the record but stamped: how an optimizer updates a parameter."""
        self.array[...] = array
        stamp(self)

    def stamp(self) -> None:
        """Note that the numbers were just overwritten, and by which line."""
        stamp(self)

    # ---- what an optimizer asks of a parameter (Value has the same) ------------------------------------

    def clear_gradient(self, set_to_none: bool = True) -> None:
        """Forget the gradient, or (if there is one) fill it with zeros."""
        if set_to_none or self.gradient is None:
            self.gradient = self.grad_tensor = None
        elif self.grad_tensor is not None and self.grad_tensor.node is not None:
            self.grad = new_tensor(np.zeros_like(self.gradient))
        else:
            self.gradient[...] = 0

    def state_like(self, numbers: Any, shape: tuple[int, ...] | None = None) -> Tensor:
        """A new tensor of this one's type, and of its shape and memory order if not another, of these numbers."""
        return new_tensor(np.full_like(self.array, numbers, shape=shape))

    def loaded_state(self, value: Any) -> Tensor:
        """A copy of a tensor of optimizer state, in this one's type if it holds floats."""
        wanted = self.array.dtype if value.array.dtype.kind == "f" else value.array.dtype
        return new_tensor(np.array(value.array, wanted))

    def state_number(self, number: Any) -> Tensor:
        """One number of an optimizer's state, as PyTorch keeps it: a 0-d tensor of the default type."""
        return new_tensor(np.array(number, dtypes.get_default_dtype()))

    # ---- methods that are functions: x.exp() is exp(x) -------------------------------------------------

    add, sub, mul, div, pow = functions.add, functions.sub, functions.mul, functions.div, functions.pow
    neg, abs, sign, square = functions.neg, functions.abs, functions.sign, functions.square
    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
    exp, log, sqrt = functions.exp, functions.log, functions.sqrt
    tanh, sigmoid, relu = functions.tanh, functions.sigmoid, functions.relu
    softmax, log_softmax = functions.softmax, functions.log_softmax
    maximum, where = functions.maximum, functions.where_method
    sum, mean, max, amax, argmax = functions.sum, functions.mean, functions.max, functions.amax, functions.argmax
    matmul, mm, gather = functions.matmul, functions.mm, functions.gather
    reshape, view, flatten = functions.reshape, functions.view, functions.flatten
    transpose, swapaxes, t, permute = functions.transpose, functions.transpose, functions.t, functions.permute
    squeeze, unsqueeze, expand = functions.squeeze, functions.unsqueeze, functions.expand
    clone, to = functions.clone, functions.to

    T = mT = property(functions.t)

    def float(self) -> Tensor:
        return self.to(dtypes.float32)

    def double(self) -> Tensor:
        return self.to(dtypes.float64)

    def half(self) -> Tensor:
        return self.to(dtypes.float16)

    def long(self) -> Tensor:
        return self.to(dtypes.int64)

    def int(self) -> Tensor:
        return self.to(dtypes.int32)

    def bool(self) -> Tensor:
        return self.to(dtypes.bool_)


engine.Tensor = Tensor
COMPARABLE = Tensor | int | float | np.ndarray | np.generic
