# %% [markdown]
# # 5. A loop by hand
#
# After this lesson you can
#
# - write a training loop without any optimizer, and say of each of its lines what it is for;
# - say what happens without `no_grad`, and what happens if the gradients are not cleared;
# - tell from a curve of losses that a learning rate is too small or too large, and work out where "too large" begins;
# - train a whole net so, whatever its number of parameters.
#
# It takes 35 minutes and builds on lessons 1 and 3.

# %%
import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.data import load_iris

# %% [markdown]
# ## Flowers
#
# In 1936 R. A. Fisher printed the measures of 150 irises. They come with the package: 120 to learn from, and 30 that we
# put aside until the end. Let us guess the length of a petal from its width, both in cm.

# %%
train, test = load_iris()
width, length = train.features[:, 3], train.features[:, 2]
print(width.shape, length.shape)  # prints (120,) (120,)
print([round(one, 1) for one in width[:4].tolist()], [round(one, 1) for one in length[:4].tolist()])
# prints [0.2, 0.2, 0.2, 0.2] [1.4, 1.4, 1.5, 1.4]

# %% [markdown]
# (Both have the shape (120,). After lesson 3 you know why it is worth a look.) Our guess is a line:
# length = w · width + b. Nobody tells us `w` and `b`, so both begin at 0. The loss is the mean of the squared errors.

# %%
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)


