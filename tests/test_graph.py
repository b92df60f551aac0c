"""Graphs: what is collected, the tree, and the picture."""

from __future__ import annotations

import re
import sys
import tracemalloc
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim import nn, value
from tinygrad_optim.graph import draw_graph
from tinygrad_optim.graph.layout import GAP, LANE, lay_out, rows_by_longest_path
from tinygrad_optim.nn.functional import mse_loss
from tinygrad_optim.value import Value

SVG = "{http://www.w3.org/2000/svg}"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.last = nn.Linear(3, 1)

    def forward(self, x):
        return self.last(self.first(x).relu())


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def named(graph, title):
    """The boxes of this title."""
    return [box for box in graph.boxes if box.title == title]


def parents_of(graph, box):
    return {role: graph.boxes[i].title for i, role in box.parents}


# ---- what is collected -------------------------------------------------------------------------------------


def test_each_op_and_each_parameter_has_a_box_after_those_it_was_made_from(net):
    graph = draw_graph(net(torch.ones(4, 2)).sum())
    assert sorted(box.title for box in graph.boxes) == [
        "first.bias", "first.weight", "last.bias", "last.weight", "linear", "linear", "relu", "sum"
    ]  # fmt: skip
    assert all(parent < i for i, box in enumerate(graph.boxes) for parent, _ in box.parents)
    assert graph.boxes[-1].title == "sum"


def test_a_box_tells_shape_argument_module_and_source_line(net):
    graph = draw_graph(net(torch.ones(4, 2)).sum())
    first, last = named(graph, "linear")
    assert parents_of(graph, first) == {"weight": "first.weight", "bias": "first.bias"}
    assert (first.shape, last.shape) == ((4, 3), (4, 1))
    assert (first.module, last.module) == ("first (Linear)", "last (Linear)")
    assert named(graph, "relu")[0].module == "Net"
    assert named(graph, "relu")[0].place.text == "return self.last(self.first(x).relu())"
    assert named(graph, "relu")[0].place.function == "forward"


def test_an_op_on_a_parameter_outside_its_module_is_not_said_to_be_in_it(net):
    graph = draw_graph((net.first.weight * 2).sum())
    assert [box.module for box in graph.boxes] == ["", "", ""]


def test_two_modules_of_one_class_are_told_apart_by_the_parameters_that_their_forward_uses():
    class Scale(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = nn.Parameter(torch.ones(2))

        def forward(self, x):
            return x * self.factor

    net = nn.Sequential(Scale(), Scale())
    graph = draw_graph(net(torch.ones(2)).sum())
    assert [box.module for box in named(graph, "mul")] == ["0 (Scale)", "1 (Scale)"]


def test_names_are_those_of_the_given_net(net):
    outer = nn.Sequential(net)
    assert named(draw_graph(outer(torch.ones(1, 2)).sum()), "0.first.weight")
    assert named(draw_graph(outer(torch.ones(1, 2)).sum(), net=net), "first.weight")


def test_the_callers_variables_name_leaves_and_results():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    doubled = w * 2
    graph = draw_graph(doubled.sum())
    assert named(graph, "w")
    assert named(graph, "mul")[0].variable == "doubled"


def test_a_parameter_used_twice_appears_once():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = draw_graph((w * w + w).sum())
    assert [box.title for box in graph.boxes] == ["w", "mul", "add", "sum"]
    assert graph.boxes[1].parents == [(0, "x"), (0, "y")]


def test_values_are_those_that_the_graph_has_kept():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = draw_graph((x.exp() * 3).sum(), values=True)
    # exp keeps its result for its derivative, sum is the result; mul by a number keeps nothing of its own result
    assert [box.value for box in graph.boxes] == ["[1, 2]", "[2.718, 7.389]", "", "30.32"]


def test_a_value_that_was_overwritten_since_is_not_shown():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    e = x.exp()
    total = e.sum()
    e.detach().fill_(0)
    assert [box.value for box in draw_graph(total, values=True).boxes] == ["[1, 2]", "", "10.11"]


def test_gradients_of_everything_are_shown_and_none_is_written():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = ((x * x) * 3).sum()
    graph = draw_graph(loss, gradients=True)
    # d loss / d (x*x) = 3; d loss / dx = 6x
    assert [box.gradient for box in graph.boxes] == ["[6, 12]", "[3, 3]", "[1, 1]", "1"]
    assert x.grad is None
    loss.backward()  # the graph is still there
    assert x.grad.tolist() == [6, 12]


def test_after_backward_the_leaves_gradients_are_what_is_left_and_a_note_says_so():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    graph = draw_graph(loss, gradients=True)
    assert [box.gradient for box in graph.boxes] == ["[2, 4]", "", ""]
    assert "let go" in graph.to_text()
    assert "let go" in graph.to_svg()


def test_a_gradient_cannot_start_at_many_numbers():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="scalar outputs"):
        draw_graph(x * 2, gradients=True)


