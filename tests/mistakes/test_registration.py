"""Parameters that get gradients and that no optimizer moves; empty groups; attributes that nothing reads."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest
from speaking import said_once, spoken

import tinygrad_optim as torch
from tinygrad_optim import mistakes, nn, optim
from tinygrad_optim.mistakes import registration_facts

BEGINNING = """
import copy
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.nn import functional as F

torch.manual_seed(0)
x, y = torch.randn(8, 3), torch.randn(8, 1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))


def train(net, *optimizers, steps=5):
    for step in range(steps):
        for optimizer in optimizers:
            optimizer.zero_grad()
        F.mse_loss(net(x), y).backward()
        for optimizer in optimizers:
            optimizer.step()
"""


def said(program, code):
    """The message of the one mistake in a program that follows the beginning; $ marks its line."""
    return said_once(BEGINNING + program.replace("$", "# <- here") + "\n", code)


def quiet(program):
    assert spoken(BEGINNING + program) == []


# ---- layers that a module does not find --------------------------------------------------------------------------

HOLDER = """
class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        {first}
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        return self.out({forward})

net = Holder()
train(net, optim.SGD(net.parameters(), lr=0.1))
"""

HIDDEN = {
    "a list": ("self.layers = [nn.Linear(3, 3)]  $", "self.layers[0](x)", "list, self.layers"),
    "a dict": ("self.layers = {'a': nn.Linear(3, 3)}  $", "self.layers['a'](x)", "dict, self.layers"),
    "a tuple": ("self.pair = nn.Linear(3, 3), nn.ReLU()  $", "self.pair[0](x)", "tuple, self.pair"),
    "lists in a list": ("self.layers = [[nn.Linear(3, 3)]]  $", "self.layers[0][0](x)", "layers[0][0].weight"),
    "a Sequential in a list": (
        "self.layers = [nn.Sequential(nn.Linear(3, 3))]  $", "self.layers[0](x)", "layers[0].0.weight"),
    "a list that is filled": (
        "self.layers = []  $\n        self.layers.append(nn.Linear(3, 3))", "self.layers[0](x)", "(3, 3)"),
}  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=list(HIDDEN))
def test_layers_in_a_plain_list_or_dict_are_told_of_where_they_are_put(hidden):
    first, forward, fragment = hidden
    message = said(HOLDER.format(first=first, forward=forward), "layers-in-plain-list")
    assert fragment in message
    assert "ModuleList" in message


SEEN = {
    "a ModuleList": ("self.layers = nn.ModuleList([nn.Linear(3, 3)])", "self.layers[0](x)"),
    "a list of what is registered too": ("self.a = nn.Linear(3, 3); self.layers = [self.a]", "self.layers[0](x)"),
    "a teacher that gets no gradients": ("self.teacher = [nn.Linear(3, 3)]", "x + 0 * self.teacher[0](x).detach()"),
    "a list of frozen layers": ("self.kept = [nn.Linear(3, 3).requires_grad_(False)]", "self.kept[0](x)"),
    "a list of numbers": ("self.sizes = [3, 3]", "x"),
    "layers that are not used": ("self.spare = [nn.Linear(3, 3)]", "x"),
}


@pytest.mark.parametrize("holder", SEEN.values(), ids=list(SEEN))
def test_other_lists_are_quiet(holder):
    first, forward = holder
    quiet(HOLDER.format(first=first, forward=forward))


def test_layers_left_out_on_purpose_are_not_blamed_on_a_list_that_has_them_too():
    program = HOLDER.format(first="self.a = nn.Linear(3, 3); self.layers = [self.a]", forward="self.layers[0](x)")
    quiet(program.replace("SGD(net.parameters()", "SGD(net.out.parameters()"))


def test_layers_in_a_list_that_have_an_optimizer_are_quiet():
    program = HOLDER.format(first="self.layers = [nn.Linear(3, 3)]", forward="self.layers[0](x)")
    program = program.replace("SGD(net.parameters()", "SGD([*net.parameters(), *net.layers[0].parameters()]")
    quiet(program)
    quiet(program.replace("train(net, ", "other = optim.SGD(net.out.parameters())\ntrain(net, "))


def test_a_tensor_that_requires_grad_is_no_parameter():
    program = HOLDER.format(first="self.scale = torch.ones(3, requires_grad=True)  $", forward="self.scale * x")
    message = said(program, "tensor-not-parameter")
    assert "self.scale (3,) of Holder" in message
    assert "nn.Parameter" in message


PLAIN = {
    "a buffer": ("self.register_buffer('scale', torch.ones(3))", "self.scale * x"),
    "a constant": ("self.scale = torch.ones(3)", "self.scale * x"),
    "a Parameter": ("self.scale = nn.Parameter(torch.ones(3))", "self.scale * x"),
}


@pytest.mark.parametrize("holder", PLAIN.values(), ids=list(PLAIN))
def test_other_tensors_are_quiet(holder):
    first, forward = holder
    quiet(HOLDER.format(first=first, forward=forward))


def test_inputs_whose_gradient_is_asked_for_are_quiet():
    quiet("""
