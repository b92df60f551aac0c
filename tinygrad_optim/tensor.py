"""Tensor: a numpy array that remembers where it came from.

Here is what it is, its gradient, and what an optimizer asks of it. What can be computed with it, what overwrites
it and what it can be turned into are the classes it is made of: tensor_operators.py, tensor_in_place.py and
tensor_conversion.py. Those methods only hand on to ops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, engine, occasions
from .engine import new_tensor
from .grad_mode import inferring
from .in_place import stamp
from .shapes import array_of, as_dim
from .storage import INFERENCE, first_storage, storage_of
from .tensor_conversion import Conversions, tell_of_cut
from .tensor_elements import Elements
from .tensor_gradients import Gradients
from .tensor_in_place import InPlace
from .tensor_new import NewTensors
from .tensor_operators import Operators
from .tensor_types import Types


class Tensor(Gradients, Operators, Elements, Types, NewTensors, InPlace, Conversions):
    """An n-dimensional array of numbers, and its gradient if one is wanted.

    array        the numbers, a numpy array: the one slot that ops and rules read
    needs_grad   whether a gradient is wanted; set it through `requires_grad`
    node         the applied op that made this tensor (its grad_fn); None for a leaf
    gradient     of a leaf, the gradient's numbers once backward() has brought some; `.grad` as a Tensor
    """

    __slots__ = ("array", "needs_grad", "node", "storage", "__dict__", "__weakref__")

    # Of most tensors these are never set, so they are class attributes until they are.
    gradient: np.ndarray | None = None
    grad_tensor: Tensor | None = None
    made_from: Any = None  # of a view: (source, op, options, whether that was recorded, the source's node then)
    hooks: Any = None  # of a leaf: its gradient_hooks.Hooks
    registered: Any = None  # (the module that holds this parameter, under which name)
    number, parents = 0, ()  # a leaf, as the engine's walk sees it: older than every node, made from nothing

    __array_priority__ = 1000  # `array * tensor` is ours to compute, not numpy's
    __hash__ = object.__hash__  # a tensor is itself; == compares elements

    def __init__(self, *data: Any, requires_grad: bool = False) -> None:
        """Tensor([1, 2]) holds these numbers; Tensor(2, 3), of ints alone, has this shape and numbers not yet set."""
        self.array = array_of("Tensor", data, dtypes.get_default_dtype())
        self.needs_grad = False
        self.node = self.storage = None
        if inferring:
            self.storage = first_storage()
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

    def nelement(self) -> int:
        """As numel()"""
        return self.array.size

    @property
    def itemsize(self) -> int:
        return self.array.itemsize

    def element_size(self) -> int:
        """The bytes that one element takes."""
        return self.array.itemsize

    def data_ptr(self) -> int:
        """The address of the first element: views that begin at the same one share memory."""
        return int(self.array.ctypes.data)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

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

    # ---- memory ----------------------------------------------------------------------------------------

    def detach(self) -> Tensor:
        """The same memory, as a tensor without history: no gradient goes back from it."""
        if self.needs_grad:
            tell_of_cut(self, "detach()")
        out = new_tensor(self.array)
        out.storage = storage_of(self)
        return out

    def detach_(self) -> Tensor:
        """Let go of the history and of gradients: this tensor is a leaf that wants none. RuntimeError for a view."""
        if self.made_from is not None:
            raise RuntimeError(
                f"Can't detach views in-place, and this one of shape {self.shape} is a view. Use detach() instead: it "
                "gives another tensor of the same memory"
            )
        if self.needs_grad:
            tell_of_cut(self, "detach_()")
        self.node, self.needs_grad = None, False
        return self

    @property
    def data(self) -> Tensor:
        """The same memory, out of autograd's sight: writes through it are not noticed. Assignable."""
        out = new_tensor(self.array)
        if self.storage is INFERENCE:
            out.storage = INFERENCE
        for look in occasions.alias:
            look(self, out)
        return out

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
