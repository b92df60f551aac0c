"""Lesson 14: what is checked."""

from __future__ import annotations

import math
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinygrad_optim.course import Check, Exercise, Wrong
from tinygrad_optim.optim import Optimizer
from tinygrad_optim.optim.sgd import sgd

# ---- lion_after_two_steps ----------------------------------------------------------------------------------


def draw_lion(random: Random) -> dict[str, Any]:
    """Gradients that turn at the second step: of the first weight the memory wins, of the second the gradient."""
    small = [round(random.uniform(0.01, 0.03), 2) for _ in range(2)]
    first = [round(small[0] * random.randint(20, 40), 2), round(small[1] * random.randint(3, 8), 2)]
    signs = [random.choice([-1, 1]) for _ in range(2)]
    return {
        "w": [round(random.uniform(1, 3), 1), round(random.uniform(-3, -1), 1)],
        "first": [sign * g for sign, g in zip(signs, first)],
        "second": [-sign * g for sign, g in zip(signs, small)],
        "lr": random.choice([0.1, 0.2]),
        "betas": [0.9, 0.99],
        "weight_decay": random.choice([0.1, 0.5]),
    }


def ask_lion(
    w: list[float], first: list[float], second: list[float], lr: float, betas: list[float], weight_decay: float
) -> str:
    return (
        f"Two weights are {w[0]} and {w[1]}.\n"
        f"Lion has lr={lr}, betas=({betas[0]}, {betas[1]}) and weight_decay={weight_decay}.\n"
        f"The gradients are {first[0]} and {first[1]} at the first step, {second[0]} and {second[1]} at the second.\n"
        "What are the weights after the second step?"
    )


def call_lion(exercises: Any, **inputs: Any) -> Any:
    return [float(number) for number in exercises.lion_after_two_steps(**inputs)]


def expect_lion(
    w: list[float], first: list[float], second: list[float], lr: float, betas: list[float], weight_decay: float
) -> list[float]:
    """The lesson's Lion, run for two steps."""
    import tinygrad_optim as torch
    from tinygrad_optim.optim import Optimizer

    class Lion(Optimizer):
        def rule(p, g, exp_avg, *, lr, betas, weight_decay):
            c = betas[0] * exp_avg + (1 - betas[0]) * g
            p = p - lr * weight_decay * p
            return p - lr * np.sign(c), betas[1] * exp_avg + (1 - betas[1]) * g

        rule = staticmethod(rule)

        def __init__(self, params, lr, betas, weight_decay):
            super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

        def start_state(self, p, group):
            return {"exp_avg": p.state_like(0.0)}

    weights = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    optimizer = Lion([weights], lr, betas, weight_decay)
    for gradient in (first, second):
        weights.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    return weights.tolist()


def lion_with(blend: Any, shrink: Any) -> Any:
    """A wrong Lion: blend(beta1, memory, new memory, g) is its direction, shrink(lr, weight_decay) what w loses."""

    def answer(
        w: list[float], first: list[float], second: list[float], lr: float, betas: list[float], weight_decay: float
    ) -> list[float]:
        found = []
        for p, *gradients in zip(w, first, second):
            memory = 0.0
            for g in gradients:
                new = betas[1] * memory + (1 - betas[1]) * g
                c = blend(betas[0], memory, new, g)
                p = p * (1 - shrink(lr, weight_decay)) - lr * math.copysign(1, c)
                memory = new
            found.append(p)
        return found

    return answer


def right_blend(beta1: float, memory: float, new: float, g: float) -> float:
    return beta1 * memory + (1 - beta1) * g


