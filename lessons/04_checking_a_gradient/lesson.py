# %% [markdown]
# # 4. Checking a gradient
#
# After this lesson you can
#
# - check a derivative by moving a little, and say why you move to both sides;
# - choose how far to move, and say what goes wrong if it is farther, and what if it is less;
# - check a million gradients with two computations, and know what such a check may miss;
# - use `torch.gradcheck`, read what it says, and know where no check helps.
#
# It takes 35 minutes and builds on lessons 1 and 3. Nothing here needs calculus beyond "the slope of a curve".

# %%
import matplotlib.pyplot as plt

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.data import load_digits

# %% [markdown]
# ## Two answers, one question
#
# Nets of today often have the function *swish* in them, x times sigmoid(x). You need its derivative, and write, with s
# for sigmoid(x): s · (1 + x · (1 - s)). A colleague, who did it on the back of an envelope, has s · (1 + x). Both
# programs run. Which derivative is right?


# %%
def swish(x: torch.Tensor) -> torch.Tensor:
    return x * torch.sigmoid(x)


def yours(x: torch.Tensor) -> torch.Tensor:
    s = torch.sigmoid(x)
    return s * (1 + x * (1 - s))


def the_colleagues(x: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(x) * (1 + x)


here = torch.tensor(1.2, dtype=torch.float64)
print(round(yours(here).item(), 6), round(the_colleagues(here).item(), 6))  # prints 0.981998 1.690755

# %% [markdown]
# Nobody has to do the algebra again. A derivative is a claim about what happens when `x` moves a little, so we move `x`
# a little and look. In lesson 1 we did that by hand:


# %%
def one_sided(f, x: torch.Tensor, h: float) -> float:
    return ((f(x + h) - f(x)) / h).item()


for h in (0.1, 0.01, 0.001):
    print(h, round(one_sided(swish, here, h), 6))
# prints 0.1 0.993557
# prints 0.01 0.983199
# prints 0.001 0.982119

# %% [markdown]
# Yours it is: the numbers come nearer and nearer to 0.981998, and nowhere near 1.69. This is called a **finite
# difference**: the step `h` is small, but it is not infinitely small.
#
# How near are they? With `h` = 0.1 the error is 0.0116, with 0.01 it is 0.0012, with 0.001 it is 0.0001. A tenth of the
# step, a tenth of the error. There is a better way. Instead of standing at x and looking to the right, look to both
# sides: from x - h to x + h. What do you think, how much better is it?


# %%
def central(f, x: torch.Tensor, h: float) -> float:
    return ((f(x + h) - f(x - h)) / (2 * h)).item()


right = yours(here).item()
for h in (0.1, 0.01, 0.001):
    print(f"{h}: {abs(one_sided(swish, here, h) - right):.1e} {abs(central(swish, here, h) - right):.1e}")
# prints 0.1: 1.2e-02 5.0e-04
# prints 0.01: 1.2e-03 5.0e-06
# prints 0.001: 1.2e-04 5.0e-08

# %% [markdown]
# A tenth of the step, a *hundredth* of the error. The picture says why:

# %%
figure, ax = plt.subplots(figsize=(6.5, 4.0), layout="constrained")
xs = torch.linspace(-1.6, 2.2, 100, dtype=torch.float64)
ax.plot(xs.numpy(), swish(xs).numpy(), color="#666666", linewidth=2)
ax.annotate("swish", (2.0, swish(torch.tensor(2.0)).item()), (8, -10), textcoords="offset points", color="#444444")
bent = torch.tensor(0.4, dtype=torch.float64)  # here swish is bent more than at 1.2
slope_there = yours(bent).item()
places = {"x - h": bent - 1.2, "x": bent, "x + h": bent + 1.2}
for name, place in places.items():
    ax.plot(place.item(), swish(place).item(), "o", color="black", zorder=5)
    ax.annotate(name, (place.item(), swish(place).item()), (8, -12), textcoords="offset points")
for start, label, colour, style in (("x", "one-sided", "#D55E00", "--"), ("x - h", "central", "#0072B2", "-")):
    first, last = places[start], places["x + h"]
    slope = ((swish(last) - swish(first)) / (last - first)).item()
    ends = [first.item(), last.item()]
    ax.plot(
        ends, [swish(one).item() for one in (first, last)], style, color=colour, label=f"{label}: slope {slope:.3f}"
    )
ends = [-0.2, 1.0]
tangent = [swish(bent).item() + slope_there * (end - bent.item()) for end in ends]
ax.plot(ends, tangent, color="#009E73", linewidth=3, alpha=0.6, label=f"the curve at x: slope {slope_there:.3f}")
ax.set_xlabel("x")
ax.set_ylabel("swish(x)")
ax.set_title("The slope at x = 0.4, by a step as large as h = 1.2", loc="left")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
figure.savefig("04_both_sides.png", dpi=110)

# %% [markdown]
# Even with this huge step, and at a place where swish is well bent, the line from x - h to x + h runs almost parallel
# to the curve at x, though it lies elsewhere. The curve bends upward: to the right of x it is steeper than at x, to the
# left it is flatter. Looking to both sides, the two errors cancel. Of a parabola nothing at all is left of them; of
# other curves, only what is not bent evenly. So the error goes with h², not with h.

# %% [markdown]
# ## How small is small?
#
# Then let us take a step of 0.000 000 000 000 001, and be done. What do you expect?

# %%
for power in range(1, 16):
    h = 10.0**-power
    errors = abs(one_sided(swish, here, h) - right), abs(central(swish, here, h) - right)
    print(f"h = 1e-{power:02}   one-sided {errors[0]:.0e}   central {errors[1]:.0e}")

# %% [markdown]
# At first the error falls as it should. Then it turns, and rises again. At the smallest step it is worse than at the
# largest.
#
# It is the computer's doing. A float64 keeps 16 digits. If `h` is 1e-12, `swish(x + h)` and `swish(x - h)` agree in the
# first 12 of them. Subtract, and what agrees is gone: 4 digits are left, and the last of these is noise. The
# noise, about 1e-16, is divided by `h`. So there are two errors, and they pull in opposite directions:
#
# | | comes from | with h = 1e-2 | with h = 1e-10 |
# | --- | --- | --- | --- |
# | too large a step | the curve is bent | h² = 1e-4 | h² = 1e-20 |
# | too small a step | numbers are rounded | 1e-16 / h = 1e-14 | 1e-16 / h = 1e-6 |
#
# The sum of both is least where they are about equal: h² = 1e-16 / h gives h = 5e-6 or so. For the one-sided difference
# it is h = 1e-16 / h, so 1e-8. A tensor is float32 if you do not say otherwise, and keeps 7 digits. Which step is best
# then, and how good is the best? Try to say it from the same two lines, with 1e-7 for 1e-16.

# %%
figure, ax = plt.subplots(figsize=(6.5, 4.4), layout="constrained")
steps = [10.0 ** -(quarter / 4) for quarter in range(2, 61)]
lines = (
    ("one-sided, float64", one_sided, torch.float64, "#D55E00", "-", (4e-6, 2e-6), "left"),
    ("central, float64", central, torch.float64, "#0072B2", "-", (1.5e-4, 4e-11), "right"),
    ("one-sided, float32", one_sided, torch.float32, "#D55E00", ":", (4e-5, 3e-2), "right"),
    ("central,\nfloat32", central, torch.float32, "#0072B2", ":", (2.5e-3, 6e-7), "left"),
)
for name, quotient, dtype, colour, style, label_at, side in lines:
    shown = [h for h in steps if dtype == torch.float64 or h > 1e-7]
    errors = [abs(quotient(swish, here.to(dtype), h) - right) for h in shown]
    ax.loglog(shown, errors, style, color=colour, linewidth=1.8)
    ax.text(*label_at, name, color=colour, fontsize=9, ha=side)
ax.invert_xaxis()
ax.set_ylim(1e-13, 3)
ax.set_xlabel("h, smaller to the right")
ax.set_ylabel("error of the difference")
ax.set_title("Down the slope the curve's error, up again the computer's", loc="left")
ax.grid(True, color="#dddddd", linewidth=0.6)
ax.spines[["top", "right"]].set_visible(False)
figure.savefig("04_error_against_h.png", dpi=110)

# %% [markdown]
# On the left of the figure the step is too large, and the lines are straight: one falls by 10 when the other falls by
# 100. On the right is noise. In float32 the best that can be had is an error of 1e-6 to 1e-5, with a step near 1e-2. So
# a gradient is checked **in float64, with the central difference, and h near 1e-6**. That is what PyTorch's `gradcheck`
# takes, too. (The noise of the two lines in float32 is not shown beyond h = 1e-7: there x + h *is* x, and the
# difference is 0.)

# %% [markdown]
# ## How near is near enough?
#
# Say a check gives 2e-5 for the difference between the gradient and the finite difference. Is that good? If the
# gradient is 1000, very. If it is 0.00002, then one of the two may be 0. So compare the difference with the size of the
# numbers: the **relative** error.


# %%
def relative_error(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other))


