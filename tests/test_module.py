"""Module: buffers, names, conversions, state and hooks."""

from __future__ import annotations

import copy
import pickle
import sys
import warnings

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn


class Counter(nn.Module):
    """A module with a parameter, a buffer, a buffer that is not saved, and a count."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(3), persistent=False)
        self.register_buffer("count", torch.tensor(0))
        self.register_buffer("missing", None)

    def forward(self, input):
        return input * self.weight


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Counter()
        self.second = nn.Sequential(nn.Linear(2, 2), Counter())


# ---- buffers -------------------------------------------------------------------------------------------------------


def test_buffers_are_named_by_path_and_are_no_parameters():
    names = [f"{path}.{name}" for path in ("first", "second.1") for name in ("mean", "scratch", "count")]
    net = Net()
    assert [name for name, _ in net.named_buffers()] == names
    assert [id(b) for b in net.buffers()] == [id(b) for _, b in net.named_buffers()]
    assert [name for name, _ in net.named_parameters()] == [
        *("first.weight", "second.0.weight", "second.0.bias", "second.1.weight")
    ]
    assert list(net.buffers(recurse=False)) == []


def test_a_buffer_is_an_attribute_and_takes_another_tensor_or_none():
    counter = Counter()
    counter.mean = counter.mean + 1
    assert counter.get_buffer("mean") is counter.mean
    counter.mean = None
    assert "mean" not in dict(counter.named_buffers())
    counter.mean = torch.ones(2)
    assert "mean" in counter.state_dict()
    del counter.mean
    assert not hasattr(counter, "mean")
    assert "mean" not in counter.state_dict()


def test_a_parameter_may_take_a_buffers_name():
    counter = Counter()
    counter.scratch = nn.Parameter(torch.ones(1))
    assert "scratch" in dict(counter.named_parameters())
    assert "scratch" not in dict(counter.named_buffers())
    assert "scratch" in counter.state_dict()


def test_state_has_the_persistent_buffers_after_a_modules_own_parameters():
    assert list(Net().state_dict()) == [
        *("first.weight", "first.mean", "first.count", "second.0.weight", "second.0.bias"),
        *("second.1.weight", "second.1.mean", "second.1.count"),
    ]


def test_loading_copies_into_the_buffers_that_are_there():
    saved, net = Net(), Net()
    saved.first.mean.fill_(3.0)
    saved.first.count.fill_(7)
    mean, count = net.first.mean, net.first.count
    assert net.load_state_dict(saved.state_dict()) == ([], [])
    assert (mean.tolist(), count.item(), count.dtype) == ([3.0, 3.0], 7, torch.int64)


def test_conversion_reaches_buffers_of_floats_only():
    net = Net().double()
    assert net.first.mean.dtype == net.second[1].scratch.dtype == torch.float64
    assert net.first.count.dtype == torch.int64
    assert net.half().first.mean.dtype == torch.float16
    assert net.to(torch.ones(1, dtype=torch.float64)).first.mean.dtype == torch.float64
    assert net.float().cpu().first.weight.dtype == torch.float32


def test_a_shared_buffer_stays_shared_when_converted():
    one, other = Counter(), Counter()
    other.mean = one.mean
    net = nn.Sequential(one, other).double()
    assert net[0].mean is net[1].mean


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_buffers_of_its_own(again):
    counter = Counter()
    other = again(counter)
    other.mean.fill_(5.0)
    assert counter.mean.tolist() == [0.0, 0.0]
    assert [name for name, _ in other.named_buffers()] == ["mean", "scratch", "count"]
    assert list(other.state_dict()) == ["weight", "mean", "count"]
    assert other.get_buffer("mean") is other.mean


def test_a_copied_parameter_has_no_gradient_yet():
    # As in PyTorch, which copies the gradient of a plain tensor, and not that of a Parameter.
    layer, plain = nn.Linear(2, 1), torch.ones(2, requires_grad=True)
    layer(plain).sum().backward()
    assert [p.grad for p in copy.deepcopy(layer).parameters()] == [None, None]
    assert copy.deepcopy(plain).grad.tolist() == plain.grad.tolist()
    assert copy.deepcopy(layer.bias.requires_grad_(False)).requires_grad is False


# ---- finding, walking, state ---------------------------------------------------------------------------------------


def test_parts_are_found_by_their_dotted_names():
    net = Net()
    assert net.get_submodule("second.1") is net.second[1]
    assert net.get_submodule("") is net
    assert net.get_parameter("second.0.bias") is net.second[0].bias
    assert net.get_buffer("first.count") is net.first.count


def test_a_module_held_twice_is_one_child_unless_duplicates_are_asked_for():
    inner = Counter()
    net = nn.Sequential(inner, inner)
    assert [name for name, _ in net.named_children()] == ["0"]
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == ["", "0", "1"]
    assert [name for name, _ in net.named_parameters(remove_duplicate=False)] == ["0.weight", "1.weight"]
    assert [name for name, _ in net.named_buffers()] == ["0.mean", "0.scratch", "0.count"]


def test_state_may_be_added_to_a_dict_and_hold_the_tensors_themselves():
    counter, destination = Counter(), {"before": torch.ones(1)}
    state = counter.state_dict(destination=destination, prefix="a.", keep_vars=True)
    assert state is destination
    assert list(state) == ["before", "a.weight", "a.mean", "a.count"]
    assert state["a.weight"] is counter.weight


def test_assign_puts_the_loaded_tensors_in_place_types_and_all():
    counter = Counter()
    counter.weight.requires_grad_(False)
    state = {
        "weight": torch.ones(2, dtype=torch.float64),
        "mean": torch.ones(2, dtype=torch.float64),
        "count": torch.tensor(4),
    }
    counter.load_state_dict(state, assign=True)
    assert isinstance(counter.weight, nn.Parameter)
    assert not counter.weight.requires_grad
    assert (counter.weight.dtype, counter.get_buffer("mean") is state["mean"]) == (torch.float64, True)
    counter.weight.data.fill_(9.0)
    assert state["weight"].tolist() == [9.0, 9.0]


def test_an_assignment_that_cannot_be_made_changes_nothing():
    layer = nn.Linear(2, 1)
    before = layer.weight
    with pytest.raises(RuntimeError, match="int64"):
        layer.load_state_dict({"weight": torch.ones(1, 2), "bias": torch.tensor([1])}, assign=True)
    assert layer.weight is before


def test_attributes_listed_are_those_that_can_be_written_after_a_dot():
    net = nn.Sequential(nn.Linear(1, 1))
    assert "0" not in dir(net)
    assert {"forward", "training", "weight"} <= set(dir(net)) | set(dir(net[0]))


# ---- hooks ---------------------------------------------------------------------------------------------------------


class Two(nn.Module):
    def forward(self, x, y, scale=1.0):
        return x * scale, y * 3


def test_a_hook_before_forward_may_change_the_arguments():
    layer = Counter()
    handle = layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    assert layer(torch.zeros(2)).tolist() == [1.0, 1.0]
    handle.remove()
    assert layer(torch.zeros(2)).tolist() == [0.0, 0.0]


def test_hooks_with_kwargs_see_and_change_them():
    layer, seen = Two(), []
    layer.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": kwargs["scale"] * 2}), with_kwargs=True)
    layer.register_forward_hook(lambda m, args, kwargs, out: seen.append(kwargs), with_kwargs=True)
    assert layer(torch.ones(1), torch.ones(1), scale=5.0)[0].tolist() == [10.0]
    assert seen == [{"scale": 10.0}]


def test_hooks_run_in_order_prepended_ones_first_and_each_sees_the_output_of_the_one_before():
    layer = Counter()
    layer.register_forward_hook(lambda m, args, out: out * 10)
    layer.register_forward_hook(lambda m, args, out: out + 1, prepend=True)
    assert layer(torch.ones(2)).tolist() == [20.0, 20.0]


def test_a_hook_always_called_runs_after_an_error_too():
    layer, seen = Two(), []
    layer.register_forward_hook(lambda m, args, out: seen.append("plain"))
    layer.register_forward_hook(lambda m, args, out: seen.append(out), always_call=True)
    with pytest.raises(TypeError):
        layer(torch.ones(1))
    assert seen == [None]


def test_an_error_in_a_hook_always_called_does_not_hide_the_first():
    layer = Two()
    layer.register_forward_hook(lambda m, args, out: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="division by zero"), pytest.raises(TypeError):
        layer(torch.ones(1))


def test_a_backward_hook_sees_the_gradients_of_inputs_and_outputs():
    layer, seen = Two(), []
    layer.register_full_backward_hook(lambda m, into, out: seen.append((into, out)))
    x, y = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    first, second = layer(x, y, scale=2.0)
    (first.sum() * 5 + second.sum()).backward()
    [(into, out)] = seen
    assert [g.tolist() for g in into] == [[10.0, 10.0], [3.0, 3.0, 3.0]]
    assert [g.tolist() for g in out] == [[5.0, 5.0], [1.0, 1.0, 1.0]]
    assert (x.grad.tolist(), y.grad.tolist()) == ([10.0, 10.0], [3.0, 3.0, 3.0])


def test_backward_hooks_may_change_the_gradients_before_and_after():
    layer = Counter()
    layer.register_full_backward_pre_hook(lambda m, out: (out[0] * 2,))
    layer.register_full_backward_hook(lambda m, into, out: (into[0] * 100,))
    x = torch.ones(2, requires_grad=True)
    layer(x).sum().backward()
    assert x.grad.tolist() == [200.0, 200.0]
    assert layer.weight.grad.tolist() == [2.0, 2.0]


def test_a_gradient_that_a_hook_keeps_is_its_own():
    layer, kept = Counter(), []
    layer.register_full_backward_hook(lambda m, into, out: kept.append(into[0]))
    x = torch.ones(2, requires_grad=True)
    for _ in range(2):
        layer(x).sum().backward()
    assert [g.tolist() for g in kept] == [[1.0, 1.0], [1.0, 1.0]]
    assert x.grad.tolist() == [2.0, 2.0]


def test_second_gradients_pass_through_backward_hooks():
    layer, seen = nn.Sigmoid(), []
    layer.register_full_backward_hook(lambda m, into, out: seen.append(into[0].requires_grad))
    x = torch.tensor([0.3, -1.0], dtype=torch.float64, requires_grad=True)
    assert torch.gradgradcheck(layer, [x])
    seen.clear()
    torch.autograd.grad(layer(x).sum(), x, create_graph=True)
    assert seen == [True]
    assert torch.gradcheck(layer, [x])


def test_a_graph_walked_twice_calls_its_backward_hooks_twice():
    layer, seen = Counter(), []
    layer.register_full_backward_hook(lambda m, into, out: seen.append(into[0].tolist()))
    loss = layer(torch.ones(2, requires_grad=True)).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert seen == [[1.0, 1.0], [1.0, 1.0]]


def test_what_one_walk_brought_is_not_seen_in_the_next():
    layer, seen = Two(), []
    layer.register_full_backward_hook(lambda m, into, out: seen.append([g and g.item() for g in (*into, *out)]))
    first, second = layer(torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True))
    first.backward(retain_graph=True)
    second.backward()
    assert seen == [[1.0, None, 1.0, None], [None, 3.0, None, 1.0]]


def test_without_grad_backward_hooks_leave_no_trace():
    layer = Counter()
    layer.register_full_backward_hook(lambda m, into, out: None)
    with torch.no_grad():
        assert layer(torch.ones(2, requires_grad=True)).grad_fn is None


def test_a_copied_module_keeps_its_hooks():
    layer = Counter()
    layer.register_forward_hook(lambda m, args, out: out + 1)
    other = copy.deepcopy(layer)
    layer.register_forward_hook(lambda m, args, out: out + 10)
    assert other(torch.zeros(2)).tolist() == [1.0, 1.0]


def test_from_a_call_to_forward_is_one_frame_when_there_are_no_hooks():
    class Deep(nn.Module):
        def forward(self):
            frame, names = sys._getframe(), []
            for _ in range(3):
                names.append(frame.f_code.co_name)
                frame = frame.f_back
            return names

    def user(layer):
        return layer()

    layer = Deep()
    layer.register_forward_hook(lambda *a: None).remove()
    assert user(layer) == ["forward", "__call__", "user"]


# ---- bad input -----------------------------------------------------------------------------------------------------

REFUSED = {
    "taken name": (KeyError, lambda n: n.register_buffer("weight", torch.ones(1)), ["weight", "already exists"]),
    "dotted name": (KeyError, lambda n: n.register_buffer("a.b", torch.ones(1)), ["a.b"]),
    "empty name": (KeyError, lambda n: n.register_buffer("", torch.ones(1)), ["name"]),
    "number as name": (TypeError, lambda n: n.register_buffer(3, torch.ones(1)), ["string", "int"]),
    "number as buffer": (TypeError, lambda n: n.register_buffer("z", 5), ["'z'", "int", "Tensor"]),
    "number into a buffer": (TypeError, lambda n: setattr(n, "mean", 5), ["'mean'", "int", "Tensor"]),
    "no such module": (AttributeError, lambda n: n.get_submodule("x.y"), ["Counter", "'x'"]),
    "a parameter as module": (AttributeError, lambda n: n.get_submodule("weight"), ["'weight'", "not a Module"]),
    "no such parameter": (AttributeError, lambda n: n.get_parameter("mean"), ["'mean'", "weight"]),
    "no such buffer": (AttributeError, lambda n: n.get_buffer("weight"), ["'weight'", "mean"]),
    "no such attribute to delete": (AttributeError, lambda n: delattr(n, "zzz"), ["zzz"]),
    "a type of ints": (TypeError, lambda n: n.to(torch.int64), ["floating", "int64"]),
    "ints by type": (RuntimeError, lambda n: n.type(torch.int64), ["floating", "int64"]),
    "no type": (TypeError, lambda n: n.type(3), ["3"]),
    "not to be called": (TypeError, lambda n: n.apply(3), ["callable"]),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused_and_the_module_stays_as_it_was(exception, act, fragments):
    counter = Counter()
    before = list(counter.state_dict()), repr(counter), counter.mean
    with pytest.raises(exception) as caught:
        act(counter)
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert (list(counter.state_dict()), repr(counter), counter.mean) == before


@pytest.mark.parametrize("act", [lambda n: n.cuda(), lambda n: n.to("cuda")])
def test_another_device_is_refused_by_name(act):
    with pytest.raises(RuntimeError, match=r"'cuda' is not available.*'cpu'"):
        act(Counter())


@pytest.mark.parametrize(
    "register", ["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"]
)
def test_a_hook_that_cannot_be_called_is_refused(register):
    with pytest.raises(TypeError, match="hook must be callable, as hook"):
        getattr(Counter(), register)(3)


HOOKS_REFUSED = {
    "kwargs hook": (
        *(RuntimeError, lambda n: n.register_forward_pre_hook(lambda m, a, k: 5, with_kwargs=True)),
        "new_args, new_kwargs",
    ),
    "too many": (RuntimeError, lambda n: n.register_full_backward_hook(lambda m, i, o: (i[0], i[0])), "got 2.*1"),
    "no tensor": (TypeError, lambda n: n.register_full_backward_hook(lambda m, i, o: 5), "Tensors.*int"),
    "shape": (RuntimeError, lambda n: n.register_full_backward_hook(lambda m, i, o: torch.ones(3)), r"\(3,\).*\(2,\)"),
}


@pytest.mark.parametrize(("exception", "register", "message"), HOOKS_REFUSED.values(), ids=list(HOOKS_REFUSED))
def test_a_hook_that_returns_what_makes_no_sense_is_refused(exception, register, message):
    layer, x = Counter(), torch.ones(2, requires_grad=True)
    register(layer)
    with pytest.raises(exception, match=message):
        layer(x).sum().backward()
    assert x.grad is None


def test_a_gradient_for_inputs_that_take_none_is_refused():
    layer = Counter()
    layer.register_full_backward_hook(lambda m, into, out: (torch.ones(2),))
    with pytest.raises(RuntimeError, match="no input requires gradient"):
        layer(torch.ones(2)).sum().backward()


def test_backward_hooks_warn_where_the_output_is_a_list():
    class Listing(nn.Module):
        def forward(self, x):
            return [x * 2]

    layer = Listing()
    layer.register_full_backward_hook(lambda m, into, out: None)
    with pytest.warns(UserWarning, match="Tensor or a tuple of Tensors") as caught:
        layer(torch.ones(1, requires_grad=True))
    assert caught[0].filename == __file__


def test_hooks_are_silent_where_nothing_is_wrong():
    layer = Counter()
    layer.register_full_backward_hook(lambda m, into, out: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer(torch.ones(2, requires_grad=True)).sum().backward()
