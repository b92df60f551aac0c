# %% [markdown]
# # 14. Your own optimizer
#
# After this lesson you can
#
# - turn an update formula from a paper into an optimizer, in about ten lines;
# - say what in it is state, what is an option and what is neither, and where each of them goes;
# - check your optimizer by hand before you train anything with it;
# - say which three habits make an update rule go wrong without a word.
#
# 35 minutes. It builds on lessons 8 (groups), 9 (inside step), 10 (inside Adam) and 13 (state).

# %% [markdown]
# ## A rule is a function
#
# In lesson 9 you saw that all of SGD's arithmetic stands in one plain function, its *rule*. The function gets old
# numbers and returns new ones. Everything else (the groups, the loop over them, the state from step to step, saving,
# loading) is done by the class `Optimizer`, which all optimizers share.
#
# So an optimizer of your own needs two things: a rule, and a class of a few lines that says which options it has.
#
# We begin with the simplest rule that is not yet in the package. *Sign descent* looks only at the gradient's sign: each
# weight goes `lr` downhill, however steep it is.

# %%
import matplotlib.pyplot as plt
import numpy as np
from numpy import sign, sqrt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim import Optimizer
from tinygrad_optim.optim.rule_binding import next_step
from tinygrad_optim.plot import SURFACES, descend, height_curves, trajectories
from tinygrad_optim.trace import explain


def sign_descent(p, g, *, lr):
    """p := p - lr * sign(g)."""
    return (p - lr * sign(g),)


# %% [markdown]
# Read the signature as a form to fill in:
#
# - `p` and `g` come first, always: the parameter's numbers, and its gradient. Both are numpy arrays, not tensors (for a
#   `Value`, plain numbers), and that is why `sign` is numpy's.
# - What stands after the `*` are options, asked for **by name**. `lr` means: whatever `lr` is in this parameter's
#   group.
# - What comes back is a tuple: the new parameter first. This rule remembers nothing, so nothing follows. The comma in
#   `(new,)` is what makes it a tuple. (Without it `step()` would refuse what it gets.)
#
# It is a function, so we can call it. No optimizer is needed for that:

# %%
(new,) = sign_descent(np.array([1.0, -2.0]), np.array([100.0, -0.01]), lr=0.5)
print(new)  # prints [ 0.5 -1.5]

# %% [markdown]
# A gradient of 100 and one of -0.01, and both weights have gone 0.5. Now the class:


# %%
class SignDescent(Optimizer):
    """Each weight goes lr against its gradient's sign."""

    rule = staticmethod(sign_descent)

    def __init__(self, params, lr=1e-3):
        super().__init__(params, dict(lr=lr))


# %% [markdown]
# You know the last line from lesson 7: the parameters, and the default of each option. (`staticmethod` says that the
# rule is a plain function: it does not want `self` in front.) That is all.
#
# Try it on two weights in two groups. Both begin at 1, and both want to be 0; the loss is a hundred times steeper in
# the first. Their lrs are 0.3 and 0.25. **Predict** where the two are after each of six steps, then run:

# %%
steep = torch.tensor([1.0], requires_grad=True)
flat = torch.tensor([1.0], requires_grad=True)
optimizer = SignDescent([{"params": [steep], "lr": 0.3}, {"params": [flat]}], lr=0.25)

for _ in range(6):
    optimizer.zero_grad()
    loss = (50 * steep * steep + 0.5 * flat * flat).sum()
    loss.backward()
    optimizer.step()
    print(f"{steep.item():.2f} {flat.item():.2f}")
# prints 0.70 0.75
# prints 0.40 0.50
# prints 0.10 0.25
# prints -0.20 0.00
# prints 0.10 0.00
# prints -0.20 0.00

# %% [markdown]
# The first weight will never settle: its step is 0.3 long whatever the slope, and 0 is not a whole number of steps away
# from 1. The second one had luck: four steps of 0.25 end exactly at the minimum, where the gradient is 0, and `sign(0)`
# is 0. The steepness made no difference at all.
#
# ## What you got for nothing
#
# You wrote no line about groups, yet each weight moved by the lr of its own group. Here is more that you did not write:

# %%
try:
    SignDescent([steep], learning_rate=0.1)
except TypeError as error:
    print(error)
