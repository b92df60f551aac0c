"""The museum of bugs: each mutant does what it says it does, and afterwards nothing is left of it."""

from __future__ import annotations

import inspect
import linecache
import math
import traceback
import warnings

import numpy as np
import pytest

import tinygrad_optim as tg
from tinygrad_optim import Value, optim
from tinygrad_optim.course import museum
from tinygrad_optim.course.museum import MUTANTS, Change, Mutant, exhibit, exhibits, suspect
from tinygrad_optim.optim.adam import adam
from tinygrad_optim.optim.optimizer import Optimizer
from tinygrad_optim.trace import record, tell


def functions_of(mutant):
    return [swap.function for swap in exhibits.swaps_for(mutant, mutant.name)]


def tensor(number, grad=None):
    p = tg.tensor(number, dtype=tg.float64, requires_grad=True)
    if grad is not None:
        p.grad = tg.tensor(grad, dtype=tg.float64)
    return p


def value(number, grad=None):
    v = Value(number)
    v.grad = grad
    return v


def steps(make, make_optimizer, gradients, start=1.0):
    """Where a parameter that starts at 1 is after a step with each of these gradients."""
    p = make(start)
    optimizer = make_optimizer([p])
    for g in gradients:
        p.grad = g if make is value else tg.tensor(g, dtype=tg.float64)
        optimizer.step()
    return float(p)


# ---- small programs, and what each comes to, right and with the bug, by hand ---------------------------------


def skip(make):
    """s = 2a, t = s + 1, u = s * t at a = 3: du/da = 2 * (t + s) = 2 * (7 + 6)."""
    a = make(3.0)
    s = a * 2.0
    (s * (s + 1.0)).backward()
    return float(a.grad)


def diamond(make):
    """b = 2a, c = 3b, d = b + 1, e = c * d at a = 1: de/da = 2 * (3d + c) = 2 * (9 + 6)."""
    a = make(1.0)
    b = a * 2.0
    ((b * 3.0) * (b + 1.0)).backward()
    return float(a.grad)


def two_passes(make):
    """d(2x)/dx, twice, adds up to 4."""
    x = make(3.0)
    for _ in range(2):
        (x * 2.0).backward()
    return float(x.grad)


def same_graph_twice(make):
    """d(10x)/dx through 2x, twice through the same graph: 20."""
    x = make(3.0)
    y = (x * 2.0) * 5.0
    for _ in range(2):
        y.backward(**({} if make is value else {"retain_graph": True}))
    return float(x.grad)


def bias_of_rows(make):
    """A bias added to 4 rows: each row brings it a gradient of 1."""
    b = tensor(0.0)
    (tg.zeros(4, dtype=tg.float64) + b).sum().backward()
    return float(b.grad)


def adam_step(make, g=2.0, **options):
    return steps(make, lambda params: optim.Adam(params, lr=0.1, **options), [g])


def adamw(make):
    return steps(make, lambda params: optim.AdamW(params, lr=0.1, weight_decay=0.5, eps=0.0), [2.0])


def sgd_with_decay(make):
    return steps(make, lambda params: optim.SGD(params, lr=0.1, momentum=0.5, weight_decay=0.2), [1.0, 1.0])


def nesterov(make):
    return steps(make, lambda params: optim.SGD(params, lr=0.1, momentum=0.5, nesterov=True), [2.0])


def in_two_groups(make):
    p = make(1.0, 2.0)
    try:
        optimizer = optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1)
    except ValueError:
        return "refused"
    optimizer.step()
    return float(p)


def twice_in_a_list(make):
    p = make(1.0, 2.0)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        optim.SGD([p, p], lr=0.1)
    return any("duplicate" in str(one.message) for one in warned)


def two_groups(make):
    """The groups' lr, at first and after a step of a schedule that halves it; and the gradients after zero_grad()."""
    p, q = make(1.0, 2.0), make(1.0, 2.0)
    optimizer = optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.01}], lr=0.1)
    optimizer.step()
    schedule = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    lrs = [group["lr"] for group in optimizer.param_groups]
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    after = [group["lr"] for group in optimizer.param_groups]
    return [*lrs, *after, p.grad is None, q.grad is None]


