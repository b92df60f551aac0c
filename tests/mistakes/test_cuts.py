"""The graph: what is said of cuts, choices, rounding, writes behind its back; and of what is left quiet."""

from __future__ import annotations

import pytest
from speaking import said_once, spoken

START = """
import copy
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
torch.manual_seed(0)
x, y = torch.randn(8, 2), torch.randn(8, 1)
"""
TRAIN = """
first, second = nn.Linear(2, 3), nn.Linear(3, 1)
optimizer = optim.{}([*first.parameters(), *second.parameters()], lr=0.1)
for step in range({}):
    hidden = first(x)
    {}
    loss = {}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def trained(middle, loss="(second(hidden) - y).pow(2).mean()", steps=4, optimizer="SGD"):
    """A program that trains two layers, with something between them."""
    return START + TRAIN.format(optimizer, steps, "\n    ".join(middle.splitlines()), loss)


def is_quiet(program):
    assert spoken(program) == []


# ---- cuts ----------------------------------------------------------------------------------------------------------

CUTS = {
    "detach": ("hidden = hidden.detach()  # <- here", "detach()"),
    "data": ("hidden = hidden.data  # <- here", ".data"),
    "numpy": ("hidden = torch.from_numpy(hidden.detach().numpy())  # <- here", "detach()"),
    "numpy by force": ("hidden = torch.from_numpy(hidden.numpy(force=True))  # <- here", "numpy()"),
}


@pytest.mark.parametrize(("cut", "by"), CUTS.values(), ids=CUTS)
def test_a_cut_is_told_at_its_line_by_the_first_step_with_the_parameters_behind_it(cut, by):
    message = said_once(trained(cut, steps=1), "cut-from-graph")
    assert message.startswith(by)
    assert "2 of the 4 parameters of the SGD (first.weight of shape (3, 2), first.bias of shape (3,))" in message
    assert "got no gradient from the backward() at" in message
    assert "loss.backward()" in message


REST = "(second(torch.ones(8, 3)) - y).pow(2).mean()"
SCALARS = {
    "item": ("penalty = hidden.pow(2).mean().item()  # <- here", f"{REST} + penalty"),
    "float": ("penalty = float(hidden.pow(2).mean())  # <- here", f"{REST} + penalty"),
    "item as a factor": ("scale = hidden.pow(2).mean().item()  # <- here", f"{REST} * scale"),
    "tolist": ("row = hidden.mean(0).tolist()  # <- here", f"{REST} + row[0]"),
    "detach of a part": ("penalty = hidden.relu().detach() * 2  # <- here", f"{REST} + penalty.mean()"),
}


@pytest.mark.parametrize(("cut", "loss"), SCALARS.values(), ids=SCALARS)
def test_a_number_taken_out_is_told_by_the_second_step(cut, loss):
    message = said_once(trained(cut, loss), "cut-from-graph")
    assert "2 of the 4 parameters" in message


CHOICES = {
    "argmax": "hidden = nn.functional.one_hot(hidden.argmax(1), 3).float()  # <- here",
    "argmin": "hidden = nn.functional.one_hot(torch.argmin(hidden, 1), 3).float()  # <- here",
    "comparison": "hidden = (hidden > 0).float()  # <- here",
    "long": "hidden = hidden.long().float()  # <- here",
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_choice_in_a_loss_is_told_at_its_line(choice):
    message = said_once(trained(choice), "choice-in-loss")
    assert "2 of the 4 parameters of the SGD (first.weight of shape (3, 2)" in message


REWRAPPED = {
    "a tensor": ("hidden = torch.tensor(hidden)  # <- here", "(second(hidden) - y).pow(2).mean()"),
    "a list": ("hidden = torch.tensor(hidden.tolist())  # <- here", "(second(hidden) - y).pow(2).mean()"),
    "the loss": (
        "loss = (second(hidden) - y).pow(2).mean()\nloss = torch.tensor(loss.item(), requires_grad=True)  # <- here",
        "loss",
    ),
    "several losses": (
        "one = (second(hidden) - y).pow(2).mean()\nloss = torch.tensor([one, 2 * one], requires_grad=True)  # <- here",
        "loss.sum()",
    ),
}


@pytest.mark.parametrize(("wrap", "loss"), REWRAPPED.values(), ids=REWRAPPED)
def test_a_tensor_made_of_anothers_numbers_is_told_at_its_line(wrap, loss):
    assert "parameters of the SGD" in said_once(trained(wrap, loss), "rewrapped-tensor")


LOOKED_AT = {
    "printed": "print(hidden.mean().item(), hidden.detach(), hidden.tolist())",
    "kept": "history = [hidden.detach(), float(hidden.mean())]",
    "counted": "right = (hidden.argmax(1) == 1).float().mean().item() + (hidden > 0).sum().item()",
    "stop-gradient beside": "target = hidden.detach()\nhidden = hidden + 0.1 * target",
    "straight through": "hidden = hidden + (hidden.round() - hidden).detach()",
    "by hand": "hidden = hidden * (hidden > 0).float()",
}


@pytest.mark.parametrize("look", LOOKED_AT.values(), ids=LOOKED_AT)
def test_what_is_looked_at_while_its_parameters_train_is_right(look):
    is_quiet(trained(look, steps=8))


def test_a_head_that_is_only_printed_for_now_is_right():
    is_quiet(trained("print(second(hidden).mean().item())", "first(x).pow(2).mean()", steps=8))


def test_the_number_of_a_loss_that_has_its_turn_later_is_right():
    is_quiet(
        trained(
            "one, two = hidden.pow(2).mean(), second(torch.ones(1, 3)).pow(2).mean()\nshown = one.item(), two.item()",
            "one if step < 5 else two",
            steps=8,
        )
    )


def test_a_frozen_part_that_the_optimizer_does_not_hold_may_be_cut_off():
    is_quiet(
        START
        + """
