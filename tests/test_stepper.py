"""The stepper: a cursor over recorded lines that goes forward and back, and the dialogue that moves it."""

from __future__ import annotations

import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

import tinygrad_optim as torch
from tinygrad_optim.trace.navigation import Cursor, track_of
from tinygrad_optim.trace.recorder import Recorder
from tinygrad_optim.trace.script import run_script
from tinygrad_optim.trace.stepper import Stepper
from tinygrad_optim.trace.stepper_breakpoints import Breakpoints, Complaint
from tinygrad_optim.trace.stepper_marks import marks_of
from tinygrad_optim.trace.stepper_values import find, names_in

CALLS = """\
def inner(x):
    y = x + 1
    return y * 2


def outer(x):
    a = inner(x)
    b = inner(a)
    return a + b


total = 0
for i in range(2):
    total += outer(i)
done = True
"""

TRAINING = """\
import sys

import tinygrad_optim as torch
from tinygrad_optim import nn, optim

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Linear(2, 3)
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        return self.fc(self.conv(x).relu())


net = Net()
big = torch.tensor([0.5] * 600, requires_grad=True)
optimizer = optim.SGD(
    [
        {"params": [net.conv.weight, net.conv.bias], "lr": 0.01},
        {"params": [net.fc.weight], "weight_decay": 0.5},
        {"params": [net.fc.bias, big]},
    ],
    lr=0.1,
    momentum=0.9,
)
for _ in range(int(sys.argv[1])):
    optimizer.zero_grad()
    loss = net(torch.ones(4, 2)).square().mean() + (big * big).mean()
    loss.backward()
    optimizer.step()
"""


def recorded(folder, text, *args):
    path = folder / "program.py"
    path.write_text(text)
    return run_script(path, args)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("calls"), CALLS).recording


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    return recorded(tmp_path_factory.mktemp("training"), TRAINING, "2")


@pytest.fixture(scope="module")
def marks(training):
    return marks_of(training.recording)


@pytest.fixture
def cursor(calls):
    return Cursor(track_of(calls))


def rows(cursor, *moves):
    """The line numbers that a row of moves leads to; None where one led nowhere."""
    return [cursor.moment.line.plan.first if getattr(cursor, move)() else None for move in moves]


# ---- the cursor --------------------------------------------------------------------------------------------
# The moments of CALLS by line: 1 6 12 13 14 | 7 [2 3] 8 [2 3] 9 | 13 14 | 7 [2 3] 8 [2 3] 9 | 13 15


def test_moments_are_the_lines_in_the_order_in_which_they_began(cursor):
    ran = [moment.line.plan.first for moment in cursor.track.moments]
    once = [14, 7, 2, 3, 8, 2, 3, 9, 13]
    assert ran == [1, 6, 12, 13, *once, *once, 15]


def test_next_stays_in_the_function_and_goes_on_in_its_caller(cursor):
    cursor.jump(5)
    assert rows(cursor, *["next"] * 5) == [8, 9, 13, 14, 13]


def test_step_goes_into_calls(cursor):
    cursor.jump(4)
    assert rows(cursor, *["step"] * 4) == [7, 2, 3, 8]


def test_what_step_and_next_did_going_back_undoes(cursor):
    moves = len(cursor.track.moments) - 1
    on = [cursor.now for _ in range(moves) if cursor.step()]
    back = [cursor.now for _ in range(moves) if cursor.step_back()]
    assert on == [*range(1, moves + 1)]
    assert back == [*range(moves - 1, -1, -1)]
    cursor.jump(9)
    assert rows(cursor, "next_back", "next_back", "next_back", "next_back") == [8, 7, 14, 13]


def test_return_goes_to_the_last_line_of_the_function_and_then_out(cursor):
    cursor.jump(5)
    assert rows(cursor, "to_return", "to_return") == [9, 13]


def test_back_to_where_a_function_begins_and_then_to_its_caller(cursor):
    cursor.jump(11)  # the return of the first outer
    assert rows(cursor, "to_call", "to_call") == [7, 14]


def test_moves_from_a_frame_above_are_moves_of_that_frame(cursor):
    cursor.jump(6)  # in inner, called by outer's first line
    assert cursor.look_up()
    assert cursor.looked_at.line.plan.first == 7
    assert rows(cursor, "next") == [8]
    cursor.jump(6)
    cursor.look_up()
    assert rows(cursor, "next_back") == [7]


def test_looking_up_and_down_does_not_move_in_time(cursor):
    cursor.jump(6)
    assert [cursor.look_up(), cursor.look_up(), cursor.look_up()] == [True, True, False]
    assert cursor.looked_at.call.name == "<module>"
    assert cursor.now == 6
    assert [cursor.look_down(), cursor.look_down(), cursor.look_down()] == [True, True, False]