# prints SignDescent.__init__() got an unexpected keyword argument 'learning_rate': it takes params, lr
try:
    SignDescent([{"params": [steep], "lr": -0.1}])
except ValueError as error:
    print(error)
# prints Invalid learning rate: -0.1 ('lr' in group 0 of SignDescent; it must be a number from 0.0 to inf)

# %% [markdown]
# Schedules work, since all they do is to set a group's `lr` (lesson 11). With a falling lr the first weight settles:

# %%
schedule = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
for _ in range(30):
    optimizer.zero_grad()
    (50 * steep * steep + 0.5 * flat * flat).sum().backward()
    optimizer.step()
    schedule.step()
print(abs(steep.item()) < 0.01)  # prints True

# %% [markdown]
# And `explain` works. It runs your rule on letters instead of numbers, and writes down the formula that comes out:

# %%
steep.grad = torch.tensor([2.0])
print(explain(optimizer, steep).equation.names)  # prints ["p' = p - lr * sign(g)"]

# %% [markdown]
# ## A rule that remembers
#
# Sign descent on mini-batches has a flaw: one odd batch turns the sign, and the weight takes a whole step the wrong
# way. *Lion* (Chen et al. 2023, "Symbolic discovery of optimization algorithms") asks a running mean for the direction
# instead:
#
# 1. `c = beta1 * m + (1 - beta1) * g`: the gradient, blended with the memory `m`;
# 2. the weight goes `lr` against the sign of `c`, and shrinks by `lr * weight_decay` of itself as in AdamW;
# 3. `m = beta2 * m + (1 - beta2) * g`: what is remembered for the next time.
#
# Sort the letters, as for every formula you meet:
#
# - changed by the step and needed in the next one: **state**. Here that is `m`. PyTorch's name for a running mean of
#   gradients is `exp_avg`, so we use that.
# - chosen by whoever trains: **options**. Here `lr`, `betas` (both numbers in a pair, as Adam has them) and
#   `weight_decay`.
# - needed within the step alone: a **local variable**. Here `c`.


# %%
def lion(p, g, exp_avg, *, lr, betas, weight_decay):
    """p := p - lr * sign(beta1 * m + (1 - beta1) * g), with m the running mean of g. Chen et al. 2023, program 1."""
    beta1, beta2 = betas
    c = beta1 * exp_avg + (1 - beta1) * g
    p = p * (1 - lr * weight_decay)
    return p - lr * sign(c), beta2 * exp_avg + (1 - beta2) * g


class Lion(Optimizer):
    """Each weight goes lr against the sign of a running mean of its gradients."""

    rule = staticmethod(lion)

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    def start_state(self, p, group):
        return {"exp_avg": p.state_like(0.0)}


print(Lion.state_keys, Lion.option_keys)  # prints ('exp_avg',) ('lr', 'betas', 'weight_decay')

# %% [markdown]
# Three things are new.
#
# - The rule has a third positional argument. From its **name** the base class knows the key: what it finds in
#   `optimizer.state[p]["exp_avg"]` it hands to the rule.
# - The rule returns a second thing: the new `exp_avg`, in the same order as the arguments.
# - `start_state` says what the memory is before the first step. `p.state_like(0.0)` makes zeros of p's shape and type.
#   (Without `start_state` the rule is given `None` at the first step. SGD's velocity does that: it begins as the
#   gradient.)
#
# The line printed above was read off the signature when the class was made. Had the rule asked for an option that
# `__init__` does not have, say `beta`, then making the class would have failed with a TypeError: you hear of it at
# once, not after an hour of training.

# %% [markdown]
# ## Two steps by hand
#
# Before an optimizer trains anything, walk it through two steps that you can do on paper. Let w = 1, lr = 0.1, no
# decay, and the usual betas, 0.9 and 0.99. The first gradient is 0.5, so `c` is positive and w goes to 0.9. The second
# gradient is -0.02: small, and pointing **the other way**. *Predict w after the second step. Write it down.*

# %%
w = torch.tensor([1.0], requires_grad=True)
optimizer = Lion([w], lr=0.1)
for gradient in (0.5, -0.02):
    w.grad = torch.tensor([gradient])
    print(explain(optimizer, w).equation.numbers[0])
    optimizer.step()
    print(f"w is {w.item():.4f}, and remembered is {optimizer.state[w]['exp_avg'].item():.5f}")
