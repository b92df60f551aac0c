"""The other ways to apply one rule to a group: in blocks, compiled, and on Tensors.

They give bitwise what applying it to each parameter gives, for a rule that is elementwise; what differs is how
often Python and the memory are visited. Which way is taken is said by the group's options, as in PyTorch:
`foreach=True` blocks, `fused=True` compiled, `differentiable=True` on Tensors. While someone watches (a tracer or
a debugger) and where nothing is said, the readable way is taken unless blocks are clearly faster.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import combinations, starmap
from typing import Any

import numpy as np

from ..same_code import on_tensors
from .compiled import kernel_for
from .group_checks import check_returned
from .large import Large
from .packs import BLOCK, Pack, Packing, known_keys, packing_of
from .program import is_own
from .rule_binding import numbers_of

COMPILABLE = ("float32", "float64")
MONITORING: Any = getattr(sys, "monitoring", None)  # from Python 3.12 on


def step_group(optimizer: Any, group: Any, numbers: dict[str, Any]) -> bool:
    """Update the group's parameters in one of these ways. False if one by one is the way."""
    way = way_for(optimizer, group)
    if way is None:
        return False
    way(optimizer, group, numbers)
    return True


def way_for(optimizer: Any, group: Any) -> Callable[..., None] | None:
    """The way this group's options ask for; None: one parameter at a time."""
    if group.get("differentiable"):
        return differentiably
    if not optimizer.elementwise or is_watched():
        return None
    asked = group.get("foreach")
    if group.get("fused"):
        way = compiled
    elif asked or (asked is None and pays(packing_of(group), optimizer.rule)):
        way = in_blocks
    else:
        return None
    # A parameter that is there twice moves twice, the second time from where the first has led.
    return way if packing_of(group).apart else None


def pays(packing: Packing, rule: Callable[..., Any]) -> bool:
    """Whether blocks are faster where nothing is said.

    Small parameters are packed for this package's rules alone: another may look at the whole of a parameter, and its
    class have forgotten to say `elementwise = False`.
    """
    return packing.has_large or (packing.has_many and is_own(rule))


def has_program(rule: Callable[..., Any], stretch: Stretch) -> bool:
    """Whether a program can move it: the rule can run on symbols, and its arrays are of one type and lie apart."""
    arrays = [a for a in stretch.flat if a is not None]
    kind = arrays[0].dtype
    is_plain = is_own(rule) and all([a.dtype == kind for a in arrays])
    return is_plain and not any(starmap(np.may_share_memory, combinations(arrays, 2)))


def is_watched() -> bool:
    """Whether a tracer or debugger is looking on: then the way that can be read is the right one."""
    return sys.gettrace() is not None or (
        MONITORING is not None and MONITORING.get_tool(MONITORING.DEBUGGER_ID) is not None
    )


class Stretch:
    """One parameter laid out flat, with its gradient and state: views, so that writing here writes there."""

    def __init__(self, optimizer: Any, group: Any, p: Any, numbers: dict[str, Any]) -> None:
        self.p = p
        self.state, before = optimizer.prepare(p, group, numbers)
        self.numbers = dict(numbers)
        arrays = [p.array, p.gradient, *before]
        there = [a for a in arrays if a is not None]
        order = "C" if all([a.flags.c_contiguous for a in there]) else "F"
        self.is_flat = order == "C" or all([a.flags.f_contiguous for a in there])
        self.order = order
        self.before = before
        self.flat: list[Any] = [a if a is None else a.ravel(order) for a in arrays] if self.is_flat else []
        # One loop or program is made for all stretches of one kind.
        kept = tuple([(numbers[key], self.state[key].dtype) for key in numbers_of(optimizer)])
        self.kind = (p.array.dtype, kept, tuple([a is None for a in before]))

    def finish(self, optimizer: Any, new_state: list[Any]) -> None:
        """Keep the state arrays that this step began, and the state's numbers; stamp the write."""
        for key, old, new in zip(optimizer.state_keys, self.before, new_state):
            if old is None and new is not None:
                self.state[key] = self.p.state_like(new.reshape(self.p.shape, order=self.order))
        self.p.stamp()
        optimizer.write_numbers(self.p, self.state, self.numbers)


def stretches(
    optimizer: Any, group: Any, params: list[Any], numbers: dict[str, Any], kinds: tuple[str, ...] = ()
) -> list[Stretch]:
    """A Stretch for each of these parameters with a gradient; one that cannot be laid flat is updated here and now.

    kinds: the types of numbers wanted, if not all; those of others are updated here and now too.
    """
    found = []
    for p in params:
        if p.gradient is None:
            continue
        stretch = Stretch(optimizer, group, p, numbers)
        if stretch.is_flat and (not kinds or p.array.dtype.name in kinds):
            found.append(stretch)
        else:
            p_new, *after = optimizer.rule(p.array, p.gradient, *stretch.before, **stretch.numbers)
            optimizer.write_back(p, stretch.state, p_new, after, stretch.numbers)
    return found