# By mutant: the program, what it comes to, what it comes to with the bug, and with which kinds of parameter.
BOTH = (value, tensor)
WORKED = {
    "no_topological_order": [
        (skip, 26.0, 14.0, BOTH),  # s hands on the 7 from u before the 6 from t has arrived: 2 * 7
        (diamond, 30.0, 18.0, BOTH),  # b hands on the 3 * 3 from c before the 6 from d: 2 * 9
        (two_passes, 4.0, 4.0, BOTH),  # a chain has but one order
    ],
    "gradients_overwritten": [
        (skip, 26.0, 12.0, BOTH),  # the 6 from t replaces the 7 from u: 2 * 6
        (two_passes, 4.0, 2.0, BOTH),
    ],
    "stale_inner_gradients": [
        (same_graph_twice, 20.0, 40.0, (value,)),  # second pass: y.grad 1 + 1; (2x).grad 5 + 5 * 2; x.grad 10 + 2 * 15
        (same_graph_twice, 20.0, 20.0, (tensor,)),  # not in a Tensor's walk
        (two_passes, 4.0, 4.0, BOTH),  # each pass has a graph of its own
    ],
    "broadcast_averaged": [(bias_of_rows, 4.0, 1.0, (tensor,))],
    # The first step, whatever the betas: m_hat = g = 2, sqrt(v_hat) = 2.
    "eps_outside": [
        (lambda make: adam_step(make, eps=0.5), 1 - 0.1 * 2 / 2.5, 1 - 0.1 * 2 / 2 + 0.5, BOTH),
        (lambda make: adam_step(make, g=0.0), 1.0, math.nan, (tensor,)),
    ],
    "eps_inside_root": [(lambda make: adam_step(make, eps=5.0), 1 - 0.1 * 2 / 7, 1 - 0.1 * 2 / 3, BOTH)],
    # With both betas 1/2: m = g / 2 and v = g**2 / 2, divided by 1/2; with the bug by 3/4: 2/3 of g, of g**2.
    "bias_correction_off_by_one": [
        (lambda make: adam_step(make, betas=(0.5, 0.5), eps=0.0), 0.9, 1 - 0.1 * (2 / 3) / math.sqrt(2 / 3), BOTH)
    ],
    "decay_in_the_gradient": [(adamw, 0.95 - 0.1, 1 - 0.1, BOTH)],
    # Velocities: 1.2 and 0.6 + 1.176; with the bug 1 and 1.5, and 0.2 and 0.176 added to them for the step alone.
    "decay_after_momentum": [(sgd_with_decay, 1 - 0.12 - 0.1776, 1 - 0.12 - 0.1676, BOTH)],
    "nesterov_without_look_ahead": [(nesterov, 1 - 0.1 * (2 + 0.5 * 2), 1 - 0.1 * 2, BOTH)],
    "stepped_twice": [(in_two_groups, "refused", 1 - 0.2 - 0.2, BOTH), (twice_in_a_list, True, False, BOTH)],
    "default_wins": [(two_groups, [0.1, 0.01, 0.05, 0.005, True, True], [0.1, 0.1, 0.05, 0.05, True, True], BOTH)],
    "zero_grad_misses_a_group": [
        (two_groups, [0.1, 0.01, 0.05, 0.005, True, True], [0.1, 0.01, 0.05, 0.005, True, False], BOTH)
    ],
    "group_missed_by_scheduler": [
        (two_groups, [0.1, 0.01, 0.05, 0.005, True, True], [0.1, 0.01, 0.05, 0.01, True, True], BOTH)
    ],
}
CASES = [(name, *case, make) for name, cases in WORKED.items() for *case, kinds in cases for make in kinds]


def test_every_mutant_is_worked_out_by_hand():
    assert set(WORKED) == set(MUTANTS)


@pytest.mark.parametrize(("name", "program", "right", "wrong", "make"), CASES)
def test_a_mutant_gives_the_wrong_number_that_it_should_and_the_package_the_right_one(
    name, program, right, wrong, make
):
    about = {"rel": 1e-12, "nan_ok": True}
    assert program(make) == (right if isinstance(right, str) else pytest.approx(right, **about))
    with exhibit(name), np.errstate(all="ignore"):
        assert program(make) == pytest.approx(wrong, **about)
    assert program(make) == (right if isinstance(right, str) else pytest.approx(right, **about))


def test_order_does_not_matter_where_what_is_used_twice_is_a_leaf_or_comes_last():
    def leaf_twice():
        a = Value(3.0)
        (a * (a + 1.0)).backward()
        return a.grad

    def skip_that_comes_last():
        a = Value(3.0)
        s = a * 2.0
        ((s + 1.0) * s).backward()
        return a.grad

    with exhibit("no_topological_order"):
        assert (leaf_twice(), skip_that_comes_last()) == (7.0, 26.0)


