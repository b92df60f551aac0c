"""The checks rest where a loop goes round and round, and look on again: now and then, and when something new begins."""

from __future__ import annotations

import gc
import itertools
import math
import warnings
import weakref

import pytest
from speaking import marked, spoken

import tinygrad_optim as torch
from tinygrad_optim import mistakes, nn, occasions, optim
from tinygrad_optim.mistakes.attention import FIRST, PART, REST, SPELL, Attention
from tinygrad_optim.mistakes.facts import FACTS

LOOP = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
torch.manual_seed(0)
net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(8, 3)
for step in range(300):
    if step < 100:
        optimizer.zero_grad()
    loss = (net(x) ** 2).mean()
    BEFORE
    loss.backward()  # <- here
    optimizer.step()
"""


@pytest.fixture(autouse=True)
def _on():
    FACTS.clear()  # of optimizers that other tests keep alive: a spell is longer the more there are
    mistakes.on()
    yield
    mistakes.on()


def train(steps, net=None):
    """Some steps of a small net."""
    net = net or nn.Linear(2, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        (net(torch.ones(4, 2)) ** 2).mean().backward()
        optimizer.step()
    return optimizer


def steps(optimizer, count):
    for _ in range(count):
        optimizer.step()


def test_a_mistake_that_begins_late_in_a_loop_is_told_in_the_next_spell():
    told = spoken(LOOP.replace("    BEFORE\n", ""))
    assert [(code, line) for code, line, _ in told] == [("no-zero-grad", marked(LOOP.replace("    BEFORE\n", "")))]


def test_a_gradient_that_is_not_finite_is_told_of_at_its_step_even_at_rest():
    program = LOOP.replace("BEFORE", "loss = loss * float('nan') if step == 90 else loss").replace("step < 100", "True")
    told = spoken(program.replace("300", "91"))
    assert [code for code, _, _ in told] == ["nonfinite-gradient"]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("element", [0, PART, 4 * PART - 1])
def test_at_rest_each_part_of_each_gradient_has_its_turn(place, element):
    params = [torch.zeros(4 * PART, requires_grad=True) for _ in range(4)]
    optimizer = optim.SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.0)
    for p in params:
        p.grad = torch.zeros(4 * PART)
    steps(optimizer, FIRST)
    assert Attention.resting
    params[place].grad[element] = math.nan
    with mistakes.strict(), pytest.raises(mistakes.TeachingWarning, match="nonfinite-gradient"):
        steps(optimizer, 2 * 2 * 4)  # groups, parameters in each, parts


def test_they_rest_after_the_first_steps_and_look_on_in_spells():
    optimizer = train(FIRST - 1)
    assert not Attention.resting
    full = [list(one) for one in occasions.ALL]
    states = []
    for _ in range(1 + 3 * (REST + 1) * (SPELL + 1)):
        optimizer.zero_grad()
        (optimizer.param_groups[0]["params"][0] ** 2).sum().backward()
        optimizer.step()
        states.append(Attention.resting)
    assert states[0]
    assert 2 <= sum(before and not now for before, now in itertools.pairwise(states)) <= 4
    mistakes.on()
    assert [list(one) for one in occasions.ALL] == full


def test_what_was_not_looked_at_is_not_held_against_a_program():
    told = spoken(
        """
        import tinygrad_optim as torch
        w = torch.tensor([1.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.001)
        for step in range(200):
            optimizer.zero_grad(set_to_none=False)
            w.sum().backward()
            (w * 0).sum().backward()
            optimizer.step()
        """
    )
    assert told == []


def test_a_new_optimizer_is_looked_at_from_its_first_step():
    first = train(FIRST)
    assert Attention.resting
    second = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    assert not Attention.resting
    assert first is not second


def test_what_somebody_else_hung_on_an_occasion_stays_through_rest():
    seen = []
    occasions.walk.append(lambda order: seen.append(len(order)))
    train(FIRST + 2 * REST * (SPELL + 1))
    assert len(seen) == FIRST + 2 * REST * (SPELL + 1)


def test_off_holds_at_rest_too():
    optimizer = train(FIRST)
    mistakes.off()
    assert all(len(one) == 0 for one in occasions.ALL)
    optimizer.step()
    mistakes.on()
    assert not Attention.resting


def test_training_long_keeps_nothing_of_what_is_gone():
    net = nn.Linear(2, 1)
    optimizer = train(500, net)
    watched = weakref.ref(net), weakref.ref(optimizer)
    del net, optimizer
    gc.collect()
    assert [one() for one in watched] == [None, None]


def test_at_rest_too_a_table_of_losses_is_told_of_once_and_not_by_pytorchs_warning_besides():
    program = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=0.01)
for step in range(STEPS):
    optimizer.zero_grad()
    nn.MSELoss()(net(torch.ones(8, 3)), torch.ones(8)).backward()
    optimizer.step()
""".replace("STEPS", str(FIRST + 20))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        exec(compile(program, "table.py", "exec"), {"__name__": "table"})
    assert Attention.resting
    assert [str(one.message).split(":")[0] for one in told] == ["broadcast-in-loss"]