print(relative_error(yours(here).item(), central(swish, here, 1e-6)) < 1e-7)  # prints True
print(round(relative_error(the_colleagues(here).item(), central(swish, here, 1e-6)), 2))  # prints 0.42

# %% [markdown]
# Below 1e-6 all is well. Above 1e-3 something is wrong. Between the two, look again with another `h`: an error of the
# check changes with it, a wrong derivative does not.
#
# What if both are 0? Then one divides 0 by 0. That is why checks also allow some absolute difference: `gradcheck`
# accepts up to atol + rtol · |difference|, with 1e-5 and 1e-3.

# %% [markdown]
# ## Where a wrong derivative looks right
#
# Compare the two formulas once more, at x = 0:

# %%
zero = torch.tensor(0.0, dtype=torch.float64)
print(yours(zero).item(), the_colleagues(zero).item(), round(central(swish, zero, 1e-6), 6))  # prints 0.5 0.5 0.5

# %% [markdown]
# Whoever checks at 0 finds nothing wrong with the colleague's. Zeros and ones, and inputs that are all alike, are where
# wrong formulas agree with right ones: x² and x, 2x and x² (at 2), x + y and x · y (at 2, 2). So check at random
# numbers, and at more than one place.

# %% [markdown]
# ## Many numbers at once
#
# Here is a small classifier of handwritten digits: 64 pixels, 10 classes, so 640 weights. `backward()` has worked out
# 640 gradients. To check each, each weight has to be moved up and down: 1,280 computations of the loss. It can be done
# for 640. For a net of a million weights it cannot.

