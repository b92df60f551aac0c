"""Building parameter groups: who goes where, nobody forgotten, nobody twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.optim import SGD, AdamW, groups
from tinygrad_optim.optim.groups import ByPattern, LayerDecay, NoDecay, build


class Net(nn.Module):
    """Names: body.0.weight, body.0.bias, body.2.weight, body.2.bias, head.weight, head.bias."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3))
        self.head = nn.Linear(3, 1)


def names(plan):
    """Each group's names."""
    return [[name for name, _ in group["params"]] for group in plan.groups]


def options(plan):
    return [{key: value for key, value in group.items() if key != "params"} for group in plan.groups]


BODY = ["body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"]

# ---- by name ---------------------------------------------------------------------------------------------------


def test_each_pattern_makes_a_group_with_its_options():
    plan = build(Net(), ByPattern({"body.*": {"lr": 0.1}, "head.*": {"lr": 0.5, "momentum": 0.9}}))
    assert names(plan) == [BODY, ["head.weight", "head.bias"]]
    assert options(plan) == [{"lr": 0.1}, {"lr": 0.5, "momentum": 0.9}]


def test_the_first_pattern_that_matches_wins():
    plan = build(Net(), ByPattern({"*.bias": {"lr": 0.1}, "head.*": {"lr": 0.5}, "*": {}}))
    by_label = dict(zip(plan.labels, names(plan)))
    assert by_label["'*.bias'"] == ["body.0.bias", "body.2.bias", "head.bias"]
    assert by_label["'head.*'"] == ["head.weight"]
    assert by_label["'*'"] == ["body.0.weight", "body.2.weight"]


def test_a_glob_matches_the_whole_name_and_a_regular_expression_a_part_of_it():
    with pytest.raises(ValueError, match="matches nothing"):
        build(Net(), ByPattern({"head": {"lr": 0.5}}, rest={}))
    assert names(build(Net(), ByPattern({re.compile("ead"): {"lr": 0.5}}, rest={})))[1] == ["head.weight", "head.bias"]


def test_the_rest_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no pattern matches body\.0\.weight, .*body\.2\.bias: add a pattern"):
        build(Net(), ByPattern({"head.*": {"lr": 0.5}}))


def test_the_rest_may_have_options_of_its_own():
    plan = build(Net(), ByPattern({"head.*": {"lr": 0.5}}, rest={"lr": 0.01}))
    assert dict(zip(plan.labels, options(plan)))["rest"] == {"lr": 0.01}


def test_a_pattern_that_matches_nothing_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"pattern 'haed\.\*' has no parameter: it matches nothing.*body\.0\.weight"):
        build(Net(), ByPattern({"haed.*": {"lr": 0.5}}, rest={}))
    assert len(build(Net(), ByPattern({"haed.*": {"lr": 0.5}}, rest={}, allow_unused=True)).groups) == 1


def test_a_pattern_that_comes_too_late_is_refused_with_the_one_before_it():
    with pytest.raises(ValueError, match=r"what it matches was taken before by 'body\.\*'"):
        build(Net(), ByPattern({"body.*": {}, "body.0.*": {"lr": 0.5}}, rest={}))


def test_the_pattern_named_as_the_one_before_is_the_one_that_won():
    with pytest.raises(ValueError, match=r"was taken before by 'body\.\*'\. The names"):
        build(Net(), ByPattern({"body.*": {}, "*.weight": {}, "body.0.weight": {"lr": 0.5}}, rest={}))


# ---- by shape and by depth -------------------------------------------------------------------------------------


def test_biases_get_no_decay_and_matrices_do():
    plan = build(Net(), NoDecay(0.05))
    assert names(plan) == [
        ["body.0.weight", "body.2.weight", "head.weight"],
        ["body.0.bias", "body.2.bias", "head.bias"],
    ]
    assert options(plan) == [{"weight_decay": 0.05}, {"weight_decay": 0.0}]


def test_more_names_may_be_kept_from_decay():
    plan = build(Net(), NoDecay(0.05, also=["head.*"]))
    assert names(plan)[0] == ["body.0.weight", "body.2.weight"]
    with pytest.raises(ValueError, match=r"'embed\.\*' of NoDecay\(also=...\) matches nothing"):
        build(Net(), NoDecay(0.05, also=["embed.*"]))


def test_each_layer_further_from_the_output_has_a_smaller_lr():
    plan = build(Net(), LayerDecay(0.8, 0.5, ["body.0.*", "body.2.*", "head.*"]))
    assert [group["lr"] for group in plan.groups] == [0.2, 0.4, 0.8]


def test_without_layers_the_outermost_modules_are_the_layers():
    plan = build(Net(), LayerDecay(0.8, 0.5))
    assert names(plan) == [BODY, ["head.weight", "head.bias"]]
    assert [group["lr"] for group in plan.groups] == [0.4, 0.8]


def test_a_name_in_no_layer_and_a_layer_without_names_are_refused():
    with pytest.raises(ValueError, match=r"head\.weight, head\.bias is in no layer"):
        build(Net(), LayerDecay(0.8, 0.5, ["body.*"]))
    with pytest.raises(ValueError, match=r"'tail\.\*' of LayerDecay matches nothing"):
        build(Net(), LayerDecay(0.8, 0.5, ["body.*", "head.*", "tail.*"]))