LION = Exercise(
    name="lion_after_two_steps",
    kind="predict",
    checks=(
        Check(
            says="the sign is that of a blend of memory and gradient, and each weight shrinks besides",
            draw=draw_lion, call=call_lion, expected=expect_lion, points=2, cases=1, tolerance=5e-4,
        ),
    ),
    wrong=(
        Wrong(
            "the sign of the gradient itself",
            lion_with(lambda beta1, memory, new, g: g, lambda lr, decay: lr * decay),
            "Your weights follow the sign of each gradient. What does Lion take the sign of, and how large is the "
            "memory after the first step?",
        ),
        Wrong(
            "the sign of the new memory",
            lion_with(lambda beta1, memory, new, g: new, lambda lr, decay: lr * decay),
            "You took the sign of the memory after it was brought up to date. Lion has two betas: one for the blend "
            "that gives the direction, one for what is remembered. Which is which?",
        ),
        Wrong(
            "no weight decay",
            lion_with(right_blend, lambda lr, decay: 0.0),
            "The directions are right, and the weights are a little too large. Which option have you not used yet?",
        ),
        Wrong(
            "the decay without lr",
            lion_with(right_blend, lambda lr, decay: decay),
            "The directions are right, but the weights shrink too much. By how much does AdamW shrink a weight in one "
            "step?",
        ),
    ),
    hints=(
        "Do the two weights one after the other, each step in this order: the blend c, the weight, the memory.",
        "At the first step the memory is 0, so c has the sign of the gradient. After it the memory is 0.01 times the "
        "first gradient (beta2 is 0.99).",
        "At the second step compare 0.9 times the memory with 0.1 times the second gradient: the larger one gives the "
        "sign. Each step also multiplies the weight by 1 - lr * weight_decay.",
    ),
    question=ask_lion,
)  # fmt: skip

# ---- qhm ---------------------------------------------------------------------------------------------------


def draw_qhm(random: Random) -> dict[str, Any]:
    return {
        "start": [round(random.uniform(-2, 2), 1) for _ in range(3)],
        "gradients": [[round(random.uniform(-2, 2), 1) for _ in range(3)] for _ in range(3)],
        "lr": random.choice([0.1, 0.2, 0.5]),
        "beta": random.choice([0.5, 0.8, 0.9]),
        "nu": random.choice([0.2, 0.3, 0.6, 0.7]),
    }


def call_qhm(exercises: Any, start: Any, gradients: Any, lr: float, beta: float, nu: float) -> Any:
    import tinygrad_optim as torch
    from tinygrad_optim.optim import Optimizer

    class Made(Optimizer):
        rule = staticmethod(exercises.qhm)

        def __init__(self, params, lr, beta, nu):
            super().__init__(params, {"lr": lr, "beta": beta, "nu": nu})

    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = Made([w], lr, beta, nu)
    found = []
    for gradient in gradients:
        w.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        found.append(w.tolist())
    kept = {key: value.tolist() for key, value in optimizer.state[w].items()}
    return {"w after each step": found, "state at the end": kept}


def expect_qhm(start: list[float], gradients: list[list[float]], lr: float, beta: float, nu: float) -> Any:
    """Two real SGDs, one plain and one whose dampening makes its velocity a running mean, mixed by nu."""
    import tinygrad_optim as torch
    from tinygrad_optim import optim

    ways, buffer = [], None
    for options in ({}, {"momentum": beta, "dampening": beta}):
        w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = optim.SGD([w], lr=lr, **options)
        way = []
        for gradient in gradients:
            w.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            way.append(np.array(w.tolist()))
        ways.append(way)
        buffer = optimizer.state[w].get("momentum_buffer") if options else None
    mixed = [((1 - nu) * one + nu * other).tolist() for one, other in zip(*ways)]
    return {"w after each step": mixed, "state at the end": {"momentum_buffer": buffer.tolist()}}


def draw_inputs(random: Random) -> dict[str, Any]:
    return {name: [round(random.uniform(1, 2), 1) for _ in range(2)] for name in ("p", "g", "momentum_buffer")}


def call_qhm_reads(exercises: Any, p: list[float], g: list[float], momentum_buffer: list[float]) -> Any:
    import numpy as np

    given = {"p": np.array(p), "g": np.array(g), "momentum_buffer": np.array(momentum_buffer)}
    moved, _ = exercises.qhm(*given.values(), lr=0.1, beta=0.5, nu=0.5)
    after = {name: array.tolist() for name, array in given.items()}
    return {**after, "the parameter returned is another": np.shape(moved) == np.shape(p) and moved.tolist() != p}


