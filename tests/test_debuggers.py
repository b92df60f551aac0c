"""Debuggers: from a program's optimizer.step() straight into the rule; and looking at things changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import engine, nn, optim
from tinygrad_optim.value import Value

ROOT = Path(__file__).parents[1]
PACKAGE = Path(torch.__file__).parent
OPTIMIZER = PACKAGE / "optim" / "optimizer.py"
SCRIPT = """\
import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Linear(2, 1)
optimizer = optim.{name}(net.parameters(), lr=0.1{options})
loss = net(torch.ones(4, 2)).sum()
loss.backward()
optimizer.step()
print("moved to", [p.detach().numpy().tobytes().hex() for p in net.parameters()])
"""
RULES = [("SGD", "sgd", ""), ("Adam", "adam", ""), ("SGD", "sgd", ", foreach=True")]
STEP_LINE = 1 + SCRIPT.splitlines().index("optimizer.step()")


def line_of(path, words):
    """The number of the one line that holds these words."""
    (found,) = [i for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if words in line]
    return found


RULE_CALL = line_of(OPTIMIZER, "= self.rule(")


@pytest.fixture
def environment():
    return {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


@pytest.fixture
def script(tmp_path):
    def write(name, options):
        path = tmp_path / "train.py"
        path.write_text(SCRIPT.format(name=name, options=options), encoding="utf-8")
        return path

    return write


def run_plainly(path, environment):
    return subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, env=environment
    ).stdout


def under_pdb(path, commands, environment):
    """What pdb says, asked these commands."""
    done = subprocess.run(
        [sys.executable, "-m", "pdb", str(path)], input="\n".join([*commands, "q", ""]),
        capture_output=True, text=True, env={**environment, "COLUMNS": "1000"}, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(("name", "rule", "options"), RULES)
def test_pdb_steps_from_the_program_into_step_and_from_there_into_the_rule(script, environment, name, rule, options):
    path = script(name, options)
    commands = [f"b {STEP_LINE}", "c", "s", f"tbreak {OPTIMIZER}:{RULE_CALL}", "c", "s", "w", "p p.shape, g.shape"]
    said = under_pdb(path, commands, environment)
    calls = re.findall(r"^> \S+?(\w+\.py)\(\d+\)(\w+)\(\)\n-> def", said, re.M)
    assert calls == [("optimizer.py", "step"), (f"{rule}.py", rule), (f"{rule}.py", rule)]  # entered twice; shown by w
    stack = re.findall(r"^[> ] \S*?(\w+\.py)\((\d+)\)(\S+?)(?:\(\))?$", said.split("--Call--")[-1], re.M)
    assert [(file, function) for file, _, function in stack[-3:]] == [
        ("train.py", "<module>"),
        ("optimizer.py", "step"),
        (f"{rule}.py", rule),
    ]
    assert "((1, 2), (1, 2))" in said


def test_a_breakpoint_in_a_rule_stops_there_for_each_parameter(script, environment):
    path = script("SGD", "")
    first = line_of(PACKAGE / "optim" / "sgd.py", "if maximize:")
    said = under_pdb(
        path, [f"b {PACKAGE / 'optim' / 'sgd.py'}:{first}", "c", "p p.shape", "c", "p p.shape"], environment
    )
    assert [line.removeprefix("(Pdb) ") for line in said.splitlines() if re.search(r"\(1,( 2)?\)$", line)] == [
        "(1, 2)",
        "(1,)",
    ]


@pytest.mark.parametrize(("name", "rule", "options"), RULES)
def test_an_editors_debugger_does_the_same_and_the_numbers_are_those_of_a_plain_run(
    script, environment, name, rule, options
):
    pytest.importorskip("debugpy", reason="the debug extra is not installed")
    from debug_adapter import Editor

    path = script(name, options)
    printed = path.with_suffix(".out")
    with Editor(path, environment, printed) as editor:
        thread = editor.start(path, [STEP_LINE])
        assert editor.stack(thread)[0][2] == STEP_LINE
        thread = editor.go("stepIn", thread)
        assert editor.stack(thread)[0][0].split(".")[-1] == "step"
        while editor.stack(thread)[0][2] != RULE_CALL:
            thread = editor.go("next", thread)
        shown = editor.variables(editor.stack(thread)[0][3])
        thread = editor.go("stepIn", thread)
        stack = editor.stack(thread)
        assert [frame[0].split(".")[-1] for frame in stack[:3]] == [rule, "step", "<module>"]
        assert [Path(frame[1]).name for frame in stack[:3]] == [f"{rule}.py", "optimizer.py", "train.py"]
        in_rule = editor.variables(stack[0][3])
        editor.ask("continue", threadId=thread)
        editor.event("terminated")
        editor.program.wait(60)
    assert "Parameter containing" in shown["p"][0]
    assert {"grad", "array", "requires_grad"} <= set(shown["p"][1])
    assert {"p", "g", "lr"} <= set(in_rule)
    assert printed.read_text() == run_plainly(path, environment)


def test_the_configuration_for_vs_code_steps_into_the_library():
    for one in json.loads((ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8"))["configurations"]:
        assert (one["type"], one["justMyCode"]) == ("debugpy", False)
    guide = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", guide, re.S)
    assert (
        json.loads(shown)
        in json.loads((ROOT / ".vscode" / "launch.json").read_text(encoding="utf-8"))["configurations"]
    )


def test_the_guides_breakpoint_is_the_first_line_of_the_rule():
    guide = (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")
    named = {int(number) for number in re.findall(r"optim/sgd\.py:(\d+)", guide)}
    assert named == {line_of(PACKAGE / "optim" / "sgd.py", "if maximize:")}


# ---- looking ----------------------------------------------------------------------------------------------


def public_properties(thing):
    found = {name for kind in type(thing).__mro__ for name, one in vars(kind).items() if isinstance(one, property)}
    return sorted(name for name in found if not name.startswith("_"))


def looked_at(thing):
    """All that a debugger does to show a thing: each attribute that dir() names, its length, and its texts."""
    repr(thing), str(thing)
    dict(vars(thing)) if hasattr(thing, "__dict__") else None
    for name in dir(thing):
        with contextlib.suppress(Exception):  # a debugger shows it as text
            getattr(thing, name)
    with contextlib.suppress(TypeError):
        len(thing)


def tensors():
    torch.manual_seed(0)
    net = nn.Linear(2, 1)
    optimizer = optim.Adam(net.parameters(), lr=0.1)
    loss = net(torch.ones(4, 2)).sum()
    loss.backward()
    optimizer.step()
    loss = net(torch.ones(4, 2)).exp().sum()
    value = Value(2.0) * Value(3.0)
    value.backward()
    return {
        "parameter": net.weight, "result": loss, "leaf": torch.ones(2, 2), "view": net.weight[0],
        "integers": torch.arange(3), "number": torch.tensor(1.0, requires_grad=True),
        "value": value, "optimizer": optimizer, "net": net,
        "group": optimizer.param_groups[0], "node": loss.grad_fn,
    }  # fmt: skip


def state_of(thing):
    """What could have changed by being looked at."""
    if isinstance(thing, torch.Tensor):
        gradient = None if thing.gradient is None else thing.gradient.tobytes()
        written = (thing.storage.written, thing.storage.recorded) if thing.storage else (0, 0)
        return thing.array.tobytes(), id(thing.node), thing.needs_grad, gradient, written
    if isinstance(thing, Value):
        return thing.data, thing.grad, thing.parents, thing.locals, thing.number, thing.name
    if isinstance(thing, optim.Optimizer):
        ps = [state_of(p) for group in thing.param_groups for p in group["params"]]
        kept = {id(p): {key: state_of(one) for key, one in state.items()} for p, state in thing.state.items()}
        return ps, kept, [dict(group.origin) for group in thing.param_groups], len(thing.state)
    return repr(thing)


@pytest.mark.parametrize("name", list(tensors()))
def test_looking_at_a_thing_changes_nothing_and_warns_of_nothing(name):
    thing = tensors()[name]
    before = state_of(thing)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        looked_at(thing)
    assert state_of(thing) == before


@pytest.mark.parametrize("name", ["leaf", "optimizer", "value", "group", "net", "node", "integers"])
def test_looking_at_a_thing_leaves_no_mark_on_the_clock(name):
    thing = tensors()[name]
    start = engine.tick()
    looked_at(thing)
    assert engine.tick() == start + 1


@pytest.mark.parametrize("name", ["parameter", "result", "view", "number"])
def test_a_tensors_properties_make_no_node_but_those_that_are_views(name):
    thing = tensors()[name]
    start = engine.tick()
    for name in set(public_properties(thing)) - {"T", "mT", "H", "mH", "real"}:
        getattr(thing, name)
    repr(thing), str(thing), dir(thing), vars(thing)
    assert engine.tick() == start + 1


def test_a_graph_that_was_looked_at_gives_the_gradients_it_would_have_given():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    loss = (y * y).sum()
    for thing in (x, y, loss):
        looked_at(thing)
    for _row in y:
        pass
    loss.backward()
    assert np.allclose(x.grad.numpy(), 2 * np.exp([2.0, 4.0]))
