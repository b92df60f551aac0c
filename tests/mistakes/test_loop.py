"""The loop: what is said of zero_grad, backward, clipping and step in the wrong order, and of what is left quiet."""

from __future__ import annotations

import pytest
from speaking import marked, said_once, spoken

START = """
import math
import tinygrad_optim as torch
from tinygrad_optim import nn, optim
from tinygrad_optim.value import Value
torch.manual_seed(0)
w = torch.tensor([1.0], requires_grad=True)
optimizer = optim.SGD([w], lr=0.1)
"""


def said(program, code):
    return said_once(START + program, code)


def is_quiet(program):
    assert spoken(START + program) == []


# ---- gradients used twice ------------------------------------------------------------------------------------------


def test_gradients_used_twice_are_told_at_the_backward_that_adds_to_them():
    message = said(
        """
for step in range(3):
    (w * w).sum().backward()  # <- here
    optimizer.step()
""",
        "no-zero-grad",
    )
    assert "those of w of shape (1,)" in message
    assert "in <module>: optimizer.step()" in message


def test_a_weight_of_no_dimensions_is_watched_too():
    message = said(
        """
w = torch.tensor(1.0, requires_grad=True)
optimizer = optim.SGD([w], lr=0.1)
for step in range(2):
    loss = (w * 2.0 - 6.0) ** 2
    loss.backward()  # <- here
    optimizer.step()
""",
        "no-zero-grad",
    )
    assert "those of w among them" in message


def test_clipping_between_the_two_hides_nothing():
    said(
        """
for step in range(3):
    (w * w).sum().backward()  # <- here
    nn.utils.clip_grad_norm_([w], 0.5)
    optimizer.step()
""",
        "no-zero-grad",
    )


def test_the_gradients_of_values_are_watched_too():
    message = said(
        """
v = Value(1.0, name="slope")
optimizer = optim.SGD([v], lr=0.1)
for step in range(3):
    (v * v).backward()  # <- here
    optimizer.step()
""",
        "no-zero-grad",
    )
    assert "the Value slope" in message


CLEARS = {
    "filled with zeros": "optimizer.zero_grad(set_to_none=False)",
    "zero_": "w.grad.zero_()",
    "data.zero_": "w.grad.data.zero_()",
    "None": "w.grad = None",
    "decayed": "w.grad *= 0.9",
}


@pytest.mark.parametrize("clear", CLEARS.values(), ids=CLEARS)
def test_every_way_to_clear_or_to_decay_a_gradient_is_right(clear):
    is_quiet(f"""
for step in range(4):
    (w * w).sum().backward()
    optimizer.step()
    {clear}
""")


def test_accumulating_over_several_batches_is_right():
    is_quiet("""
for batch in range(12):
    (w * w).sum().backward()
    if batch % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()
""")


def test_a_generators_loss_may_leave_gradients_in_the_discriminator_until_it_is_its_turn():
    is_quiet("""
made = torch.tensor([0.5], requires_grad=True)
maker = optim.SGD([made], lr=0.1)
for step in range(4):
    optimizer.zero_grad()
    (w * made.detach()).sum().backward()
    optimizer.step()
    maker.zero_grad()
    (w * made).sum().backward()
    maker.step()
""")


def test_gradients_that_are_only_asked_for_are_added_to_nothing():
    is_quiet("""
for step in range(4):
    optimizer.zero_grad()
    (w * w).sum().backward()
    optimizer.step()
    torch.autograd.grad((w * w).sum(), [w])
""")


def test_a_gradient_of_one_number_is_known_by_its_place_in_a_large_array():
    message = said(
        """
table = torch.zeros(5000, requires_grad=True)
optimizer = optim.SGD([table], lr=0.1)
for step in range(3):
    (table[4321] - 1).pow(2).backward()  # <- here
    optimizer.step()
""",
        "no-zero-grad",
    )
    assert "table of shape (5000,)" in message


