# %% [markdown]
# # 15. Seven bugs to find
#
# After this lesson you can
#
# - doubt a training run whose loss falls, and say what to doubt first;
# - design a small experiment for which you know the right number, and read the bug off the wrong one;
# - use `gradcheck`, a recorded step, `explain` and the groups' table as instruments;
# - tell a fault in your program from a fault in the library it stands on.
#
# About 40 minutes. It builds on lessons 2, 4, 6, 8 to 11 and 13: each bug is about something you know.

# %%
import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import Value, mistakes, nn, optim
from tinygrad_optim.course.museum import suspect
from tinygrad_optim.data import load_iris
from tinygrad_optim.trace import explain, record, tell

mistakes.off()  # the package would notice some of them by itself; today we want to

# %% [markdown]
# ## The patient
#
# One small net, 120 irises, 60 steps. It has a `tanh` layer, then one that adds something to what it gets, then a
# head. This run is sound.

# %%
(features, labels), (others, other_labels) = load_iris()
mean, std = features.mean(0), features.std(0)
features, others = (features - mean) / std, (others - mean) / std


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)  # every run begins with the same weights
        self.first = nn.Linear(4, 8)
        self.more = nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = torch.tanh(self.first(x))
        h = h + torch.tanh(self.more(h))
        return self.head(h)


def step(net: Net, optimizer: optim.Optimizer) -> float:
    """One round of the loop; the loss before it."""
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(net(features), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def run(kind: type, **options: float) -> list[float]:
    """The losses of 60 steps with an optimizer of this kind."""
    net = Net()
    optimizer = kind(net.parameters(), **options)
    return [step(net, optimizer) for _ in range(60)]


sound = run(optim.SGD, lr=0.1, momentum=0.9, weight_decay=0.01)
print(round(sound[0], 2), round(sound[-1], 3))  # prints 1.14 0.055

# %% [markdown]
# Now seven runs with something wrong in each. In three of them it is the program. In four it is the library itself:
# `suspect(number)` puts a bug from the museum into the engine or the optimizers, without telling which. It is one of
# these nine; what most of the names mean you can guess.

# %%
NAMES = [
    *("no_topological_order", "gradients_overwritten", "broadcast_averaged"),
    *("decay_after_momentum", "nesterov_without_look_ahead", "bias_correction_off_by_one", "eps_inside_root"),
    *("zero_grad_misses_a_group", "group_missed_by_scheduler"),
]

# %% [markdown]
# Before you go on, a guess for later: of seven loss curves, how many will look ill?
#
# ## 1. Faster than it should be
#
# The first program belongs to a colleague, who is proud of it: no momentum, and yet a lower loss than ours. Read it
# first.

# %%
net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1)
losses = {1: []}
for _ in range(300):
    loss = nn.CrossEntropyLoss()(net(features), labels)
    loss.backward()
    optimizer.step()
    losses[1].append(loss.item())
print(round(losses[1][59], 2))  # prints 0.04
print(max(losses[1][200:]) > 0.1)  # prints True

# %% [markdown]
# Left alone for longer, it begins to swing. You have probably seen why. But suppose the loop were in a file that you
# cannot read. *Question: is the gradient that the step uses the gradient of this loss?* That can be asked directly:
# `torch.autograd.grad` finds a gradient without looking at any `.grad`. The two must agree.


# %%
def agree(net: Net) -> bool:
    loss = nn.CrossEntropyLoss()(net(features), labels)
    (fresh,) = torch.autograd.grad(loss, [net.head.bias], retain_graph=True)
    loss.backward()
    return bool(torch.allclose(fresh, net.head.bias.grad))


print(agree(net))  # prints False
optimizer.zero_grad()
print(agree(net))  # prints True

# %% [markdown]
# **Verdict**: no `zero_grad()`. The step goes by the sum of all gradients so far, a momentum of 1 that nothing damps.
# It is so common that the package looks out for it: without our `mistakes.off()` it would have said so in the second
# round. (`tinygrad-optim why no-zero-grad` tells more.)
#
# ## 2. Nothing to be seen
#
# The program of the sound run, on a library with a bug.

