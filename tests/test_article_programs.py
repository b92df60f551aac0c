"""Programs of the shape of an article that walks through torch.optim, with one import changed.

Each program is a function that returns what it computed as plain Python numbers; the test beside it has those numbers
worked by hand. tests/parity/test_article_parity.py runs the same source with PyTorch's import put back.
"""

from __future__ import annotations

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.optim.optimizer import Optimizer, required


class Net(nn.Module):
    """Three layers with one weight and no bias each, all weights 1: for the input x the output is x."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 1, bias=False)
        self.second = nn.Linear(1, 1, bias=False)
        self.third = nn.Linear(1, 1, bias=False)
        for parameter in self.parameters():
            nn.init.constant_(parameter, 1.0)

    def forward(self, x):
        return self.third(self.second(self.first(x)))


def train(net, optimizer, steps):
    """Fit net(2) to 4 by the mean squared error; the losses and the three weights afterwards."""
    x, y = torch.tensor([[2.0]]), torch.tensor([[4.0]])
    criterion = nn.MSELoss()
    losses = []
    for _ in range(steps):
        loss = criterion(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [p.item() for p in net.parameters()]


# --- the loop ---------------------------------------------------------------------------------------------------------


def the_training_loop():
    model = nn.Linear(1, 1)
    nn.init.constant_(model.weight, 1.0)
    nn.init.constant_(model.bias, 0.0)
    x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[2.0], [4.0]])
    criterion = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.125)
    losses = []
    for _epoch in range(2):
        output = model(x)
        loss = criterion(output, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.weight.item(), model.bias.item()


def test_the_loop_over_mse_loss_does_two_steps_of_gradient_descent():
    # Step 1: outputs 1, 2; errors -1, -2; loss (1 + 4)/2 = 2.5. dw = 2*(-1*1 - 2*2)/2 = -5, db = 2*(-1 - 2)/2 = -3;
    #         w = 1 + 5/8 = 1.625, b = 3/8 = 0.375.
    # Step 2: outputs 2, 3.625; errors 0, -0.375; loss 0.140625/2 = 0.0703125. dw = -0.375*2 = -0.75, db = -0.375;
    #         w = 1.625 + 0.09375 = 1.71875, b = 0.375 + 0.046875 = 0.421875.
    assert the_training_loop() == ([2.5, 0.0703125], 1.71875, 0.421875)


# --- one set of options for all ---------------------------------------------------------------------------------------


def one_set_of_options_for_all():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=0.03125, momentum=0.5, weight_decay=0.25)
    (group,) = optimizer.param_groups
    return *train(net, optimizer, steps=2), len(group["params"]), group["lr"], group["momentum"], group["weight_decay"]


def test_one_set_of_options_holds_for_every_parameter():
    # All three weights are equal throughout. L = (2w**3 - 4)**2, dL/dw_i = 2*(2w**3 - 4)*2*w**2.
    # Step 1, w = 1: L = 4, gradient -8, with decay -8 + 0.25 = -7.75 = v; w = 1 + 7.75/32 = 1.2421875.
    # Step 2: w**2 = 1.543029785..., w**3 = 1.916732311..., L = 0.027734... ; gradient = 4*w**2*(2*w**3 - 4) =
    #         -1.027876...; with decay -0.717329...; v = -3.875 - 0.717329... = -4.592329...; w = 1.385698...
    w = 1.2421875
    gradient = 4 * w**2 * (2 * w**3 - 4)
    w_after = w - (0.5 * -7.75 + gradient + 0.25 * w) / 32
    losses, weights, *group = one_set_of_options_for_all()
    assert losses == [4.0, pytest.approx((2 * w**3 - 4) ** 2, rel=1e-5)]
    assert weights == [pytest.approx(w_after, rel=1e-6)] * 3
    assert w_after == pytest.approx(1.385698, rel=1e-6)
    assert group == [3, 0.03125, 0.5, 0.25]


# --- three groups -----------------------------------------------------------------------------------------------------

LR, MOMENTUM, WEIGHT_DECAY = 0.0625, 0.5, 0.5


def three_groups(other, first, second, net):
    """The article's optimizer; its options as the groups hold them, then two steps."""
    optimizer = optim.SGD(
        [{"params": other}, {"params": first, "lr": 0.01 * LR}, {"params": second, "weight_decay": WEIGHT_DECAY}],
        lr=LR,
        momentum=MOMENTUM,
    )
    sizes = [len(group["params"]) for group in optimizer.param_groups]
    options = [[group[name] for name in ("lr", "momentum", "weight_decay")] for group in optimizer.param_groups]
    return sizes, options, *train(net, optimizer, steps=2)


