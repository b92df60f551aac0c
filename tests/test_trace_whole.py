"""What a recording must not lose: members of large groups, and how Python's garbage collector was set."""

from __future__ import annotations

import gc
import json

import tinygrad_optim as torch
from tinygrad_optim import optim
from tinygrad_optim.trace import Recorder, tell


def test_a_group_of_a_hundred_parameters_is_told_whole():
    weights = [(f"w{i}", torch.ones(2, requires_grad=True)) for i in range(100)]
    with Recorder() as recorder:
        optimizer = optim.SGD(weights, lr=0.5)
        for _, one in weights:
            one.grad = torch.ones(2)
        optimizer.step()
    construct, step = tell(recorder).chapters
    names = [name for name, _ in weights]
    assert [one.name for one in construct.groups[0].parameters] == names
    assert [one.parameter.name for one in step.groups[0].updates] == names
    assert all(one.proof.holds for one in step.groups[0].updates)


def test_the_garbage_collector_is_set_as_before_once_the_recording_ends():
    before = gc.get_threshold()
    with Recorder():
        assert gc.isenabled()
        during = gc.get_threshold()
    assert during != before
    assert gc.get_threshold() == before


def test_a_program_that_sets_the_garbage_collector_itself_is_left_alone():
    before = gc.get_threshold()
    try:
        with Recorder():
            gc.set_threshold(123, 4, 5)
        assert gc.get_threshold() == (123, 4, 5)
    finally:
        gc.set_threshold(*before)


def test_a_story_comes_back_from_json_as_it_went_with_numbers_exact():
    """0.1 as float32 is 0.100000001490116..., and a third is not: the texts must give back these very bits."""
    values = [0.1, 1 / 3, 1e-30, 3.0e38, float("nan"), float("inf")]
    w = torch.tensor(values, requires_grad=True)
    with Recorder() as recorder:
        optimizer = optim.SGD([("w", w)], lr=0.25)
        w.grad = torch.zeros(6)
        optimizer.step()
    story = tell(recorder).to_dict()
    assert json.loads(json.dumps(story, allow_nan=False)) == story
    numbers = story["chapters"][-1]["groups"][0]["updates"][0]["old"]["numbers"]
    assert numbers == [*torch.tensor(values[:4]).tolist(), "nan", "inf"]