# prints p' = 1 * 1 - 0.1 * sign(0.9 * 0 + 0.1 * 0.5) = 0.9
# prints w is 0.9000, and remembered is 0.00500
# prints p' = 0.9 * 1 - 0.1 * sign(0.9 * 0.005 + 0.1 * -0.02) = 0.8
# prints w is 0.8000, and remembered is 0.00475

# %% [markdown]
# It went on down: 0.9 * 0.005 = 0.0045 outweighs 0.1 * 0.02 = 0.002. If you had 1.0, you took the sign of the gradient
# itself.
#
# The state is state like any other. It is saved and loaded under its key (lesson 13), and a copy goes on where the
# original would have gone:

# %%
other = torch.tensor([w.item()], requires_grad=True)
copy = Lion([other], lr=0.1)
copy.load_state_dict(optimizer.state_dict())
for p, its_optimizer in ((w, optimizer), (other, copy)):
    p.grad = torch.tensor([-0.04])
    its_optimizer.step()
print(torch.equal(w, other))  # prints True

# %% [markdown]
# ## A rule that counts
#
# Some rules need to know how many steps there have been: Adam's correction is one (lesson 10). A count is state, too,
# but it is one number, and it advances in the same way whatever the gradient is. Declare it in `numbers`, with the
# function that advances it (`next_step` adds 1), and ask for it after the `*`, like an option. Here is sign descent
# whose steps shrink as 1, 1/√2, 1/√3, ...:


# %%
def settling(p, g, *, step, lr):
    """p := p - lr / sqrt(t) * sign(g), at the t-th step."""
    return (p - lr / sqrt(step) * sign(g),)


class Settling(SignDescent):
    """Sign descent with steps that shrink as one over the root of their number."""

    rule = staticmethod(settling)
    numbers = {"step": next_step}

    def start_state(self, p, group):
        return {"step": p.state_number(0)}


w = torch.tensor([1.0], requires_grad=True)
optimizer = Settling([w], lr=0.3)
for _ in range(400):
    w.grad = 100 * w.detach()
    optimizer.step()
print(optimizer.state[w]["step"].item(), abs(w.item()) < 0.02)  # prints 400.0 True

# %% [markdown]
# The count is kept for each parameter, not for the optimizer: a parameter that had no gradient did not step, so its
# count stays.
#
# ## A rule that looks at all of a parameter
#
# A *heavy ball* is SGD with momentum: the velocity carries it through flat stretches, and also past the minimum and up
# the other side. O'Donoghue & Candès (2015, "Adaptive restart for accelerated gradient schemes") found a cheap remedy.
# The ball moves along `-v`. It climbs as soon as gradient and velocity point in opposite directions, that is, as soon
# as their product, summed over all elements, is negative. Then forget the velocity, and start anew from the gradient.


# %%
def restarting_ball(p, g, momentum_buffer, *, lr, momentum):
    """p := p - lr * v, with v := momentum * v + g, or v := g where going on along v would climb."""
    if momentum_buffer is None or (g * momentum_buffer).sum() < 0:
        return p - lr * g, g
    v = momentum * momentum_buffer + g
    return p - lr * v, v


class RestartingBall(Optimizer):
    """A heavy ball that stops, and starts anew, when it begins to climb."""

    rule = staticmethod(restarting_ball)
    elementwise = False

    def __init__(self, params, lr=1e-2, momentum=0.9):
        super().__init__(params, dict(lr=lr, momentum=momentum))


# %% [markdown]
# `elementwise = False` is new, and it matters. The rules so far treat each element by itself. Of such a rule the
# optimizer may hand over a large parameter in pieces, or several small ones at once: that is faster, and nobody can
# tell the difference. Your sum can. In pieces, each piece would decide for itself whether to restart. Here is what
# would happen if you forgot the line. The first half of these 200,000 gradients flips its sign; the second half,
# larger, goes on:


# %%
class Careless(RestartingBall):
    elementwise = True  # not true