# ---- gradients cleared before the step -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "clear", ["optimizer.zero_grad()", "optimizer.zero_grad(set_to_none=False)", "net.zero_grad()"]
)
def test_clearing_between_backward_and_step_is_told_at_the_line_that_clears(clear):
    message = said(
        f"""
net = nn.Linear(1, 1)
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(3):
    net(torch.ones(1, 1)).sum().backward()
    {clear}  # <- here
    optimizer.step()
""",
        "zero-grad-before-step",
    )
    assert "in <module>: net(torch.ones(1, 1)).sum().backward()" in message


def test_gradients_set_to_none_by_hand_are_missed_at_the_step():
    said(
        """
for step in range(3):
    (w * w).sum().backward()
    w.grad = None
    optimizer.step()  # <- here
""",
        "zero-grad-before-step",
    )


def test_to_skip_a_single_step_by_clearing_is_right():
    is_quiet("""
for step in range(6):
    optimizer.zero_grad()
    loss = (w * w).sum() * (math.nan if step == 3 else 1.0)
    loss.backward()
    if not torch.isfinite(loss):
        optimizer.zero_grad()
    optimizer.step()
""")


def test_a_step_after_the_gradients_were_used_and_cleared_is_left_alone():
    is_quiet("""
(w * w).sum().backward()
optimizer.step()
optimizer.zero_grad(set_to_none=False)
optimizer.step()
""")


# ---- steps without gradients ---------------------------------------------------------------------------------------


def test_a_step_before_its_backward_is_told_when_the_backward_comes():
    said(
        """
for step in range(3):
    optimizer.zero_grad()
    loss = (w * w).sum()
    optimizer.step()  # <- here
    loss.backward()
""",
        "step-before-backward",
    )


def test_a_forgotten_backward_is_told_at_the_second_step():
    message = said(
        """
for step in range(3):
    optimizer.zero_grad()
    loss = (w * w).sum()
    optimizer.step()  # <- here
""",
        "step-before-backward",
    )
    assert "step 2 of the SGD" in message


def test_steps_that_only_move_a_schedule_on_are_right():
    is_quiet("""
schedule = optim.lr_scheduler.StepLR(optimizer, 2)
for step in range(6):
    optimizer.step()
    schedule.step()
""")


def test_gradients_set_by_hand_are_gradients():
    is_quiet("""
for step in range(4):
    loss = (w * w).sum()
    w.grad = torch.zeros(1)
    optimizer.step()
""")


def test_gradients_that_go_to_a_tensor_no_optimizer_holds_are_told_at_the_second_step():
    message = said(
        """
w = torch.tensor([1.0], requires_grad=True)
for step in range(3):
    (w * w).sum().backward()
    optimizer.step()  # <- here
""",
        "step-without-gradients",
    )
    assert "brought them to w of shape (1,)" in message


def test_a_loss_made_of_plain_numbers_is_told_of_as_one_without_a_history():
    message = said(
        """
for step in range(3):
    total = 0.0
    for number in (1.0, 2.0):
        total += (w * number).sum().item()
    loss = torch.tensor(total).requires_grad_()
    loss.backward()
    optimizer.step()  # <- here
""",
        "step-without-gradients",
    )
    assert "loss.backward() was called of a tensor that was made of plain numbers" in message
    assert "without item(), numpy() or torch.tensor(...)" in message


def test_gradients_that_grad_returns_and_nobody_writes_are_told_at_the_second_step():
    message = said(
        """
for step in range(3):
    gradients = torch.autograd.grad((w * w).sum(), [w])
    optimizer.step()  # <- here
""",
        "step-without-gradients",
    )
    assert "this is step 2 of the SGD" in message
    assert "gradients = torch.autograd.grad(" in message
    assert "is returned, and a step reads .grad alone" in message


def test_gradients_that_grad_returns_and_the_program_writes_are_right():
    is_quiet("""
for step in range(3):
    gradients = torch.autograd.grad((w * w).sum(), [w])
    w.grad = gradients[0]
    optimizer.step()
""")


