"""How an op is declared: what it computes, and a derivative rule for each argument that has one."""

from __future__ import annotations

from operator import itemgetter

from . import engine_errors
from .same_code import OP_OF, on_tensors


class Op:
    """One operation, declared once: what it computes, and a rule for each argument with a derivative.

    `forward` takes arrays (and plain options) and returns an array. A rule is named
    `<op>_vjp_<argument>`: from g, the gradient of the loss with respect to the result, it makes the
    gradient with respect to that argument (the vector-Jacobian product). What it reads it asks for by
    name: any of forward's arguments, `<argument>_shape`, and `out`, the result. Only that is kept.

    An op whose gradients share work has one rule instead, `<op>_vjp`, which returns them all in the order
    of the arguments; such an op may take any number of tensors (`*tensors`).

    Rules use operators, methods, numpy's functions and other ops' forwards, these by their bare names:
    so the same code also runs on Tensors, for second derivatives (same_code.py).
    """

    def __init__(self, forward, *rules, promotes=None, view=False, stands_for=()):
        self.name = forward.__name__.removesuffix("_forward")
        self.forward = forward
        self.promotes = promotes  # of the values: the dtype they must first be brought to, or None
        self.view = view  # the result may share its first argument's memory
        self.arguments = parameters_of(forward)
        by_name = {rule.__name__: rule for rule in rules}
        self.joint = by_name.pop(f"{self.name}_vjp", None)
        self.rules = [by_name.pop(f"{self.name}_vjp_{name}", self.joint) for name in self.arguments]
        if by_name:
            raise TypeError(f"{self.name}: no argument of {self.arguments} answers to {list(by_name)}")
        self.differentiable = any(self.rules)  # comparisons are not: their results have no history
        self.wants = [rule and parameters_of(rule)[1:] for rule in self.rules]
        wanted = {name for names in self.wants for name in names or ()}
        if view and "out" in wanted:
            raise TypeError(f"{self.name}: a view's rule cannot read `out`, whose memory is that of its source")
        self.shapes = [i for i, name in enumerate(self.arguments) if f"{name}_shape" in wanted]
        # What may be kept, in order; `reads` picks from it what each rule asks for.
        self.layout = [*self.arguments, *(f"{self.arguments[i]}_shape" for i in self.shapes), "out"]
        self.reads = [picker([self.layout.index(name) for name in names or ()]) for names in self.wants]
        self.plans = {}
        self.shape = None  # of the latest result: the next one's is likely to be the same
        OP_OF.update(dict.fromkeys((forward, *stands_for), self))

    def plan(self, kinds):
        """What to keep of arguments of these kinds (a ternary digit each, the first the lowest: 2 for a Tensor
        that wants a gradient, 1 for another, 0 for what is none): a picker of the values kept, or None, and one of
        the Tensors among them."""
        digits = [kinds // 3**i % 3 for i in range(len(self.arguments))]
        active = [i for i, digit in enumerate(digits) if digit == 2]
        if self.joint:
            active = [0]
        for i in active:
            if self.rules[i] is None:
                raise engine_errors.not_differentiable(self, self.arguments[i])
        wanted = {name for i in active for name in self.wants[i]}
        places = [i if name in wanted else -1 for i, name in enumerate(self.layout)]  # at -1 stands None
        places[-1] = -2 if "out" in wanted else -1
        tensors = [i for i, name in enumerate(self.arguments) if digits[i] and name in wanted]
        self.plans[kinds] = picker(places) if wanted else None, picker(tensors)
        return self.plans[kinds]

    def on_tensors(self, node):
        """What a node of this op kept, and the rules, for gradients that are Tensors themselves."""
        from .engine import kept_as_tensors  # which Tensors are, an op need not know otherwise

        return kept_as_tensors(node), [on_tensors(rule) for rule in self.rules]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def parameters_of(function):
    """The names of a function's positional parameters, in order."""
    return function.__code__.co_varnames[: function.__code__.co_argcount]


def picker(places):
    """A function that picks these places of a sequence; always a sequence, at the speed of C."""
    if len(places) < 2:
        return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
    return itemgetter(*places)
