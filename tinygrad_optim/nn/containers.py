"""Modules that hold others: in a row (Sequential calls them, ModuleList leaves that to you) or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from .module import Module
from .module_parts import hint

C = TypeVar("C", bound="InARow")


class InARow(Module):
    """Modules in a row, named "0", "1", ...: what Sequential and ModuleList have in common with a Python list."""

    def append(self: C, module: Module) -> C:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: C, modules: Iterable[Module]) -> C:
        """Add several at the end. TypeError for what is not iterable; then none is added."""
        added = in_a_row("extend", modules)
        check_modules(added)
        for module in added:
            self.append(module)
        return self

    def insert(self: C, index: int, module: Module) -> C:
        """Put a module before the one at this index; those after it move up. IndexError beyond the end."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be a Module, not of type {type(module).__name__}: {module!r:.80}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}, and there are {len(self)} modules to put it before")
        modules = list(self)
        modules.insert(index, module)
        return rearranged(self, modules)

    def pop(self, key: int) -> Module:
        """Take the module at this index out, and return it."""
        module = self[key]
        del self[key]
        return module

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            kind: Any = type(self)
            return kind(dict(list(self._modules.items())[index]))
        return self._modules[name_at(self, index)]

    def __setitem__(self, index: int, module: Module) -> None:
        check_modules([module])
        setattr(self, name_at(self, index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)
        gone = set(names[index] if isinstance(index, slice) else [name_at(self, index)])
        rearranged(self, [module for name, module in self._modules.items() if name not in gone])

    def __iadd__(self: C, modules: Iterable[Module]) -> C:
        return self.extend(modules)


class Sequential(InARow):
    """Modules called one after the other: `Sequential(Linear(2, 3), ReLU())`, or from a dict of named ones."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def __add__(self, other: Sequential) -> Sequential:
        """Both, one after the other, as a new Sequential that holds the same modules."""
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return Sequential(*self, *other)

    def __iadd__(self, other: Iterable[Module]) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        """The same modules, several times over."""
        if not isinstance(other, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(other)}: use an int")
        if other <= 0:
            raise ValueError(f"Non-positive multiplication factor {other} for {type(self)}")
        return Sequential(*list(self) * other)

    __rmul__ = __mul__


class ModuleList(InARow):
    """A list of modules, whose parameters are the net's: `for layer in self.layers: x = layer(x)`."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        given = modules.values() if isinstance(modules, dict) else modules
        rearranged(self, list(given or ()))

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        """As other modules, with equal ones in a row shown once: `(0-2): 3 x Linear(...)`."""
        shown = [repr(module).replace("\n", "\n  ") for module in self]
        starts = [i for i, one in enumerate(shown) if i == 0 or one != shown[i - 1]]
        lines = []
        for start, stop in zip(starts, [*starts[1:], len(shown)]):
            many = stop - start > 1
            lines.append(f"({start}-{stop - 1}): {stop - start} x " * many + f"({start}): " * (not many) + shown[start])
        return f"{type(self).__name__}(" + "".join(f"\n  {line}" for line in lines) + "\n" * bool(lines) + ")"


class ModuleDict(Module):
    """Modules by name, whose parameters are the net's: `self.layers["first"](x)`."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Take in all of a dict, or of an iterable of (name, module) pairs. TypeError, ValueError for others."""
        if not isinstance(modules, Iterable):
            raise TypeError(f"ModuleDict.update() takes a dict or (name, module) pairs, not {type(modules).__name__}")
        for place, pair in enumerate(modules.items() if isinstance(modules, Mapping | ModuleDict) else modules):
            if not isinstance(pair, tuple | list):
                raise TypeError(f"ModuleDict update sequence element #{place} should be Iterable; is {type(pair)}")
            if len(pair) != 2:
                raise ValueError(f"ModuleDict update sequence element #{place} has length {len(pair)}; 2 is required")
            self[pair[0]] = pair[1]

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        delattr(self, key) if key in self._modules else self._modules.pop(key)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def pop(self, key: str) -> Module:
        """Take the module of this name out, and return it."""
        module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        """Take all out."""
        for name in list(self):
            del self[name]

    def keys(self) -> Any:
        return self._modules.keys()

    def values(self) -> Any:
        return self._modules.values()

    def items(self) -> Any:
        return self._modules.items()


def check_modules(modules: list[Any]) -> None:
    """TypeError for what is no module."""
    for module in modules:
        if not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass: {module!r:.80}{hint(module)}")


def in_a_row(what: str, modules: Any) -> list[Any]:
    """An iterable of modules as a list. TypeError if it is none."""
    if not isinstance(modules, Iterable):
        raise TypeError(f"{what}() should be called with an iterable of Modules, but got {type(modules).__name__}")
    return list(modules)


def name_at(container: InARow, index: int) -> str:
    """The name of the module at this index, from the front or (negative) from the end. IndexError beyond."""
    if not hasattr(index, "__index__"):
        raise TypeError(f"modules in a row have ints for indices, not {type(index).__name__}: {index!r:.80}")
    place = index.__index__()
    if not -len(container) <= place < len(container):
        raise IndexError(f"index {place} is out of range: there are {len(container)} modules")
    return list(container._modules)[place]


def rearranged(container: C, modules: list[Any]) -> C:
    """Give a container these modules, numbered afresh."""
    check_modules(modules)
    for name in list(container._modules):
        delattr(container, name)
    for place, module in enumerate(modules):
        container.add_module(str(place), module)
    return container
