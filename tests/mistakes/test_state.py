"""States loaded by order into another order, and best weights kept by reference."""

from __future__ import annotations

import gc

import pytest
from speaking import said_once, spoken

from tinygrad_optim import mistakes, nn
from tinygrad_optim.mistakes import pages
from tinygrad_optim.mistakes.state import ORDERS, OVERWRITTEN, TAKEN

START = """
import copy, io
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
    def forward(self, x):
        return self.second(self.first(x))
net = Net()
x = torch.randn(8, 3)
def train(optimizer, steps=3):
    for _ in range(steps):
        optimizer.zero_grad()
        (net(x) ** 2).mean().backward()
        optimizer.step()
"""


def said(program, code):
    return said_once(START + program, code)


def quiet(program):
    return spoken(START + program)


# ---- by order ----------------------------------------------------------------------------------------------------


def test_two_parameters_of_one_shape_that_changed_places_are_told_of():
    message = said_once(pages.page("state-in-other-order").wrong, "state-in-other-order")
    assert "is number 0 and gets what was kept for" in message
    assert "which is number 1 here" in message
    assert "named_parameters()" in message


def test_a_model_built_alike_with_its_layers_in_another_order_is_known_by_names():
    program = """
optimizer = optim.Adam(net.parameters())
train(optimizer)
other = Net()
again = optim.Adam([*other.second.parameters(), *other.first.parameters()])
again.load_state_dict(optimizer.state_dict())  # <- here
"""
    message = said(program, "state-in-other-order")
    assert "second.weight is number 0 and gets what was kept for first.weight" in message


def test_names_saved_with_a_prefix_tell_too():
    program = """
saved = optim.SGD(net.named_parameters(), lr=0.1).state_dict()
group = saved["param_groups"][0]
group["param_names"] = ["module." + name for name in group["param_names"]]
optimizer = optim.SGD([*net.second.parameters(), *net.first.parameters()], lr=0.1)
optimizer.load_state_dict(saved)  # <- here
"""
    assert "second.weight is number 0 and gets what was kept for first.weight" in said(program, "state-in-other-order")


def test_groups_in_another_order_are_known_by_their_options():
    program = """
file = io.BytesIO()
groups = [{"params": net.first.parameters(), "lr": 0.01}, {"params": net.second.parameters(), "lr": 0.1}]
optimizer = optim.SGD(groups, momentum=0.9)
scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
train(optimizer)
scheduler.step()
torch.save(optimizer.state_dict(), file)
file.seek(0)
groups = [{"params": net.second.parameters(), "lr": 0.1}, {"params": net.first.parameters(), "lr": 0.01}]
optimizer = optim.SGD(groups, momentum=0.9)
optimizer.load_state_dict(torch.load(file))  # <- here
"""
    assert "group 0 was made with lr=0.1, and has lr=0.01 now" in said(program, "state-in-other-order")


@pytest.mark.parametrize(
    "program",
    [
        # the same order, the same names
        """
optimizer = optim.Adam(net.parameters())
train(optimizer)
optim.Adam(net.parameters()).load_state_dict(optimizer.state_dict())
""",
        # another order, but both have names
        """
optimizer = optim.Adam(net.named_parameters())
train(optimizer)
named = dict(net.named_parameters())
again = optim.Adam([(name, named[name]) for name in reversed(named)])
again.load_state_dict(optimizer.state_dict())
""",
        # back into itself
        """
optimizer = optim.Adam(net.parameters())
train(optimizer)
optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
optimizer.load_state_dict(optimizer.state_dict())
""",
        # another model, other names
        """
optimizer = optim.Adam(net.parameters())
train(optimizer)
other = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
optim.Adam(other.parameters()).load_state_dict(optimizer.state_dict())
""",
        # groups of their own, resumed
        """
groups = [{"params": net.first.parameters(), "lr": 0.01}, {"params": net.second.parameters(), "lr": 0.1}]
optimizer = optim.SGD(groups)
saved = optimizer.state_dict()
groups = [{"params": net.first.parameters(), "lr": 0.01}, {"params": net.second.parameters(), "lr": 0.1}]
optim.SGD(groups).load_state_dict(saved)
""",
        # other options than when it was made, in the same order
        """
groups = [{"params": net.first.parameters(), "lr": 0.01}, {"params": net.second.parameters(), "lr": 0.1}]
optimizer = optim.SGD(groups)
optimizer.param_groups[0]["lr"] = 0.5
saved = optimizer.state_dict()
groups = [{"params": net.first.parameters(), "lr": 0.01}, {"params": net.second.parameters(), "lr": 0.1}]
optim.SGD(groups).load_state_dict(saved)
""",
    ],
)
def test_a_state_that_fits_is_right(program):
    assert quiet(program) == []