def test_two_optimizers_that_both_step_while_one_is_trained_are_right():
    is_quiet("""
other = torch.tensor([1.0], requires_grad=True)
second = optim.SGD([other], lr=0.1)
for step in range(8):
    optimizer.zero_grad()
    second.zero_grad()
    ((w if step < 4 else other) ** 2).sum().backward()
    optimizer.step()
    second.step()
""")


# ---- clipping, and numbers that are not finite ---------------------------------------------------------------------


@pytest.mark.parametrize("clip", ["clip_grad_norm_([w], 1.0)", "clip_grad_value_([w], 1.0)"])
def test_clipping_after_the_step_is_told_at_its_line(clip):
    message = said(
        f"""
for step in range(3):
    optimizer.zero_grad()
    (w * w).sum().backward()
    optimizer.step()
    nn.utils.{clip}  # <- here
""",
        "clip-after-step",
    )
    assert "in <module>: optimizer.step()" in message


@pytest.mark.parametrize("most", ["math.inf", "1e9"])
def test_to_ask_for_the_length_after_the_step_is_right(most):
    is_quiet(f"""
for step in range(3):
    optimizer.zero_grad()
    (w * w).sum().backward()
    optimizer.step()
    nn.utils.clip_grad_norm_([w], {most})
""")


def test_clipping_all_gradients_while_some_wait_for_their_step_is_right():
    is_quiet("""
other = torch.tensor([1.0], requires_grad=True)
second = optim.SGD([other], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    second.zero_grad()
    (w * other).sum().backward()
    optimizer.step()
    nn.utils.clip_grad_norm_([w, other], 1.0)
    second.step()
""")


@pytest.mark.parametrize(("bad", "kind"), [("math.nan", "NaN"), ("math.inf", "infinite")])
def test_a_gradient_that_is_not_finite_is_told_before_it_is_written(bad, kind):
    message = said(
        f"""
net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=0.1)
(net.weight * torch.tensor([1.0, {bad}, 1.0])).sum().backward()
optimizer.step()  # <- here
""",
        "nonfinite-gradient",
    )
    assert "1 of the 3 numbers in the gradient of net.weight of shape (1, 3), brought by backward() at" in message
    assert kind in message


def test_a_gradient_whose_square_overflows_is_finite():
    is_quiet("(w * 1e30).sum().backward()\noptimizer.step()")


def test_a_values_gradient_that_is_not_finite_is_told():
    said(
        """
v = Value(1.0)
optimizer = optim.SGD([v], lr=0.1)
(v * math.inf).backward()
optimizer.step()  # <- here
""",
        "nonfinite-gradient",
    )


def test_a_step_that_is_skipped_writes_nothing():
    is_quiet("""
(w * math.nan).sum().backward()
if torch.isfinite(w.grad).all():
    optimizer.step()
""")


# ---- graphs that grow ----------------------------------------------------------------------------------------------

KEEP = {
    "added up": ("total = 0.0", "total += loss"),
    "added up, weighted": ("total = 0.0", "total = total + loss * 4"),
    "in a list": ("kept = []", "kept.append(loss)"),
    "in a dict of lists": ("kept = {'loss': []}", "kept['loss'].append(loss)"),
    "in an object": ("class Log: pass\nlog = Log()\nlog.losses = []", "log.losses.append(loss)"),
}
LOOP = """
{}
for step in range(15):
    optimizer.zero_grad()
    loss = (w * w).sum()
    loss.backward()
    optimizer.step()
    {}
"""


@pytest.mark.parametrize(("before", "keep"), KEEP.values(), ids=KEEP)
def test_losses_kept_with_their_graphs_are_told_at_the_line_that_keeps_them(before, keep):
    message = said(LOOP.format(before, f"{keep}  # <- here"), "loss-kept-with-graph")
    assert "10 losses whose backward() was called at" in message
    assert "loss.backward()" in message


def test_losses_kept_in_a_loop_by_hand_are_told_too():
    message = said(
        """
kept = []
for step in range(15):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
    kept += [loss]  # <- here
""",
        "loss-kept-with-graph",
    )
    assert "held by kept" in message