def three_groups_as_lists():
    net = Net()
    return three_groups([net.third.weight], list(net.first.parameters()), list(net.second.parameters()), net)


def three_groups_as_filters():
    net = Net()
    first_ids, second_ids = list(map(id, net.first.parameters())), list(map(id, net.second.parameters()))
    other = filter(lambda p: id(p) not in first_ids + second_ids, net.parameters())
    first = filter(lambda p: id(p) in first_ids, net.parameters())
    return three_groups(other, first, net.second.parameters(), net)


def three_groups_by_name():
    net = Net()
    other = [p for name, p in net.named_parameters() if "first" not in name and "second" not in name]
    first = [p for name, p in net.named_parameters() if name.startswith("first.")]
    second = (p for name, p in net.named_parameters() if name.startswith("second."))
    return three_groups(other, first, second, net)


@pytest.mark.parametrize("program", [three_groups_as_lists, three_groups_as_filters, three_groups_by_name])
def test_three_groups_each_move_by_their_own_options(program):
    sizes, options, losses, (first, second, other) = program()
    assert sizes == [1, 1, 1]
    assert options == [[0.0625, 0.5, 0], [0.01 * 0.0625, 0.5, 0], [0.0625, 0.5, 0.5]]
    # Step 1: all weights 1, output 2, L = 4, every gradient 2*(2 - 4)*2 = -8.
    #         other:  v = -8,                other  = 1 + 8/16     = 1.5
    #         first:  v = -8,                first  = 1 + 8*0.000625 = 1.005
    #         second: v = -8 + 0.5*1 = -7.5, second = 1 + 7.5/16   = 1.46875
    # Step 2: output 2*1.5*1.005*1.46875 = 4.42828125, L = 0.42828125**2 = 0.183424829...; with e = 2*0.42828125*2:
    #         other:  g = e*1.005*1.46875 = 2.528733..; v = -4 + g;   first: g = e*1.5*1.46875; v = -4 + g
    #         second: g = e*1.5*1.005 + 0.5*1.46875;     v = -3.75 + g
    e = 4 * 0.42828125
    assert losses == [4.0, pytest.approx(0.183424829, rel=1e-5)]
    assert other == pytest.approx(1.5 - (-4 + e * 1.005 * 1.46875) / 16, rel=1e-6)
    assert first == pytest.approx(1.005 - (-4 + e * 1.5 * 1.46875) * 0.000625, rel=1e-6)
    assert second == pytest.approx(1.46875 - (-3.75 + e * 1.5 * 1.005 + 0.734375) / 16, rel=1e-6)
    assert (other, first, second) == pytest.approx((1.59195418, 1.00514111, 1.49581807), rel=1e-6)


def a_layer_that_is_replaced_and_added_later():
    net = Net()
    optimizer = optim.SGD(net.first.parameters(), lr=0.0625)
    train(net, optimizer, steps=1)
    optimizer.add_param_group({"params": net.third.parameters(), "lr": 0.125})
    _, weights = train(net, optimizer, steps=1)
    return weights, [group["lr"] for group in optimizer.param_groups]