def test_criteria_together_make_a_group_for_each_mix():
    plan = build(Net(), LayerDecay(0.8, 0.5), NoDecay(0.05))
    assert options(plan) == [
        {"lr": 0.4, "weight_decay": 0.05},
        {"lr": 0.4, "weight_decay": 0.0},
        {"lr": 0.8, "weight_decay": 0.05},
        {"lr": 0.8, "weight_decay": 0.0},
    ]


def test_two_criteria_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match=r"two criteria give 'head\.weight' the option 'weight_decay': 1.0 and 0.05"):
        build(Net(), ByPattern({"head.*": {"weight_decay": 1.0}}, rest={}), NoDecay(0.05))


def test_a_criterion_of_ones_own_is_taken():
    class Large:
        def prepare(self, names):
            pass

        def place(self, name, p):
            return groups.Place("large", {"lr": 0.1}, "many numbers") if p.numel() > 5 else None

    plan = build(Net(), Large())
    assert plan.labels == ["large", "all"]
    assert names(plan)[0] == ["body.0.weight", "body.2.weight"]


# ---- everyone once -----------------------------------------------------------------------------------------------


def test_frozen_parameters_are_left_out_taken_in_or_refused_as_said():
    net = Net()
    net.body.requires_grad_(False)
    plan = build(net)
    assert names(plan) == [["head.weight", "head.bias"]]
    assert [member.name for member in plan.members if member.group is None] == BODY
    assert len(build(net, frozen="include").groups[0]["params"]) == 6
    with pytest.raises(ValueError, match=r"body\.0\.weight, .* wants no gradient"):
        build(net, frozen="refuse")
    with pytest.raises(ValueError, match="frozen must be"):
        build(net, frozen="yes")


def test_nothing_to_optimize_is_refused():
    with pytest.raises(ValueError, match="there is nothing to optimize"):
        build(Net().requires_grad_(False))


def test_a_name_or_a_parameter_that_is_there_twice_is_refused():
    p, q = (torch.ones(2, requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="the name 'a' is there twice"):
        build([("a", p), ("a", q)])
    with pytest.raises(ValueError, match="'a' and 'b' are one parameter"):
        build([("a", p), ("b", p)])


def test_parameters_without_names_are_refused_with_what_to_give():
    with pytest.raises(TypeError, match=r"named_parameters\(\) instead of parameters\(\)"):
        build(Net().parameters())
    with pytest.raises(TypeError, match="not float"):
        build(1.0)


def test_options_with_params_are_refused():
    with pytest.raises(ValueError, match="fills that in"):
        build(Net(), ByPattern({"*": {"params": []}}))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.text("ab.", min_size=1, max_size=5), st.booleans(), st.integers(0, 3)), unique_by=lambda x: x[0]
    ),
    st.lists(st.text("ab.*?", min_size=1, max_size=3), unique=True, max_size=4),
)
def test_every_trainable_parameter_is_in_exactly_one_group(described, patterns):
    pairs = [("z", torch.ones(2, requires_grad=True))]
    pairs += [(name, torch.ones([2] * dims, requires_grad=trained)) for name, trained, dims in described]
    rows = {pattern: {"lr": 0.1 * k} for k, pattern in enumerate(patterns)}
    plan = build(
        pairs,
        ByPattern(rows, rest={}, allow_unused=True),
        NoDecay(0.1),
        LayerDecay(1.0, 0.5) if not rows else NoDecay(0.1),
    )
    placed = [id(p) for group in plan.groups for _, p in group["params"]]
    assert sorted(placed) == sorted(id(p) for _, p in pairs if p.requires_grad)
    assert sorted(member.name for member in plan.members) == sorted(name for name, _ in pairs)


# ---- into an optimizer, and shown -----------------------------------------------------------------------------------


def test_the_groups_are_plain_dicts_that_an_optimizer_takes_with_names():
    plan = build(Net(), LayerDecay(0.8, 0.5), NoDecay(0.05))
    assert type(plan.groups) is list
    assert {type(group) for group in plan.groups} == {dict}
    optimizer = AdamW(plan.groups, lr=7.0)
    assert [group["lr"] for group in optimizer.param_groups] == [0.4, 0.4, 0.8, 0.8]
    assert optimizer.param_groups[3]["param_names"] == ["head.bias"]
    assert optimizer.param_groups[3].origin["weight_decay"] == "group"


def test_values_can_be_grouped():
    plan = build({"slope": torch.Value(1.0), "offset": torch.Value(0.0)}, ByPattern({"slope": {"lr": 0.1}}, rest={}))
    assert [group["lr"] for group in SGD(plan.groups, lr=0.5).param_groups] == [0.1, 0.5]


def test_the_table_says_who_went_where_and_why():
    net = Net()
    net.body[0].requires_grad_(False)
    plan = build(net, ByPattern({"head.*": {"lr": 0.5}}, rest={}))
    assert str(plan) == "\n".join(
        [
            "group 0 (rest): the optimizer's defaults; 2 tensors, 12 numbers",
            "    body.2.weight  3x3  no pattern matches the name",
            "    body.2.bias    3    no pattern matches the name",
            "group 1 ('head.*'): lr=0.5; 2 tensors, 4 numbers",
            "    head.weight    1x3  name matches 'head.*'",
            "    head.bias      1    name matches 'head.*'",
            "left out: 2 tensors, 9 numbers",
            "    body.0.weight  3x2  frozen: it wants no gradient",
            "    body.0.bias    3    frozen: it wants no gradient",
        ]
    )
