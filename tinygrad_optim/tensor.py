"""Tensor: a numpy array that remembers where it came from.

Here is what it is, its gradient, and what an optimizer asks of it. What can be computed with it, what overwrites
it and what it can be turned into are the classes it is made of: tensor_operators.py, tensor_in_place.py and
tensor_conversion.py. Those methods only hand on to ops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, engine
from .engine import new_tensor, storage_of, walk_back
from .grad_mode import mode
from .in_place import stamp
from .shapes import as_dim
from .tensor_conversion import Conversions
from .tensor_elements import Elements
from .tensor_in_place import InPlace
from .tensor_operators import Operators


class Tensor(Operators, Elements, InPlace, Conversions):
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


engine.Tensor = Tensor
