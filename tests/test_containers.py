"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict."""

from __future__ import annotations

import copy

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn


class Add(nn.Module):
    """x + a number, so that what a row computes tells what is in it."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, x):
        return x * 10 + self.number

    def extra_repr(self):
        return str(self.number)


def row(*numbers, kind=nn.Sequential):
    modules = [Add(n) for n in numbers]
    return kind(*modules) if kind is nn.Sequential else kind(modules)


def held(container):
    """The numbers in a row, whether its names are in order, and its attributes the same modules."""
    assert [name for name, _ in container.named_children()] == [str(i) for i in range(len(container))]
    assert all(getattr(container, str(i)) is module for i, module in enumerate(container))
    assert not hasattr(container, str(len(container)))
    return [module.number for module in container]


ROWS = pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])


@ROWS
def test_a_row_grows_like_a_list(kind):
    r = row(1, 2, kind=kind)
    assert r.append(Add(3)) is r
    assert r.extend([Add(4), Add(5)]) is r
    assert r.insert(0, Add(0)) is r
    r.insert(-1, Add(9))
    r.insert(7, Add(6))
    assert held(r) == [0, 1, 2, 3, 4, 9, 5, 6]


@ROWS
def test_a_row_shrinks_like_a_list_and_is_numbered_afresh(kind):
    r = row(0, 1, 2, 3, 4, 5, kind=kind)
    del r[1]
    assert held(r) == [0, 2, 3, 4, 5]
    del r[-2:]
    assert held(r) == [0, 2, 3]
    assert r.pop(-1).number == 3
    assert held(r) == [0, 2]


@ROWS
def test_a_row_is_indexed_sliced_and_written_like_a_list(kind):
    r = row(0, 1, 2, 3, kind=kind)
    assert (r[0].number, r[-1].number, len(r)) == (0, 3, 4)
    assert isinstance(r[1:], kind)
    assert [m.number for m in r[1:]] == [1, 2, 3]
    assert r[1:][0] is r[1]
    r[-1] = Add(7)
    assert held(r) == [0, 1, 2, 7]
    assert [m.number for m in row(1, kind=kind) + row(2, kind=kind)] == [1, 2]


def test_a_sequential_computes_with_what_is_in_it_now():
    r = row(1, 2)
    r += row(3)
    del r[0]
    assert r(torch.tensor(0)).item() == 23
    assert (row(1) * 3)(torch.tensor(0)).item() == 111
    assert (2 * row(1, 2))(torch.tensor(0)).item() == 1212


def test_a_slice_of_a_sequential_keeps_its_names():
    r = nn.Sequential({"a": Add(1), "b": Add(2), "c": Add(3)})
    assert [name for name, _ in r[1:].named_children()] == ["b", "c"]
    r.extend([Add(4)])
    assert [name for name, _ in r.named_children()] == ["a", "b", "c", "3"]


def test_a_module_list_shows_equal_modules_in_a_row_once():
    assert repr(row(1, 1, 2, 3, 3, 3, kind=nn.ModuleList)) == (
        "ModuleList(\n  (0-1): 2 x Add(1)\n  (2): Add(2)\n  (3-5): 3 x Add(3)\n)"
    )
    assert repr(nn.ModuleList()) == "ModuleList()"


def test_a_module_dict_holds_modules_by_name():
    d = nn.ModuleDict({"a": Add(1), "b": Add(2)})
    d["c"] = Add(3)
    d.update([("a", Add(5))])
    assert list(d) == list(d.keys()) == ["a", "b", "c"]
    assert ([m.number for m in d.values()], "a" in d, "z" in d, len(d)) == ([5, 2, 3], True, False, 3)
    assert d.pop("b").number == 2
    assert dict(d.items()) == {"a": d["a"], "c": d["c"]}
    del d["a"]
    assert list(d) == ["c"]
    d.clear()
    assert list(d.named_children()) == []


def test_parameters_in_a_row_are_the_nets():
    net = nn.Module()
    net.parts = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1))])
    net.parts.append(torch.ones(3))
    net.parts += [torch.ones(4)]
    net.parts[1] = nn.Parameter(torch.ones(5))
    assert [(name, p.shape) for name, p in net.named_parameters()] == [
        *(("parts.0", (2,)), ("parts.1", (5,)), ("parts.2", (3,)), ("parts.3", (4,))),
    ]
    assert all(isinstance(p, nn.Parameter) for p in net.parts)
    assert [p.shape for p in net.parts[1:3]] == [(5,), (3,)]
    assert net.parts[-1] is net.parts[3]


def test_parameters_by_name_are_the_nets():
    d = nn.ParameterDict({"b": torch.ones(1), "a": nn.Parameter(torch.ones(2))})
    d["c"] = torch.ones(3)
    assert list(d) == list(dict(d.named_parameters())) == ["a", "b", "c"]
    assert ("a" in d, d.get("z"), len(d), d.pop("a").shape) == (True, None, 3, (2,))
    del d["b"]
    assert [(key, p.shape) for key, p in d.items()] == [("c", (3,))]
    d.clear()
    assert (list(d.values()), list(d.keys())) == ([], [])


def test_parameters_print_their_sizes():
    assert repr(nn.ParameterList([torch.ones(2, 3), torch.ones(())])) == (
        "ParameterList(\n    (0): Parameter containing: [float32 of size 2x3]"
        "\n    (1): Parameter containing: [float32 of size ]\n)"
    )


@pytest.mark.parametrize("make", [lambda: row(1, 2), lambda: row(1, 2, kind=nn.ModuleList)])
def test_a_copied_container_holds_copies(make):
    r = make()
    other = copy.deepcopy(r)
    other[0].number = 7
    del other[1]
    assert (held(r), held(other)) == ([1, 2], [7])


REFUSED = {
    "beyond the end": (IndexError, lambda r: r[3], ["3", "2 modules"]),
    "insert beyond": (IndexError, lambda r: r.insert(4, Add(1)), ["4", "2 modules"]),
    "insert a number": (AssertionError, lambda r: r.insert(0, 3), ["Module", "int"]),
    "a name for an index": (TypeError, lambda r: r["a"], ["int", "str"]),
    "write a number": (TypeError, lambda r: r.__setitem__(0, 3), ["int", "Module"]),
    "extend by one": (TypeError, lambda r: r.extend(3), ["iterable", "int"]),
    "extend by numbers": (TypeError, lambda r: r.extend([Add(1), 3]), ["int", "Module"]),
    "add a number": (ValueError, lambda r: r + 3, ["Sequential", "int"]),
    "add a list in place": (ValueError, lambda r: r.__iadd__([Add(1)]), ["Sequential", "list"]),
    "no times": (ValueError, lambda r: r * 0, ["0"]),
    "times a text": (TypeError, lambda r: r * "a", ["str"]),
    "list of numbers": (TypeError, lambda r: nn.ModuleList([3]), ["int", "Module"]),
    "pairs too short": (ValueError, lambda r: nn.ModuleDict([("a",)]), ["#0", "2 is required"]),
    "no pairs": (TypeError, lambda r: nn.ModuleDict([Add(1)]), ["#0", "Iterable"]),
    "no dict": (TypeError, lambda r: nn.ModuleDict(3), ["int"]),
    "number for a name": (TypeError, lambda r: nn.ModuleDict({3: Add(1)}), ["string", "int"]),
    "a method's name": (KeyError, lambda r: nn.ModuleDict({"pop": Add(1)}), ["'pop'", "another name"]),
    "no such name": (KeyError, lambda r: nn.ModuleDict({})["b"], ["'b'"]),
    "delete no such name": (KeyError, lambda r: nn.ModuleDict({}).__delitem__("training"), ["'training'"]),
    "no tensor": (TypeError, lambda r: nn.ParameterList([3.0]), ["Tensors", "float"]),
    "parameter beyond the end": (IndexError, lambda r: nn.ParameterList([torch.ones(1)])[1], ["1 parameters"]),
    "no such parameter": (KeyError, lambda r: nn.ParameterDict()["x"], ["'x'"]),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused_and_the_row_stays_as_it_was(exception, act, fragments):
    r = row(1, 2)
    with pytest.raises(exception) as caught:
        act(r)
    for fragment in fragments:
        assert fragment in str(caught.value)
    assert held(r) == [1, 2]
