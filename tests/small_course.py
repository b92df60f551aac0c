"""A course of two small lessons, for the tests of what works through courses."""

from __future__ import annotations

from pathlib import Path

LESSON = """# %% [markdown]
# # 1. Small steps
#
# After this lesson you can take a step.

# %%
print(1 + 1)  # prints 2
"""
EXERCISES = '''"""Write each body."""

from __future__ import annotations


def next_weight(w: float, g: float) -> float:
    """Predict the weight after a step of SGD with lr 0.5."""
    raise NotImplementedError("return the number")


def running_sums(numbers: list[float]) -> list[float]:
    """The sum of the first number, of the first two, and so on."""
    raise NotImplementedError("a loop")


class Counter:
    """Counts: add(n) gives the count so far."""

    def add(self, n: int) -> int:
        """Count n more."""
        raise NotImplementedError("return the count")
'''
SUMS = """sums, total = [], 0.0
    for number in numbers:
        total += number
        sums.append(total)
    return sums"""
COUNT = """self.count = getattr(self, "count", 0) + n
        return self.count"""
STUBS = {"next_weight": "return the number", "running_sums": "a loop", "Counter": "return the count"}


def put(name: str, body: str, text: str = EXERCISES) -> str:
    """The exercises with one body written."""
    return text.replace(f'raise NotImplementedError("{STUBS[name]}")', body)


SOLUTIONS = put("next_weight", "return w - 0.5 * g", put("running_sums", SUMS, put("Counter", COUNT)))
CHECKS = '''"""What is checked."""

from itertools import accumulate

from tinygrad_optim import optim, tensor
from tinygrad_optim.course import Check, Exercise, Wrong


def draw_step(random):
    return {"w": random.randint(1, 9) / 2, "g": random.randint(1, 9) / 4}


def call_step(exercises, w, g):
    return exercises.next_weight(w, g)


def real_step(w, g):
    weight = tensor([w], requires_grad=True)
    (weight * g).sum().backward()
    optim.SGD([weight], lr=0.5).step()
    return weight.item()


def ask_step(w, g):
    return f"w is {w} and its gradient {g}. What is w after a step?"


def up(w, g):
    return w + 0.5 * g


def whole(w, g):
    return w - g


def nowhere(w, g):
    return w


def draw_numbers(random):
    return {"numbers": [random.randint(-9, 9) / 2 for _ in range(40)]}


def draw_two(random):
    return {"numbers": [random.randint(1, 9) / 2, random.randint(1, 9) / 4]}


def call_sums(exercises, numbers):
    return exercises.running_sums(numbers)


def real_sums(numbers):
    return list(accumulate(numbers))


def totals(numbers):
    return [sum(numbers)] * len(numbers)


def same(numbers):
    return list(numbers)


def last_first(numbers):
    return list(accumulate(numbers))[::-1]


def draw_counts(random):
    return {"counts": [random.randint(1, 9) for _ in range(3)]}


def call_counter(exercises, counts):
    counter = exercises.Counter()
    return [counter.add(n) for n in counts]


def real_counts(counts):
    return list(accumulate(counts))


class Forgetful:
    def add(self, n):
        return n


class ByOne:
    count = 0

    def add(self, n):
        self.count += 1
        return self.count


class Late:
    count = 0

    def add(self, n):
        before = self.count
        self.count += n
        return before


EXERCISES = (
    Exercise(
        "next_weight",
        "predict",
        (Check("a step goes against the gradient", draw_step, call_step, real_step, tolerance=5e-4),),
        (
            Wrong("the sign", up, "Which way is downhill?"),
            Wrong("no lr", whole, "How long is the step?"),
            Wrong("no step", nowhere, "Does it move?"),
        ),
        ("Think of the slope.", "Take lr times the gradient away."),
        ask_step,
    ),
    Exercise(
        "running_sums",
        "write",
        (
            Check("each sum has one more number", draw_numbers, call_sums, real_sums, points=2),
            Check("of two numbers there are two sums", draw_two, call_sums, real_sums),
        ),
        (
            Wrong("the sum of all", totals, "How many numbers has the first sum?"),
            Wrong("no sums", same, "What has gone before?"),
            Wrong("turned round", last_first, "Which sum comes first?"),
        ),
        ("Keep what you have.", "Add each number to the last sum."),
    ),
    Exercise(
        "Counter",
        "write",
        (Check("it counts on", draw_counts, call_counter, real_counts),),
        (
            Wrong("forgets", Forgetful, "Where does it keep the count?"),
            Wrong("ones", ByOne, "How many more?"),
            Wrong("late", Late, "Before or after?"),
        ),
        ("Keep the count.", "In self."),
    ),
)
'''
SECOND_CHECKS = '''"""One function, of which each check says nothing new."""

from tinygrad_optim.course import Check, Exercise, Wrong

NAMES = {names!r}


def drawing(name):
    def draw(random):
        return {{"name": name, "x": random.randint(3, 9) / 2}}

    return draw


def call(exercises, name, x):
    return getattr(exercises, name)(x)


def half(name, x):
    return x / 2


EXERCISES = tuple(
    Exercise(name, "write", (Check("gives half of x", drawing(name), call, half),), (), ("Halve.", "x / 2."))
    for name in NAMES
)
'''


def write_course(folder: Path, **odd: str) -> Path:
    """The course in this folder; the second lesson has an exercise of each of these names. Returns the folder."""
    names = tuple(odd) or ("halve",)
    stub = 'def {}(x: float) -> float:\n    """Half of x."""\n    raise NotImplementedError("return half of x")\n'
    second = "\n\n".join(stub.format(name) for name in names)
    write(folder / "01_small_steps", LESSON, EXERCISES, SOLUTIONS, CHECKS)
    title = LESSON.replace("1. Small steps", "2. Halves")
    solved = second.replace('raise NotImplementedError("return half of x")', "return x / 2")
    write(folder / "02_halves", title, second, solved, SECOND_CHECKS.format(names=names))
    return folder


def write(folder: Path, lesson: str, exercises: str, solutions: str, checks: str) -> None:
    folder.mkdir(parents=True)
    texts = {"lesson": lesson, "exercises": exercises, "solutions": solutions, "checks": checks}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
