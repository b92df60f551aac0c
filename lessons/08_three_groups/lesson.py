# %% [markdown]
# # 8. Three groups, three learning rates
#
# After this lesson you can
#
# - give each part of a net its own learning rate and weight decay, and say why one would;
# - freeze a part so that it really stays, and tell which of the usual ways to freeze leaks;
# - keep weight decay away from biases, by shape and not by name;
# - check from a table that every parameter is in the group where you meant it to be.
#
# About 40 minutes. It builds on lesson 7: you know how a group gets its options. Now we choose them.

# %%
import warnings

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.data import load_digits
from tinygrad_optim.optim import groups
from tinygrad_optim.plot import History, group_activity

# %% [markdown]
# ## A net that knows something already
#
# We have 1,200 labelled digits, and train a net on them. Then a new task comes: is the digit odd or even? For that
# there are only 100 labelled pictures. Surely a net that can tell a 3 from an 8 knows something useful about it.
#
# The net has three layers. The first two make features of the picture; the last, the head, makes an answer of the
# features. For the new task we keep the first two, and put a new head in the place of the old one.


# %%
class DigitNet(nn.Module):
    def __init__(self, answers: int) -> None:
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.second = nn.Linear(64, 32)
        self.head = nn.Linear(32, answers)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.second(self.first(images).relu()).relu())


