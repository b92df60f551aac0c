"""The story: construct, forward, backward, step, as they happened, of any script and any optimizer."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.optim.optimizer import required
from tinygrad_optim.trace import Recorder, tell


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)

    def forward(self, x):
        return self.second(self.first(x).relu())


class OwnStep(optim.Optimizer):
    """The article's kind: an option that must be given, and a step that writes in place."""

    def __init__(self, params, lr=required):
        super().__init__(params, {"lr": lr})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                state["count"] = state.get("count", 0) + 1
                p.data.add_(p.grad, alpha=-group["lr"])


def whole_step(make, steps=1):
    """The story of making an optimizer and so many steps with it."""
    torch.manual_seed(0)
    net = Net()
    x = torch.ones(4, 2)
    with Recorder() as recorder:
        optimizer = make(net)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (net(x) - 1).square().mean()
            loss.backward()
            optimizer.step()
    return tell(recorder), net


def three_groups(net):
    return optim.SGD(
        [
            {"params": [net.first.weight]},
            {"params": [net.first.bias], "lr": 0.5},
            {"params": net.second.parameters(), "weight_decay": 0.01},
        ],
        lr=0.1,
        momentum=0.9,
    )


def chapters(story, kind):
    return [chapter for chapter in story.chapters if chapter.kind == kind]


def updates(chapter):
    return {update.parameter.name: update for group in chapter.groups for update in group.updates}


def test_a_training_step_is_told_in_four_chapters():
    story, _ = whole_step(three_groups)
    assert [chapter.kind for chapter in story.chapters] == ["construct", "forward", "backward", "step"]
    assert story.notes == []
    assert story.ended_by is None


# ---- construct ---------------------------------------------------------------------------------------------


def test_construct_tells_each_groups_parameters_and_where_each_option_came_from():
    story, _ = whole_step(three_groups)
    (construct,) = chapters(story, "construct")
    assert construct.optimizer == "SGD"
    assert construct.place.text.startswith("return optim.SGD(")
    assert [[one.name for one in group.parameters] for group in construct.groups] == [
        ["first.weight"], ["first.bias"], ["second.weight", "second.bias"],
    ]  # fmt: skip
    told = [{one.name: (one.value, one.origin) for one in group.options} for group in construct.groups]
    assert told[0]["lr"] == (0.1, "from SGD(lr=0.1)")
    assert told[1]["lr"] == (0.5, "given in this group")
    assert told[2]["weight_decay"] == (0.01, "given in this group")
    assert told[2]["dampening"] == (0, "SGD's own default")


def test_a_group_added_later_is_a_chapter_with_the_next_number():
    w, b = torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)
    with Recorder() as recorder:
        optimizer = optim.SGD([w], lr=0.1)
        optimizer.add_param_group({"params": [b], "lr": 0.3})
    made, added = tell(recorder).chapters
    assert not made.added
    assert added.added
    assert [group.number for group in [*made.groups, *added.groups]] == [0, 1]


def test_an_option_assigned_later_says_so_at_the_step():
    def make(net):
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        optimizer.param_groups[0]["lr"] = 0.7
        return optimizer

    story, _ = whole_step(make)
    (group,) = chapters(story, "step")[0].groups
    assert [(one.value, one.origin) for one in group.options if one.name == "lr"] == [(0.7, "assigned later")]


def test_tensors_without_a_name_are_told_by_the_programs_variables():
    weight = torch.ones(2, requires_grad=True)
    with Recorder() as recorder:
        optim.SGD([weight], lr=0.1)
    (construct,) = tell(recorder).chapters
    assert [one.name for one in construct.groups[0].parameters] == ["weight"]


# ---- forward and backward ----------------------------------------------------------------------------------


