"""Checks of lesson 2."""

from __future__ import annotations

from random import Random
from typing import Any

from tinygrad_optim import Value
from tinygrad_optim.course import Check, Exercise, Wrong
from tinygrad_optim.course.museum import exhibit
from tinygrad_optim.engine import topological_order

# ---- without_order ---------------------------------------------------------------------------------------


def draw_program(random: Random) -> dict[str, Any]:
    """Three numbers for which each way to go wrong gives a number of its own."""
    while True:
        drawn = {name: float(random.choice((-4, -3, -2, 2, 3, 4, 5))) for name in "akc"}
        answers = [wrong_gradient(**drawn), *(wrong.answer(**drawn) for wrong in WITHOUT_ORDER)]
        if len(set(answers)) == len(answers):
            return drawn


def ask_for_wrong_gradient(a: float, k: float, c: float) -> str:
    return f"""    a = Value({a})
    s = a * {k}
    t = s * {c}
    u = s * (s + t)
    u.backward()

The engine takes the values as it finds them. What does it leave in a.grad?"""


def call_without_order(exercises: Any, a: float, k: float, c: float) -> Any:
    return exercises.without_order(a, k, c)


def wrong_gradient(a: float, k: float, c: float) -> float:
    """By the engine itself, with its order taken away."""
    with exhibit("no_topological_order"):
        leaf = Value(a)
        s = leaf * k
        t = s * c
        (s * (s + t)).backward()
    return leaf.grad


WITHOUT_ORDER = (
    Wrong(
        "the right gradient",
        lambda a, k, c: 2 * k * a * k * (1 + c),
        "That is the gradient a sound engine finds. Write down the order of this one: has everything arrived at `s` "
        "when its turn comes?",
    ),
    Wrong(
        "what b brings to s is counted too",
        lambda a, k, c: k * (a * k * (1 + c) + a * k),
        "You let `s` hand on what `b` brings to it. Which of the two is found first?",
    ),
    Wrong(
        "the gradient of s",
        lambda a, k, c: a * k * (1 + c),
        "That is what `s` has when its turn comes. What does it hand on to `a`?",
    ),
    Wrong(
        "only the other path",
        lambda a, k, c: k * a * k,
        "`s` is a parent of `u` and of `b`. Which of the two brings its gradient before the turn of `s`, and how much?",
    ),
)

# ---- two_results -----------------------------------------------------------------------------------------


def draw_bed(random: Random) -> dict[str, Any]:
    return {"a": float(random.randint(2, 9)), "k": random.choice((0.5, 2.0, 3.0, 4.0, 5.0))}


def call_two_results(exercises: Any, a: float, k: float) -> Any:
    return exercises.two_results(a, k)


def two_slopes(a: float, k: float) -> list[float]:
    """By hand: the area is ka * (ka + 1), its slope 2kka + k; the fence is 4ka + 2."""
    return [2 * k * k * a + k, 2 * k * k * a + k + 4 * k]


TWO_RESULTS = (
    Wrong(
        "the gradient is taken away between the two",
        lambda a, k: [2 * k * k * a + k, 4 * k],
        "The second number is the fence's gradient alone. Who took away what was there from the area?",
    ),
    Wrong(
        "the width's gradient",
        lambda a, k: [2 * k * a + 1, 4.0],
        "Those are gradients of the width. The leaf is the Value that the width was made from.",
    ),
    Wrong(
        "one call for both",
        lambda a, k: [2 * k * k * a + 5 * k] * 2,
        "Both numbers have the area and the fence in them. Note the leaf's gradient after the first call, before the "
        "second.",
    ),
    Wrong(
        "the width and the length have leaves of their own",
        lambda a, k: [k * (k * a + 1), k * (k * a + 1) + 2 * k],
        "Only what goes through the width has arrived. Is your length made from the very width that is in the area?",
    ),
)

# ---- in_order --------------------------------------------------------------------------------------------


def draw_graph_of(random: Random) -> dict[str, Any]:
    """Eight names; each after the first is made from one or two before it, the last from the one before."""
    names = [f"v{i}" for i in range(8)]
    made_from: dict[str, list[str]] = {"v0": []}
    for i in range(1, 8):
        made_from[names[i]] = random.sample(names[:i], min(i, random.choice((1, 2, 2))))
        if names[i - 1] not in made_from[names[i]]:
            made_from[names[i]][random.randrange(len(made_from[names[i]]))] = names[i - 1]
    return {"made_from": made_from, "numbers": random.sample(range(100), 8)}