@pytest.mark.parametrize("keep", ["total += loss.item()", "kept.append(loss.detach())", "kept.append(float(loss))"])
def test_numbers_and_detached_losses_may_be_kept(keep):
    is_quiet(LOOP.format("total, kept = 0.0, []", keep))


def test_the_losses_of_an_epoch_of_few_batches_may_be_kept():
    is_quiet("""
for epoch in range(3):
    kept = []
    for batch in range(8):
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        kept.append(loss)
    torch.stack(kept).mean().item()
""")


def test_many_losses_of_one_step_may_be_alive():
    is_quiet("""
for step in range(3):
    losses = [(w * i).pow(2).sum() for i in range(30)]
    optimizer.zero_grad()
    for loss in losses:
        loss.backward()
    optimizer.step()
""")


def test_a_state_that_is_carried_over_is_told_where_it_enters_the_new_step():
    program = """
state = torch.zeros(())
for step in range(8):
    state = 0.5 * state + ((w - 3) ** 2).sum()  # <- here
    optimizer.zero_grad()
    state.backward(retain_graph=True)
    optimizer.step()
"""
    assert "goes back through at least 3 earlier steps" in said(program, "state-carried-over")
    is_quiet(program.replace("state + ", "state.detach() + "))


def test_a_state_of_values_is_told_where_backward_is_called():
    said(
        """
v, state = Value(1.0), Value(0.0)
optimizer = optim.SGD([v], lr=0.01)
for step in range(8):
    state = state * 0.5 + v
    optimizer.zero_grad()
    state.backward()  # <- here
    optimizer.step()
""",
        "state-carried-over",
    )


def test_without_retain_graph_the_error_speaks_of_a_state_that_is_carried_over():
    program = """
cell = nn.RNNCell(2, 3)
optimizer = optim.SGD(cell.parameters(), lr=0.1)
state = torch.zeros(1, 3)
for step in range(3):
    state = cell(torch.ones(1, 2), state)
    optimizer.zero_grad()
    state.sum().backward({})
    optimizer.step()
"""
    with pytest.raises(RuntimeError, match=r"hidden state that was carried over.*state\.detach\(\)"):
        spoken(START + program.format(""))
    with pytest.raises(RuntimeError, match=r"optimizer\.step\(\) wrote it.*detach\(\) what is carried over"):
        spoken(START + program.format("retain_graph=True"))


@pytest.mark.parametrize("cut", ["state = state.detach()", "state = torch.zeros(1, 3)"])
def test_truncated_training_through_time_is_right(cut):
    is_quiet(f"""
cell, first = nn.RNNCell(2, 3), nn.Parameter(torch.zeros(1, 3))
optimizer = optim.SGD([*cell.parameters(), first], lr=0.1)
for sequence in range(3):
    state = first
    for chunk in range(1, 6):
        optimizer.zero_grad()
        for t in range(chunk):
            state = cell(torch.ones(1, 2), state)
        state.sum().backward()
        optimizer.step()
        {cut}
""")


def test_each_message_stands_at_its_own_line():
    told = spoken(START + "for step in range(3):\n    (w * w).sum().backward()\n    optimizer.step()\n")
    assert [line for _, line, _ in told] == [marked(START + "for step in range(3):\n    1 # <- here")]


def test_names_for_all_sorts_of_things_are_looked_through_for_what_keeps_losses():
    told = spoken(
        """
        import tinygrad_optim as torch
        class Odd:
            node = "no node"
            parents = 3
            def __getattr__(self, name):
                raise RuntimeError(name)
        odd, odds = Odd(), [Odd()] * 20
        w, kept = torch.ones(2, requires_grad=True), []
        optimizer = torch.optim.SGD([w], lr=0.1)
        for step in range(12):
            optimizer.zero_grad()
            loss = (w * w).sum()
            loss.backward()
            optimizer.step()
            kept.append(loss)
        """
    )
    assert [code for code, _, _ in told] == ["loss-kept-with-graph"]
