# %% [markdown]
# # 7. Inside the constructor
#
# After this lesson you can
#
# - say, line by line, what happens between `optim.SGD([...], lr=0.1)` and an optimizer that is ready to step;
# - tell of each option of each group which value it has, and where that value came from;
# - explain why a parameter may be in one group only, and what else is refused, and when;
# - find parameters that a net has and its optimizer does not.
#
# About 35 minutes. It builds on lesson 6: there the optimizer was given one weight. Here it is given two groups.

# %%
import inspect
import warnings

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.param_group import ParamGroup, as_groups
from tinygrad_optim.trace import Recorder, tell
from tinygrad_optim.trace.shown import shown

# %% [markdown]
# ## What we ask for
#
# A net of two layers. The body is to learn slowly, the head at the usual rate. All the rest shall be the same for both:


# %%
class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(2, 3)
        self.head = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x).tanh())


def build(net: Net) -> optim.SGD:
    return optim.SGD(
        [
            {"params": net.body.parameters(), "lr": 0.01},
            {"params": net.head.parameters()},
        ],
        lr=0.1,
        momentum=0.9,
    )


torch.manual_seed(0)
optimizer = build(Net())

# %% [markdown]
# A list of two dicts went in, and two keywords. Before you go on, write down what you expect to find inside: which
# values of `lr` and `momentum` has each group? And `weight_decay`, of which nobody has said a word?

# %%
for group in optimizer.param_groups:
    print(len(group["params"]), group["lr"], group["momentum"], group["weight_decay"])
# prints 2 0.01 0.9 0
# prints 2 0.1 0.9 0

# %% [markdown]
# So an optimizer keeps a list, `param_groups`, and in it one dict a group. A group's dict has the key `"params"`, and
# one key for *each* option that the optimizer knows. Ours gave at most one option, and now each has all of them:

# %%
print(list(optimizer.param_groups[1])[:5])  # prints ['params', 'lr', 'momentum', 'dampening', 'weight_decay']
print(len(optimizer.param_groups[0]), len(optimizer.param_groups[1]))  # prints 10 10

# %% [markdown]
# Who has filled them in? We go and look. Three functions ran, each called by the one before.
#
# ## First: SGD's own `__init__`

# %%
print(inspect.getsource(optim.SGD.__init__))

# %% [markdown]
# No arithmetic, no parameters touched. It puts all its options into one dict, `defaults`, whether you gave them
# (`lr=0.1`) or they come from its own signature (`weight_decay: float = 0`). From here on nobody can tell which was
# which. Then it hands everything on to the class it is built on.
#
# Every optimizer begins like this. Adam's `__init__` differs in the names of its options, and in nothing else.

# %%
print(optimizer.defaults["lr"], optimizer.defaults["momentum"], optimizer.defaults["weight_decay"])  # prints 0.1 0.9 0

# %% [markdown]
# ## Second: `Optimizer.__init__`

# %%
print(inspect.getsource(optim.Optimizer.__init__))

# %% [markdown]
# Line by line:
#
# - `self.defaults` keeps that dict.
# - `self.state` is where the optimizer will keep what it remembers of each parameter, such as a velocity (lesson 9). It
#   is empty until the first step.
# - `self.param_groups` is an empty list: no group is in it yet.
# - `self.hooks` is for others who want to look on at each step, as `History` did in lesson 6.
# - `check_options` refuses defaults that make no sense, such as a learning rate of -1.
# - Then the loop: **each group goes through `add_param_group`**, one after the other.
#
# `as_groups` is there because you may also give a plain list of parameters, without any dicts. That is one group:

# %%
weight = torch.zeros(3, requires_grad=True)
print(as_groups([weight])[0].keys())  # prints dict_keys(['params'])
print(as_groups([weight])[0]["params"][0] is weight)  # prints True

# %% [markdown]
# So "one set of options for all parameters" is no case of its own. It is a list with one group that gives no option.
#
# ## Third: `add_param_group`
#
# This is the heart. Read it once, slowly, up to the line where the group is in. (`required` marks an option that has no
# default, so that every group must give it. SGD has none such. `names` is there for who gives `net.named_parameters()`,
# parameters and their names in pairs; ours come without, and the list is empty.)

# %%
source = inspect.getsource(optim.Optimizer.add_param_group)
end = "self.param_groups.append(group)\n"
print(source[: source.index(end) + len(end)])

# %% [markdown]
# Three parts: it makes a group of its own, fills in what is missing, and asks whether the result is right. Only then,
# as the very last thing, the group is appended.
#
# The three lines in the middle do all that we saw above: *for each option in the defaults: if the group does not have
# it, it gets the default.* A group that gives an option is left alone. Here they are at work on a group made by hand:

# %%
group = ParamGroup({"params": [weight], "lr": 0.01})
for option, default in {"lr": 0.1, "momentum": 0.9}.items():
    if option not in group:
        group.fill_in(option, default)
