"""Optimizer: it holds the parameters in groups, each with its own options, and `step()` moves them.

What the update of one parameter is stands in the algorithm's own file, as a pure function: its *rule*.
Everything else is here: the groups, the state that a rule keeps from step to step, and the loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from .. import occasions
from ..grad_mode import enable_grad
from . import apply_rule, group_checks as checks
from .hooks import Hooks, register_optimizer_step_post_hook, register_optimizer_step_pre_hook  # noqa: F401
from .param_group import ParamGroup, as_groups, as_number, as_parameters, required
from .rule_binding import Bound
from .state_dict import Kept

Params = Iterable[Any]  # of parameters, of (name, parameter) pairs, or of dicts: groups


class Optimizer(Bound, Kept):
    """The base of all optimizers.

    params: the parameters, or (name, parameter) pairs, or dicts: each a group with its own options.
    defaults: every option's value for the groups that do not give it.
    TypeError, ValueError or KeyError, with nothing changed, for what cannot be optimized so.
    """

    rule: ClassVar[Callable[..., Any] | None] = None  # (p, g, *state, **numbers) -> (new p, *new state)
    numbers: ClassVar[dict[str, Callable[..., float]]] = {}  # state that is one number: how it advances,
    numbers_after: ClassVar[dict[str, Callable[..., float]]] = {}  # before the rule is applied or after it
    through_numbers: ClassVar[tuple[str, ...]] = ()  # options that act through these, where no gradient goes
    elementwise: ClassVar[bool] = True  # each element's update depends on that element alone
    tuples: ClassVar[tuple[str, ...]] = ()  # options that are several numbers, which the subclass checks itself
    state_keys: tuple[str, ...] = ()  # what the rule's signature asks for: read when the class is made
    option_keys: tuple[str, ...] = ()

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)  # by parameter
        self.param_groups: list[ParamGroup] = []
        self.hooks = Hooks()
        checks.check_options(self, defaults, "the defaults")
        for param_group in as_groups(params):
            self.add_param_group(param_group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group: {"params": [...], option: value, ...}. Options it does not give are the defaults."""
        where = f"group {len(self.param_groups)}"
        checks.check_is_group(param_group, where)
        group = ParamGroup(param_group)  # a copy: the caller's dict stays as it is
        group["params"], names = as_parameters(param_group["params"], where)
        if names:
            group["param_names"] = names
        for option, default in self.defaults.items():
            if option not in group:
                if default is required:
                    raise ValueError(f"{where} didn't specify a value of required optimization parameter {option}")
                group.fill_in(option, default)
        checks.check_parameters(group, where)
        checks.check_options(self, group, where)
        checks.check_disjoint(self.param_groups, group, where)
        self.param_groups.append(group)
        for look in occasions.group_added:
            look(self, group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every parameter's gradient (or, with set_to_none=False, fill it with zeros)."""
        for look in occasions.zero_grad:
            look(self)
        for group in self.param_groups:
            for p in group["params"]:
                p.clear_gradient(set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move each parameter that has a gradient, as the rule says with its group's options.

        closure: computes the loss anew and calls backward(); its value is returned.
        RuntimeError, before anything is written, if a gradient does not fit its parameter.
        """
        if self.hooks:
            return self.hooks.step_between(self, *([] if closure is None else [closure]))
        if self.rule is None:
            raise NotImplementedError(f"{type(self).__name__} has neither a rule nor a step() of its own")
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        checks.check_step(self)

        for group in self.param_groups:
            numbers = self.options_of(group)
            if apply_rule.step_group(self, group, numbers):
                continue
            for p in group["params"]:
                if p.gradient is not None:
                    state, before = self.prepare(p, group, numbers)
                    p_new, *after = self.rule(p.array, p.gradient, *before, **numbers)
                    self.write_back(p, state, p_new, after, numbers)
        return loss

    def options_of(self, group: ParamGroup) -> dict[str, Any]:
        """The group's options that the rule asks for."""
        options = {}
        for key in self.option_keys:
            options[key] = as_number(group[key])
        return options

    def prepare(self, p: Any, group: ParamGroup, numbers: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        """The parameter's state, and its arrays for the rule (None: not there yet); sets the state's numbers."""
        state = self.state.get(p, {})
        if not state:
            state.update(self.start_state(p, group))
        for key, advance in self.numbers.items():
            numbers[key] = float(advance(state[key].array, numbers))
        for key in self.numbers_after:
            numbers[key] = float(state[key].array)
        before = []
        for key in self.state_keys:
            before.append(state[key].array if key in state else None)
        return state, before

    def write_back(self, p: Any, state: dict[str, Any], p_new: Any, after: list[Any], numbers: dict[str, Any]) -> None:
        """Write what the rule returned into the parameter and its state."""
        checks.check_returned(self, p, p_new, after)
        for key, new in zip(self.state_keys, after):
            if new is None:  # nothing to keep: what is there from before stays
                continue
            if key in state:
                state[key].write(new)
            else:
                state[key] = p.state_like(new)  # a copy: the rule may have handed on the gradient, or p, itself
        p.write(p_new)
        self.write_numbers(p, state, numbers)

    def write_numbers(self, p: Any, state: dict[str, Any], numbers: dict[str, Any]) -> None:
        """Write the state's numbers back, and keep the state if there is any."""
        for key in self.numbers:
            state[key].write(numbers[key])
        for key, advance in self.numbers_after.items():
            state[key].write(p.state_number(advance(state[key].array, numbers)).array)  # rounded as PyTorch's are
        if state:
            self.state[p] = state

    def start_state(self, p: Any, group: ParamGroup) -> dict[str, Any]:
        """What the rule keeps for a parameter before its first step; a subclass says what that is."""
        return {}