class Physics(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()
        self.t = torch.rand(8, 3, requires_grad=True)

    def forward(self, x):
        u = self.net(self.t)
        return u + torch.autograd.grad(u.sum(), self.t, create_graph=True)[0].sum(1, keepdim=True)

net = Physics()
train(net, optim.Adam(net.parameters()), steps=9)
""")


def test_tensors_moved_by_hand_are_quiet():
    program = """
net, scale = Net(), {made}
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(9):
    optimizer.zero_grad()
    scale.grad = None
    F.mse_loss(net(x) * scale, y).backward()
    optimizer.step()
    {moved}
"""
    quiet(program.format(made="nn.Parameter(torch.ones(1))", moved="scale.data -= 0.1 * scale.grad"))
    quiet(program.format(made="nn.Parameter(torch.ones(1))", moved="with torch.no_grad(): scale -= 0.1 * scale.grad"))
    told = spoken(BEGINNING + program.format(made="nn.Parameter(torch.ones(1))", moved="pass"))
    assert [code for code, _, _ in told] == ["parameter-in-no-group"]


# ---- an optimizer that holds other parameters --------------------------------------------------------------------

REPLACED = {
    "a layer": (
        "net = Net()\noptimizer = optim.SGD(net.parameters(), lr=0.1)\nnet.head = nn.Linear(4, 1)  $",
        "head.weight",
    ),
    "a parameter": (
        "net = Net()\noptimizer = optim.SGD(net.parameters(), lr=0.1)\n"
        "net.head.weight = nn.Parameter(torch.zeros(1, 4))  $",
        "head.weight",
    ),
    "one of a Sequential": (
        "net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))\noptimizer = optim.SGD(net.parameters(), lr=0.1)\n"
        "net[-1] = nn.Linear(4, 1)  $",
        "1.weight",
    ),
    "while it trains": (
        "net = Net()\noptimizer = optim.SGD(net.parameters(), lr=0.1)\ntrain(net, optimizer, steps=37)\n"
        "net.head = nn.Linear(4, 1)  $",
        "head.weight",
    ),
    "all of them": (
        "net = nn.Sequential(nn.Linear(3, 1))\noptimizer = optim.SGD(net.parameters(), lr=0.1)\n"
        "net[0] = nn.Linear(3, 1)  $",
        "0.weight",
    ),
}


@pytest.mark.parametrize("replaced", REPLACED.values(), ids=list(REPLACED))
def test_a_replaced_parameter_is_told_of_where_it_is_replaced(replaced):
    program, name = replaced
    message = said(program + "\ntrain(net, optimizer)", "parameter-replaced")
    assert name in message
    assert "optimizer = optim.SGD(net.parameters(), lr=0.1)" in message  # the line that made it


@pytest.mark.parametrize("rebuilt", ["net = Net()", "net = copy.deepcopy(net)"])
def test_a_model_rebuilt_is_told_of(rebuilt):
    program = f"net = Net()\noptimizer = optim.SGD(net.parameters(), lr=0.1)\n{rebuilt}  $\ntrain(net, optimizer)"
    message = said(program, "model-rebuilt")
    assert "Net" in message
    assert "optimizer = optim.SGD" in message


def test_a_model_rebuilt_while_it_trains_is_told_of():
    said("""
net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1)
train(net, optimizer, steps=21)
net = Net()  $
train(net, optimizer)
""", "model-rebuilt")  # fmt: skip


RIGHT_AFTER_ALL = {
    "a new optimizer": "net.head = nn.Linear(4, 1)\nother = optim.SGD(net.parameters(), lr=0.1)\ntrain(net, other)",
    "a new group": (
        "net.head = nn.Linear(4, 1)\noptimizer.add_param_group({'params': net.head.parameters()})\n"
        "train(net, optimizer)"
    ),
    "an optimizer of the rest": (
        "net.head = nn.Linear(4, 1)\nother = optim.SGD(net.head.parameters(), lr=0.1)\ntrain(net, optimizer, other)"
    ),
    "a frozen layer": "net.head = nn.Linear(4, 1).requires_grad_(False)\ntrain(net, optimizer)",
    "a group's list edited": (
        "net.head = nn.Linear(4, 1)\noptimizer.param_groups[0]['params'] = list(net.parameters())\n"
        "train(net, optimizer)"
    ),
    "a second model with its own": "net = Net()\nother = optim.SGD(net.parameters(), lr=0.1)\ntrain(net, other)",
    "a copy that is not trained": "kept = copy.deepcopy(net)\ntrain(net, optimizer)\nkept(x)",
    "a phase that begins with another": (
        "for phase in range(3):\n    train(net, optimizer)\n"
        "    other = optim.Adam(net.parameters())\n    train(net, other)"
    ),
}


@pytest.mark.parametrize("program", RIGHT_AFTER_ALL.values(), ids=list(RIGHT_AFTER_ALL))
def test_what_is_replaced_and_cared_for_is_quiet(program):
    quiet("net = Net()\noptimizer = optim.SGD(net.parameters(), lr=0.1)\ntrain(net, optimizer)\n" + program)


# ---- parameters in no group --------------------------------------------------------------------------------------

LEFT_OUT = {
    "biases": ("net = Net()\noptimizer = optim.SGD([net.body.weight, net.head.weight], lr=0.1)  $", "bias"),
    "by a filter": (
        "net = Net()\noptimizer = optim.SGD([p for n, p in net.named_parameters() if 'bias' in n])  $", "weight"),
    "a layer between groups": (
        "net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 1))\n"
        "optimizer = optim.SGD([{'params': net[0].parameters()}, {'params': net[2].parameters()}])  $", "1.weight"),
    "a decoder": (
        "one, other = nn.Linear(3, 4), nn.Linear(4, 1)\nnet = lambda x: other(one(x))\n"
        "optimizer = optim.SGD(one.parameters(), lr=0.1)  $", "another Linear"),
    "a Parameter of its own": (
        "layer, scale = nn.Linear(3, 1), nn.Parameter(torch.ones(1))\nnet = lambda x: scale * layer(x)\n"
        "optimizer = optim.SGD(layer.parameters(), lr=0.1)  $", "a leaf tensor of shape (1,)"),
}  # fmt: skip


@pytest.mark.parametrize("left_out", LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_a_trainable_parameter_in_no_group_is_told_of_where_the_optimizer_is_made(left_out):
    program, name = left_out
    assert name in said(program + "\ntrain(net, optimizer, steps=8)", "parameter-in-no-group")


def test_a_group_that_is_empty_is_told_of_with_what_is_left_out():
    program = """
