"""Small parameters packed together, so that one call of the rule moves them all.

Parameters stay where they are: at each step they and their gradients are gathered, and the new ones written back. Their
state moves, once, into one array a key, of which each parameter's state tensors are views from then on. Before each
step a pack is looked at: it serves as long as its parameters and their state are where they were when it was made.
What holds for them holds for large parameters that make their steps together too (large.py), but those are not packed.
"""

from __future__ import annotations

import math
import sys
from itertools import chain, pairwise, repeat
from operator import attrgetter, is_
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from ..in_place import stamp
from ..storage import Storage
from .group_checks import check_returned
from .program import is_own, kernel_of, move
from .rule_binding import numbers_of

BLOCK = 32_768  # elements: what a rule makes on the way stays in the cache
# Where nothing is said, a group is updated in blocks if it has a parameter of so many elements,
LARGE = 100_000
MANY = 4  # or so many parameters smaller than half a block, which are packed.
# A pack of so many elements goes by a program: for each thing of that size that a rule makes anew, numpy would ask the
LONG = BLOCK // 2  # system for memory.

array_of, gradient_of = attrgetter("array"), attrgetter("gradient")
shape_of, dtype_of = attrgetter("shape"), attrgetter("dtype")


class Packing:
    """What is known of a group's parameters as long as they are the same ones with the same arrays; and its packs."""

    def __init__(self, params: list[Any]) -> None:
        self.params = list(params)
        arrays = [p.array for p in params]
        self.arrays = arrays if set(map(type, arrays)) == {np.ndarray} else []  # Values have none
        self.apart = lie_apart(self.arrays)
        sizes = [array.size for array in self.arrays] if self.apart else []
        self.has_large = max(sizes, default=0) >= LARGE
        self.has_many = sum(size < BLOCK // 2 for size in sizes) >= MANY
        self.rooms: dict[Any, Any] = {}
        self.packs: list[Any] = []
        self.due: list[Any] = []  # the packs that the present step can use,
        self.loose = list(enumerate(params))  # and who is in none of them: (place, parameter)

    def still_holds(self, params: list[Any]) -> bool:
        """Whether these are the same parameters, with the same arrays."""
        return (
            len(params) == len(self.params)
            and all(map(is_, params, self.params))
            and all(map(is_, map(array_of, params), self.arrays))
        )

    def sort_out(self, optimizer: Any) -> None:
        """Find the packs that this step can use, and who is in none of them."""
        self.packs = [pack for pack in self.packs if pack.is_whole(optimizer)]
        due = [pack for pack in self.packs if pack.is_due(optimizer)]
        if due != self.due:
            packed = {id(p) for pack in due for p in pack.params}
            self.loose = [(place, p) for place, p in enumerate(self.params) if id(p) not in packed]
        self.due = due

    def room(self, dtype: Any) -> Any:
        """Memory for a block of parameters and one of gradients, in which one pack after the other is updated."""
        if dtype not in self.rooms:
            self.rooms[dtype] = np.empty((2, BLOCK), dtype)
        return self.rooms[dtype]

    def keep(self, pack: Any) -> None:
        """Use this pack in later steps, in the place of those that have some of its parameters."""
        packed = {id(p) for p in pack.params}
        self.packs = [old for old in self.packs if packed.isdisjoint(map(id, old.params))] + [pack]


def packing_of(group: Any) -> Packing:
    """The group's Packing, made when it is first asked for."""
    if group.packing is None:
        group.packing = Packing(group["params"])
    packing: Packing = group.packing
    return packing


def lie_apart(arrays: list[Any]) -> bool:
    """Whether no two of these arrays share memory: then it does not matter which is written first. Of none: False."""
    if not arrays or len(set(map(id, arrays))) < len(arrays):
        return False
    bounds = sorted(byte_bounds(array) for array in arrays if array.size)
    return all(end <= start for (_, end), (start, _) in pairwise(bounds))


class Members:
    """Parameters whose state is of one kind, which make their steps together.

    members: (parameter, its state) of each. moving: the keys of their state that move into one array each. at_home:
    whether they have moved.
    """

    def __init__(self, optimizer: Any, members: list[tuple[Any, dict[str, Any]]], moving: list[str]) -> None:
        states = [state for _, state in members]
        self.params, self.states, self.is_new = [p for p, _ in members], states, True
        self.arrays = [p.array for p in self.params]
        self.shapes = [array.shape for array in self.arrays]
        self.dtype = self.arrays[0].dtype
        self.numbers = numbers_of(optimizer)
        keys = known_keys(optimizer, states[0])
        self.tensors = [tensor for state in states for key, tensor in state.items() if key in keys]
        self.at_home = all([is_alone(state[key]) for state in states for key in moving])
        self.storage = Storage()  # which the state that moves shares, being written together
        self.state: dict[str, Any] = {}
        for key in moving:
            tensors = [state[key] for state in states]
            self.state[key] = np.concatenate([tensor.array for tensor in tensors], axis=None)
            if self.at_home:
                for tensor, part in zip(tensors, parts_of(self.state[key], [tensor.shape for tensor in tensors])):
                    tensor.array, tensor.storage = part, self.storage
        self.homes = [tensor.array for tensor in self.tensors]

    def is_whole(self, optimizer: Any) -> bool:
        """Whether the parameters' state is what it was, and where it was."""
        states = map(optimizer.state.get, self.params, repeat({}))
        tensors = list(chain.from_iterable(map(dict.values, states)))
        return (
            len(tensors) == len(self.tensors)
            and all(map(is_, tensors, self.tensors))
            and all(map(is_, map(array_of, tensors), self.homes))
        )

    def is_due(self, optimizer: Any) -> bool:
        """Whether each parameter has a gradient that fits it, and all have made as many steps."""
        count, grads = len(self.params), list(map(gradient_of, self.params))
        if (
            list(map(type, grads)).count(np.ndarray) < count
            or list(map(shape_of, grads)) != self.shapes
            or list(map(dtype_of, grads)).count(self.dtype) < count
        ):
            return False
        for key in self.numbers:
            numbers = self.state[key].tolist()
            if numbers.count(numbers[0]) < count:
                return False
        return True

    def write_numbers(self, optimizer: Any, numbers: dict[str, Any]) -> None:
        """Write the state's numbers; the first time, keep the state too."""
        if self.is_new:
            for p, state in zip(self.params, self.states):
                optimizer.write_numbers(p, state, numbers)
            self.is_new = False
        elif optimizer.numbers_after:
            optimizer.write_numbers(self.params[0], optimizer.state[self.params[0]], numbers)
            for key in self.numbers:
                self.state[key][...] = self.state[key][0]
        else:
            for key in self.numbers:
                self.state[key][...] = numbers[key]


class Pack(Members):
    """Small parameters: their numbers, their gradients and each key of their state in a row.

    room: Packing.room().
    """

    def __init__(self, optimizer: Any, members: list[tuple[Any, dict[str, Any]]], room: Any) -> None:
        super().__init__(optimizer, members, known_keys(optimizer, members[0][1]))
        self.p, self.g = room[:, : sum(array.size for array in self.arrays)]
        self.parts = parts_of(self.p, self.shapes)
        of_one_type = all([self.state[key].dtype == self.dtype for key in optimizer.state_keys if key in self.state])
        self.has_program = is_own(optimizer.rule) and of_one_type

    def update(self, optimizer: Any, numbers: dict[str, Any], kernels: dict[Any, Any]) -> None:
        """Move the parameters: gather, apply the rule, write back. kernels: the programs of this step so far."""
        np.concatenate(self.arrays, axis=None, out=self.p)
        np.concatenate(list(map(gradient_of, self.params)), axis=None, out=self.g)
        before = [self.state.get(key) for key in optimizer.state_keys]
        if self.has_program and (kernels or self.p.size >= LONG):
            begun = move(kernel_of(kernels, optimizer, self.dtype, before, numbers), self.p, self.g, before)
        else:
            begun = self.apply(optimizer, before, numbers)
        self.write_numbers(optimizer, numbers)
        for key, new in zip(optimizer.state_keys, begun):
            if new is not None:
                for p, part in zip(self.params, parts_of(new, self.shapes)):
                    optimizer.state[p][key] = p.state_like(part)
            elif not self.at_home and key in self.state:
                self.give_back(key)
        for array, part in zip(self.arrays, self.parts):
            array[...] = part
        stamp(*self.params, *self.tensors[:1])

    def apply(self, optimizer: Any, before: list[Any], numbers: dict[str, Any]) -> list[Any]:
        """Apply the rule and put what it returns in the old one's place; the state that begins in this step."""
        p_new, *after = optimizer.rule(self.p, self.g, *before, **numbers)
        check_returned(optimizer, self.p, p_new, after)
        begun = []
        for old, new in zip(before, after):
            if old is not None and new is not None:
                old[...] = new
            # A copy: the rule may have handed on the gradient, or p, itself.
            begun.append(new.copy() if old is None and new is not None else None)
        self.p[...] = p_new
        return begun

    def give_back(self, key: str) -> None:
        """Write state that has not moved here to where it lies."""
        for state, part in zip(self.states, parts_of(self.state[key], self.shapes)):
            state[key].write(part)


def known_keys(optimizer: Any, state: dict[str, Any]) -> list[str]:
    """What a rule has kept in a parameter's state: others may keep things there too."""
    return [key for key in (*numbers_of(optimizer), *optimizer.state_keys) if key in state]


def parts_of(flat: Any, shapes: list[tuple[int, ...]]) -> list[Any]:
    """An array's successive stretches, as views in these shapes."""
    found, end = [], 0
    for shape in shapes:
        start, end = end, end + math.prod(shape)
        found.append(flat[start:end].reshape(shape))
    return found


def is_alone(tensor: Any) -> bool:
    """Whether nobody but this tensor knows its memory, so that it may move."""
    array_is_shared = tensor.array.base is not None or sys.getrefcount(tensor.array) > 2
    return tensor.storage is None and not array_is_shared
