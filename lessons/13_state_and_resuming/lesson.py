# %% [markdown]
# # 13. State, saving, and resuming exactly
#
# After this lesson you can
#
# - say what a training consists of besides its weights, and what goes wrong without each part;
# - read an optimizer's `state_dict`, and say which numbers in it belong to which parameter;
# - save a training in a file and go on from it *exactly*: the same numbers, to the last digit;
# - avoid the two classical traps: state that changes after it was "saved", and state that goes to the wrong parameter.
#
# It takes about 30 minutes. It builds on lesson 10 (Adam's state), lesson 11 (schedules) and lesson 12 (groups that
# join).

# %%
import copy
import warnings

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import two_moons
from tinygrad_optim.optim.lr_scheduler import CosineAnnealingLR

# %% [markdown]
# Some of what follows is wrong on purpose. PyTorch is silent about it; this package gives a warning. Here we want to
# see first what happens, so warnings are off until we ask for them:

# %%
warnings.simplefilter("ignore")

# %% [markdown]
# ## A training of eighty steps
#
# A small net learns to tell the points of two moons apart. There is a bit of everything: dropout, which puts a
# random fifth of the units to 0 at each step; batches drawn at random; AdamW; a schedule.

# %%
torch.manual_seed(0)
points, labels = two_moons(200)


def build(seed):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Dropout(0.2), nn.Linear(16, 2))
    optimizer = optim.AdamW(net.parameters(), lr=0.05)
    return net, optimizer, CosineAnnealingLR(optimizer, T_max=80)


def train(net, optimizer, scheduler, steps):
    """Train, and return the weights of the first layer after each step."""
    path = []
    for _ in range(steps):
        batch = torch.randperm(200)[:32]
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(points[batch]), labels[batch]).backward()
        optimizer.step()
        scheduler.step()
        path.append(net[0].weight.detach().clone())
    return path


net, optimizer, scheduler = build(seed=1)
train(net, optimizer, scheduler, 40)

# %% [markdown]
# Here, at step 40, we stop and write down everything that there is. `get_rng_state` says where the stream of random
# numbers is. (Why `deepcopy`, you will see below.)

# %%
saved = {
    "net": copy.deepcopy(net.state_dict()),
    "optimizer": copy.deepcopy(optimizer.state_dict()),
    "scheduler": scheduler.state_dict(),
    "random": torch.get_rng_state(),
}
whole = train(net, optimizer, scheduler, 40)  # and this is how it would have gone on

# %% [markdown]
# Now the power fails, and in the morning a new program begins. It builds net, optimizer and schedule as before, with
# whatever seed; and loads what was saved, or some of it. `far` measures how far its weights are from those of the
# training that was not interrupted, after each step.


# %%
def far(*parts):
    net, optimizer, scheduler = build(seed=2)
    for name, part in (("net", net), ("optimizer", optimizer), ("scheduler", scheduler)):
        if name in parts:
            part.load_state_dict(saved[name])
    if "random" in parts:
        torch.set_rng_state(saved["random"])
    path = train(net, optimizer, scheduler, 40)
    return [(one - other).abs().max().item() for one, other in zip(path, whole)]


# %% [markdown]
# **Predict.** Which of these is nearest to the uninterrupted training after its first step, and after all forty?
# Everything; all but the optimizer's state; all but the schedule's; all but the random numbers' state?

# %%
runs = {
    "everything": far("net", "optimizer", "scheduler", "random"),
    "without optimizer": far("net", "scheduler", "random"),
    "without scheduler": far("net", "optimizer", "random"),
    "without random": far("net", "optimizer", "scheduler"),
}
for name, distances in runs.items():
    print(name, round(distances[0], 3), round(distances[-1], 2))
# prints everything 0.0 0.0
# prints without optimizer 0.055 0.28
# prints without scheduler 0.0 0.2
# prints without random 0.007 0.08

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for (name, distances), style in zip(runs.items(), ("-", "--", "-.", ":")):
    ax.plot(range(41, 81), distances, style, label=name)
