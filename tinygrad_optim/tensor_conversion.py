"""A tensor as other kinds of things: Python numbers, numpy arrays, copies and pickles."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from . import occasions
from .engine import new_tensor
from .storage import storage_of

if TYPE_CHECKING:
    from .tensor import Tensor


def tell_of_cut(tensor: Any, by: str) -> None:
    """The numbers of a tensor with a history go where no gradient will come back from."""
    for look in occasions.cut:
        look(tensor, by)


class Conversions:
    """What takes a Tensor out of the graph, and out of memory."""

    __slots__ = ()
    if TYPE_CHECKING:  # what Tensor brings
        array: Any
        needs_grad: Any
        node: Any
        storage: Any
        grad: Any
        shape: Any
        __getitem__: Any

    def item(self) -> Any:
        """The one element, as a Python number. RuntimeError if there is not just one."""
        if self.array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self.array.size} elements cannot be converted to Scalar: its shape is {self.shape}. "
                "Pick one, reduce them (.sum(), .mean()), or use .tolist()"
            )
        if self.needs_grad:
            tell_of_cut(self, "item()")
        return self.array.item()

    def tolist(self) -> Any:
        if self.needs_grad:
            tell_of_cut(self, "tolist()")
        return self.array.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The array itself, not a copy. RuntimeError if a gradient is wanted (unless force): numpy is not followed."""
        if self.needs_grad and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad: the graph does not follow what numpy does. "
                "Use tensor.detach().numpy() instead."
            )
        if self.needs_grad:
            tell_of_cut(self, "numpy()")
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return np.array(array, dtype=dtype, copy=copy) if copy or dtype is not None else array

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False) -> Tensor:
        return new_tensor(array)

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {self.array.size} elements is ambiguous (shape {self.shape}): "
                "ask whether .any() or .all() are true"
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
        if self.needs_grad:
            tell_of_cut(self, "float()")
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
        copied: Any = self.__new__(type(self))
        memo[id(self)] = copied
        copied.__setstate__((self.array.copy(), self.needs_grad))
        copied.grad = copy.deepcopy(self.grad, memo)
        return copied

    def __copy__(self) -> Tensor:
        """Another tensor of the same memory, without gradient or history."""
        copied: Any = self.__new__(type(self))
        copied.__setstate__((self.array, self.needs_grad))
        copied.storage = storage_of(self)
        return copied

    def __reduce__(self) -> Any:
        """For pickle: the numbers, and whether a gradient is wanted; neither gradient nor history."""
        return (object.__new__, (type(self),), (self.array, self.needs_grad))

    def __setstate__(self, state: tuple[np.ndarray, bool]) -> None:
        self.array, self.needs_grad = state
        self.node = self.storage = None