def test_a_move_with_nowhere_to_go_changes_nothing(cursor):
    assert rows(cursor, "step_back", "next_back", "to_call", "look_down") == [None] * 4
    assert not cursor.jump(10_000)
    cursor.jump(len(cursor.track.moments) - 1)
    assert rows(cursor, "step", "next", "to_return") == [None] * 3
    assert cursor.now == len(cursor.track.moments) - 1


def test_breakpoints_stop_forward_and_back(cursor):
    stops = cursor.track.beginnings("inner")
    assert [cursor.now for _ in stops if cursor.go_on(stops)] == stops
    assert len(stops) == 4
    assert not cursor.go_on(stops)
    assert cursor.go_back(stops)
    assert cursor.now == stops[-2]
    cursor.jump(0)
    assert not cursor.go_back(stops)


def test_a_deep_recursion_is_followed(tmp_path):
    depth = sys.getrecursionlimit() // 3
    done = recorded(tmp_path, f"def down(n):\n    if n:\n        down(n - 1)\n\n\ndown({depth})\n")
    deepest = Cursor(track_of(done.recording))
    assert deepest.go_back([len(deepest.track.moments) - 1]) is False
    deepest.jump(len(deepest.track.moments) - 1)
    assert len(deepest.stack()) == depth + 2


# ---- where in the story, and what changed ------------------------------------------------------------------


def test_chapters_follow_each_other(marks):
    assert [one.kind for one in marks.chapters] == ["construct", *["forward", "backward", "step"] * 2]
    assert [one.title for one in marks.chapters][1:4] == ["forward, before step 1", "backward, before step 1", "step 1"]


def test_turns_name_group_and_parameter(marks):
    turns = [(one.group, one.parameter) for one in marks.turns if one.step == 2 and one.parameter]
    assert turns == [(0, "conv.weight"), (0, "conv.bias"), (1, "fc.weight"), (2, "fc.bias"), (2, "big")]
    for one in marks.turns:
        assert marks.turn_at(one.last) is one


def test_groups_made_before_the_recording_are_numbered_by_their_turns():
    w, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [w]}, {"params": [b]}], lr=0.1)
    w.grad = b.grad = torch.ones(1)
    with Recorder() as recorder:
        optimizer.step()
    assert [one.group for one in marks_of(recorder.recording).turns if one.parameter] == [0, 1]


def test_a_parameter_changes_once_a_step_and_the_line_is_the_one_that_writes_it(marks):
    changes = marks.changes["fc.bias"][-2:]
    assert [marks.track.moments[one.moment].line.plan.text for one in changes] == ["self.array[...] = array"] * 2
    assert [marks.turn_at(one.moment).parameter for one in changes] == ["fc.bias"] * 2
    assert changes[0].after.numbers.tobytes() == changes[1].before.numbers.tobytes()
    assert changes[1].after.numbers.tobytes() != changes[1].before.numbers.tobytes()


def test_a_gradients_changes_are_those_of_backward_and_zero_grad(marks):
    texts = [marks.track.moments[one.moment].line.plan.text for one in marks.changes["fc.bias.grad"]]
    assert texts == ["leaf.gradient = g", "self.gradient = self.grad_tensor = None", "leaf.gradient = g"]


def test_a_parameter_written_by_the_program_itself_changes_there(tmp_path):
    text = "import tinygrad_optim as t\nw = t.ones(2, requires_grad=True)\nwith t.no_grad():\n    w.data -= 0.5\n"
    marks = marks_of(recorded(tmp_path, text).recording)
    assert [marks.track.moments[one.moment].line.plan.text for one in marks.changes["w"]][-1:] == ["w.data -= 0.5"]


# ---- values ------------------------------------------------------------------------------------------------


def test_a_name_has_its_value_from_before_the_line_and_what_the_line_makes_of_it(marks):
    decay = next(m for m in marks.track.moments if m.line.plan.text == "g = g + weight_decay * p")
    found = find(marks, decay, "g")
    assert found.after.numbers == pytest.approx(found.value.numbers + 0.5 * find(marks, decay, "p").value.numbers)
    assert find(marks, decay, "weight_decay").value == 0.5


def test_paths_are_followed_into_what_was_recorded(marks):
    loop = next(m for m in marks.track.moments if m.line.plan.text.startswith("for p in group"))
    assert find(marks, loop, 'group["lr"]').value == 0.01
    assert find(marks, loop, "group['params'][0].shape").value == (3, 2)
    assert find(marks, loop, "group['nothing']") is None
    assert find(marks, loop, "group + 1") is None


def test_a_parameter_is_known_by_its_name_from_everywhere(marks):
    last = marks.changes["fc.bias"][-1]
    before = find(marks, marks.track.moments[last.moment - 30], "fc.bias")
    after = find(marks, marks.track.moments[last.moment + 3], "fc.bias")
    assert before.value.numbers.tobytes() == last.before.numbers.tobytes()
    assert after.value is last.after