RULE_MUTANTS = [name for name, mutant in MUTANTS.items() if mutant.changes[0].function in ("optim.adam:adam",)]


@pytest.mark.parametrize("name", RULE_MUTANTS)
def test_the_mutant_of_a_rule_is_the_same_in_every_way_of_running_it(name):
    def moved(**way):
        p = tg.tensor([1.0, -3.0], dtype=tg.float64, requires_grad=True)
        moving = p.clone() if "differentiable" in way else p
        if "differentiable" in way:
            moving.retain_grad()
        optimizer = optim.Adam([moving], 0.1, (0.5, 0.5), 0.5, weight_decay=0.1, decoupled_weight_decay=True, **way)
        (moving * tg.tensor([2.0, 5.0], dtype=tg.float64)).sum().backward()
        optimizer.step()
        return moving.tolist()

    ways = ({"foreach": False}, {"foreach": True}, {"differentiable": True})
    right = [moved(**way) for way in ways]  # first, so that what is kept from the right rule would be used by the wrong
    with exhibit(name):
        wrong = [moved(**way) for way in ways]
    assert right[0] == right[1] == pytest.approx(right[2])
    assert wrong[0] == wrong[1] == pytest.approx(wrong[2])
    assert abs(right[0][0] - wrong[0][0]) > 1e-3
    assert [moved(**way) for way in ways] == right  # and the other way round


# ---- put in and taken out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=lambda mutant: mutant.name)
def test_each_line_that_a_mutant_changes_is_there_and_each_function_is_itself_again_afterwards(mutant):
    functions = functions_of(mutant)
    before = [function.__code__ for function in functions]
    with exhibit(mutant.name) as shown:
        assert shown is mutant
        assert all(function.__code__ is not code for function, code in zip(functions, before))
        sources = "".join(inspect.getsource(function) for function in functions)
        changed = [line.strip() for change in mutant.changes for line in change.becomes.splitlines()]
        assert [line for line in changed if line not in sources] == []
    assert all(function.__code__ is code for function, code in zip(functions, before))


def test_an_exception_on_the_way_takes_the_bug_out_too():
    code = adam.__code__
    with pytest.raises(ZeroDivisionError), exhibit("eps_outside"):
        1 / (adam.__code__ is code)
    assert adam.__code__ is code
    with exhibit("eps_outside"):  # and the next one may be shown
        pass


def test_a_second_bug_at_the_same_time_is_refused_and_the_first_one_stays():
    code = adam.__code__
    with exhibit("eps_outside"):
        first = adam.__code__
        with pytest.raises(RuntimeError, match="one bug at a time: 'eps_outside'"), exhibit("eps_inside_root"):
            pass
        assert adam.__code__ is first
    assert adam.__code__ is code


def test_a_name_that_the_museum_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(KeyError, match=r"'eps'.*no_topological_order.*group_missed_by_scheduler"), exhibit("eps"):
        pass


@pytest.mark.parametrize("was", ["m = beta1 * exp_avg + g", "g = -g\n    p = p"])
def test_a_line_that_is_no_longer_in_the_source_is_named_and_nothing_is_changed(was, monkeypatch):
    there = Change("optim.adam:adam", "m_hat = m / (1 - beta1**step)", "m_hat = m")
    monkeypatch.setitem(MUTANTS, "old", Mutant("old", "", "", (there, Change("optim.adam:adam", was, "g = g"))))
    code = adam.__code__
    with pytest.raises(RuntimeError, match=r"optim\.adam:adam that stands there 0 times"), exhibit("old"):
        pass
    assert adam.__code__ is code
    with exhibit("eps_outside"):
        pass


def test_a_line_that_stands_there_twice_is_refused():
    change = Change("optim.sgd:SGD.check_together", "x = 1", "x = 2")
    with pytest.raises(RuntimeError, match="stands there 2 times, not once: 'x = 1'"):
        exhibits.find(["    x = 1\n", "    y = 1\n", "        x = 1\n"], change)


def test_defaults_docstrings_and_signatures_stay():
    before = inspect.signature(Optimizer.zero_grad), Optimizer.zero_grad.__doc__, adam.__doc__
    with exhibit("zero_grad_misses_a_group"):
        assert inspect.signature(Optimizer.zero_grad) == before[0]
        p = tensor(1.0, 2.0)
        optim.SGD([p]).zero_grad()  # set_to_none is True by default
        assert p.grad is None
        assert (Optimizer.zero_grad.__doc__, adam.__doc__) == before[1:]