# %%
with suspect(8, among=NAMES) as second:
    losses[2] = run(optim.SGD, lr=0.1, momentum=0.9, weight_decay=0.01)
print(round(losses[2][-1], 3))  # prints 0.06

# %% [markdown]
# 0.060, where 0.055 is right. Who would have noticed? You cannot compare with a sound run if you have none. *Question:
# are the gradients right?* `gradcheck` asks it by differences. And it can be asked of each part alone: if the whole is
# wrong, look for the smallest part that is wrong. Which of the three lines of `forward` do you suspect?

# %%
double = Net().double()
x = torch.rand(2, 4, dtype=torch.float64, requires_grad=True)
h = torch.rand(2, 8, dtype=torch.float64, requires_grad=True)
with suspect(8, among=NAMES):
    print(torch.gradcheck(lambda x: torch.tanh(double.first(x)), (x,), raise_exception=False))  # prints True
    print(torch.gradcheck(lambda h: h + torch.tanh(double.more(h)), (h,), raise_exception=False))  # prints False
    print(torch.gradcheck(lambda h: double.head(h), (h,), raise_exception=False))  # prints True

# %% [markdown]
# Layers, biases and `tanh` are right; wrong is the part that adds to what it was given. There something is *used
# twice*, as in the garden bed of lesson 2. That had a number for each bug: 26 if all is well, 14 without order, 12
# without the plus. Which is it?

# %%
with suspect(8, among=NAMES):
    steps = Value(3.0)
    width = steps * 2.0
    (width * (width + 1.0)).backward()
print(steps.grad)  # prints 14.0
print(second.is_it("no_topological_order"))  # prints True

# %% [markdown]
# **Verdict**: no topological order. Note how the experiment was chosen: so small that the right number can be worked
# out on paper, and such that each suspect gives another wrong one.
#
# ## 3. A layer that does not learn
#
# Another colleague wants a fresh head on a trained body.

# %%
net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
net.head = nn.Linear(8, 3)
losses[3] = [step(net, optimizer) for _ in range(60)]
print(round(losses[3][-1], 2))

# %% [markdown]
# The loss falls: the two other layers learn to live with this head. *Question: does the step move what it should?* Take
# a copy before, and look which of the net's parameters are others afterwards.

# %%
before = {name: p.detach().clone() for name, p in net.named_parameters()}
step(net, optimizer)
print([name for name, p in net.named_parameters() if bool((p == before[name]).all())])
# prints ['head.weight', 'head.bias']

# %% [markdown]
# **Verdict**: the optimizer holds the *tensors* it was given, not the net. The old head's are still in its groups; the
# new head's are in none. `explain` would have said so in a line:

# %%
print(explain(optimizer, net.head.bias).reasons[0])

# %% [markdown]
# ## 4. Better than it should be
#
# The sound program once more, and another suspect.

# %%
with suspect(10, among=NAMES) as fourth:
    losses[4] = run(optim.SGD, lr=0.1, momentum=0.9, weight_decay=0.01)
print(round(losses[4][-1], 3))  # prints 0.044

# %% [markdown]
# 0.044! *Lower* than the sound run. A loss says how well the net does, and not whether the library does what you asked.
# And here `gradcheck` finds nothing. *Question: given the right gradient, is the update right?* Take one number, and a
# gradient of 1 each time. Do two steps on paper, with lr 0.1, momentum 0.5, decay 0.2:
#
#     step 1   g = 1 + 0.2 * 1    = 1.2      v = 1.2                        p = 1 - 0.1 * 1.2      = 0.88
#     step 2   g = 1 + 0.2 * 0.88 = 1.176    v = 0.5 * 1.2 + 1.176 = 1.776  p = 0.88 - 0.1 * 1.776 = 0.7024


