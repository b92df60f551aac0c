# %% [markdown]
# # 2. Why the order matters
#
# After this lesson you can
#
# - say what a wrong order does to a gradient, and work out the wrong number on paper;
# - count how many visits a walk makes that takes every path, and say why nobody waits for it;
# - put the values of a calculation into an order that is right;
# - say how the engine finds that order in one line, without recursion.
#
# About 30 minutes. It builds on lesson 1: a `Value`, its parents and locals, and `backward()`.

# %%
import inspect

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import Value
from tinygrad_optim.course.museum import exhibit
from tinygrad_optim.engine import topological_order
from tinygrad_optim.graph import draw_graph

# %% [markdown]
# ## A garden bed
#
# You pace out a bed: 3 steps wide, and one of your steps is 2 feet. The bed shall be one foot longer than it is wide.
# How much does its area grow with the number of steps?


# %%
def garden_bed(number: float) -> tuple[Value, ...]:
    """The steps, the width and the length they give, and the area."""
    steps = Value(number, name="steps")
    width = steps * 2.0
    length = width + 1.0
    area = width * length
    width.name, length.name, area.name = "width", "length", "area"
    return steps, width, length, area


steps, width, length, area = garden_bed(3.0)
print(width.data, length.data, area.data)  # prints 6.0 7.0 42.0

# %% [markdown]
# On paper: the area is 2s · (2s + 1) = 4s² + 2s, which has the slope 8s + 2. At s = 3 that is **26**. Keep this number
# in mind. All that follows is about who gets it right, and at what price.

# %%
print(draw_graph(area, values=True))

# %% [markdown]
# `width` is used twice: in the area itself, and in the length. So two paths lead from `area` back to `steps`, and over
# one of them `width` is nearer than over the other. That small difference is the whole trouble.
#
# ## First try: take every path
#
# The chain rule says: multiply along each path, add over the paths. Nothing is easier to write down. Bring a gradient
# to a value, and from there on to all that the value was made from:


# %%
def push(v: Value, g: float) -> int:
    """Bring the gradient g to v, and on from there. Returns how many visits that took."""
    v.grad = (v.grad or 0.0) + g
    visits = 1
    for parent, local in zip(v.parents, v.locals):
        visits += push(parent, g * local)
    return visits


print(push(area, 1.0), steps.grad)  # prints 6 26.0

# %% [markdown]
# 26: right, and no order was needed. It took 6 visits to 4 values, as `width` and `steps` were each visited once for
# each path. That does not look like much.
#
# Now fold a sheet of paper, a tenth of a millimetre thick. Each fold doubles it.


# %%
def folded(times: int) -> tuple[Value, Value]:
    """A sheet of paper, and how thick it is after so many folds."""
    sheet = Value(0.1)
    thickness = sheet
    for _ in range(times):
        thickness = thickness + thickness
    return sheet, thickness


# %% [markdown]
# A fold makes one new Value, so ten folds are eleven Values. How many visits will `push` need for one fold, for two,
# for three? Draw it, then guess ten.

# %%
for times in (1, 2, 3, 10):
    sheet, thickness = folded(times)
    print(times, push(thickness, 1.0), sheet.grad)
# prints 1 3 2.0
# prints 2 7 4.0
# prints 3 15 8.0
# prints 10 2047 1024.0

# %% [markdown]
# Each fold doubles the number of paths, because each value is reached twice from the one above it. After 42 folds the
# paper would reach beyond the Moon, and `push` would make 8,796,093,022,207 visits. At a million a second that is a
# hundred days, for 43 Values.

# %%
folds = list(range(1, 43))
figure, ax = plt.subplots(figsize=(6.5, 4.0), layout="constrained")
ax.plot(folds, [2 ** (n + 1) - 1 for n in folds], color="#D55E00", linewidth=2)
ax.plot(folds, [n + 1 for n in folds], color="#0072B2", linewidth=2)
ax.annotate("every path", (24, 2**25), (-8, 6), textcoords="offset points", ha="right", color="#B34700")
ax.annotate("every value once", (30, 31), (0, 8), textcoords="offset points", ha="center", color="#0072B2")
for seconds, words in ((1, "a second"), (3600, "an hour"), (86400 * 100, "a hundred days")):
    ax.axhline(seconds * 1e6, color="0.8", linewidth=1, zorder=0)
    ax.annotate(words, (1, seconds * 1e6), (0, 3), textcoords="offset points", color="0.45", fontsize=8)