net = Net()
named = net.named_parameters()
weights, biases = [p for n, p in named if "weight" in n], [p for n, p in named if "bias" in n]
optimizer = optim.SGD([{"params": weights}, {"params": biases, "lr": 0.1}], lr=0.01)  $
train(net, optimizer, steps=8)
"""
    message = said(program, "parameter-in-no-group")
    assert "Group 1 has no parameters at all: were they taken from a generator that had been used up?" in message


LEFT_ON_PURPOSE = {
    "the rest of a net": "net = Net()\noptimizer = optim.SGD(net.head.parameters(), lr=0.1)",
    "what is frozen": (
        "net = Net()\nnet.body.requires_grad_(False)\noptimizer = optim.SGD([net.head.weight, net.head.bias])"
    ),
    "what was loaded": (
        "net = Net()\nnet.load_state_dict(Net().state_dict())\noptimizer = optim.SGD([net.head.weight], lr=0.1)"
    ),
    "what was trained before": (
        "net = Net()\nfirst = optim.SGD(net.parameters())\ntrain(net, first)\ndel first\n"
        "optimizer = optim.SGD([net.head.weight], lr=0.1)"
    ),
    "a net through which an input is trained": (
        "layer, z = Net(), torch.zeros(8, 3, requires_grad=True)\nnet = lambda x: layer(z)\noptimizer = optim.Adam([z])"
    ),
    "a net that judges, in eval mode": (
        "one, judge = nn.Linear(3, 3), Net().eval()\nnet = lambda x: judge(one(x))\n"
        "optimizer = optim.SGD(one.parameters())"
    ),
    "a parameter of another optimizer": (
        "net = Net()\nother = optim.SGD(net.body.parameters())\noptimizer = optim.SGD([net.head.weight, net.head.bias])"
    ),
}


@pytest.mark.parametrize("program", LEFT_ON_PURPOSE.values(), ids=list(LEFT_ON_PURPOSE))
def test_what_is_left_out_on_purpose_is_quiet(program):
    quiet(program + "\ntrain(net, optimizer, steps=9)")


# ---- empty groups ------------------------------------------------------------------------------------------------


def test_a_generator_used_twice_is_told_of():
    message = said(
        "net = Net()\nps = net.parameters()\noptimizer = optim.SGD([{'params': ps}, {'params': ps, 'lr': 1.0}])  $",
        "generator-used-twice",
    )
    assert "group 1" in message


def test_a_generator_used_up_by_another_is_told_of():
    said(
        "net = Net()\nps = (p for p in net.parameters())\nprint(len(list(ps)))\nw = torch.ones(1, requires_grad=True)\n"
        "optimizer = optim.SGD([{'params': [w]}, {'params': ps}])  $",
        "generator-used-twice",
    )
    said(
        "net = Net()\nps = filter(lambda p: p.ndim, net.parameters())\noptimizer = optim.SGD(list(ps), lr=0.1)\n"
        "optimizer.add_param_group({'params': ps})  $",
        "generator-used-twice",
    )


FILTERS = {
    "in": '[p for n, p in net.named_parameters() if "heads" in n]  $',
    "startswith": '[p for n, p in net.named_parameters() if n.startswith("classifier")]  $',
    "a generator": '(p for n, p in net.named_parameters() if "Head" in n)  $',
    "both of two": '[p for n, p in net.named_parameters() if "weights" in n and p.requires_grad]  $',
    "a name": '[p for n, p in net.named_parameters() if n == "head.biass"]  $',
}


@pytest.mark.parametrize("chosen", FILTERS.values(), ids=list(FILTERS))
def test_a_filter_that_matches_no_name_is_told_of_at_its_line(chosen):
    program = f"net = Net()\nhead = {chosen}\n"
    program += "optimizer = optim.SGD([{'params': net.parameters()}, {'params': head, 'lr': 1.0}], lr=0.1)\n"
    message = said(program + "train(net, optimizer, steps=1)", "filter-matched-nothing")
    assert "group 1" in message
    assert "body.weight" in message  # the names there are


def test_a_filter_in_a_loop_is_told_of():
    said("""