def draw_far_and_near(random: Random) -> dict[str, Any]:
    """A value that the result is made from directly and over a detour; as its first parent or as its second."""
    ends = random.sample(["s", "far"], 2)
    made_from = {"a": [], "s": ["a"], "near": ["s"], "far": ["near"], "result": ends}
    return {"made_from": made_from, "numbers": random.sample(range(100), 5)}


def call_in_order(exercises: Any, made_from: dict[str, list[str]], numbers: list[int]) -> Any:
    """What is wrong with the order: nothing, if the lists are empty."""
    from tinygrad_optim import Value

    values: dict[str, Any] = {}
    for name, parents in made_from.items():
        values[name] = Value(1.0, tuple(values[parent] for parent in parents), (1.0,) * len(parents), name=name)
    for value, number in zip(values.values(), numbers):
        value.number = number
    answer = exercises.in_order(list(values.values())[-1])
    if not isinstance(answer, list):
        return f"returned a {type(answer).__name__}, not a list"
    order = [getattr(value, "name", repr(value)) for value in answer]
    users = {name: [user for user, parents in made_from.items() if name in parents] for name in made_from}
    return {
        "missing": [name for name in made_from if name not in order],
        "more than once": [name for name in made_from if order.count(name) > 1],
        "before one made from it": [
            name
            for name in made_from
            if any(user in order and name in order and order.index(user) > order.index(name) for user in users[name])
        ],
    }


def nothing_wrong(made_from: dict[str, list[str]], numbers: list[int]) -> dict[str, list[str]]:
    return {"missing": [], "more than once": [], "before one made from it": []}


def call_long_chain(exercises: Any, length: int) -> Any:
    """How many values are in the order, and whether the first and last are where they belong."""
    from tinygrad_optim import Value

    first = v = Value(0.0)
    for _ in range(length):
        v = v + 1.0
        v.number = 0
    order = exercises.in_order(v)
    return [len(order), order[0] is v, order[-1] is first]


def as_found(result: Value) -> list[Value]:
    """The lesson's own wrong order."""
    order, found, to_do = [], {result}, [result]
    while to_do:
        order.append(to_do.pop())
        for parent in reversed(order[-1].parents):
            if parent not in found:
                found.add(parent)
                to_do.append(parent)
    return order


def nearest_first(result: Value) -> list[Value]:
    order = [result]
    for v in order:
        order += [parent for parent in dict.fromkeys(v.parents) if parent not in order]
    return order


def parents_first(result: Value) -> list[Value]:
    """Depth first, each after its parents."""
    order: list[Value] = []
    to_do = [(result, False)]
    while to_do:
        v, done = to_do.pop()
        if done:
            order.append(v)
        elif v not in order:
            to_do += [(v, True), *((parent, False) for parent in v.parents)]
    return list(dict.fromkeys(order))


IN_ORDER = (
    Wrong(
        "each value as it is found, going deep",
        as_found,
        "You list a value as soon as you come upon it. Somewhere else may be another one that was made from it too: "
        "what must you know before you may list a value?",
    ),
    Wrong(
        "the nearest first",
        nearest_first,
        "You go level by level. A value can be near the result over one path and far over another: which of the two "
        "counts?",
    ),
    Wrong(
        "parents first",
        parents_first,
        "This is an order in which everything can be *computed*. A gradient goes the other way.",
    ),
    Wrong(
        "sorted by number",
        lambda result: sorted(as_found(result), key=lambda v: v.number, reverse=True),
        "The numbers are nonsense here. What else says that one value was made from another?",
    ),
)

# ---- count_paths -----------------------------------------------------------------------------------------


def draw_paths(random: Random) -> dict[str, Any]:
    drawn = draw_graph_of(random)["made_from"]
    drawn["v7"] = [drawn["v7"][0]] * 2  # the last is one of the others times itself
    return {"made_from": drawn, "leaf": random.choice(("v0", "v0", "v1"))}


def call_count_paths(exercises: Any, made_from: dict[str, list[str]], leaf: str) -> Any:
    from tinygrad_optim import Value

    values: dict[str, Any] = {}
    for name, parents in made_from.items():
        values[name] = Value(1.0, tuple(values[parent] for parent in parents), (1.0,) * len(parents), name=name)
    return exercises.count_paths(list(values.values())[-1], values[leaf])


def walk_every_path(made_from: dict[str, list[str]], leaf: str) -> int:
    """By going them, one by one."""

    def ways(name: str) -> int:
        return 1 if name == leaf else sum(ways(parent) for parent in made_from[name])

    return ways(list(made_from)[-1])


def call_folded(exercises: Any, folds: int) -> Any:
    from tinygrad_optim import Value

    sheet = thickness = Value(0.1)
    for _ in range(folds):
        thickness = thickness + thickness
    sheet.grad = 5.0
    paths = exercises.count_paths(thickness, sheet)
    return {"paths": paths, "sheet.grad, which was 5.0": sheet.grad}