# %%
def two_steps() -> list[float]:
    p = Value(1.0)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.5, weight_decay=0.2)
    p.grad = 1.0
    optimizer.step()
    first = round(p.data, 4)
    optimizer.step()
    return [first, round(p.data, 4)]


with suspect(10, among=NAMES):
    print(two_steps())  # prints [0.88, 0.7124]

# %% [markdown]
# The first step is right, the second is not. So something that is *kept* from the one to the other is wrong: the
# velocity. Let us see the lines that made it. A recording has every line that ran, in the order in which it ran:

# %%
with suspect(10, among=NAMES):
    recording = record(two_steps)
first_step = next(chapter for chapter in tell(recording).chapters if chapter.kind == "step")
for line in first_step.groups[0].updates[0].lines:
    print(f"{line.place.line:4} {line.place.text}")

# %% [markdown]
# Read it against the paper. There the decay went into `g` *before* the velocity was made. Here it comes after: this
# step feels it, the velocity never hears of it. With a velocity that remembers ten steps, that is a tenth of the decay
# you asked for, so the weights grow larger and the loss gets lower.

# %%
print(fourth.is_it("decay_after_momentum"))  # prints True

# %% [markdown]
# **Verdict**: decay after momentum. Two steps were needed: an optimizer with a memory must be asked at least twice.
#
# ## 5. A slow start
#
# Adam this time.

# %%
with suspect(11, among=NAMES) as fifth:
    losses[5] = run(optim.Adam, lr=0.02)
print(round(losses[5][-1], 3))  # prints 0.046

# %% [markdown]
# You know what the first step of Adam must be, whatever the gradient: `lr`. (The means are corrected to g and g², and
# g / √g² is 1.) So an experiment needs no paper at all:

# %%
with suspect(11, among=NAMES):
    p = torch.tensor(1.0, requires_grad=True)
    optimizer = optim.Adam([p], lr=0.1)
    (p * 3.0).backward()
    told = explain(optimizer, p)
    optimizer.step()
print(round(1.0 - p.item(), 4))  # prints 0.0744

# %% [markdown]
# A quarter too short. *Question: which equation does it compute?* `explain` was asked before the step. It ran the rule
# on symbols, and what came out is the rule that really stands there. Compare with lesson 10, factor by factor:

# %%
print(*told.equation.names, sep="\n")

# %%
print(fifth.is_it("bias_correction_off_by_one"))  # prints True

# %% [markdown]
# **Verdict**: `step + 1`, where it should be `step`. After a few dozen steps both corrections are nearly 1, and the bug
# is gone: at the end of training no experiment would find it. Look where a thing is *young*.
#
# ## 6. One group too fast
#
# Two groups, and a schedule that halves the learning rate every 20 steps.


# %%
def with_schedule() -> tuple[list[float], optim.Optimizer]:
    net = Net()
    body = [*net.first.parameters(), *net.more.parameters()]
    optimizer = optim.SGD([{"params": body, "lr": 0.05}, {"params": net.head.parameters()}], lr=0.2, momentum=0.9)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
    found = []
    for _ in range(60):
        found.append(step(net, optimizer))
        schedule.step()
    return found, optimizer


with suspect(12, among=NAMES) as sixth:
    losses[6], optimizer = with_schedule()
print(round(losses[6][-1], 3))  # prints 0.058

# %% [markdown]
# Sound, this program ends at 0.073: once more the bug has the lower loss.
#
# *Question: does each group have what it should have, now?* What should the two rates be, after three halvings? And
# each option knows who set it last:

# %%
for group in optimizer.param_groups:
    print(group["lr"], group.origin["lr"])
# prints 0.00625 StepLR
# prints 0.2 default
print(sixth.is_it("group_missed_by_scheduler"))  # prints True

# %% [markdown]
# **Verdict**: the schedule never came to the second group. Its rate still is what the default had put there.
#
# ## 7. The best weights
#
# The last colleague tests the net on other flowers before each step, and keeps the weights that did best.


