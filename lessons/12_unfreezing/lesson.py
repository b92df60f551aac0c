# %% [markdown]
# # 12. Unfreezing in mid-training
#
# After this lesson you can
#
# - keep a layer still while the rest of the net is trained, in three ways, and say what each costs;
# - add a layer to a running optimizer with `add_param_group`, and say which state, step count and learning rate it
#   gets;
# - choose the rate of a layer that joins late, knowing what Adam's first step does;
# - say what a schedule makes of a group that it has never seen.
#
# It takes about 35 minutes. It builds on lesson 7 (`add_param_group`), lesson 10 (Adam) and lesson 11 (schedules).

# %%
import copy
import warnings

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_digits
from tinygrad_optim.nn.functional import cross_entropy
from tinygrad_optim.optim.lr_scheduler import ExponentialLR
from tinygrad_optim.plot import History, group_activity, loss_curves
from tinygrad_optim.trace import explain

# %% [markdown]
# Some of what follows is wrong on purpose. PyTorch is silent about it; this package gives a warning. Here we want to
# see first what happens, so warnings are off until we ask for them:

# %%
warnings.simplefilter("ignore")

# %% [markdown]
# ## A net that has learned, and a new scanner
#
# A small net learns to read digits, nearly all of them: a *body* of two layers that makes 16 features of 64 pixels, and
# a *head* that makes ten scores of the 16.

# %%
train, test = load_digits()


def of_ten(net, images, labels):
    """Of ten such images, how many the net reads; rounded."""
    with torch.no_grad():
        return round(10 * (net(images).argmax(1) == labels).float().mean().item())


torch.manual_seed(0)
body = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh())
net = nn.Sequential(body, nn.Linear(16, 10))
optimizer = optim.Adam(net.parameters(), lr=0.01)
for _ in range(300):
    batch = torch.randperm(len(train.labels))[:64]
    optimizer.zero_grad()
    cross_entropy(net(train.images[batch]), train.labels[batch]).backward()
    optimizer.step()
optimizer.zero_grad()  # the last gradient is of no more use
print(of_ten(net, test.images, test.labels))  # prints 10

# %% [markdown]
# Then the scanner is replaced, and the new one delivers *negatives*: what was black is white. A hundred of them have
# been labelled. **Predict**: how many of ten negatives does the net read, if a blind guess reads one?

# %%
images, labels = 1 - train.images[:100], train.labels[:100]
new_test = (1 - test.images, test.labels)
print(of_ten(net, *new_test))  # prints 1

# %% [markdown]
# One. But the body knows about strokes and gaps, and that should be of use. The usual plan: give it a new head; train
# the head alone while the body is *frozen*; then *unfreeze* the body, carefully.
#
# ## Freezing
#
# `requires_grad_(False)` on a module tells each of its parameters not to ask for a gradient. And the optimizer is given
# the head alone:


# %%
def with_new_head():
    """A copy of the learned body, frozen, under a new head; and an Adam that knows the head alone."""
    torch.manual_seed(1)
    net = nn.Sequential(copy.deepcopy(body), nn.Linear(16, 10))
    net[0].requires_grad_(False)
    return net, optim.Adam(net[1].parameters(), lr=0.01)


def fit(net, optimizer, steps, history=None, scheduler=None):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
        if history:
            history.log("loss", loss)
    return round(loss.item(), 2)


net, optimizer = with_new_head()
print(fit(net, optimizer, 60), of_ten(net, *new_test))  # prints 1.67 6
lowest, head = net[0][0].weight, net[1].weight
print(lowest.grad, head.grad.shape == head.shape)  # prints None True

# %% [markdown]
# The body's gradient is `None`: it was never computed, which also saves the time it takes. The head does what it can
# with features that were made for another scanner.
#
# ## Unfreezing: the first try
#
# **Predict.** The body may learn again: `net[0].requires_grad_(True)`. We train 20 more steps. How far has the lowest
# layer moved?

# %%
net[0].requires_grad_(True)
before = lowest.detach().clone()
fit(net, optimizer, 20)
print(lowest.grad is None, (lowest - before).abs().max().item())  # prints False 0.0

# %% [markdown]
# Not at all. It has a gradient now, freshly computed each time, and nobody uses it: the optimizer moves what is in its
# groups, and was never told of the body. `explain` says so:

# %%
told = explain(optimizer, lowest)
print(told.moves, told.reasons)  # prints False ['it is in no group of this optimizer: no step of it moves it']

# %% [markdown]
# ## add_param_group
#
# You know it from lesson 7: `__init__` calls it for each group. You may call it too, at any time:

# %%
optimizer.add_param_group({"params": net[0].parameters(), "lr": 0.001})
for group in optimizer.param_groups:
    print(len(group["params"]), group["lr"], group.origin["lr"], group["betas"], group.origin["betas"])
# prints 2 0.01 default (0.9, 0.999) default
# prints 4 0.001 group (0.9, 0.999) default

# %% [markdown]
# Now the new group is an equal among groups. But not its *state*. **Predict**: what is the step count of the head, and
# of the lowest layer, before the next step and after it?