def call_ends(exercises: Any, number: float) -> Any:
    """The number of paths to a Value that is no part of it, and from a Value to itself."""
    from tinygrad_optim import Value

    a, other = Value(number), Value(number)
    result = a * a
    return [exercises.count_paths(result, other), exercises.count_paths(result, result)]


def links(result: Value) -> list[tuple[Value, Value]]:
    return [(v, parent) for v in topological_order([result]) for parent in v.parents]


def count_with_sets(result: Value, leaf: Value) -> int:
    paths = {result: 1}
    for v in topological_order([result]):
        for parent in set(v.parents):
            paths[parent] = paths.get(parent, 0) + paths[v]
    return paths.get(leaf, 0)


COUNT_PATHS = (
    Wrong(
        "only the last link",
        lambda result, leaf: sum(parent is leaf for _, parent in links(result)),
        "You count the links that end at the leaf. How many ways lead to the *beginning* of each of them?",
    ),
    Wrong(
        "a value taken twice is counted once",
        count_with_sets,
        "x * x has two ways to x, though both go to the same Value. Where do you lose the second one?",
    ),
    Wrong(
        "two for each value with two parents",
        lambda result, leaf: 2 ** sum(len(v.parents) == 2 for v in topological_order([result])),
        "That is right for the folded paper, where every path meets every fold. Here some paths go round a value.",
    ),
    Wrong(
        "the number of values",
        lambda result, leaf: len(topological_order([result])),
        "You count values. Two values can have one path between them, or a million.",
    ),
)

# ---- all together ----------------------------------------------------------------------------------------

EXERCISES = (
    Exercise(
        "without_order",
        "predict",
        (
            Check(
                "you can say what an engine without order gets wrong",
                draw_program,
                call_without_order,
                wrong_gradient,
                points=2,
                cases=1,
                tolerance=5e-4,
            ),
        ),
        WITHOUT_ORDER,
        (
            "Write down the order first: u, then its first parent and all that leads to, then its second parent.",
            "The order is u, s, a, b, t. Under each name write the gradient it has when its turn comes.",
            "When `s` has its turn, only `u` has brought it something: the other factor, s + t. Times k it goes on.",
        ),
        ask_for_wrong_gradient,
    ),
    Exercise(
        "two_results",
        "write",
        (
            Check(
                "the gradients of both results arrive at the leaf, one after the other",
                draw_bed,
                call_two_results,
                two_slopes,
                points=2,
                catches=("no_topological_order", "gradients_overwritten", "stale_inner_gradients"),
            ),
        ),
        TWO_RESULTS,
        (
            "Make one leaf, one width and one length, and both results from these.",
            "After `area.backward()` put `leaf.grad` into a list, then call `fence.backward()` and put it there again.",
        ),
    ),
    Exercise(
        "in_order",
        "write",
        (
            Check("each value stands before those it was made from", draw_graph_of, call_in_order, nothing_wrong, 2),
            Check(
                "a value that is near over one path and far over another waits for both",
                draw_far_and_near,
                call_in_order,
                nothing_wrong,
                cases=4,
            ),
            Check(
                "a long chain is no harder than a short one",
                lambda random: {"length": random.randint(5000, 6000)},
                call_long_chain,
                lambda length: [length + 1, True, True],
                cases=1,
            ),
        ),
        IN_ORDER,
        (
            "When may a value have its turn? When everything that was made from it has had its own.",
            "For each value, count how often it is used as a parent: by all that the result was made from, and by it.",
            "Begin with the result. When a value has its turn, take one off the count of each of its parents; one "
            "whose count has come to 0 goes to the end of the order.",
        ),
    ),
    Exercise(
        "count_paths",
        "write",
        (
            Check("it counts every path", draw_paths, call_count_paths, walk_every_path),
            Check(
                "it does not walk the paths, and leaves gradients alone",
                lambda random: {"folds": random.randint(60, 300)},
                call_folded,
                lambda folds: {"paths": 2**folds, "sheet.grad, which was 5.0": 5.0},
                points=2,
            ),
            Check(
                "no path leads to a stranger, and one from a value to itself",
                lambda random: {"number": float(random.randint(1, 9))},
                call_ends,
                lambda number: [0, 1],
                cases=1,
            ),
        ),
        COUNT_PATHS,
        (
            "How many ways lead to a value? As many as lead to all those that were made from it, together.",
            "That is a walk like backward(): each value hands its number of ways on to its parents, where they add up.",
            "Keep the numbers in a dict, not in `grad`. Begin with 1 at the result; nothing is multiplied.",
        ),
    ),
)
