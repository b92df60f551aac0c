"""explain: what the next step will do with a parameter, told before it does it, and nothing changed by the telling."""

from __future__ import annotations

import json
import re
import sys
import warnings

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import Value, nn, optim
from tinygrad_optim.engine import Node
from tinygrad_optim.rng import default_generator
from tinygrad_optim.trace import Recorder, explain, tell
from tinygrad_optim.trace.explain_finding import UnknownParameter
from tinygrad_optim.trace.explain_gradient import living_nodes

CASES = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "foreach": True}),
    (optim.SGD, {"lr": torch.tensor(0.1), "momentum": 0.5}),
    (optim.Adam, {"lr": 0.1}),
    (optim.Adam, {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True, "foreach": True}),
    (optim.Adam, {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    (optim.AdamW, {"lr": 0.1, "betas": (0.5, 0.75)}),
    (optim.AdamW, {"lr": 0.1, "amsgrad": True, "maximize": True}),
    (optim.NAdam, {"lr": 0.1}),
    (optim.NAdam, {"lr": 0.1, "weight_decay": 0.1, "momentum_decay": 0.1, "decoupled_weight_decay": True}),
    (optim.RAdam, {"lr": 0.1, "weight_decay": 0.1}),
    (optim.RAdam, {"lr": 0.1, "betas": (0.9, 0.5)}),
    (optim.Adamax, {"lr": 0.1, "weight_decay": 0.1}),
    (optim.Adadelta, {"weight_decay": 0.1}),
    (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    (optim.RMSprop, {"lr": 0.1}),
    (optim.RMSprop, {"lr": 0.1, "momentum": 0.5, "centered": True, "weight_decay": 0.1, "foreach": True}),
    (optim.Rprop, {"lr": 0.1}),
    (optim.Rprop, {"lr": 0.1, "etas": (0.4, 1.5), "maximize": True}),
    (optim.ASGD, {"lr": 0.1}),
    (optim.ASGD, {"lr": 0.1, "t0": 1, "weight_decay": 0.1, "lambd": 0.01}),
    (optim.Adafactor, {"lr": 0.1, "weight_decay": 0.1}),
    (optim.Muon, {"lr": 0.1}),
    (optim.Muon, {"lr": 0.1, "nesterov": False, "weight_decay": 0}),
]
DTYPES = [torch.float32, torch.float64]


def made(cls, options, dtype=torch.float64, shape=(3, 4), steps=2):
    """A parameter and its optimizer after some steps, with the gradient of the next one."""
    rng = np.random.default_rng(0)
    p = torch.tensor(rng.normal(size=shape), dtype=dtype, requires_grad=True)
    optimizer = cls([("w", p)], **options)
    for step in range(steps + 1):
        p.grad = torch.tensor(rng.normal(size=shape), dtype=dtype)
        if step < steps:
            optimizer.step()
    return p, optimizer


def bits(p, optimizer):
    """All that a step may change, bit for bit; and what tells of writes and histories."""
    kept = []
    for group in optimizer.param_groups:
        for q in group["params"]:
            state = optimizer.state.get(q, {})
            arrays = {key: np.asarray(getattr(one, "array", one)).tobytes() for key, one in state.items()}
            storage = getattr(q, "storage", None)
            kept.append((np.asarray(q.array).tobytes(), np.asarray(q.gradient).tobytes(), arrays, list(state)))
            kept.append((id(storage), getattr(storage, "written", 0), id(getattr(q, "node", None))))
        kept.append((dict(group.origin), {k: repr(v) for k, v in group.items()}, group.checked))
    return kept, len(optimizer.state), default_generator.get_state().array.tobytes()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("cls", "options"), CASES)
def test_what_is_told_is_what_the_step_then_does_and_the_telling_changes_nothing(cls, options, dtype):
    p, optimizer = made(cls, options, dtype)
    before = bits(p, optimizer)
    told = explain(optimizer, "w")
    assert bits(p, optimizer) == before
    assert told.update.proof.holds is True  # the recorded lines replay to the new value
    optimizer.step()
    assert told.update.new.numbers.tobytes() == p.array.tobytes()
    for key, value in told.update.state_after.items():
        assert np.asarray(getattr(value, "numbers", value)).tobytes() == optimizer.state[p][key].array.tobytes()
    assert told.moves is True
    assert str(told)
    json.dumps(told.to_dict(), allow_nan=False)


ELEMENTWISE = [case for case in CASES if case[0].elementwise]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(("cls", "options"), ELEMENTWISE)
def test_the_equation_gives_the_new_element_bit_for_bit(cls, options, dtype):
    p, optimizer = made(cls, options, dtype)
    told = explain(optimizer, "w", element=(1, 2))
    optimizer.step()
    assert told.equation.element == (1, 2)
    assert told.equation.gives.tobytes() == p.array[1, 2].tobytes()


@pytest.mark.parametrize(("cls", "options"), ELEMENTWISE)
def test_the_equation_read_as_python_computes_the_step(cls, options):
    p, optimizer = made(cls, options)
    told = explain(optimizer, "w")
    state = {key: one.array.copy() for key, one in optimizer.state[p].items()}
    names = {"p": p.array.copy(), "g": p.gradient, **{k: v for k, v in optimizer.param_groups[0].items()}, **state}
    names["lr"] = float(options.get("lr", names["lr"]))
    names |= {one.name: one.value for one in told.update.options if one.origin == "kept in the state"}
    for function in ("sqrt", "maximum", "minimum", "where", "sign", "abs"):
        names[function] = getattr(np, function)
    for line in told.equation.names:
        exec(line.replace("'", "_new"), names)
    optimizer.step()
    assert np.array_equal(names["p_new"], p.array)


@pytest.mark.parametrize(("cls", "options"), CASES)
def test_without_an_option_is_what_the_step_does_with_it_off(cls, options):
    told = explain(made(cls, options)[1], "w")
    for one in told.without:
        p, optimizer = made(cls, options)
        group, old = optimizer.param_groups[0], p.array.copy()
        if one.option == "betas[0]":
            group["betas"] = (0.0, group["betas"][1])
        else:
            group[one.option] = one.off
        optimizer.step()
        assert np.array_equal(one.change.numbers, p.array - old)
    on = {key for key, value in optimizer_options(cls, options).items() if value}
    assert {one.option for one in told.without} >= on & {"weight_decay", "momentum", "nesterov", "amsgrad", "maximize"}


def optimizer_options(cls, options):
    return made(cls, options, steps=0)[1].param_groups[0]


def test_the_equation_is_the_one_worked_out_by_hand():
    # p = 2, g = 1, velocity 3: v' = 0.9*3 + (1 + 0.5*2) = 4.7, p' = 2 - 0.1*4.7 = 1.53.
    p = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    p.grad = torch.tensor([1.0], dtype=torch.float64)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.5)
    optimizer.state[p] = {"momentum_buffer": torch.tensor([3.0], dtype=torch.float64)}
    told = explain(optimizer, p)
    assert told.equation.names == [
        "momentum_buffer' = momentum * momentum_buffer + (1 - dampening) * (g + weight_decay * p)",
        "p' = p - lr * momentum_buffer'",
    ]
    assert told.equation.numbers == [
        "momentum_buffer' = 0.9 * 3 + 1 * (1 + 0.5 * 2) = 4.7",
        "p' = 2 - 0.1 * 4.7 = 1.53",
    ]
    changes = {one.option: one.change.numbers for one in told.without}
    assert changes["weight_decay"] == pytest.approx([-0.37])
    assert changes["momentum"] == pytest.approx([-0.2])
    assert told.change.numbers == pytest.approx([-0.47])


