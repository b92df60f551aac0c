# %% [markdown]
# # 1. A number that remembers
#
# After this lesson you can
#
# - say what a `Value` keeps when it is computed, and read it off;
# - work out a gradient on paper: multiply along a path, add over the paths;
# - say why a second `backward()` adds to what the first one found, and what to do about it;
# - write an operation of your own, with its derivative.
#
# It takes 30 minutes. You need Python, and to know that a slope says how steep a line is.
#
# Where a line of code ends in `# prints ...`, that is what it prints. When the text asks you for a number first, cover
# what stands below, write yours down, and then look.

# %%
import inspect
import math

import matplotlib.pyplot as plt

from tinygrad_optim import Value, value
from tinygrad_optim.graph import draw_graph

# %% [markdown]
# ## The question
#
# A taxi asks a price for each kilometre, and something for getting in. Nobody tells you either number, so you guess:
# 2 euros a kilometre, and 1 euro for getting in. Then you ride 3 kilometres, and pay 10 euros.

# %%
w, b = 2.0, 1.0  # the guess: euros for each kilometre, euros for getting in
predicted = w * 3.0 + b
loss = (predicted - 10.0) ** 2
print(predicted, loss)  # prints 7.0 9.0

# %% [markdown]
# You expected 7 euros and were 3 short. The **loss** is one number that says how wrong a guess is. It is squared, so
# that too much and too little are both wrong, and a perfect guess has the loss 0.
#
# You may now change `w` and `b`. Up or down? And which of the two matters more? Ask the loss itself: move one of them a
# little, leave the other as it is, and see how much the loss moves for it.


# %%
def loss_of(w: float, b: float) -> float:
    return (w * 3.0 + b - 10.0) ** 2


little = 0.001
print(round((loss_of(2.0 + little, 1.0) - loss_of(2.0, 1.0)) / little, 2))  # prints -17.99
print(round((loss_of(2.0, 1.0 + little) - loss_of(2.0, 1.0)) / little, 2))  # prints -6.0

# %% [markdown]
# Both are negative: more of `w` or more of `b` means less loss. And `w` matters three times as much. Such a number, how
# fast the loss moves when one of the numbers behind it moves, is the **gradient** of the loss with respect to that
# number. (The first one is -18 in truth; it came out as -17.99 because the step, though small, was not nothing.)
#
# So we could learn by moving each number a little. But that costs one computation of the loss for each number, and a
# small net has a million of them. What follows finds all the gradients at once, at the price of about one computation
# more, and without any rounding of that kind. It needs only that numbers remember where they came from.

# %% [markdown]
# ## The same, with numbers that remember

# %%
w, b = Value(2.0, name="w"), Value(1.0, name="b")
product = w * 3.0
predicted = product + b
error = predicted - 10.0
loss = error**2
print(loss)  # prints Value(9)

# %% [markdown]
# A `Value` holds one number, its `data`. This one is 9 again. But it also knows the Values it was computed from, its
# `parents`, and those know theirs:

# %%
print(loss.parents[0] is error)  # prints True
print(error.parents[0] is predicted)  # prints True
print(predicted.parents[0] is product, predicted.parents[1] is b)  # prints True True
print(w.parents)  # prints ()

# %% [markdown]
# `w` has no parents: nobody computed it, you wrote it down. It is a **leaf**. Plain numbers, the 3.0 and the 10.0, are
# nobody's parents either: we shall never want to change how far the ride was. Here is all that `loss` remembers, as a
# tree. Read it upward: each line was made from those below it. (`#1` is the first result that was computed, `#2` the
# second. What `× 3` means before a name, the next section says.)

# %%
print(draw_graph(loss))

# %% [markdown]
# ## One more thing it keeps
#
# For each parent, a Value keeps one number more: how fast it moves when that parent moves. It is called the **local**
# derivative, because it looks no further than from a result to its parent.
#
# Take `product = w * 3.0`. If `w` grows by 0.001, the product grows by 0.003. So the local derivative is 3: that is the
# `× 3` in the tree. (Not every line there has one: between two results of which one was made from the other alone, the
# tree leaves it out.) Before you go on: which numbers will the other three lines print? For `loss = error**2` remember
# that the slope of x² is 2x, and that `error` is -3.

# %%
print(product.locals)  # prints (3.0,)
print(predicted.locals)  # prints (1.0, 1.0)
print(error.locals)  # prints (1.0,)
print(loss.locals)  # prints (-6.0,)

# %% [markdown]
# There is no magic in how it knows. This is the package's own source: what `*` and `+` do with a Value, and what `**`
# does. Each makes a new Value from the result, the parents and the local derivatives, in this order.

# %%
print(inspect.getsource(Value.__init__))
print(inspect.getsource(Value.__mul__))
print(inspect.getsource(Value.__add__))
print(inspect.getsource(Value.__pow__))

