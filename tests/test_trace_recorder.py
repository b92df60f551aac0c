"""The recorder: what it writes down is what was there at the time, and the program does not feel it."""

from __future__ import annotations

import runpy
import subprocess
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import engine, mistakes, nn, optim
from tinygrad_optim.trace import Recorder, record
from tinygrad_optim.trace.snapshot import SAMPLE, WHOLE


def own_lines(function, *args):
    """{source line: what it wrote} of a function in this file, recorded."""
    recording = record(function, *args, only=function)
    (call,) = [one for one in recording.all_calls() if one.name == function.__name__]
    return {line.plan.text: line for line in call.lines}


def wrote(lines, text, name):
    return lines[text].values("writes")[name]


def numbers(recorded):
    return (recorded.array if hasattr(recorded, "array") else recorded).numbers.tolist()


# ---- what is recorded --------------------------------------------------------------------------------------


def test_values_are_those_at_the_time_though_the_array_changes_later():
    def program(a):
        b = a
        a[0] = 7.0
        return b

    lines = own_lines(program, np.array([1.0, 2.0]))
    assert numbers(wrote(lines, "b = a", "b")) == [1.0, 2.0]
    assert lines["a[0] = 7.0"].values("before")["a[0]"] == 1.0
    assert wrote(lines, "a[0] = 7.0", "a[0]") == 7.0
    assert numbers(lines["return b"].values("reads")["b"]) == [7.0, 2.0]


def test_names_items_and_attributes_are_recorded_as_read_and_written():
    class Thing:
        size = 3

    def program(table, thing):
        thing.size = table["size"] + thing.size
        table["size"] += 1
        first, *rest = [thing.size, 2, 3]
        return first, rest

    lines = own_lines(program, {"size": 5}, Thing())
    line = lines["thing.size = table['size'] + thing.size".replace("'", '"')]
    assert line.values("reads") == {"table['size']": 5, "thing.size": 3}
    assert line.values("before") == {"thing.size": 3}
    assert line.values("writes") == {"thing.size": 8}
    assert lines['table["size"] += 1'].values("writes") == {"table['size']": 6}
    assert wrote(lines, "first, *rest = [thing.size, 2, 3]", "first") == 8


def test_a_key_that_is_a_tensor_is_followed():
    def program(state, p):
        state[p]["seen"] = True
        return state[p]["seen"]

    lines = own_lines(program, {(p := torch.ones(2)): {"seen": False}}, p)
    (name,) = lines['state[p]["seen"] = True'].values("writes")
    assert lines['state[p]["seen"] = True'].values("before") == {name: False}
    assert lines['state[p]["seen"] = True'].values("writes") == {name: True}


def test_what_a_call_changes_in_place_is_seen_before_and_after():
    def program(p):
        p.mul_(2.0).add_(1.0)
        return p

    lines = own_lines(program, torch.ones(2))
    (line,) = [line for text, line in lines.items() if "mul_" in text]
    assert numbers(line.values("before")["p"]) == [1.0, 1.0]
    assert numbers(line.values("writes")["p"]) == [3.0, 3.0]


def test_each_turn_of_a_loop_is_a_line_of_its_own():
    def program():
        total = 0
        for i in range(3):
            total += i
        return total

    recording = record(program, only=program)
    (call,) = recording.roots
    assert [line.values("writes")["total"] for line in call.lines if line.plan.text == "total += i"] == [0, 1, 3]


def test_a_statement_of_many_lines_is_one_line_of_the_recording():
    def program(x):
        y = (
            x
            + 1
        )  # fmt: skip
        return [
            y
            for _ in range(3)
        ]  # fmt: skip

    recording = record(program, 1, only=program)
    (call,) = [one for one in recording.all_calls() if one.name == "program"]
    assert len(call.lines) == 2
    assert call.lines[0].values("writes") == {"y": 2}


def test_each_turn_of_a_loop_on_one_line_is_a_line_too(tmp_path):
    file = tmp_path / "one_line.py"
    file.write_text("def program(n):\n    while n: n -= 1\n")
    program = runpy.run_path(str(file))["program"]
    (call,) = record(program, 3, only=file).roots
    assert [line.values("writes")["n"] for line in call.lines][:3] == [2, 1, 0]


def test_small_arrays_are_kept_whole_and_large_ones_by_sample_range_and_norm():
    def program(small, large):
        a = small
        b = large
        return a, b

    large = np.arange(WHOLE + 500, dtype=np.float32)
    lines = own_lines(program, np.arange(WHOLE), large)
    small_at, large_at = wrote(lines, "a = small", "a"), wrote(lines, "b = large", "b")
    assert np.array_equal(small_at.numbers, np.arange(WHOLE))
    assert not small_at.sampled
    assert large_at.sampled
    assert (large_at.shape, large_at.dtype) == (large.shape, large.dtype)
    assert len(large_at.numbers) == SAMPLE
    assert (large_at.numbers[0], large_at.numbers[-1]) == (large[0], large[-1])
    assert (large_at.low, large_at.high) == (0, WHOLE + 499)
    assert large_at.norm == pytest.approx(np.sqrt((large.astype(float) ** 2).sum()), rel=1e-5)