def test_at_the_line_that_changes_it_a_parameter_has_its_value_from_before(marks):
    for change in marks.changes["fc.bias"]:
        found = find(marks, marks.track.moments[change.moment], "fc.bias")
        assert found.value.numbers.tobytes() == change.before.numbers.tobytes()
        assert found.after is change.after


def test_a_name_bound_anew_has_no_old_value(tmp_path):
    text = "def f(g):\n    k = g[0]\n    g = 5\n    return k\n\n\nf([7])\n"
    marks = marks_of(recorded(tmp_path, text).recording)
    end = next(m for m in marks.track.moments if m.line.plan.text == "return k")
    assert find(marks, end, "g").value == 5
    assert find(marks, end, "g[0]") is None
    assert "k" in names_in(marks, end)


# ---- breakpoints -------------------------------------------------------------------------------------------


def test_a_breakpoint_stands_at_a_line_a_function_or_a_parameters_changes(marks):
    breakpoints, here = Breakpoints(marks), marks.track.moments[0]
    assert breakpoints.add("sgd", here) == "1: calls of sgd, 10 times"
    assert breakpoints.add("program.py:33", here) == "2: program.py:33, 2 times"
    assert breakpoints.add("33", here) == "3: program.py:33, 2 times"
    assert breakpoints.add("fc.bias.grad", here) == "4: changes of fc.bias.grad, 3 times"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sdg", "did you mean sgd?"),
        ("fc.bais", "did you mean fc.bias?"),
        ("progam.py:3", "did you mean program.py?"),
        ("program.py:5", "the nearest that did is 4"),
        ("zzz", "a parameter is called zzz."),
    ],
)
def test_a_breakpoint_that_cannot_be_says_what_is_near(marks, text, words):
    with pytest.raises(Complaint) as complaint:
        Breakpoints(marks).add(text, marks.track.moments[0])
    assert words in str(complaint.value)


# ---- the dialogue ------------------------------------------------------------------------------------------


def dialogue(recording, *commands, width=100):
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    Stepper(recording, console, io.StringIO("".join(one + "\n" for one in commands))).run()
    return out.getvalue()


def test_without_a_terminal_commands_are_read_from_standard_input_and_the_output_is_plain(training):
    text = dialogue(training.recording, "step 2", "group 1", "q")
    assert "\x1b" not in text
    assert "(step) step 2\nmoment" in text
    assert "-- step 2 of 2\n" in text
    assert "-- step 2 of 2, group 1\n" in text
    assert "        for group in self.param_groups:" in text


def test_a_page_shows_what_the_line_read_and_changed(training):
    text = dialogue(training.recording, "step 2", "changed fc.bias")
    assert "step 2 of 2, group 2, fc.bias" in text
    assert "self.array[...] = array" in text
    assert "called by write_back (optimizer.py:" in text
    assert re.search(r"reads    array = (\S+)\nwrites \* self.array = \S+ -> \1\n", text)


def test_capitals_go_back(training):
    text = dialogue(training.recording, "b sgd", "c", "n", "N", "c", "C", "S")
    pages = [line for line in text.split("\n") if line.startswith("moment")]
    assert pages[1] == pages[3] == pages[5]
    assert pages[2] != pages[1]


def test_an_empty_line_does_the_last_command_again(training):
    pages = [line for line in dialogue(training.recording, "n", "", "").split("\n") if line.startswith("moment")]
    assert [page.split()[1] for page in pages] == ["0", "1", "2", "3"]


