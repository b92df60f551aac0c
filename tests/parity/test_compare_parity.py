"""A script run here and with PyTorch, side by side."""

from __future__ import annotations

import re

import pytest

from tinygrad_optim.cli import main
from tinygrad_optim.trace.compare import compare

pytest.importorskip("torch", reason="parity needs PyTorch, which is not installed here")

SCRIPT = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
groups = [{{"params": net[0].parameters()}}, {{"params": net[2].parameters(), "lr": 0.05}}]
optimizer = optim.{kind}(groups, lr=0.1{options})
for _ in range(3):
    optimizer.zero_grad()
    loss = (net(torch.ones(4, 2)) ** 2).mean()
    loss.backward()
    optimizer.step()
"""


@pytest.fixture
def script(tmp_path):
    def write(kind, options="", text=SCRIPT):
        path = tmp_path / "train.py"
        path.write_text(text.format(kind=kind, options=options))
        return path

    return write


def pairs(update):
    """[(line here, line there)] of the rows that have both."""
    return [(row.ours.text, row.theirs.text) for row in update.rows if row.ours and row.theirs]


def test_lines_of_sgd_are_paired_with_those_of_pytorch_that_make_the_same(script):
    comparison = compare(script("SGD", ", momentum=0.9, weight_decay=0.1, nesterov=True"), steps=2)
    assert [(one.step, one.group, one.name) for one in comparison.updates] == [
        (step, group, name)
        for step in (1, 2)
        for group, name in [(0, "0.weight"), (0, "0.bias"), (1, "2.weight"), (1, "2.bias")]
    ]
    assert all(one.same for one in comparison.updates)
    second = pairs(comparison.updates[4])
    assert second == [
        ("the gradient", "the gradient"),
        ("g = g + weight_decay * p", "grad = grad.add(param, alpha=weight_decay)"),
        (
            "v = g if momentum_buffer is None else momentum * momentum_buffer + (1 - dampening) * g",
            "buf.mul_(momentum).add_(grad, alpha=1 - dampening)",
        ),
        ("g = g + momentum * v if nesterov else v", "grad = grad.add(buf, alpha=momentum)"),
        ("return p - lr * g, v", "param.add_(grad, alpha=-lr)"),
    ]
    assert pairs(comparison.updates[0])[2][1] == "buf = grad.detach().clone()"


@pytest.mark.parametrize(
    "kind", ["Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "Rprop", "ASGD"]
)
def test_of_every_rule_the_new_value_is_paired_with_the_line_that_writes_it(script, kind):
    comparison = compare(script(kind), steps=2)
    assert comparison.error is None
    assert len(comparison.updates) == 8
    for update in comparison.updates:
        assert update.same, (update.name, update.difference)
        assert [theirs for _, theirs in pairs(update) if re.match(r"param\.(add|addcdiv|addcmul)_", theirs)]


def test_a_script_that_imports_torch_is_compared_just_so(script):
    path = script("SGD", text=SCRIPT.replace("tinygrad_optim", "torch"))
    assert all(one.same for one in compare(path).updates)


def test_where_the_runs_part_is_said(script):
    text = SCRIPT + "\n"
    path = script("SGD", text=text.replace("lr=0.1{options})", "lr=0.1 if 'tiny' in torch.__name__ else 0.2{options})"))
    comparison = compare(path)
    assert not comparison.updates[0].same
    assert comparison.verdict.startswith("the runs part in step 1, at 0.weight")
    assert "DIFFER" in comparison.to_text()


def test_a_run_that_fails_is_named_with_its_error(script):
    text = SCRIPT + "\nif 'tiny' not in torch.__name__:\n    raise LookupError('there')\n"
    comparison = compare(script("SGD", text=text))
    assert isinstance(comparison.error, LookupError)
    assert any("the run with torch ended with LookupError: there" in note for note in comparison.notes)


def test_the_command_prints_two_columns_and_writes_a_page(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    page = tmp_path / "page.html"
    assert main(["compare", "--html", str(page), str(script("Adam"))]) == 0
    said = capsys.readouterr().out
    assert re.search(
        r"adam\.py:\d+ +m = beta1 \* exp_avg .* = adam\.py:\d+ +exp_avg\.lerp_\(grad, 1 - device_beta1\)", said
    )
    assert max(map(len, said.splitlines()[3:-3])) <= 120
    assert "exp_avg.lerp_(grad, 1 - device_beta1)" in page.read_text(encoding="utf-8")


def test_the_page_escapes_what_comes_from_the_program(script):
    text = SCRIPT.replace("net[0].parameters()", "[('<b>', net[0].weight)]").replace(
        "net[2].parameters()", "[('<i>', net[2].weight)]"
    )
    page = compare(script("SGD", text=text)).to_html()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
