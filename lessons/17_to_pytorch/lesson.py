# %% [markdown]
# # 17. From here to PyTorch
#
# After this lesson you can
#
# - take a script from here to PyTorch, and know what to expect of its numbers;
# - begin a training here and go on with it in PyTorch, or the other way round;
# - rewrite an optimizer of your own in PyTorch's way;
# - name what is different there, and what you will miss.
#
# 30 minutes. It builds on lessons 8 (groups), 11 (schedules), 13 (state) and 14 (your own optimizer).
#
# PyTorch need not be installed. Where it is, this lesson runs both and compares. Where it is not, it compares with
# numbers that PyTorch 2.13.0 has printed.

# %%
import importlib.util

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import interop, optim
from tinygrad_optim.plot.style import log_axis, look, plain

pytorch = None
if importlib.util.find_spec("torch"):
    import torch as pytorch  # this time it is PyTorch itself

    print("PyTorch is installed:", pytorch.__version__)
else:
    print("PyTorch is not installed: its numbers below are recorded ones.")

# %% [markdown]
# ## The same script
#
# All that you wrote in these lessons began with `import tinygrad_optim as torch`. In a script of your own you would now
# change this line, and the one below it, and be done:
#
#     import torch
#     from torch import nn, optim
#
# To run both side by side we do it another way: the package comes in as an argument. Look through the function. Is
# there anything in it that you have not used in these lessons?