def test_an_equation_keeps_the_order_in_which_the_rule_computes():
    _, optimizer = made(optim.AdamW, {"weight_decay": 0})
    assert explain(optimizer, "w").equation.names == [
        "exp_avg' = betas[0] * exp_avg + (1 - betas[0]) * g",
        "exp_avg_sq' = betas[1] * exp_avg_sq + (1 - betas[1]) * (g * g)",
        "p' = p - lr * (exp_avg' / (1 - betas[0]**step)) / (sqrt(exp_avg_sq' / (1 - betas[1]**step)) + eps)",
    ]


# ---- which parameter ---------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Linear(2, 3)
        self.fc = nn.Linear(3, 1)
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        return self.fc(self.conv(x).relu())


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


@pytest.fixture
def optimizer(net):
    return optim.SGD(
        [
            {"params": [net.conv.weight, net.conv.bias], "lr": 0.01},
            {"params": [net.fc.weight], "weight_decay": 0.5},
            {"params": [net.fc.bias, net.unused.weight]},
        ],
        lr=0.1,
    )


def loss_of(net):
    return net(torch.ones(4, 2)).square().mean()


def test_a_parameter_is_meant_by_name_by_itself_or_by_group_and_place(net, optimizer):
    for which in ("fc.bias", net.fc.bias, (2, 0)):
        told = explain(optimizer, which)
        assert (told.parameter.name, told.group, told.place) == ("fc.bias", 2, 0)
        assert told.beside == ["unused.weight"]
        assert told.groups == 3