# %% [markdown]
# Look at `__mul__`: if `x * y` is computed from two Values, the local derivative for `x` is the data of `y`, and the
# other way round. Each factor is moved as fast as the *other* one is large.
#
# The first branch of `__pow__` is for an exponent that is a Value itself, which is rarely needed: it writes x to the n
# as e to the power n·log(x), with operations that are there already. `number` in `__init__` counts: a Value made later
# has a larger one. That little fact is the subject of lesson 2.

# %% [markdown]
# ## Multiply along a path
#
# Now the gradient of the loss with respect to `w`. From `w` to `loss` leads one path, through four operations:
#
#     w  --3-->  product  --1-->  predicted  --1-->  error  --(-6)-->  loss
#
# The product moves 3 times as fast as `w`. The prediction moves as fast as the product, the error as fast as the
# prediction. And the loss moves -6 times as fast as the error. Like cog wheels: the speeds multiply.
#
# Do it on paper for `w`, and for `b`, before you look.

# %%
print(3.0 * 1.0 * 1.0 * -6.0)  # prints -18.0
print(1.0 * 1.0 * -6.0)  # prints -6.0

# %% [markdown]
# These are the two numbers that moving a little gave us, now exact. `backward()` does this for all Values at once. It
# begins at the loss and goes back, and leaves in each Value's `grad` how fast *the loss* moves when that Value does.

# %%
loss.backward()
print(w.grad, b.grad)  # prints -18.0 -6.0

# %%
print(draw_graph(loss, values=True, gradients=True))

# %% [markdown]
# Read the gradients from the top down: the loss moves as fast as itself, so it begins with 1. One line lower stands
# 1 times -6, and so on down to `w`. This is how it is done:

# %%
print(inspect.getsource(Value.backward))

# %% [markdown]
# Line by line:
#
# - `order`: all that the loss was computed from, the loss first, and each Value before its own parents.
# - The two lines about `occasions` let the package's checks for common mistakes look on. They change no number: here
#   and wherever you meet them again, read past them.
# - The first loop puts 0 where no gradient is yet. (Why it leaves what a leaf already has: below.)
# - `self.grad += 1.0` is the 1 that you saw.
# - The last lines are all of calculus that is needed here. `v.grad * local` multiplies along the path: how fast the
#   loss moves with `v`, times how fast `v` moves with its parent.
#
# And `+=`? Until now `=` would have done as well.

# %% [markdown]
# ## Add over the paths
#
# You take a second ride: 5 kilometres for 14 euros. The loss is now that of both rides together, so `w` and `b` are
# used *twice*, and from each of them two paths lead to the loss. The first ride's path gave -18 for `w`. Work out what
# the second one's gives (its error is 2·5 + 1 - 14). What will `w.grad` be?

# %%
w, b = Value(2.0, name="w"), Value(1.0, name="b")
first = (w * 3.0 + b - 10.0) ** 2
second = (w * 5.0 + b - 14.0) ** 2
loss = first + second
loss.backward()
print(loss, w, b)  # prints Value(18, grad=1) Value(2, grad=-48) Value(1, grad=-12)

# %% [markdown]
# -18 and -30 make -48. If `w` grows a little, the loss falls by both roads, and what they do adds up. That is the `+=`:
# each path adds its share to what the others brought. Multiply along a path, add over the paths: this is the **chain
# rule**, and there is nothing more to it, however large the net.
#
# The smallest case of two paths is a number times itself. Its two parents are one and the same Value:

# %%
a = Value(3.0)
square = a * a
print(square.parents[0] is square.parents[1], square.locals)  # prints True (3.0, 3.0)
square.backward()
print(a.grad)  # prints 6.0

# %% [markdown]
# ## A second `backward()`
#
# One loss for many rides would have to remember all of them at the same time. It is often handier to take them one by
# one. Since gradients add up, this must come to the same:

# %%
w, b = Value(2.0), Value(1.0)
first = (w * 3.0 + b - 10.0) ** 2
first.backward()
print(w.grad)  # prints -18.0
second = (w * 5.0 + b - 14.0) ** 2
second.backward()
print(w.grad)  # prints -48.0

# %% [markdown]
# It does, because `backward()` adds to what a leaf already has. PyTorch does so too. It is a gift if you want the sum,
# and a trap if you do not: here `second` alone has the gradient -30, and nothing told you that -48 is not that.
# So before a gradient is to be a fresh one, the old one is taken away:

# %%
w.grad = None
b.grad = None
second = (w * 5.0 + b - 14.0) ** 2
second.backward()
print(w.grad)  # prints -30.0

# %% [markdown]
# Later an optimizer's `zero_grad()` will do this for all parameters. (Only leaves keep what they had. For the Values in
# between the first loop of `backward` starts at 0 each time.)

# %% [markdown]
# ## What the number is good for
#
# Let us look at the loss of both rides for many prices `w`, with `b` left at 1. At three of them we ask for the
# gradient, and draw it as what it is: a slope.


# %%
def both_rides(w: Value, b: Value) -> Value:
    return (w * 3.0 + b - 10.0) ** 2 + (w * 5.0 + b - 14.0) ** 2


