# %% [markdown]
# # 11. Schedules, group by group
#
# After this lesson you can
#
# - build a schedule, and say each group's learning rate at any step before you train anything;
# - warm up, then decay, with two schedules one after the other; and tell that from two schedules at once;
# - give each group a schedule of its own;
# - find out where a learning rate came from when it is not the one you set.
#
# It takes about 35 minutes. It builds on lesson 8 (groups), lesson 9 (momentum) and, for the warm-up, lesson 10 (Adam).

# %%
import inspect
import warnings

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_iris
from tinygrad_optim.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)
from tinygrad_optim.plot import History, learning_rates, loss_curves, schedule, schedule_series

# %% [markdown]
# Some of what follows is wrong on purpose. PyTorch is silent about it; this package gives a warning. Here we want to
# see first what happens, so warnings are off until we ask for them:

# %%
warnings.simplefilter("ignore")

# %% [markdown]
# ## Why a learning rate should not stay
#
# One weight, whose best value is 0. Each step sees the true gradient, which is `w` itself, plus noise, as a batch of a
# few samples would give it. Whether `lr` is large or small, something is lost:


# %%
def noisy(make_schedule, steps=200, lr=0.5):
    """A weight's way from 10 under SGD with this schedule, and the mean distance from 0 over its last 50 steps."""
    torch.manual_seed(3)
    w = nn.Parameter(torch.tensor(10.0))
    optimizer = optim.SGD([w], lr=lr)
    scheduler = make_schedule(optimizer)
    path = []
    for _ in range(steps):
        w.grad = w.detach() + torch.randn(())
        optimizer.step()
        scheduler.step()
        path.append(w.item())
    return path, round(sum(abs(p) for p in path[-50:]) / 50, 2)


def constant(optimizer):
    return LambdaLR(optimizer, lambda t: 1.0)


runs = {
    "lr = 0.5": noisy(constant),
    "lr = 0.01": noisy(constant, lr=0.01),
    "lr from 0.5 down to 0.01": noisy(lambda optimizer: ExponentialLR(optimizer, 0.02 ** (1 / 200))),
}
for name, (_, distance) in runs.items():
    print(name, distance)
# prints lr = 0.5 0.53
# prints lr = 0.01 1.83
# prints lr from 0.5 down to 0.01 0.16

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for name, (path, _) in runs.items():
    ax.plot(path, linewidth=1.2, label=name)
ax.axhline(0, color="grey", linewidth=0.8)
ax.set(xlabel="step", ylabel="weight")
ax.legend(frameon=False)
figure.savefig("11_noise.png")

# %% [markdown]
# The large rate is there at once, and then jumps about with the noise. The small one is still on its way. Large first
# and small later has both: that is what a schedule is for.
#
# ## A schedule by hand
#
# A learning rate is an entry in a dict, `group["lr"]`, and the rule reads it anew at each step. So a schedule can be
# one line of your own. Our two groups from now on: a *body* with 0.01, and a *head* with 0.1.


# %%
def two_groups():
    body, head = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2))
    return optim.SGD([{"params": [("body", body)], "lr": 0.01}, {"params": [("head", head)]}], lr=0.1)


optimizer = two_groups()
for group in optimizer.param_groups:
    group["lr"] *= 0.5
print([group["lr"] for group in optimizer.param_groups])  # prints [0.005, 0.05]
print([group.origin["lr"] for group in optimizer.param_groups])  # prints ['assigned', 'assigned']

# %% [markdown]
# `origin` is this package's own: it knows of each option where its value came from. Before the loop the body's 0.01 was
# from its `group` and the head's 0.1 the `default`; now both were `assigned` by you.
#
# ## StepLR: the same, by count
#
# A scheduler is an object that holds the optimizer and counts. `StepLR(optimizer, 3, gamma=0.5)` halves every group's
# `lr` at every third call of its `step()`. The loop calls it *after* `optimizer.step()`:

# %%
optimizer = two_groups()
scheduler = StepLR(optimizer, step_size=3, gamma=0.5)
for step in range(1, 8):
    print(f"step {step} is taken with", [group["lr"] for group in optimizer.param_groups])
    optimizer.step()
    scheduler.step()