# %%
def make(torch):
    """A net, two groups with settings of their own, and a schedule: in this package or in the other."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    last = {"params": net[2].parameters(), "lr": 0.1, "weight_decay": 0.01}
    optimizer = torch.optim.SGD([{"params": net[0].parameters()}, last], lr=0.5, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
    x = torch.rand(64, 2)
    y = (x[:, :1] * x[:, 1:] > 0.25).float()
    return net, optimizer, schedule, x, y


def train(torch, net, optimizer, schedule, x, y, steps):
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(net(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


ours = train(torch, *make(torch), steps=60)
print([round(loss, 4) for loss in ours[::10]])  # prints [0.6851, 0.4929, 0.2687, 0.2035, 0.1769, 0.1696]

# %% [markdown]
# **Predict:** 60 steps, random weights, random data, a schedule, momentum. In how many digits will PyTorch's last loss
# agree with ours?

# %%
RECORDED = [0.6850810050964355, 0.4929341971874237, 0.26873865723609924, 0.2034892439842224, 0.17686115205287933]
theirs = train(pytorch, *make(pytorch), steps=60) if pytorch else None
beside = theirs[:50:10] if pytorch else RECORDED
for one, other in zip(ours[:50:10], beside):
    print(f"{one:.9f} here   {other:.9f} in PyTorch")

# %%
apart = max(abs(one - other) / other for one, other in zip(ours[:50:10], beside))
print(apart < 1e-6)  # prints True

# %% [markdown]
# In six digits or more. That is no accident, and it is checked for every function of this package:
#
# - `manual_seed(0)` begins the same stream of random numbers, so the weights begin the same and the data are the same;
# - names, defaults and formulas are PyTorch's, down to where `eps` stands;
# - both compute in float32.
#
# ## What "the same" means
#
# Why not in all digits? Because additions of rounded numbers may be done in any order, and the order shows:

# %%
print((0.1 + 0.2) + 0.3)  # prints 0.6000000000000001
print(0.1 + (0.2 + 0.3))  # prints 0.6

# %% [markdown]
# A sum over 64 examples can be taken in many orders. numpy takes one, PyTorch takes another, a GPU a third. float32
# keeps about seven digits, so a difference in the seventh digit is rounding and says nothing.
#
# Does it stay in the seventh digit? Each step builds on the last, so a difference is carried on. Let us look at two
# differences, by step:
#
# - the same training in float64, which keeps sixteen digits: what the float32 run differs from it is its rounding;
# - a training with a small fault in it: the weight decay of the last group, 0.01, was forgotten.


# %%
def in_double(torch):
    net, optimizer, schedule, x, y = make(torch)
    net.double()  # the same weights, with room for more digits
    return train(torch, net, optimizer, schedule, x.double(), y.double(), steps=60)


def with_a_fault(torch):
    net, optimizer, *rest = make(torch)
    optimizer.param_groups[1]["weight_decay"] = 0
    return train(torch, net, optimizer, *rest, steps=60)


def differences(losses):
    """The relative differences of these losses from ours; 0 is drawn as 1e-10."""
    return [max(abs(one - other) / one, 1e-10) for one, other in zip(ours, losses)]


figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained", facecolor="white")
plain(axes)
log_axis(axes)
runs = {"a fault": with_a_fault(torch), "float64": in_double(torch)}
if theirs:
    runs["PyTorch"] = theirs
for number, (name, losses) in enumerate(runs.items()):
    axes.plot(range(1, 61), differences(losses), label=name, **look(number))
axes.set(xlabel="step", ylabel="relative difference from the losses here", ylim=(1e-10, 1))
axes.legend(frameon=False, loc="center right")
figure.savefig("17_rounding.png")
print([f"{difference:.0e}" for difference in differences(runs["a fault"])[:4]])
print(max(differences(runs["float64"])) < 1e-5)

# %% [markdown]
# The first loss cannot show a fault in the step: it is computed before any step. At the second the fault stands a
# hundred times above rounding, and it grows from there. So the rule of thumb: compare the **first** steps, and allow a
# millionth. In this small training rounding stays where it is for all 60 steps. In a large net, over thousands of
# steps, it can grow until two runs have little in common, both of them right.
#
# For a whole script there is a command that lays two runs side by side, line by line, and says where they part. It
# needs PyTorch:
#
#     tinygrad-optim compare train.py
#
# ## Half of it here, half of it there
#
# What must be carried over so that a training goes on as if nothing had happened? Lesson 13 gave the list: the weights,
# the optimizer's state, the schedule's, and whatever else is drawn at random as it goes. Each has a `state_dict()`,
# with the same keys in both packages:

# %%
net, optimizer, schedule, x, y = make(torch)
first_half = train(torch, net, optimizer, schedule, x, y, steps=30)
print(list(net.state_dict()))  # prints ['0.weight', '0.bias', '2.weight', '2.bias']
print(list(optimizer.state_dict()["state"][0]))  # prints ['momentum_buffer']
print(schedule.state_dict()["last_epoch"])  # prints 30

# %% [markdown]
# What differs is only the kind of tensor that is in them. `interop` turns the one into the other, and leaves all else
# as it is:

# %%
if pytorch:
    there = make(pytorch)
    for mine, its in zip((net, optimizer, schedule), there):
        its.load_state_dict(interop.to_torch_state_dict(mine.state_dict()))
    second_half = train(pytorch, *there, steps=30)
    print("half here, half in PyTorch:", second_half[-1])
    print("all of it here:            ", ours[-1])
else:
    try:
        interop.to_torch_state_dict(net.state_dict())
    except ImportError as error:
        print(error)

# %% [markdown]
# `interop.from_torch_state_dict` goes the other way: load a PyTorch model's weights, and watch here what a step does to
# them.
#
# If you forget one of the three, nothing complains. But each leaves its own mark on the losses. **Think it through
# before you do the exercise on it:** the weights are not carried over; at which step do the losses part? And if it was
# the optimizer's state, the velocities? And if it was the schedule?
#
# ## Your own optimizer, in PyTorch's way
#
# In lesson 14 you wrote a rule, and the base class did the rest. PyTorch's base class keeps groups and state too, but
# it knows no rules: there you write `step` yourself, with both loops in it. Here is Lion again. The class is written
# inside a function so that either package's base class can be its base:


# %%
def lion_for(torch):
    class Lion(torch.optim.Optimizer):
        def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
            super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

        @torch.no_grad()
        def step(self, closure=None):
            loss = None
            if closure is not None:
                with torch.enable_grad():
                    loss = closure()
            for group in self.param_groups:
                lr, (beta1, beta2) = group["lr"], group["betas"]
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if not state:
                        state["exp_avg"] = torch.zeros_like(p)
                    m = state["exp_avg"]
                    c = beta1 * m + (1 - beta1) * p.grad
                    p.mul_(1 - lr * group["weight_decay"])
                    p.add_(c.sign(), alpha=-lr)
                    m.mul_(beta2).add_(p.grad, alpha=1 - beta2)
            return loss

    return Lion


# %% [markdown]
# Put it beside the rule of lesson 14, and see what moved where:
#
# - The three lines of the formula are there, and so are the two loops that `Optimizer.step` had.
# - Options are read from `group`, by hand. Forget it, write `self.defaults["lr"]`, and all groups have one lr.
# - A parameter without a gradient must be passed over, by hand.
# - State is made at the first step, by hand, under a key that you choose. It is what `state_dict()` will save.
# - Writing in place (`mul_`, `add_`) is right here: p is the parameter itself, and everyone who holds it must see the
#   new numbers. `p = p * 2` would make a new tensor that nobody looks at.
# - `no_grad`: without it PyTorch would refuse to write into a leaf. And inside it `enable_grad` for the closure, which
#   has to call `backward()`.
#
# It runs here as well, and does what the rule of lesson 14 did. The same two steps as there, worked out by hand: to
# 0.9, then to 0.8.

# %%
w = torch.tensor([1.0], requires_grad=True)
optimizer = lion_for(torch)([w], lr=0.1)
for gradient in (0.5, -0.02):
    w.grad = torch.tensor([gradient])
    optimizer.step()
print(round(w.item(), 4))  # prints 0.8

# %%
if pytorch:
    w = pytorch.tensor([1.0], requires_grad=True)
    optimizer = lion_for(pytorch)([w], lr=0.1)
    for gradient in (0.5, -0.02):
        w.grad = pytorch.tensor([gradient])
        optimizer.step()
    print("in PyTorch:", round(w.item(), 4))

# %% [markdown]
# ## What is different
#
# One difference is on purpose, and you should know it, because in PyTorch it bites. Here is a group, given to two
# optimizers one after the other:

# %%
w = torch.tensor([1.0], requires_grad=True)
group = {"params": [w]}
first = optim.SGD([group], lr=0.1)
second = optim.SGD([group], lr=0.01)
print(second.param_groups[0]["lr"])  # prints 0.01
print(list(group))  # prints ['params']

# %% [markdown]
# Lesson 7 showed why: `add_param_group` copies the dict before it fills in what is missing. **PyTorch does not copy
# it.** It fills in *your* dict. Then the second optimizer finds a dict in which lr is given, and a given option is not
# replaced by the default. Run the cell above with PyTorch: it prints 0.1, and `group` has got all of SGD's options. So
# in PyTorch make a new dict for each optimizer.
#
# | | here | in PyTorch |
# | --- | --- | --- |
# | a group's dict | is copied | is filled in, and kept |
# | errors | the same types | the same types, shorter messages |
# | silent mistakes (`zero_grad` left out ...) | a `TeachingWarning` | silence |
# | an optimizer of your own | a rule, or a `step` | a `step` |
# | where an option came from | `group.origin` | is not kept |
# | `explain`, `watch`, `trace`, `History` | yes | `tinygrad-optim trace --package torch.optim train.py` |
# | GPUs, `torch.compile`, mixed precision, many machines | no | yes |
# | large nets | slow | made for them |
#
# `differentiable=True` of lesson 16 is there too, and the programs of that lesson run as they are.
#
# One habit to take along: when something in a large training is not understood, cut it down to a net of two layers and
# three steps, bring it here, and look.
#
# ## What you have learned
#
# The same script gives the same numbers, up to rounding; compare the first steps, and allow a millionth. A training
# moves by three state dicts. In PyTorch an optimizer is a `step` with both loops in it, and group dicts are yours to
# copy.
#
# The exercises: `second_lr` (predict), `left_behind` (read the losses of a training that was moved, and tell what was
# forgotten) and `QHM` (write lesson 14's rule in PyTorch's way). Check them with
#
#     tinygrad-optim check 17
#
# Read on in PyTorch's own `torch/optim/optimizer.py` and `torch/optim/sgd.py`. Much in them is about speed, GPUs and
# compilers. The groups, the defaults that fill them in, the loop and the line that moves the weight are there too, and
# you will recognise them.
#
# This was the last lesson. A good next thing: take a training script of your own, run `tinygrad-optim trace` on it, and
# read one step of it from beginning to end.