def test_a_name_given_to_the_optimizer_goes_first(net):
    optimizer = optim.SGD([("mine", net.fc.bias)], lr=0.1)
    assert explain(optimizer, "mine").named_by == "as the optimizer was given it"
    assert "as the optimizer was given it" in str(explain(optimizer, (0, 0)))


@pytest.mark.parametrize("which", ["fc.wight", (3, 0), (0, 7)])
def test_an_unknown_parameter_is_a_key_error_that_lists_the_groups(optimizer, which):
    with pytest.raises(KeyError) as error:
        explain(optimizer, which)
    assert isinstance(error.value, UnknownParameter)
    assert "group 1: fc.weight; group 2: fc.bias, unused.weight" in str(error.value)
    assert ("Did you mean 'fc.weight'?" in str(error.value)) == (which == "fc.wight")


@pytest.mark.parametrize("which", [3, None, ("fc", "bias"), (0, 0, 0)])
def test_what_can_mean_no_parameter_is_a_type_error(optimizer, which):
    with pytest.raises(TypeError, match="by its name, by itself or by"):
        explain(optimizer, which)


def test_what_is_no_optimizer_is_a_type_error(net):
    with pytest.raises(TypeError, match="not Net"):
        explain(net, "fc.bias")


# ---- options and their origins -----------------------------------------------------------------------------


def origins(told):
    return {one.name: one.origin for one in told.options}


def test_each_option_says_where_it_came_from(net, optimizer):
    optimizer.param_groups[1]["lr"] = 0.5
    assert origins(explain(optimizer, "conv.bias"))["lr"] == "given in this group"
    assert origins(explain(optimizer, "fc.bias"))["lr"] == "from SGD(lr=0.1)"
    assert origins(explain(optimizer, "fc.bias"))["momentum"] == "SGD's own default"
    assert origins(explain(optimizer, "fc.weight"))["lr"] == "assigned later"


def test_an_option_set_by_a_scheduler_names_it(net, optimizer):
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    assert origins(explain(optimizer, "fc.bias"))["lr"] == "StepLR"


def test_a_group_added_while_training_is_explained(net, optimizer):
    loss_of(net).backward()
    optimizer.step()
    optimizer.add_param_group({"params": [net.unused.bias], "lr": 0.7})
    net.unused.bias.grad = torch.ones(1)
    told = explain(optimizer, "unused.bias")
    assert (told.group, told.groups, origins(told)["lr"]) == (3, 4, "given in this group")
    assert told.change.numbers == pytest.approx([-0.7])


# ---- where the gradient came from --------------------------------------------------------------------------