def test_a_group_added_in_mid_training_moves_from_then_on():
    # Step 1 moves first alone: 1 + 8/16 = 1.5. Step 2: output 3, error -1; gradient of first 2*(-1)*2 = -4,
    # of third 2*(-1)*2*1.5 = -6: first = 1.5 + 4/16 = 1.75, third = 1 + 6/8 = 1.75.
    assert a_layer_that_is_replaced_and_added_later() == ([1.75, 1.0, 1.75], [0.0625, 0.125])


def the_learning_rate_lowered_by_hand():
    net = Net()
    optimizer = optim.SGD(net.first.parameters(), lr=0.0625)
    train(net, optimizer, steps=1)
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
    return train(net, optimizer, steps=1)


def test_an_option_assigned_between_steps_holds_from_the_next_step():
    # As above first = 1.5, then gradient -4 and lr 1/32: 1.5 + 4/32 = 1.625.
    assert the_learning_rate_lowered_by_hand() == ([1.0], [1.625, 1.0, 1.0])


# --- Adam -------------------------------------------------------------------------------------------------------------


def adam_twice():
    net = Net()
    optimizer = optim.Adam(net.third.parameters(), lr=0.25, betas=(0.5, 0.75), eps=0.0)
    return train(net, optimizer, steps=2)


def test_adam_does_two_steps():
    # Step 1: gradient -8. Corrected for its zero start m is the gradient and v its square: the step is lr, w = 1.25.
    # Step 2: output 2.5, error -1.5, L = 2.25, gradient 2*(-1.5)*2 = -6.
    #         m = 0.5*(-4) + 0.5*(-6) = -5, corrected by 1 - 0.25: -20/3.
    #         v = 0.75*16 + 0.25*36 = 21, corrected by 1 - 0.5625: 48. w = 1.25 + 0.25*(20/3)/sqrt(48) = 1.49056261.
    losses, weights = adam_twice()
    assert losses == pytest.approx([4.0, 2.25], rel=1e-6)
    assert weights == [1.0, 1.0, pytest.approx(1.25 + 0.25 * (20 / 3) / 48**0.5, rel=1e-6)]
    assert weights[2] == pytest.approx(1.49056261, rel=1e-6)


def adam_given_momentum():
    try:
        optim.Adam(Net().parameters(), lr=0.001, momentum=0.9)
    except TypeError as error:
        return type(error).__name__
    return "accepted"


def test_adam_refuses_momentum_with_a_type_error():
    assert adam_given_momentum() == "TypeError"


def test_the_refusal_of_momentum_names_what_plays_its_part_in_adam():
    with pytest.raises(TypeError, match=r"betas\[0\]"):
        optim.Adam(Net().parameters(), lr=0.001, momentum=0.9)


# --- an optimizer of one's own ----------------------------------------------------------------------------------------


class Plain(Optimizer):
    """w <- w - lr * g, with an lr that must be given."""

    def __init__(self, params, lr=required):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data.add_(p.grad, alpha=-group["lr"])
        return loss


