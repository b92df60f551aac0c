"""What a History follows closely, and that a file gives it back exactly."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.plot import GroupHistory, History, ParameterHistory, Series, WeightHistory
from tinygrad_optim.plot.history_file import as_csv, as_json, from_csv, from_json

BOTH = pytest.mark.parametrize("ending", [".json", ".csv"])


def one_parameter(numbers=(3.0, 4.0), make=optim.SGD, **options):
    p = torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)
    return p, make([("p", p)], **options)


def a_run(**watching) -> History:
    """Two groups, three steps; at the second one parameter has no gradient, at the third it is nan."""
    low, high = (torch.tensor(n, requires_grad=True) for n in ([[1.0, 2.0]], [3.0]))
    optimizer = optim.Adam([{"params": [("low", low)]}, {"params": [("high", high)], "lr": 0.5}], lr=0.1)
    with History(optimizer, **watching) as history:
        history.log("loss", math.inf)
        for gradient in (1.0, None, math.nan):
            low.grad = torch.ones(1, 2)
            high.grad = None if gradient is None else torch.tensor([gradient])
            optimizer.step()
            history.log("loss", 1 / 3)
    return history


# ---- what is recorded ------------------------------------------------------------------------------------


def test_options_that_are_numbers_are_recorded_each_number_of_a_pair_by_itself():
    history = a_run()
    options = history.groups[1].options
    assert options["lr"].values == [0.5] * 3
    assert options["betas[0]"].values == [0.9] * 3
    assert options["betas[1]"].values == [0.999] * 3
    assert "amsgrad" not in options  # a switch is no number


def test_a_gradient_that_was_not_there_is_not_in_the_series():
    (p,) = a_run().groups[1].parameters
    assert p.gradient_norm.steps == [1, 3]
    assert p.update_norm.steps == [1, 2, 3]
    assert math.isnan(p.gradient_norm.values[1])


def test_state_is_followed_as_norms_for_the_parameters_that_are_named():
    # momentum 0.5 with gradient (3, 4): the buffer is (3, 4), then (4.5, 6).
    p, optimizer = one_parameter(lr=0.1, momentum=0.5)
    p.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    with History(optimizer, watch=["p"]) as history:
        optimizer.step()
        optimizer.step()
    assert history.parameter("p").state == {"momentum_buffer": Series([1, 2], [5.0, 7.5])}


def test_state_true_follows_all_and_without_it_none_is_followed():
    assert [list(p.state) for g in a_run(state=True).groups for p in g.parameters] == [
        ["step", "exp_avg", "exp_avg_sq"]
    ] * 2
    assert a_run(watch=["high"]).parameter("low").state == {}
    assert [p.state for g in a_run().groups for p in g.parameters] == [{}, {}]


def test_the_life_of_one_weight_is_its_gradient_its_update_and_its_value_from_before_the_first_step_on():
    # lr 0.5: 4 - 0.5 * 2 = 3, then no gradient, then 3 - 0.5 * -1 = 3.5.
    p, optimizer = one_parameter(lr=0.5)
    with History(optimizer, watch=[("p", -1)]) as history:
        for gradient in (2.0, None, -1.0):
            p.grad = None if gradient is None else torch.tensor([9.0, gradient], dtype=torch.float64)
            optimizer.step()
    life = history.weight("p", 1)
    assert life.value == Series([0, 1, 2, 3], [4.0, 3.0, 3.0, 3.5])
    assert life.update == Series([1, 2, 3], [-1.0, 0.0, 0.5])
    assert life.gradient == Series([1, 3], [2.0, -1.0])


def test_a_value_is_one_weight_with_no_index():
    v = torch.Value(4.0, name="v")
    optimizer = optim.SGD([v], lr=0.1)
    with History(optimizer, watch=[("v", ())]) as history:
        (v * v).backward()
        optimizer.step()
    assert history.weight("v").value.values == pytest.approx([4.0, 3.2])


def test_every_measures_only_some_steps_and_counts_all():
    p, optimizer = one_parameter(lr=0.1)
    p.grad = torch.ones(2, dtype=torch.float64)
    with History(optimizer, every=3) as history:
        for _ in range(7):
            optimizer.step()
    assert history.step == 7
    assert history.groups[0].lr.steps == [3, 6]
    assert history.parameter("p").update_norm.values == pytest.approx([0.1 * 2**0.5] * 2)


@pytest.mark.parametrize(
    ("watch", "error", "message"),
    [
        ("p", TypeError, r"watch is a list"),
        (["q"], KeyError, r"no parameter is called 'q'; there are \['p'\]"),
        ([("p", 2)], IndexError, r"out of range for 'p' of shape \(2,\)"),
        ([("p", (0, 0))], IndexError, r"one weight takes 1 indices"),
        ([("p", 0.5)], TypeError, r"whole number"),
        ([3], TypeError, r"watch holds names and \(name, index\) pairs, but one is int"),
    ],
)
def test_what_cannot_be_watched_is_refused_and_no_hook_is_left(watch, error, message):
    optimizer = one_parameter(lr=0.1)[1]
    with pytest.raises(error, match=message):
        History(optimizer, watch=watch)
    assert not optimizer.hooks


def test_two_parameters_of_one_name_cannot_be_told_apart():
    groups = [{"params": [torch.tensor([1.0], requires_grad=True)]} for _ in range(2)]
    optimizer = optim.SGD(groups, lr=0.1)
    with pytest.raises(KeyError, match=r"2 parameters are called 'params\[0\]'"):
        History(optimizer, watch=["params[0]"])
    with History(optimizer) as history:
        optimizer.step()
    with pytest.raises(KeyError, match=r"in groups \[0, 1\]"):
        history.parameter("params[0]")


def test_the_state_of_very_many_parameters_is_to_be_chosen():
    many = [torch.tensor([1.0], requires_grad=True) for _ in range(101)]
    with pytest.raises(ValueError, match=r"101 parameters, more than 100: name the ones"):
        History(optim.SGD(many, lr=0.1), state=True)


@pytest.mark.parametrize("every", [0, 1.5, "2"])
def test_every_is_a_whole_number(every):
    with pytest.raises(ValueError, match=r"every must be a whole number"):
        History(one_parameter(lr=0.1)[1], every=every)


def test_a_weight_that_was_not_watched_is_told_with_how_to_watch_it():
    history = a_run(watch=[("low", (0, 1))])
    with pytest.raises(KeyError, match=r"only \[\(0, 1\)\].*watch="):
        history.weight("low", (0, 0))
    with pytest.raises(KeyError, match=r"only \['low', 'high'\]"):
        history.parameter("middle")


def test_only_a_string_names_what_is_logged():
    with pytest.raises(TypeError, match=r"the name is int 3"):
        History(one_parameter(lr=0.1)[1]).log(3, 1.0)


# ---- files -----------------------------------------------------------------------------------------------


def content(history: History) -> str:
    return repr((history.step, history.groups, history.logged))


@BOTH
def test_a_file_gives_back_exactly_what_was_saved(tmp_path: Path, ending):
    history = a_run(state=True, watch=[("low", (0, 1)), ("high", 0)])
    path = tmp_path / f"run{ending}"
    assert history.save(path) == path
    assert content(History.load(path)) == content(history)


numbers = st.floats(allow_nan=True, allow_infinity=True)
# Before Python 3.11 csv knows no \0.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
rising = st.lists(st.integers(0, 10**6), unique=True, max_size=5).map(sorted)
some_series = rising.flatmap(
    lambda steps: st.lists(numbers, min_size=len(steps), max_size=len(steps)).map(lambda values: Series(steps, values))
)
full_series = some_series.filter(lambda series: series.steps)
weights = st.builds(WeightHistory, st.tuples(st.integers(0, 9)), full_series, some_series, some_series)
parameters = st.builds(
    ParameterHistory, texts, st.tuples(st.integers(0, 9)), some_series, some_series, some_series,
    state=st.dictionaries(texts, full_series, max_size=2),
    weights=st.lists(weights, max_size=2, unique_by=lambda weight: weight.index),
)  # fmt: skip
contents = st.tuples(
    st.integers(0, 10**6),
    st.lists(
        st.tuples(st.dictionaries(texts, full_series, max_size=2), st.lists(parameters, max_size=2)), max_size=2
    ).map(lambda groups: [GroupHistory(number, *given) for number, given in enumerate(groups)]),
    st.dictionaries(texts, full_series, max_size=2),
)


@settings(derandomize=True, deadline=None, max_examples=25)
@given(contents)
def test_any_content_survives_json_and_csv_to_the_last_digit(content):
    assert repr(from_json(as_json(*content))) == repr(content)
    assert repr(from_csv(as_csv(*content))) == repr(content)


def test_json_is_standard_and_csv_is_a_table(tmp_path: Path):
    history = a_run()
    history.save(tmp_path / "run.json")
    told = json.loads((tmp_path / "run.json").read_text(), parse_constant=pytest.fail)  # no NaN, no Infinity
    assert told["logged"]["loss"][1][0] == "inf"
    history.save(tmp_path / "run.csv")
    with open(tmp_path / "run.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [row["value"] for row in rows if row["quantity"] == "lr" and row["group"] == "1"]
    assert found == ["0.5"] * 3


@BOTH
def test_what_is_no_history_is_refused_by_its_name(tmp_path: Path, ending):
    path = tmp_path / f"other{ending}"
    for text in ("", "{}", "[1, 2]", "a,b\n1,2\n", '{"format": "else"}', "\xff"):
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(ValueError, match=r"other\.(json|csv)' is no History"):
            History.load(path)


@BOTH
@pytest.mark.parametrize("cut", [2, 4, "a line"])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, ending, cut):
    path = a_run(state=True).save(tmp_path / f"run{ending}")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rstrip().rfind(b"\n") + 1] if cut == "a line" else whole[:-cut])
    with pytest.raises(ValueError, match="is no History"):
        History.load(path)


def test_a_history_is_saved_as_json_or_csv_only(tmp_path: Path):
    with pytest.raises(ValueError, match=r"saved as .json or .csv"):
        a_run().save(tmp_path / "run.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        History.load(tmp_path / "run.json")


def test_half_a_character_is_written_in_json_and_refused_in_csv_where_the_old_file_stays(tmp_path: Path):
    broken = a_run()
    broken.logged["\ud800"] = Series([1], [1.0])  # which UTF-8 cannot write
    path = a_run().save(tmp_path / "run.csv")
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        broken.save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["run.csv"]
    assert content(History.load(broken.save(tmp_path / "run.json"))) == content(broken)


def test_a_loaded_history_can_be_logged_to_closed_and_shown(tmp_path: Path):
    history = History.load(a_run().save(tmp_path / "run.json"))
    history.log("note", 1)
    history.close()
    assert history.logged["note"] == Series([3], [1.0])
    assert repr(history) == "<History of 3 steps: 2 groups, 2 parameters>"


def test_a_module_trains_alike_with_everything_watched_and_with_nothing():
    ends = []
    for watching in ({}, {"state": True, "watch": [("0.weight", (0, 0))], "every": 2}):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
        optimizer = optim.Adam(net.named_parameters(), lr=0.1)
        with History(optimizer, **watching):
            for _ in range(3):
                optimizer.zero_grad()
                net(torch.ones(4, 2)).sum().backward()
                optimizer.step()
        ends.append([p.tolist() for p in net.parameters()])
    assert ends[0] == ends[1]
