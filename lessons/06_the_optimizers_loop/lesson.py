# %% [markdown]
# # 6. The optimizer's loop
#
# After this lesson you can
#
# - say of each of the four lines `zero_grad`, loss, `backward`, `step` what it changes, and what it leaves alone;
# - work out by hand the weight after two rounds, also when a line is missing or in the wrong place;
# - tell from a loss curve, or from a few printed numbers, which line that is;
# - use on purpose what is a bug by accident: gradients that add up.
#
# About 30 minutes. It builds on lesson 5, where you wrote `w -= lr * w.grad` yourself.

# %%
import inspect
import warnings

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_digits
from tinygrad_optim.plot import History, loss_curves

# %% [markdown]
# ## One weight, four lines
#
# The smallest training there is: one weight `w`, one example. For the input 2 the answer should be 6, so the best
# weight is 3. We begin at 1.
#
# In lesson 5 you moved the weight yourself. Here an optimizer does it. It is given the weight once, when it is made.

# %%
x, y = torch.tensor(2.0), torch.tensor(6.0)
w = torch.tensor(1.0, requires_grad=True)
optimizer = optim.SGD([w], lr=0.05)


def look(after: str) -> None:
    """Print all there is to see: the weight, and what stands in its .grad."""
    gradient = None if w.grad is None else round(w.grad.item(), 4)
    print(f"{after}: w = {round(w.item(), 4)}, w.grad = {gradient}")


# %% [markdown]
# Before you read on, take a pencil. The prediction is `w * x`, the loss is the square of its error:
#
#     loss = (w * x - y)**2        d loss / d w = 2 * (w * x - y) * x
#
# What is the gradient at `w = 1`? Where will `w` be after one step with `lr = 0.05`? And, harder: what will stand in
# `w.grad` after *each* of the four lines?

# %%
look("at the beginning")  # prints at the beginning: w = 1.0, w.grad = None
optimizer.zero_grad()
look("after zero_grad")  # prints after zero_grad: w = 1.0, w.grad = None
loss = (w * x - y) ** 2
look("after the loss")  # prints after the loss: w = 1.0, w.grad = None
loss.backward()
look("after backward")  # prints after backward: w = 1.0, w.grad = -16.0
optimizer.step()
look("after step")  # prints after step: w = 1.8, w.grad = -16.0

# %% [markdown]
# The error is -4, so the gradient is 2 * (-4) * 2 = -16, and `w` goes to 1 - 0.05 * (-16) = 1.8.
#
# Look at the last line again: the step has *used* the gradient and left it where it was. It is still -16, though at
# `w = 1.8` the true gradient is another one. Nothing has tidied up. That is what the second round's `zero_grad` is for:

# %%
optimizer.zero_grad()
look("after zero_grad")  # prints after zero_grad: w = 1.8, w.grad = None
loss = (w * x - y) ** 2
loss.backward()
look("after backward")  # prints after backward: w = 1.8, w.grad = -9.6
optimizer.step()
look("after step")  # prints after step: w = 2.28, w.grad = -9.6

# %% [markdown]
# ## Who touches what
#
# Each line does one thing:
#
# | line | reads | changes |
# | --- | --- | --- |
# | `optimizer.zero_grad()` | | `.grad` of every parameter it holds: to `None` |
# | `loss = ...` | the weights | nothing; it builds the graph that `backward` will walk |
# | `loss.backward()` | the graph | `.grad` of every leaf in the graph: *adds* to what is there |
# | `optimizer.step()` | `.grad` | the weights |
#
# Note what is *not* there. `backward` does not know that there is an optimizer: we never told the loss. And `step` does
# not know that there is a loss: we never told the optimizer. The two meet in one place only, `.grad`. One writes it,
# the other reads it. So whatever happens to `.grad` in between is taken for the gradient, right or wrong.
#
# You need not believe the table; here is the source of the first line, as it runs:

# %%
print(inspect.getsource(optim.Optimizer.zero_grad))

# %% [markdown]
# Read past the two lines about `occasions`: there the package's checks for common mistakes look on. Two loops are left,
# one in the other, and one call for each parameter: it clears the gradient, and the weight is not touched. (Groups are
# the subject of the next lesson. We have one group, with one parameter in it.)
#
# And this is the heart of `step`. You will read all of it in lesson 9; for now find the line that reads `p.gradient`
# and the condition that stands above it:

# %%
source = inspect.getsource(optim.Optimizer.step).splitlines()
loop = next(number for number, text in enumerate(source) if "for group in" in text)
print("\n".join(source[loop:]))

# %% [markdown]
# (The two lines about `apply_rule` are for optimizers that take a whole group at once, which is quicker and gives the
# same numbers. Ours passes them by.)
#
# `if p.gradient is not None`: a parameter without a gradient is passed over. No error, no warning. It stays where it
# is. Keep that in mind; it is the reason why some of the mistakes that follow are silent.
#
# ## Other orders
#
# What follows is wrong on purpose. Where the package notices such a mistake it says so in a warning. Here we first want
# to see with our own eyes what happens, so for now we turn warnings off:

# %%
warnings.simplefilter("ignore")

# %% [markdown]
# Here is the loop as a function, with the order of its lines as an argument. It returns where `w` was after each round.


# %%
def train(order: str, rounds: int = 20, lr: float = 0.05) -> list[float]:
    """Run the lines named in `order`, round after round, beginning at w = 1."""
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = optim.SGD([w], lr=lr)
    loss = None
    path = [w.item()]
    for _ in range(rounds):
        for line in order.split():
            if line == "zero_grad":
                optimizer.zero_grad()
            elif line == "loss":
                loss = (w * x - y) ** 2
            elif line == "backward":
                loss.backward()
            elif line == "step":
                optimizer.step()
        path.append(round(w.item(), 4))
    return path


print(train("zero_grad loss backward step")[:6])  # prints [1.0, 1.8, 2.28, 2.568, 2.7408, 2.8445]

# %% [markdown]
# Each round brings the error to 0.6 times what it was: -2, -1.2, -0.72 and so on. (1 - 0.05 * 2 * 2**2 is 0.6. Do you
# see where that comes from?)
#
# **Where may `zero_grad` stand?** Anywhere after `step` and before `backward`: then it throws away a gradient that was
# used already, and none that is still to be used. All three of these are the same training:

# %%
print(train("zero_grad loss backward step") == train("loss zero_grad backward step"))  # prints True
print(train("zero_grad loss backward step") == train("loss backward step zero_grad"))  # prints True

# %% [markdown]
# **Without `zero_grad`.** The second `backward` *adds* -9.6 to the -16 that is still there. Predict the second weight:
# 1.8 - 0.05 * (-16 - 9.6) = ?

# %%
print(train("loss backward step")[:8])  # prints [1.0, 1.8, 3.08, 4.328, 5.0448, 4.9437, 4.0651, 2.7605]

# %% [markdown]
# 3.08: in two rounds it is nearly there, faster than the right loop! But it does not stop. Arriving at 3, `w` still
# carries all the old gradients along and shoots past, as far on the other side as it began on this one, and back. The
# sum of all gradients so far acts like the speed of a ball that rolls without friction. (With a little friction this
# is a very good idea, and has a name: momentum, lesson 9.)
#
# **`zero_grad` between `backward` and `step`, or `step` before `backward`.** In both cases `step` finds no gradient:

# %%
print(train("loss backward zero_grad step")[:4])  # prints [1.0, 1.0, 1.0, 1.0]
print(train("zero_grad loss step backward")[:4])  # prints [1.0, 1.0, 1.0, 1.0]

# %% [markdown]
# Nothing moves, and nothing complains: that is the condition you saw in the source. If your loss is *exactly* the same
# in each epoch, look here first.
#
# **A step late.** What if `step` comes first, and `zero_grad` right after it?

# %%
print(train("loss step zero_grad backward")[:8])  # prints [1.0, 1.0, 1.8, 2.6, 3.08, 3.24, 3.208, 3.112]

# %% [markdown]
# It trains, but each step uses the gradient of the round before: the first round moves nothing, the next two both go
# 0.8, and `w` overshoots before it settles. It is also more easily upset. With `lr = 0.2` the right loop arrives, and
# the one that is late does not. Here is where each of them is after 20 rounds:

# %%
print(train("zero_grad loss backward step", lr=0.2)[-1])  # prints 2.9999
print(train("loss step zero_grad backward", lr=0.2)[-1])  # prints 153.5237

# %% [markdown]
# **The loss once, before the loop.** The graph is used up by the first `backward`, which lets go of all it had kept:

# %%
w = torch.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
loss.backward()
try:
    loss.backward()
except RuntimeError as error:
    print(str(error).split(":")[0])  # prints Trying to backward through the graph a second time

# %% [markdown]
# This mistake at least is loud. It is also right to be: a second walk over the same graph would give the gradient at
# the *old* weight once more.
#
# All of them in one picture. The dashed line is the best weight:

# %%
orders = {
    "the right order": "zero_grad loss backward step",
    "no zero_grad": "loss backward step",
    "a step late": "loss step zero_grad backward",
    "cleared before step": "loss backward zero_grad step",
}
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.axhline(3, color="#666666", linestyle="--", linewidth=1)
for (name, order), style in zip(orders.items(), ("-", "--", "-.", ":")):
    axes.plot(train(order), style, marker="o", markersize=3, label=name)
axes.set(xlabel="round", ylabel="w", xticks=range(0, 21, 4))
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure.savefig("06_orders.png")

# %% [markdown]
# ## The same on 2,410 weights
#
# One weight is easy to see through. Does it matter on a real net? We take the digits that come with the package, a net
# of two layers, and train it twice: once as it should be, once with `zero_grad` forgotten. Everything else is the same.
#
# A `History` notes what we log at each step. It stands beside the loop and changes nothing in it.

