# %% [markdown]
# # 9. Inside step
#
# After this lesson you can
#
# - follow a call of `optimizer.step()` from the loop over the groups to the line that makes the new weight;
# - work out a step of SGD by hand, with momentum, dampening, Nesterov's momentum and weight decay;
# - say what the optimizer remembers between two steps, and where it is kept;
# - ask the package what a step did with one weight, and check its answer.
#
# About 40 minutes. It builds on lessons 6 to 8: the loop, the groups, their options. Now the step itself.

# %%
import inspect

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.sgd import sgd
from tinygrad_optim.plot import SURFACES, descend, trajectories
from tinygrad_optim.trace import explain, watch

# %% [markdown]
# ## The loop around the rule

# %%
print(inspect.getsource(optim.Optimizer.step))

# %% [markdown]
# The upper half prepares. `hooks` are others who look on, such as a `History`. A `closure` is for optimizers that want
# to work out the loss several times in one step; we give none. `check_step` refuses a gradient that does not fit its
# weight, before anything is changed.
#
# The lower half is the step: two loops, as in `zero_grad`. For each group, take its options as `numbers` (`step_group`
# is a faster way to do the same for many parameters at once; let us pretend that it always says no). For each parameter
# with a gradient:
#
# 1. `prepare` looks up what the optimizer remembers of this parameter: its *state*;
# 2. `self.rule(...)` gets four things: the weights, the gradient, the state and the options. It gives back new ones;
# 3. `write_back` puts them into the parameter and into the state.
#
# Note what the rule does *not* get: neither the net, nor the loss, nor any other parameter. All that an optimizer does
# to a weight is in that one call. Here is SGD's:

# %%
print(inspect.getsource(sgd))

# %% [markdown]
# That is all there is to stochastic gradient descent. Nine lines, no loop, no class, nothing is changed in place: old
# numbers in, new numbers out. So we can simply call it. It does not even need arrays; plain numbers do.
#
# ## Plain descent
#
# All options off but `lr`. Take the weight 1 and the gradient 2. Go through the source with a finger: which of its
# lines run? What comes out?