def fit(
    net: nn.Module, optimizer: optim.Optimizer, images: torch.Tensor, labels: torch.Tensor, steps: int, size: int
) -> None:
    """So many steps, each with `size` pictures drawn at random."""
    for _ in range(steps):
        drawn = torch.randint(0, len(images), (size,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(images[drawn]), labels[drawn])
        loss.backward()
        optimizer.step()


digits, test_digits = load_digits()
torch.manual_seed(0)
experienced = DigitNet(10)
optimizer = optim.SGD(experienced.parameters(), lr=0.1, momentum=0.9)
fit(experienced, optimizer, digits.images[:1200], digits.labels[:1200], steps=400, size=32)
right = (experienced(test_digits.images).argmax(dim=1) == test_digits.labels).sum().item()
print(f"it reads {right} of {len(test_digits.labels)} digits that it has not seen")

# %% [markdown]
# (`momentum=0.9` makes training quicker. Nearly everyone sets it. What it does is the subject of the next lesson.)
#
# ## One learning rate for all?
#
# The new head begins with random numbers. So its first answers are nonsense, its errors are large, and large errors
# make large gradients, all the way down. The head needs them: it has everything to learn. But the first two layers are
# good already, and the same large gradients go through them.
#
# So there are several things one could do:
#
# 1. *from scratch*: forget the experienced net, begin with random numbers everywhere;
# 2. *one rate*: keep its layers, and train all at `lr=0.1`;
# 3. *frozen*: keep its layers as they are, and train the head alone;
# 4. *three rates*: the nearer to the picture, the slower.
#
# Put them in order: which will read most test digits right after training on 100 pictures, which fewest? Write it down.
# The fourth way in code is three groups. They differ in `lr`, and share the momentum, as you know from lesson 7:


# %%
def three_rates(net: DigitNet) -> optim.SGD:
    return optim.SGD(
        [
            {"params": net.first.parameters(), "lr": 0.00625},
            {"params": net.second.parameters(), "lr": 0.025},
            {"params": net.head.parameters()},
        ],
        lr=0.1,
        momentum=0.9,
    )


WAYS = {
    "from scratch": lambda net: optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
    "one rate": lambda net: optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
    "frozen": lambda net: optim.SGD(net.head.parameters(), lr=0.1, momentum=0.9),
    "three rates": three_rates,
}


def odd_or_even(way: str, seed: int) -> float:
    """The share of test digits, in percent, of which a net trained this way knows whether they are odd."""
    torch.manual_seed(seed)
    net = DigitNet(2)
    if way != "from scratch":  # copy the experienced layers' numbers into the new net's
        net.first.load_state_dict(experienced.first.state_dict())
        net.second.load_state_dict(experienced.second.state_dict())
    fit(net, WAYS[way](net), digits.images[1200:1300], digits.labels[1200:1300] % 2, steps=150, size=10)
    return 100 * (net(test_digits.images).argmax(dim=1) == test_digits.labels % 2).float().mean().item()


# %% [markdown]
# One run proves little: which pictures are drawn, and with what the head begins, is chance. We take three seeds.

# %%
results = {way: [odd_or_even(way, seed) for seed in (1, 2, 3)] for way in WAYS}
means = {way: sum(found) / 3 for way, found in results.items()}
for way, found in results.items():
    print(f"{way:13}", "  ".join(f"{percent:.1f} %" for percent in found), f"  mean {means[way]:.1f} %")

# %%
figure, axes = plt.subplots(figsize=(6.5, 2.4), layout="constrained")
for row, (way, found) in enumerate(results.items()):
    axes.plot(found, [row] * 3, "o", color="#0072B2", alpha=0.5)
    axes.plot(means[way], row, "|", color="black", markersize=18)
axes.set(yticks=range(4), yticklabels=list(results), xlabel="test digits known to be odd or even, in % (bar: mean)")
axes.set_ylim(3.6, -0.6)
axes.grid(axis="x", alpha=0.3)
figure.savefig("08_ways.png")

# %%
print(means["frozen"] > means["from scratch"])  # prints True
print(means["three rates"] > max(means["one rate"], means["from scratch"]))  # prints True

# %% [markdown]
# From scratch is worst: 100 pictures are few. One rate for all is better, but some of what the net knew is washed away.
# Frozen keeps all that it knew, and can add nothing to it. Three rates do both: the head learns, the rest adapts a bit.
#
# This is no law. With 10,000 new pictures, or a quite different task, one rate may win. It is a *choice*, and groups
# are how you make it.
#
# ## What the groups did
#
# A `History` records each group by itself. The upper panel is what we asked for, the lower what came of it: how far a
# step moved the group's weights, as a share of their size.

# %%
torch.manual_seed(1)
net = DigitNet(2)
net.first.load_state_dict(experienced.first.state_dict())
net.second.load_state_dict(experienced.second.state_dict())
optimizer = three_rates(net)
with History(optimizer) as history:
    fit(net, optimizer, digits.images[1200:1300], digits.labels[1200:1300] % 2, steps=150, size=10)
axes = group_activity(history)
axes[0].figure.savefig("08_groups.png")

# %% [markdown]
# In the first steps the head is moved by up to half its own size each time: it is nonsense still. The first layer in
# the same steps by less than a thousandth of its size. Later the errors are small, and all three come to rest; a bump
# is a batch that still had a surprise in it. (The grey line is a rule of thumb: trainings that go well are often near
# it.)
#
# ## The same groups by rule
#
# Three layers one can write by hand. For thirty, `optim.groups` builds them by a rule: here each layer's rate is a
# quarter of the rate of the one above. Before you run it: which rates do you expect, and how many groups?

# %%
plan = groups.build(net, groups.LayerDecay(lr=0.1, decay=0.25))
print([group["lr"] for group in plan.groups])  # prints [0.00625, 0.025, 0.1]

# %%
print(plan)

# %% [markdown]
# A plan is made of plain dicts, as you would write them: `optim.SGD(plan.groups, ...)` takes them. What it adds is the
# table: every parameter of the net is in it, with its group and the reason. Read such a table before a long training.
#
# ## Weight decay, and who should have it
#
# With `weight_decay=d`, each step adds `d * w` to the gradient of each weight `w`. So a weight is pulled towards zero,
# the more the larger it is, and stays large only if the loss insists. Large weights make a net that changes its answer
# wildly when the picture changes a little, so this often helps on pictures the net has not seen.
#
# But what does it do to a *bias*? Take the smallest model there is: it answers `b`, whatever it is asked, and the right
# answer is 10. The gradient of (b - 10)**2 is 2 * (b - 10). With a decay of 0.5, where does `b` come to rest? At rest
# the two pulls are equal: 2 * (b - 10) + 0.5 * b = 0. Solve it before you go on.


# %%
def rest(weight_decay: float) -> float:
    b = torch.tensor(0.0, requires_grad=True)
    optimizer = optim.SGD([b], lr=0.1, weight_decay=weight_decay)
    for _ in range(200):
        optimizer.zero_grad()
        loss = (b - 10) ** 2
        loss.backward()
        optimizer.step()
    return round(b.item(), 3)


print(rest(0.0), rest(0.5))  # prints 10.0 8.0

# %% [markdown]
# 8, not 10: it is simply wrong now, and nothing was gained. A bias is multiplied with nothing, so a large one makes no
# answer wild. The same is true of a normalization layer, which brings its inputs to a common size and multiplies them
# with a *gain*: that begins at 1 for a good reason, and should not be pulled to 0. So the usual recipe is: decay for
# matrices (and the kernels of convolutions), none for biases and gains.
#
# How do you tell them apart? *Not* by the name: a `LayerNorm` calls its gain "weight". By the shape: biases and gains
# have one dimension, matrices have two.

# %%
normed = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 2))
for name, p in normed.named_parameters():
    print(name, tuple(p.shape))
