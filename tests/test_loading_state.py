"""State dicts by name, hooks round them and round every step, and broken ones: refused whole or loaded right."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import tinygrad_optim as tg
from tinygrad_optim import optim
from tinygrad_optim.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

SHAPES = {"a": (2,), "b": (2,), "c": (3, 2), "d": ()}


def made(groups, kind=optim.Adam, steps=0, named=True, **options):
    """An optimizer over parameters of these names, after some steps; each one's gradient is its own number."""
    pairs = [[(name, tg.ones(SHAPES[name]).requires_grad_()) for name in names] for names in groups]
    given_groups = [{"params": ps if named else [p for _, p in ps], "lr": 0.1 * (i + 1)} for i, ps in enumerate(pairs)]
    optimizer = kind(given_groups, **options)
    for _ in range(steps):
        for name, p in [pair for ps in pairs for pair in ps]:
            p.grad = tg.full(SHAPES[name], float(ord(name)))
        optimizer.step()
    return optimizer


def plain(value):
    """Tensors as their type, shape and numbers, to compare."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return (str(value.dtype), value.shape, value.tolist()) if isinstance(value, tg.Tensor) else value


def means(optimizer):
    """The first running mean of every parameter, by name."""
    return {
        name: optimizer.state[p]["exp_avg"].tolist()
        for group in optimizer.param_groups
        for name, p in zip(group["param_names"], group["params"])
    }


# --- by name ----------------------------------------------------------------------------------------------------------


def test_state_goes_to_the_parameter_of_its_name_in_whatever_order():
    saved, other = made(["ab", "cd"], steps=2), made(["ba", "dc"])
    other.load_state_dict(saved.state_dict())
    assert means(other) == means(saved)
    assert [group["param_names"] for group in other.param_groups] == [["b", "a"], ["d", "c"]]


def test_without_names_on_one_side_state_goes_by_order_as_in_pytorch():
    saved, other = made(["ab"], steps=1), made(["ba"], named=False)
    other.load_state_dict(saved.state_dict())
    first, second = other.param_groups[0]["params"]
    assert other.state[first]["exp_avg"].tolist() == means(saved)["a"]
    assert other.state[second]["exp_avg"].tolist() == means(saved)["b"]


@pytest.mark.parametrize(
    ("there", "here", "message"),
    [
        (["ab", "c"], ["ab", "d"], r"lacks d \(group 1\), and has beside c \(group 1\)"),
        (["a", "b"], ["b", "a"], r"lacks b \(group 0\), a \(group 1\), and has beside a \(group 0\), b \(group 1\)"),
    ],
)
def test_names_that_do_not_fit_are_said_and_nothing_is_loaded(there, here, message):
    other = made(here, steps=1)
    before = plain(other.state_dict())
    with pytest.raises(ValueError, match=message):
        other.load_state_dict(made(there, steps=2).state_dict())
    assert plain(other.state_dict()) == before


def test_names_that_stand_twice_say_nothing_and_order_decides():
    saved, other = made(["aa"], steps=1), made(["aa"])
    other.load_state_dict(saved.state_dict())
    assert plain(other.state_dict()) == plain(saved.state_dict())


@pytest.mark.parametrize(("names", "error"), [(7, TypeError), (["a", 7], TypeError), (["a"], ValueError)])
def test_names_that_are_no_names_are_refused(names, error):
    optimizer = made(["ab"], steps=1)
    saved = optimizer.state_dict()
    saved["param_groups"][0]["param_names"] = names
    with pytest.raises(error, match="param_names"):
        optimizer.load_state_dict(saved)


def test_loading_by_name_leaves_the_given_dict_as_it_was():
    saved = made(["ab"], steps=1).state_dict()
    before = plain(copy.deepcopy(saved))
    made(["ba"]).load_state_dict(saved)
    assert plain(saved) == before


# --- hooks round state dicts ------------------------------------------------------------------------------------------


def test_hooks_run_before_and_after_state_dict():
    optimizer, seen = made(["a"]), []
    optimizer.register_state_dict_pre_hook(lambda opt: seen.append(("pre", opt)))
    optimizer.register_state_dict_post_hook(lambda opt, saved: seen.append(("post", saved)))
    saved = optimizer.state_dict()
    assert seen == [("pre", optimizer), ("post", saved)]


def test_a_hook_after_state_dict_may_return_another():
    optimizer = made(["a"])
    optimizer.register_state_dict_post_hook(lambda opt, saved: {})
    assert optimizer.state_dict() == {}


def test_a_hook_before_loading_gets_a_shallow_copy_and_may_change_it():
    optimizer = made(["a"])
    saved = optimizer.state_dict()
    wrapped = {"inner": saved}
    optimizer.register_load_state_dict_pre_hook(lambda opt, given: given.update(given.pop("inner")))
    optimizer.load_state_dict(wrapped)
    assert list(wrapped) == ["inner"]


def test_a_hook_before_loading_may_return_another():
    optimizer, other = made(["a"]), made(["a"], steps=2)
    optimizer.register_load_state_dict_pre_hook(lambda opt, given: other.state_dict())
    optimizer.load_state_dict({})
    assert means(optimizer) == means(other)


def test_a_hook_after_loading_sees_what_was_loaded():
    optimizer, other, seen = made(["a"]), made(["a"], steps=2), []
    optimizer.register_load_state_dict_post_hook(lambda opt: seen.append(means(opt)))
    optimizer.load_state_dict(other.state_dict())
    assert seen == [means(other)]


@pytest.mark.parametrize("kind", ["state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post"])
def test_hooks_run_in_order_prepended_ones_first_and_removed_ones_not(kind):
    optimizer, seen = made(["a"]), []
    register = getattr(optimizer, f"register_{kind}_hook")
    for number in range(3):
        register(lambda *_, number=number: seen.append(number), prepend=number == 2)
    register(lambda *_: seen.append("removed")).remove()
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen == [2, 0, 1]


def test_what_cannot_be_called_is_no_hook():
    with pytest.raises(TypeError, match=r"hook\(optimizer, state_dict\), not int"):
        made(["a"]).register_state_dict_post_hook(3)


# --- hooks of every optimizer -----------------------------------------------------------------------------------------


def test_global_hooks_run_round_every_optimizers_step_outside_its_own_hooks():
    first, second, seen = made(["a"]), made(["b"], kind=optim.SGD), []
    second.register_step_pre_hook(lambda *_: seen.append("own pre"))
    second.register_step_post_hook(lambda *_: seen.append("own post"))
    with (
        register_optimizer_step_pre_hook(lambda opt, args, kwargs: seen.append(("pre", opt))),
        register_optimizer_step_post_hook(lambda opt, args, kwargs: seen.append(("post", opt))),
    ):
        first.step()
        second.step()
    first.step()
    assert seen == [("pre", first), ("post", first), ("pre", second), "own pre", "own post", ("post", second)]


def test_a_global_hook_sees_the_steps_of_an_optimizer_with_a_step_of_its_own():
    p, seen = tg.ones(1).requires_grad_(), []

    def closure():
        loss = (p * p).sum()
        p.grad = None
        loss.backward()
        return loss

    with register_optimizer_step_pre_hook(lambda opt, args, kwargs: seen.append(args[1])):
        optim.LBFGS([p]).step(closure)
    assert seen == [closure]


# --- broken state dicts -----------------------------------------------------------------------------------------------

JUNK = [None, -1, 3.5, "x", [], {}, (1, 2), [[0]], {"a": 1}, tg.ones(7), tg.ones(2, 2), float("nan"), True, 10**30]


def places(value, path=()):
    """The path to every entry of nested dicts and lists."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += places(value[key], (*path, key))
    return found