def test_of_values_the_numbers_and_local_derivatives_are_told():
    a, b = Value(2.0), Value(-3.0)
    product = a * b
    product.backward()
    graph = draw_graph(product, gradients=True)
    assert [(box.title, box.value, box.gradient) for box in graph.boxes] == [
        ("a", "2", "-3"), ("b", "-3", "2"), ("Value", "-6", "1")
    ]  # fmt: skip
    assert graph.boxes[-1].parents == [(0, "× -3"), (1, "× 2")]


def test_of_many_tensors_joined_each_has_its_place():
    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    graph = draw_graph(torch.cat([a, b]))
    assert parents_of(graph, graph.boxes[-1]) == {"[0]": "a", "[1]": "b"}


def test_a_function_of_ones_own_is_drawn_by_its_name():
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = draw_graph(Doubled.apply(x).sum(), values=True, gradients=True)
    assert named(graph, "Doubled")
    assert named(graph, "x")[0].gradient == "[2, 2]"


def test_a_leaf_alone_is_a_graph():
    w = torch.tensor([1.0])
    assert draw_graph(w).summary == "1 leaf"
    assert "○ w" in draw_graph(w).to_text()
    assert draw_graph(w).to_svg().startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((3.0,), TypeError, "a Tensor or a Value"),
        ((Value(1.0), "net"), TypeError, "Module"),
        ((Value(1.0), None, False, False, 0), ValueError, "at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(arguments, error, words):
    with pytest.raises(error, match=words):
        draw_graph(*arguments)


def test_drawing_changes_nothing(net):
    loss = net(torch.ones(4, 2)).sum()
    before = {id(p): (p.array.tobytes(), p.gradient, p.storage and p.storage.written) for p in net.parameters()}
    draw_graph(loss, values=True, gradients=True).to_svg()
    assert before == {id(p): (p.array.tobytes(), p.gradient, p.storage and p.storage.written) for p in net.parameters()}


# ---- the tree ----------------------------------------------------------------------------------------------


def test_the_tree_starts_with_the_result_and_tells_what_is_shared_once(net):
    w = net.first.weight
    loss = mse_loss(net(torch.ones(4, 2)), torch.zeros(4, 1)) + (w * w).sum()
    lines = draw_graph(loss).to_text().splitlines()
    assert lines[0] == "The graph of loss: 7 ops, 4 parameters"
    assert lines[2].startswith("● add #7 = loss")
    told = [line for line in lines if "first.weight" in line]
    assert len(told) == 2
    assert sum("(told below)" in line for line in told) == 1
    assert told[-1].split() == ["├─■", "weight:", "first.weight", "3x2"]


def test_what_a_shared_op_was_made_from_is_told_once():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    shared = x.exp()
    lines = draw_graph((shared * shared.tanh()).sum()).to_text().splitlines()
    assert sum("exp #1" in line for line in lines) == 2
    assert sum("○ x" in line for line in lines) == 1


def test_a_source_line_is_told_where_it_changes():
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2 + 1
    lines = draw_graph(y.exp()).to_text().splitlines()
    assert [bool(re.search(r"y = x \* 2 \+ 1$", line)) for line in lines if "#" in line] == [False, True, False]


def test_the_longest_way_goes_straight_down_however_long_it_is():
    x = torch.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(3000):
        y = y * 0.5 + x
    text = draw_graph(y, most=10_000).to_text()
    assert max(len(line) - len(line.lstrip("│├└─ ")) for line in text.splitlines()) <= 4


# ---- the picture -------------------------------------------------------------------------------------------


def test_the_picture_is_valid_and_tells_itself_to_those_who_do_not_see_it(net):
    picture = ElementTree.fromstring(draw_graph(net(torch.ones(4, 2)).sum()).to_svg())
    assert picture.get("role") == "img"
    titles = {part.get("id"): part.text for part in picture if part.tag in (SVG + "title", SVG + "desc")}
    said = [titles[one] for one in picture.get("aria-labelledby").split()]
    assert said[0] == "The graph of sum"
    assert "4 ops, 4 parameters" in said[1]
    assert len(picture.findall(f".//{SVG}rect")) == 8


def test_the_pictures_colours_follow_the_page_and_stay_its_own(net):
    graph = draw_graph(net(torch.ones(4, 2)).sum())
    alone, inline = graph.to_svg(), graph._repr_html_()
    assert "color-scheme: light dark" in alone
    assert "Canvas" not in inline
    rules = re.search(r"<style>(.*?)</style>", inline, re.S)[1].strip().splitlines()
    scope = re.search(r'class="(graph-\w+)"', inline)[1]
    assert all(rule.startswith(f".{scope} ") for rule in rules)


def test_names_and_source_are_escaped():
    evil = Value(1.0, name="<script>&\x00")
    picture = ElementTree.fromstring(draw_graph(evil * 2).to_svg())
    assert "<script>&" in [part.text for part in picture.iter(SVG + "text")]


def test_faces_are_saved_whole(net, tmp_path):
    graph = draw_graph(net(torch.ones(4, 2)).sum())
    assert graph.save_svg(tmp_path / "graph.svg").read_text(encoding="utf-8") == graph.to_svg()
    assert graph.save_text(tmp_path / "graph.txt").read_text(encoding="utf-8") == graph.to_text() == str(graph)


# ---- large graphs ------------------------------------------------------------------------------------------


def chain(length):
    x = torch.tensor([1.0], requires_grad=True)
    for _ in range(length):
        x = x * 0.5
    return x


def test_a_chain_of_100_000_ops_is_cut_with_a_note_and_needs_no_recursion():
    y = chain(100_000)
    limit = sys.getrecursionlimit()
    graph = draw_graph(y)
    assert sys.getrecursionlimit() == limit
    assert graph.summary == "5,000 ops"
    assert "95,001 more, made earlier, are not drawn" in graph.to_text()
    assert "95,001 more, not drawn" in graph.to_svg()
    assert graph.boxes[-1].number == 100_000


def test_a_chain_of_100_000_ops_can_be_told_whole_in_moderate_memory():
    assert draw_graph(chain(100_000), most=100_000).to_text().count("● mul") == 100_000
    y = chain(5000)
    tracemalloc.start()
    draw_graph(y).to_text()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5000 * 4000  # bytes an op


def test_a_graph_of_5000_ops_that_use_the_same_parameters_is_drawn():
    w, b = torch.tensor([0.5], requires_grad=True), torch.tensor([0.1], requires_grad=True)
    h = torch.tensor([0.0])
    for _ in range(2500):
        h = h * w + b
    graph = draw_graph(h)
    assert graph.summary == "5,000 ops, 2 leaves"
    assert graph.to_svg().count("<rect") == 5002


def test_a_sum_of_1000_values_takes_several_rows():
    graph = draw_graph(value.sum([Value(float(i)) for i in range(1000)]))
    assert graph.summary == "1 op, 1,000 leaves"
    assert float(ElementTree.fromstring(graph.to_svg()).get("width")) < 10_000


# ---- the layout --------------------------------------------------------------------------------------------


@st.composite
def graphs(draw):
    """Parents of each box, all numbered less than itself."""
    n = draw(st.integers(1, 60))
    return [draw(st.lists(st.integers(0, i - 1), max_size=4)) if i else [] for i in range(n)]


def sizes_for(parents):
    random = np.random.default_rng(len(parents))
    return random.uniform(20, 200, len(parents)).tolist(), random.uniform(20, 90, len(parents)).tolist()


@settings(derandomize=True, deadline=None, max_examples=25)
@given(graphs())
def test_every_parent_stands_above_its_child_and_no_two_boxes_overlap(parents):
    widths, heights = sizes_for(parents)
    layout = lay_out(parents, widths, heights)
    for child, mine in enumerate(parents):
        for parent in mine:
            assert layout.top[parent] + heights[parent] + GAP <= layout.top[child] + 1e-6
    for i in range(len(parents)):
        for j in range(i):
            apart = abs(layout.x[i] - layout.x[j]) >= (widths[i] + widths[j]) / 2
            below = layout.top[i] >= layout.top[j] + heights[j] or layout.top[j] >= layout.top[i] + heights[i]
            assert apart or below
    assert min(x - w / 2 for x, w in zip(layout.x, widths)) >= -1e-6
    assert max(x + w / 2 for x, w in zip(layout.x, widths)) <= layout.width + 1e-6


@settings(derandomize=True, deadline=None, max_examples=25)
@given(graphs())
def test_no_line_runs_through_a_box(parents):
    widths, heights = sizes_for(parents)
    layout = lay_out(parents, widths, heights)
    for piece in [*layout.stems, *layout.tips.values()]:
        for (x, y), (to_x, to_y) in pairwise(piece):
            for i in range(len(parents)):
                beside = abs(x - layout.x[i]) >= widths[i] / 2 + LANE / 2 and x == to_x
                outside = max(y, to_y) <= layout.top[i] + 1e-6 or min(y, to_y) >= layout.top[i] + heights[i] - 1e-6
                assert beside or outside


def test_a_box_is_one_row_above_the_first_that_needs_it():
    # 0 and 2 are leaves; 1 is made from 0, 3 from 1 and 2, 4 from 3 and 0
    assert rows_by_longest_path([[], [0], [], [1, 2], [3, 0]]) == [0, 1, 1, 2, 3]


def test_two_ways_that_need_not_cross_do_not():
    # 2 is made from 1 and 3 from 0, and 4 from both
    layout = lay_out([[], [], [1], [0], [2, 3]], [50] * 5, [20] * 5)
    assert (layout.x[0] < layout.x[1]) == (layout.x[3] < layout.x[2])
