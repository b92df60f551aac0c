# %% [markdown]
# # 3. Tensors and broadcasting
#
# After this lesson you can
#
# - say what a `Tensor` keeps in the place of local derivatives, and call a derivative rule by hand;
# - tell from two shapes whether they go together, and which shape comes out;
# - say what the gradient of something that was repeated is, and over which dimensions it is summed;
# - recognise the commonest silent mistake of all: a loss of `n` times `n` differences.
#
# It takes 35 minutes and builds on lesson 1: gradients multiply along a path and add over the paths.

# %%
import inspect

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_optim as torch
from tinygrad_optim import Value, engine, nn
from tinygrad_optim.data import load_iris
from tinygrad_optim.engine import unbroadcast
from tinygrad_optim.ops.arithmetic import mul_vjp_y
from tinygrad_optim.ops.linalg import linear_vjp_bias, matmul_vjp_x, matmul_vjp_y
from tinygrad_optim.ops.reduce import sum_vjp_x

# %% [markdown]
# ## Many numbers at once
#
# A baker sells rolls, baguettes, loaves of rye and cakes. On Thursday she sold 20, 10, 5 and 2 of them. Here are the
# prices, and what she took.

# %%
sold = torch.tensor([20.0, 10.0, 5.0, 2.0])
price = torch.tensor([0.5, 2.0, 3.0, 4.0], requires_grad=True)
takings = sold * price
total = takings.sum()
print(takings.tolist(), total.item())  # prints [10.0, 20.0, 15.0, 8.0] 53.0

# %% [markdown]
# With the Values of lesson 1 these would be four products and a sum, each a Python object. A **Tensor** is a whole
# array of numbers, and `sold * price` is *one* operation. `requires_grad=True` says of which tensors we want gradients;
# `sold` is plain data, like the kilometres of the taxi.
#
# Which gradient do you expect for the price of a roll? Ask what happens to the total if it rises by one cent.

# %%
total.backward()
print(price.grad)  # prints tensor([20., 10.,  5.,  2.])

# %% [markdown]
# Each number of `price` has its own gradient, so `price.grad` has the shape of `price`. A cent more for a roll brings
# 20 cents more, because 20 were sold.
#
# What does `takings` remember? It has a `node` (also called `grad_fn`, PyTorch's name for it): which operation made it,
# from what, and what was kept for later.

# %%
takings = sold * price
print(takings.node.op.name)  # prints mul
print(takings.node.parents[0], takings.node.parents[1] is price)  # prints None True
print(takings.node.kept[0])  # prints [20. 10.  5.  2.]

# %% [markdown]
# The parents are here, and `None` stands for `sold`, which wants no gradient. But there is no list of local
# derivatives. How many would it need? Each of the 4 results could depend on each of the 4 prices: that makes 16, and 12
# of them are 0, because the takings for rolls do not depend on the price of cake. For two tensors of a million numbers
# it would be a million million.
#
# So a Tensor keeps no local derivatives. It keeps what is needed to go *back*: here the array `sold`. And each
# operation has, for each argument, a short function called its **rule**. It is given `g`, the gradient that has arrived
# at the result, and returns the gradient that goes on to the argument. This is the rule of `x * y` for `y`:

# %%
print(inspect.getsource(mul_vjp_y))

# %% [markdown]
# It is what lesson 1 said of a product, with all elements side by side: the local derivative for one factor is the
# other factor, and along a path one multiplies. (`vjp` stands for vector-Jacobian product. The Jacobian is that table
# of 16 local derivatives, which nobody writes down; the vector is `g`.)
#
# A rule is a plain function of arrays. We can call it ourselves. The sum hands 1 to each of its elements, for a sum
# moves as fast as any of its terms:

# %%
g = np.ones(4)
print(mul_vjp_y(g, np.array([20.0, 10.0, 5.0, 2.0])))  # prints [20. 10.  5.  2.]

# %% [markdown]
# One thing more about `g`. Somewhere it has to begin, and in lesson 1 it began with the 1 of the loss. A tensor of four
# numbers has four candidates for that 1, so `backward()` asks you to make up your mind:

# %%
try:
    takings.backward()
except RuntimeError as error:
    print(error)

# %% [markdown]
# ## Shapes that go together
#
# Friday and Saturday have been counted too. Now `sold` has three rows, one a day, and four columns. The prices are
# still four numbers.

# %%
sold = torch.tensor([[20.0, 10.0, 5.0, 2.0], [30.0, 15.0, 5.0, 4.0], [50.0, 20.0, 10.0, 8.0]])
takings = sold * price
print(sold.shape, price.shape, takings.shape)  # prints (3, 4) (4,) (3, 4)
print(takings.tolist()[2])  # prints [25.0, 40.0, 30.0, 32.0]

# %% [markdown]
# (PyTorch shows a shape as `torch.Size([3, 4])`; it is a tuple all the same.)
#
# Twelve numbers times four numbers. It worked because the prices were *repeated*: the same four for each day. This is
# **broadcasting**, and it follows one rule:
#
# 1. Write the two shapes below each other, aligned at their *right* ends. Where one is shorter, imagine 1s at its left.
# 2. Go through them column by column. The two sizes must be equal, or one of them must be 1.
# 3. Whatever has size 1 is repeated until it fits.
#
#         sold     3  4          factor   3  1          3  4
#         price       4          price       4             3
#         result   3  4          result   3  4          no: 4 and 3
#
# Decide for each of these pairs before you look: does it work, and what comes out?


# %%
def shape_of_product(first: tuple[int, ...], second: tuple[int, ...]) -> str:
    try:
        return str((torch.ones(first) * torch.ones(second)).shape)
    except RuntimeError:
        return "do not go together"


print(shape_of_product((3, 4), (3, 1)))  # prints (3, 4)
print(shape_of_product((3, 4), (3,)))  # prints do not go together
print(shape_of_product((3, 1), (1, 4)))  # prints (3, 4)
print(shape_of_product((2, 3, 4), (3, 1)))  # prints (2, 3, 4)
print(shape_of_product((3, 1), (3,)))  # prints (3, 3)

# %% [markdown]
# The second is what everybody stumbles over first: a number for each *day* does not fit the rows, because shapes are
# aligned at the right. It has to be a column, of shape (3, 1), as in the first line. The last is the dangerous one. Two
# times three numbers, and out come nine. Keep it in mind, it comes back at the end.
#
# Nothing is really copied when something is repeated. The same four numbers are read three times. And that is the key
# to the gradient.

# %% [markdown]
# ## The gradient of what was repeated
#
# The price of a roll, 0.50, was used on Thursday, on Friday and on Saturday. With Values we know what that means: three
# paths lead from it to the total, and their gradients add up.

# %%
roll = Value(0.5)
(roll * 20.0 + roll * 30.0 + roll * 50.0).backward()
print(roll.grad)  # prints 100.0

# %% [markdown]
# So, before you run it: what will the four numbers of `price.grad` be? (It still holds what the first `backward()` left
# there. As in lesson 1 we take that away first.)

# %%
price.grad = None
(sold * price).sum().backward()
print(price.grad)  # prints tensor([100.,  45.,  20.,  14.])

# %% [markdown]
# They are the sums of the columns of `sold`: how many of each were sold in all three days.
#
# Now look at how the engine came to it. The rule of `mul` knows nothing of broadcasting. It multiplies `g`, which has
# the shape of the result, with `sold`, and gets 12 numbers for 4 prices:

# %%
g = np.ones((3, 4))
contribution = mul_vjp_y(g, sold.numpy())
print(contribution)
print(contribution.shape, "for", price.shape)

# %% [markdown]
# The rest happens in one place in the package, for every operation. These are the lines of the engine's walk back where
# a rule is called and its result handed on (for an operation with a rule of its own for each argument, as all here):

# %%
walk = inspect.getsource(engine.walk_back).splitlines()
place = next(number for number, line in enumerate(walk) if "unbroadcast" in line)
print("\n".join(walk[place - 4 : place + 3]))