print(group["lr"], group["momentum"])  # prints 0.01 0.9
print(group.origin)  # prints {'params': 'group', 'lr': 'group', 'momentum': 'default'}

# %% [markdown]
# A `ParamGroup` is a dict that remembers of each option where its value came from. Nothing computes with that; it is
# there for us to ask.
#
# ## Watching it run
#
# Source says what could happen. A `Recorder` writes down what *did*: each line that ran, with what it read and what it
# changed. We build the same optimizer once more, for a net of its own, under one:

# %%
net = Net()
with Recorder() as recorder:
    optimizer = build(net)
story = tell(recorder)
made = story.chapters[0]  # the chapter that tells how the optimizer was made
lines = made.groups[0].lines  # add_param_group's lines, as they ran for group 0


def replay(lines: list) -> None:
    """Print lines as they ran: what an `if` looked at, and (marked with *) what each line changed."""
    for line in lines:
        print(line.place.text.strip())
        if line.place.text.strip().startswith("if"):
            for name, value in line.reads.items():
                print("        reads", name, "=", shown(value))
        for change in line.writes:
            if change.changed:
                print("      *", change.name, "=", shown(change.after))


first = next(number for number, line in enumerate(lines) if line.place.text.strip().startswith("for option"))
replay(lines[:first])

# %% [markdown]
# We gave a *generator*, which is what `net.body.parameters()` returns. The line with `as_parameters` has made a list of
# it: two parameters, body.weight and body.bias. A generator can be gone through once; the list stays.
#
# Now the loop over the defaults. Its first three rounds, for `lr`, `momentum` and `dampening`. Predict: for which of
# them does `fill_in` run?

# %%
rounds = [number for number, line in enumerate(lines) if line.place.text.strip().startswith("for option")]
replay(lines[rounds[0] : rounds[3]])

# %% [markdown]
# For `lr` the question was answered with no: the group has one. So nothing was done, and 0.01 stays. `momentum` and
# `dampening` were missing, and were filled in. The `*` shows the group growing, option by option.
#
# Then the checks run, and at last:

# %%
appended = next(line for line in lines if "append" in line.place.text)
print(appended.place.text.strip())  # prints self.param_groups.append(group)
print(len(lines) > 40)  # prints True

# %% [markdown]
# More than forty lines for one group, and no magic in any.
#
# ## Where each value came from
#
# The same story, told short. It knows more than the group itself does, for the recorder has seen the call: a default
# that you gave to `SGD(...)` is told apart from one that is SGD's own.

# %%
for option in made.groups[0].options[:4]:
    print(option.name, option.value, "-", option.origin)
# prints lr 0.01 - given in this group
# prints momentum 0.9 - from SGD(momentum=0.9)
# prints dampening 0 - SGD's own default
# prints weight_decay 0 - SGD's own default

# %% [markdown]
# So there are three places, and the nearest wins: **the group, before the call's keywords, before the class's own
# defaults**. Let us see it as a picture, for an optimizer with a third group. What do you expect in its column?

# %%
torch.manual_seed(0)
deep = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 1))
with Recorder() as recorder:
    three = optim.SGD(
        [
            {"params": deep[0].parameters(), "lr": 0.01},
            {"params": deep[1].parameters(), "weight_decay": 0.001},
            {"params": deep[2].parameters(), "lr": 0.5, "momentum": 0.0},
        ],
        lr=0.1,
        momentum=0.9,
    )
groups = tell(recorder).chapters[0].groups

names = ["lr", "momentum", "dampening", "weight_decay", "nesterov"]
colours = {"given": "#F0A070", "from": "#56B4E9", "SGD's": "#EEEEEE"}
words = {"given": "given in the group", "from": "given to SGD(...)", "SGD's": "SGD's own default"}
figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
for column, group in enumerate(groups):
    options = {option.name: option for option in group.options}
    for row, option in enumerate(options[name] for name in names):
        axes.barh(row, 0.94, left=column, height=0.88, color=colours[option.origin.split()[0]])
        axes.text(column + 0.47, row, str(option.value), ha="center", va="center")
axes.set(xlim=(0, 3), xticks=[0.47, 1.47, 2.47], xticklabels=["group 0", "group 1", "group 2"])
axes.set(yticks=range(5), yticklabels=names)
axes.invert_yaxis()
axes.tick_params(length=0)
axes.spines[:].set_visible(False)
axes.legend(
    handles=[plt.Rectangle((0, 0), 1, 1, color=colours[key], label=words[key]) for key in words],
    frameon=False,
    loc="upper left",
    bbox_to_anchor=(1, 1),
)
figure.savefig("07_origins.png")

# %% [markdown]
# Look at `momentum` of group 2. It was given as 0, and it *is* 0: the question was "is the option in the group?", not
# "is it more than nothing?". Had someone written `group.get("momentum") or default`, that zero would be lost.
#
# ## After the constructor
#
# The filling in happens once, when the group is added. So what does each of the next three lines change? (From here on
# we do some things that you should not. The package warns of those it notices; for this lesson we turn that off.)