# %%
def test_loss(net: Net) -> float:
    with torch.no_grad():
        return nn.CrossEntropyLoss()(net(others), other_labels).item()


net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.95)
losses[7], best, best_loss = [], {}, float("inf")
for _ in range(60):
    if test_loss(net) < best_loss:
        best, best_loss = net.state_dict(), test_loss(net)
    losses[7].append(step(net, optimizer))

net.load_state_dict(best)
print(test_loss(net) > 3 * best_loss)  # prints True

# %% [markdown]
# The weights that did best do badly. The training is sound, and so is every gradient. *Question: is what was kept still
# what it was?* Look at one number of `best`, train one step more, and look again.

# %%
kept = best["head.bias"][0].item()
step(net, optimizer)
print(best["head.bias"][0].item() == kept)  # prints False

# %% [markdown]
# **Verdict**: `state_dict()` gives the net's own tensors, so `best` goes on training. What is to stay as it is must be
# copied: `{name: p.clone() for name, p in net.state_dict().items()}`.
#
# ## The seven curves
#
# Here they are, each beside a sound run of the same program. How many had you guessed would look ill?

# %%
twins = [run(optim.SGD, lr=0.1), sound, sound, sound, run(optim.Adam, lr=0.02), with_schedule()[0], losses[7]]
titles = ["no zero_grad", "no topological order", "head not in the optimizer", "decay after momentum"]
titles += ["bias correction off by one", "group missed by the schedule", "best weights not copied"]
figure, axes = plt.subplots(2, 4, figsize=(11, 4.8), sharex=True, sharey=True)
axes[0, 0].set_yscale("log")
for number, (ax, title, twin) in enumerate(zip(axes.flat, titles, twins), 1):
    ax.plot(twin, color="0.6", linewidth=1.5)
    ax.plot(losses[number][:60], color="#D55E00", linewidth=1.5, linestyle="--" if twin is losses[7] else "-")
    ax.minorticks_off()
    ax.set_title(f"{number}. {title}", loc="left", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
axes[1, 3].axis("off")
axes[1, 3].text(0, 0.6, "orange: with the bug\ngrey: the same program, sound", transform=axes[1, 3].transAxes)
figure.supxlabel("step", fontsize=9)
figure.supylabel("training loss", fontsize=9)
figure.subplots_adjust(left=0.08, right=0.98, bottom=0.11, top=0.93, hspace=0.25)
figure.savefig("15_seven_losses.png", dpi=110)
mistakes.on()

# %% [markdown]
# None of them stops learning, and only the third looks ill. Three of them learn *faster* than they should, and the last
# has no fault in its curve at all. A loss that does not fall is bad news. One that does is no news.
#
# ## Where to look
#
# Each verdict began with a question, and there are only four of them:
#
# | question | instrument | found |
# |---|---|---|
# | Is the gradient that of this loss? | `autograd.grad`, `gradcheck`, part by part | 1, 2 |
# | Given the gradient, is the update right? | two steps on paper, a recording, `explain` | 4, 5 |
# | Is each thing moved, by the options it should have? | copies before and after, `origin`, the groups | 3, 6 |
# | Do I measure what I think I do? | look at it twice | 7 |
#
# ## What you have learned
#
# - A falling loss proves nothing. Ask for the gradient, the update, the groups, the measurement, in this order.
# - An experiment is good if you know its right number beforehand, and if each suspect would give another one.
# - An optimizer with a memory must be asked twice, and a correction while it is young.
#
# In `exercises.py`, for `tinygrad-optim check 15`: say what a bug does to a weight (`with_the_bug`), write experiments
# that tell bugs apart (`engine_bug`, `adam_bug`), find in a log the step that cannot be right (`first_wrong_step`), and
# mend a program with three faults (`train`). `tinygrad-optim hint 15.adam_bug` gives a hint.
#
# To read on: `tinygrad_optim/course/museum/mutants.py`. It has all the bugs, each as the lines that it changes.
