"""Options that nothing reads or that are out of range, options set beside the groups, parameters moved unawares."""

from __future__ import annotations

import copy
import pickle

import pytest
from speaking import said_once, spoken

import tinygrad_optim as torch
from tinygrad_optim import mistakes, nn, optim
from tinygrad_optim.mistakes.speaking import forget

BEGINNING = """
import copy
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.nn import functional as F

torch.manual_seed(0)
x, y = torch.randn(8, 3), torch.randn(8, 1)
net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
body, head = net[0], net[2]


def train(*optimizers, steps=4):
    for step in range(steps):
        for optimizer in optimizers:
            optimizer.zero_grad()
        F.mse_loss(net(x), y).backward()
        for optimizer in optimizers:
            optimizer.step()
"""


def said(program, code):
    """The message of the one mistake in a program that follows the beginning; $ marks its line."""
    return said_once(BEGINNING + program.replace("$", "# <- here") + "\n", code)


def quiet(program):
    assert spoken(BEGINNING + program) == []


# ---- options that no rule reads ----------------------------------------------------------------------------------

UNREAD = {
    "learning_rate": ("SGD", "'learning_rate': 0.1", "'lr'"),
    "wieght_decay": ("SGD", "'wieght_decay': 0.1", "'weight_decay'"),
    "betas in SGD": ("SGD", "'betas': (0.9, 0.99)", "It reads lr, momentum"),
    "momentum in Adam": ("Adam", "'momentum': 0.9", "betas[0]"),
    "weight-decay": ("Adam", "'weight-decay': 0.1", "'weight_decay'"),
    "LR": ("SGD", "'LR': 0.1", "'lr'"),
    "beta": ("Adam", "'beta': (0.9, 0.99)", "'betas'"),
    "nesterov in RMSprop": ("RMSprop", "'nesterov': True", "It reads"),
    "momentun": ("SGD", "'momentun': 0.9", "'momentum'"),
}


@pytest.mark.parametrize("unread", UNREAD.values(), ids=list(UNREAD))
def test_an_option_that_is_not_read_is_told_of_with_the_right_name(unread):
    kind, option, fragment = unread
    message = said(f"optim.{kind}([{{'params': net.parameters(), {option}}}])  $", "option-not-read")
    assert fragment in message
    assert f"group 0 of {kind}" in message


def test_the_line_is_that_of_the_option():
    program = """
groups = [
    {"params": body.parameters()},
    {"params": head.parameters(), "learning_rate": 0.1},  $
]
optimizer = optim.SGD(groups, lr=0.2)
"""
    message = said(program, "option-not-read")
    assert "group 1" in message
    assert "0.2" in message  # what the group's lr is


def test_an_option_set_later_is_told_of_at_its_line_in_the_next_step():
    said("optimizer = optim.SGD(net.parameters())\noptimizer.param_groups[0]['lrate'] = 0.1  $\ntrain(optimizer)",
         "option-not-read")  # fmt: skip


NOTES = [
    "'name': 'body', 'lr_mult': 0.1, 'layer': 3, 'lr_scale': 0.5, 'is_bias': True",
    "'initial_lr': 0.1, 'max_lr': 0.2, 'swa_lr': 0.1",
    "'lr0': 0.1, 'base_lr': 0.1, 'weight_decay_mult': 0.0, 'no_weight_decay': True, 'd': 3",
    "'lr': 0.1, 'momentum': 0.9, 'nesterov': True, 'foreach': False, 'maximize': False",
]


@pytest.mark.parametrize("options", NOTES)
def test_other_keys_are_quiet(options):
    quiet(f"optimizer = optim.SGD([{{'params': net.parameters(), {options}}}], lr=0.1)\ntrain(optimizer)")


def test_keys_of_schedules_are_quiet():
    quiet("""
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
schedule = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
for step in range(5):
    train(optimizer, steps=1)
    schedule.step()
""")


def test_an_optimizer_with_a_step_of_its_own_may_read_what_it_likes():
    quiet("""
class Own(optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))
        self.learning_rate = lr

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data -= group.get("learning_rate", group["lr"]) * p.grad

optimizer = Own([{"params": net.parameters(), "learning_rate": 0.1}], lr=0.2)
optimizer.weight_decay = 3
train(optimizer)
""")


# ---- options out of range ----------------------------------------------------------------------------------------

OUT_OF_RANGE = {
    "lr": ("SGD", "lr", "-0.1", "uphill"),
    "momentum": ("SGD", "momentum", "1.5", "velocity grows"),
    "weight_decay": ("SGD", "weight_decay", "-0.1", "away from 0"),
    "dampening": ("SGD", "dampening", "1.5", "wrong way round"),
    "a tensor": ("SGD", "lr", "torch.tensor(-0.1)", "uphill"),
}


@pytest.mark.parametrize("wrong", OUT_OF_RANGE.values(), ids=list(OUT_OF_RANGE))
def test_an_option_edited_out_of_its_range_is_told_of_at_the_edit(wrong):
    kind, option, value, fragment = wrong
    program = f"optimizer = optim.{kind}(net.parameters(), lr=0.1)\ntrain(optimizer)\n"
    program += f"for group in optimizer.param_groups:\n    group['{option}'] = {value}  $\ntrain(optimizer)"
    message = said(program, "option-out-of-range")
    assert fragment in message
    assert f"{option!r} of group 0 of {kind}" in message