# %%
def step_count(p):
    return int(optimizer.state[p]["step"].item()) if p in optimizer.state else None


print(step_count(head), step_count(lowest))  # prints 80 None
before = lowest.detach().clone()
fit(net, optimizer, 1)
print(step_count(head), step_count(lowest))  # prints 81 1

# %% [markdown]
# State is kept for each parameter, and made at the parameter's first step. The head's means `m` and `v` and its count
# go on undisturbed (a *new* optimizer for all parameters would have lost them). The body's begin at 0, and its bias
# correction with `step = 1`, as if its training began now. For the body it does.
#
# Remember what that means (lesson 10): Adam's first step is `lr` long for *every* weight, however small its gradient.

# %%
moved = (lowest - before).abs()
print(round(moved.min().item(), 3), round(moved.max().item(), 3))  # prints 0.001 0.001
print(round(lowest.abs().mean().item(), 2))  # prints 0.23

# %% [markdown]
# All of the 2,048 weights of the lowest layer have gone 0.001, up or down, at once. Where a weight is 0.23 on the
# average, that is half a percent. With an `lr` of 0.1 each would have been thrown almost half its own size, and much of
# what the body has learned would be gone in one step.
#
# ## Which rate for a layer that joins late?
#
# Let us see it. The same start four times: 60 steps of the head alone, then 60 more with the body at one of these
# rates.


# %%
def unfrozen_at(lr):
    net, optimizer = with_new_head()
    with History(optimizer) as history:
        fit(net, optimizer, 60, history)
        if lr:
            net[0].requires_grad_(True)
            optimizer.add_param_group({"params": net[0].parameters(), "lr": lr})
        fit(net, optimizer, 60, history)
    return history, of_ten(net, *new_test)


runs = {f"body at {lr}": unfrozen_at(lr) for lr in (0, 0.001, 0.01, 0.1)}
for name, (history, right) in runs.items():
    around = history.logged["loss"].values[60:62]
    print(name, "| loss before and after the first step:", [round(loss, 2) for loss in around], "| of ten:", right)
# prints body at 0 | loss before and after the first step: [1.66, 1.65] | of ten: 7
# prints body at 0.001 | loss before and after the first step: [1.66, 1.62] | of ten: 9
# prints body at 0.01 | loss before and after the first step: [1.66, 1.43] | of ten: 9
# prints body at 0.1 | loss before and after the first step: [1.66, 2.52] | of ten: 7

# %%
axes = loss_curves({name: history for name, (history, _) in runs.items()}, smooth=1, yscale="log")
axes.axvline(60.5, color="grey", linewidth=0.8)
axes.figure.savefig("12_unfreezing.png")

# %% [markdown]
# Under a body that stays frozen the head gets 7 of ten. With the body at 0.001 or 0.01 the net reads 9. At 0.1 the
# first step throws the loss from 1.66 to 2.52; it comes down again, but the net ends where one ends that has never seen
# the old scanner:

# %%
torch.manual_seed(1)
fresh = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 10))
fit(fresh, optim.Adam(fresh.parameters(), lr=0.01), 120)
print(of_ten(fresh, *new_test))  # prints 7

# %% [markdown]
# So what the body knew was worth two digits in ten, and one step too long has lost them. A joining layer gets a
# *smaller* rate than the head (a tenth is a common beginning), or a warm-up of its own.
#
# ## The default is not the present
#
# What if you give no `lr`? Then the group takes the optimizer's *default*, as at the beginning. **Predict**: the head
# began with 0.01, a schedule has taken it down to a tenth, and a group joins without an `lr`. What does it get? And
# what do the schedule's next calls make of it?

# %%
net, optimizer = with_new_head()
scheduler = ExponentialLR(optimizer, gamma=0.1 ** (1 / 30))
fit(net, optimizer, 30, scheduler=scheduler)
net[0].requires_grad_(True)
optimizer.add_param_group({"params": net[0].parameters()})
print([round(group["lr"], 5) for group in optimizer.param_groups])  # prints [0.001, 0.01]
fit(net, optimizer, 30, scheduler=scheduler)
print([round(group["lr"], 5) for group in optimizer.param_groups])  # prints [0.0001, 0.001]

# %% [markdown]
# The newcomer begins with ten times the rate of the head: just the wrong way round. The default is what `Adam(lr=0.01)`
# said once; it does not follow the schedule. **Always give a joining group its `lr`.** From then on the schedule takes
# it along: at its next call it notes the rate that the group has as its `initial_lr`, and then multiplies it like the
# others.

# %%
print([round(group["initial_lr"], 5) for group in optimizer.param_groups])  # prints [0.01, 0.01]

# %% [markdown]
# PyTorch does all this without a word. This package would have said:

# %%
net, optimizer = with_new_head()
scheduler = ExponentialLR(optimizer, gamma=0.1 ** (1 / 30))
fit(net, optimizer, 30, scheduler=scheduler)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    optimizer.add_param_group({"params": net[0].parameters()})
    fit(net, optimizer, 1, scheduler=scheduler)
for warning in caught:
    print(warning.message)

