"""What the checks of the loop and the graph remember: nothing that keeps a program's objects alive, or that grows."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref

import pytest

import tinygrad_optim as tg
from tinygrad_optim import mistakes, nn, occasions, optim
from tinygrad_optim.mistakes import TeachingWarning, bare_steps, cuts, facts, graph, growth, loop, notes, walks


@pytest.fixture(autouse=True)
def these_checks():
    """The checks of the loop and the graph alone, for one test."""
    mistakes.off()
    for topic in (walks, cuts, loop, bare_steps, growth, graph, notes):
        for name, looks in topic.LOOKS.items():
            getattr(occasions, name).extend(looks)
    yield
    mistakes.on()


def train(steps):
    """Train a small net, with cuts and aliases of all kinds: weak references to its objects."""
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1))
    optimizer = optim.Adam(net.parameters())
    net[0].weight.register_post_accumulate_grad_hook(lambda p, held=optimizer: None)
    x = tg.ones(2, 4)
    for _ in range(steps):
        hidden = net[0](x)
        hidden.detach()
        loss = net[1](hidden).pow(2).mean()
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        _ = net[0].weight.data
    return [weakref.ref(one) for one in (net, optimizer, net[0].weight, hidden, loss, loss.node)]


def test_a_programs_objects_are_collected_when_it_drops_them():
    references = train(20)
    gc.collect()
    assert [one() for one in references] == [None] * 6
    assert not [one for one in facts.FACTS.values() if one.optimizer() is None]


def test_memory_does_not_grow_over_a_thousand_steps():
    train(40)
    gc.collect()
    tracemalloc.start()
    try:
        train(100)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        train(1000)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


def test_the_checks_write_nothing_and_return_before_the_rule_runs():
    w = tg.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    (w * w).sum().backward()
    optimizer.step()
    (w * w).sum().backward()
    before = w.grad.item()
    with mistakes.strict(), pytest.raises(TeachingWarning, match="no-zero-grad"):
        optimizer.step()
    assert (w.item(), w.grad.item()) == (0.0, before)
    optimizer.zero_grad()
    (w * w).sum().backward()
    optimizer.step()  # nothing is left of the refused step


def test_the_checks_work_under_a_tracer():
    def tracer(frame, event, argument):
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        train(3)
    finally:
        sys.settrace(before)


def test_optimizers_that_come_and_go_leave_no_facts():
    gc.collect()
    before = len(facts.FACTS)
    for _ in range(20):
        train(1)
    gc.collect()
    assert len(facts.FACTS) <= before