ax.set(xlabel="step", ylabel="largest difference of a weight", ylim=(-0.02, 0.4), title="Resumed at step 40")
ax.legend(frameon=False, loc="upper left", ncols=2)
figure.savefig("13_resumed.png")

# %% [markdown]
# With everything the resumed training *is* the other one: the difference is 0.0, not nearly so. Each part that is
# missing leaves a mark of its own:
#
# - **Without the optimizer** the first step is the worst of all. Adam's means were at home in this net, and are gone;
#   the step count is 1 again, so every weight makes a step of a full `lr` (lesson 10). And it is the wrong `lr`: the
#   0.05 of the constructor, not the 0.025 that the schedule had reached.
# - **Without the scheduler** the first step is right: the `lr` is in the optimizer's groups, and came with them. But
#   the schedule counts from 0 again, and so goes another way from there on.
# - **Without the random numbers** each step draws another batch and drops out other units. Nothing is wrong with that;
#   it is only not the same training, and if the two end differently you cannot know why.
#
# ## What is in a state_dict
#
# Look into one that is small enough to read: SGD with momentum, two groups, one step taken.

# %%
a, b = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.01}], lr=0.1, momentum=0.9)
a.grad, b.grad = torch.tensor([1.0, 2.0]), torch.tensor([30.0, 40.0])
optimizer.step()
small = optimizer.state_dict()
print(small["state"])
for group in small["param_groups"]:
    print({option: group[option] for option in ("lr", "momentum", "params")})
# prints {0: {'momentum_buffer': tensor([1., 2.])}, 1: {'momentum_buffer': tensor([30., 40.])}}
# prints {'lr': 0.1, 'momentum': 0.9, 'params': [0]}
# prints {'lr': 0.01, 'momentum': 0.9, 'params': [1]}

# %% [markdown]
# Two parts. `state` has what the rule keeps for each parameter, `param_groups` has the options. The weights themselves
# are in neither; they are in the net's state_dict. And where the groups held parameters there are now *numbers*: a
# parameter is an object of this program, and tomorrow's program will have others. The number is the parameter's place,
# counted on across the groups in their order.
#
# ## By order
#
# `load_state_dict` gives number 0 to the first parameter of the first group, and so on. **Predict**: tomorrow's program
# lists `b` before `a`. Which momentum does `b` get? (`a` and `b` still have their gradients, so the first step of a new
# optimizer puts `[1, 2]` and `[30, 40]` into their momentum again.)


# %%
def loaded(pairs, order, saved):
    """The momentum of b in a new SGD that lists its parameters in this order, after loading."""
    new = {name: nn.Parameter(torch.zeros(2)) for name in "ab"}
    optimizer = optim.SGD([(name, new[name]) if pairs else new[name] for name in order], lr=0.1, momentum=0.9)
    optimizer.load_state_dict(saved)
    return optimizer.state[new["b"]]["momentum_buffer"].tolist()


optimizer = optim.SGD([a, b], lr=0.1, momentum=0.9)
optimizer.step()
print(loaded(False, "ab", optimizer.state_dict()), loaded(False, "ba", optimizer.state_dict()))
# prints [30.0, 40.0] [1.0, 2.0]

# %% [markdown]
# That of `a`, and it fits, since both have one shape. (Were the shapes different, it would be refused; PyTorch would
# take even that, and fail at the next step.) A tidying-up that swaps two lines is enough, and the only sign is a bump
# in the loss. Where both orders are met in *one* program, this package warns of `state-in-other-order`; between
# yesterday's program and today's nobody can notice, for the file has numbers only.
#
# The remedy is to give the optimizer *names*: pairs, as `net.named_parameters()` makes them.

# %%
optimizer = optim.SGD([("a", a), ("b", b)], lr=0.1, momentum=0.9)
optimizer.step()
print(optimizer.state_dict()["param_groups"][0]["param_names"])  # prints ['a', 'b']
print(loaded(True, "ab", optimizer.state_dict()), loaded(True, "ba", optimizer.state_dict()))
# prints [30.0, 40.0] [30.0, 40.0]

