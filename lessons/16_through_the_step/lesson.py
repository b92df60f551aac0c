# %% [markdown]
# # 16. Through the step
#
# After this lesson you can
#
# - ask how the loss after a training would have changed, had a learning rate been a little larger, and get the answer
#   from one `backward()`;
# - check that answer, and recognise the wrong one that comes out when half of the graph is missing;
# - let a program learn the learning rate of each parameter group by gradient descent;
# - say what that costs, and why the learning rates it finds can be too greedy.
#
# 35 minutes. It builds on lessons 2 (the graph), 4 (checking a gradient), 8 (groups) and 9 (inside step).

# %% [markdown]
# ## The slope of a setting
#
# You have computed the slope of the loss along each weight many times: it is what `backward()` leaves in `.grad`. Along
# the learning rate you never had one. You tried 0.1, then 0.03, then 0.3, and looked.
#
# Let us look at one weight and one step. The loss is w², w begins at 3, and lr is 0.1. How much lower would the loss
# after the step be with a slightly larger lr? Lesson 4 taught you to answer such a question without any calculus: do it
# twice.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import two_moons
from tinygrad_optim.engine import topological_order
from tinygrad_optim.graph import draw_graph
from tinygrad_optim.plot.style import look, plain


def loss_after(lr, steps=1):
    """The loss w**2 after so many ordinary steps of SGD from w = 3."""
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    optimizer = optim.SGD([w], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    return (w * w).item()


def slope(f, x, h=1e-6):
    """f'(x), by central differences."""
    return (f(x + h) - f(x - h)) / (2 * h)


print(round(loss_after(0.1), 4))  # prints 5.76
print(round(slope(loss_after, 0.1), 4))  # prints -28.8

# %% [markdown]
# The slope is negative: a larger lr would have been better. **Now find -28.8 on paper**, with the chain rule. Take a
# minute; it is the whole lesson in one line.
#
# The gradient at w = 3 is 6. The step makes w' = 3 - lr * 6 = 2.4. The loss is w'². How does it depend on lr?
#
# - the loss depends on w': the slope is 2 w' = 4.8, the gradient *after* the step;
# - w' depends on lr: the slope is -6, minus the gradient *before* the step.
#
# Together 4.8 * (-6) = -28.8. Remember it as a sentence: **the slope of the loss along lr is minus the gradient before
# times the gradient after.** If both point the same way, the step could have been longer. If they point in opposite
# directions, it went too far.
#
# ## The step as part of the graph
#
# Multiplying slopes along a path is what `backward()` does. It could have found -28.8 by itself, if the step had been
# part of the graph. Usually it is not, and on purpose: `step()` writes new numbers into the weight's array, and the
# graph knows nothing of it.
#
# `differentiable=True` asks for the other thing. The same rule is run, but on tensors instead of arrays, and the weight
# becomes the *result* of that computation:

# %%
start = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
lr = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)

w = start.clone()
optimizer = optim.SGD([w], lr=lr, differentiable=True)
(w.grad,) = torch.autograd.grad(w * w, w)
optimizer.step()
after = w * w
after.backward()
print(round(lr.grad.item(), 4))  # prints -28.8

# %% [markdown]
# The same number, without a second training. Three things differ from the loop that you know:
#
# 1. `lr` is a tensor that asks for a gradient. Options may be tensors; in the ordinary step only their number counts.
# 2. The optimizer is given `start.clone()`, not `start`. After the step w is something computed, so it cannot also be
#    the leaf at which everything began. Forget it, and you are told:

# %%
leaf = torch.tensor(3.0, requires_grad=True)
leaf.grad = torch.tensor(6.0)
try:
    optim.SGD([leaf], lr=lr, differentiable=True).step()
except RuntimeError as error:
    print(error)

# %% [markdown]
# 3. The gradient does not come from `backward()`, which fills the `.grad` of leaves, but from
#    `torch.autograd.grad(loss, w)`, which returns it. We put it where `step()` looks.
#
# Here is the graph that `after.backward()` walked. Read it from the bottom, and find the step in it:

# %%
print(draw_graph(after).to_text())

# %% [markdown]
# The line `sub` is the last line of SGD's rule, `p - lr * g`. Its two parents are the weight before the step, and `lr`
# times the gradient. One path of the walk ends at `lr`. The other ends at `start`; its gradient says how the loss after
# the step would change had the training begun elsewhere.
#
# ## Two steps, and a number that is wrong
#
# Now two steps. The program is the same with a loop around it. Beside it stands the answer by differences:


# %%
def slope_through(steps, create_graph):
    """d(loss after so many steps) / d(lr) at lr = 0.1, through the steps."""
    start = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    lr = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    w = start.clone()
    optimizer = optim.SGD([w], lr=lr, differentiable=True)
    for _ in range(steps):
        (w.grad,) = torch.autograd.grad(w * w, w, create_graph=create_graph)
        optimizer.step()
    (w * w).backward()
    return round(lr.grad.item(), 4)


print(round(slope(lambda lr: loss_after(lr, steps=2), 0.1), 4))  # prints -36.864
print(slope_through(2, create_graph=False))  # prints -41.472

# %% [markdown]
# They disagree, and differences do not lie. **What is missing?** Think of a slightly larger lr. The first step is
# longer, so w is smaller at the second step, so *the second gradient is smaller*. The program above took that gradient
# as a plain number, 4.8, as if it would be the same whatever lr had been.
#
# `create_graph=True` makes the gradient itself part of the graph: the walk back is recorded too. Then the path from lr
# through the first step into the second gradient is there:

# %%
print(slope_through(2, create_graph=True))  # prints -36.864

# %% [markdown]
# This is the mistake to know. No error is raised, the sign is right, the size is nearly right, and with one step there
# is no difference at all. Only the comparison with differences finds it. So compare, always, before you build on such a
# number.
#
# With more steps it stays the same program. Below is the loss after five steps in a bowl that is eight times steeper in
# one direction, for sixty learning rates, each trained anew. On it lie the slopes at five of them, each from one
# `backward()`:


# %%
def bowl(x, y):
    return (x * x + 8 * (y * y)) / 2


def in_the_bowl(lr, steps=5):
    """The loss after so many steps from (4, 1); lr is a tensor, and the result has a gradient for it."""
    x, y = (torch.tensor(place, dtype=torch.float64, requires_grad=True).clone() for place in (4.0, 1.0))
    optimizer = optim.SGD([x, y], lr=lr, differentiable=True)
    for _ in range(steps):
        x.grad, y.grad = torch.autograd.grad(bowl(x, y), (x, y), create_graph=True)
        optimizer.step()
    return bowl(x, y)


figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained", facecolor="white")
plain(axes)
rates = np.linspace(0.0, 0.268, 60)
axes.plot(rates, [in_the_bowl(rate).item() for rate in rates], **look(0))
for rate in (0.03, 0.1, 0.17, 0.22, 0.26):
    lr = torch.tensor(rate, dtype=torch.float64, requires_grad=True)
    loss = in_the_bowl(lr)
    loss.backward()
    ends = np.array([rate - 0.015, rate + 0.015])
    axes.plot(ends, loss.item() + lr.grad.item() * (ends - rate), linewidth=2.5, color=look(1)["color"])
    axes.plot(rate, loss.item(), "o", color=look(1)["color"])
    print(f"lr {rate}: loss {loss.item():.2f}, slope {lr.grad.item():.0f}")
axes.set(xlabel="lr", ylabel="loss after five steps", ylim=(0, 13))
figure.savefig("16_slopes.png")
# prints lr 0.03: loss 6.16, slope -88
# prints lr 0.1: loss 2.79, slope -31
# prints lr 0.17: loss 1.24, slope -15
# prints lr 0.22: loss 0.92, slope 19
# prints lr 0.26: loss 9.03, slope 634