# prints step 1 is taken with [0.01, 0.1]
# prints step 2 is taken with [0.01, 0.1]
# prints step 3 is taken with [0.01, 0.1]
# prints step 4 is taken with [0.005, 0.05]
# prints step 5 is taken with [0.005, 0.05]
# prints step 6 is taken with [0.005, 0.05]
# prints step 7 is taken with [0.0025, 0.025]

# %% [markdown]
# All groups were halved, each from its own rate: the head stays ten times as fast as the body. That is the rule for
# most schedules: **they multiply what is there**. Here is StepLR's rule, whole:

# %%
print(inspect.getsource(StepLR.rule))

# %% [markdown]
# `t` is how often the scheduler has stepped, `base` the group's `lr` at the start, `lr` the one it has now. Like an
# optimizer's rule it is a pure function, called once for each group. The group remembers its `base`:

# %%
body, head = optimizer.param_groups
print(head["initial_lr"], head["lr"], head.origin["lr"])  # prints 0.1 0.025 StepLR

# %% [markdown]
# Two mistakes are so common that you should make them once in your head. **Predict** what happens:
#
# - `scheduler.step()` stands before `optimizer.step()`: the first rate is never used. (You get a warning, as in
#   PyTorch.)
# - a schedule is meant for *epochs* (passes through all data), and `scheduler.step()` stands in the loop over
#   *batches*: with 100 batches StepLR with `step_size=3` halves the rate 33 times in the first epoch. Nothing warns: a
#   scheduler counts calls, no more.
#
# ## See it before you train
#
# `schedule_series` tells what a schedule will do, on a stand-in for the optimizer (nothing is trained); `schedule`
# draws it.


# %%
def rates(make, steps, lr=(0.01, 0.1)):
    """Each group's lr at each step, rounded."""
    return [[round(rate, 4) for rate in series.values] for series in schedule_series(make, steps, lr=list(lr))]


body, head = rates(lambda optimizer: CosineAnnealingLR(optimizer, T_max=6), 6)
print(head)  # prints [0.1, 0.0933, 0.075, 0.05, 0.025, 0.0067, 0.0]
print(body)  # prints [0.01, 0.0093, 0.0075, 0.005, 0.0025, 0.0007, 0.0]

# %% [markdown]
# The *cosine* goes down along half a wave: gently at first, fast in the middle, gently into 0. It is the favourite for
# trainings of known length: `T_max` is that length, in calls.
#
# ## Warm-up, and one schedule after the other
#
# At the very beginning a full `lr` does harm. The weights are random and the loss is steep. And Adam has seen one
# gradient: as you saw in lesson 10, its first steps go by little more than the sign. So one begins with a small part of
# the rate and raises it over some steps: the *warm-up*. `LinearLR` does it; `SequentialLR` joins it to what follows.
#
# **Predict** the head's nine rates (its own is 0.1): four calls of warm-up from a fifth of it, then four of cosine.


# %%
def warm_up_then_cosine(optimizer):
    warm_up = LinearLR(optimizer, start_factor=0.2, total_iters=4)
    cosine = CosineAnnealingLR(optimizer, T_max=4)
    return SequentialLR(optimizer, [warm_up, cosine], milestones=[4])


print(rates(warm_up_then_cosine, 8)[1])  # prints [0.02, 0.04, 0.06, 0.08, 0.1, 0.0854, 0.05, 0.0146, 0.0]

# %% [markdown]
# The milestone is the step at which the second schedule begins, *with its own step 0*. At step 4 the warm-up would have
# arrived at the full rate, and the cosine begins with the full rate: the two meet. Make `milestones` and `total_iters`
# the same number, and `T_max` what is left of the training, and it always fits.
#
# ## Two schedules at once
#
# Schedules that multiply can also work side by side: each multiplies what the others left. `ChainedScheduler` steps all
# of them; calling `step()` of each in the loop would do the same.


# %%
def both_at_once(optimizer):
    warm_up = LinearLR(optimizer, start_factor=0.2, total_iters=4)
    decay = ExponentialLR(optimizer, gamma=0.9)
    return ChainedScheduler([warm_up, decay])


print(rates(both_at_once, 8)[1])  # prints [0.02, 0.036, 0.0486, 0.0583, 0.0656, 0.059, 0.0531, 0.0478, 0.043]