def test_a_sample_is_said_to_be_one(training):
    text = dialogue(training.recording, "changed big", "p big")
    assert "of arrays with more than 512 elements, 64 were recorded" in text
    assert "600 float32, of which 64 elements were recorded" in text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("foo", "There is no command foo. h lists them."),
        ("chaged fc.bias", "did you mean changed?"),
        ("changed fc.wight", "No parameter is called fc.wight; did you mean fc.weight?"),
        ("changed", "changed PARAMETER, such as"),
        ("step 9", "Steps 1 to 2 were recorded."),
        ("step x", "step N: a whole number, such as step 1."),
        ("group 7", "Group 7 has no turn in this step or a later one. Groups: [0, 1, 2]."),
        ("j 99999999", "Moments are numbered 0 to"),
        ("c", "None is set: b FILE:LINE, b FUNCTION or b PARAMETER."),
        ("N", "This is the first line that was recorded"),
        ("u", "This is the outermost call"),
        ("cl 4", "There is no breakpoint 4"),
        ("p optimzer", "Of optimzer nothing was recorded here"),
        ("chapter 99", "chapters lists them"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_moves(training, command, words):
    text = dialogue(training.recording, command)
    assert words in text
    assert text.count("\nmoment") == 1


def test_a_name_of_an_outer_call_says_how_far_up_it_is(training):
    assert "Of group nothing was recorded here; it is known 1 up: u" in dialogue(
        training.recording, "b sgd", "c", "p group"
    )


def test_every_command_in_the_help_exists(training):
    text = dialogue(
        training.recording, "h", "w", "l", "l", "ll", "a", "v", "d", "r", "R", "chapters", "b", "cl", "help"
    )
    assert "There is no command" not in text
    assert max(len(line) for line in text[text.index("on          back") :].split("\n")[:20]) < 80


def test_completion_offers_what_is_there(training):
    stepper = Stepper(training.recording, Console(file=io.StringIO()), io.StringIO())
    assert sorted(stepper.complete_changed("fc.b")) == ["fc.bias", "fc.bias.grad"]
    assert "sgd" in stepper.complete_b("sg")
    assert stepper.completenames("cha") == ["changed", "chapter", "chapters"]
    stepper.onecmd("b sgd")
    stepper.onecmd("c")
    assert "weight_decay" in stepper.complete_p("weight")


def test_a_run_that_raised_says_so_and_can_be_stepped_through(tmp_path):
    done = recorded(tmp_path, "x = 1\ny = x / 0\n")
    assert isinstance(done.error, ZeroDivisionError)
    text = dialogue(done.recording, "n")
    assert "It ended with ZeroDivisionError: division by zero, at program.py:2" in text
    assert "raised   an exception left this line here" in text


def test_an_empty_recording_says_that_there_is_nothing():
    with Recorder() as recorder:
        pass
    assert dialogue(recorder.recording) == "Nothing was recorded, so there is nothing to step through.\n"


# ---- running a script --------------------------------------------------------------------------------------


def test_a_script_finds_itself_as_it_would_from_the_shell(tmp_path):
    (tmp_path / "beside.py").write_text("HERE = 3\n")
    text = "import sys\nimport beside\nassert __name__ == '__main__'\nassert sys.argv[1:] == ['a', '-b']\n"
    text += "x = beside.HERE\n"
    before = sys.argv, list(sys.path), sys.modules["__main__"]
    done = recorded(tmp_path, text + "import __main__\nassert __main__.x == 3\n", "a", "-b")
    assert done.error is None
    assert done.exit_code == 0
    assert (sys.argv, sys.path, sys.modules["__main__"]) == before


@pytest.mark.parametrize(("end", "code"), [("sys.exit()", 0), ("sys.exit(3)", 3), ("sys.exit('no')", 1), ("1 / 0", 1)])
def test_a_scripts_exit_code_is_what_a_shell_would_get(tmp_path, end, code):
    assert recorded(tmp_path, f"import sys\n{end}\n").exit_code == code


def test_a_script_that_cannot_be_read_or_is_no_python_raises_before_anything_runs(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        run_script(tmp_path / "nothing.py")
    with pytest.raises(SyntaxError):
        recorded(tmp_path, "x = (\n")


# ---- the command -------------------------------------------------------------------------------------------


def command(*arguments, stdin=""):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-W", "error", "-m", "tinygrad_optim", "step", *map(str, arguments)]
    return subprocess.run(line, input=stdin, capture_output=True, text=True, env=environment)


def test_the_command_runs_the_script_and_reads_commands(tmp_path):
    (tmp_path / "program.py").write_text(TRAINING + "print('trained')\n")
    done = command("--from-step", "2", "--steps", "1", tmp_path / "program.py", "3", stdin="step 2\nchanged fc.bias\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("trained\nNote: recorded: step 2 of the 3 that the program took")
    assert "step 2 of 2, group 2, fc.bias" in done.stdout
    assert done.stdout.endswith("(step) \n")


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    (tmp_path / "program.py").write_text(CALLS)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "tinygrad_optim", "step", str(tmp_path / "program.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, env=environment, text=True, **pipes) as process:
        process.stdout.close()
        process.stdin.write("n\n" * 500)
        process.stdin.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_the_command_refuses_what_it_cannot_run(tmp_path):
    missing = command(tmp_path / "nothing.py")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.count("\n") == 1
    (tmp_path / "broken.py").write_text("x = (\n")
    assert command(tmp_path / "broken.py").returncode == 2
    assert command().returncode == 2


def test_the_picture_is_the_same_each_time_and_fetches_nothing():
    picture = runpy.run_path(str(Path(__file__).parents[1] / "plots" / "stepper_picture.py"))["picture"]
    drawn = picture()
    assert drawn == picture()
    assert "step&#160;2&#160;of&#160;3,&#160;group&#160;1,&#160;fc.weight" in drawn
    assert "url(http" not in drawn
    assert "@font-face" not in drawn