def says_what_is_wrong(error):
    assert len(str(error)) > 20


def broken(saved, place, how, junk):
    """The state dict with one entry replaced, removed, doubled or renamed."""
    *outer, last = place
    container = saved
    for key in outer:
        container = container[key]
    if how == "replaced":
        container[last] = junk
    elif how == "removed":
        del container[last]
    elif isinstance(container, list):
        container.insert(last, container[last])
    else:
        container[junk if isinstance(junk, int | str) else "other"] = container.pop(last)
    return saved


KINDS = [
    lambda steps: made(["ab", "cd"], steps=steps, amsgrad=True),
    lambda steps: made(["ab", "cd"], optim.SGD, steps, named=False, momentum=0.9),
    lambda steps: made(["ab", "cd"], optim.ASGD, steps),
    lambda steps: made(["abcd"], optim.Adafactor, steps, named=False),
]


@given(st.sampled_from(KINDS), st.randoms(use_true_random=False), st.sampled_from(["replaced", "removed", "doubled"]))
@settings(derandomize=True, deadline=None, max_examples=1000, suppress_health_check=list(HealthCheck))
def test_a_broken_state_dict_is_refused_whole_or_loaded_right(kind, rng: random.Random, how):
    saved = copy.deepcopy(kind(2).state_dict())
    saved = broken(saved, rng.choice(places(saved)), how, rng.choice(JUNK))
    optimizer = kind(1)
    before, hooks = plain(optimizer.state_dict()), optimizer.hooks
    try:
        optimizer.load_state_dict(saved)
    except (TypeError, KeyError, ValueError, NotImplementedError, RuntimeError) as error:
        assert plain(optimizer.state_dict()) == before
        assert optimizer.hooks is hooks
        says_what_is_wrong(error)
        return
    # What was loaded: the dict's options for each group, and state of each parameter's own shape and type.
    for group, packed in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        for option, value in packed.items():
            if option not in ("params", "param_names"):
                assert repr(plain(group[option])) == repr(plain(value))
        for p in group["params"]:
            for key in optimizer.state_keys:
                value = optimizer.state.get(p, {}).get(key)
                assert (
                    value is None or optimizer.elementwise is False or (value.shape, value.dtype) == (p.shape, p.dtype)
                )
    for p in [p for group in optimizer.param_groups for p in group["params"]]:
        p.grad = tg.ones(p.shape)
    try:
        optimizer.step()
    except (TypeError, KeyError, ValueError, RuntimeError, ImportError, OverflowError) as error:
        # What only a step can judge: no numba for fused, or an option of 1e30, at which PyTorch's step overflows too.
        says_what_is_wrong(error)
