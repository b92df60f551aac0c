# %% [markdown]
# # 10. Inside Adam, and where the decay goes
#
# After this lesson you can
#
# - work out Adam's next step by hand, from a gradient and two numbers of state;
# - say what bias correction is for, and what would happen in the first hundred steps without it;
# - say for which gradients `eps` matters;
# - say why `weight_decay=0.01` means one thing in Adam and another in AdamW, and show it.
#
# It takes about 35 minutes. It builds on lesson 9, where you followed SGD through its step.

# %%
import inspect
import math

import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.adam import adam
from tinygrad_optim.trace import explain

# %% [markdown]
# ## Two weights that want different learning rates
#
# Here is the whole trouble in one loss of two weights. Along `a` it is as steep as a wall, along `b` nearly flat.


# %%
def valley(w):
    return (torch.tensor([50.0, 0.05]) * w * w).sum()


def descend(make, steps):
    """Where the two weights are after so many steps from (1, 1), rounded."""
    w = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = make([w])
    for _ in range(steps):
        optimizer.zero_grad()
        valley(w).backward()
        optimizer.step()
    return [float(f"{number:.3g}") for number in w.tolist()]


w = nn.Parameter(torch.tensor([1.0, 1.0]))
valley(w).backward()
print([round(g, 3) for g in w.grad.tolist()])  # prints [100.0, 0.1]

# %% [markdown]
# At the start the gradient of `a` is a thousand times that of `b`. SGD multiplies both by one `lr`. With 0.01 the step
# along `a` is just right, and `b` hardly moves. With 0.025, only a little more, `a` flies off:

# %%
print(descend(lambda params: optim.SGD(params, lr=0.01), 100))  # prints [0.0, 0.905]
print(descend(lambda params: optim.SGD(params, lr=0.025), 100))  # prints [4.07e+17, 0.779]

# %% [markdown]
# In lesson 8 you could give each *layer* its own rate. A net has thousands of weights; nobody tunes one rate for each.
# Adam finds one for each weight, from the gradients that this weight has seen.
#
# ## The rule
#
# This is all of it, as it runs:

# %%
print(inspect.getsource(adam))

# %% [markdown]
# Leave out `maximize`, `amsgrad` and, for now, the decay. Four lines remain:
#
#     m     = beta1 * m + (1 - beta1) * g            a running mean of the gradient
#     v     = beta2 * v + (1 - beta2) * (g * g)      a running mean of its square
#     m_hat = m / (1 - beta1**step)                  both corrected, because they began at 0
#     v_hat = v / (1 - beta2**step)
#     p     = p - lr * m_hat / (sqrt(v_hat) + eps)
#
# A *running mean* keeps a share `beta` of what it was and takes the rest from what is new. With `beta1 = 0.9` it
# remembers about the last 10 gradients, with `beta2 = 0.999` about the last 1000 squares. The state holds the two under
# the names `exp_avg` and `exp_avg_sq` (the means are *exponential*: what is older counts less and less).
#
# So `sqrt(v_hat)` is the usual size of this weight's gradients, and the step is `lr` times *mean over size*: a number
# between about -1 and 1, whatever unit the loss was measured in.
#
# ## The first step
#
# **Predict.** Gradients 100 and 0.1, both weights at 1, `lr=0.1`. Where is each after one step of Adam?

# %%
w = nn.Parameter(torch.tensor([1.0, 1.0]))
optimizer = optim.Adam([("w", w)], lr=0.1)
valley(w).backward()
told = explain(optimizer, "w")
optimizer.step()
print([round(number, 4) for number in w.tolist()])  # prints [0.9, 0.9]

# %% [markdown]
# The same step for both. `explain`, asked before the step, tells why. Read the lines marked `*`: what became of 100,
# and what of 0.1?

# %%
print(str(told).split("  equation")[0].split("  rule ")[1])

# %% [markdown]
# The step left `m`, `v` and its own count behind, in the state that the optimizer keeps for `w`:

# %%
print(list(optimizer.state[w]), optimizer.state[w]["step"].item())  # prints ['step', 'exp_avg', 'exp_avg_sq'] 1.0

# %% [markdown]
# At the first step the mean of the gradients *is* the gradient, and the size *is* its absolute value. Their quotient is
# 1 or -1: only the sign is left. So the first step of Adam is `lr` long for every weight. That is what Adam's `lr`
# means: about how far a weight goes in one step, in the weight's own unit. (SGD's `lr` has no such meaning; this is why
# 0.1 is common for SGD and far too much for most nets under Adam, whose default is 0.001.)
#
# ## The second step, by hand
#
# A rule is a plain function, and works on plain numbers. Take one weight at 0, gradients 4 and then -2:

# %%
options = dict(eps=1e-8, weight_decay=0, amsgrad=False, maximize=False, decoupled_weight_decay=False)
p, m, v = 0.0, 0.0, 0.0
for step, g in enumerate([4.0, -2.0], 1):
    p, m, v, _ = adam(p, g, m, v, None, step=step, lr=0.1, betas=(0.9, 0.999), **options)
    print(step, round(p, 4), round(m, 4), round(v, 6))
# prints 1 -0.1 0.4 0.016
# prints 2 -0.1266 0.16 0.019984

# %% [markdown]
# Do the second line with paper: `m = 0.9 * 0.4 + 0.1 * (-2) = 0.16`, and `v = 0.999 * 0.016 + 0.001 * 4 = 0.019984`.
# Corrected, `m_hat = 0.16 / (1 - 0.81) = 0.842` and `v_hat = 0.019984 / (1 - 0.998001) = 9.997`: close to (16 + 4) / 2,
# the mean of the two squares. The step is `0.1 * 0.842 / 3.162 = 0.0266`.
#
# Two things to see. The weight still went *down* although the last gradient said up: the mean remembers the 4. And the
# step is only a quarter of `lr`: the two gradients do not agree. Steps are long while gradients agree, and short where
# they contradict each other:


# %%
def path(gradients, correct=True, **changed):
    """The lengths of the steps, in units of lr, that one weight takes for these gradients."""
    p, m, v, lengths = 0.0, 0.0, 0.0, []
    for step, g in enumerate(gradients, 1):
        before = p
        # 0.9**infinity is 0: counting as if it were long ago switches the correction off.
        counted = step if correct else math.inf
        p, m, v, _ = adam(p, g, m, v, None, step=counted, lr=1.0, betas=(0.9, 0.999), **{**options, **changed})
        lengths.append(float(abs(p - before)))
    return lengths


print([round(length, 2) for length in path([3.0] * 6)])  # prints [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
print([round(length, 2) for length in path([3.0, -3.0] * 3)])  # prints [1.0, 0.05, 0.34, 0.05, 0.2, 0.05]

# %% [markdown]
# **Predict.** Back to the valley, with its wall along `a` and its flat floor along `b`. After 100 steps of Adam, which
# of the two weights is nearer to 0?

# %%
print(descend(lambda params: optim.Adam(params, lr=0.1), 100))  # prints [0.00294, 0.00294]

# %% [markdown]
# Neither. Multiply all gradients of a weight by 1000, and mean over size stays as it is: Adam does not see that one
# weight is a thousand times steeper than the other, and leads both the same way.
#
# ## Bias correction
#
# The means begin at 0. After one step `m` is only a tenth of the gradient, and `v` only a thousandth of its square.
# Dividing by `1 - beta**step` makes up for just that, and as `step` grows it fades away.
#
# **Predict.** Suppose someone forgot it. Gradients always 1, `lr` 1: is the first step too short or too long?

# %%
print([round(length, 2) for length in path([1.0] * 5, correct=False)])  # prints [3.16, 4.25, 4.95, 5.44, 5.8]
lengths = path([1.0] * 3000, correct=False)
print(round(max(lengths), 2), lengths.index(max(lengths)) + 1)  # prints 6.57 12
print(round(lengths[999], 2), round(lengths[2999], 2))  # prints 1.26 1.03