# %%
digits, test_digits = load_digits()


def train_net(forget: bool, steps: int = 120) -> tuple[nn.Module, History]:
    """A net after so many steps of 32 digits each, and the losses on the way."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with History(optimizer) as history:
        for step in range(steps):
            batch = slice(32 * step % 1408, 32 * step % 1408 + 32)
            if not forget:
                optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(digits.images[batch]), digits.labels[batch])
            loss.backward()
            optimizer.step()
            history.log("loss", loss)
    return net, history


right_net, right = train_net(forget=False)
wrong_net, wrong = train_net(forget=True)
print(sum(p.numel() for p in right_net.parameters()))  # prints 2410

# %%
axes = loss_curves({"the right loop": right, "no zero_grad": wrong}, ylabel="loss", smooth=1, yscale="linear")
axes.figure.savefig("06_digits.png")

# %% [markdown]
# Look at the first thirty steps, and be warned: the *wrong* loop is ahead by far. Had you stopped there, you would have
# called it a success. These are the two losses at the 1st, 21st, 31st and 40th step, the right loop's first:

# %%
for place in (0, 20, 30, 39):
    print(round(right.logged["loss"].values[place], 1), round(wrong.logged["loss"].values[place], 1))
# prints 2.3 2.3
# prints 2.2 1.0
# prints 2.2 0.2
# prints 2.2 6.0

# %% [markdown]
# Then it flies past the minimum and does not come to rest any more. That is why this mistake is so often found late:
# it looks like good luck.
#
# PyTorch is silent here. This package is not, unless you ask it to be, as we did above. It would have said:

# %%
w = torch.tensor(1.0, requires_grad=True)
optimizer = optim.SGD([w], lr=0.05)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for _ in range(2):
        loss = (w * x - y) ** 2
        loss.backward()
        optimizer.step()
for warning in caught:
    print(warning.message)

# %%
print([str(warning.message).split(":")[0] for warning in caught])  # prints ['no-zero-grad']

# %% [markdown]
# That is the mistake's name, and `tinygrad-optim why no-zero-grad` tells more about it. A warning is given once for a
# line of your program, so that a long training does not repeat it.
#
# ## When adding up is what you want
#
# Why does `backward` add, and not overwrite? Because a weight may have several ways to the loss, and the gradient is
# the sum over the ways. `backward` cannot know whether the next call is another way, or the next round. You know it,
# and you say so with `zero_grad`.
#
# This can be used. Say that 32 digits at once are too many for the machine's memory, and 8 are not. The mean over 32
# is the sum of four means over 8, each divided by 4:

# %%
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = optim.SGD(net.parameters(), lr=0.1)
images, labels = digits.images[:32], digits.labels[:32]

optimizer.zero_grad()
nn.functional.cross_entropy(net(images), labels).backward()
whole = net[0].weight.grad.clone()

optimizer.zero_grad()
for start in range(0, 32, 8):
    piece = slice(start, start + 8)
    loss = nn.functional.cross_entropy(net(images[piece]), labels[piece]) / 4
    loss.backward()  # adds to what the pieces before have left
print(torch.allclose(net[0].weight.grad, whole, atol=1e-7))  # prints True

# %% [markdown]
# One `zero_grad`, four times `backward`, then one `step`. What would go wrong without the division by 4? And what, if
# the last piece had only 5 digits? You will need both answers in the exercises.
#
# ## None or zero
#
# One detail is left. `zero_grad()` sets gradients to `None`. `zero_grad(set_to_none=False)` fills them with zeros, and
# that is *not* the same to an optimizer: a parameter without a gradient is passed over, one with a gradient of zero
# takes part in the step. With weight decay, a gentle pull towards zero that you will meet in lesson 8, it moves:

# %%
for set_to_none in (True, False):
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1, weight_decay=0.5)
    (w * 3).backward()
    optimizer.zero_grad(set_to_none)
    optimizer.step()
    print(w.grad, round(w.item(), 4))
# prints None 1.0
# prints tensor(0.) 0.95

# %% [markdown]
# ## What you have learned
#
# - `zero_grad` clears `.grad`, `backward` adds to it, `step` reads it and moves the weights; the loss and the optimizer
#   meet nowhere else.
# - A missing `zero_grad` adds up all gradients; a gradient cleared too early moves nothing. Both are silent.
# - Gradients that add up are a tool, once you clear them where *you* decide.
#
# The exercises are in `exercises.py` beside this file: `forgotten`, `train`, `step_in_pieces`, `what_ran`. Check them
# with `tinygrad-optim check 6`.
#
# To read on: `Optimizer.zero_grad` and `Optimizer.step` in `tinygrad_optim/optim/optimizer.py`, and in
# `tinygrad_optim/tensor_gradients.py` what `backward` leaves in a leaf.