def test_the_gradients_way_is_told_op_by_op_from_the_loss(net, optimizer):
    loss = loss_of(net)
    loss.backward()
    told = explain(optimizer, "conv.bias")
    assert [one.rule for one in told.passages] == [
        "mean_vjp_x",
        "pow_vjp_x",
        "linear_vjp_x",
        "relu_vjp_x",
        "linear_vjp_bias",
    ]
    texts = [one.place.text for one in told.passages]
    assert texts[0].startswith("return net(torch.ones(4, 2))")
    assert texts[-1] == "return self.fc(self.conv(x).relu())"
    assert told.walked is True
    assert any("gradients in between cannot be known any more" in note for note in told.gradient_notes)


def test_once_nothing_holds_the_loss_its_ops_cannot_be_known(net, optimizer):
    loss_of(net).backward()
    told = explain(optimizer, "conv.bias")
    assert told.passages == []
    assert any("nothing holds the loss" in note for note in told.gradient_notes)


def test_a_graph_of_an_earlier_step_is_not_taken_for_this_ones(net, optimizer):
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        losses.append(loss_of(net))
        losses[-1].backward()
        if len(losses) == 1:
            optimizer.step()
    assert len(explain(optimizer, "conv.bias").passages) == 5


def test_the_loss_may_be_given(net, optimizer):
    first, second = loss_of(net), net(torch.ones(1, 2)).sum()
    assert [one.op for one in explain(optimizer, "fc.bias", loss=second).passages] == ["sum", "linear"]
    assert [one.op for one in explain(optimizer, "fc.bias", loss=first).passages] == ["mean", "pow", "linear"]


def test_the_graph_is_left_as_it_was(net, optimizer):
    loss = loss_of(net)
    before = len(living_nodes(Node))
    explain(optimizer, "fc.weight")
    explain(optimizer, "fc.weight", loss=loss)
    assert len(living_nodes(Node)) == before
    loss.backward()  # nothing it keeps was let go
    assert net.fc.weight.grad is not None


def test_after_a_step_it_says_what_cannot_be_known_any_more(net, optimizer):
    loss = loss_of(net)
    loss.backward()
    assert "watch() keeps them" not in str(explain(optimizer, "fc.bias"))
    optimizer.step()
    told = str(explain(optimizer, "fc.bias"))
    assert "this tells the next one" in told
    assert "watch() keeps them" in told


# ---- why it does not move ----------------------------------------------------------------------------------


def reason(optimizer, which):
    told = explain(optimizer, which)
    assert told.moves is False
    assert "will not move it" in str(told)
    return told.reasons[0]


def test_in_no_group(net, optimizer):
    assert "in no group" in reason(optimizer, "unused.bias")  # by the name that the model has for it
    assert "in no group" in reason(optimizer, torch.ones(2))


def test_backward_was_not_called(net, optimizer):
    assert "backward() has not run" in reason(optimizer, "fc.bias")
    loss = loss_of(net)
    assert "backward() has not been through the ops made from it yet" in reason(optimizer, "fc.bias")
    loss.backward()
    optimizer.zero_grad()
    assert "its gradient was cleared" in reason(optimizer, "fc.bias")


def test_never_reached_by_backward(net, optimizer):
    loss_of(net).backward()
    assert "backward() never reached it" in reason(optimizer, "unused.weight")


def test_frozen(net, optimizer):
    net.fc.bias.requires_grad = False
    loss_of(net).backward()
    assert "it is frozen: requires_grad is False" in reason(optimizer, "fc.bias")


def test_an_lr_of_zero(net, optimizer):
    loss_of(net).backward()
    optimizer.param_groups[2]["lr"] = 0.0
    assert reason(optimizer, "fc.bias") == "its group's lr is 0"


def test_a_gradient_of_zero(net, optimizer):
    loss_of(net).backward()
    optimizer.zero_grad(set_to_none=False)
    assert "its gradient is zero" in reason(optimizer, "fc.bias")
    assert explain(optimizer, "fc.weight").moves is True  # its decay moves it