def test_forward_tells_the_ops_in_order_with_inputs_modules_and_the_programs_lines():
    story, _ = whole_step(three_groups)
    runs = chapters(story, "forward")[0].ops
    assert [run.op for run in runs] == ["linear", "relu", "linear", "sub", "pow", "mean"]
    assert [(one.role, one.who) for one in runs[0].inputs][1:] == [("weight", "first.weight"), ("bias", "first.bias")]
    assert runs[1].inputs[0].who == "result of op 1"
    assert runs[2].module == "second (Linear)"
    assert runs[3].place.text == "loss = (net(x) - 1).square().mean()"
    assert all(run.remembered for run in runs)


def test_ops_in_no_grad_are_told_as_not_remembered():
    w = torch.ones(2, requires_grad=True)
    with Recorder() as recorder, torch.no_grad():
        _ = w * 2
    (forward,) = tell(recorder).chapters
    assert [run.remembered for run in forward.ops] == [False]


def test_backward_tells_each_node_with_what_arrived_and_what_went_on():
    # y = a*b with a=2, b=3: dy/da = 3, dy/db = 2; and a is used once more: a + y.
    a, b = torch.tensor([2.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)
    with Recorder() as recorder:
        (a * b + a).backward()
    _, backward = tell(recorder).chapters
    add, mul = backward.nodes
    assert (add.op, mul.op) == ("add", "mul")
    assert [(one.to, float(one.value.numbers[0])) for one in mul.contributions] == [("a", 3.0), ("b", 2.0)]
    assert [one.formula for one in mul.contributions] == ["dL/dx = g * y", "dL/dy = g * x"]
    assert mul.contributions[0].total.numbers.tolist() == [4.0]  # with the 1 from the sum
    assert {leaf.leaf.name: leaf.after.numbers.tolist() for leaf in backward.leaves} == {"a": [4.0], "b": [2.0]}


def test_backward_tells_where_broadcasting_was_undone():
    b = torch.zeros(2, requires_grad=True)
    with Recorder() as recorder:
        (torch.ones(3, 2) + b).sum().backward()
    given = tell(recorder).chapters[-1].nodes[-1].contributions[0]
    assert given.value.shape == (3, 2)
    assert given.summed.numbers.tolist() == [3.0, 3.0]


def test_a_second_backward_is_told_to_add_to_the_gradient_before():
    w = torch.ones(2, requires_grad=True)
    (w * 2).sum().backward()
    with Recorder() as recorder:
        (w * 3).sum().backward()
    (leaf,) = tell(recorder).chapters[-1].leaves
    assert (leaf.before.numbers[0], leaf.added.numbers[0], leaf.after.numbers[0]) == (2.0, 3.0, 5.0)


def test_an_op_on_two_types_is_told_once():
    with Recorder() as recorder:
        _ = torch.tensor([1, 2]) * torch.tensor([0.5, 0.5])
    (forward,) = tell(recorder).chapters
    assert [run.op for run in forward.ops].count("mul") == 1


def test_values_are_told_as_tensors_are():
    a, b = Value(2.0, name="a"), Value(3.0, name="b")
    with Recorder() as recorder:
        optimizer = optim.SGD([a, b], lr=0.1)
        (a * b + a).backward()
        optimizer.step()
    story = tell(recorder)
    assert [chapter.kind for chapter in story.chapters] == ["construct", "forward", "backward", "step"]
    assert [run.op for run in story.chapters[1].ops] == ["mul", "add"]
    assert {leaf.leaf.name: leaf.after for leaf in story.chapters[2].leaves} == {"a": 4.0, "b": 2.0}
    told = updates(story.chapters[3])
    assert (told["a"].old, told["a"].new) == (2.0, 2.0 - 0.1 * 4.0)


# ---- step --------------------------------------------------------------------------------------------------


def test_step_tells_each_parameters_gradient_rule_state_and_new_value():
    story, net = whole_step(three_groups, steps=2)
    first, second = (updates(chapter) for chapter in chapters(story, "step"))
    weight = first["second.weight"]
    assert weight.group == 2
    assert weight.rule == "sgd"
    assert weight.made_of[0].startswith("linear_vjp_weight: dL/d(weight) = g^T @ x")
    assert weight.state_before == {}
    assert {one.name: one.origin for one in weight.options}["weight_decay"] == "given in this group"
    assert np.array_equal(first["first.bias"].new.numbers, second["first.bias"].old.numbers)
    assert np.array_equal(second["first.bias"].new.numbers, net.first.bias.array)
    kept = first["first.bias"].state_after["momentum_buffer"], second["first.bias"].state_before["momentum_buffer"]
    assert np.array_equal(kept[0].numbers, kept[1].numbers)


def test_only_the_lines_that_ran_are_told():
    story, _ = whole_step(three_groups)
    told = updates(chapters(story, "step")[0])
    texts = {name: [line.place.text for line in update.lines] for name, update in told.items()}
    assert "g = g + weight_decay * p" in texts["second.weight"]
    assert "g = g + weight_decay * p" not in texts["first.weight"]
    assert texts["first.weight"][-1].startswith("return p - lr * g")


def test_a_parameter_without_gradient_is_told_to_stay():
    idle, used = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    used.sum().backward()
    optimizer = optim.SGD([used, idle], lr=0.1)
    with Recorder() as recorder:
        optimizer.step()
    (group,) = tell(recorder).chapters[0].groups
    assert [one.name for one in group.idle] == ["idle"]
    assert list(updates(tell(recorder).chapters[0])) == ["used"]


def test_a_step_of_its_own_is_told_by_its_lines():
    story, net = whole_step(lambda net: OwnStep([{"params": net.parameters(), "lr": 0.25}]))
    (step,) = chapters(story, "step")
    told = updates(step)
    weight = told["second.weight"]
    assert weight.rule == ""
    assert [line.place.text for line in weight.lines][-1] == 'p.data.add_(p.grad, alpha=-group["lr"])'
    assert [(one.name, one.value, one.origin) for one in weight.options] == [("lr", 0.25, "given in this group")]
    assert weight.state_after == {"count": 1}
    assert np.array_equal(weight.new.numbers, net.second.weight.array)
    assert weight.proof.holds is None
    assert len(chapters(story, "forward")) == 1  # the step's own arithmetic is no forward pass


def test_a_closure_is_told_before_the_step_that_ran_it():
    w = torch.ones(2, requires_grad=True)
    with Recorder() as recorder:
        optimizer = optim.SGD([w], lr=0.1)

        def closure():
            loss = (w * w).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
    story = tell(recorder)
    assert [chapter.kind for chapter in story.chapters] == ["construct", "forward", "backward", "step"]
    assert updates(story.chapters[-1])["w"].made_of != []


def test_a_step_with_hooks_is_told_once():
    w = torch.ones(2, requires_grad=True)
    w.sum().backward()
    optimizer = optim.SGD([w], lr=0.1)
    optimizer.register_step_post_hook(lambda *args: None)
    with Recorder() as recorder:
        optimizer.step()
    assert [chapter.kind for chapter in tell(recorder).chapters] == ["step"]


def test_an_exception_ends_the_story_at_its_line():
    recorder = Recorder()
    with pytest.raises(RuntimeError), recorder:
        torch.ones(2, requires_grad=True).backward()
    assert "raise RuntimeError(" in tell(recorder).ended_by


def test_the_story_is_json_also_where_numbers_are_not_finite():
    w = torch.tensor([np.inf, 1.0, np.nan], requires_grad=True)
    with Recorder() as recorder:
        optimizer = optim.Adam([w])
        (w * w).sum().backward()
        optimizer.step()
    again = json.loads(json.dumps(tell(recorder).to_dict(), allow_nan=False))
    old = again["chapters"][-1]["groups"][0]["updates"][0]["old"]
    assert old["numbers"] == ["inf", 1.0, "nan"]