# %%
warnings.simplefilter("ignore")

optimizer.param_groups[0]["lr"] = 0.02
optimizer.defaults["momentum"] = 0.5
weight = torch.zeros(3, requires_grad=True)
optimizer.add_param_group({"params": [weight]})

for group in optimizer.param_groups:
    print(group["lr"], group.origin["lr"], group["momentum"], group.origin["momentum"])
# prints 0.02 assigned 0.9 default
# prints 0.1 default 0.9 default
# prints 0.1 default 0.5 default

# %% [markdown]
# The first line changes group 0, from the next step on; this is how every schedule of learning rates works. The second
# changes no group that is there: they were filled in long ago. It only shows in the group that is added afterwards.
# (A new default is rarely what you want. If you mean all groups, write a loop over `param_groups`.)
#
# Two more things that are easy to get wrong:
#
# **The parameters are held, not copied.** The group's list has the very same objects as the net. A step moves them in
# place, and that is why the net learns at all. But if you *replace* a parameter afterwards, the optimizer goes on
# moving the old one, which nobody uses any more:

# %%
print(optimizer.param_groups[1]["params"][0] is net.head.weight)  # prints True
net.head = nn.Linear(3, 1)  # a fresh head
print(optimizer.param_groups[1]["params"][0] is net.head.weight)  # prints False

# %% [markdown]
# The new head will get gradients, and never move. So build the optimizer last, or add the new parameters to it.
#
# **Your dict is copied.** You may use one dict of options for two optimizers. (PyTorch fills the options into *your*
# dict. There a second optimizer that is given the same dict finds the first one's `lr` in it, and takes it for yours.)

# %%
mine = {"params": [torch.zeros(2, requires_grad=True)]}
optim.SGD([mine], lr=0.1)
print(list(mine))  # prints ['params']

# %% [markdown]
# ## What is refused
#
# The body once more, and then *all* of the net: so body.weight would be in two groups. Say first why that cannot be
# right. Which learning rate should it have?

# %%
try:
    optim.SGD([{"params": net.body.parameters(), "lr": 0.01}, {"params": net.parameters()}], lr=0.1)
except ValueError as error:
    print(str(error).split(":")[0])  # prints some parameters appear in more than one parameter group
    print("body.weight" in str(error))  # prints True

# %% [markdown]
# Each step would move it twice, with two rates. So `check_disjoint` compares: is any parameter of the new group *the
# same object* as one of a group that is there? "The same", not "equal": two layers that begin with all zeros are equal,
# and are still two parameters.
#
# Some more that are refused, each with its reason:

# %%
parameters = net.parameters()
optim.SGD(parameters, lr=0.1)
for wrong in (
    lambda: optim.SGD(parameters, lr=0.1),  # that generator has been used up
    lambda: optim.SGD(net.body.weight, lr=0.1),  # not a list
    lambda: optim.SGD(net.parameters(), lr=-0.1),
    lambda: optim.SGD(net.parameters(), lr=0.1, momentums=0.9),
    lambda: optim.SGD([{"params": [net.body.weight * 2]}], lr=0.1),  # computed: not a weight, but a result
):
    try:
        wrong()
    except (TypeError, ValueError) as error:
        print(type(error).__name__, "-", error)

# %% [markdown]
# All this is asked *before* the last line, the `append`. That order has a use: a group that is refused leaves no trace.

# %%
before = len(optimizer.param_groups)
try:
    optimizer.add_param_group({"params": [weight]})  # it is in group 2 already
except ValueError:
    print(len(optimizer.param_groups) == before)  # prints True

# %% [markdown]
# One thing is *not* refused, here as in PyTorch: a key that no rule reads. A group is a dict, and you may keep in it
# what you like. So a slip of the pen inside a group raises nothing, and the group learns with the default:

# %%
slip = optim.SGD([{"params": [torch.zeros(2, requires_grad=True)], "learning_rate": 0.5}], lr=0.1)
print(slip.param_groups[0]["learning_rate"], slip.param_groups[0]["lr"])  # prints 0.5 0.1

# %% [markdown]
# (This package says so in a warning, if it is not turned off. PyTorch says nothing.) That is why it pays to look at the
# finished groups, not at what you typed. `print(optimizer)` shows them:

# %%
print(optimizer)

# %% [markdown]
# ## What you have learned
#
# - A constructor is three short functions: collect the defaults, loop over the groups, add each.
# - `add_param_group` copies the group, fills in each option that is *missing*, checks, and appends last of all.
# - The group's own value wins over the call's keyword, and that over the class's default; afterwards only an assignment
#   to `param_groups[i]` changes anything.
#
# The exercises: `final_options`, `complete`, `given_options`, `lost`. Check them with `tinygrad-optim check 7`.
#
# To read on: `tinygrad_optim/optim/optimizer.py` from the top to `add_param_group`, then `optim/param_group.py` and
# `check_disjoint` in `optim/group_checks.py`. Then open PyTorch's `torch/optim/optimizer.py` beside it: find the same.