def loss_of(w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return ((w * width + b - length) ** 2).mean()


loss = loss_of(w, b)
loss.backward()
print(round(loss.item(), 2), round(w.grad.item(), 2), round(b.grad.item(), 2))  # prints 17.04 -11.61 -7.5

# %% [markdown]
# ## One step
#
# Both gradients are negative: the loss falls if `w` and `b` grow. So we move each against its gradient, by a part of
# it. How large a part, that is the **learning rate**, `lr`. Let it be 0.1. What will `w` be after this step? (Work it
# out, it is one multiplication.) And now write it down as you would in Python:

# %%
lr = 0.1
try:
    w -= lr * w.grad
except RuntimeError as error:
    print(error)

# %% [markdown]
# It refuses. `w` is a leaf whose history is being kept: it was used to compute `loss`. To the engine, `w -= ...` is one
# more computation with `w`, but one that destroys the number that others may still have to read.
#
# Then perhaps so?

# %%
moved = w - lr * w.grad
print(round(moved.item(), 3), moved.is_leaf, w.is_leaf)  # prints 1.161 False True

# %% [markdown]
# That runs, but `moved` is not a parameter. It is a result, computed from `w`. It would get no `grad` of its own (only
# leaves do), and it remembers where it came from: after 1,000 steps the graph would go back through all of them.
#
# What we mean is neither. The step is not a part of the model. It should change the number, and *not be remembered*.
# That is what `no_grad` says:

# %%
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
print(round(w.item(), 3), round(b.item(), 3), w.is_leaf)  # prints 1.161 0.75 True
print(round(loss_of(w, b).item(), 2))  # prints 3.37

# %% [markdown]
# One step, and the loss fell from 17.04 to 3.37.
#
# ## The loop
#
# Again, again, again. Four things in each round: compute the loss (**forward**), find the gradients (**backward**),
# move (**step**), and clear the gradients, since `backward()` adds to what is there (lesson 1).


# %%
def fit(lr: float, steps: int, clear: bool = True) -> tuple[list[float], list[tuple[float, float]]]:
    """The loss before each step, and (w, b) after each, from (0, 0) on."""
    w = torch.tensor(0.0, requires_grad=True)
    b = torch.tensor(0.0, requires_grad=True)
    losses, places = [], [(0.0, 0.0)]
    for _ in range(steps):
        loss = loss_of(w, b)  # forward
        loss.backward()  # backward
        with torch.no_grad():  # step
            w -= lr * w.grad
            b -= lr * b.grad
        if clear:
            w.grad = None  # clear
            b.grad = None
        losses.append(loss.item())
        places.append((w.item(), b.item()))
    return losses, places


losses, places = fit(lr=0.1, steps=100)
print([round(one, 2) for one in losses[:5]], round(losses[-1], 4))  # prints [17.04, 3.37, 0.82, 0.35, 0.26] 0.2265
print(round(places[-1][0], 2), round(places[-1][1], 2))  # prints 2.19 1.1

# %% [markdown]
# Two small things that matter. `losses.append(loss.item())` keeps a number; `losses.append(loss)` would keep the whole
# graph of each step alive. And the loss that is noted is the one *before* the step, for that is what the forward pass
# saw.
#
# This is how the line found its place:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot(width.tolist(), length.tolist(), "o", color="#999999", markersize=3)
for step, shade in ((1, 0.35), (3, 0.6), (100, 1.0)):
    ends = [0.0, 2.6]
    left.plot(ends, [places[step][0] * end + places[step][1] for end in ends], color="#0072B2", alpha=shade)
    left.annotate(f"{step}", (2.6, places[step][0] * 2.6 + places[step][1]), (4, -3), textcoords="offset points")
left.set(xlabel="petal width (cm)", ylabel="petal length (cm)", xlim=(0, 2.8))
left.set_title("The line after so many steps", loc="left", fontsize=10)
right.plot(losses[:40], color="#0072B2", linewidth=1.8)
right.set(xlabel="step", ylabel="loss (cm²)", yscale="log")
right.set_title("The loss", loc="left", fontsize=10)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
figure.savefig("05_line.png", dpi=110)

# %% [markdown]
# The line says: 1.1 cm, and 2.19 cm more for each cm of width. The loss, 0.2265, is a mean of squares; its root, 0.48,
# says that a guess is typically half a centimetre off. Does it hold for the 30 flowers that it has never seen?

# %%
w_found, b_found = places[-1]
error = w_found * test.features[:, 3] + b_found - test.features[:, 2]
print(round((error**2).mean().item(), 3))  # prints 0.234

# %% [markdown]
# Nearly as well as for the flowers it was made from.
#
# ## Three ways to spoil it
#
# Before you look at the next figure, say what its curves will be like: with lr = 0.01; with lr = 0.36; and with the
# good lr of 0.1, but without clearing the gradients.

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
runs = (
    ("lr = 0.01", fit(0.01, 40)[0], "#009E73", "-"),
    ("lr = 0.1", fit(0.1, 40)[0], "#0072B2", "-"),
    ("lr = 0.36", fit(0.36, 40)[0], "#D55E00", "-"),
    ("lr = 0.1, never cleared", fit(0.1, 40, clear=False)[0], "#CC79A7", "--"),
)
for name, curve, colour, style in runs:
    ax.plot(curve, style, color=colour, linewidth=1.6)
    ax.annotate(name, (39, curve[-1]), (6, -3), textcoords="offset points", color=colour, annotation_clip=False)
ax.set(xlabel="step", ylabel="loss (cm²)", yscale="log", xlim=(0, 39))
ax.spines[["top", "right"]].set_visible(False)
figure.savefig("05_spoilt.png", dpi=110)

# %% [markdown]
# - **lr = 0.01** goes the right way and takes ten times as long. Nothing is wrong but your patience.
# - **lr = 0.36** rises, with every step more. After a thousand or so the numbers are `inf`, then `nan`.
# - **Never cleared**: each step is taken along the sum of *all* gradients so far. Past the valley the old ones still
#   push on, until enough new ones have pushed back: the loss goes up and down for ever. It is the nastiest of the
#   three: no error, no `inf`, a loss that now and then looks good.

# %% [markdown]
# ## Where "too large" begins
#
# With lr = 0.34 it still works, with 0.36 it does not. Why so sudden? To see it let us have one weight only: no `b`,
# the length is w · width. The mean of (w · width - length)², multiplied out, is w² · mean(width²) + ..., a parabola in
# `w`. Call `a` the number before w², and `lowest` the place of its lowest point.

# %%
a = (width * width).mean().item()
lowest = (width * length).mean().item() / a
print(round(a, 3), round(lowest, 3))  # prints 2.046 2.838

# %% [markdown]
# The slope of a parabola grows evenly with the distance from its lowest point: the gradient is 2a · (w - lowest). Put
# that into the step, w - lr · gradient, and look at the distance that is left:
#
#     new w - lowest  =  (w - lowest) - lr · 2a · (w - lowest)  =  (1 - 2a · lr) · (w - lowest)
#
# So *each step multiplies the distance by the same factor*, 1 - 2a · lr. Everything follows from it:
#
# | factor | lr | what happens |
# | --- | --- | --- |
# | between 1 and 0 | small | comes nearer from one side |
# | 0 | 1 / 2a | is there in a single step |
# | between 0 and -1 | larger | jumps over the lowest point, but comes nearer |
# | -1 | 1 / a | jumps to and fro for ever |
# | below -1 | larger still | each jump is wider than the last |
#
# Here 1 / a is 1 / 2.046 = 0.489. What will the first five places be with lr = 0.489, from w = 0? And is it true?


# %%
def slide(lr: float, steps: int) -> list[float]:
    """The places of w, from 0 on, with one weight and no b."""
    w = torch.tensor(0.0, requires_grad=True)
    places = [0.0]
    for _ in range(steps):
        ((w * width - length) ** 2).mean().backward()
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
        places.append(w.item())
    return places


for lr in (0.1, 1 / (2 * a), 0.4, 1 / a, 0.52):
    factor = round(1 - 2 * a * lr, 2) + 0.0  # + 0.0: so that no "-0.0" is shown
    print(f"lr {lr:.3f}, factor {factor}:", [round(place, 2) + 0.0 for place in slide(lr, 4)])
# prints lr 0.100, factor 0.59: [0.0, 1.16, 1.85, 2.25, 2.49]
# prints lr 0.244, factor 0.0: [0.0, 2.84, 2.84, 2.84, 2.84]
# prints lr 0.400, factor -0.64: [0.0, 4.64, 1.69, 3.57, 2.37]
# prints lr 0.489, factor -1.0: [0.0, 5.68, 0.0, 5.68, 0.0]
# prints lr 0.520, factor -1.13: [0.0, 6.04, -0.77, 6.91, -1.75]

# %%
figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.4), layout="constrained", sharey=True)
ws = torch.linspace(-2.5, 8.0, 80)
curve = [((one * width - length) ** 2).mean().item() for one in ws]
for ax, lr in zip(axes, (0.1, 0.4, 0.52)):
    path = slide(lr, 5)
    heights = [((place * width - length) ** 2).mean().item() for place in path]
    ax.plot(ws.tolist(), curve, color="#bbbbbb")
    ax.plot(path, heights, "o-", color="#D55E00" if lr > 1 / a else "#0072B2", linewidth=1, markersize=4)
    ax.set_title(f"lr = {lr}: factor {1 - 2 * a * lr:+.2f}", fontsize=10, loc="left")
    ax.set_xlabel("w")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("loss (cm²)")