# %% [markdown]
# The decay was at work from the first step on, so the rate never reaches 0.1: at step 4 it is `0.1 * 1.0 * 0.9**4`. The
# difference in one line: **Sequential: one after the other, each from its own 0. Chained: all from the start,
# multiplied.**

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True, layout="constrained")
for ax, make in zip(axes, (warm_up_then_cosine, both_at_once)):
    schedule(make, 8, ax, lr=[0.01, 0.1])
    ax.set_title(make.__name__)
axes[1].set_ylabel("")
figure.savefig("11_two_schedules.png")

# %% [markdown]
# ## A schedule for each group
#
# All schedules so far did the same to each group. `LambdaLR` takes a function from the step to a factor, or a *list* of
# them, one for each group: `lr = base * f(t)`. Say the body shall rest for three steps while the head, which is new,
# finds its feet:

# %%
rest = [lambda t: 0.0 if t < 3 else 1.0, lambda t: 1.0]
print(rates(lambda optimizer: LambdaLR(optimizer, rest), 5))
# prints [[0.0, 0.0, 0.0, 0.01, 0.01, 0.01], [0.1, 0.1, 0.1, 0.1, 0.1, 0.1]]

# %% [markdown]
# A trap for whoever builds such a list in a loop: a lambda looks its names up when it is *called*.

# %%
wrong = [lambda t: min(1.0, (t + 1) / length) for length in (2, 4)]  # noqa: B023
right = [lambda t, length=length: min(1.0, (t + 1) / length) for length in (2, 4)]
print([f(0) for f in wrong], [f(0) for f in right])  # prints [0.25, 0.25] [0.5, 0.25]

# %% [markdown]
# When `wrong` is called the loop is over and `length` is 4 for both. A default argument, `length=length`, keeps each
# one's own.
#
# ## One cycle
#
# `OneCycleLR` is a whole training's plan in one: up from `max_lr / 25` to `max_lr` in the first 30 % of the steps, and
# down to almost nothing in the rest. Meanwhile momentum goes the other way: where steps are long, less of the old
# velocity is kept.
#
# **Predict.** Our groups have 0.01 and 0.1. `OneCycleLR(optimizer, max_lr=0.5, total_steps=20)`: with which rates is
# the first step taken?

# %%
print([series[0] for series in rates(lambda optimizer: OneCycleLR(optimizer, 0.5, total_steps=20), 1)])
# prints [0.02, 0.02]

# %% [markdown]
# With 0.5 / 25, both. OneCycleLR does not multiply what is there: it computes the rate from `max_lr` and **never looks
# at the groups' own**. The difference between body and head is gone. PyTorch does not say a word. This package would
# have, had we not switched it off:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    OneCycleLR(two_groups(), 0.5, total_steps=20)
for warning in caught:
    print(warning.message)

# %% [markdown]
# A list keeps the difference:

# %%
body, head = rates(lambda optimizer: OneCycleLR(optimizer, [0.05, 0.5], total_steps=20), 19)
print(body[0], max(body), body.index(max(body)))  # prints 0.002 0.05 5
print(head[0], max(head), head.index(max(head)))  # prints 0.02 0.5 5

# %%
figure, axes = plt.subplots(2, 1, figsize=(6.5, 4.6), sharex=True, layout="constrained")
for ax, option in zip(axes, ("lr", "momentum")):
    schedule(
        lambda optimizer: OneCycleLR(optimizer, [0.05, 0.5], total_steps=20), 19, ax, lr=[0.01, 0.1], option=option
    )
axes[0].set_xlabel("")
axes[1].set(ylim=(0.8, 1.0), xticks=range(0, 20, 5))
figure.savefig("11_one_cycle.png")

# %% [markdown]
# ## Where did this learning rate come from?
#
# In the middle of a training you look at a group and find a number that you never wrote. Ask its `origin`. And know
# what will become of a number that *you* write in between. **Predict**: after two steps you set the head's `lr` to 1.0
# by hand. What does the next `scheduler.step()` make of it, for StepLR with `step_size=1, gamma=0.5`, and for a
# LambdaLR with `0.5**t`, which without you does just the same?

# %%
for make in (lambda o: StepLR(o, 1, gamma=0.5), lambda o: LambdaLR(o, lambda t: 0.5**t)):
    optimizer = two_groups()
    scheduler = make(optimizer)
    head = optimizer.param_groups[1]
    for step in range(3):
        if step == 2:
            head["lr"] = 1.0
            print(head.origin["lr"], end=", then ")
        optimizer.step()
        scheduler.step()
    print(head.origin["lr"], head["lr"])