# %% [markdown]
# Left of 0.2 a larger lr is better. Beyond it the steep direction begins to swing, and soon it explodes. Each slope was
# found without a look at the rest of the curve.
#
# ## Learning the learning rates
#
# If you have a slope, you can go downhill. The lr of a group is a number like a weight; so train it as one. Around the
# training stands a second loop, and in it a second optimizer, whose only parameters are the learning rates of the
# first.
#
# One detail: an lr must stay positive, and a good one may be ten times larger or ten times smaller. So what we train is
# its logarithm, and `lr = exp(log_lr)`.
#
# Three weights, three groups, and the loss is 1, 10 and 40 times as steep along them. After **one** step the loss
# should be as low as it can be. *Which three learning rates will be found?* (For one weight you can work it out: the
# step has to end at 0.)

# %%
CURVATURES = (1.0, 10.0, 40.0)


def steep(ws):
    return sum(c * (w * w) / 2 for c, w in zip(CURVATURES, ws))


def after_one_step(lrs):
    """The loss after one step from (2, 2, 2), each weight in a group with an lr of its own."""
    ws = [torch.tensor(2.0, dtype=torch.float64, requires_grad=True).clone() for _ in CURVATURES]
    optimizer = optim.SGD([{"params": [w], "lr": lr} for w, lr in zip(ws, lrs)], differentiable=True)
    for w, g in zip(ws, torch.autograd.grad(steep(ws), ws)):
        w.grad = g
    optimizer.step()
    return steep(ws)


log_lrs = [torch.tensor(math.log(0.02), dtype=torch.float64, requires_grad=True) for _ in CURVATURES]
outer = optim.Adam(log_lrs, lr=0.1)
for _ in range(150):
    outer.zero_grad()
    loss = after_one_step([log_lr.exp() for log_lr in log_lrs])
    loss.backward()
    outer.step()
print([round(log_lr.exp().item(), 3) for log_lr in log_lrs])  # prints [1.0, 0.1, 0.025]

# %% [markdown]
# They are 1 / 1, 1 / 10 and 1 / 40. Each weight c * w² / 2 has the gradient c * w, so lr = 1 / c takes it to 0 in one
# step. Nobody told the program how steep the loss is along each weight. And no single lr could have done it: this is
# what groups are for, pushed to the end.
#
# ## On a net
#
# Now the real thing: a net of three layers that parts two moons, each layer a group. We ask for the three learning
# rates after which the loss is lowest **after five steps**.
#
# The weights are clones, so the net is written as a function of them:

# %%
torch.manual_seed(0)
points, sides = two_moons(100, noise=0.1)
sides = sides.float()[:, None]
layers = [list(layer.parameters()) for layer in (nn.Linear(2, 8), nn.Linear(8, 8), nn.Linear(8, 1))]


def net_loss(layers):
    hidden = points
    for weight, bias in layers[:-1]:
        hidden = torch.tanh(nn.functional.linear(hidden, weight, bias))
    return nn.functional.binary_cross_entropy_with_logits(nn.functional.linear(hidden, *layers[-1]), sides)


def losses_with(lrs, steps):
    """The loss before each step, and after the last; each has a path to the lrs."""
    copies = [[p.clone() for p in layer] for layer in layers]
    optimizer = optim.SGD([{"params": layer, "lr": lr} for layer, lr in zip(copies, lrs)], differentiable=True)
    weights = [p for layer in copies for p in layer]
    losses = [net_loss(copies)]
    for _ in range(steps):
        for p, g in zip(weights, torch.autograd.grad(losses[-1], weights, create_graph=True)):
            p.grad = g
        optimizer.step()
        losses.append(net_loss(copies))
    return losses


log_lrs = [torch.tensor(math.log(0.1), requires_grad=True) for _ in layers]
outer = optim.Adam(log_lrs, lr=0.2)
found = []
for _ in range(30):
    outer.zero_grad()
    losses_with([log_lr.exp() for log_lr in log_lrs], steps=5)[-1].backward()
    outer.step()
    found.append([log_lr.exp().item() for log_lr in log_lrs])