def expect_unchanged(**inputs: Any) -> Any:
    return {**inputs, "the parameter returned is another": True}


def qhm_from_nothing(p, g, momentum_buffer, *, lr, beta, nu):
    v = beta * (0 * g if momentum_buffer is None else momentum_buffer) + (1 - beta) * g
    return p - lr * ((1 - nu) * g + nu * v), v


def qhm_swapped(p, g, momentum_buffer, *, lr, beta, nu):
    v = g if momentum_buffer is None else beta * momentum_buffer + (1 - beta) * g
    return p - lr * (nu * g + (1 - nu) * v), v


def qhm_old_memory(p, g, momentum_buffer, *, lr, beta, nu):
    old = g if momentum_buffer is None else momentum_buffer
    v = g if momentum_buffer is None else beta * momentum_buffer + (1 - beta) * g
    return p - lr * ((1 - nu) * g + nu * old), v


def qhm_undamped(p, g, momentum_buffer, *, lr, beta, nu):
    v = g if momentum_buffer is None else beta * momentum_buffer + g
    return p - lr * ((1 - nu) * g + nu * v), v


def qhm_without_brackets(p, g, momentum_buffer, *, lr, beta, nu):
    v = g if momentum_buffer is None else beta * momentum_buffer + (1 - beta) * g
    return p - lr * (1 - nu) * g + nu * v, v


def qhm_in_place(p, g, momentum_buffer, *, lr, beta, nu):
    if momentum_buffer is None:
        momentum_buffer = g + 0
    else:
        momentum_buffer *= beta
        momentum_buffer += (1 - beta) * g
    p -= lr * ((1 - nu) * g + nu * momentum_buffer)
    return p, momentum_buffer


QHM = Exercise(
    name="qhm",
    kind="write",
    checks=(
        Check(
            says="three steps go where descent along the gradient and along its running mean, mixed by nu, go",
            draw=draw_qhm, call=call_qhm, expected=expect_qhm, points=3,
        ),
        Check(
            says="p, g and momentum_buffer are as they were after the rule has moved p",
            draw=draw_inputs, call=call_qhm_reads, expected=expect_unchanged,
        ),
    ),
    wrong=(
        Wrong(
            "the memory begins at 0", qhm_from_nothing,
            "Your first buffer is smaller than the first gradient. What is v at the first step?",
        ),
        Wrong(
            "nu for the gradient, 1 - nu for the memory", qhm_swapped,
            "Try nu = 0 on paper: what should be left of the formula then, and what does yours leave?",
        ),
        Wrong(
            "the step goes along the memory as it was before", qhm_old_memory,
            "The buffer you return is right. Which v goes into the step, the one before this gradient or the one "
            "after?",
        ),
        Wrong(
            "the gradient is added whole to the memory", qhm_undamped,
            "Let the gradient be 1 at every step. A running mean of ones is 1; what does your buffer grow to?",
        ),
        Wrong(
            "lr and the minus reach the gradient alone", qhm_without_brackets,
            "The buffer is right, the weight is not. In the formula lr and the minus stand before a mixture of two "
            "things. Which of the two do they reach in yours?",
        ),
        Wrong(
            "it writes into what it is given", qhm_in_place,
            "`-=`, `+=` and `*=` on an array change that array, which still belongs to the caller. Make new ones.",
        ),
    ),
    hints=(
        "Two lines are enough: one for v, one for the return.",
        "`momentum_buffer is None` tells the first step from the others.",
        "v = g if momentum_buffer is None else ...; then return the new p, a comma, and v.",
    ),
)  # fmt: skip

# ---- RelativeDescent ---------------------------------------------------------------------------------------


def draw_relative(random: Random) -> dict[str, Any]:
    def numbers() -> list[float]:
        return [random.choice([-1, 1]) * round(random.uniform(0.5, 3), 1) for _ in range(4)]

    return {
        "weights": [numbers(), numbers()],
        "gradients": [[numbers(), numbers()] for _ in range(2)],
        "lrs": [random.choice([0.1, 0.2]), random.choice([0.3, 0.05])],
    }