def test_a_transposed_array_is_sampled_at_the_same_places_as_a_copy_of_it():
    def program(a, b):
        return a, b

    across = np.arange(1600.0).reshape(40, 40).T
    (call,) = record(program, across, across.copy(), only=program).roots
    assert np.array_equal(call.args["a"].numbers, call.args["b"].numbers)


def test_parameters_are_known_by_the_names_their_modules_give_them():
    net = nn.Sequential(nn.Linear(2, 3))
    recording = record(lambda: net(torch.ones(1, 2)))
    given = [call.args["weight"] for call in recording.all_calls() if call.name == "check_linear"]
    assert [one.name for one in given] == ["0.weight"]


# ---- what is not to be felt --------------------------------------------------------------------------------


class Watchful:
    """Every way in which looking at a thing can run its code."""

    seen: list[str] = []

    def __getattr__(self, name):
        self.seen.append(name)
        raise AttributeError(name)

    def __repr__(self):
        self.seen.append("repr")
        return "Watchful"

    def __eq__(self, other):
        self.seen.append("eq")
        return True

    def __hash__(self):
        self.seen.append("hash")
        return 1

    def __len__(self):
        self.seen.append("len")
        return 1

    def __bool__(self):
        self.seen.append("bool")
        return True

    @property
    def price(self):
        self.seen.append("price")
        return 1


def test_no_code_of_the_program_is_run_by_looking():
    def program(thing, table):
        other = table is None and (thing.price, thing.missing, table[thing])
        return [thing, other, table]

    thing = Watchful()
    record(program, thing, {"x": thing}, only=program)
    assert Watchful.seen == []


def test_a_subclass_of_dict_is_read_without_its_own_methods():
    class Loud(dict):
        def __getitem__(self, key):
            raise AssertionError("the recorder read an item by the program's code")

        keys = values = items = __iter__ = __len__ = get = __getitem__

    def program(table):
        other = table
        return other

    lines = own_lines(program, Loud(x=1))
    assert wrote(lines, "other = table", "other").items == [("x", 1)]


def training(foreach=None):
    """A few steps on a little net; returns all numbers at the end. Watched, a step moves one parameter at a time."""
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 40), nn.Tanh(), nn.Linear(40, 20), nn.ReLU(), nn.Linear(20, 1))
    optimizer = optim.Adam(net.parameters(), lr=0.01, weight_decay=0.1, foreach=foreach)
    images = torch.rand(8, 3)
    for _ in range(3):
        optimizer.zero_grad()
        loss = (net(images) ** 2).mean()
        loss.backward()
        optimizer.step()
    return [p.array.tobytes() for p in net.parameters()] + [p.gradient.tobytes() for p in net.parameters()]


def test_the_same_program_gives_the_same_numbers_recorded_or_not():
    assert record(training).result == training()


def test_recording_makes_no_node_and_stamps_no_write():
    def ticks():
        before = engine.tick()
        training(foreach=False)
        return engine.tick() - before

    assert record(ticks).result == ticks()


def test_recording_warns_of_nothing_that_the_program_does_not():
    def program():
        a = np.array([np.nan, np.inf, -np.inf, 1.0] * 300, np.float32)
        b = np.full(2000, 6e4, np.float16)
        c = np.zeros(0)
        return a, b, c, float("nan")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record(program, only=program)


def test_bytecode_is_the_same_before_during_and_after():
    functions = [optim.SGD.rule, optim.Optimizer.step, engine.apply, engine.walk_back]

    def codes():
        return [(id(f.__code__), f.__code__.co_code) for f in functions]

    before = codes()
    assert record(codes).result == before
    assert codes() == before


def test_nothing_in_engine_or_optimizer_imports_the_recorder():
    program = "import sys, tinygrad_optim; print([m for m in sys.modules if m.startswith('tinygrad_optim.trace')])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_tensors_are_not_kept_alive():
    with Recorder() as recorder:
        gone = weakref.ref((torch.ones(3) * 2).sqrt())
    assert gone() is None
    assert recorder.recording.lines > 0


def test_other_threads_are_not_recorded():
    with Recorder() as recorder:
        thread = threading.Thread(target=lambda: (torch.ones(2) + 1, found.append(sys.gettrace())))
        found: list[object] = []
        thread.start()
        thread.join()
    assert found == [None]
    assert [call.name for call in recorder.recording.all_calls()] == []


def test_who_looks_on_is_no_part_of_what_is_told():
    def lines():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        with Recorder() as recorder:
            optimizer = optim.SGD([w], lr=0.1)
            (w * w).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
        return [line.plan.text for call in recorder.recording.all_calls() for line in call.lines]

    told = lines()
    mistakes.off()
    try:
        assert lines() == told
    finally:
        mistakes.on()
    assert not any("occasions" in text or "look(" in text for text in told)