ax.set_yscale("log")
ax.set_xlabel("folds")
ax.set_ylabel("visits (at a million a second)")
ax.set_title("Paths double with each fold, values do not", loc="left")
ax.spines[["top", "right"]].set_visible(False)
figure.savefig("02_visits.png", dpi=110)

# %% [markdown]
# A net is a pile of folds: what one layer computes, the next uses many times. And there is a second trouble. `push`
# calls itself once for each value on the way down, and Python does not go deeper than about a thousand calls:


# %%
def added_up(times: int) -> tuple[Value, Value]:
    """A Value, and what comes of adding 1 to it so many times."""
    start = Value(0.0)
    total = start
    for _ in range(times):
        total = total + 1.0
    return start, total


start, total = added_up(20_000)
try:
    push(total, 1.0)
except RecursionError:
    print("too deep")  # prints too deep

# %% [markdown]
# ## Second try: each value once
#
# So visit each value only once, and remember which were visited. When a value's turn comes, it hands its gradient on to
# its parents. In which order? Let us simply take the values as we find them: the result first, then what its first
# parent leads to, then what the second one leads to. A list of what is still to be done stands in the place of the
# recursion.


# %%
def as_found(result: Value) -> list[Value]:
    """All that the result was made from, in the order in which one comes upon it."""
    order, found, to_do = [], {result}, [result]
    while to_do:
        v = to_do.pop()
        order.append(v)
        for parent in reversed(v.parents):
            if parent not in found:
                found.add(parent)
                to_do.append(parent)
    return order


def hand_on(order: list[Value]) -> None:
    """Let each value, when its turn comes, hand its gradient on to its parents."""
    for v in order:
        v.grad = 0.0
    order[0].grad = 1.0
    for v in order:
        for parent, local in zip(v.parents, v.locals):
            parent.grad += v.grad * local


steps, width, length, area = garden_bed(3.0)
order = as_found(area)
print([v.name for v in order])  # prints ['area', 'width', 'steps', 'length']

# %% [markdown]
# Four values, four visits. Before you run `hand_on`, do it on paper: write the four names in a row, a 1 under `area`,
# and go from left to right. The locals are 7 and 6 for `area` (width, then length), 1 for `length`, 2 for `width`.

# %%
hand_on(order)
print(steps.grad)  # prints 14.0
print(width.grad)  # prints 13.0

# %% [markdown]
# 14, and not 26. What happened?
#
# | turn of | its gradient then | hands on |
# |---|---|---|
# | area | 1 | 7 to width, 6 to length |
# | width | **7** | 7 · 2 = 14 to steps |
# | steps | 14 | |
# | length | 6 | 6 · 1 = 6 to width: **too late** |
#
# At the end `width.grad` is 13, and that is right. But `width` had handed on what it had when its turn came, and that
# was 7. The 6 from `length` arrived, and nobody took it further: 6 · 2 = 12 are missing at `steps`.
#
# Nothing complains. The gradient has the right sign and a plausible size, so that a net would even learn with it, a
# little worse than it could. This is what makes the bug a nasty one.
#
# ## The same bug in the real engine
#
# This package comes with a museum of bugs. `exhibit(name)` puts one into the real source for as long as its block
# lasts. Here is the engine without its order:

# %%
with exhibit("no_topological_order"):
    print(inspect.getsource(topological_order))

# %%
with exhibit("no_topological_order"):
    steps, width, length, area = garden_bed(3.0)
    area.backward()

    t = torch.tensor(3.0, requires_grad=True)
    w = t * 2.0
    (w * (w + 1.0)).backward()

print(steps.grad, t.grad.item())  # prints 14.0 14.0

# %% [markdown]
# 14 for Values and for Tensors: one and the same function finds the order of both. And it is not wrong always, which
# makes it harder to find. A chain has only one order. And if `area` had been computed as `length * width`, the walk
# would have come upon `length` first, and all would have been well:

# %%
with exhibit("no_topological_order"):
    steps = Value(3.0)
    width = steps * 2.0
    ((width + 1.0) * width).backward()
print(steps.grad)  # prints 26.0

# %% [markdown]
# A test with that formula would have praised the broken engine.
#
# ## What is needed
#
# When a value's turn comes, its gradient must be complete: everything that was made from it must have had its turn
# before. So: **each value before those it was made from**. This is called a *topological order*. For the bed there is
# only one: area, length, width, steps. Often there are several, and then any of them will do.
#
# How does one find it? Here is the whole of it, from `engine.py`:

# %%
print(inspect.getsource(topological_order))

# %% [markdown]
# The loop collects what can be reached, in no particular order, with a list in the place of recursion. Then it *sorts*,
# by `number`. That is a count kept by each Value, of when it was made:

# %%
steps, width, length, area = garden_bed(3.0)
print([v.number - steps.number for v in (steps, width, length, area)])  # prints [0, 1, 2, 3]
print([v.name for v in topological_order([area])])  # prints ['area', 'length', 'width', 'steps']

# %% [markdown]
# No cake is older than its eggs. Whatever was computed from a value was computed *after* it. So "the youngest first"
# puts each value before its parents: always, for every calculation there can be. The order of your own program was a
# right one, and read backward it is the one we need.
#
# Two remarks. Other frameworks find the order by a depth-first search, or by counting for each value how many users
# have yet to have their turn; you will write one of these in an exercise. And they take care, as this one does, not to
# recurse:

# %%
sheet, thickness = folded(42)
print(len(topological_order([thickness])))  # prints 43
thickness.backward()
print(sheet.grad == 2.0**42)  # prints True

start, total = added_up(20_000)
total.backward()
print(start.grad)  # prints 1.0

# %% [markdown]
# 43 visits in the place of nine million millions. And a chain of 20,000 is no harder than a chain of two.
#
# ## Two more ways to be wrong
#
# The order is one of three things that `Value.backward` must get right. Look at it again. (The lines about `occasions`
# let the package's checks for common mistakes look on; they change no number.)

# %%
print(inspect.getsource(Value.backward))

# %% [markdown]
# **The plus in `+=`.** With `=` a gradient that arrives replaces the one that is there. On the bed, in the right order:
# `width` gets 7 from `area`, then 6 from `length`. What will `steps.grad` be?

# %%
with exhibit("gradients_overwritten"):
    steps, width, length, area = garden_bed(3.0)
    area.backward()
print(steps.grad)  # prints 12.0

# %% [markdown]
# The 7 is gone, and 6 · 2 is left. Note the three numbers: 26 is right, 14 is what a wrong order makes of it, 12 is
# what a missing plus makes of it. The number itself tells the bugs apart.
#
# **The fresh start.** Leaves keep their gradient from one `backward()` to the next, you know that from lesson 1. But
# the values in between must not, as what they hold has been handed on already. Their fresh start is the `if v.parents`.
# Call `backward()` twice on one area: the right answer is 26 + 26.

# %%
steps, width, length, area = garden_bed(3.0)
area.backward()
area.backward()
print(steps.grad)  # prints 52.0

with exhibit("stale_inner_gradients"):
    steps, width, length, area = garden_bed(3.0)
    area.backward()
    once = steps.grad
    area.backward()
    twice = steps.grad
print(once, twice)  # prints 26.0 116.0

# %% [markdown]
# The first pass is right. In the second, `area` begins with 1 + 1, `length` has 6 and gets 2 · 6 more, `width` has 13
# and gets 2 · 7 + 18 more, which makes 45, and `steps` comes to 26 + 2 · 45 = 116. To find this bug one must call
# `backward()` twice: an experiment sees only what it looks at.
#
# A Tensor's walk cannot have this bug. It keeps the gradients of the values in between in a dict of its own, called
# `arrived` in `walk_back`, and throws it away at the end.
#
# ## What you have learned
#
# - To take every path gives the right gradient, after a number of visits that doubles with each reuse.
# - To take each value once is quick, and right only if each has its turn before those it was made from.
# - Sorting by the time of making, youngest first, is such an order: no cake is older than its eggs.
#
# The exercises are in `exercises.py`; `tinygrad-optim check 2` looks at your answers, and `tinygrad-optim hint
# 2.count_paths` helps with one of them.
#
# - `without_order`: say which wrong number an engine without order gives.
# - `two_results`: bring the gradients of two results to one leaf.
# - `in_order`: find an order when the numbers have been lost.
# - `count_paths`: count the paths without walking them.
#
# To read on: `topological_order` and `walk_back` in `tinygrad_optim/engine.py`. The second is what `Value.backward` is
# for Tensors. Find in it the three things that must be right: the order, the plus, and the fresh start.