# %%
train, _ = load_digits()
images, labels = train.images[:100].double(), train.labels[:100]  # double() makes float64 of float32
torch.manual_seed(0)
weights = (0.1 * torch.randn(64, 10, dtype=torch.float64)).requires_grad_()


def loss_of(weights: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(images @ weights, labels)


loss_of(weights).backward()
gradient = weights.grad
print(gradient.shape, gradient.numel())  # prints (64, 10) 640

# %% [markdown]
# So move *all* weights at once, each by a random amount of its own. `direction` holds these amounts, and we go a small
# step `h` along it. How much will the loss move? Each weight moves it by its gradient times its own amount, and these
# add up: the sum of gradient · direction. One number for all 640, and it takes two computations of the loss to check
# it.

# %%
direction = torch.randn(64, 10, dtype=torch.float64)
h = 1e-6
moved = (loss_of(weights + h * direction) - loss_of(weights - h * direction)).item() / (2 * h)
claimed = (gradient * direction).sum().item()
print(round(moved, 6), round(claimed, 6))  # prints -0.006957 -0.006957
print(relative_error(moved, claimed) < 1e-6)  # prints True

# %% [markdown]
# This is a **random projection**: 640 numbers seen from one random side. What would it notice? Let us make one single
# gradient of the 640 wrong by 5 %:

# %%
wrong = gradient.clone()
wrong[20, 3] *= 1.05
claimed = (wrong * direction).sum().item()
print(round(moved, 6), round(claimed, 6))  # prints -0.006957 -0.005203
print(round(relative_error(moved, claimed), 2))  # prints 0.25

# %% [markdown]
# It stands out. It will with almost any random direction: to hide, the errors would have to cancel just along the
# direction that you happened to draw. A direction that is *not* random is another matter. Move all weights by the same
# amount, and swap two gradients, as happens when someone gets two dimensions the wrong way round:

# %%
swapped = gradient.clone()
swapped[20, 3], swapped[21, 4] = gradient[21, 4], gradient[20, 3]
ones = torch.ones(64, 10, dtype=torch.float64)
print(abs(((swapped - gradient) * ones).sum().item()) < 1e-12)  # prints True
print(abs(((swapped - gradient) * direction).sum().item()) > 0.01)  # prints True

# %% [markdown]
# Along the ones, nothing is amiss: the sum does not care for the order. Along the random direction it shows.
#
# The projection tells *whether* something is wrong, and not *where*. One of the exercises is to find out where, with
# few computations more.

# %% [markdown]
# ## `torch.gradcheck`
#
# For a function of a few numbers there is a check ready made, here as in PyTorch. It compares every gradient with its
# central difference:

# %%
x = torch.tensor([0.3, -1.2, 2.5], dtype=torch.float64, requires_grad=True)
print(torch.gradcheck(swish, x))  # prints True

# %% [markdown]
# Of course: swish is made of operations whose rules are right. It becomes interesting when *you* write the derivative.
# In PyTorch, and here, that is a class with two functions. `forward` computes and saves what will be needed; `backward`
# is a rule as in lesson 3: from `g`, the gradient that arrives, it makes the one that goes on. Here is the colleague's:


# %%
class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return swish(x)

    @staticmethod
    def backward(ctx, g: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return g * the_colleagues(x)


try:
    torch.gradcheck(Swish.apply, x)
except RuntimeError as error:
    print(error)

# %% [markdown]
# Read it: moving element 0 of the input changes element 0 of the output at the rate `numerical`, by the difference, but
# at the rate `analytical` by the rule. Of the 9 derivatives, 3 outputs by 3 inputs, 3 differ; the other 6 are 0, and
# rightly so. Write `yours` for `the_colleagues`, and it is content.
#
# Every rule in this package is checked so by its tests, with random numbers and shapes, in float64.

# %% [markdown]
# ## Where no check helps
#
# `relu(x)` is 0 up to 0, and x from there on. At 0 itself it has a kink. What will the two say there?

# %%
zero = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
torch.relu(zero).backward()
print(zero.grad.item(), central(torch.relu, zero, 1e-6))  # prints 0.0 0.5

# %% [markdown]
# They disagree, and neither is wrong, for there is no slope to be right about. The difference looks at both sides and
# takes the mean of 0 and 1; the rule has to say something and says 0. If a check fails, ask first whether the function
# has a kink or a jump within `h` of where you are.
#
# And a check compares a derivative with *the function as it is written*. If your loss is not the one you meant, as at
# the end of lesson 3, its gradient is right all the same.
#
# ## What you have learned
#
# - The central difference, in float64, with h near 1e-6; compare relative errors, at random places, more than one.
# - A larger h errs by the curve, by h²; a smaller one by rounding, by 1e-16 / h.
# - Along one random direction two computations check all gradients at once.
#
# The exercises, in `exercises.py`; `tinygrad-optim check 4` looks at your answers:
#
# - `cube_quotient`: say what a difference will give, error and all.
# - `which_quotient`: read a table of errors, and say how they were made.
# - `honest_check`: a check that is content with everything; mend it.
# - `wrong_element`: find the one wrong gradient among many, with few computations.
#
# To read on: `tinygrad_optim/gradcheck.py`; `analytical_jacobian` and `numerical_jacobian` are the two ways, side by
# side.