# %% [markdown]
# Where both sides have names, this package goes by them, and refuses what does not fit. (PyTorch saves the names too,
# but loads by order all the same: there, compare the two lists yourself before you load.)
#
# ## The file's options win
#
# **Predict.** The new program wants to go on with a smaller rate, and writes `SGD(..., lr=0.001)`. Then it loads. With
# which rate does it go on?

# %%
optimizer = optim.SGD([{"params": [a]}, {"params": [b]}], lr=0.001)
optimizer.load_state_dict(small)
for group in optimizer.param_groups:
    print(group["lr"], group["momentum"], group.origin["lr"])
# prints 0.1 0.9 loaded
# prints 0.01 0.9 loaded

# %% [markdown]
# With the file's: options are part of what is saved, the `lr` of each group and even the momentum that the new program
# never mentioned. Set `group["lr"]` *after* loading if you want another. And the groups must be there: if layers have
# joined (lesson 12), the new program adds the same groups before it loads.
#
# ## Saved is not yet copied
#
# A state_dict is a *view*: it holds the very tensors that the optimizer works with. **Predict** what this prints:

# %%
w = nn.Parameter(torch.tensor([1.0]))
optimizer = optim.SGD([w], lr=0.1, momentum=0.5)
w.grad = torch.tensor([1.0])
optimizer.step()
kept, copied = optimizer.state_dict(), copy.deepcopy(optimizer.state_dict())
optimizer.step()
print(kept["state"][0]["momentum_buffer"].item(), copied["state"][0]["momentum_buffer"].item())  # prints 1.5 1.0

# %% [markdown]
# `kept` was taken at 1.0 and says 1.5: the training went on in it. For a net it is the same, and this is the trap:
# "keep the best weights" with `best = net.state_dict()` keeps the *last*. (This package tells you, as
# `weights-kept-by-reference`, when you load them.) Copy what stays in memory, with `copy.deepcopy`. What goes into a
# file at once needs no copy: a file is one.
#
# ## In a file
#
# `torch.save` writes dicts, lists, numbers and tensors; `torch.load` reads them. All that we need is such:

# %%
torch.save(saved, "13_step40.pt")
again = torch.load("13_step40.pt")
print(sorted(again))  # prints ['net', 'optimizer', 'random', 'scheduler']

net, optimizer, scheduler = build(seed=3)
net.load_state_dict(again["net"])
optimizer.load_state_dict(again["optimizer"])
scheduler.load_state_dict(again["scheduler"])
torch.set_rng_state(again["random"])  # last: whatever was drawn while building does not count
path = train(net, optimizer, scheduler, 40)
print(max((one - other).abs().max().item() for one, other in zip(path, whole)))  # prints 0.0

# %% [markdown]
# Through a file, in a program with another seed, and still 0.0. (The file is written whole or not at all: if the power
# fails while it is being saved, the old file is still there.)
#
# What else could a training hold? Whatever your program knows and the file does not: the number of the epoch, the best
# loss so far, how far into the data you are (save between epochs, and you need not know), and random numbers from
# elsewhere, Python's `random` or numpy's, if you use them.
#
# **Is it exact?** There is one test, and it is short: train 80 steps; train 40, save, load in a new program, train 40;
# compare with `==`. "The loss looks about right" has hidden many a lost momentum.
#
# ## What you have learned
#
# - A training is its weights, the optimizer's state and options, the schedule's count, and the random numbers' state.
# - A state_dict knows parameters by number, in the order of the groups; loading brings the file's options with it.
# - `state_dict()` shares its tensors with the training: copy it, or write it to a file at once.
#
# **Exercises**: `tinygrad-optim check 13` checks them all, `tinygrad-optim hint 13.after_resuming` gives a hint.
#
# - `after_resuming` (predict): the next weight, with the state and without it
# - `state_of` (read): which numbers in a state_dict belong to this parameter?
# - `Snapshot` (write): go back to an earlier point of a training, as often as you like
# - `resumed` (find): it loads everything, and yet it is not the same training
#
# **Read on**: `state_dict` and `load_state_dict` in `tinygrad_optim/optim/state_dict.py`, and how a file is written
# whole or not at all in `tinygrad_optim/saving.py`.