def call_relative(exercises: Any, weights: Any, gradients: Any, lrs: list[float]) -> Any:
    """Of each step and weight matrix: how far it went for its length, and the cosine of its way and the gradient."""
    import numpy as np

    import tinygrad_optim as torch

    ws = [torch.tensor(numbers, dtype=torch.float64).view(2, 2).requires_grad_() for numbers in weights]
    optimizer = exercises.RelativeDescent([{"params": [ws[0]], "lr": lrs[0]}, {"params": [ws[1]]}], lr=lrs[1])
    found = []
    for step in gradients:
        before = [np.array(w.tolist()) for w in ws]
        for w, numbers in zip(ws, step):
            w.grad = torch.tensor(numbers, dtype=torch.float64).view(2, 2)
        optimizer.step()
        for w, old in zip(ws, before):
            way, g = np.array(w.tolist()) - old, np.array(w.grad.tolist())
            length = float(np.linalg.norm(way))
            cosine = float((way * g).sum() / (length * np.linalg.norm(g))) if length else 0.0
            found.append({"length of step / length of w": length / float(np.linalg.norm(old)), "cosine": cosine})
    return found


def expect_relative(weights: Any, gradients: Any, lrs: list[float]) -> Any:
    """What the exercise says in words: lr long for its length, and straight against the gradient."""
    return [{"length of step / length of w": lr, "cosine": -1.0} for _ in gradients for lr in lrs]


def draw_large(random: Random) -> dict[str, Any]:
    return {"elements": 200_000, "lr": random.choice([0.1, 0.2]), "steepest": random.randint(5, 9)}


def call_large(exercises: Any, elements: int, lr: float, steepest: int) -> Any:
    import numpy as np

    import tinygrad_optim as torch

    w = torch.ones(elements, dtype=torch.float64, requires_grad=True)
    g = np.linspace(0.0, steepest, elements)
    w.grad = torch.from_numpy(g.copy())
    exercises.RelativeDescent([w], lr=lr).step()
    way = w.detach().numpy() - 1
    length = float(np.linalg.norm(way))
    cosine = float(way @ g / length / np.linalg.norm(g))
    return {"length of step / length of w": length / elements**0.5, "cosine": cosine}


def expect_large(elements: int, lr: float, steepest: int) -> Any:
    return {"length of step / length of w": lr, "cosine": -1.0}


def draw_still(random: Random) -> dict[str, Any]:
    return {"w": [round(random.uniform(1, 2), 1) for _ in range(3)]}


def call_still(exercises: Any, w: list[float]) -> Any:
    import numpy as np

    import tinygrad_optim as torch

    p = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    p.grad = torch.zeros(3, dtype=torch.float64)
    optimizer = exercises.RelativeDescent([p])
    with np.errstate(all="ignore"):
        optimizer.step()
    lr = optimizer.param_groups[0]["lr"]
    return {"w": p.tolist(), "lr by default": lr, "parameters with state": len(optimizer.state)}


def expect_still(w: list[float]) -> Any:
    return {"w": w, "lr by default": 0.01, "parameters with state": 0}


def relative(p, g, *, lr):
    length = np.sqrt((g * g).sum())
    return (p - lr * (np.sqrt((p * p).sum()) / length) * g if length else p,)


def relative_each(p, g, *, lr):
    return (p - lr * np.abs(p) * np.sign(g),)


def relative_normed(p, g, *, lr):
    length = np.sqrt((g * g).sum())
    return (p - lr * g / length if length else p,)


def relative_careless(p, g, *, lr):
    return (p - lr * (np.sqrt((p * p).sum()) / np.sqrt((g * g).sum())) * g,)


class InPieces(Optimizer):
    rule = staticmethod(relative)

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        super().__init__(params, {"lr": lr})


class Each(InPieces):
    rule = staticmethod(relative_each)


class Normed(InPieces):
    rule = staticmethod(relative_normed)
    elementwise = False


class Careless(InPieces):
    rule = staticmethod(relative_careless)
    elementwise = False