class OwnSGD(Optimizer):
    """SGD as the article prints it: the state by parameter, written in place through .data."""

    def __init__(self, params, lr=required, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        if lr is not required and lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        defaults = dict(lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov)
        super().__init__(params, defaults)

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov", False)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            weight_decay, momentum = group["weight_decay"], group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                d_p = p.grad.data
                if weight_decay != 0:
                    d_p.add_(p.data, alpha=weight_decay)
                if momentum != 0:
                    param_state = self.state[p]
                    if "momentum_buffer" not in param_state:
                        buf = param_state["momentum_buffer"] = torch.zeros_like(p.data)
                        buf.mul_(momentum).add_(d_p)
                    else:
                        buf = param_state["momentum_buffer"]
                        buf.mul_(momentum).add_(d_p, alpha=1 - group["dampening"])
                    d_p = d_p.add(buf, alpha=momentum) if group["nesterov"] else buf
                p.data.add_(d_p, alpha=-group["lr"])
        return loss


def a_subclass_with_a_required_option():
    net = Net()
    return train(net, Plain(net.first.parameters(), lr=0.0625), steps=2)


def test_a_subclass_may_write_to_data_in_its_step():
    # As in the tests above: 1 + 8/16 = 1.5, then 1.5 + 4/16 = 1.75.
    assert a_subclass_with_a_required_option() == ([4.0, 1.0], [1.75, 1.0, 1.0])


def a_required_option_given_by_each_group():
    net = Net()
    optimizer = Plain([{"params": net.first.parameters(), "lr": 0.0625}, {"params": net.third.weight, "lr": 0.125}])
    return train(net, optimizer, steps=1)


def test_a_required_option_may_be_given_by_every_group():
    assert a_required_option_given_by_each_group() == ([4.0], [1.5, 1.0, 2.0])


def a_required_option_left_out():
    net = Net()
    try:
        Plain([{"params": net.first.parameters(), "lr": 0.0625}, {"params": net.third.parameters()}])
    except ValueError as error:
        return "lr" in str(error)
    return "accepted"


def test_a_required_option_left_out_of_one_group_is_a_value_error_that_names_it():
    assert a_required_option_left_out() is True


def the_article_s_sgd():
    net = Net()
    optimizer = OwnSGD(
        [{"params": net.first.parameters()}, {"params": net.third.parameters(), "weight_decay": 0.5, "nesterov": True}],
        lr=0.0625,
        momentum=0.5,
    )
    losses, weights = train(net, optimizer, steps=2)
    buffers = [optimizer.state[p]["momentum_buffer"].item() for p in (net.first.weight, net.third.weight)]
    return losses, weights, buffers


def test_the_article_s_own_sgd_keeps_its_state_by_parameter():
    # Step 1: first: v = g = -8, w = 1.5. third: g = -8 + 0.5 = -7.5 = v, g + 0.5*v = -11.25, w = 1.703125.
    # Step 2: output 5.109375, error 1.109375, L = 1.230712890625.
    #         first: g = 2*1.109375*2*1.703125 = 7.5576171875, v = -4 + g = 3.5576171875, w = 1.5 - v/16.
    #         third: g = 2*1.109375*2*1.5 + 0.5*1.703125 = 7.5078125, v = -3.75 + g = 3.7578125, g + v/2 = 9.38671875,
    #         w = 1.703125 - 9.38671875/16 = 1.116455078125.
    losses, weights, buffers = the_article_s_sgd()
    assert losses == [4.0, 1.230712890625]
    assert buffers == [3.5576171875, 3.7578125]
    assert weights == [1.5 - 3.5576171875 / 16, 1.0, 1.116455078125]


def the_article_s_sgd_beside_the_library_s():
    results = []
    for kind in (OwnSGD, optim.SGD):
        net = Net()
        options = dict(lr=0.03, momentum=0.9, weight_decay=0.01, nesterov=True)
        results.append(train(net, kind(net.parameters(), **options), steps=5))
    return results


def test_the_article_s_own_sgd_gives_the_library_s_numbers():
    (own_losses, own_weights), (losses, weights) = the_article_s_sgd_beside_the_library_s()
    assert own_losses == pytest.approx(losses, rel=1e-5)
    assert own_weights == pytest.approx(weights, rel=1e-6)


PROGRAMS = [
    the_training_loop,
    one_set_of_options_for_all,
    three_groups_as_lists,
    three_groups_as_filters,
    three_groups_by_name,
    a_layer_that_is_replaced_and_added_later,
    the_learning_rate_lowered_by_hand,
    adam_twice,
    adam_given_momentum,
    a_subclass_with_a_required_option,
    a_required_option_given_by_each_group,
    a_required_option_left_out,
    the_article_s_sgd,
    the_article_s_sgd_beside_the_library_s,
]
