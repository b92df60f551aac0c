"""The same lens on PyTorch: its steps told by its own source, and its programs left as they are."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from tinygrad_optim.trace import Recorder, tell
from tinygrad_optim.trace.lens import as_numpy

torch = pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")
ROOT = Path(__file__).parents[2]


def program(kind, steps=2, **options):
    """Two groups, and a parameter that never has a gradient; returns (net, optimizer, a function that trains)."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    net.idle = torch.nn.Parameter(torch.ones(2))
    groups = [{"params": net[0].parameters()}, {"params": [*net[2].parameters(), net.idle], "lr": 0.5}]
    history = []

    def train():
        optimizer = getattr(torch.optim, kind)(groups, lr=0.1, **options)
        for _ in range(steps):
            optimizer.zero_grad()
            (net(torch.ones(4, 2)) ** 2).mean().backward()
            before = [p.detach().numpy().copy() for p in net.parameters()]
            gradients = [None if p.grad is None else p.grad.numpy().copy() for p in net.parameters()]
            optimizer.step()
            kept = {
                name: {key: as_numpy(value) for key, value in optimizer.state[p].items()}
                for name, p in net.named_parameters()
            }
            history.append((before, gradients, [p.detach().numpy().copy() for p in net.parameters()], kept))
        return optimizer

    return net, train, history


def story_of(kind, **options):
    net, train, history = program(kind, **options)
    with Recorder(only="torch.optim") as recorder:
        train()
    return net, tell(recorder), history, recorder


SINGLE = [
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    ("Adam", {"weight_decay": 0.1}),
    ("AdamW", {"amsgrad": True}),
    ("RMSprop", {"momentum": 0.5}),
    ("Adagrad", {}),
    ("NAdam", {}),
    ("Rprop", {}),
]


@pytest.mark.parametrize(("kind", "options"), SINGLE)
def test_a_step_is_told_with_the_numbers_before_and_after(kind, options):
    net, story, history, _ = story_of(kind, foreach=False, **options)
    names = [name for name, _ in net.named_parameters()]
    steps = [chapter for chapter in story.chapters if chapter.kind == "step"]
    assert [step.optimizer for step in steps] == [kind, kind]
    for step, (before, gradients, after, kept) in zip(steps, history):
        told = {update.parameter.name: update for group in step.groups for update in group.updates}
        assert [one.name for group in step.groups for one in group.idle] == ["idle"]
        assert [[u.parameter.name for u in group.updates] for group in step.groups] == [
            ["0.weight", "0.bias"],
            ["2.weight", "2.bias"],
        ]
        for name, update in told.items():
            i, state = names.index(name), kept[name]
            assert np.array_equal(update.old.numbers, before[i])
            assert np.array_equal(update.gradient.numbers, gradients[i])
            assert np.array_equal(update.new.numbers, after[i])
            for key, value in state.items():
                assert np.array_equal(update.state_after[key].numbers, value), key


def test_the_lines_are_pytorchs_own_for_each_parameter():
    _, story, _, _ = story_of("SGD", foreach=False, momentum=0.9)
    step = story.chapters[1]
    assert step.place.text == "optimizer.step()"
    for group in step.groups:
        for update in group.updates:
            assert update.rule == "_single_tensor_sgd"
            assert update.formula == "PyTorch's own lines, in torch/optim/sgd.py"
            assert update.lines[0].place.text.startswith("grad = grads[i]")
            assert update.lines[-1].place.text == "param.add_(grad, alpha=-lr)"
            assert [change.name for change in update.lines[-1].writes] == ["param"]


def test_options_are_told_with_their_origin_where_the_making_was_recorded():
    _, story, _, _ = story_of("SGD", foreach=False)
    origins = [
        {option.name: option.origin for option in group.updates[0].options} for group in story.chapters[1].groups
    ]
    assert (origins[0]["lr"], origins[1]["lr"]) == ("from SGD(lr=0.1)", "given in this group")


def test_a_step_with_foreach_is_told_for_the_group_and_a_note_says_how_to_see_more():
    _, story, history, _ = story_of("SGD", foreach=True, momentum=0.9)
    update = story.chapters[1].groups[0].updates[0]
    assert update.rule == "_multi_tensor_sgd"
    assert np.array_equal(update.new.numbers, history[0][2][1])
    assert any("foreach=False" in note for note in story.notes)


def test_an_optimizer_of_the_programs_own_is_told_by_its_own_step(tmp_path):
    class Plain(torch.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])

    w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    with Recorder(only="torch.optim", also=__file__) as recorder:
        optimizer = Plain([w], 0.5)
        (w * w).sum().backward()
        optimizer.step()
    update = tell(recorder).chapters[-1].groups[0].updates[0]
    assert (update.parameter.name, update.old.numbers.tolist(), update.new.numbers.tolist()) == ("w", [1, 2], [0, 0])


@pytest.mark.parametrize("foreach", [False, True])
def test_the_program_runs_as_it_would_have_run(foreach):
    _, train, plain = program("Adam", foreach=foreach)
    train()
    _, _, recorded, _ = story_of("Adam", foreach=foreach)
    for a, b in zip(plain, recorded):
        for x, y in zip(a[2], b[2]):
            assert np.array_equal(x, y)


def test_reading_a_tensor_leaves_no_trace_in_it():
    w = torch.nn.Parameter(torch.arange(6.0))
    result = w * 2
    version, node = w._version, result.grad_fn
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Recorder(also=__file__) as recorder:
            look(w, result)
    assert recorder.recording.notes == []
    assert (w._version, result.grad_fn, w.grad) == (version, node, None)
    w.detach().resize_(8)  # numpy would have fixed the size


def look(w, result):
    shape, gradient, numbers = w.shape, result.requires_grad, w.data
    return shape, gradient, numbers


def test_what_numpy_has_no_type_for_or_no_numbers_of_is_told_as_far_as_it_can_be():
    things = {
        "half": torch.ones(2, dtype=torch.bfloat16),
        "meta": torch.ones(2, device="meta"),
        "big": torch.ones(9999),
    }

    def use(half, meta, big):
        return half, meta, big

    with Recorder(also=__file__) as recorder:
        use(**things)
    args = next(call.args for call in recorder.recording.all_calls() if call.name == "use")
    assert args["half"].array.numbers.tolist() == [1, 1]
    assert args["meta"].array.numbers is None
    assert (args["big"].array.low, args["big"].array.numbers.size) == (1, 64)


SCRIPT = """
import torch
torch.manual_seed(0)
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for _ in range(5):
    optimizer.zero_grad()
    net(torch.ones(4, 2)).sum().backward()
    optimizer.step()
print(net.weight.tolist())
"""


def run(*args):
    return subprocess.run(
        [sys.executable, "-m", "tinygrad_optim", *map(str, args)], capture_output=True, text=True, cwd=ROOT, timeout=120
    )


def test_the_command_tells_a_pytorch_script_and_leaves_its_output(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    done = run("trace", "--package", "torch.optim", "--from-step", 3, "--steps", 2, path)
    assert done.returncode == 0, done.stderr
    plain = subprocess.run([sys.executable, path], capture_output=True, text=True).stdout
    assert done.stdout.startswith(plain)
    assert "_single_tensor_adam: PyTorch's own lines, in torch/optim/adam.py" in done.stdout
    assert done.stdout.count("STEP: Adam.step()") == 2