RELATIVE = Exercise(
    name="RelativeDescent",
    kind="write",
    checks=(
        Check(
            says="each step is its group's lr times as long as the parameter, and goes straight against the gradient",
            draw=draw_relative, call=call_relative, expected=expect_relative, points=2,
        ),
        Check(
            says="that holds of a very large parameter as a whole, too",
            draw=draw_large, call=call_large, expected=expect_large, cases=1, tolerance=1e-6,
        ),
        Check(
            says="where the gradient is 0 nothing moves; lr is 0.01 unless said otherwise; nothing is remembered",
            draw=draw_still, call=call_still, expected=expect_still, cases=1,
        ),
    ),
    wrong=(
        Wrong(
            "the optimizer is not told that the rule looks at all elements", InPieces,
            "Small parameters are right, and a large one is not. What may an optimizer do with a large parameter, "
            "unless the class says that each element's step depends on all?",
        ),
        Wrong(
            "each element is scaled by itself", Each,
            "Every element of yours moves by lr times itself, so the direction is no longer the gradient's. |p| and "
            "|g| are one number each, for the whole parameter.",
        ),
        Wrong(
            "the length of p is left out", Normed,
            "Your steps are lr long, whatever the parameter's length. Which factor of the formula is missing?",
        ),
        Wrong(
            "0 divided by 0", Careless,
            "What does your rule compute where every element of the gradient is 0? Look at the weights after that "
            "step.",
        ),
    ),
    hints=(
        "Begin with the rule alone: a function of p, g and, after a *, lr. Call it with the numbers of the example.",
        "The length of an array is ((a * a).sum()) ** 0.5. If that of the gradient is 0, return (p,).",
        "In the class: rule = staticmethod(your_function), and an __init__ that hands on params and dict(lr=lr).",
        "One more line in the class, as RestartingBall has it in the lesson: each element's step depends on all "
        "elements.",
    ),
)  # fmt: skip

# ---- mended ------------------------------------------------------------------------------------------------


def call_mended_reads(exercises: Any, p: list[float], g: list[float], momentum_buffer: list[float]) -> Any:
    import numpy as np

    given = {"p": np.array(p), "g": np.array(g), "momentum_buffer": np.array(momentum_buffer)}
    moved, _ = exercises.mended(*given.values(), lr=0.1, momentum=0.5, weight_decay=0.1)
    after = {name: array.tolist() for name, array in given.items()}
    return {**after, "the parameter returned is another": np.shape(moved) == np.shape(p) and moved.tolist() != p}


def draw_gathered(random: Random) -> dict[str, Any]:
    return {
        "start": [round(random.uniform(1, 2), 1) for _ in range(2)],
        "slopes": [[round(random.uniform(-2, 2), 1) for _ in range(2)] for _ in range(4)],
        "options": {"lr": 0.1, "momentum": random.choice([0.5, 0.9]), "weight_decay": random.choice([0.1, 0.2])},
    }


def call_gathered(exercises: Any, start: list[float], slopes: list[list[float]], options: dict[str, float]) -> Any:
    """Four batches; before the second one zero_grad() is left out, so that gradients are gathered."""
    import warnings

    import tinygrad_optim as torch
    from tinygrad_optim.optim import Optimizer

    class Made(Optimizer):
        rule = staticmethod(exercises.mended)

        def __init__(self, params, lr, momentum, weight_decay):
            super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = Made([w], **options)
    found = []
    with warnings.catch_warnings():  # that one is left out is said, and meant
        warnings.simplefilter("ignore")
        for number, slope in enumerate(slopes):
            if number != 1:
                optimizer.zero_grad()
            (torch.tensor(slope, dtype=torch.float64) * w * w).sum().backward()
            optimizer.step()
            found.append(w.tolist())
    return {"w after each step": found, "gradient after the last": w.grad.tolist()}