# %%
off = {"momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, "maximize": False}
print(sgd(1.0, 2.0, None, lr=0.1, **off))  # prints (0.8, None)

# %% [markdown]
# `1 - 0.1 * 2`, and `None` for the velocity: nothing is remembered. You wrote this line in lesson 5.
#
# ## Momentum
#
# Plain descent forgets each gradient as soon as it is used. With momentum the rule keeps a *velocity* `v`:
#
#     v = momentum * v + g        a share of the old velocity stays, the new gradient is added
#     p = p - lr * v              the weight goes along the velocity, not along the gradient
#
# The first time there is no velocity yet (`momentum_buffer is None`), and the gradient itself becomes it.
#
# Let the gradient be 2 each time, and the momentum 0.5. Predict the velocity after one, two and three steps. What will
# it be after very many?

# %%
p, v = 1.0, None
for _ in range(3):
    p, v = sgd(p, 2.0, v, lr=0.1, **{**off, "momentum": 0.5})
    print(round(p, 4), v)
# prints 0.8 2.0
# prints 0.5 3.0
# prints 0.15 3.5

# %% [markdown]
# 2, 3, 3.5, and so on towards 4: there what is lost in each step, half of 4, is just what comes in. In general the
# velocity under a constant gradient grows to `g / (1 - momentum)`. With the usual 0.9 that is *ten* gradients. So to
# switch momentum on is also to make the learning rate up to ten times as large. Many a training that "breaks with
# momentum" breaks because of that.
#
# And when the gradient stops? Here it is 1 for 20 steps, and then 0. Sketch the three velocities before you look.

# %%
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
for momentum, style in ((0.0, ":"), (0.5, "--"), (0.9, "-")):
    v, velocities = None, []
    for step in range(40):
        gradient = 1.0 if step < 20 else 0.0
        p, v = sgd(0.0, gradient, v, lr=0.1, **{**off, "momentum": momentum})
        velocities.append(gradient if v is None else v)
    axes.plot(range(1, 41), velocities, style, label=f"momentum {momentum}")
axes.axvspan(20.5, 40, color="#EEEEEE")
axes.text(21, 9.3, "from here on the gradient is 0")
axes.set(xlabel="step", ylabel="what lr is multiplied with", xlim=(1, 40), ylim=(-0.4, 10.2))
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure.savefig("09_velocity.png")

# %% [markdown]
# With 0.9 the weight rolls on for some twenty steps after the gradient has gone. In lesson 6 you met the extreme case:
# without `zero_grad` all gradients stay in the sum for ever. That was momentum 1, a ball without any friction.
#
# ## Where the velocity is kept
#
# A rule keeps nothing. The optimizer does, in `optimizer.state`: for each parameter a dict, which is empty until its
# first step.

# %%
w = torch.tensor(1.0, requires_grad=True)
optimizer = optim.SGD([w], lr=0.1, momentum=0.5)
print(len(optimizer.state))  # prints 0
for _ in range(3):
    optimizer.zero_grad()
    loss = 2 * w
    loss.backward()
    optimizer.step()
    print(round(w.item(), 4), optimizer.state[w]["momentum_buffer"].item())
# prints 0.8 2.0
# prints 0.5 3.0
# prints 0.15 3.5

# %% [markdown]
# The same numbers as by hand, and no wonder: it was the same function. Mind that `zero_grad` clears gradients, not the
# state. The velocity lives on through every `zero_grad`; that is what it is for.
#
# Look at the rule once more: `lr` stands *outside* the velocity. So if a schedule halves the rate, the very next step
# is half as long, velocity and all. (Some papers put it inside. There the old speed would have to die down
# first.)
#
# ## Dampening
#
# `dampening` makes a gradient count less as it enters the velocity: `(1 - dampening) * g`. With 0.5 and 0.5, one half
# stays and one half comes in, so that the velocity is a running *mean* of the gradients, where before it was a sum.
# What will the velocities be under the constant gradient 2? Careful, one line of the source is about the first step
# only.

# %%
p, v = 1.0, None
for _ in range(3):
    p, v = sgd(p, 2.0, v, lr=0.1, **{**off, "momentum": 0.5, "dampening": 0.5})
    print(round(p, 4), v)
# prints 0.8 2.0
# prints 0.6 2.0
# prints 0.4 2.0

# %% [markdown]
# The mean of twos is 2. The first velocity is the gradient itself, *not* dampened: else the mean would begin much too
# low.
#
# ## Nesterov's momentum
#
# A ball rolls on before it feels that the slope has turned. Nesterov's idea: look where the velocity is about to take
# you, and use the slope *there*. In the rule it is one line. After the velocity was updated, the weight goes along
#
#     g + momentum * v            the gradient, and the next bit of the velocity already
#
# instead of along `v`. Under the gradient 2 with momentum 0.5: how far does the *first* step go, in units of `lr`?

# %%
p, v = 1.0, None
for _ in range(3):
    p, v = sgd(p, 2.0, v, lr=0.1, **{**off, "momentum": 0.5, "nesterov": True})
    print(round(p, 4), v)
# prints 0.7 2.0
# prints 0.35 3.0
# prints -0.025 3.5

# %% [markdown]
# 2 + 0.5 * 2 = 3, so the weight goes to 0.7. The velocities are the same as before; what differs is where the weight
# stands: always one bit further ahead along the velocity. On a steady slope that is only a head start. Where the slope
# turns it makes all the difference. This valley is 40 times as steep across as it is along:


# %%
def plain(parameters: list) -> optim.SGD:
    return optim.SGD(parameters, lr=0.02)


def heavy(parameters: list) -> optim.SGD:
    return optim.SGD(parameters, lr=0.02, momentum=0.9)


def ahead(parameters: list) -> optim.SGD:
    return optim.SGD(parameters, lr=0.02, momentum=0.9, nesterov=True)


ravine = SURFACES["ravine"]
runs = {
    "plain": descend(ravine, plain, 40),
    "momentum 0.9": descend(ravine, heavy, 40),
    "Nesterov 0.9": descend(ravine, ahead, 40),
}
trajectories(ravine, runs).figure.savefig("09_ravine.png")
for name, run in runs.items():
    print(name, round(run.logged["value"].values[-1], 2))
# prints plain 9.93
# prints momentum 0.9 0.5
# prints Nesterov 0.9 0.03

# %% [markdown]
# The numbers are the height after 40 steps with one and the same `lr`. It cannot be made much larger: across the valley
# plain descent diverges from 0.05 on. So plain descent creeps along the floor. Momentum builds up speed along the
# valley, where all gradients agree, and pays by swinging across it. Nesterov's looks ahead, sees the other slope before
# it is there, and hardly swings.
#
# ## Weight decay comes first
#
# One line is left: `g = g + weight_decay * p`. From lesson 8 you know what it does. Now look where it *stands*: before
# the velocity. So what decay adds goes into the velocity and stays there for a while, as if it were part of the
# gradient. Work out two steps from the weight 1, with *no* gradient at all, `weight_decay` 0.5 and momentum 0.5:
#
#     g = 0 + 0.5 * 1     = 0.5      v = 0.5                    p = 1 - 0.1 * 0.5
#     g = 0 + 0.5 * p     = ?        v = 0.5 * 0.5 + g = ?      p = ?

# %%
p, v = 1.0, None
for _ in range(2):
    p, v = sgd(p, 0.0, v, lr=0.1, **{**off, "momentum": 0.5, "weight_decay": 0.5})
    print(round(p, 4), round(v, 4))
# prints 0.95 0.5
# prints 0.8775 0.725

# %% [markdown]
# The order of these lines is part of the rule. Decay added after the velocity would be another optimizer, with other
# numbers. In lesson 10 this very question, where decay enters, is what tells Adam from AdamW.
#
# ## Ask the package
#
# All this by hand, for a net? No. `explain` tells what the next step will do with one parameter, *before* it is taken.
# It tries the step on copies, and changes nothing. We let three steps go by first, so that there is a velocity.

# %%
torch.manual_seed(0)
net = nn.Linear(2, 1)
x, y = torch.tensor([[1.0, 2.0], [3.0, -1.0]]), torch.tensor([[1.0], [0.0]])
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
with watch(optimizer, "bias") as watched:
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()

optimizer.zero_grad()
loss = nn.functional.mse_loss(net(x), y)
loss.backward()
explained = explain(optimizer, "bias")
print(explained)

# %% [markdown]
# Find in it, from the top: the options and where each came from (lesson 7); the gradient and the ops it came through
# (lessons 2 and 3); the lines of the rule as they run, with their values; and the *equation*, which is the rule with
# all that is switched off left out. Take the two lines of numbers under it, and check them with a calculator. Then see
# "without": what the step would have been, had one option been 0.
#
# Now take the step, and see that it told the truth:

# %%
old = net.bias.item()
optimizer.step()
print(abs((net.bias.item() - old) - explained.change.numbers.item()) < 1e-7)  # prints True

# %% [markdown]
# `watch` is for afterwards: it kept what each of the three first steps did. The lines of the second one's equation,
# with its numbers:

# %%
print(len(watched))  # prints 3

# %%
print("\n".join(watched.explain(-2).equation.numbers))

# %% [markdown]
# ## What you have learned
#
# - `step` is two loops around one call: `rule(weight, gradient, state, options)` gives the new weight and state.
# - SGD: decay joins the gradient, the gradient joins the velocity, and `lr` times the velocity moves the weight.
# - Under a steady gradient momentum multiplies the step by up to `1 / (1 - momentum)`; Nesterov's looks ahead.
#
# The exercises: `third_weight`, `gradients_behind`, `l2_penalty`, `look_ahead`.
#
# Check them with `tinygrad-optim check 9`.
#
# To read on: `tinygrad_optim/optim/sgd.py` whole (it is short), `prepare` and `write_back` in `optim/optimizer.py`, and
# `docs/debugging.md`: how to step from `optimizer.step()` into the rule with a debugger.