def test_a_momentum_above_1_is_told_of_when_the_optimizer_is_made():
    assert "1.5" in said("optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=1.5)  $", "option-out-of-range")


IN_RANGE = [
    "group['lr'] = 0.0",
    "group['lr'] = -1e-18",  # a schedule by hand that ends below 0 by a rounding error
    "group['lr'] = -0.1; group['lr'] = 0.1",
    "group['momentum'] = 1.0",
    "group['weight_decay'] = 0",
    "group.update(lr=0.3, momentum=0.5)",
    "group['lr'] *= 0.5",
]


@pytest.mark.parametrize("edit", IN_RANGE)
def test_edits_within_the_range_are_quiet(edit):
    quiet(f"""
optimizer = optim.SGD(net.parameters(), lr=0.1)
train(optimizer)
for group in optimizer.param_groups:
    {edit}
train(optimizer)
""")


# ---- options set beside the groups -------------------------------------------------------------------------------

BESIDE = {
    "lr": ("optimizer.lr = 0.5  $", "group['lr'] = 0.5"),
    "learning_rate": ("optimizer.learning_rate = 0.5  $", "group['lr'] = 0.5"),
    "momentum": ("optimizer.momentum = 0.9  $", "group['momentum'] = 0.9"),
    "param_group": ("optimizer.param_group = [{'lr': 0.1}]  $", "optimizer.param_groups"),
    "setattr": ("setattr(optimizer, 'lr', 0.5)  $", "lr=[0.1]"),
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=list(BESIDE))
def test_an_option_set_on_the_optimizer_is_told_of_where_it_is_set(beside):
    line, fragment = beside
    assert fragment in said(f"optimizer = optim.SGD(net.parameters(), lr=0.1)\n{line}", "option-set-on-optimizer")


def test_attributes_of_ones_own_are_quiet():
    quiet("""
class Mine(optim.SGD):
    def __init__(self, params, lr):
        super().__init__(params, lr=lr)
        self.lr = lr

    def slow_down(self):
        self.weight_decay = 0.5

optimizer = Mine(net.parameters(), 0.1)
optimizer.slow_down()
optimizer.epoch, optimizer.best, optimizer.name, optimizer.steps = 1, None, "x", 3
optimizer.param_groups = optimizer.param_groups
train(optimizer)
""")


DEFAULTS = {
    "an item": "optimizer.defaults['lr'] = 0.5  $",
    "update": "optimizer.defaults.update(lr=0.5)  $",
    "times": "optimizer.defaults['lr'] *= 5  $",
}


@pytest.mark.parametrize("line", DEFAULTS.values(), ids=list(DEFAULTS))
def test_defaults_changed_late_are_told_of_where_they_are_changed(line):
    program = f"optimizer = optim.SGD(net.parameters(), lr=0.1)\n{line}\ntrain(optimizer)"
    message = said(program, "defaults-changed-late")
    assert "from 0.1 to 0.5" in message
    assert "lr=[0.1]" in message


DEFAULTS_RIGHTLY = {
    "with the groups": "optimizer.defaults['lr'] = 0.5\noptimizer.param_groups[0]['lr'] = 0.5",
    "for a group to come": "optimizer.defaults['lr'] = 0.5\noptimizer.add_param_group({'params': head.parameters()})",
    "to what it was": "optimizer.defaults['lr'] = 0.2 / 2",
    "what no rule reads": "optimizer.defaults['note'] = 3",
}


@pytest.mark.parametrize("lines", DEFAULTS_RIGHTLY.values(), ids=list(DEFAULTS_RIGHTLY))
def test_defaults_changed_rightly_are_quiet(lines):
    quiet(f"optimizer = optim.SGD(body.parameters(), lr=0.1)\n{lines}\ntrain(optimizer)")


def test_off_takes_the_attribute_check_off_and_on_puts_it_back():
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    try:
        mistakes.off()
        assert "__setattr__" not in vars(optim.Optimizer)
        optimizer.lr = 0.5
        mistakes.on()
        forget()
        with pytest.warns(mistakes.TeachingWarning, match="optimizer.momentum"):
            optimizer.momentum = 0.5
        with mistakes.strict(), pytest.raises(mistakes.TeachingWarning, match="weight_decay"):
            optimizer.weight_decay = 0.5
        assert "weight_decay" not in vars(optimizer)  # refused, and nothing set
    finally:
        mistakes.on()


def test_copies_and_loaded_optimizers_are_looked_at_too():
    mistakes.on()
    optimizer = optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1, momentum=0.9)
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        for p in other.param_groups[0]["params"]:
            p.grad = torch.ones(*p.shape)
        other.step()
        forget()
        other.defaults["lr"] = 3.0
        with pytest.warns(mistakes.TeachingWarning, match="defaults-changed-late"):
            other.step()