def sgd_rule(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    return sgd(p, g, momentum_buffer, lr=lr, momentum=momentum, weight_decay=weight_decay, dampening=0, nesterov=False,
               maximize=False)  # fmt: skip


def expect_gathered(**inputs: Any) -> Any:
    """The same with the package's rule."""
    return call_gathered(SimpleNamespace(mended=sgd_rule), **inputs)


def draw_plain(random: Random) -> dict[str, Any]:
    return {name: round(random.uniform(1, 2), 1) for name in ("p", "g", "momentum_buffer")}


def call_plain(exercises: Any, p: float, g: float, momentum_buffer: float) -> Any:
    options = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1}
    first = exercises.mended(p, g, None, **options)
    later = exercises.mended(p, g, momentum_buffer, **options)
    return {"new p and velocity, first step": list(first), "new p and velocity, later": list(later)}


def expect_plain(**inputs: float) -> Any:
    return call_plain(SimpleNamespace(mended=sgd_rule), **inputs)


def mended_gradient(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    g = g + weight_decay * p
    v = g
    if momentum_buffer is not None:
        v = momentum_buffer
        v *= momentum
        v += g
    p -= lr * v
    return p, v


def mended_but_velocity(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    g = g + weight_decay * p
    v = g
    if momentum_buffer is not None:
        v = momentum_buffer
        v *= momentum
        v += g
    return p - lr * v, v


def mended_but_parameter(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    g = g + weight_decay * p
    v = g if momentum_buffer is None else momentum * momentum_buffer + g
    p -= lr * v
    return p, v


def mended_for_arrays(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    g = g + weight_decay * p
    v = g.copy() if momentum_buffer is None else momentum_buffer.copy() * momentum + g
    return p - lr * v, v


def mended_but_gradient(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    g += weight_decay * p
    v = g if momentum_buffer is None else momentum * momentum_buffer + g
    return p - lr * v, v


def mended_decay_apart(p, g, momentum_buffer, *, lr, momentum, weight_decay):
    v = g if momentum_buffer is None else momentum * momentum_buffer + g
    return p - lr * (v + weight_decay * p), v


MENDED = Exercise(
    name="mended",
    kind="find",
    checks=(
        Check(
            says="p, g and momentum_buffer are as they were after the rule has moved p",
            draw=draw_inputs, call=call_mended_reads, expected=expect_unchanged,
        ),
        Check(
            says="an optimizer with this rule moves as SGD does, also while gradients of two batches are gathered",
            draw=draw_gathered, call=call_gathered, expected=expect_gathered,
            catches=("gradients_overwritten",),
        ),
        Check(
            says="of plain numbers it makes what SGD's rule makes of them",
            draw=draw_plain, call=call_plain, expected=expect_plain,
        ),
    ),
    wrong=(
        Wrong(
            "only the gradient is spared", mended_gradient,
            "The gradient stays as it was now. Two other things are still written into: look for `*=`, `+=` and `-=`.",
        ),
        Wrong(
            "the velocity is still written into", mended_but_velocity,
            "`v = momentum_buffer` makes no copy: both names mean one array. What does `v *= momentum` do to it?",
        ),
        Wrong(
            "the parameter is still written into", mended_but_parameter,
            "The gradient and the velocity stay as they were now. One `-=` is left: whose array does it change?",
        ),
        Wrong(
            "a copy is made with copy()", mended_for_arrays,
            "For arrays yours is right. A plain number has no copy(), and needs none: `a * b + c` is new by itself, "
            "for numbers as for arrays.",
        ),
        Wrong(
            "the gradient is still written into", mended_but_gradient,
            "One `+=` is left, and it is the one that people noticed in p.grad.",
        ),
        Wrong(
            "the decay no longer goes through the velocity", mended_decay_apart,
            "Nothing is written into any more, but the numbers differ from SGD's. In SGD the decay is part of the "
            "gradient before the velocity is made.",
        ),
    ),
    hints=(
        "`a = a + b` makes a new array and gives it the name a. `a += b` changes the array that everyone calls a.",
        "There are four such lines in it. Which of the three arguments does each one change?",
        "Three lines do: a new g with the decay in it, a new v, and a return with the new p written out.",
    ),
)  # fmt: skip

EXERCISES = (LION, QHM, RELATIVE, MENDED)