figure, ax = plt.subplots(figsize=(6.5, 4.0), layout="constrained")
prices = [1.4 + 0.02 * i for i in range(116)]
ax.plot(prices, [both_rides(Value(price), Value(1.0)).data for price in prices], color="#0072B2", linewidth=2)
for price, label_at in ((2.0, (12, 4)), (2.5, (-24, 22)), (3.2, (12, -8))):
    here = Value(price)
    loss = both_rides(here, Value(1.0))
    loss.backward()
    ends = [price - 0.2, price + 0.2]
    ax.plot(ends, [loss.data + here.grad * (end - price) for end in ends], color="#D55E00", linewidth=2)
    ax.plot(price, loss.data, "o", color="#D55E00")
    ax.annotate(f"w.grad = {here.grad:.1f}", (price, loss.data), label_at, textcoords="offset points")
ax.set_xlabel("w (euros for each kilometre)")
ax.set_ylabel("loss of both rides")
ax.set_title("The gradient is the slope of the loss", loc="left")
ax.spines[["top", "right"]].set_visible(False)
ax.set_ylim(-4, 45)
figure.savefig("01_slopes.png", dpi=110)

# %% [markdown]
# Where the slope goes down to the right, the gradient is negative, and `w` should grow. Where it goes up, it is
# positive, and `w` should shrink. Near the bottom it is small. So: move each number *against* its gradient, by a small
# part of it. One such step, from our guess:

# %%
w, b = Value(2.0), Value(1.0)
loss = both_rides(w, b)
loss.backward()
closer = both_rides(Value(w.data - 0.01 * w.grad), Value(b.data - 0.01 * b.grad))
print(loss.data, round(closer.data, 3))  # prints 18.0 2.304

# %% [markdown]
# From 18 to 2.3, and with `b` moved as well, though we looked at the loss only once. Doing this again and again is
# training; lesson 5 does it.

# %% [markdown]
# ## The rest of the file
#
# You have read the heart of `tinygrad_optim/value.py`; what is left are more operations, all of the same kind. Some
# have a derivative of their own. Others, such as minus and division, are made from operations that are there already,
# and so need none:

# %%
for method in (Value.exp, Value.log, Value.tanh, Value.sigmoid, Value.relu):
    print(inspect.getsource(method))
for method in (Value.__neg__, Value.__sub__, Value.__truediv__, Value.__rsub__):
    print(inspect.getsource(method))

# %% [markdown]
# `relu` is worth a look: it lets positive numbers through and turns all others into 0. Its slope is 1 or 0, so its
# local derivative switches a path on or off. At 0 itself it has a kink and no slope; it says 0 there, as PyTorch does.
#
# `__rsub__` is what Python calls for `10.0 - predicted`, where the Value stands on the right. `__radd__` and `__rmul__`
# are simply `__add__` and `__mul__`: the order does not matter to them.
#
# At the end of the file stand two operations of many parents, so that a sum of a thousand Values is one new Value and
# not a thousand:

# %%
print(inspect.getsource(value.sum))
print(inspect.getsource(value.dot))
print(value.dot([Value(2.0), Value(3.0)], [10.0, 100.0]).locals)  # and their locals

# %% [markdown]
# What you have not seen, such as `write` and `clear_gradient`, is there for optimizers, so that they can treat a Value
# as they treat a Tensor. That is for lesson 6.

# %% [markdown]
# ## An operation of your own
#
# What does one need for a new operation? The result, the parents, and for each parent the local derivative, as a
# number. For the sine, whose slope is the cosine, that is one line. And you know already how to find out whether it is
# right: move a little.


# %%
def sin(x: Value) -> Value:
    return Value(math.sin(x.data), (x,), (math.cos(x.data),))


x = Value(0.5)
y = sin(x * 2.0)
y.backward()
moved = (math.sin((0.5 + 1e-6) * 2.0) - math.sin(0.5 * 2.0)) / 1e-6
print(round(x.grad, 4), round(moved, 4))  # prints 1.0806 1.0806

# %% [markdown]
# Note that `sin` knows nothing of the `* 2.0` before it or of what may come after it. It tells its own slope, and
# `backward()` does the rest.
#
# ## What you have learned
#
# - A Value keeps its number, its parents, and one local derivative for each parent.
# - A gradient is the product of the local derivatives along a path, added over all paths.
# - `backward()` adds to the gradients of leaves; a fresh gradient needs `grad = None` first.
#
# The exercises are in `exercises.py`; `tinygrad-optim check 1` looks at your answers, and `tinygrad-optim hint
# 1.hypotenuse` helps with one of them.
#
# - `grad_by_two_paths`: say what a gradient will be, before anything is run.
# - `grads_from_a_table`: do what `backward()` does, on a table instead of Values.
# - `hypotenuse`: an operation with two parents.
# - `slope_of_each_ride`: find out why a program's slopes are wrong, and mend it.
#
# To read on: `tinygrad_optim/value.py`, the whole of it, is 150 lines. You can now read every one.