def after_two_steps(make):
    """The first and the last of 200,000 weights, and how far each was moved by the second step."""
    w = torch.zeros(200_000, requires_grad=True)
    optimizer = make([w], lr=1.0, momentum=0.9)
    ones = np.ones(100_000, np.float32)
    for gradient in (np.concatenate([ones, 3 * ones]), np.concatenate([-ones, 3 * ones])):
        before = w.detach().clone()
        w.grad = torch.from_numpy(gradient)
        optimizer.step()
    return [round((before - w.detach())[place].item(), 3) for place in (0, -1)]


print(after_two_steps(RestartingBall))  # prints [-0.1, 5.7]
print(after_two_steps(Careless))  # prints [-1.0, 5.7]

# %% [markdown]
# Over all elements the product is 100,000 * (-1) + 100,000 * 9, which is positive: no restart. The careless version
# restarts the first half. No error, no warning: only other numbers than the paper's.
#
# Is it worth it? The ravine is `(x² + 40 y²) / 2`, forty times steeper across than along. `descend` runs an optimizer
# on it, with x and y as two parameters of one number each (so each restarts for itself), and keeps the way it went. All
# three optimizers start at the same point, with the same lr:

# %%
ravine = SURFACES["ravine"]
runs = {
    "SGD": descend(ravine, lambda params: optim.SGD(params, lr=0.02), 60),
    "heavy ball": descend(ravine, lambda params: optim.SGD(params, lr=0.02, momentum=0.95), 60),
    "with restarts": descend(ravine, lambda params: RestartingBall(params, lr=0.02, momentum=0.95), 60),
}
figure, (above, below) = plt.subplots(2, 1, figsize=(7.5, 7), layout="constrained", facecolor="white")
trajectories(ravine, runs, above)
height_curves(ravine, runs, below)
figure.savefig("14_restarts.png")
for name, run in runs.items():
    print(f"{name}: {run.logged['value'].values[-1]:.1g}")
# prints SGD: 4
# prints heavy ball: 3
# prints with restarts: 1e-07

# %% [markdown]
# The heavy ball rolls past the minimum and comes back, again and again. With restarts it is stopped each time it begins
# to climb. (The lr was not tuned for any of them. A fair race would tune each one's: `tinygrad_optim.plot.tune`.)
#
# ## On a net
#
# Last, the use that it is all for: a net, two groups, and a decay on one of them alone.

# %%
torch.manual_seed(0)
points = torch.rand(64, 2)
labels = (points[:, :1] > points[:, 1:]).float()
net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
last = {"params": net[2].parameters(), "lr": 0.03, "weight_decay": 0.1}
optimizer = Lion([{"params": net[0].parameters()}, last], lr=0.01)
for _ in range(100):
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(net(points), labels)
    loss.backward()
    optimizer.step()
right = ((net(points) > 0).float() == labels).sum().item()
print(f"loss {loss.item():.3f}, {right} of 64 right")
print(optimizer)

# %% [markdown]
# ## What goes wrong without a word
#
# 1. **Writing into what you were given.** `g += weight_decay * p` changes the gradient that is in `p.grad`; the next
#    `backward()` adds to it. Write `g = g + weight_decay * p`. Old numbers in, new numbers out.
# 2. **A rule that looks at all elements, and does not say so.** You saw it above.
# 3. **A Python `if` about elements.** `if g > 0:` works while the parameter is a single number. With more it is an
#    error, which is the lucky case. Write `numpy.where(g > 0, a, b)`, which chooses element by element.

# %% [markdown]
# ## What you have learned
#
# An optimizer is a rule, old numbers in and new numbers out, and a class that names its options and how its state
# starts. The rule's signature is the contract: `p, g`, then state by its keys; after the `*`, options and counts by
# their names. Check it by hand on two steps; make the second one a step on which a wrong rule would do something else.
#
# The exercises: `lion_after_two_steps` (predict), `qhm` (write a rule from its formula), `RelativeDescent` (write rule
# and class) and `mended` (find what is wrong with a rule that looks right). Check them with
#
#     tinygrad-optim check 14
#
# Read on in `tinygrad_optim/optim/rprop.py`, a rule with two arrays of state and `where`, in
# `tinygrad_optim/optim/rule_binding.py`, forty lines that read the signature, and in `tinygrad_optim/optim/muon.py`, a
# rule that is not elementwise.
