"""Experiments to begin with: each a surface, the settings to lay side by side, and what to see in them."""

from __future__ import annotations

from dataclasses import dataclass

Choice = tuple[str, float, float, float, float]  # algorithm, lr, momentum, weight decay, factor


@dataclass(frozen=True)
class Try:
    """One experiment. The first choice is the one whose options are at hand; the others are pinned beside it."""

    title: str
    surface: str
    choices: tuple[Choice, ...]
    says: str


TRIES = (
    Try(
        "How long may a step be?", "ravine",
        (("SGD", 0.05, 0, 0, 1), ("SGD", 0.03, 0, 0, 1), ("SGD", 0.1, 0, 0, 1)),
        "Across, this ravine's curvature is 40, and 2 / 40 = 0.05. Below that lr every step lands nearer; at 0.05 it "
        "lands as far off on the other side, for ever; above it farther and farther, and out at step 2.",
    ),
    Try(
        "Momentum in the ravine", "ravine",
        (("SGD", 0.01, 0.9, 0, 1), ("SGD", 0.01, 0, 0, 1), ("SGD", 0.01, 0.99, 0, 1)),
        "Along the floor all gradients point one way and add up; across they cancel. With 0.9, 99 % of the way down "
        "takes 21 steps instead of 198. With 0.99 the velocity outlives its use, and swings past.",
    ),
    Try(
        "An lr for each group", "ravine",
        (("SGD", 1, 0, 0, 0.01), ("SGD", 0.03, 0, 0, 1)),
        "x and y lie in two parameter groups. The steep one gets a hundredth of the lr, and the ravine is cured "
        "without momentum: 4 steps instead of 66. With one lr for both, the steep one sets the limit.",
    ),
    Try(
        "Adam does not ask how steep it is", "ravine",
        (("Adam", 0.3, 0.9, 0, 1), ("RMSprop", 0.3, 0, 0, 1), ("SGD", 0.01, 0, 0, 1)),
        "At the start y is pulled 6 times as hard as x. SGD's first step is 0.1 in x and 0.6 in y; Adam's is its lr, "
        "0.3, in both: it divides by the gradient's own size. RMSprop's is 3, ten times its lr: its mean of squares "
        "starts at 0, and nothing makes up for that.",
    ),
    Try(
        "Weight decay moves the minimum", "beale",
        (("Adam", 0.1, 0.9, 0.1, 1), ("Adam", 0.1, 0.9, 0, 1), ("Adam", 0.1, 0.9, 1, 1)),
        "Without decay the path ends at (3, 0.5). Decay pulls towards (0, 0), and the path ends where the two pulls "
        "cancel: near (2.6, 0.38) with 0.1, near (1.9, 0.13) with 1. The loss shown is the surface's alone.",
    ),
    Try(
        "Adam's decay and AdamW's", "beale",
        (("AdamW", 0.1, 0.9, 1, 1), ("Adam", 0.1, 0.9, 1, 1)),
        "The same number, another place. Adam adds decay to the gradient, and divides both by the same root; AdamW "
        "takes lr * decay of the parameter itself away, and ends elsewhere.",
    ),
    Try(
        "Leaving a saddle", "saddle",
        (("SGD", 0.03, 0.9, 0, 1), ("SGD", 0.03, 0, 0, 1), ("Adam", 0.03, 0.9, 0, 1)),
        "At (0, 0) the gradient is zero, and near it small: plain SGD is not down after 200 steps. With momentum it "
        "takes 56, and Adam, which does not mind small gradients, 54.",
    ),
    Try(
        "Decay that undoes a saddle", "saddle",
        (("SGD", 0.1, 0.9, 1, 1), ("SGD", 0.1, 0.9, 0.1, 1), ("SGD", 0.1, 0.9, 0, 1)),
        "Downhill from the middle curves by -1; a decay of 1 adds 1, and nothing leads away any more. With 0.1 the "
        "minima move from y = 1 to y = 0.949, the root of 0.9.",
    ),
    Try(
        "The long valley", "rosenbrock",
        (("SGD", 0.003, 0.9, 0, 1), ("Adagrad", 0.3, 0, 0, 1), ("Adam", 0.3, 0.9, 0, 1)),
        "All are in the valley soon; the minimum is far along it. Adagrad's steps shrink with all it has ever seen, "
        "and it stays behind. SGD with momentum, at an lr that just holds, comes closest.",
    ),
    Try(
        "Which minimum?", "himmelblau",
        (("SGD", 0.01, 0.9, 0, 1), ("Adam", 0.1, 0.9, 0, 1), ("RMSprop", 1, 0, 0, 1)),
        "All set out from one place, and end in three of the four minima, which lie equally low. Which one it is "
        "tells nothing of how good an optimizer is.",
    ),
)  # fmt: skip