figure.savefig("05_bounces.png", dpi=110)

# %% [markdown]
# The steeper a valley (the larger `a`), the smaller an lr it bears. With `w` *and* `b` the valley is not equally steep
# in all directions, and the steepest one decides for both: it was passed somewhere between 0.34 and 0.36. And then that
# direction sets the pace for the flat ones, which are slow for want of a larger lr. Half of what comes in later
# lessons, momentum, Adam, a learning rate for each group, is about this.

# %% [markdown]
# ## A whole net
#
# Nothing in the loop depends on there being two parameters. Here is a net that tells the three species apart by all
# four measures: 4 numbers in, 16 in the middle, 3 scores out. Its parameters are two weights and two biases, 131
# numbers. `CrossEntropyLoss` is small where the score of the right species is by far the highest; giving all three the
# same score costs log 3, which is 1.1.

# %%
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
parameters = list(net.parameters())
print([p.shape for p in parameters])  # prints [(16, 4), (16,), (3, 16), (3,)]
loss_function = nn.CrossEntropyLoss()
losses = []
for _ in range(300):
    loss = loss_function(net(train.features), train.labels)
    loss.backward()
    with torch.no_grad():
        for p in parameters:
            p -= 0.1 * p.grad
    for p in parameters:
        p.grad = None
    losses.append(loss.item())
print([round(losses[step], 2) for step in (0, 100, 299)])  # prints [1.37, 0.23, 0.15]

# %%
with torch.no_grad():  # nothing will be learned from these: no need to remember how they were computed
    scores = net(test.features)
right = (scores.argmax(dim=1) == test.labels).sum().item()  # argmax: the place of the highest score
print(right, "of", len(test.labels))  # prints 29 of 30

# %% [markdown]
# 29 of the 30 flowers that it has not seen. The inner two loops, one that moves all parameters and one that clears
# them, are the same in every program. It would be natural to put them into an object that knows the parameters and the
# lr, with a method for each. Such an object is called an **optimizer**; its methods are `step()` and `zero_grad()`.
# That is lesson 6.
#
# ## What you have learned
#
# - Forward, backward, step, clear. The step stands in `no_grad`, for it is not a part of the model.
# - Clear before the next `backward()`, or each step goes along the sum of all gradients so far.
# - In a valley that is a parabola, each step multiplies the distance by 1 - lr · steepness. Beyond 2 / steepness it
#   flies apart. (Steepness is how fast the gradient grows: 2a above.)
#
# The exercises, in `exercises.py`; `tinygrad-optim check 5` looks at your answers:
#
# - `next_weight`: one step, on paper.
# - `bouncing_lr`: from two lines of a run, say which lr is too large for it.
# - `descend`: a loop for any loss.
# - `mended_training`: a loop with three faults, none of which raises an error.
#
# To read on: `no_grad` in `tinygrad_optim/grad_mode.py`, and `optim/sgd.py`, whose rule ends in the line
# `return p - lr * g, v`: you have just written it yourself.