body, head = nn.Linear(2, 3), nn.Linear(3, 1)
optimizer = optim.SGD(head.parameters(), lr=0.1)
for step in range(4):
    optimizer.zero_grad()
    (head(body(x).detach()) - y).pow(2).mean().backward()
    optimizer.step()
"""
    )


def test_a_discriminator_may_be_shown_detached_fakes_several_times_before_the_generator_steps():
    is_quiet(
        START
        + """
maker, judge = nn.Linear(2, 2), nn.Linear(2, 1)
of_maker, of_judge = optim.Adam(maker.parameters()), optim.Adam(judge.parameters())
for step in range(6):
    for again in range(3):
        of_judge.zero_grad()
        made = maker(torch.randn(8, 2))
        (judge(made.detach()) - judge(x)).mean().backward()
        of_judge.step()
    of_maker.zero_grad()
    (-judge(made)).mean().backward()
    of_maker.step()
"""
    )


def test_a_critic_whose_value_is_detached_in_the_actors_part_is_right():
    is_quiet(
        START
        + """
actor, critic = nn.Linear(2, 2), nn.Linear(2, 1)
optimizer = optim.Adam([*actor.parameters(), *critic.parameters()], lr=0.1)
for step in range(6):
    value = critic(x)
    loss = -(actor(x).log_softmax(1)[:, :1] * (y - value.detach())).mean() + (y - value).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
    )


def test_target_networks_and_averages_are_right():
    is_quiet(
        START
        + """
net = nn.Linear(2, 1)
target = copy.deepcopy(net)
optimizer = optim.Adam(net.parameters(), lr=0.1)
for step in range(6):
    loss = (net(x) - 0.9 * target(x).detach() - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    for slow, fast in zip(target.parameters(), net.parameters()):
        slow.data.mul_(0.9).add_(0.1 * fast.data)
"""
    )


# ---- steps that have no slope --------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["round", "floor", "ceil", "trunc", "sign"])
def test_rounding_on_the_only_way_to_the_loss_is_told_at_its_line(op):
    message = said_once(trained(f"hidden = hidden.{op}()  # <- here", steps=1), "rounded-in-loss")
    assert message.startswith(f"{op}() is flat")
    assert "first.weight of shape (3, 2), first.bias of shape (3,), which reaches the loss only through it" in message


def test_rounding_in_a_loop_without_an_optimizer_is_told():
    program = "w = torch.ones(1, requires_grad=True)\nw.round().sum().backward()  # <- here"
    said_once(START + program, "rounded-in-loss")


def test_rounding_beside_another_way_to_the_loss_is_right():
    is_quiet(trained("hidden = hidden - hidden.floor() + hidden.sign() * hidden"))


def test_slopes_of_slopes_may_have_signs_in_them():
    is_quiet(
        START
        + """
judge = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(), nn.Linear(4, 1))
optimizer = optim.Adam(judge.parameters())
for step in range(4):
    point = torch.randn(8, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(judge(point).abs().sum(), point, create_graph=True)
    optimizer.zero_grad()
    (judge(x).mean() + (slope.norm(dim=1) - 1).pow(2).mean()).backward()
    optimizer.step()
"""
    )


# ---- writes that the graph does not see ----------------------------------------------------------------------------


def test_writing_through_data_before_the_walk_is_told_at_the_line_that_writes():
    program = trained("hidden = hidden.tanh()\nhidden.data *= 0.5  # <- here", steps=1)
    message = said_once(program, "written-through-data")
    assert "TanhBackward0" in message
    assert "loss.backward()" in message


