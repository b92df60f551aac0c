"""What the program's own lines do to parameter groups, and where a step begins and ends."""

from __future__ import annotations

import pytest

from tinygrad_optim.trace import tell
from tinygrad_optim.trace.page_data import PageData
from tinygrad_optim.trace.scenes import screenplay
from tinygrad_optim.trace.script import run_script

HEAD = """\
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
a, b = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
"""


@pytest.fixture
def told(tmp_path):
    """A function: the story of a program, given without its first lines."""

    def of(program):
        path = tmp_path / "program.py"
        path.write_text(HEAD + program)
        return tell(run_script(path).recording)

    return of


def changes(story):
    """(the line's text, what it did) for every line that changed a group."""
    return [
        (one.line.place.text, [(change.name, change.before, change.after) for change in group.changes])
        for one in story.own
        for group in one.groups
    ]


def test_an_assignment_to_a_group_is_that_lines_own(told):
    story = told("""\
optimizer = optim.SGD([a, b], lr=0.1)
optimizer.param_groups[0]["lr"] = 0.5
optimizer.param_groups[0]["lr"] = 0.5
""")
    assert changes(story) == [('optimizer.param_groups[0]["lr"] = 0.5', [("group 0 lr", 0.1, 0.5)])]
    assert "group 0 lr = 0.5" in story.to_text()


def test_a_change_made_while_a_step_is_taken_is_told_when_the_step_is_over(told):
    story = told("""\
def halve(optimizer, args, kwargs):
    for group in optimizer.param_groups: group["lr"] /= 2
optimizer = optim.SGD([a], lr=0.1)
schedule = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
def both():
    optimizer.step(); schedule.step()
a.sum().backward()
both()
""")
    play = screenplay(story)
    at = [number for number, one in enumerate(play.scenes) if any(c.name == "group 0 lr (StepLR)" for c in one.writes)]
    step = next(part.first for part in play.parts if part.kind == "step" and part.depth == 1)
    assert len(at) == 1
    assert at[0] >= step
    assert play.scenes[at[0]].says.startswith("a has moved")
    begins = {scene: changed for scene, _, changed in PageData(story).as_dict()["begins"]}
    assert begins[at[0]] == [[0, "lr", "0.1", "0.05", "StepLR"]]


def test_two_optimizers_of_one_type_keep_their_groups_apart(told):
    story = told("""\
first, second = optim.SGD([a], lr=0.1), optim.SGD([b], lr=0.2)
(a.sum() + b.sum()).backward()
first.step()
second.step()
""")
    data = PageData(story).as_dict()
    assert [changed for _, _, changed in data["begins"]] == [[]] * len(data["begins"])
    assert all(len(groups) == 1 for _, groups in data["tables"])


def test_steps_in_a_function_called_in_a_loop_begin_at_that_loop(told):
    story = told("""\
optimizer = optim.SGD([a], lr=0.1)
def train():
    a.sum().backward()
    optimizer.step()
i = 0
while i < 2:
    train()
    i = i + 1
print(i)
""")
    play = screenplay(story)
    first = [play.scenes[part.first].place.text.split("\n")[0] for part in play.parts if part.depth == 0]
    titles = [part.title.split(",")[0] for part in play.parts if part.depth == 0]
    assert titles[2:] == ["Before the first step", "Step 1", "Step 2", "Afterwards"]
    assert first[3:] == ["while i < 2:"] * 3


def test_without_a_loop_a_step_begins_after_the_one_before(told):
    story = told("""\
optimizer = optim.SGD([a], lr=0.1)
a.sum().backward()
optimizer.step()
print("between")
a.sum().backward()
optimizer.step()
""")
    play = screenplay(story)
    second = next(part.first for part in play.parts if part.title.startswith("Step 2"))
    assert play.scenes[second].place.text == 'print("between")'
    assert not any(part.kind == "after" for part in play.parts)