def in_blocks(optimizer: Any, group: Any, numbers: dict[str, Any]) -> None:
    """foreach=True: large parameters a block at a time, by a program where there is one; small ones packed."""
    packing = packing_of(group)
    kernels: dict[Any, Any] = {}
    for pack in packing.due:
        optimizer.prepare(pack.params[0], group, numbers)  # sets the numbers, which are the same for all of it
        pack.update(optimizer, numbers, kernels)
    if not packing.loose:
        return
    loose = [p for _, p in packing.loose if p.gradient is not None]
    for its_numbers, members in put_together(optimizer, group, loose, numbers):
        members.update(optimizer, its_numbers, kernels)
        if members.at_home:
            packing.keep(members)


def put_together(optimizer: Any, group: Any, params: list[Any], numbers: dict[str, Any]) -> Iterable[Any]:
    """(numbers, those of these parameters that can move together). One that moves with no other is updated here."""
    large = [p for p in params if p.array.size >= BLOCK // 2]
    kinds: dict[Any, list[Stretch]] = {}
    for stretch in stretches(optimizer, group, large, numbers):
        if has_program(optimizer.rule, stretch):
            kinds.setdefault(stretch.kind, []).append(stretch)
        else:
            cut(optimizer, stretch)
    for alike in kinds.values():
        yield alike[0].numbers, Large(optimizer, alike)
    small = [p for p in params if p.array.size < BLOCK // 2]
    for its_numbers, members in of_one_kind(optimizer, group, small, numbers):
        for some in to_a_block(members):
            yield its_numbers, Pack(optimizer, some, packing_of(group).room(some[0][0].dtype))


def of_one_kind(optimizer: Any, group: Any, params: list[Any], numbers: dict[str, Any]) -> Iterable[Any]:
    """(numbers, [(parameter, its state), ...]) of each kind: what can be handed to the rule end to end."""
    kinds: dict[Any, Any] = {}
    for p in params:
        state, _ = optimizer.prepare(p, group, numbers)
        known = tuple([(key, state[key].dtype) for key in known_keys(optimizer, state)])
        kind = p.array.dtype, known, tuple([numbers[key] for key in numbers_of(optimizer)])
        kinds.setdefault(kind, (dict(numbers), []))[1].append((p, state))
    return kinds.values()


def to_a_block(members: list[Any]) -> list[list[Any]]:
    """Members in their order, in lists of no more elements than a block has."""
    lists: list[list[Any]] = []
    room = 0
    for p, state in members:
        if not lists or p.array.size > room:
            lists.append([])
            room = BLOCK
        lists[-1].append((p, state))
        room -= p.array.size
    return lists


def cut(optimizer: Any, stretch: Stretch) -> None:
    """Update a large parameter block by block."""
    size = stretch.p.array.size
    new_state: list[Any] = [None] * len(stretch.before)
    for start in range(0, size, BLOCK):
        block = slice(start, start + BLOCK)
        arrays: list[Any] = [a if a is None else a[block] for a in stretch.flat]
        p_new, *after = optimizer.rule(*arrays, **stretch.numbers)
        check_returned(optimizer, arrays[0], p_new, after)
        arrays[0][...] = p_new
        for i, new in enumerate(after):
            if new is None:
                continue
            if stretch.before[i] is None and new_state[i] is None:
                new_state[i] = np.empty(size, stretch.p.array.dtype)
            target = stretch.flat[2 + i] if stretch.before[i] is not None else new_state[i]
            target[block] = new
    stretch.finish(optimizer, new_state)


def compiled(optimizer: Any, group: Any, numbers: dict[str, Any]) -> None:
    """fused=True: one compiled loop over each parameter, made from the rule itself. Needs the extra `fast`."""
    kernels: dict[Any, Any] = {}
    for stretch in stretches(optimizer, group, group["params"], numbers, COMPILABLE):
        if stretch.kind not in kernels:
            kernels[stretch.kind] = kernel_for(optimizer.rule, stretch.p.array.dtype, stretch.before, stretch.numbers)
        kernel, constants, begins = kernels[stretch.kind]
        p, g, *state = stretch.flat
        begun = [np.empty_like(p) if begin else None for begin in begins]
        kernel(
            p,
            g,
            *[old if old is not None else new for old, new in zip(state, begun) if old is not None or new is not None],
            constants,
        )
        stretch.finish(optimizer, begun)


def differentiably(optimizer: Any, group: Any, numbers: dict[str, Any]) -> None:
    """differentiable=True: the rule on Tensors, so that later losses have gradients through the step.

    Each parameter gets a new array and node; nothing is written in place. Options given as tensors (lr,
    momentum, weight_decay) take gradients too. What cannot be differentiated, check_step has refused before.
    """
    rule: Any = on_tensors(optimizer.rule)
    options = {key: group[key] for key in optimizer.option_keys}
    for p in group["params"]:
        if p.gradient is None:
            continue
        state, _ = optimizer.prepare(p, group, numbers)
        before = [state.get(key) for key in optimizer.state_keys]
        p_new, *after = rule(p, p.grad, *before, **{**numbers, **options})
        check_returned(optimizer, p, p_new, after)
        state.update({key: new for key, new in zip(optimizer.state_keys, after) if new is not None})
        p.array, p.node, p.needs_grad, p.storage = p_new.array, p_new.node, p_new.needs_grad, None
        optimizer.write_numbers(p, state, numbers)
