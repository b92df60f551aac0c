"""watch: what the last steps did with a parameter, told after they were taken."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, optim
from tinygrad_optim.trace import watch
from tinygrad_optim.trace.explain_finding import UnknownParameter


def made(cls=optim.SGD, **options):
    rng = np.random.default_rng(0)
    p = torch.tensor(rng.normal(size=(3, 4)), requires_grad=True)
    return p, cls([("w", p)], **{"lr": 0.1, **options}), rng


def step(p, optimizer, rng):
    p.grad = torch.tensor(rng.normal(size=(3, 4)))
    optimizer.step()


@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "NAdam", "ASGD", "Rprop", "Adafactor"])
def test_a_step_is_told_as_it_was_taken(name, foreach):
    p, optimizer, rng = made(getattr(optim, name))
    optimizer.param_groups[0]["foreach"] = foreach
    step(p, optimizer, rng)
    with watch(optimizer, "w") as watched:
        old = p.array.copy()
        step(p, optimizer, rng)
    new = p.array.copy()
    step(p, optimizer, rng)  # nobody watches this one
    told = watched.explain(-1)
    assert told.happened
    assert told.confirmed is True  # the step wrote what the recorded lines give, bit for bit
    assert told.update.proof.holds is True
    assert told.update.old.numbers.tobytes() == old.tobytes()
    assert told.update.new.numbers.tobytes() == new.tobytes()
    assert f"what {name}.step() did" in str(told)


def test_watching_changes_no_number():
    ways = []
    for watching in (False, True):
        p, optimizer, rng = made(optim.Adam)
        watched = watch(optimizer, "w") if watching else None
        for _ in range(3):
            step(p, optimizer, rng)
        ways.append(p.array.tobytes())
        assert watched is None or len(watched) == 3
    assert ways[0] == ways[1]


def test_the_last_steps_are_kept_and_no_more():
    p, optimizer, rng = made()
    watched = watch(optimizer, "w", last=2)
    outcomes = []
    for _ in range(4):
        step(p, optimizer, rng)
        outcomes.append(p.array.tobytes())
    assert len(watched) == 2
    assert [watched.explain(i).update.new.numbers.tobytes() for i in (-2, -1)] == outcomes[-2:]
    assert [watched.explain(i).update.new.numbers.tobytes() for i in (0, 1)] == outcomes[-2:]
    assert "step 4 of the 4" in str(watched.explain())
    with pytest.raises(IndexError, match="of 4 steps seen the last 2 are"):
        watched.explain(-3)


def test_what_is_let_go_of_is_freed():
    p, optimizer, rng = made()
    watched = watch(optimizer, "w", last=1)
    step(p, optimizer, rng)
    first = weakref.ref(watched.kept[0][1].twin)
    step(p, optimizer, rng)
    gc.collect()
    assert first() is None


def test_telling_twice_tells_the_same():
    p, optimizer, rng = made(momentum=0.9)
    watched = watch(optimizer, "w")
    step(p, optimizer, rng)
    assert str(watched.explain()) == str(watched.explain())


def test_before_any_step_it_says_that_none_was_taken():
    _, optimizer, _ = made()
    with pytest.raises(IndexError, match=r"no step was taken since w is watched: step\(\) was not called"):
        watch(optimizer, "w").explain()


def test_remove_ends_the_watching_and_leaves_no_hook():
    p, optimizer, rng = made()
    watched = watch(optimizer, "w")
    step(p, optimizer, rng)
    watched.remove()
    watched.remove()
    assert not optimizer.hooks
    step(p, optimizer, rng)
    assert watched.steps == 1
    assert repr(watched) == "<Watch of w: 1 of 1 steps kept>"


def test_a_parameter_that_did_not_move_says_why():
    p, optimizer, _rng = made()
    watched = watch(optimizer, "w")
    optimizer.step()
    told = watched.explain()
    assert told.moves is False
    assert "backward() has not run" in told.reasons[0]
    assert "SGD.step() did not move it" in str(told)
    (p * p).sum().backward()
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert watched.explain().reasons == ["its group's lr is 0"]


def test_a_parameter_in_no_group_did_not_move_and_may_be_added_later():
    _, optimizer, _rng = made()
    other = torch.ones(2, requires_grad=True)
    watched = watch(optimizer, other)
    other.grad = torch.ones(2)
    optimizer.step()
    assert "in no group" in watched.explain().reasons[0]
    optimizer.add_param_group({"params": [("other", other)], "lr": 0.5})
    optimizer.step()
    told = watched.explain()
    assert (told.moves, told.group) == (True, 1)
    assert told.change.numbers.tolist() == [-0.5, -0.5]


def test_a_gradient_that_a_closure_brings_is_the_one_that_is_told():
    p, optimizer, _rng = made(momentum=0.9)
    watched = watch(optimizer, "w")

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    old = p.array.copy()
    optimizer.step(closure)
    told = watched.explain()
    assert told.confirmed is True
    assert told.gradient.numbers.tobytes() == (2 * old).tobytes()
    assert told.gradient_notes == ["the step's closure brought it"]


def test_of_lbfgs_before_and_after_are_told():
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.LBFGS([p], lr=0.5)
    watched = watch(optimizer, p)

    def closure():
        optimizer.zero_grad()
        loss = ((p - 3) * (p - 3)).sum()
        loss.backward()
        return loss

    old = p.array.copy()
    optimizer.step(closure)
    told = watched.explain()
    assert told.moves is True
    assert told.change.numbers == pytest.approx(np.float64(p.array) - old)
    assert told.confirmed is None
    assert "computes the loss anew" in str(told)


def test_a_hand_besides_the_rule_is_noticed():
    p, optimizer, rng = made()
    optimizer.register_step_post_hook(lambda *args: p.data.add_(1.0))
    watched = watch(optimizer, "w")
    step(p, optimizer, rng)
    told = watched.explain()
    assert told.confirmed is False
    assert "something besides the rule had a hand in it" in str(told)


def test_a_value_is_watched():
    v = Value(1.5, name="v")
    optimizer = optim.SGD([v], lr=0.1, momentum=0.9)
    watched = watch(optimizer, "v")
    (v * v).backward()
    optimizer.step()
    assert watched.explain().update.new == v.data
    assert watched.explain().confirmed is True


def test_the_ops_that_made_the_gradient_are_kept_though_the_loss_is_gone():
    p, optimizer, _rng = made()
    watched = watch(optimizer, "w")
    loss = (p * p).sum()
    loss.backward()
    optimizer.step()
    del loss
    assert [one.op for one in watched.explain().passages] == ["sum", "mul", "mul"]


@pytest.mark.parametrize("last", [0, -1, 1.5, True, "3"])
def test_last_must_be_a_whole_number_from_1_on(last):
    _, optimizer, _ = made()
    with pytest.raises(ValueError, match="last must be a whole number"):
        watch(optimizer, "w", last=last)
    assert not optimizer.hooks


def test_an_unknown_parameter_is_refused_and_nothing_is_hooked():
    _, optimizer, _ = made()
    with pytest.raises(UnknownParameter, match="Did you mean 'w'"):
        watch(optimizer, "ww")
    assert not optimizer.hooks