# prints 0.weight (8, 4)
# prints 0.bias (8,)
# prints 1.weight (8,)
# prints 1.bias (8,)
# prints 2.weight (2, 8)
# prints 2.bias (2,)

# %%
print(groups.build(normed, groups.NoDecay(weight_decay=0.01)))

# %% [markdown]
# Note that the second group says `weight_decay=0.0` *itself*. Would it do to leave the option out? Think of lesson 7:
# what is not in the group comes from the defaults. If someone then writes `optim.SGD(plan.groups, lr=0.1,
# weight_decay=0.01)`, the biases have a decay after all. A group that must not decay has to say so.
#
# Two rules can be combined. Then parameters with the same options share a group; ours become two for each layer:

# %%
plan = groups.build(net, groups.LayerDecay(lr=0.1, decay=0.25), groups.NoDecay(weight_decay=0.01))
print(len(plan.groups))  # prints 6

# %%
print(plan)

# %% [markdown]
# ## To freeze, and how it leaks
#
# "Frozen" above was the simplest way: the optimizer never got those parameters. There are others, and they are not the
# same. Here are two weights; the first is to stay where it is, from now on. We freeze it between a `backward` and the
# next round, as it happens in real programs, and watch it through three more rounds. Weight decay is on.


# %%
def three_rounds(how: str, set_to_none: bool = True) -> list[float]:
    """Where the weight is after one round, and then, frozen in this way, after three more."""
    frozen = torch.tensor(1.0, requires_grad=True)
    other = torch.tensor(1.0, requires_grad=True)
    optimizer = optim.SGD([{"params": [frozen]}, {"params": [other]}], lr=0.1, weight_decay=0.5)
    path = []
    for number in range(4):
        if number == 1 and how == "lr = 0":
            optimizer.param_groups[0]["lr"] = 0.0
        if number == 1 and how != "lr = 0":
            frozen.requires_grad_(False)
        if number == 1 and how == "no gradient either":
            frozen.grad = None
        optimizer.zero_grad(set_to_none)
        loss = frozen + 2 * other
        loss.backward()
        optimizer.step()
        path.append(round(frozen.item(), 4))
    return path


warnings.simplefilter("ignore")  # the package warns of the leak that we are about to see
print(three_rounds("lr = 0"))  # prints [0.85, 0.85, 0.85, 0.85]
print(three_rounds("requires_grad_(False)"))  # prints [0.85, 0.85, 0.85, 0.85]
print(three_rounds("requires_grad_(False)", set_to_none=False))  # prints [0.85, 0.8075, 0.7671, 0.7288]
print(three_rounds("no gradient either", set_to_none=False))  # prints [0.85, 0.85, 0.85, 0.85]

# %% [markdown]
# The third line leaks. Can you say why, from what you know of `step`?
#
# `requires_grad_(False)` speaks to *backward*: work out no gradient here any more. It does not speak to *step*, which
# asks one question only: is `.grad` there? It is, left over from the round before. `zero_grad(set_to_none=False)`
# filled it with zeros and left it there. So the weight takes part in each step, with a gradient of 0, and weight decay
# pulls it down. In the second line `zero_grad()` had taken the gradient away, and all was well. In the fourth we did so
# ourselves.
#
# | way | backward | step | mind |
# | --- | --- | --- | --- |
# | not in the optimizer | works out its gradient, for nothing | never sees it | `zero_grad()` does not see it either |
# | `lr = 0` in its group | works out its gradient, for nothing | moves it by 0 | holds for the whole group |
# | `requires_grad_(False)` | spares the work | moves it while `.grad` is there | set `p.grad = None` too |
#
# The last is the one to use: with the gradient cleared it is safe, and it saves time, as `backward` need not go below
# the lowest layer that learns. `optim.groups` knows of it too: what wants no gradient is left out, and the table says
# so.

# %%
net.first.requires_grad_(False)
print(groups.build(net, groups.NoDecay(weight_decay=0.01)))

# %% [markdown]
# In lesson 12 we shall let such a layer thaw, in the middle of a training.
#
# ## What you have learned
#
# - Groups are how one says: this part slowly, this part fast, this one without decay. Which is best is an experiment.
# - Decay is for matrices; tell them by their shape, and let a group that must not decay say so itself.
# - Frozen means no gradient *worked out* and none *left over*: `requires_grad_(False)` and `p.grad = None`.
#
# The exercises: `one_step`, `no_decay`, `who_moves`, `freeze`. Check them with `tinygrad-optim check 8`.
#
# To read on: `tinygrad_optim/optim/groups/criteria.py`, where each rule is a few lines, and `tinygrad_optim/demo.py`,
# whose `make_optimizer` has three groups on all the digits.