# %% [markdown]
# That a schedule takes a new group along is so for schedules that multiply. Those that keep something for each group (a
# `LambdaLR` with a list, a `OneCycleLR` with a list of largest rates) cannot guess it for a new one; they say so at
# their next call, and change nothing. (PyTorch's LambdaLR raises there even if it has one function for all.)
#
# ## Three ways to keep a layer still
#
# You have seen two: leave the layer out of the optimizer, and switch its gradient off. The third is to have it in a
# group with `lr=0`. They look alike while the layer is still. **Predict** what differs when it begins to move after 20
# steps.


# %%
def still_then_moving(way):
    net, optimizer = with_new_head()
    lowest = net[0][0].weight
    net[0].requires_grad_(way != "no gradient")
    if way != "in no group":
        optimizer.add_param_group({"params": net[0].parameters(), "lr": 0.0 if way == "lr = 0" else 0.001})
    fit(net, optimizer, 20)
    state = optimizer.state[lowest]["step"].item() if lowest in optimizer.state else "none"
    had_gradient = lowest.grad is not None
    if way == "in no group":
        optimizer.add_param_group({"params": net[0].parameters()})
    net[0].requires_grad_(True)
    optimizer.param_groups[1]["lr"] = 0.001
    before = lowest.detach().clone()
    fit(net, optimizer, 1)
    moved = (lowest - before).abs()
    return had_gradient, state, round(moved.min().item(), 3), round(moved.max().item(), 3)


print("way | gradient computed? | steps in its state | shortest and longest first step of a weight")
for way in ("in no group", "no gradient", "lr = 0"):
    print(way, *still_then_moving(way), sep=" | ")
# prints way | gradient computed? | steps in its state | shortest and longest first step of a weight
# prints in no group | True | none | 0.001 | 0.001
# prints no gradient | False | none | 0.001 | 0.001
# prints lr = 0 | True | 20.0 | 0.0 | 0.001

# %% [markdown]
# With `lr = 0` the whole backward pass is paid for, and Adam's means are kept up to date all the while. So the first
# real step goes by 20 gradients: weights whose gradients agreed go 0.001, others hardly at all. The other two ways
# begin with the kick: 0.001 for everyone. And only without a gradient does one save its time. (Mind the first row: a
# layer in no group whose gradient is on has it computed at each step, for nobody.)
#
# One more thing that looks still and is not: a gradient of *zeros*. `step()` leaves out a parameter whose gradient is
# `None`. One whose gradient is 0 is stepped like all others, and momentum and weight decay move it. (Such zeros are
# what `zero_grad(set_to_none=False)` leaves.)

# %%
for gradient in (torch.zeros(1), None):
    w = nn.Parameter(torch.tensor([1.0]))
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    w.grad = torch.tensor([1.0])
    optimizer.step()
    w.grad = gradient
    optimizer.step()
    print(round(w.item(), 3))
# prints 0.81
# prints 0.9

# %% [markdown]
# ## Layer by layer
#
# The careful way with a deep body is to unfreeze it from the top down, each layer with a smaller rate than the one
# above: what is next to the head must change most, the lowest strokes least.

# %%
net, optimizer = with_new_head()
upper, lower = net[0][2], net[0][0]
with History(optimizer) as history:
    fit(net, optimizer, 40, history)
    for layer, lr in ((upper, 0.005), (lower, 0.0025)):
        layer.requires_grad_(True)
        optimizer.add_param_group({"params": layer.parameters(), "lr": lr})
        fit(net, optimizer, 40, history)
print(of_ten(net, *new_test))  # prints 9
axes = group_activity(history)
axes[0].figure.savefig("12_layer_by_layer.png")

# %% [markdown]
# Look at the lower panel: each group's line begins where it joined. In the end the lowest layer moves least for its
# size, as it should.
#
# And if you lose count of who is in already? An optimizer takes no parameter twice, and a refused group changes
# nothing:

# %%
try:
    optimizer.add_param_group({"params": net.parameters()})
except ValueError as error:
    print(str(error)[:58])
print(len(optimizer.param_groups))
# prints some parameters appear in more than one parameter group: 0
# prints 3

# %% [markdown]
# ## What you have learned
#
# - Unfreezing takes two things: `requires_grad_(True)`, and a group. Without the group the optimizer never hears of it.
# - A parameter that joins begins with step count 0 and empty means; its first step under Adam is `lr` long everywhere.
# - Its `lr` is what you give, or the *default*, not what the others have by now; schedules take it along from there.
#
# **Exercises**: `tinygrad-optim check 12` checks them all, `tinygrad-optim hint 12.after_joining` gives a hint.
#
# - `after_joining` (predict): a weight that joins late, after its first step
# - `unfreeze` (write): a function that can be called for any layer, at any time, twice if need be
# - `why_still` (read): four weights that do not move, for four reasons
# - `freeze` (find): a layer that was frozen and moves on
#
# **Read on**: `add_param_group` and `prepare` in `tinygrad_optim/optim/optimizer.py`; `take_in_new_groups` in
# `tinygrad_optim/optim/lr_scheduler/driver.py`.