print([round(lr, 1) for lr in found[-1]])

# %% [markdown]
# Never trust a slope that you have not checked. The first one, by differences:

# %%
rates = [torch.tensor(0.1, requires_grad=True) for _ in layers]
losses_with(rates, steps=5)[-1].backward()
by_difference = slope(lambda lr: losses_with([lr, 0.1, 0.1], steps=5)[-1].item(), 0.1, h=0.01)
print(f"{rates[0].grad.item():.3f} {by_difference:.3f}")

# %% [markdown]
# Was it worth it? We train for 20 steps, with the three learning rates that were found and, to compare, with one lr for
# all layers. The vertical line is where the five steps end:

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained", facecolor="white")
for axes in (left, right):
    plain(axes)
for number, name in enumerate(("first layer", "second layer", "last layer")):
    left.plot(range(1, 31), [lrs[number] for lrs in found], label=name, **look(number))
left.set(yscale="log", xlabel="step of the outer optimizer", ylabel="lr", title="the learning rates, learned")
left.legend(frameon=False)
runs = {"lr 1 for all": [1.0] * 3, "lr 2 for all": [2.0] * 3, "learned for 5 steps": found[-1]}
for number, (name, lrs) in enumerate(runs.items()):
    losses = [loss.item() for loss in losses_with(lrs, steps=20)]
    right.plot(losses, label=name, **look(number))
    print(f"{name}: {losses[5]:.2f} after 5 steps, {losses[8]:.2f} after 8")
right.axvline(5, color="black", linewidth=0.8)
right.set(xticks=range(0, 21, 5), xlabel="step", ylabel="loss", title="what they do, also beyond the five steps")
right.legend(frameon=False)
figure.savefig("16_learned.png")

# %% [markdown]
# Two things are to be seen.
#
# **Layers want different learning rates.** The first layer asked for one many times larger than the others. After the
# five steps it was asked for, the loss is far lower than any single lr gets.
#
# **They are good for what was asked, and for no more.** As soon as the five steps are over, the loss climbs again:
# these learning rates are too large to go on with. What is best for five steps is greedy. Wu et al. (2018,
# "Understanding short-horizon bias in stochastic meta-optimization") gave this a name. You can ask for the loss after
# more steps, and pay for it.
#
# ## What it costs
#
# `backward()` has to go back through every step, so every step's graph must be kept:


# %%
def size_of_graph(steps):
    return len(topological_order([losses_with([1.0, 1.0, 1.0], steps)[-1].node]))


print(size_of_graph(1), size_of_graph(2), size_of_graph(4))

# %% [markdown]
# It grows by the same number of nodes with every step, and every node keeps arrays. Five steps are no trouble; five
# thousand are.
#
# So people cut it short. Recall the sentence: the slope along lr is minus the gradient before times the gradient after.
# Both are at hand in any training: the gradient of the last step, and the one of this step. Baydin et al. (2018,
# "Online learning rate adaptation with hypergradient descent") change lr by it after each step, while the training goes
# on, without any graph. One of the exercises is to write that down.
#
# ## What you have learned
#
# With `differentiable=True` a step is part of the graph, and any setting that is a tensor gets a gradient: `lr` of each
# group, `momentum`, `weight_decay`. From the second step on the gradients must be part of it too (`create_graph=True`),
# or the answer is wrong without a word. What is learned so is good for the horizon it was learned for.
#
# The exercises: `slope_of_one_step` (predict), `slopes` (write: of each group's lr, and of momentum), `what_was_lost`
# (read three numbers, and tell what a program forgot) and `online_lrs` (write: an lr that adapts as it goes). Check
# them with
#
#     tinygrad-optim check 16
#
# Read on in `tinygrad_optim/optim/apply_rule.py`, the function `differentiably`, and in `tinygrad_optim/same_code.py`:
# how one rule, written for arrays, is run on tensors.