# ---- best weights ------------------------------------------------------------------------------------------------


def test_weights_kept_by_reference_are_told_of_at_the_line_that_took_them():
    message = said_once(pages.page("weights-kept-by-reference").wrong, "weights-kept-by-reference")
    assert "optimizer.step() has written to since" in message
    assert "net.load_state_dict(best)" in message
    assert "copy.deepcopy" in message


@pytest.mark.parametrize("taken", ["net.state_dict().copy()", "dict(net.state_dict())"])
def test_a_shallow_copy_is_no_copy(taken):
    program = f"""
optimizer = optim.SGD(net.parameters(), lr=0.1)
best = {taken}  # <- here
train(optimizer, 200)
net.load_state_dict(best)
"""
    said(program, "weights-kept-by-reference")


def test_weights_put_aside_for_others_and_put_back_are_the_others():
    program = """
averages = {name: tensor * 0.5 for name, tensor in net.state_dict().items()}
aside = net.state_dict()  # <- here
net.load_state_dict(averages)
net.load_state_dict(aside)
"""
    message = said(program, "weights-kept-by-reference")
    assert "net.load_state_dict(averages) has written to since" in message


def test_a_second_name_of_the_model_is_no_copy():
    program = """
optimizer = optim.SGD(net.parameters(), lr=0.1)
train(optimizer)
best = net  # <- here
train(optimizer)
net.load_state_dict(best.state_dict())
"""
    assert "best and net are one and the same model" in said(program, "weights-kept-by-reference")


@pytest.mark.parametrize(
    "program",
    [
        "net.load_state_dict(net.state_dict())",
        "optimizer = optim.SGD(net.parameters(), lr=0.1)\ntrain(optimizer)\nnet.load_state_dict(net.state_dict())",
        # copied
        """
best = {name: tensor.clone() for name, tensor in net.state_dict().items()}
train(optim.SGD(net.parameters(), lr=0.1))
net.load_state_dict(best)
""",
        # into another model at once, and again later: the newest weights are wanted
        """
other, state = Net(), net.state_dict()
optimizer = optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    train(optimizer)
    other.load_state_dict(state)
""",
        # written through the state on purpose: a target that follows
        """
target = copy.deepcopy(net)
optimizer = optim.SGD(net.parameters(), lr=0.1)
theirs = target.state_dict()
for _ in range(3):
    train(optimizer)
    for name, tensor in net.state_dict().items():
        theirs[name].mul_(0.9).add_(tensor, alpha=0.1)
    target.load_state_dict(theirs)
""",
        # through a file
        """
file = io.BytesIO()
torch.save(net.state_dict(), file)
train(optim.SGD(net.parameters(), lr=0.1))
file.seek(0)
net.load_state_dict(torch.load(file))
""",
    ],
)
def test_weights_that_are_copied_or_loaded_at_once_are_right(program):
    assert [code for code, _, _ in quiet(program) if code.startswith("weights")] == []


def test_nothing_is_kept_of_what_is_gone():
    mistakes.on()
    gc.collect()
    before = len(TAKEN), len(OVERWRITTEN), len(ORDERS)
    for _ in range(10):
        net = nn.Linear(2, 2)
        state = net.state_dict()
        net.load_state_dict({name: tensor.clone() for name, tensor in state.items()})
    del net, state
    gc.collect()
    assert (len(TAKEN), len(OVERWRITTEN), len(ORDERS)) == before