# prints assigned, then StepLR 0.5
# prints assigned, then LambdaLR 0.0125

# %% [markdown]
# StepLR multiplied yours. LambdaLR computed its own from the initial lr, 0.1 / 8, and yours is gone. So: the schedules
# that multiply respect an edit; `LambdaLR`, `OneCycleLR`, `CyclicLR` and `CosineAnnealingWarmRestarts` do not.
#
# ## A training
#
# Irises: four measurements of a flower, three species. AdamW, the body with a tenth of the head's rate, sixty steps of
# 20 flowers each; once at constant rates, once with warm-up and cosine. The rate, 0.3, is on the bold side.

# %%
train, test = load_iris()


def trained(make_schedule, seed, lr=0.3, steps=60):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    body, head = net[0].parameters(), net[2].parameters()
    optimizer = optim.AdamW([{"params": body, "lr": lr / 10}, {"params": head}], lr=lr)
    scheduler = make_schedule(optimizer)
    with History(optimizer) as history:
        for _ in range(steps):
            batch = torch.randperm(len(train.labels))[:20]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(train.features[batch]), train.labels[batch])
            loss.backward()
            optimizer.step()
            scheduler.step()
            history.log("loss", nn.functional.cross_entropy(net(train.features), train.labels))
    return history


def planned(optimizer):
    warm_up = LinearLR(optimizer, start_factor=0.1, total_iters=10)
    return SequentialLR(optimizer, [warm_up, CosineAnnealingLR(optimizer, T_max=50)], milestones=[10])


for name, make in {"constant": constant, "warm-up and cosine": planned}.items():
    losses = [trained(make, seed).logged["loss"].values for seed in range(1, 6)]
    print(name)
    print("  highest:", [round(max(values), 1) for values in losses])
    print("  at the end:", [round(values[-1], 2) for values in losses])
# prints constant
# prints   highest: [4.3, 3.1, 2.5, 2.6, 4.3]
# prints   at the end: [0.07, 0.11, 0.14, 0.08, 0.09]
# prints warm-up and cosine
# prints   highest: [1.0, 1.1, 1.0, 1.0, 1.1]
# prints   at the end: [0.07, 0.07, 0.08, 0.08, 0.07]

# %%
figure, axes = plt.subplots(2, 1, figsize=(7.5, 5.4), sharex=True, layout="constrained")
histories = {"constant": trained(constant, seed=3), "warm-up and cosine": trained(planned, seed=3)}
loss_curves(histories, axes[0], smooth=1)
learning_rates(histories["warm-up and cosine"], axes[1])
axes[0].set_xlabel("")
figure.savefig("11_training.png")

# %% [markdown]
# Five seeds, so that you need not believe a single lucky run. Without warm-up the first step throws the loss up to 4;
# with it the loss hardly rises above where it began. At the end the constant rate is still jumping, and where it stops
# is a matter of luck; the cosine ends in the same place each time. That is what a plan buys: you can be bold. (It is no
# magic. Constant at 0.1 this net ends at 0.10 or 0.11 with every seed, nearly as good; and at 0.03 the plan loses,
# because sixty steps are then too few to waste any on small rates.)
#
# One thing more follows from lesson 10: AdamW's decay is `lr * weight_decay`, so as the rate goes to 0 the decay does
# too.
#
# ## What you have learned
#
# - A schedule sets `group["lr"]`, once for each call of `step()`; most multiply what is there, so groups keep their
#   ratio.
# - Sequential: one after the other. Chained: all at once, multiplied. LambdaLR: a function for each group.
# - `OneCycleLR` and `LambdaLR` compute the rate themselves; `group.origin["lr"]` says who wrote it last.
#
# **Exercises**: `tinygrad-optim check 11` checks them all, `tinygrad-optim hint 11.rate_after_an_edit` gives a hint.
#
# - `rate_after_an_edit` (predict): a rate that you changed in the middle of a StepLR
# - `trapezoid` (write): up, level, down
# - `halving_each` (write): each group halves its rate at its own pace
# - `train` (find): a loop whose schedule is not what its author meant
#
# **Read on**: `tinygrad_optim/optim/lr_scheduler/driver.py`, from `step` to `get_lr`; then the rules in `decay.py`,
# each with its closed form beside it.