def test_an_update_too_small_for_the_type(net, optimizer):
    net.fc.bias.grad = torch.tensor([1e-12])
    net.fc.bias.data = torch.tensor([1.0])
    assert "so small that float32 numbers" in reason(optimizer, "fc.bias")


# ---- what cannot be told ------------------------------------------------------------------------------------


def test_an_optimizer_whose_step_needs_a_closure_says_so(net):
    optimizer = optim.LBFGS(net.fc.parameters())
    loss_of(net).backward()
    told = explain(optimizer, "fc.bias")
    assert told.moves is None
    assert "LBFGS.step(closure) computes the loss anew" in " ".join(told.notes)
    assert "cannot be told" in str(told)


def test_a_rule_that_is_not_elementwise_has_no_equation_of_one_element():
    _, optimizer = made(optim.Muon, {})
    told = explain(optimizer, "w")
    assert told.equation is None
    assert "not elementwise" in " ".join(told.notes)
    assert told.update.rule == "muon"


class OwnStep(optim.Optimizer):
    """A step without a rule, which counts, draws random numbers and writes in place."""

    def __init__(self, params, lr=0.5):
        super().__init__(params, {"lr": lr, "weight_decay": 0.0})
        self.calls = [0]

    def step(self, closure=None):
        self.calls[0] += 1
        noise = torch.rand(1)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p]["noise"] = noise
                    p.data.add_(p.grad, alpha=-group["lr"])


def test_a_step_of_its_own_is_told_by_its_lines_on_copies_alone():
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    p.grad = torch.tensor([1.0, 1.0])
    optimizer = OwnStep([p])
    before = bits(p, optimizer)
    told = explain(optimizer, p)
    assert bits(p, optimizer) == before
    assert optimizer.calls == [0]
    assert [line.place.text for line in told.update.lines][-1] == 'p.data.add_(p.grad, alpha=-group["lr"])'
    assert told.change.numbers == pytest.approx([-0.5, -0.5])
    assert "no pure rule" in " ".join(told.notes)


def test_a_step_that_would_raise_says_what_it_would_raise(net, optimizer):
    loss_of(net).backward()
    optimizer.param_groups[2]["lr"] = "0.1"
    told = explain(optimizer, "fc.bias")
    assert told.moves is None
    assert "the step raises TypeError" in " ".join(told.notes)


def test_a_rule_that_symbols_cannot_run_is_told_without_an_equation():
    class Cosine(optim.Optimizer):
        rule = staticmethod(lambda p, g, *, lr: (p - lr * np.cos(g),))

        def __init__(self, params, lr=0.5):
            super().__init__(params, {"lr": lr})

    _, optimizer = made(Cosine, {})
    told = explain(optimizer, "w")
    assert told.update.proof.holds is True
    assert "could not be written as an equation" in " ".join(told.notes)


# ---- kinds of parameters, and company ----------------------------------------------------------------------


@pytest.mark.parametrize(("cls", "options"), [case for case in ELEMENTWISE if "foreach" not in case[1]][:12])
def test_a_value_is_explained_too(cls, options):
    v = Value(1.5, name="v")
    optimizer = cls([v], **{key: value for key, value in options.items() if not hasattr(value, "array")})
    (v * v).tanh().backward()
    before = bits(v, optimizer)
    told = explain(optimizer, "v")
    assert bits(v, optimizer) == before
    optimizer.step()
    assert told.update.new == v.data
    assert float(told.equation.gives) == v.data


def test_a_large_parameter_is_sampled_and_the_equation_is_of_the_element_that_moves_most():
    p, optimizer = made(optim.SGD, {"lr": 0.1}, shape=(40, 50))
    p.gradient[7, 11] = 100.0
    told = explain(optimizer, "w")
    assert told.update.old.sampled
    assert told.update.proof.holds is True
    assert told.equation.element == (7, 11)