# ---- a parameter in two optimizers -------------------------------------------------------------------------------

TWO = {
    "both in one loop": "one, two = optim.SGD(net.parameters(), lr=0.1), optim.Adam(head.parameters(), lr=0.1)",
    "one parameter": "one, two = optim.SGD(net.parameters(), lr=0.1), optim.SGD([head.bias], lr=0.1)",
}


@pytest.mark.parametrize("made", TWO.values(), ids=list(TWO))
def test_a_parameter_in_two_optimizers_that_step_in_turn_is_told_of(made):
    program = (
        f"{made}\nfor step in range(9):\n    F.mse_loss(net(x), y).backward()\n    one.step()\n    two.step()  $\n"
    )
    message = said(program + "    net.zero_grad()", "parameter-in-two-optimizers")
    assert "2." in message  # a parameter of net[2]
    assert "one.step()" in message


TWO_RIGHTLY = {
    "two phases": "train(optim.SGD(net.parameters()))\nkept = optim.SGD(net.parameters())\ntrain(kept)\n"
    "train(optim.Adam(net.parameters()))",
    "phases in turn": "a, b = optim.SGD(net.parameters()), optim.Adam(net.parameters())\n"
    "for phase in range(3):\n    train(a, steps=3)\n    train(b, steps=3)",
    "two nets": "train(optim.SGD(body.parameters()), optim.SGD(head.parameters()))",
    "two losses": "a, b = optim.SGD(net.parameters(), lr=0.1), optim.Adam(net.parameters())\n"
    "for step in range(9):\n    for o, loss in ((a, F.mse_loss), (b, F.l1_loss)):\n"
    "        o.zero_grad(set_to_none=False)\n        loss(net(x), y).backward()\n        o.step()",
    "one that is never stepped": "a = optim.SGD(net.parameters())\nb = optim.Adam(net.parameters())\ntrain(b)",
}


@pytest.mark.parametrize("program", TWO_RIGHTLY.values(), ids=list(TWO_RIGHTLY))
def test_two_optimizers_are_right_after_all(program):
    quiet(program)


# ---- frozen parameters -------------------------------------------------------------------------------------------

FROZEN = """
optimizer = optim.{optimizer}
for step in range(6):
    if step == 2:
        body.requires_grad_(False)
    {clear}
    F.mse_loss(net(x), y).backward()
    optimizer.step()  {mark}
"""
ZEROS = "optimizer.zero_grad(set_to_none=False)"
MOVED_BY = {
    "decay": ("SGD(net.parameters(), lr=0.1, weight_decay=0.1)", ZEROS, "weight_decay=0.1"),
    "momentum": ("SGD(net.parameters(), lr=0.1, momentum=0.9)", ZEROS, "momentum_buffer"),
    "Adam's": ("Adam(net.parameters())", ZEROS, "exp_avg"),
    "a stale gradient": (
        "SGD(net.parameters(), lr=0.1)", "(net if step < 2 else head).zero_grad()", "earlier backward()"),
}  # fmt: skip


@pytest.mark.parametrize("moved", MOVED_BY.values(), ids=list(MOVED_BY))
def test_a_frozen_parameter_that_moves_is_told_of(moved):
    optimizer, clear, fragment = moved
    message = said(FROZEN.format(optimizer=optimizer, clear=clear, mark="$"), "frozen-parameter-moves")
    assert fragment in message
    assert "0.weight" in message


STANDS_STILL = {
    "gradients set to None": ("SGD(net.parameters(), lr=0.1, weight_decay=0.1, momentum=0.9)", "optimizer.zero_grad()"),
    "zeros alone": ("SGD(net.parameters(), lr=0.1)", ZEROS),
    "not in the optimizer": ("SGD(head.parameters(), weight_decay=0.1)", "net.zero_grad(set_to_none=False)"),
}


@pytest.mark.parametrize("still", STANDS_STILL.values(), ids=list(STANDS_STILL))
def test_a_frozen_parameter_that_stands_still_is_quiet(still):
    optimizer, clear = still
    quiet(FROZEN.format(optimizer=optimizer, clear=clear, mark=""))


def test_frozen_for_a_part_of_the_loop_is_quiet():
    quiet("""
one, two = optim.Adam(body.parameters()), optim.Adam(head.parameters(), weight_decay=0.1)
for step in range(6):
    head.requires_grad_(False)
    one.zero_grad()
    F.mse_loss(net(x), y).backward()
    one.step()
    head.requires_grad_(True)
    two.zero_grad()
    F.mse_loss(head(body(x).detach()), y).backward()
    two.step()
""")


def test_frozen_between_backward_and_step_is_quiet():
    quiet("""
optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
for step in range(6):
    optimizer.zero_grad()
    F.mse_loss(net(x), y).backward()
    if step == 3:
        body.requires_grad_(False)
    optimizer.step()
""")


def test_gradients_set_by_hand_are_quiet():
    quiet("""
w = torch.ones(3)
optimizer = optim.SGD([w], lr=0.1, momentum=0.9, weight_decay=0.1)
for step in range(4):
    w.grad = torch.ones(3)
    optimizer.step()
""")
