"""Snapshots: a thing looked at twice is told as it was each time; what cannot have changed is not copied anew."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.trace.camera import ITEMS, Camera
from tinygrad_optim.trace.snapshot import is_same, same_bits


@pytest.fixture
def camera():
    return Camera()


def look(camera, thing, depth=0):
    camera.next_moment()
    return camera.take(thing, depth)


def test_a_group_is_told_anew_when_an_option_was_assigned(camera):
    group = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1).param_groups[0]
    before = look(camera, group)
    group["lr"] = 0.5
    after = look(camera, group)
    assert (before.get("lr"), before.origin["lr"]) == (0.1, "default")
    assert (after.get("lr"), after.origin["lr"]) == (0.5, "assigned")
    group["lr"] = 0.7
    assert look(camera, group).get("lr") == 0.7


def test_a_group_is_told_anew_when_a_parameter_was_added_to_its_list(camera):
    group = optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1).param_groups[0]
    assert look(camera, group).get("params").length == 1
    group["params"].append(torch.ones(2, requires_grad=True))
    assert look(camera, group).get("params").length == 2


def test_a_group_of_values_has_their_numbers_at_the_time(camera):
    v = Value(1.0)
    group = optim.SGD([v], lr=0.1).param_groups[0]
    before = look(camera, group)
    v.write(2.0)
    after = look(camera, group)
    assert [one.get("params").items[0][1].array for one in (before, after)] == [1.0, 2.0]


def test_a_parameter_in_a_list_is_told_by_the_name_it_has_by_then(camera):
    layer = nn.Linear(1, 1)
    before = look(camera, [[layer.weight]], 1)
    look(camera, layer.weight)
    model = nn.Sequential(layer)
    look(camera, layer.weight)
    after = look(camera, [[layer.weight]], 1)
    assert before.items[0][1].items[0][1].token == after.items[0][1].items[0][1].token
    assert after.items[0][1].items[0][1].name == "0.weight"
    assert model is not None


def test_things_that_lived_one_after_the_other_are_told_apart(camera):
    tokens = [look(camera, torch.ones(1)).token for _ in range(30)]
    assert len(set(tokens)) == 30


def test_one_thing_has_one_token(camera):
    tensor = torch.ones(1)
    assert look(camera, tensor).token == look(camera, [tensor]).items[0][1].token


def test_long_containers_are_told_in_part(camera):
    taken = look(camera, list(range(1000)))
    assert taken.length == 1000
    assert len(taken.items) == ITEMS


def test_arrays_deep_in_containers_are_looked_at_only(camera):
    taken = look(camera, {"a": {"b": np.ones(3)}})
    assert taken.get("a").get("b").numbers is None
    assert taken.get("a").get("b").shape == (3,)


def test_a_container_that_holds_itself_is_told():
    loop = []
    loop.append(loop)
    assert look(Camera(), loop).length == 1


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (1.0, 1.0, True),
        (0.0, -0.0, False),
        (float("nan"), float("nan"), True),
        (1, 1.0, False),
        (True, 1, False),
        (None, None, True),
        ((1, 2.5), (1, 2.5), True),
    ],
)
def test_two_recorded_values_are_the_same_if_their_bits_are(a, b, same):
    assert is_same(a, b) is same


def test_bits_include_type_and_shape():
    assert not same_bits(np.ones(2, np.float32), np.ones(2))
    assert not same_bits(np.ones((1, 2)), np.ones(2))
    assert same_bits(np.array([np.nan]), np.array([np.nan]))
