"""What a notebook shows: optimizers, stories, recordings, graphs and histories."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.plot import History
from tinygrad_optim.trace import record, tell

ROOT = Path(__file__).parents[1]


def make():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    groups = [{"params": net[0].parameters()}, {"params": net[1].parameters(), "lr": 0.5}]
    return net, optim.SGD(groups, lr=0.1, momentum=0.9)


def train(net, optimizer, history=None):
    for _ in range(2):
        optimizer.zero_grad()
        loss = net(torch.ones(4, 2)).sum()
        loss.backward()
        optimizer.step()
        if history:
            history.log("<loss>", loss)


def cells(shown):
    """The rows of the table in it, as texts."""
    part = re.search("<table.*</table>", shown, re.S)[0].replace("<br>", "\n").replace("&ndash;", "-")
    tree = ElementTree.fromstring(part.replace("&times;", "x"))
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


def test_an_optimizer_shows_its_groups_and_where_each_option_came_from():
    _, optimizer = make()
    rows = {row[0]: row[1:] for row in cells(optimizer._repr_html_())}
    assert rows["parameters"] == ["0.weight 3x2\n0.bias 3", "1.weight 1x3\n1.bias 1"]
    assert rows["lr"] == ["0.1 default", "0.5 group"]


def test_names_are_escaped():
    optimizer = optim.SGD([("<b>", torch.tensor([1.0], requires_grad=True))], lr=0.1)
    assert cells(optimizer._repr_html_())[1] == ["parameters", "<b> 1"]


def test_a_history_shows_figures_and_the_ends_of_each_series():
    net, optimizer = make()
    with History(optimizer) as history:
        train(net, optimizer, history)
    shown = history._repr_html_()
    assert shown.count("<img alt=") == 2
    rows = {row[0]: row[1:] for row in cells(shown)}
    assert rows["lr of group 1 (1.weight, 1.bias)"] == ["0.5", "0.5", "2"]
    assert rows["<loss>"][2] == "2"


def test_an_empty_history_shows_that_it_is_empty():
    shown = History(make()[1])._repr_html_()
    assert "History of 0 steps" in shown
    assert "<img" not in shown


def test_a_history_shows_its_table_where_matplotlib_is_missing(monkeypatch):
    net, optimizer = make()
    with History(optimizer) as history:
        train(net, optimizer, history)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    shown = history._repr_html_()
    assert "<img" not in shown
    assert "History of 2 steps" in shown


def test_a_story_is_a_page_in_a_frame_of_its_own_and_a_recording_shows_its_story():
    recording = record(train, *make())
    shown = recording._repr_html_()
    frame = re.fullmatch(
        r'<iframe title="([^"]*)" srcdoc="([^"]*)" sandbox="allow-scripts" style="[^"]*"></iframe>', shown
    )
    assert html.unescape(frame[2]).startswith("<!doctype html>")
    assert shown.isascii()
    assert re.fullmatch(
        r"<Story of \d+ lines: forward, backward, step, forward, backward, step>", html.unescape(frame[1])
    )
    assert repr(tell(recording)) == html.unescape(frame[1])
    assert repr(recording) == f"<Recording of {recording.lines} lines>"


CELLS = {
    "optimizer": "optimizer",
    "story": "tell(recording)",
    "recording": "recording",
    "graph": "draw_graph(net(torch.ones(4, 2)).sum())",
    "history": "history",
}
SETUP = """
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.graph import draw_graph
from tinygrad_optim.plot import History
from tinygrad_optim.trace import record, tell

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
optimizer = optim.SGD(net.parameters(), lr=0.1)
history = History(optimizer)

def train():
    optimizer.zero_grad()
    loss = net(torch.ones(4, 2)).sum()
    loss.backward()
    optimizer.step()
    history.log("loss", loss)

recording = record(train)
"""


def test_a_notebook_that_is_run_shows_them_all(monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="the notebook extra is not installed")
    nbclient = pytest.importorskip("nbclient", reason="the notebook extra is not installed")
    pytest.importorskip("ipykernel", reason="the notebook extra is not installed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    version = nbformat.v4
    notebook = version.new_notebook(cells=[version.new_code_cell(text) for text in (SETUP, *CELLS.values())])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = {}
    for name, cell in zip(CELLS, notebook.cells[1:]):
        assert [output.output_type for output in cell.outputs] == ["execute_result"], cell.outputs
        shown[name] = cell.outputs[0].data
    starts = {
        "optimizer": "<table>",
        "story": "<iframe ",
        "recording": "<iframe ",
        "graph": "<div ",
        "history": "<img ",
    }
    assert {name: data["text/html"][: len(starts[name])] for name, data in shown.items()} == starts
    assert shown["graph"]["image/svg+xml"].startswith("<svg")
    assert max(len(data["text/plain"]) for name, data in shown.items() if name != "optimizer") < 200