# ---- what is to be seen of it --------------------------------------------------------------------------------


def test_a_traceback_shows_the_line_as_the_bug_has_it():
    with exhibit("eps_outside"):
        try:
            adam(1.0, "g", 0.0, 0.0, None, step=1, lr=0.1, betas=(0.9, 0.99), eps=1e-8, weight_decay=0,
                 amsgrad=False, maximize=False, decoupled_weight_decay=False)  # fmt: skip
        except TypeError as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
    assert last.filename.endswith("adam.eps_outside.py")
    assert last.line == "m = beta1 * exp_avg + (1 - beta1) * g"
    linecache.checkcache()
    assert "sqrt(v_hat) + eps, m" in linecache.getline(last.filename, last.lineno + 8)


def train():
    p = tensor(1.0)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.5, weight_decay=0.2)
    (p * 2.0).backward()
    optimizer.step()
    return p


def test_a_recording_has_the_lines_that_ran_and_is_told_as_ever_afterwards():
    with exhibit("decay_after_momentum"):
        recording = record(train)
    story = tell(recording)  # when the bug has gone again
    assert [chapter.kind for chapter in story.chapters] == ["construct", "forward", "backward", "step"]
    lines = [line.place for line in story.chapters[-1].groups[0].updates[0].lines]
    assert {place.file.rsplit("optim", 1)[-1][1:] for place in lines} == {"sgd.decay_after_momentum.py"}
    texts = [place.text for place in lines]
    assert texts.index("g = g + weight_decay * p") > texts.index("if momentum:")


@pytest.mark.parametrize("make", BOTH)
@pytest.mark.parametrize("name", ["no_topological_order", "gradients_overwritten"])
def test_a_backward_pass_with_a_bug_is_told_node_by_node(name, make):
    with exhibit(name):
        recording = record(skip, make)
    (backward,) = [chapter for chapter in tell(recording).chapters if chapter.kind == "backward"]
    order = {"no_topological_order": ["mul", "mul", "add"], "gradients_overwritten": ["mul", "add", "mul"]}
    assert [node.op for node in backward.nodes] == order[name]
    assert len(backward.leaves) == 1


def test_messages_name_the_programs_own_line_though_the_librarys_is_a_mutant():
    with exhibit("no_topological_order"):
        x = tensor(3.0)
        y = x * 2.0
        y.backward()
        with pytest.raises(RuntimeError, match=r"test_museum\.py"):
            y.backward()


# ---- suspects ------------------------------------------------------------------------------------------------


def test_a_suspect_has_a_bug_whose_name_is_seen_nowhere():
    code = {name: [f.__code__ for f in functions_of(mutant)] for name, mutant in MUTANTS.items()}
    with suspect(3) as hidden:
        changed = [name for name, m in MUTANTS.items() if [f.__code__ for f in functions_of(m)] != code[name]]
        files = {f.__code__.co_filename for name in changed for f in functions_of(MUTANTS[name])}
        assert any("suspect_3" in file for file in files)
        (name,) = [name for name in MUTANTS if hidden.is_it(name)]
        assert name in changed
        assert not any(name in file for file in files)
    assert repr(hidden).startswith("<suspect 3: one of no_topological_order, gradients_overwritten, ")


def test_the_same_number_has_the_same_bug_and_the_numbers_have_all_of_them():
    def name_of(number, **among):
        with suspect(number, **among) as hidden:
            return next(name for name in MUTANTS if hidden.is_it(name))

    names = [name_of(number) for number in range(60)]
    assert names[:20] == [name_of(number) for number in range(20)]
    assert set(names) == set(MUTANTS)
    few = ["eps_outside", "stepped_twice"]
    assert {name_of(number, among=few) for number in range(12)} == set(few)
    with pytest.raises(KeyError, match="no 'x'"), suspect(1, among=["x"]):
        pass
    with suspect(1) as hidden, pytest.raises(KeyError, match="no 'eps'"):
        hidden.is_it("eps")


def test_the_room_names_what_it_has():
    assert museum.mutant_called("eps_outside").changes[0].function == "optim.adam:adam"
    assert all(mutant.bug.endswith(".") and mutant.shows.endswith(".") for mutant in MUTANTS.values())