def test_an_element_that_is_not_there_is_an_index_error():
    _, optimizer = made(optim.SGD, {"lr": 0.1})
    with pytest.raises(IndexError):
        explain(optimizer, "w", element=(9, 9))


def test_a_differentiable_group_is_told_with_the_same_numbers():
    w = torch.ones(2, requires_grad=True)
    p = w.clone()
    optimizer = optim.SGD([{"params": [p], "differentiable": True}], lr=0.5)
    p.grad = torch.tensor([1.0, 2.0])
    told = explain(optimizer, p)
    optimizer.step()
    assert told.update.new.numbers.tobytes() == p.array.tobytes()


def test_a_fused_group_is_told_whether_or_not_it_can_be_compiled_here():
    p = torch.ones(2, requires_grad=True)
    p.grad = torch.ones(2)
    told = explain(optim.SGD([p], lr=0.5, fused=True), p)
    assert told.update.new.numbers.tolist() == [0.5, 0.5]
    assert {one.name: one.value for one in told.options}["fused"] is True


def test_a_parameter_twice_in_its_group_says_so():
    p = torch.ones(2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = optim.SGD([p, p], lr=0.1)
    p.grad = torch.ones(2)
    assert "2 times" in str(explain(optimizer, p))


def test_a_recorder_at_work_does_not_hear_of_what_is_tried(net, optimizer):
    loss_of(net).backward()
    with Recorder() as recorder:
        explain(optimizer, "fc.weight")  # it tries the step without decay, too
        optimizer.step()
    assert [chapter.kind for chapter in tell(recorder).chapters] == ["step"]


def test_at_a_debuggers_prompt_the_step_is_tried_unrecorded(net, optimizer):
    loss_of(net).backward()
    found = []

    def tracer(frame, event, arg):  # while a trace function runs, nothing else is traced: as at pdb's prompt
        if frame.f_code.co_name == "here" and not found:
            found.append(explain(optimizer, "fc.bias"))

    def here():
        pass

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        here()
    finally:
        sys.settrace(before)
    assert found[0].update is None
    assert found[0].equation.names == ["p' = p - lr * g"]
    assert "could not be recorded" in " ".join(found[0].notes)
    old = net.fc.bias.array.copy()
    optimizer.step()
    assert np.array_equal(np.float64(net.fc.bias.array) - old, found[0].change.numbers)


# ---- faces ---------------------------------------------------------------------------------------------------


def test_the_text_has_everything_a_reader_asks_for(net, optimizer):
    loss = loss_of(net)
    loss.backward()
    text = str(explain(optimizer, "fc.weight"))
    for words in (
        "fc.weight  1x3 float32: what SGD.step() will do",
        "group      1 of 3 (from 0): params[0], alone",
        "weight_decay = 0.5   (given in this group)",
        "linear_vjp_weight",
        "p' = p - lr * (g + weight_decay * p)",
        "without    weight_decay (if it were 0):",
        "these lines give the new value bit for bit",
    ):
        assert words in text
    del loss


def test_in_a_notebook_names_are_text():
    p = torch.ones(1, requires_grad=True)
    p.grad = torch.ones(1)
    optimizer = optim.SGD([("<script>&", p)], lr=0.1)
    page = explain(optimizer, p)._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;&amp;" in page
    assert not re.search(r"https?://", page)


def test_where_the_gradients_ops_are_gone_it_is_not_claimed_that_a_write_came_after_them():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.parameters(), lr=0.1)
    layer(torch.ones(1, 2)).sum().backward()
    notes = " ".join(explain(optimizer, layer.bias).gradient_notes)
    assert "before its gradient was made or since" in notes
    assert "since its gradient's ops" not in notes
    loss = layer(torch.ones(1, 2)).sum()
    loss.backward()
    optimizer.step()
    assert "since its gradient's ops" in " ".join(explain(optimizer, layer.bias).gradient_notes)
    assert loss is not None