net = Net()
norms, others = [], []
for name, p in net.named_parameters():
    if "norm" in name:  $
        norms.append(p)
    else:
        others.append(p)
optimizer = optim.SGD([{"params": norms, "weight_decay": 0.0}, {"params": others}], lr=0.1)
train(net, optimizer)
""", "filter-matched-nothing")  # fmt: skip


FREEZING = {
    "an attribute": "p.requires_grad = False",
    "a method": "p.requires_grad_(False)",
}


@pytest.mark.parametrize("line", FREEZING.values(), ids=list(FREEZING))
def test_a_filter_that_freezes_nothing_is_told_of(line):
    message = said(f"""
net = Net()
for name, p in net.named_parameters():
    if "bodi" in name:  $
        {line}
train(net, optim.SGD(net.parameters(), lr=0.1))
""", "filter-matched-nothing")  # fmt: skip
    assert "freezes nothing" in message
    assert "'body'" in message


def test_filters_that_freeze_something_are_quiet():
    quiet("""
def freeze(net, word):
    for name, p in net.named_parameters():
        if word in name:
            p.requires_grad = False

one, two, other = Net(), nn.Linear(3, 1), nn.Sequential(nn.Linear(2, 2))
for name, p in one.named_parameters():
    if "body" in name:
        p.requires_grad = False
    if "missing" in name:
        print(name)
freeze(one, "nothing")
for name, p in other.named_parameters():  # which is in no optimizer
    if "0.weight" in name:
        p.requires_grad = False
