"""The catalogue: each bug as the lines that it changes, and how it shows.

Nothing is told twice: a mutant is the package's own source with these lines in the place of those. Each has been met in
real programs; none makes a program crash at once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """In one function, some whole lines and what stands there instead.

    function: "module:function" or "module:Class.method", the module as seen from the package.
    was, becomes: the lines; of the indentation only the lines' relation to each other counts.
    """

    function: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Mutant:
    """One bug: its name, what is wrong in a sentence, how it shows, and the lines that make it."""

    name: str
    bug: str
    shows: str
    changes: tuple[Change, ...]


ENGINE = (
    Mutant(
        "no_topological_order",
        "The walk back takes things in the order in which it finds them, not each after all that was made from it.",
        "Wherever a computed value is used twice and its turn comes before its second gradient has: that one goes no "
        "further. Chains are right, and values used twice are right if they are leaves.",
        (
            Change("engine:topological_order", "found = set(roots)", "found, order = set(roots), []"),
            Change(
                "engine:topological_order",
                "for parent in stack.pop().parents:",
                "order.append(stack.pop())\nfor parent in reversed(order[-1].parents):",
            ),
            Change(
                "engine:topological_order",
                'return sorted(found, key=attrgetter("number"), reverse=True)',
                "return order",
            ),
        ),
    ),
    Mutant(
        "gradients_overwritten",
        "A gradient that arrives replaces the one that is there, where it should be added to it.",
        "Whatever is used twice keeps only the gradient that came last; so does a leaf over two backward passes.",
        (
            Change("value:Value.backward", "parent.grad += v.grad * local", "parent.grad = v.grad * local"),
            Change(
                "engine:walk_back",
                "arrived[parent] = arrived[parent] + contribution if parent in arrived else contribution",
                "arrived[parent] = contribution",
            ),
            Change("delivery:receive", "leaf.gradient += g", "leaf.gradient = g"),
        ),
    ),
    Mutant(
        "stale_inner_gradients",
        "A Value that was computed keeps its gradient of the last backward(), and the next one begins with it.",
        "The first backward() is right; each further one through the same Values brings too much to the leaves. "
        "Of Values alone: a Tensor's walk keeps the gradients on the way to itself.",
        (Change("value:Value.backward", "if v.parents or v.grad is None:", "if v.grad is None:"),),
    ),
    Mutant(
        "broadcast_averaged",
        "Where broadcasting repeated a value, the gradients of its copies are averaged, where they should be summed.",
        "A bias's gradient is too small by the number of rows; without broadcasting all is right.",
        (
            Change(
                "engine:unbroadcast",
                "summed = g.sum(axis=tuple(range(added))) if added > 0 else g  # the dimensions it put in front",
                "summed = g.mean(axis=tuple(range(added))) if added > 0 else g  # the dimensions it put in front",
            ),
            Change(
                "engine:unbroadcast",
                "summed = summed.sum(axis=tuple(axes), keepdims=True) if axes else summed",
                "summed = summed.mean(axis=tuple(axes), keepdims=True) if axes else summed",
            ),
        ),
    ),
)

RULES = (
    Mutant(
        "eps_outside",
        "Adam's eps is added after the division, where it should be added to what is divided by.",
        "Each step moves every weight by eps more, uphill or down; and a gradient of 0 makes the weight nan: 0 / 0.",
        (
            Change(
                "optim.adam:adam",
                "return p - lr * m_hat / (sqrt(v_hat) + eps), m, v, largest",
                "return p - lr * m_hat / sqrt(v_hat) + eps, m, v, largest",
            ),
        ),
    ),
    Mutant(
        "eps_inside_root",
        "Adam's eps is added under the square root, where it should be added to the root.",
        "Steps are too short where gradients are small: eps counts as sqrt(eps), 1e-4 for 1e-8.",
        (
            Change(
                "optim.adam:adam",
                "return p - lr * m_hat / (sqrt(v_hat) + eps), m, v, largest",
                "return p - lr * m_hat / sqrt(v_hat + eps), m, v, largest",
            ),
        ),
    ),
    Mutant(
        "bias_correction_off_by_one",
        "Adam corrects its running means as if one step more had been taken.",
        "The first steps are too short (the very first by a quarter); after a few dozen steps nothing shows.",
        (
            Change("optim.adam:adam", "m_hat = m / (1 - beta1**step)", "m_hat = m / (1 - beta1 ** (step + 1))"),
            Change(
                "optim.adam:adam",
                "v_hat = (largest if amsgrad else v) / (1 - beta2**step)",
                "v_hat = (largest if amsgrad else v) / (1 - beta2 ** (step + 1))",
            ),
        ),
    ),
    Mutant(
        "decay_in_the_gradient",
        "AdamW adds its weight decay to the gradient, as Adam does, where it should shrink the weight itself.",
        "All weights shrink by about lr a step, large and small alike; without weight decay nothing shows.",
        (
            Change(
                "optim.adam:adam",
                "if weight_decay and decoupled_weight_decay:\n    p = p * (1 - lr * weight_decay)",
                "if weight_decay and decoupled_weight_decay:\n    g = g + weight_decay * p",
            ),
        ),
    ),
    Mutant(
        "decay_after_momentum",
        "SGD adds its weight decay after the momentum, so that the velocity never hears of it.",
        "The first step is right; from the second on the weight shrinks too slowly. Without momentum, or without "
        "weight decay, nothing shows.",
        (
            Change(
                "optim.sgd:sgd",
                "if weight_decay:\n    g = g + weight_decay * p\nv = None",
                "v = None",
            ),
            Change(
                "optim.sgd:sgd",
                "return p - lr * g, v",
                "if weight_decay:\n    g = g + weight_decay * p\nreturn p - lr * g, v",
            ),
        ),
    ),
    Mutant(
        "nesterov_without_look_ahead",
        "SGD takes plain momentum whether Nesterov's is asked for or not.",
        "nesterov=True makes no difference; with it the first step should be 1 + momentum times as long.",
        (Change("optim.sgd:sgd", "g = g + momentum * v if nesterov else v", "g = v"),),
    ),
)

GROUPS = (
    Mutant(
        "stepped_twice",
        "The search for a parameter that is there twice asks for the parameter, where it should ask for its id.",
        "A parameter given in two groups, or twice in one, is taken without a word, and each step moves it twice.",
        (
            Change("optim.group_checks:check_parameters", "if id(p) in seen:", "if p in seen:"),
            Change("optim.group_checks:check_disjoint", "if id(p) in owners:", "if p in owners:"),
        ),
    ),
    Mutant(
        "default_wins",
        "A new group's options are filled in from the defaults even where the group gives them.",
        "All groups have the same learning rate, decay and so on, whatever was given.",
        (
            Change(
                "optim.optimizer:Optimizer.add_param_group",
                "if option not in group:",
                "if option not in group or default is not required:",
            ),
        ),
    ),
    Mutant(
        "zero_grad_misses_a_group",
        "zero_grad() forgets the gradients of the first group alone.",
        "In every other group gradients pile up from step to step; with one group nothing shows.",
        (
            Change(
                "optim.optimizer:Optimizer.zero_grad",
                "for group in self.param_groups:",
                "for group in self.param_groups[:1]:",
            ),
        ),
    ),
    Mutant(
        "group_missed_by_scheduler",
        "A schedule sets the learning rate of the first group alone.",
        "Every other group keeps the learning rate it began with; with one group nothing shows.",
        (
            Change(
                "optim.lr_scheduler.driver:LRScheduler._update_lr",
                "for group, lr in zip(self.optimizer.param_groups, lrs):",
                "for group, lr in zip(self.optimizer.param_groups[:1], lrs):",
            ),
        ),
    ),
)

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*ENGINE, *RULES, *GROUPS)}


def mutant_called(name: str) -> Mutant:
    """The mutant of this name. KeyError if there is none."""
    if name not in MUTANTS:
        raise KeyError(f"the museum has no {name!r}; it has {', '.join(MUTANTS)}")
    return MUTANTS[name]