# %% [markdown]
# The first line calls the rule, with `g` and with what this rule asked to be kept. If what it returns, the
# contribution, does not have its parent's shape, it is brought to that shape by adding. The last line is the plus that
# you know: what the other paths have brought is in the dict `arrived`, and the contribution is added. Here is how a
# shape is brought to another:

# %%
print(inspect.getsource(unbroadcast))

# %% [markdown]
# It follows the rule of broadcasting backward. `added` is how many 1s were imagined at the left: those dimensions are
# summed away. Then come those where the parent has size 1 and `g` has more: they are summed too, but stay, each as a
# dimension of size 1. What remains must be the parent's shape, or something is badly wrong, and the engine says so
# rather than hand on nonsense. (`node` is there for that message alone.)

# %%
print(unbroadcast(contribution, (4,), None))  # prints [100.  45.  20.  14.]
print(unbroadcast(contribution, (3, 1), None).tolist())  # prints [[37.0], [54.0], [88.0]]

# %% [markdown]
# The picture of it, in both directions:


# %%
def draw_cells(ax: plt.Axes, numbers: np.ndarray, title: str, colour: str, repeated: bool = False) -> None:
    """A small table; of what was repeated only the first row is really there."""
    for row, column in np.ndindex(numbers.shape):
        ghost = repeated and row > 0
        ax.add_patch(plt.Rectangle((column, -row), 1, 1, facecolor="white" if ghost else colour, edgecolor="#999999"))
        text = f"{numbers[row, column]:g}"
        ax.text(column + 0.5, 0.5 - row, text, ha="center", va="center", color="#888888" if ghost else "black")
    ax.set(xlim=(-0.7, 4.7), ylim=(-2.1, 1.1), aspect="equal")
    ax.set_title(title, fontsize=10)
    ax.axis("off")


figure, axes = plt.subplots(2, 3, figsize=(8.5, 4.4), layout="constrained")
one_row = price.detach().numpy().reshape(1, 4)
draw_cells(axes[0, 0], sold.numpy(), "sold (3, 4)", "#d6e8f5")
draw_cells(axes[0, 1], one_row.repeat(3, axis=0), "times price (4,), repeated", "#fde3cf", repeated=True)
draw_cells(axes[0, 2], takings.detach().numpy(), "= takings (3, 4)", "#d6e8f5")
draw_cells(axes[1, 2], g, "g, what arrives at takings (3, 4)", "#d9f0e3")
draw_cells(axes[1, 1], contribution, "times sold: for each use of a price", "#d9f0e3")
draw_cells(axes[1, 0], contribution.sum(axis=0, keepdims=True), "added up: price.grad (4,)", "#fde3cf")
axes[0, 0].text(-0.5, -0.5, "forward", rotation=90, va="center", fontsize=11)
axes[1, 0].text(-0.5, -0.5, "backward", rotation=90, va="center", fontsize=11)
for ax, height in ((axes[1, 0], 0.5), (axes[1, 1], -0.5)):
    ax.annotate("", (4.1, height), (5.2, height), arrowprops={"arrowstyle": "->"}, annotation_clip=False)
figure.savefig("03_repeated.png", dpi=110)

# %% [markdown]
# Read the lower row from right to left: that is the way the gradient goes. What was repeated downward on the way
# forward is added downward on the way back.
#
# Now one number for each day. On Saturday there are 10 % off. Which shape must `factor` have? Which shape will its
# gradient have, and what does it mean?

# %%
factor = torch.tensor([[1.0], [1.0], [0.9]], requires_grad=True)
total = (sold * price * factor).sum()
print(round(total.item(), 2))  # prints 243.3
total.backward()
print(factor.grad.tolist())  # prints [[53.0], [76.0], [127.0]]

# %% [markdown]
# A column of three: each day's takings at full price, added over the four sorts of bread. That is what the total would
# gain for one whole more of that day's factor.

# %% [markdown]
# ## Sums are the same thing, the other way round
#
# What does a sum do with the gradient that arrives? Its result moves as fast as any of its terms. So each of them gets
# all of `g`:

# %%
print(inspect.getsource(sum_vjp_x))

# %% [markdown]
# `expand` repeats, as broadcasting does. See the symmetry, it saves much remembering:
#
# | on the way forward | on the way back |
# | --- | --- |
# | one number is repeated n times | n gradients are added |
# | n numbers are added | one gradient is repeated n times |
#
# A mean is a sum divided by n, and so each gets `g / n`. Predict the gradient of the *mean* of all twelve takings for
# the price of a roll (with the sum it was 100):

# %%
price.grad = None
(sold * price).mean().backward()
print(round(price.grad[0].item(), 4))  # prints 8.3333

# %% [markdown]
# 100 / 12. A loss that is a mean has gradients that do not grow with the amount of data, which is why most losses are.

# %% [markdown]
# ## Matrix products
#
# `sold @ weights` takes, for each day, the products of that day's row with each column of `weights`, and adds them up.
# It is made of products and sums, so its two rules must be too:

# %%
print(inspect.getsource(matmul_vjp_x))
print(inspect.getsource(matmul_vjp_y))

# %% [markdown]
# You need not learn these by heart: the shapes leave no other choice. If x is (3, 4) and y is (4, 2), then g is (3, 2).
# To make a (3, 4) out of g and y one can only compute g @ yᵀ, (3, 2) times (2, 4). To make a (4, 2) out of x and g: xᵀ
# @ g. In that second product the days are summed over. Every row of x was multiplied with the same weights, so the
# weights, too, were used three times.
#
# A net's linear layer is that, and a bias for each column: `x @ weight.T + bias`. The bias is repeated for each row,
# and its rule is the shortest of all:

# %%
print(inspect.getsource(linear_vjp_bias))

# %% [markdown]
# Here it is with real data, 120 irises of which four lengths were measured. The layer makes three numbers of each. If
# the loss is the plain sum of all 360, what is the gradient of each of the three biases?

# %%
flowers, _ = load_iris()
layer = nn.Linear(4, 3)
scores = layer(flowers.features)
print(flowers.features.shape, scores.shape)  # prints (120, 4) (120, 3)
scores.sum().backward()
print(layer.bias.grad)  # prints tensor([120., 120., 120.])

# %% [markdown]
# ## The loss that nobody wanted
#
# Let a layer guess the length of an iris's petal from its width. It returns a column, one row a flower, as layers do.
# The lengths that were measured are a plain list of 120.

# %%
width, length = flowers.features[:, 3:], flowers.features[:, 2]
predicted = nn.Linear(1, 1)(width)
print(predicted.shape, length.shape)  # prints (120, 1) (120,)
difference = predicted - length
print(difference.shape, difference.numel())  # prints (120, 120) 14400

# %% [markdown]
# There it is, (3, 1) with (3,) from above. *Each* prediction was compared with *every* flower's length. `.mean()` makes
# one number of it, `backward()` runs, the loss even falls: PyTorch never says a word. But what the layer learns is
# wrong. (This package watches for a few such mistakes: once you train with this loss, it gives a `TeachingWarning`.)
# One of the exercises is to mend it. The habit that saves you: print the shapes of both sides before you subtract.

# %% [markdown]
# ## What you have learned
#
# - A Tensor keeps what its rules will read. A rule takes the gradient that arrives and returns the one that goes on.
# - Shapes are compared from the right; equal, or one of them 1. What has size 1 is repeated.
# - What was repeated on the way forward is summed on the way back, in one function for all operations: `unbroadcast`.
#
# The exercises, in `exercises.py`; `tinygrad-optim check 3` looks at your answers:
#
# - `offset_grad`: say what the gradient of a repeated row will be.
# - `broadcast_shape`: the rule of shapes, as a function.
# - `scale_and_shift_backward`: the gradients of a layer, without the engine.
# - `mended_loss`: the loss that nobody wanted, mended.
#
# To read on: `tinygrad_optim/ops/arithmetic.py`, where each derivative stands beside its operation, and `remember` and
# `walk_back` in `tinygrad_optim/engine.py`.