train(two, optim.SGD(two.parameters(), lr=0.1))
train(one, optim.SGD(one.parameters(), lr=0.1))
""")


EMPTY_RIGHTLY = {
    "layers without parameters": (
        "optimizer = optim.SGD([{'params': m.parameters()} for m in [net.body, nn.ReLU(), net.head]])"
    ),
    "as lists": "optimizer = optim.SGD([{'params': list(m.parameters())} for m in [net.body, nn.ReLU(), net.head]])",
    "by size": (
        "big = [p for p in net.parameters() if p.ndim > 2]\n"
        "optimizer = optim.SGD([{'params': net.parameters()}, {'params': big, 'weight_decay': 0.1}])"
    ),
    "a filter of another net": (
        "other = nn.Sequential(nn.Linear(2, 2))\nfirst = [p for n, p in other.named_parameters() if '0.bias' in n]\n"
        "optimizer = optim.SGD([{'params': m.parameters()} for m in [net.body, nn.ReLU(), net.head]])"
    ),
    "a filter that matches": (
        "head = [p for n, p in net.named_parameters() if 'head' in n]\nbody = list(net.body.parameters())\n"
        "optimizer = optim.SGD([{'params': body}, {'params': head}])"
    ),
}


@pytest.mark.parametrize("program", EMPTY_RIGHTLY.values(), ids=list(EMPTY_RIGHTLY))
def test_groups_that_are_rightly_empty_are_quiet(program):
    quiet("net = Net()\n" + program + "\ntrain(net, optimizer)")


# ---- attributes --------------------------------------------------------------------------------------------------

MISSPELT = {
    "requires_gard": ("net.body.weight.requires_gard = False  $", "body.weight"),
    "require_grad": ("net.body.bias.require_grad = False  $", "body.bias"),
    "requires_grads": ("for p in net.body.parameters():\n    p.requires_grads = False  $", "'requires_grad' meant"),
    "gard": ("net.body.weight.gard = None  $", "'grad' meant"),
    "trainning": ("net.trainning = False  $", "'training' meant"),
    "wieght": ("net.head.wieght = nn.Parameter(torch.ones(1, 4))  $", "head (Linear)"),
    "bais": ("net.head.bais = torch.zeros(1)  $", "'bias' meant"),
    "on a module": ("net.body.require_grad = False  $", "module body"),
}


@pytest.mark.parametrize("misspelt", MISSPELT.values(), ids=list(MISSPELT))
def test_a_misspelt_attribute_is_told_of_where_it_is_set(misspelt):
    line, fragment = misspelt
    program = f"net = Net()\n{line}\ntrain(net, optim.SGD(net.parameters(), lr=0.1))"
    assert fragment in said(program, "misspelt-attribute")


def test_requires_grad_on_a_module_is_told_of_where_it_is_set():
    message = said("net = Net()\nnet.body.requires_grad = False  $\ntrain(net, optim.SGD(net.parameters()))",
                   "requires-grad-on-module")  # fmt: skip
    assert ".requires_grad_(False)" in message
    assert "body" in message


OWN_ATTRIBUTES = [
    "net.body.weight.requires_grad = False",
    "net.requires_grad_(True)\nnet.requires_grad = True",
    "net.is_training = True\nnet.trained = False\nnet.trainable = True",
    "net.body.weight.tag = 'x'\nnet.body.weight.is_shared = False\nnet.body.weight.grads = []",
    "net.head.weight_mask = torch.ones(1, 4)\nnet.weights = torch.ones(3)",
    "net.body.weight.grad = None\nnet.eval()",
]


@pytest.mark.parametrize("line", OWN_ATTRIBUTES)
def test_other_attributes_are_quiet(line):
    quiet(f"net = Net()\n{line}\ntrain(net, optim.SGD(net.parameters(), lr=0.1))")


# ---- nothing is kept ---------------------------------------------------------------------------------------------


def test_nothing_of_a_program_is_kept_alive():
    mistakes.on()
    net = nn.Sequential(nn.Linear(2, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    other = optim.Adam(net.parameters())
    for _ in range(6):
        optimizer.zero_grad()
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
        other.step()
    held = [weakref.ref(thing) for thing in (net, net[0], net[0].weight, optimizer, other)]
    keys = {id(optimizer), id(other)}
    del net, optimizer, other
    gc.collect()
    assert [reference() for reference in held] == [None] * 5
    assert keys.isdisjoint(registration_facts.KNOWN)


def test_tables_do_not_grow():
    mistakes.on()
    gc.collect()
    before = len(registration_facts.KNOWN), len(registration_facts.OPTIMIZED)
    for _ in range(50):
        net = nn.Linear(2, 1)
        optimizer = copy.copy(optim.SGD(net.parameters(), lr=0.1))
        net(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    del net, optimizer
    gc.collect()
    assert (len(registration_facts.KNOWN), len(registration_facts.OPTIMIZED)) == before