# %% [markdown]
# Too long: `m` is too small by 10, but the *root* of `v` by 32. Adam without correction takes steps up to six and a
# half times as long as it should, just at the beginning, when the weights are random and the loss is steepest. And it
# is not over soon: `beta2 = 0.999` takes thousands of steps to forget that it began at 0.

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
steps = range(1, 3001)
ax.plot(steps, lengths, label="without bias correction")
ax.plot(steps, path([1.0] * 3000), label="with it")
ax.set(xscale="log", ylim=(0, 7), xlabel="step", ylabel="length of the step, in lr", title="The gradient is always 1")
ax.legend(frameon=False)
figure.savefig("10_bias_correction.png")

# %% [markdown]
# The count of steps is part of the *state*, and each weight tensor has its own. Lesson 12 shows what that means for a
# layer that joins late, lesson 13 what happens to a training that forgets it.
#
# ## eps
#
# A weight whose gradients were all 0 would be divided by 0. `eps` is added to the root to prevent that. It does one
# more thing. **Predict**: the first step's length, in units of `lr`, for gradients of 1, 1e-4, 1e-8 and 1e-10, with
# `eps = 1e-8`.

# %%
print([round(path([g])[0], 4) for g in (1.0, 1e-4, 1e-8, 1e-10)])  # prints [1.0, 0.9999, 0.5, 0.0099]
print([round(path([g], eps=1e-4)[0], 4) for g in (1.0, 1e-4, 1e-8, 1e-10)])  # prints [0.9999, 0.5, 0.0001, 0.0]

# %% [markdown]
# `eps` is the gradient size at which Adam stops believing. Gradients much larger than it all make full steps; much
# smaller ones are treated as noise, and the weight moves as under SGD with a rate of `lr / eps`. Note where it stands:
# added to the *root*, so it has the unit of a gradient. Put under the root it would have the unit of a square, and 1e-8
# there would swallow gradients up to 1e-4.
#
# ## Weight decay, the old way
#
# Weight decay pulls each weight towards 0 a little at each step, so that weights that the data do not need become
# small. The old way to do it (the *L2 penalty*) adds `weight_decay * p` to the gradient. With SGD that works as meant:
# the weight loses the share `lr * weight_decay` of itself. In Adam the line is the same:
#
#     g = g + weight_decay * p
#
# **Predict.** A weight at 1, with a gradient of exactly 0, so that only the decay moves it. `lr=0.1`, and
# `weight_decay` is 0.001, 0.01 or 0.1. Where is it after one step of SGD, and of Adam?


# %%
def after_one_step(kind, gradient, weight_decay):
    w = nn.Parameter(torch.tensor([1.0]))
    optimizer = kind([w], lr=0.1, weight_decay=weight_decay)
    w.grad = torch.tensor([gradient])
    optimizer.step()
    return round(w.item(), 4)


print([after_one_step(optim.SGD, 0.0, decay) for decay in (0.001, 0.01, 0.1)])  # prints [0.9999, 0.999, 0.99]
print([after_one_step(optim.Adam, 0.0, decay) for decay in (0.001, 0.01, 0.1)])  # prints [0.9, 0.9, 0.9]

# %% [markdown]
# In Adam the number that you chose is gone! The decay went into the gradient, and the gradient is divided by its own
# size: of 0.001 and of 0.1 the same full step is left. And where there *is* a gradient, the decay may do nothing at
# all. Ask `explain` what the step would have been with the decay off:

# %%
w = nn.Parameter(torch.tensor([1.0, 1.0]))
w.grad = torch.tensor([100.0, 0.1])
told = explain(optim.Adam([("w", w)], lr=0.1, weight_decay=0.1), "w")
print([line.strip() for line in str(told).splitlines() if "without    weight_decay" in line])
# prints ['without    weight_decay (if it were 0): the same']

# %% [markdown]
# ## AdamW: the decay apart from the gradient
#
# AdamW (W for *weight decay*) does what one meant: it shrinks the weight itself, and leaves the gradient alone.

