"""What a module holds, and under which names: parameters, buffers and inner modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..naming import register
from ..tensor import Tensor
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class Parts:
    """The part of a module by which it takes parts in, and lets them go.

    Each part stands on its shelf (a dict by name) and is an ordinary attribute too.
    """

    _parameters: dict[str, Any]  # name -> Parameter, or None where one could be
    _buffers: dict[str, Any]  # name -> Tensor, or None
    _non_persistent_buffers_set: set[str]  # the names of those that state_dict() leaves out
    _modules: dict[str, Any]
    registered: Any = None  # (the module that holds this one, under which name)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter | Parts):
            self._register(name, value)
            return
        for kind, shelf in (
            (Parameter, self.__dict__.get("_parameters", {})),
            (Tensor, self.__dict__.get("_buffers", {})),
            (Parts, self.__dict__.get("_modules", {})),
        ):
            if name in shelf:
                if value is not None and not (kind is Tensor and isinstance(value, Tensor)):
                    wanted = "Module" if kind is Parts else kind.__name__
                    held = "" if shelf[name] is None or kind is Tensor else f" ({type(shelf[name]).__name__})"
                    raise TypeError(
                        f"cannot assign a {type(value).__name__} to {name!r}: it is registered as a {wanted}{held}. "
                        "Assign one of those, or None"
                    )
                shelf[name] = value
        self.__dict__[name] = value

    def _register(self, name: str, value: Any) -> None:
        """Put a parameter or a module on its shelf, in the place of what had the name before."""
        if "_parameters" not in self.__dict__:
            kind = type(value).__name__
            raise AttributeError(
                f"cannot assign {kind} {name!r} before Module.__init__() call: "
                "write super().__init__() first in your __init__"
            )
        shelf, other = self._parameters, self._modules
        if isinstance(value, Parts):
            shelf, other = other, shelf
        other.pop(name, None)
        self._buffers.pop(name, None)
        self._non_persistent_buffers_set.discard(name)
        shelf[name] = self.__dict__[name] = value
        register(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        for shelf in (self._parameters, self._buffers, self._modules):
            shelf.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def __dir__(self) -> list[str]:
        """All attributes but those that cannot be written after a dot, such as "0"."""
        return sorted(name for name in object.__dir__(self) if not name[:1].isdigit())

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "registered"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what pickle or deepcopy bring; the parts are this copy's own, and are named by it."""
        self.__dict__.update(state)
        for name, held in {**self._parameters, **self._modules}.items():
            if held is not None:
                register(self, name, held)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter under a name; None keeps the name free (a Linear without bias has one).

        TypeError for what is no Parameter; TypeError or KeyError for a name that cannot be one.
        """
        self._check_name("parameter", name, self._parameters)
        if not isinstance(param, Parameter | None):
            raise TypeError(
                f"cannot assign a {type(param).__name__} to parameter {name!r}: it must be a Parameter or None. "
                "Wrap a tensor as Parameter(tensor)"
            )
        if param is None:
            self._parameters[name] = self.__dict__[name] = None
        else:
            self._register(name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that belongs to the module's state but is not trained, such as a running mean.

        It goes where the module goes (to(), double(), copies) and into its state_dict(), unless persistent=False.
        TypeError for what is no Tensor; TypeError or KeyError for a name that cannot be one.
        """
        self._check_name("buffer", name, self._buffers)
        if not isinstance(tensor, Tensor | None):
            raise TypeError(
                f"cannot assign a {type(tensor).__name__} to buffer {name!r}: it must be a Tensor or None. "
                "Make one with tensor(...)"
            )
        self._buffers[name] = self.__dict__[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Register a module under a name that need not be an identifier, such as "0"; None keeps the name free."""
        if not isinstance(module, Parts | None):
            raise TypeError(f"{type(module).__name__} is not a Module subclass: {module!r:.80}{hint(module)}")
        self._check_name("module", name, self._modules)
        if module is None:
            self._modules[name] = self.__dict__[name] = None
        else:
            self._register(name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """As add_module()."""
        self.add_module(name, module)

    def _check_name(self, kind: str, name: Any, shelf: dict[str, Any]) -> None:
        """Refuse a name that is no str (TypeError), or is empty, dotted or taken by another thing (KeyError)."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(
                f"cannot assign {kind} {name!r} before Module.__init__() call: "
                "write super().__init__() first in your __init__"
            )
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}: {name!r:.80}")
        if not name or "." in name:
            raise KeyError(
                f'{kind} name can\'t be "" or contain ".", which parts the names of nested modules: {name!r}'
            )
        if hasattr(self, name) and name not in shelf:
            raise KeyError(f"attribute {name!r} already exists in {type(self).__name__}: take another name")


def hint(wrong: Any) -> str:
    """What may be meant by what is no module."""
    if isinstance(wrong, type) and issubclass(wrong, Parts):
        return f". That is the class: write {wrong.__name__}(...) for a module"
    if isinstance(wrong, list | tuple):
        return ". Give the modules one by one, as in Sequential(*modules)"
    return ""
