"""Parameters in a row, and parameters by name, as a part of a net."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..tensor import Tensor
from .containers import in_a_row
from .module import Module
from .parameter import Parameter


class ParameterList(Module):
    """A list of parameters, named "0", "1", ...; a plain tensor put in becomes a Parameter."""

    def __init__(self, values: Iterable[Tensor] | None = None) -> None:
        super().__init__()
        self.extend(values or ())

    def append(self, value: Tensor) -> ParameterList:
        """Add a parameter at the end."""
        self.register_parameter(str(len(self)), as_parameter(value))
        return self

    def extend(self, values: Iterable[Tensor]) -> ParameterList:
        """Add several at the end. TypeError for what is no tensor; then none is added."""
        for value in [as_parameter(value) for value in in_a_row("extend", values)]:
            self.append(value)
        return self

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._parameters[self.name_at(index)]

    def __setitem__(self, index: int, value: Tensor) -> None:
        self.register_parameter(self.name_at(index), as_parameter(value))

    def __iadd__(self, values: Iterable[Tensor]) -> ParameterList:
        return self.extend(values)

    def name_at(self, index: int) -> str:
        """The name of the parameter at this index. IndexError beyond the ends."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range: there are {len(self)} parameters")
        return str(index % len(self))

    def extra_repr(self) -> str:
        return listed(self._parameters)


class ParameterDict(Module):
    """Parameters by name; a plain tensor put in becomes a Parameter. A plain dict goes in sorted by name."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self.update(parameters or {})

    def update(self, parameters: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]) -> None:
        """Take in all of a dict, or of an iterable of (name, tensor) pairs."""
        if not isinstance(parameters, Iterable):
            raise TypeError(f"ParameterDict.update() takes a dict or pairs, not {type(parameters).__name__}")
        if isinstance(parameters, Mapping | ParameterDict):
            pairs = list(parameters.items())
            parameters = sorted(pairs) if type(parameters) is dict else pairs
        for name, value in parameters:
            self[name] = value

    def __getitem__(self, key: str) -> Parameter:
        return self._parameters[key]

    def __setitem__(self, key: str, value: Tensor) -> None:
        self.register_parameter(key, as_parameter(value))

    def __delitem__(self, key: str) -> None:
        delattr(self, key) if key in self._parameters else self._parameters.pop(key)

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, key: object) -> bool:
        return key in self._parameters

    def get(self, key: str, default: Any = None) -> Any:
        return self._parameters.get(key, default)

    def pop(self, key: str) -> Parameter:
        """Take the parameter of this name out, and return it."""
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Take all out."""
        for name in list(self):
            del self[name]

    def keys(self) -> Any:
        return self._parameters.keys()

    def values(self) -> Any:
        return self._parameters.values()

    def items(self) -> Any:
        return self._parameters.items()

    def extra_repr(self) -> str:
        return listed(self._parameters)


def as_parameter(value: Any) -> Parameter:
    """A tensor as a Parameter. TypeError for anything else."""
    if not isinstance(value, Tensor):
        raise TypeError(f"a list or dict of parameters holds Tensors, not {type(value).__name__}: {value!r:.80}")
    return value if isinstance(value, Parameter) else Parameter(value)


def listed(parameters: dict[str, Any]) -> str:
    """One line for each parameter, as printed."""
    sizes = [(name, p.dtype, "x".join(map(str, p.shape))) for name, p in parameters.items()]
    return "\n".join(f"  ({name}): Parameter containing: [{dtype} of size {size}]" for name, dtype, size in sizes)