# %%
source = inspect.getsource(adam).splitlines()
start = next(i for i, line in enumerate(source) if "if weight_decay and decoupled" in line)
print("\n".join(source[start : start + 4]))

# %% [markdown]
# The first branch is AdamW, the second Adam; nothing else differs. The same experiment, and then the same two
# weights again:

# %%
print([after_one_step(optim.AdamW, 0.0, decay) for decay in (0.001, 0.01, 0.1)])  # prints [0.9999, 0.999, 0.99]

w = nn.Parameter(torch.tensor([1.0, 1.0]))
w.grad = torch.tensor([100.0, 0.1])
optimizer = optim.AdamW([w], lr=0.1, weight_decay=0.1)
optimizer.step()
print([round(number, 4) for number in w.tolist()])  # prints [0.89, 0.89]

# %% [markdown]
# 0.01 of decay (`lr * weight_decay`, times the weight) and 0.1 of Adam's step. The decay is *decoupled* from the
# gradient, as its authors put it. It is still coupled to the `lr`: a group with a tenth of the `lr` gets a tenth of the
# decay, and so does a training whose `lr` a schedule takes down (lesson 11).
#
# ## Five hundred steps
#
# Is that only a matter of the first step? Let two weights get gradients that say nothing: they only jitter,
# `+s, -s, +s, ...`, with s = 100 for one and s = 0.1 for the other. Only the decay should matter, and it should matter
# to both. `lr=0.01`, `weight_decay=0.1`.


# %%
def jittered(kind):
    w = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = kind([w], lr=0.01, weight_decay=0.1)
    kept = [w.tolist()]
    for step in range(500):
        w.grad = torch.tensor([100.0, 0.1]) * (-1) ** step
        optimizer.step()
        kept.append(w.tolist())
    return kept


runs = {"Adam": jittered(optim.Adam), "AdamW": jittered(optim.AdamW)}
for name, kept in runs.items():
    print(name, [round(abs(number), 2) for number in kept[-1]])
# prints Adam [0.98, 0.01]
# prints AdamW [0.6, 0.6]

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), sharey=True, layout="constrained")
for ax, (name, kept) in zip(axes, runs.items()):
    ax.plot([large for large, _ in kept], label="gradients of ±100")
    ax.plot([small for _, small in kept], linestyle="--", label="gradients of ±0.1")
    ax.set(title=name, xlabel="step", ylim=(-0.05, 1.1))
axes[0].set_ylabel("weight")
axes[0].legend(frameon=False, loc="center right")
figure.savefig("10_decay.png")

# %% [markdown]
# In Adam the decay is divided by the size of the gradients like all else. Weights with large gradients, often the very
# ones you wanted to hold back, keep nearly all; weights with small gradients lose nearly all. In AdamW both have
# six tenths left, `0.999**500`: the share you asked for. That is why, when people say "Adam with weight decay", they
# nearly always mean AdamW. (Mind the defaults: `weight_decay` is 0 in `Adam` and 0.01 in `AdamW`, here and in PyTorch.)
#
# ## What you have learned
#
# - Adam's step is `lr` times mean over size of a weight's gradients: about `lr` while they agree, less if they do not.
# - Bias correction keeps the first steps from being several times too long; `eps` decides which gradients are noise.
# - `weight_decay` in Adam is divided away with the gradient; AdamW shrinks the weight itself, by `lr * weight_decay`.
#
# **Exercises**: `tinygrad-optim check 10` checks them all, `tinygrad-optim hint 10.second_step` gives a hint.
#
# - `second_step` (predict): a weight after two steps of Adam
# - `decay_against_gradient` (predict): one step of Adam and one of AdamW, where decay and gradient disagree
# - `effective_rates` (write): the rate that Adam has found for each weight
# - `mended_adamw` (find): an AdamW that someone typed too fast
#
# **Read on**: `tinygrad_optim/optim/adam.py` and `adamw.py`, whole; then `rmsprop.py`, which is the half of Adam
# without `m`, and `adamax.py`, which measures the size in another way.