def test_an_alias_that_lives_on_is_watched():
    said_once(
        trained("hidden = hidden.tanh()\nalias = hidden.data\nshape = alias.shape\nalias.zero_()  # <- here", steps=1),
        "written-through-data",
    )


@pytest.mark.parametrize(
    "update",
    [
        "w.data -= 0.1 * w.grad\n    w.grad.data.zero_()",
        "w.data.sub_(0.1 * w.grad.data)\n    w.grad = None",
        "w.data = w.data - 0.1 * w.grad\n    w.grad.zero_()",
        "with torch.no_grad():\n        w -= 0.1 * w.grad\n    w.grad.zero_()",
        "with torch.no_grad():\n        w = w - 0.1 * w.grad\n    w.requires_grad_()",
    ],
)
def test_updates_by_hand_after_backward_are_right(update):
    is_quiet(
        START
        + f"""
w = torch.ones(2, requires_grad=True)
for step in range(20):
    loss = (w * w).sum()
    loss.backward()
    {update}
"""
    )


def test_what_no_derivative_reads_may_be_written():
    is_quiet(trained("shown = hidden + 1\nshown.data *= 2"))


# ---- names that stand for another tensor ---------------------------------------------------------------------------


@pytest.mark.parametrize("rebind", ["w = w - 0.1 * w.grad", "w = w.add(w.grad, alpha=-0.1)"])
def test_a_parameter_rebound_is_told_where_that_is_done(rebind):
    program = f"""
import tinygrad_optim as torch
w = torch.tensor([1.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(3):
    loss = (w * w).sum()
    loss.backward()
    gradient = w.grad
    if gradient is None:
        break
    {rebind}  # <- here
"""
    assert "with torch.no_grad(): w -= lr * w.grad" in said_once(program, "parameter-rebound")


def test_a_parameter_of_an_optimizer_is_told_of_as_rebound_though_its_grad_was_never_kept():
    program = """
import tinygrad_optim as torch
w = torch.tensor([1.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    (w * w).sum().backward()
    if w.grad is None:
        break
    w = w - 0.1 * w.grad  # <- here
"""
    said_once(program, "parameter-rebound")


REBOUND = {
    "beside another": """
    with torch.no_grad():
        w = w - 0.1 * w.grad  # <- here
    w.requires_grad_()
    optimizer.step()""",
    "after the step": """
    optimizer.step()
    w = torch.tensor(w.detach() / w.detach().norm(), requires_grad=True)  # <- here""",
}


@pytest.mark.parametrize("update", REBOUND.values(), ids=REBOUND)
def test_a_name_that_stands_for_another_leaf_is_told_where_that_is_done(update):
    message = said_once(rebound(update), "parameter-rebound")
    assert message.startswith("w is another tensor than when the optimizer was given it (at program_")
    assert "optimizer = torch.optim.SGD([w, b], lr=0.1)" in message
    assert "`with torch.no_grad(): w -= ...`" in message


def rebound(update):
    return f"""
import tinygrad_optim as torch
w, b = torch.randn(3, requires_grad=True), torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1)
for step in range(6):
    optimizer.zero_grad()
    ((w + b) ** 2).sum().backward(){update}
"""


def test_a_name_whose_tensor_is_written_in_place_or_frozen_is_right():
    in_place = "with torch.no_grad():\n        w -= 0.1 * w.grad\n    optimizer.step()"
    is_quiet(rebound("\n    " + in_place))
    is_quiet("""
import tinygrad_optim as torch
image, b = torch.randn(3, requires_grad=True), torch.zeros(1, requires_grad=True)
for picture in range(3):
    optimizer = torch.optim.SGD([image, b], lr=0.1)
    for step in range(4):
        optimizer.zero_grad()
        ((image + b) ** 2).sum().backward()
        optimizer.step()
    image = torch.randn(3, requires_grad=True)
""")


def test_the_grad_of_a_computed_tensor_is_told_where_it_is_read():
    program = """
import tinygrad_optim as torch
w = torch.randn(3, requires_grad=True) * 0.1
(w * w).sum().backward()
print(w.grad)  # <- here
"""
    message = said_once(program, "grad-of-computed")
    assert "MulBackward0 computed (at program_" in message


def test_a_gradient_that_is_retained_may_be_read():
    is_quiet(
        """
import tinygrad_optim as torch
w = torch.randn(3, requires_grad=True)
h = w * 0.1
h.retain_grad()
(h * h).sum().backward()
print(h.grad, w.grad, (torch.ones(2) * 2).grad)
"""
    )
